"""Vendors that answer as fast as they can: one large entity of each, page after page, for `benchmarks.clients`.

    python -m benchmarks.fake_vendors VENDOR RECORDS

serves on 127.0.0.1, says its address in one line, and ends with its input. What a record looks like is rendered once,
in some hundred different versions with texts of their own; per record only its number is put in. How pages follow each
other is as in `ingest/sources/<vendor>/README.md`. What a vendor refuses, and how it fails, is the matter of the tests.
"""

import json
import math
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

from benchmarks import fake_records

VERSIONS = 400
#: Records have the numbers from here on, which nothing else in them looks like: each is found again in what has landed.
FIRST_NUMBER = 707_070_000_000
NUMBER = re.compile(rb"70707\d{7}")

_BEGIN = datetime(2024, 1, 1)
#: Records are this far apart, so that pages asked for by an instant have one record in common.
_STEP = timedelta(seconds=2)


class Records:
    """The records of an entity, each with a number and an instant of its own."""

    def __init__(self, total: int, make: Callable[[Random], dict[str, Any]]) -> None:
        random = Random(1)
        self.total = total
        self.fields = list(make(random))
        self._versions = [_template(make(random)) for _ in range(VERSIONS)]
        self._have_instants = b"@at" in self._versions[0]

    def texts(self, first: int, size: int) -> bytes:
        """So many records from that place on, with commas between them."""
        return b",".join(map(self._text, range(first, min(first + size, self.total))))

    def place_since(self, instant: str) -> int:
        """Where the first record lies that is not older."""
        since = datetime.fromisoformat(instant.removesuffix("Z"))
        return max(0, math.ceil((since - _BEGIN) / _STEP))

    def _text(self, place: int) -> bytes:
        text = self._versions[place % VERSIONS].replace(b"@id", b"%d" % (FIRST_NUMBER + place))
        if self._have_instants:
            text = text.replace(b"@at", (_BEGIN + place * _STEP).isoformat().encode())
        return text


