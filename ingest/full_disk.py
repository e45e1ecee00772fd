"""Tells a lake that cannot be written from a file that cannot be read.

A full disk is no fault of the file that was being loaded. Were it taken for one, the run would go on and publish
without that file; so it ends the run.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

#: No space, no quota, a file beyond what the system lets a process write, a disk that can only be read.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
#: What DuckDB and SQLite say when they cannot write: the system's words for these, and their own.
_WORDS = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "Read-only file system",
    "database or disk is full",
    "disk I/O error",
)
#: What errors of the system, of DuckDB's files and of SQLite have in them, and no others.
_KINDS = ("[Errno ", "IO Error: ", "sqlite3.")
_SPILL = "max_temp_directory_size"


class LakeError(RuntimeError):
    """The lake cannot be written; the message is one sentence that says why and what to do."""


@contextmanager
def writing(lake: Path) -> Iterator[None]:
    """What is done inside only writes to the lake, so that any failure to write is the lake's.

    Raises:
        LakeError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise _lake_error(lake, error.strerror or str(error)) from error
    except duckdb.IOException as error:
        raise _lake_error(lake, _words_of(error) or "DuckDB could not write a file there") from error


def raise_if_full(lake: Path, error: BaseException) -> None:
    """Raises LakeError if a full disk is behind the error, or behind one that led to it."""
    if words := why_full(error):
        raise _lake_error(lake, words) from error


def is_full(error: BaseException) -> bool:
    """Whether a full disk is behind the error, or behind one that led to it."""
    return bool(why_full(error))


def advised(sentence: str, place: str) -> str:
    """A failure's sentence, or what to do instead if it is only that `place` cannot be written.

    The words alone are not enough: other errors of a database cite the values of rows, and tickets tell of full disks.
    """
    words = next((words for words in _WORDS if words in sentence), "")
    if not words or "make room" in sentence or not any(kind in sentence for kind in _KINDS):
        return sentence
    return f"{place} cannot be written ({words}): make room there, or mend the disk, and run again"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it is DuckDB that wanted more memory than it may have, and its disk is not full."""
    causes = (error, error.__cause__, error.__context__)
    return any(isinstance(cause, duckdb.OutOfMemoryException) for cause in causes) and not is_full(error)


def why_full(error: BaseException) -> str:
    """The system's words for the full disk that is behind the error; empty if none is."""
    cause: BaseException | None = error
    while cause is not None:
        if words := _words_of(cause):
            return words
        cause = cause.__cause__ or cause.__context__
    return ""


def _words_of(error: BaseException) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "") if error.errno in _FULL else ""
    if isinstance(error, duckdb.OutOfMemoryException) and _SPILL in str(error):
        return _WORDS[0]
    if isinstance(error, duckdb.Error):
        return next((words for words in _WORDS if words in str(error)), "")
    return ""


def _lake_error(lake: Path, words: str) -> LakeError:
    return LakeError(
        f"the lake in {lake} cannot be written ({words}): make room there, or give the right to write, and run again; "
        "what is not loaded yet is loaded then"
    )
