"""Where the pulls of an entity stand: one small JSON file per source and entity, `<lake>/pulls/<source>/<entity>.json`.

It is written aside and renamed, and only after the pages that it counts have landed: a pull that is killed in between
asks for them again, which changes nothing. It holds no secret.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.lake import make_private_folder
from ingest.sources.errors import SourceError


@dataclass(frozen=True)
class PullState:
    """What the next pull has to know about those before it.

    Attributes:
        cursor: parameters of the request with which the next pull begins.
        is_complete: whether the last pull reached the end of what there was.
        pulled_at: instant of the last pull, ISO 8601 UTC.
        since, until: window of the last pull, ISO 8601 UTC; `since` is empty if it began with the first record.
    """

    cursor: dict[str, Any]
    is_complete: bool
    pulled_at: str
    since: str
    until: str

    @property
    def next_since(self) -> datetime | None:
        """Where the window of the next pull begins."""
        text = self.until if self.is_complete else self.since
        return datetime.fromisoformat(text) if text else None


def state_path(lake: Path, source: str, entity: str) -> Path:
    """The file of the state."""
    return lake / "pulls" / source / f"{entity}.json"


def read_state(lake: Path, source: str, entity: str) -> PullState | None:
    """The state, or None before the first pull.

    Raises:
        SourceError: the file is not what a pull wrote.
    """
    path = state_path(lake, source, entity)
    if not path.exists():
        return None
    try:
        state = PullState(**json.loads(path.read_text(encoding="utf-8")))
        _ = state.next_since
        return state
    except (ValueError, TypeError):
        raise SourceError(
            f"{source}: {path} is damaged: remove it to pull {entity} from the beginning (nothing is doubled)"
        ) from None


def write_state(lake: Path, source: str, entity: str, state: PullState) -> None:
    """Makes the state the one that the next pull finds."""
    path = state_path(lake, source, entity)
    make_private_folder(path.parent)
    aside = path.with_suffix(".tmp")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


@contextmanager
def only_pull(lake: Path, source: str, entity: str) -> Iterator[None]:
    """Holds the entity for one pull.

    Raises:
        SourceError: another pull of the same entity is running.
    """
    folder = state_path(lake, source, entity).parent
    make_private_folder(folder)
    with os.fdopen(os.open(folder / f".{entity}.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError(f"{source}: another pull of {entity} is running: wait until it has ended") from None
        yield