def _template(record: dict[str, Any]) -> bytes:
    """`@number` is the number of a record, `@id` within a text likewise, `@at` its instant."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).replace('"@number"', "@id").encode()


@dataclass(frozen=True)
class Asked:
    """A request, and what there is to answer it with."""

    host: str
    path: str
    params: dict[str, str]
    records: Records
    export: Path

    def page(self, first: int, size: int) -> tuple[bytes, int]:
        """Records, and the place after them; 0 if these are the last."""
        after = first + size
        return self.records.texts(first, size), after if after < self.records.total else 0


@dataclass(frozen=True)
class Answer:
    """What goes back; a path is the file of that name."""

    body: bytes | Path
    headers: dict[str, str] = field(default_factory=dict)


def _zendesk(asked: Asked) -> Answer:
    first = int(asked.params.get("cursor", 0))
    texts, after = asked.page(first, int(asked.params["per_page"]))
    end = b'"after_cursor":"%d","end_of_stream":%s' % (after or asked.records.total, b"false" if after else b"true")
    return Answer(b'{"tickets":[' + texts + b"]," + end + b"}")


def _hubspot(asked: Asked) -> Answer:
    if asked.params["archived"] == "true":
        return Answer(b'{"results":[]}')
    texts, after = asked.page(int(asked.params.get("after", 0)), int(asked.params["limit"]))
    paging = b',"paging":{"next":{"after":"%d"}}' % after if after else b""
    return Answer(b'{"results":[' + texts + b"]" + paging + b"}")


def _freshdesk(asked: Asked) -> Answer:
    if "filter" in asked.params:
        return Answer(b"[]")
    number, size = int(asked.params.get("page", 1)), int(asked.params["per_page"])
    since = asked.params["updated_since"]
    texts, after = asked.page(asked.records.place_since(since) + (number - 1) * size, size)
    address = f"http://{asked.host}{asked.path}?per_page={size}&updated_since={since}&page={number + 1}"
    return Answer(b"[" + texts + b"]", {"Link": f'<{address}>; rel="next"'} if after else {})


def _shopify(asked: Asked) -> Answer:
    if asked.path.endswith("access_scopes.json"):
        return Answer(b'{"access_scopes":[{"handle":"read_all_orders"}]}')
    size = int(asked.params["limit"])
    texts, after = asked.page(int(asked.params.get("page_info", 0)), size)
    address = f"http://{asked.host}{asked.path}?limit={size}&page_info={after}"
    return Answer(b'{"orders":[' + texts + b"]}", {"Link": f'<{address}>; rel="next"'} if after else {})


def _stripe(asked: Asked) -> Answer:
    last = asked.params.get("starting_after", f"ch_{FIRST_NUMBER - 1}")
    texts, after = asked.page(int(last.removeprefix("ch_")) - FIRST_NUMBER + 1, int(asked.params["limit"]))
    return Answer(b'{"object":"list","data":[' + texts + b'],"has_more":%s}' % (b"true" if after else b"false"))


def _salesforce(asked: Asked) -> Answer:
    if asked.path.endswith("/token"):
        return Answer(b'{"access_token":"a","token_type":"Bearer"}')
    if asked.path.endswith("/describe"):
        fields = [{"name": name, "type": "string"} for name in asked.records.fields]
        return Answer(json.dumps({"fields": fields}).encode())
    place = asked.path.rpartition("/")[2]
    texts, after = asked.page(0 if place == "queryAll" else int(place.removeprefix("0r8-")), 2000)
    more = b'"nextRecordsUrl":"/services/data/v65.0/queryAll/0r8-%d"' % after
    head = b'{"totalSize":%d,"done":%s,' % (asked.records.total, b"false," + more if after else b"true")
    return Answer(head + b'"records":[' + texts + b"]}")


def _surveymonkey(asked: Asked) -> Answer:
    if not asked.path.endswith("/bulk"):
        return Answer(b'{"data":[{"id":"318754279"}],"total":1,"links":{}}')
    number, size = int(asked.params.get("page", 1)), int(asked.params["per_page"])
    since = asked.params.get("start_modified_at", _BEGIN.isoformat())
    texts, after = asked.page(asked.records.place_since(since) + (number - 1) * size, size)
    address = f"http://{asked.host}{asked.path}?per_page={size}&start_modified_at={since}&page={number + 1}"
    links = {"links": {"next": address} if after else {}}
    return Answer(b'{"data":[' + texts + b"]," + json.dumps(links).encode()[1:])


def _qualtrics(asked: Asked) -> Answer:
    result: dict[str, Any] = {"progressId": "ES_1"}
    if asked.path.endswith("/file"):
        return Answer(asked.export)
    if asked.path.endswith("/surveys"):
        result = {"elements": [{"id": "SV_1", "creationDate": "2026-05-01T00:00:00Z"}], "nextPage": None}
    elif asked.path.endswith("/ES_1"):
        result = {"status": "complete", "percentComplete": 100, "fileId": "1-1"}
    return Answer(json.dumps({"result": result, "meta": {"httpStatus": "200 - OK"}}).encode())


@dataclass(frozen=True)
class FakeVendor:
    """What one vendor is asked for.

    Attributes:
        entity: the entity that is pulled.
        path: of the API, below the server's address.
        settings: of the source.
        record: makes a record.
        answer: answers.
        is_overlapping: pages begin with the last record of the one before, by the client's own choice.
    """

    entity: str
    path: str
    settings: dict[str, str]
    record: Callable[[Random], dict[str, Any]]
    answer: Callable[[Asked], Answer]
    is_overlapping: bool = False

    def environ(self, vendor: str, address: str) -> dict[str, str]:
        """The variables with which the pull finds the server; it does not pause between two looks at a job."""
        settings = self.settings | {"BASE_URL": address + self.path}
        variables = {f"CX360_{vendor.upper()}_{name}": value for name, value in settings.items()}
        return variables | {"CX360_PULL_BACKOFF_SECONDS": "0"}


VENDORS = {
    "freshdesk": FakeVendor("tickets", "/api/v2", {"API_KEY": "k"}, fake_records.freshdesk, _freshdesk, True),
    "hubspot": FakeVendor("contacts", "", {"ACCESS_TOKEN": "t"}, fake_records.hubspot, _hubspot),
    "qualtrics": FakeVendor("responses", "/API/v3", {"API_TOKEN": "t"}, fake_records.qualtrics, _qualtrics),
    "salesforce": FakeVendor(
        "contacts",
        "/services/data/v65.0",
        {"CLIENT_ID": "i", "CLIENT_SECRET": "s", "BULK_FROM": "1000000000"},  # by queries, which the loop follows too
        fake_records.salesforce,
        _salesforce,
    ),
    "shopify": FakeVendor("orders", "/admin/api/2026-10", {"ACCESS_TOKEN": "t"}, fake_records.shopify, _shopify),
    "stripe": FakeVendor("charges", "/v1", {"API_KEY": "rk_live_k"}, fake_records.stripe, _stripe),
    "surveymonkey": FakeVendor(
        "responses", "/v3", {"ACCESS_TOKEN": "t"}, fake_records.surveymonkey, _surveymonkey, True
    ),
    "zendesk": FakeVendor("tickets", "/api/v2", {"ACCESS_TOKEN": "t"}, fake_records.zendesk, _zendesk),
}


def _write_export(path: Path, records: Records) -> None:
    """The file of an export of responses: one JSON document in a zip file."""
    size = 10_000
    with (
        ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("Visit.json", "w", force_zip64=True) as document,
    ):
        document.write(b'{"responses":[')
        for first in range(0, records.total, size):
            document.write((b"," if first else b"") + records.texts(first, size))
        document.write(b"]}")


def _handler(vendor: FakeVendor, records: Records, export: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            params = dict(parse_qsl(parts.query, keep_blank_values=True))
            answer = vendor.answer(Asked(self.headers["Host"], parts.path, params, records, export))
            body = answer.body
            length = body.stat().st_size if isinstance(body, Path) else len(body)
            headers = {"Content-Type": "application/json", "Content-Length": str(length)} | answer.headers
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            self.wfile.write(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + (b"" if isinstance(body, Path) else body))
            if isinstance(body, Path):
                with body.open("rb") as file:
                    self.connection.sendfile(file)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def main() -> None:
    vendor, total = VENDORS[sys.argv[1]], int(sys.argv[2])
    records = Records(total, vendor.record)
    with TemporaryDirectory(prefix="cx360-benchmark-") as folder:
        export = Path(folder, "export.zip")
        if vendor.answer is _qualtrics:
            _write_export(export, records)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vendor, records, export))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
