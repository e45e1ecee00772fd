"""A place where pulls of a fake vendor land, and a Zendesk account on this machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.errors import SourceError
from ingest.sources.pull import PullResult, pull
from ingest.sources.vendor import load_vendor
from tests.ingest.conftest import Company
from tests.ingest.sources.fake_zendesk import API_TOKEN, DAY, EMAIL, FakeZendesk


@dataclass
class Pulls(Company):
    """Where a test pulls to, and what it finds there and in the lake.

    Attributes:
        source: name of the source.
        account: the fake vendor, with `server`, and `now`: what time it is there, in seconds since 1970.
        environ: the settings, besides those that keep a test from waiting.
        entity: the one that most tests of the vendor are about.
    """

    source: str = "zendesk"
    account: Any = None
    environ: dict[str, str] = field(default_factory=dict)
    entity: str = "tickets"

    def __post_init__(self) -> None:
        self.environ = {
            "CX360_PULL_ATTEMPTS": "4",
            "CX360_PULL_BACKOFF_SECONDS": "0",
            "CX360_PULL_TIMEOUT_SECONDS": "0.3",
        } | self.environ

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.account.now, UTC)

    def later(self, **delta: float) -> None:
        """Lets time go by in the account."""
        self.account.now += int(timedelta(**delta).total_seconds())

    def pull(self, entity: str = "", source: str = "", **arguments: Any) -> PullResult:
        """Pulls, at the time that it is in the account."""
        places = {"landing": self.landing, "lake": self.lake}
        asked = {"environ": self.environ, "now": self.now, **arguments}
        return pull(source or self.source, entity or self.entity, **places, **asked)

    def sentence(self, entity: str = "", source: str = "") -> str:
        """What a pull that fails says: one line, no secret."""
        with pytest.raises(SourceError) as raised:
            self.pull(entity, source)
        text = str(raised.value)
        assert "\n" not in text
        assert "-secret" not in text
        return text

    def files(self, entity: str = "", source: str = "") -> list[str]:
        """Names in the folder, those of unfinished files included."""
        return sorted(
            path.name for path in (self.landing / (source or self.source) / (entity or self.entity)).glob("*")
        )

    def lines(self, entity: str = "", source: str = "") -> list[dict[str, Any]]:
        """The landed pages, in the order of the files' names."""
        folder = self.landing / (source or self.source) / (entity or self.entity)
        paths = sorted(folder.glob("[!.]*.pages.jsonl.gz"))
        return [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]

    def records(self, entity: str = "", source: str = "") -> list[dict[str, Any]]:
        """The landed records, in the order in which they came."""
        path = load_vendor(source or self.source).endpoint(entity or self.entity).records
        at = path.split(".") if path else []
        return [one for line in self.lines(entity, source) for one in reduce(getitem, at, line["body"])]

    def ids(self, entity: str = "", source: str = "", name: str = "id") -> list[Any]:
        return [record[name] for record in self.records(entity, source)]

    def state(self, entity: str = "", source: str = "") -> dict[str, Any] | None:
        path = self.lake / "pulls" / (source or self.source) / f"{entity or self.entity}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def contents(self) -> list[bytes]:
        """What is in each file that was written, unpacked; locks hold nothing and are left out."""
        written = [path for path in self.home.rglob("*") if path.is_file()]
        found = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in written]
        return [content for content in found if content]

    def loaded(self, sql: str) -> list[tuple[Any, ...]]:
        """Loads what has landed, all of it, and asks the lake."""
        files = self.load()
        assert [(one.file, one.message) for one in files if one.status == "unreadable" or one.rows_quarantined] == []
        assert all(one.rows_loaded == one.rows_read for one in files if one.status == "loaded")
        return self.query(sql)


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
    }
    return Pulls(tmp_path, account=zendesk, environ=environ)


def ticket(number: int, second: int | None = None, **fields: Any) -> dict[str, Any]:
    """A ticket that changed so many seconds into the day, by default as many as its number."""
    changed = DAY + (number if second is None else second)
    updated_at = datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": number, "status": "open", "generated_timestamp": changed, "updated_at": updated_at} | fields


def event(number: int, second: int | None = None) -> dict[str, Any]:
    """A ticket event that happened so many seconds into the day, by default as many as its number."""
    return {"id": number, "ticket_id": 1, "timestamp": DAY + (number if second is None else second)}
