"""A day as somebody writes it."""

from __future__ import annotations

import datetime as dt

from data.errors import InputError
from data.language import _

SUCH = dt.date(2025, 12, 14)
"""How a message shows what a day looks like."""


def day(text: str, *, name: str) -> dt.date:
    """A day from its text; ``name`` is what gave it, for the message.

    Raises
    ------
    InputError
        Where it is none.
    """
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as fault:
        raise InputError(
            _("{name} is {given}; give a day as YYYY-MM-DD, such as {such}.").format(
                name=name, given=repr(text), such=SUCH
            )
        ) from fault
