"""The few ways in which the project says no. Every message is one sentence for a person."""

from __future__ import annotations


class AtlasError(Exception):
    """Base of every error that a user may read."""


class DataError(AtlasError):
    """A bundled table is missing, damaged, or not what the catalogue says."""


class InputError(AtlasError):
    """A value or a file that the user gave cannot be used."""


class RefusedError(DataError):
    """What came from outside does not count: too large, unreadable, or not to be believed."""
