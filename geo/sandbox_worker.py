"""The other side of `geo.sandbox`: a process that does one task and ends.

It loads what tasks need, says that it is ready with one byte, and reads from its standard input one
line of JSON, the task; says with another byte that it took it, and reads the bytes that go with it.
Before it touches those, it takes its own rights away. It answers with the length of a JSON
document, the document, and bytes.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

LOADED = ("geo.readers", "events.apart")
"""What is loaded before a task is known."""

IDLE_S = 900
"""So long it waits for a task."""

_LARGEST_FILE_MB = 256
_MOST_FILES = 64
_NICE = 5
_MB = 1024 * 1024


def main() -> None:
    """Wait for a task, do it, answer, end."""
    # What libraries print must not get into the answer.
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    if hasattr(signal, "alarm"):
        signal.alarm(IDLE_S)
    if hasattr(os, "nice"):
        # Others are using the pages while this works.
        os.nice(_NICE)
    for name in LOADED:
        module = importlib.import_module(name)
        getattr(module, "warm", lambda: None)()
    answers.write(b".")
    answers.flush()
    line = sys.stdin.buffer.readline()
    if not line:
        return
    head = json.loads(line)
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    answers.write(b".")
    answers.flush()
    parts = [sys.stdin.buffer.read(size) for size in head["parts"]]
    document, out = _done(head, parts)
    text = json.dumps(document | {"parts": [len(part) for part in out]}).encode()
    for piece in (len(text).to_bytes(8, "big"), text, *out):
        answers.write(piece)
    answers.flush()
    # Without tidying up: whatever a task left behind ends with the process.
    os._exit(0)


def _done(head: dict[str, Any], parts: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """What the task gives, or why it gives nothing."""
    from data import language
    from data.errors import AtlasError

    module, _, function = head["task"].partition(":")
    task = getattr(importlib.import_module(module), function)
    folder = Path(head["folder"])
    os.chdir(folder)
    limit(head["seconds"], head["megabytes"])
    try:
        with language.using(head["language"]):
            document, out = task(folder, head["given"], parts)
    except AtlasError as refusal:
        return {"refused": str(refusal)}, []
    except MemoryError:
        return {"over": "memory"}, []
    except Exception:
        # Not what the file holds, only where it was being read: this goes into the server's log.
        frames = traceback.extract_tb(sys.exc_info()[2])[-3:]
        kind = type(sys.exc_info()[1]).__name__
        places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
        return {"broken": f"{kind} at {places}"}, []
    return {"document": document}, out


def limit(seconds: float, megabytes: int) -> None:
    """Have the kernel hold this process to its share, for good."""
    try:
        import resource
    except ImportError:  # Windows: the caller alone watches.
        return
    limits = {
        resource.RLIMIT_DATA: megabytes * _MB,
        resource.RLIMIT_CPU: int(seconds) + 2,
        resource.RLIMIT_FSIZE: _LARGEST_FILE_MB * _MB,
        resource.RLIMIT_NOFILE: _MOST_FILES,
        # A core dump would write the file's content to the disk.
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
