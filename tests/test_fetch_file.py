"""Sources of one file: fetched, or taken from the user, checked, kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from data import cache, catalog, fetch, fetch_file, upstream
from data.errors import InputError, RefusedError
from data.transfer import MissingError, Patience
from tests import upstream_server
from tests.upstream_server import Handler, Upstream

PROMPT = Patience(tries=2, connect_s=10.0, silence_s=10.0, whole_s=60.0, pause_s=0.01)
BOUNDARIES = "/gh/darmat1/ukraine-geo-data@main/geodata/Ukraine.geojson"
TABLE = (
    "/api/v1/datasets/download/piterfm/massive-missile-attacks-on-ukraine/missile_attacks_daily.csv"
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    for name in (fetch_file.KAGGLE_TOKEN, fetch_file.KAGGLE_USER, fetch_file.KAGGLE_KEY):
        monkeypatch.delenv(name, raising=False)
    with upstream_server.running() as made:
        monkeypatch.setenv(upstream.LOOPBACK, "1")
        monkeypatch.setenv(upstream.INSTEAD, made.address)
        for each in upstream.upstreams():
            fetch.accept(each)
        yield made


def test_boundaries_are_fetched_and_kept_as_published(server: Upstream, shared_data: Path) -> None:
    body = (shared_data / "boundaries/oblasts.geojson").read_bytes()
    server.files[BOUNDARIES] = body
    kept = fetch_file.fetch_file("boundaries", patience=PROMPT)
    assert kept == fetch_file.path("boundaries")
    assert kept.read_bytes() == body
    assert fetch_file.intact("boundaries")
    told = json.loads(kept.with_name("Ukraine.geojson.json").read_bytes())
    assert told["sha256"] == catalog.digest(kept)
    assert told["url"] == server.address + BOUNDARIES
    # What comes next and does not pass leaves it as it is.
    server.files[BOUNDARIES] = b"<html>"
    with pytest.raises(RefusedError, match="not JSON"):
        fetch_file.fetch_file("boundaries", patience=PROMPT)
    assert kept.read_bytes() == body
    assert "not JSON" in cache.quarantined()["boundaries"]["reason"]
    server.files.clear()
    with pytest.raises(MissingError, match="has no such file"):
        fetch_file.fetch_file("boundaries", patience=PROMPT)
    kept.write_bytes(b"{}")
    assert not fetch_file.intact("boundaries")


def test_the_table_that_the_user_downloaded_is_kept(server: Upstream, shared_data: Path) -> None:
    file = shared_data / "events/missile_attacks_daily.csv"
    kept = fetch_file.fetch_file("airforce", file=file)
    assert kept.read_bytes() == file.read_bytes()
    assert not server.asked


def test_kaggle_is_asked_only_with_the_user_s_own_credentials(
    server: Upstream, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (shared_data / "events/missile_attacks_daily.csv").read_bytes()
    seen: list[str | None] = []

    def answer(handler: Handler, _body: bytes) -> None:
        seen.append(handler.headers.get("Authorization"))
        handler.give(body)

    server.behaviours[TABLE] = answer
    with pytest.raises(InputError, match="set KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY"):
        fetch_file.fetch_file("airforce", patience=PROMPT)
    assert seen == []
    monkeypatch.setenv("KAGGLE_USERNAME", "ann")
    monkeypatch.setenv("KAGGLE_KEY", "key")
    assert fetch_file.fetch_file("airforce", patience=PROMPT).read_bytes() == body
    monkeypatch.setenv("KAGGLE_API_TOKEN", "token")
    fetch_file.fetch_file("airforce", patience=PROMPT)
    assert seen == ["Basic YW5uOmtleQ==", "Bearer token"]
    for path in cache.folder().rglob("*"):
        assert not path.is_file() or b"token" not in path.read_bytes()


def test_files_that_cannot_be_are_named(
    server: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="could not be read"):
        fetch_file.fetch_file("airforce", file=tmp_path / "nowhere.csv")
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(upstream.upstream("airforce").largest_bytes + 1)
    with pytest.raises(RefusedError, match="larger than 20 MB"):
        fetch_file.fetch_file("airforce", file=large)
    with pytest.raises(InputError, match="no source called 'owl'"):
        fetch_file.fetch_file("owl", patience=PROMPT)
    monkeypatch.setenv(upstream.SWITCH, "off")
    with pytest.raises(InputError, match="switched off"):
        fetch_file.fetch_file("boundaries", patience=PROMPT)


def test_the_command_keeps_a_file(
    server: Upstream, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(shared_data / "events/missile_attacks_daily.csv")
    assert cli.main(["data", "fetch", "airforce", "--file", file]) == 0
    assert capsys.readouterr().out == f"Saved {fetch_file.path('airforce')}\n"
    assert cli.main(["data", "cache", "check"]) == 0
    fetch_file.path("airforce").write_bytes(b"")
    assert cli.main(["data", "cache", "check"]) == 1
    assert "airforce: damaged" in capsys.readouterr().out
    server.files[BOUNDARIES] = b"{}"
    assert cli.main(["data", "fetch", "boundaries"]) == 2
    assert capsys.readouterr().err.startswith("error: the file has another form")
