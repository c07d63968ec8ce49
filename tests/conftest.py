"""What several test modules share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from data import build_airforce
from events import schema

# A busy machine is no fault of an example.
settings.register_profile("atlas", deadline=None)
settings.load_profile("atlas")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def nothing_fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What somebody fetched on this machine changes no test."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PULLBACK_ATLAS_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name in ("FETCH", "FETCH_EVERY", "ALLOW_LOOPBACK", "UPSTREAM"):
            environment.delenv(f"PULLBACK_ATLAS_{name}", raising=False)
        yield


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's tests put a page in its place, and every new process would begin with that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of full source files beside the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the source files are not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def bundled() -> pd.DataFrame:
    """The bundled table of attack reports."""
    path = ROOT / "data" / build_airforce.TABLE
    return schema.typed(pd.read_csv(path, dtype="str", keep_default_na=False))
