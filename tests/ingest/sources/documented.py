"""Payloads as the vendors' documentation shows them, and whether each has the outcome that its name promises.

`payloads/<vendor>/` holds one file per outcome: an answer of the vendor, or a file that it exports. Names, nesting,
types and nulls are the vendor's, the values are ours. `pages.yml` beside them says of each the page where its shape is
documented, how that was seen, and what has to come of it: rows of the warehouse, or the sentence that a person reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import yaml
from duckdb import DuckDBPyConnection

from ingest.contracts import vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.pull import pull
from ingest.sources.vendor import load_vendor
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

PAYLOADS = Path(__file__).parent / "payloads"

#: A pull that neither tries again for long nor waits: a limit that asks for more than a second ends it.
IMPATIENT = {
    "CX360_PULL_ATTEMPTS": "2",
    "CX360_PULL_BACKOFF_SECONDS": "0",
    "CX360_PULL_LONGEST_WAIT_SECONDS": "1",
    "CX360_PULL_TIMEOUT_SECONDS": "5",
}
NOW = datetime(2026, 6, 2, tzinfo=UTC)


@cache
def index(vendor: str) -> dict[str, Any]:
    """What `pages.yml` says: `settings` of the source, `answers`, `tokens` and `refusals` by the file's name.

    It is read once, because the companies ask for it with each payload: nobody may change it.
    """
    found: dict[str, Any] = yaml.safe_load((PAYLOADS / vendor / "pages.yml").read_text(encoding="utf-8"))
    return found


def text(vendor: str, name: str) -> str:
    """A payload as it stands in its file, its ends of lines included."""
    return (PAYLOADS / vendor / name).read_bytes().decode()


def payload(vendor: str, name: str) -> Any:
    """An answer, parsed."""
    return json.loads(text(vendor, name))


def records(vendor: str, name: str) -> list[dict[str, Any]]:
    """The records of an answer, from where the entity's contract has them; one record makes a list of one."""
    entity = index(vendor)["answers"][name]["entity"]
    path = vendor_contracts(vendor)[entity].records
    found = reduce(getitem, path.split(".") if path else [], payload(vendor, name))
    return found if isinstance(found, list) else [found]


def refusal(vendor: str, name: str) -> Answer:
    """An answer that refuses, with its status and headers."""
    entry = index(vendor)["refusals"][name]
    return Answer(entry["status"], payload(vendor, name), entry.get("headers", {}))


def promised_outcomes(vendor: str) -> dict[str, Any]:
    """What has to come of each payload, by the name of its file: rows, or a sentence."""
    listed = index(vendor)
    rows = {name: [tuple(row) for row in entry["becomes"]["rows"]] for name, entry in listed["answers"].items()}
    return rows | {name: entry["says"] for name, entry in listed.get("refusals", {}).items()}


def outcomes(vendor: str, warehouse: DuckDBPyConnection, home: Path) -> dict[str, Any]:
    """What came of each payload.

    Args:
        vendor: whose payloads.
        warehouse: where its answers were loaded and built.
        home: folder for the pulls that are refused.
    """
    listed = index(vendor)
    rows = {name: warehouse.execute(entry["becomes"]["query"]).fetchall() for name, entry in listed["answers"].items()}
    said = {
        name: _sentence(vendor, name, listed["settings"] | entry.get("settings", {}), entry, home / name)
        for name, entry in listed.get("refusals", {}).items()
    }
    return rows | said


def _sentence(vendor: str, name: str, settings: Mapping[str, str], entry: Mapping[str, Any], home: Path) -> str:
    """What a pull says that meets the refusal, except where `first` names an answer for the last word of the path."""

    def respond(request: Received) -> Answer:
        answered = entry.get("first", {}).get(request.path.rpartition("/")[2])
        return Answer(body=payload(vendor, answered)) if answered else refusal(vendor, name)

    server = FakeServer(respond)
    with server.running():
        named = {key: value.format(server=server.url) for key, value in settings.items()}
        environ = IMPATIENT | {f"CX360_{vendor.upper()}_{key}": value for key, value in named.items()}
        entity = entry.get("entity") or load_vendor(vendor).endpoints[0].entity
        try:
            pull(vendor, entity, landing=home / "landing", lake=home / "lake", environ=environ, now=NOW)
        except SourceError as error:
            return str(error)
    return ""
