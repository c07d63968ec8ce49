"""What is done beside the page, waited for."""

from __future__ import annotations

from collections.abc import Hashable
from concurrent import futures

from pages import later

_LONGEST_S = 120


def done(name: Hashable) -> None:
    """Wait until the work of that name (`pages.later`) ends; what it raises is raised here."""
    futures.wait([later._works[name]], timeout=_LONGEST_S)
    result, fault = later.found(name)
    assert fault is None, fault
    assert result is not None, f"not done within {_LONGEST_S} seconds"
