"""One function over many items on the workers of a Dask cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from data.errors import InputError

CONNECT_SECONDS = 5
"""How long a scheduler may take to answer."""
WORKERS_SECONDS = 30
"""How long a cluster may be without workers, at the start or after all were lost."""
_LOOK_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?[^\s/]+:\d{1,5}/?")

Run = Callable[[Callable[[Any, Any], Any], Sequence[Any], Any], Iterator[tuple[int, Any]]]


@contextlib.contextmanager
def connected(scheduler: str | None) -> Iterator[Run]:
    """A way to run a function on a cluster.

    Parameters
    ----------
    scheduler : str, optional
        Address of a scheduler, as ``tcp://192.0.2.1:8786``. Without it a worker is started for
        each core of this machine, and stopped at the end.

    Yields
    ------
    callable
        Of a function, items and something that all need, which is sent once. It gives the number
        of an item and ``function(item, shared)``, each once, as they are ready; what a lost worker
        had done or was doing is done again by others.

    Raises
    ------
    InputError
        Where Dask is not installed or no scheduler answers, in some seconds.
    """
    try:
        import distributed
    except ImportError as fault:
        raise InputError(
            "the dask engine needs Dask, which is not installed: run pip install '.[cluster]' in "
            "the project's folder, or choose the local engine."
        ) from fault
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        if scheduler is None:
            address: Any = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=os.cpu_count(),
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            )
        else:
            address = _checked(scheduler)
            _probe(address)
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        stack.enter_context(client)
        yield lambda task, items, shared: _run(client, task, items, shared)


def _checked(address: str) -> str:
    text = address.strip()
    if not _ADDRESS.fullmatch(text):
        shown = text if len(text) <= 80 else f"{text[:80]}…"
        raise InputError(
            f"{shown!r} is no scheduler's address; give one like tcp://192.0.2.1:8786."
        )
    return text


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells of every worker that is lost, with a traceback; what matters is a sentence."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _probe(address: str) -> None:
    """Say so if no scheduler answers: a client of Dask waits for ever for one that only listens."""
    import distributed

    async def greet() -> None:
        terms = distributed.Security().get_connection_args("client")
        line = await distributed.comm.connect(address, timeout=CONNECT_SECONDS, **terms)
        await line.close()

    def greet_in_time() -> None:
        asyncio.run(asyncio.wait_for(greet(), CONNECT_SECONDS))

    try:
        # In a thread of its own, since this one may already have a loop of events.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(greet_in_time).result()
    # What another kind of server answers is read as a size that no memory holds.
    except (OSError, ValueError, MemoryError) as fault:
        raise InputError(
            f"no Dask scheduler answers at {address} within {CONNECT_SECONDS} seconds; start one "
            "with dask scheduler, or leave its address away."
        ) from fault


def _run(
    client: Any, task: Callable[[Any, Any], Any], items: Sequence[Any], shared: Any
) -> Iterator[tuple[int, Any]]:
    import distributed

    mark = uuid.uuid4().hex
    # As the result of a task, not scattered: the workers hand it on to each other in the same way,
    # and when all that have it are lost it is made again instead of being gone.
    sent = client.submit(_same, shared, key=f"shared-{mark}", pure=False)
    keys = [f"part-{mark}-{number}" for number in range(len(items))]
    futures = client.map(_call, list(items), key=keys, task=task, shared=sent, pure=False)
    number_of = dict(zip(keys, range(len(items)), strict=True))
    ready = distributed.as_completed(
        futures, loop=client.loop, with_results=True, raise_errors=False
    )
    del futures  # A result that was fetched is then kept nowhere.
    watch = _Watch(client)
    while not ready.is_empty():
        if not ready.has_ready():
            watch.look()
            time.sleep(_PAUSE_SECONDS)
        for future, result in ready.next_batch(block=False):
            # Not its status: that changes when the worker ends that had the result.
            if not isinstance(result, _Done):
                raise _failure(result)
            yield number_of.pop(future.key), result.value


def _same(shared: Any) -> Any:
    return shared


@dataclass(frozen=True)
class _Done:
    """A result, which no failure looks like."""

    value: Any


def _call(item: Any, *, task: Callable[[Any, Any], Any], shared: Any) -> _Done:
    return _Done(task(item, shared))


class _Watch:
    """Sees to it that nobody waits for workers that do not come."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._looked = self._seen = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        with contextlib.suppress(OSError, TimeoutError):
            if self._client.nthreads():
                self._seen = now
        if now - self._seen > WORKERS_SECONDS:
            raise InputError(
                f"the cluster has had no workers for {WORKERS_SECONDS} seconds; start some in the "
                "project's folder, as docs/scale.md shows (a worker that lacks the project ends)."
            )


def _failure(result: Any) -> BaseException:
    """The exception of a task that failed; a sentence where the cluster is at fault."""
    import distributed

    fault: BaseException = result[1] if isinstance(result, tuple) else result
    if isinstance(fault, distributed.KilledWorker):
        return InputError(
            "a part of the file brought down several workers one after the other; give them more "
            "memory, or save the file as Parquet with smaller row groups."
        )
    if isinstance(fault, ImportError) or "deserialization" in str(fault):
        return InputError(
            "the cluster's scheduler or workers lack this project or its packages; start them in "
            "its folder, as docs/scale.md shows."
        )
    if isinstance(fault, CancelledError):
        return InputError("the connection to the cluster's scheduler was lost; count again.")
    return fault
