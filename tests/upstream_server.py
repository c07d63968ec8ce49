"""An upstream on loopback: the recorded days of ``../shared/data``, and any misbehaviour."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DEEPSTATE = "/cyterat/deepstate-map-data/main/data/deepstatemap_data_{day}.geojson"
OWL = "/owlmaps/map-data/master/data/{day}.json"

Behaviour = Callable[["Handler", bytes], None]
"""Answers one request: what is asked, and the body that an honest server would give."""


class Handler(BaseHTTPRequestHandler):
    """Answers as its `Upstream` says."""

    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.enter(self)
        try:
            body = self.server.files.get(self.path)
            behave = self.server.behaviours.get(self.path, self.server.usual)
            if behave is not None and (body is not None or self.path in self.server.behaviours):
                behave(self, body or b"")
            elif body is None:
                self.give(b"404: Not Found", status=404)
            else:
                self.give(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.server.leave()

    do_HEAD = do_GET  # noqa: N815

    def give(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        """An answer whose length is right unless ``Content_Length`` says otherwise."""
        self.send_response(status)
        told = {"Content-Length": str(len(body)), "Content-Type": "text/plain"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Upstream(ThreadingHTTPServer):
    """A server of files, by path; `behaviours` overrules single paths, `usual` all of them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.usual: Behaviour | None = None
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def enter(self, handler: Handler) -> None:
        """Count a request."""
        with self._lock:
            self.asked[handler.path] += 1
            self.agents.add(handler.headers.get("User-Agent", ""))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        """Count a request's end."""
        with self._lock:
            self._at_once -= 1


def owl_body(geojson: bytes) -> bytes:
    """A recorded day of Owl as its publisher has it: [lat, lon] rings, and what is never read."""
    features = json.loads(geojson)["features"]
    rings = [[[y, x] for x, y in each["geometry"]["coordinates"][0]] for each in features]
    others = {"unit_count": {"ru": 1}, "units": {"ru": [[UNIT, [37.123456, 48.123456]]]}}
    return json.dumps({"areas": rings, "frontline": [], **others}).encode()


UNIT = 424242
"""Number of an invented unit, which must not be found anywhere afterwards."""


def recorded(shared_data: Path) -> dict[str, bytes]:
    """Every recorded day of both assessors, by path."""
    found = {}
    for file in sorted((shared_data / "control/deepstate").glob("*.geojson")):
        found[DEEPSTATE.format(day=file.stem)] = file.read_bytes()
    for file in sorted((shared_data / "control/owl").glob("*.geojson")):
        found[OWL.format(day=file.stem)] = owl_body(file.read_bytes())
    return found


def record(server: Upstream, shared_data: Path) -> None:
    """Have a server give every recorded day of both assessors."""
    server.files |= recorded(shared_data)


@contextlib.contextmanager
def running() -> Iterator[Upstream]:
    """An upstream that answers until the block ends."""
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
