"""Starting the dashboard and a browser that may talk to nothing else."""

from __future__ import annotations

import ast
import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page, Playwright

ROOT = Path(__file__).parents[2]
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
START_S = 60
# Chromium's own services would look for hosts of their own at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Path of the installed Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium with an empty profile."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))


@contextlib.contextmanager
def dashboard() -> Iterator[str]:
    """Run the dashboard on a free port for as long as the block lasts; its address."""
    with server() as (address, _):
        yield address


@contextlib.contextmanager
def server(
    *options: str, python: Sequence[str] = (sys.executable, "-m", "streamlit")
) -> Iterator[tuple[str, int]]:
    """As `dashboard`, with further options of Streamlit; also the id of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*python, "run", "app.py", "--server.headless", "true"]
    command += ["--server.port", str(port), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    address = f"http://localhost:{port}"
    try:
        _wait(address, process)
        yield address, process.pid
    finally:
        process.terminate()
        process.communicate(timeout=20)


def pages() -> dict[str, str]:
    """Address below the root -> title, of every page in app.py's navigation.

    A new page is tested and measured without a word in the tests.
    """
    found = {}
    for node in ast.walk(ast.parse((ROOT / "app.py").read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page":
            given = {word.arg: word.value for word in node.keywords}
            if "visibility" in given:
                continue
            path = "" if "default" in given else _text(given["url_path"])
            found[path] = _text(given["title"])
    return found


def _text(value: ast.expr) -> str:
    """The text in an argument, translated or not."""
    return next(
        str(node.value)
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def map_frame(page: Page) -> FrameLocator:
    """The map, which lives in a frame of its own."""
    return page.frame_locator("iframe[title*=st_folium]")


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    process.terminate()
    output, _ = process.communicate(timeout=20)
    raise RuntimeError(f"The dashboard did not start:\n{output.decode(errors='replace')}")
