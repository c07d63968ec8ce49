"""Work on what strangers send, in a process of its own that can be ended at any moment.

Reading a file means running large libraries written in C over bytes that anyone may have made. So
it is done elsewhere: by a worker (`geo.sandbox_worker`) that does one task and ends. It gets the
file under a name of ours in a folder that nobody else can open, and may take so much time and so
much memory and no more. Whatever becomes of it, the caller gets an answer or one sentence.

**Memory.** The kernel's limit on the worker is RLIMIT_DATA: what a process has asked for to write
in. RLIMIT_AS would count addresses: libraries mapped from files and room reserved by allocators and
threads, some 440 MB before anything is read, against 125 MB of data. What RLIMIT_DATA does not
count (files mapped into memory) shows in the resident size, which the caller watches besides.

**Time.** The caller ends the worker when the time is over; should the caller be gone itself, the
kernel's limit on processor time ends it.

**Answers** are JSON and bytes, never pickled objects, which could run code here.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import logging
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from data import language
from data.errors import DataError, InputError
from data.language import _

SECONDS = 10.0
MEGABYTES = 512
LARGEST_ANSWER_BYTES = 128 * 1024 * 1024
AT_ONCE = 2
"""So many workers at a time: what is being read takes from nobody else's steps."""

_ROOT = Path(__file__).resolve().parents[1]
_START_S = 60.0
_QUEUE_S = 25.0
_LOOK_S = 0.05
_PIECE = 1 << 20
_MB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# Threads of these libraries would each take memory, and the cores of those who are not waiting.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "GDAL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "PROJ_NETWORK": "OFF",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}

_log = logging.getLogger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a task gave: a document, and bytes beside it."""

    document: dict[str, Any]
    parts: tuple[bytes, ...]


def run(
    task: str,
    given: Mapping[str, Any],
    *,
    name: str,
    files: Mapping[str, bytes] | None = None,
    parts: Sequence[bytes] = (),
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Answer:
    """Have a task done apart.

    Parameters
    ----------
    task
        ``module:function`` of ours; called with the folder, ``given`` and ``parts``.
    given
        Its arguments, such that JSON can hold them.
    name
        What the user calls the file, for messages; never the name of anything on disk.
    files
        Names of ours to contents, put into a folder of their own for the time of the task.
    parts
        Bytes that go along without a file.
    seconds, megabytes
        How much it may take.

    Raises
    ------
    InputError
        What the task refused, in its words; or that it took too long or too much memory, that it
        broke, or that too many others are being served.
    """
    if not _turns.acquire(timeout=_QUEUE_S):
        raise InputError(_("other files are being read just now; try again in a minute."))
    try:
        worker = _spares.take()
        try:
            with _folder(files or {}) as folder:
                head = {
                    "task": task,
                    "given": dict(given),
                    "folder": str(folder),
                    "parts": [len(part) for part in parts],
                    "seconds": seconds,
                    "megabytes": megabytes,
                    "language": language.current(),
                }
                try:
                    worker.begin(head, parts)
                except _EndedError:
                    # It had waited so long that it ended before it took the task.
                    worker.end()
                    worker = _Worker()
                    worker.begin(head, parts)
                return worker.finish(name, seconds, megabytes)
        finally:
            worker.end()
    finally:
        _turns.release()
        _spares.refill()


def warm() -> None:
    """Keep a worker waiting from now on, so that the next task need not wait for one to start."""
    _spares.wanted = True
    _spares.refill()


def cool() -> None:
    """End the worker that waits, and keep none any more."""
    _spares.wanted = False
    _spares.drop()


@contextlib.contextmanager
def _folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder that only this user can open (mode 0700), gone when the block ends."""
    try:
        with tempfile.TemporaryDirectory(prefix="atlas-", ignore_cleanup_errors=True) as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            yield Path(folder)
    except OSError as fault:
        raise DataError(
            _("no room to work on a file: {why}.").format(why=fault.strerror or fault)
        ) from fault


class _EndedError(DataError):
    """A worker ended before it took its task."""


