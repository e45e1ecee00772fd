"""One reading of all that a fake vendor has, as a process of its own: by the pull, or by a loop that keeps nothing.

    python -m benchmarks.client_turn pull|loop VENDOR ADDRESS [HOME]

prints what it took as JSON. Imports, the contracts and what a first client finds out about its surroundings (0.3 s
together) are not timed: they are the same for ten records.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from requests import Response, Session

from benchmarks.fake_vendors import VENDORS

#: After all records, and soon after the survey that they answer was made.
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def pull(vendor: str, address: str, home: Path) -> int:
    """The pull as the pipeline runs it. Returns the records that came."""
    from ingest.contracts import vendor_contracts
    from ingest.sources.client import Client
    from ingest.sources.pull import pull
    from ingest.sources.vendor import load_vendor

    fake = VENDORS[vendor]
    environ = fake.environ(vendor, address)
    vendor_contracts(vendor)
    Client(load_vendor(vendor), vendor, environ, NOW)
    _begin()
    return pull(vendor, fake.entity, landing=home / "landing", lake=home / "lake", environ=environ, now=NOW).records


def loop(vendor: str, address: str) -> int:
    """What a few lines would do that follow the vendor's pages. Returns the records that came."""
    _begin()
    with Session() as session:
        return sum(len(records) for records in _LOOPS[vendor](session, address + VENDORS[vendor].path))


def _follow(
    session: Session, first: str, records: str, following: Callable[[Response, Any], str | None]
) -> Iterator[list[Any]]:
    url: str | None = first
    while url:
        response = session.get(url)
        content = response.json()
        yield content[records] if records else content
        url = following(response, content)


def _header(response: Response, _: Any) -> str | None:
    return response.links.get("next", {}).get("url")


def _freshdesk(session: Session, api: str) -> Iterator[list[Any]]:
    first = f"{api}/tickets?per_page=100&include=stats,description&updated_since=1970-01-01T00:00:00Z"
    for folder in ("", "&filter=deleted", "&filter=spam"):
        yield from _follow(session, first + folder, "", _header)


def _hubspot(session: Session, api: str) -> Iterator[list[Any]]:
    for archived in ("false", "true"):
        first = f"{api}/crm/v3/objects/contacts?limit=100&archived={archived}"

        def following(_: Response, content: Any, first: str = first) -> str | None:
            return f"{first}&after={content['paging']['next']['after']}" if "paging" in content else None

        yield from _follow(session, first, "results", following)


def _qualtrics(session: Session, api: str) -> Iterator[list[Any]]:
    exports = f"{api}/surveys/{session.get(f'{api}/surveys').json()['result']['elements'][0]['id']}/export-responses"
    job = session.post(exports, json={"format": "json"}).json()["result"]["progressId"]
    file = session.get(f"{exports}/{job}").json()["result"]["fileId"]
    with ZipFile(BytesIO(session.get(f"{exports}/{file}/file").content)) as archive:
        for name in archive.namelist():
            yield json.loads(archive.read(name))["responses"]


def _salesforce(session: Session, api: str) -> Iterator[list[Any]]:
    host = api.removesuffix(VENDORS["salesforce"].path)
    return _follow(
        session,
        f"{api}/queryAll?q=SELECT+Id+FROM+Contact",
        "records",
        lambda _, content: None if content["done"] else host + content["nextRecordsUrl"],
    )


def _shopify(session: Session, api: str) -> Iterator[list[Any]]:
    return _follow(session, f"{api}/orders.json?limit=250&status=any", "orders", _header)


def _stripe(session: Session, api: str) -> Iterator[list[Any]]:
    first = f"{api}/charges?limit=100"

    def following(_: Response, content: Any) -> str | None:
        return f"{first}&starting_after={content['data'][-1]['id']}" if content["has_more"] else None

    return _follow(session, first, "data", following)


def _surveymonkey(session: Session, api: str) -> Iterator[list[Any]]:
    survey = session.get(f"{api}/surveys").json()["data"][0]["id"]
    first = f"{api}/surveys/{survey}/responses/bulk?per_page=100"
    return _follow(session, first, "data", lambda _, content: content["links"].get("next"))


def _zendesk(session: Session, api: str) -> Iterator[list[Any]]:
    export = f"{api}/incremental/tickets/cursor?per_page=1000"
    return _follow(
        session,
        f"{export}&start_time=0",
        "tickets",
        lambda _, content: None if content["end_of_stream"] else f"{export}&cursor={content['after_cursor']}",
    )


_LOOPS = {
    "freshdesk": _freshdesk,
    "hubspot": _hubspot,
    "qualtrics": _qualtrics,
    "salesforce": _salesforce,
    "shopify": _shopify,
    "stripe": _stripe,
    "surveymonkey": _surveymonkey,
    "zendesk": _zendesk,
}

_started = (0.0, 0.0)


def _begin() -> None:
    global _started
    _started = time.perf_counter(), time.process_time()


def main() -> None:
    kind, vendor, address, *home = sys.argv[1:]
    records = pull(vendor, address, Path(home[0])) if kind == "pull" else loop(vendor, address)
    wall, cpu = time.perf_counter() - _started[0], time.process_time() - _started[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"records": records, "seconds": wall, "cpu_seconds": cpu, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
