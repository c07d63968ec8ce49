"""Work on all cores at once: the same answers in the same order, however deep and however often."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import parallel


@given(st.integers(0, 200))
def test_slices_keep_the_order_and_lose_nothing(count: int) -> None:
    numbers = np.arange(count)
    slices = parallel.slices(lambda some: some, numbers)
    assert np.concatenate(slices).tolist() == numbers.tolist()


def test_slices_are_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # Sums of floats depend on what is summed first.
    numbers = np.random.default_rng(1).random(10_001)
    sizes = [len(some) for some in parallel.slices(lambda some: some, numbers)]
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 1)
    parallel._pool.cache_clear()
    try:
        assert [len(some) for some in parallel.slices(lambda some: some, numbers)] == sizes
    finally:
        parallel._pool.cache_clear()


def test_each_keeps_the_order() -> None:
    assert parallel.each(lambda number: number**2, range(100)) == [n**2 for n in range(100)]


def test_work_within_work_does_not_wait_for_ever() -> None:
    def outer(number: int) -> int:
        return sum(parallel.each(lambda other: number * other, range(10)))

    finished = threading.Event()
    found: list[int] = []

    def run() -> None:
        found.extend(parallel.each(outer, range(64)))
        finished.set()

    threading.Thread(target=run, daemon=True).start()
    assert finished.wait(20)
    assert found == [45 * number for number in range(64)]


def test_many_sessions_at_once() -> None:
    line = shapely.segmentize(shapely.LineString([(0, 0), (10_000, 0)]), 100)
    pieces = np.array([shapely.buffer(line, distance) for distance in range(1, 100)])
    alone = parallel.slices(lambda some: shapely.area(some).tolist(), pieces)
    with ThreadPoolExecutor(16) as pool:
        runs = pool.map(
            lambda _: parallel.slices(lambda some: shapely.area(some).tolist(), pieces), range(64)
        )
        assert all(run == alone for run in runs)


def test_a_fault_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        parallel.each(lambda number: 1 / number, [1, 0])