class _Worker:
    """A process that waits for one task.

    Raises
    ------
    DataError
        Where the system starts no process.
    """

    def __init__(self) -> None:
        known = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "geo.sandbox_worker"],
                cwd=_ROOT,
                env=known | _ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # A break on the server's terminal is not meant for it.
                start_new_session=True,
            )
        except OSError as fault:
            raise DataError(_no_start()) from fault

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, head: Mapping[str, Any], parts: Sequence[bytes]) -> None:
        """Wait until it is ready and hand the task over.

        Raises
        ------
        DataError
            Where it does not start; `_EndedError` where it ends before it takes the task.
        """
        until = time.monotonic() + _START_S
        try:
            stream = self._pipe(self._process.stdin)
            self._read(1, until)
            stream.write(json.dumps(head).encode() + b"\n")
            stream.flush()
            self._read(1, until)
        except TimeoutError as fault:
            raise DataError(_no_start()) from fault
        except (EOFError, OSError) as fault:
            raise _EndedError(_no_start()) from fault
        try:
            for part in parts:
                stream.write(part)
            stream.flush()
        except OSError:
            return  # It has ended: finish says so.

    def finish(self, name: str, seconds: float, megabytes: int) -> Answer:
        """Wait for the answer, no longer and with no more memory than was allowed."""
        until = time.monotonic() + seconds
        try:
            head = self._read_line(until, megabytes)
            sizes = head.get("parts", [])
            if sum(sizes) > LARGEST_ANSWER_BYTES:
                raise MemoryError
            parts = tuple(self._read(size, until, megabytes) for size in sizes)
        except TimeoutError as fault:
            raise InputError(
                _(
                    "{name} took longer than {seconds} seconds, and was left; "
                    "simplify it or give a part of it."
                ).format(name=name, seconds=f"{seconds:g}")
            ) from fault
        except MemoryError as fault:
            raise InputError(_too_much(name, megabytes)) from fault
        except (EOFError, OSError, ValueError, TypeError, AttributeError) as fault:
            _log.warning("A worker ended without an answer (%s).", self._process.poll())
            raise InputError(_broken(name)) from fault
        if "refused" in head:
            raise InputError(str(head["refused"]))
        if head.get("over") == "memory":
            raise InputError(_too_much(name, megabytes))
        if "document" not in head:
            _log.warning("A worker met an error of its own: %s", head.get("broken"))
            raise InputError(_broken(name))
        return Answer(head["document"], parts)

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _read_line(self, until: float, megabytes: int) -> dict[str, Any]:
        """The first line of the answer, whose length stands before it."""
        size = int.from_bytes(self._read(8, until, megabytes), "big")
        if size > LARGEST_ANSWER_BYTES:
            raise MemoryError
        head = json.loads(self._read(size, until, megabytes))
        if not isinstance(head, dict):
            raise ValueError("an answer is no document")
        return head

    def _read(self, size: int, until: float, megabytes: int | None = None) -> bytes:
        """So many bytes, by a time.

        Raises
        ------
        TimeoutError, MemoryError, EOFError
            Where the time is over, the worker has grown too large, or it has ended.
        """
        stream = self._pipe(self._process.stdout)
        pieces: list[bytes] = []
        missing = size
        with selectors.DefaultSelector() as ready:
            ready.register(stream, selectors.EVENT_READ)
            while missing:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                if megabytes is not None and self._resident_mb() > megabytes:
                    raise MemoryError
                if not ready.select(min(_LOOK_S, left)):
                    continue
                piece = os.read(stream.fileno(), min(missing, _PIECE))
                if not piece:
                    raise EOFError
                pieces.append(piece)
                missing -= len(piece)
        return b"".join(pieces)

    def _resident_mb(self) -> float:
        """How much of its memory is really there; 0 where the system does not say."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1]
        except (OSError, IndexError):
            return 0.0
        return int(pages) * _PAGE / _MB

    @staticmethod
    def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
        if stream is None:
            raise EOFError
        return stream


class _Spares:
    """The worker that waits for the next task, where one is wanted."""

    def __init__(self) -> None:
        self.wanted = False
        self._lock = threading.Lock()
        self._waiting: _Worker | None = None

    def take(self) -> _Worker:
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is not None and worker.is_alive:
            return worker
        if worker is not None:
            worker.end()
        return _Worker()

    def refill(self) -> None:
        with self._lock:
            if not self.wanted:
                return
            if self._waiting is not None and not self._waiting.is_alive:
                self._waiting.end()
                self._waiting = None
            if self._waiting is None:
                try:
                    self._waiting = _Worker()
                except DataError as fault:
                    # The next task starts one itself, or says that none starts.
                    _log.warning("No worker could be started to wait (%s).", fault.__cause__)

    def drop(self) -> None:
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is not None:
            worker.end()


_spares = _Spares()
atexit.register(_spares.drop)


def _no_start() -> str:
    return _("the reader of files does not start.")


def _too_much(name: str, megabytes: int) -> str:
    return _(
        "{name} needs more than {megabytes} MB of memory to be read, and was left; "
        "simplify it or give a part of it."
    ).format(name=name, megabytes=megabytes)


def _broken(name: str) -> str:
    return _("{name} cannot be read: it is damaged, or not what it says it is.").format(name=name)
