"""A Zendesk account on this machine, and a place where pulls of it land."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.pull import PullResult, pull
from tests.ingest.sources.fake_zendesk import API_TOKEN, DAY, EMAIL, FakeZendesk


@dataclass
class Pulls:
    """Where a test pulls to, and what it finds there."""

    home: Path
    zendesk: FakeZendesk
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.zendesk.now, UTC)

    def pull(self, entity: str = "tickets", source: str = "zendesk", **arguments: Any) -> PullResult:
        """Pulls, at the time that it is in the account."""
        return pull(
            source,
            entity,
            landing=self.landing,
            lake=self.lake,
            environ=self.environ,
            now=self.now,
            **arguments,
        )

    def files(self, entity: str = "tickets", source: str = "zendesk") -> list[str]:
        """Names in the folder, those of unfinished files included."""
        return sorted(path.name for path in (self.landing / source / entity).glob("*"))

    def lines(self, entity: str = "tickets", source: str = "zendesk") -> list[dict[str, Any]]:
        """The landed pages, in the order of the files' names."""
        paths = sorted((self.landing / source / entity).glob("[!.]*.pages.jsonl.gz"))
        return [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]

    def ids(self, entity: str = "tickets", source: str = "zendesk", records: str = "") -> list[int]:
        """Ids of the landed records, in the order in which they came."""
        return [record["id"] for line in self.lines(entity, source) for record in line["body"][records or entity]]

    def state(self, entity: str = "tickets", source: str = "zendesk") -> dict[str, Any] | None:
        path = self.lake / "pulls" / source / f"{entity}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def later(self, **delta: float) -> None:
        """Lets time go by in the account."""
        self.zendesk.now += int(timedelta(**delta).total_seconds())


@pytest.fixture
def zendesk() -> Iterator[FakeZendesk]:
    account = FakeZendesk()
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, zendesk: FakeZendesk) -> Pulls:
    environ = {
        "CX360_ZENDESK_BASE_URL": zendesk.base_url,
        "CX360_ZENDESK_EMAIL": EMAIL,
        "CX360_ZENDESK_API_TOKEN": API_TOKEN,
        "CX360_PULL_ATTEMPTS": "4",
        "CX360_PULL_BACKOFF_SECONDS": "0",
        "CX360_PULL_TIMEOUT_SECONDS": "0.3",
    }
    return Pulls(tmp_path, zendesk, environ)


def ticket(number: int, second: int | None = None, **fields: Any) -> dict[str, Any]:
    """A ticket that changed so many seconds into the day, by default as many as its number."""
    changed = DAY + (number if second is None else second)
    updated_at = datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": number, "status": "open", "generated_timestamp": changed, "updated_at": updated_at} | fields


def event(number: int, second: int | None = None) -> dict[str, Any]:
    """A ticket event that happened so many seconds into the day, by default as many as its number."""
    return {"id": number, "ticket_id": 1, "timestamp": DAY + (number if second is None else second)}
