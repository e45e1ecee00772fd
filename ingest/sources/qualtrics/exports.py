"""Exports of responses: a job that is started, awaited and fetched, for each survey and each stretch of time.

The file of a job may be larger than memory. It is fetched to disk, and its responses go on in pages of a limited size,
each response as Qualtrics wrote it. A page has the address of the file, which has the survey's id.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote
from zipfile import ZipFile

from ingest.sources.errors import SourceError
from ingest.sources.pages import Page, in_pages, one_line

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.vendor import Endpoint, Params

#: Seconds of one export, so that its file stays below the 1.8 GB that Qualtrics allows.
WINDOW = int(timedelta(days=90).total_seconds())
#: An export that fails is tried again in halves, down to this many seconds.
SHORTEST = int(timedelta(days=1).total_seconds())
#: Longest pause between two looks at a job, and how many looks it is given: about an hour.
LONGEST_PAUSE = 30.0
LOOKS = 120

#: Characters of one response at most.
_RECORD = 64_000_000
_CHUNK = 1 << 20
_LIST = re.compile(r'"responses"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def responses(client: Client, endpoint: Endpoint, params: Params, survey: Mapping[str, Any]) -> Iterator[Page]:
    """The responses to a survey that were recorded or changed in the window of `params`.

    Args:
        client: asks.
        endpoint: that of the responses.
        params: `startDate`, and `endDate` if it is not now, in seconds since 1970; `survey` and `from` say how far a
            pull came that was cut.
        survey: as Qualtrics lists it.

    Raises:
        SourceError: the survey cannot be read, or an export fails or does not end.
    """
    since, until = int(params["startDate"]), int(params.get("endDate") or client.began.timestamp())
    name, created = str(survey["id"]), _seconds(survey.get("creationDate"))
    begin = int(params["from"]) if params.get("survey") == name else since
    while begin < until:
        # What came before the survey was made was imported; windows of its own for it would be empty.
        end = min(max(begin, created) + WINDOW, until) if created else until
        again, after = ({"startDate": since, "survey": name, "from": place} for place in (begin, end))
        yield from _resumable(_exported(client, endpoint, name, (begin, end), created), again, after)
        begin = end


def _resumable(pages: Iterator[Page], again: Params, after: Params) -> Iterator[Page]:
    """The pages of a window: only after the last of them the next pull need not ask for the window again."""
    held: Page | None = None
    for page in pages:
        if held is not None:
            yield replace(held, resume=again)
        held = page
    if held is not None:
        yield replace(held, resume=after)


def _exported(client: Client, endpoint: Endpoint, survey: str, window: tuple[int, int], created: int) -> Iterator[Page]:
    begin, end = window
    path = f"surveys/{quote(survey, safe='')}/export-responses"
    body: dict[str, Any] = {"format": "json", "endDate": _instant(end), "sortByLastModifiedDate": True}
    if begin:
        body["startDate"] = _instant(begin)
    job = client.answer(endpoint, path, body)  # only this says that the survey is gone or closed to the account
    try:
        file, request = _finished(client, endpoint, path, job)
        if file:
            yield from _fetched(client, endpoint, f"{path}/{quote(file, safe='')}/file")
            return
    except SourceError as error:
        error.status = None
        raise
    earliest = max(begin, min(created, end))
    if end - earliest <= SHORTEST:
        raise SourceError(
            f"{client.settings.source}: the export of responses to {survey} from {_instant(begin)} to {_instant(end)} "
            f"failed at Qualtrics (request {request}): pull again later, it continues there; if it fails again, tell "
            "Qualtrics' support the number of the request"
        )
    # Qualtrics does not say why; a file that is too large is the reason that goes away.
    middle = (earliest + end) // 2
    yield from _exported(client, endpoint, survey, (begin, middle), created)
    yield from _exported(client, endpoint, survey, (middle, end), created)


def _finished(client: Client, endpoint: Endpoint, path: str, job: Page) -> tuple[str, str]:
    """The id of the job's file, empty if it failed, and of the request that said so."""
    progress = _result(job).get("progressId")
    pause = client.patience.backoff_seconds
    for _ in range(LOOKS if progress else 0):
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        look = client.answer(endpoint, f"{path}/{quote(str(progress), safe='')}")
        result = _result(look)
        if result.get("status") == "failed":
            return "", str(look.content.get("meta", {}).get("requestId"))
        if result.get("status") == "complete" and result.get("fileId"):
            return str(result["fileId"]), ""
    raise SourceError(
        f"{client.settings.source}: an export of responses ({path}) does not end: pull again later, it continues there"
    )


def _fetched(client: Client, endpoint: Endpoint, path: str) -> Iterator[Page]:
    with TemporaryFile() as target:
        page = client.file(endpoint, path, target)
        is_empty = True
        with ZipFile(target) as archive:
            # Beyond a million responses there are several files.
            for name in sorted(archive.namelist()):
                with archive.open(name) as stream:
                    try:
                        for texts, records in in_pages(responses_in(stream)):
                            is_empty = False
                            content = {"responses": records}
                            body = b'{"responses":[' + b",".join(texts) + b"]}"
                            yield replace(page, body=body, content=content, records=records)
                    except ValueError as error:
                        raise SourceError(
                            f"{client.settings.source}: an export of responses ({path}) is not the JSON that is "
                            f"documented ({error}): pull again later; if it stays so, Qualtrics has changed its API"
                        ) from None
    if is_empty:
        yield page  # says that the next pull need not ask for the window again


def responses_in(stream: IO[bytes]) -> Iterator[tuple[bytes, Any]]:
    """Each element of the list `responses` of a JSON document, as it is written and parsed.

    Only a part of the document is in memory at any time.

    Raises:
        ValueError: it is no such document, or ends before the list does.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    parser = json.JSONDecoder(parse_constant=_refuse)
    known, place = "", 0
    while not (start := _LIST.search(known)):
        if len(known) > _RECORD or not (chunk := text.read(_CHUNK)):
            raise ValueError("no list responses")
        known += chunk
    place = start.end()
    while True:
        between = _BETWEEN.match(known, place)
        place = between.end() if between else place
        if known.startswith("]", place):
            return
        try:
            record, end = parser.raw_decode(known, place)
        except json.JSONDecodeError:  # it goes on in the next part
            if len(known) - place > _RECORD or not (chunk := text.read(_CHUNK)):
                raise ValueError("the list responses does not end") from None
            known, place = known[place:] + chunk, 0
            continue
        yield one_line(known[place:end].encode()), record
        place = end


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _result(page: Page) -> dict[str, Any]:
    result = page.content.get("result") if isinstance(page.content, dict) else None
    return result if isinstance(result, dict) else {}


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _seconds(value: object) -> int:
    """Seconds since 1970 of an instant, 0 if it is none."""
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return 0
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
