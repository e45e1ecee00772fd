"""Query jobs of the Bulk API 2.0: a job that is started, awaited and fetched in sets of records as CSV.

A set is fetched to disk, and its records go on in pages of a limited size, each as the REST API writes it, so that a
record gives the same row whichever way it came.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ingest.delivered import MAX_RECORD
from ingest.sources.errors import SourceError
from ingest.sources.pages import in_pages

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page
    from ingest.sources.settings import Settings
    from ingest.sources.vendor import Endpoint, Params

#: Records of one set, which is what is asked for again when the network fails.
AT_ONCE = 50_000
#: Longest pause between two looks at a job, and how many looks it is given: about two hours.
LONGEST_PAUSE = 30.0
LOOKS = 240
#: Records from which a job takes fewer requests and less time than a query whose pages have 2,000 at most.
_FROM = 50_000

_ENDED = ("Failed", "Aborted")
#: Fields of these types are in no answer of the Bulk API.
_NOT_RETURNED = {"address", "location", "base64"}


def least(settings: Settings, types: Mapping[str, str]) -> int | None:
    """From how many records on a job is used; None if a field is of a type that no job returns.

    Raises:
        SourceError: the setting is no number.
    """
    text = settings.get("BULK_FROM", str(_FROM))
    if not text.isdigit():
        raise SourceError(f"{settings.source}: {settings.variable('BULK_FROM')} is {text!r}, which is no number")
    return None if _NOT_RETURNED & {*types.values()} else int(text)


def records(
    client: Client, endpoint: Endpoint, params: Params, query: str, kind: str, types: Mapping[str, str]
) -> Iterator[Page]:
    """The records that a query finds, in no order.

    Args:
        client: asks.
        endpoint: that of the object.
        params: `since`, in seconds since 1970; `job`, `locator` and `reached` say how far a pull came that was cut.
        query: without an order, which would keep Salesforce from sharing the work out.
        kind: the object.
        types: the types of its fields.

    Raises:
        SourceError: the job fails or does not end, or its records cannot be read.
    """
    job, place = _begun(client, endpoint, params, query)
    # A pull that is cut while it waits finds the job again.
    yield replace(job, records=[], resume=place)
    _await(client, endpoint, job)
    created = _seconds(job.content["createdDate"])
    reached = int(place["reached"] if "reached" in place else place["since"])
    address = f"jobs/query/{quote(place['job'], safe='')}/results?maxRecords={AT_ONCE}"
    while "job" in place:
        part = f"&locator={quote(place['locator'], safe='')}" if "locator" in place else ""
        with TemporaryFile() as file:
            page = answer = client.file(endpoint, address + part, file, _is_whole)
            for texts, found in in_pages(_as_queried(file, client, kind, types)):
                if page.records:
                    yield page
                changes = [int(_seconds(record[endpoint.changed_at])) for record in found]
                # A record may have changed after the job had read it, and before it read another: beyond its beginning
                # a change says nothing of the rest.
                reached = max([reached, *(change for change in changes if change < created)])
                body = b'{"records":[' + b",".join(texts) + b"]}"
                page = replace(answer, body=body, content={"records": found}, records=found, resume=place)
        locator = answer.headers.get("Sforce-Locator", "null")
        place = {"since": reached} if locator == "null" else place | {"locator": locator, "reached": reached}
        yield replace(page, resume=place)


def _begun(client: Client, endpoint: Endpoint, params: Params, query: str) -> tuple[Page, Params]:
    """The job that a cut pull left if it is still there, else a new one; and where to go on."""
    place = {name: params[name] for name in ("since", "job", "locator", "reached") if name in params}
    if "job" in place:
        try:
            job = _job(client, endpoint, place["job"])
        except SourceError as error:
            if error.status not in (400, 404):
                raise
        else:
            if job.content["state"] not in _ENDED:
                return job, place
    job = _job(client, endpoint, body={"operation": "queryAll", "query": query})
    return job, {"since": params["since"], "job": str(job.content["id"])}


def _job(client: Client, endpoint: Endpoint, job: str = "", body: Mapping[str, Any] | None = None) -> Page:
    """A job as it is now, or the one that the body begins."""
    path = f"jobs/query/{quote(job, safe='')}".rstrip("/")
    page = client.answer(replace(endpoint, records=""), path, body)
    if not isinstance(page.content, dict) or not {"id", "state", "createdDate"} <= page.content.keys():
        raise SourceError(
            f"{client.settings.source}: what is said of the job for {endpoint.entity} is no job of the Bulk API: check "
            f"the address {client.base_url}; if it is right, Salesforce has changed its API"
        )
    return page


def _await(client: Client, endpoint: Endpoint, job: Page) -> None:
    settings, name = client.settings, str(job.content["id"])
    pause = client.patience.backoff_seconds
    for _ in range(LOOKS):
        if job.content["state"] == "JobComplete":
            return
        if job.content["state"] in _ENDED:
            said = re.sub(r"\s+", " ", str(job.content.get("errorMessage") or "without a word"))[:200]
            raise SourceError(
                f"{settings.source}: the job {name} for {endpoint.entity} failed at Salesforce ({said}): pull again, "
                f"which begins another; if that fails as well, set {settings.variable('BULK_FROM')} to more records "
                "than there are, so that it is pulled without a job"
            )
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        job = _job(client, endpoint, name)
    raise SourceError(
        f"{settings.source}: the job {name} for {endpoint.entity} does not end: pull again later, it continues there"
    )


def _as_queried(
    file: IO[bytes], client: Client, kind: str, types: Mapping[str, str]
) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each record of a set, as the REST API writes it and parsed; numbers and booleans stay texts."""
    rows = _rows(file)
    names = next(rows, [])
    where = f"{urlsplit(client.base_url).path}/sobjects/{kind}"
    for row in rows:
        values = dict(zip(names, row, strict=True))
        attributes = {"type": kind, "url": f"{where}/{values['Id']}"}
        record = {"attributes": attributes} | {name: _value(text, types.get(name)) for name, text in values.items()}
        yield json.dumps(record, ensure_ascii=False).encode(), record


def _value(text: str, data_type: str | None) -> str | None:
    """Salesforce keeps no empty text, and the two APIs write the offset of an instant each in its own way."""
    if data_type == "datetime" and text.endswith("Z"):
        text = text.removesuffix("Z") + "+0000"
    return text or None


def _is_whole(file: IO[bytes], headers: Mapping[str, str]) -> bool:
    """Whether a set has as many records as the answer says."""
    try:
        found = sum(1 for _ in _rows(file))
    except (csv.Error, ValueError):
        return False
    return headers.get("Sforce-NumberOfRecords") == str(max(0, found - 1))


def _rows(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of a CSV file, the names first.

    Raises:
        csv.Error: it is no such file.
        ValueError: it is none, or a row has more or fewer values than there are names.
    """
    file.seek(0)
    csv.field_size_limit(2 * MAX_RECORD)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    width = 0
    try:
        for row in filter(None, csv.reader(text, strict=True)):
            width = width or len(row)
            if len(row) != width:
                raise ValueError("a row of another width")
            yield row
    finally:
        text.detach()


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
