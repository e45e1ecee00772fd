"""The one error of the API pulls."""

from __future__ import annotations

#: What it raises to read a field that an answer does not have, or that is of another kind there.
UNDOCUMENTED = (AttributeError, LookupError, TypeError)


class SourceError(ValueError):
    """A source cannot be read; the message is one sentence that says where, why and what to do.

    `wait_seconds` is how long the vendor asks to wait, where that is what is wrong. `status` is the HTTP status of a
    request that the vendor refused.
    """

    status: int | None = None

    def __init__(self, message: str, *, wait_seconds: int | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
