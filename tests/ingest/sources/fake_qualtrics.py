"""Qualtrics' API as its documentation describes it, with records made in the test.

What is documented, and where, is said in ingest/sources/qualtrics/README.md.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.ingest.sources import documented
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

API_TOKEN, CLIENT_ID, CLIENT_SECRET = "token-secret-1", "cx360", "client-secret-2"
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
DIRECTORY = "POOL_1"

#: 2026-06-01T00:00:00Z.
DAY = 1_780_272_000

Record = dict[str, Any]


def refusal(status: int, said: str, code: str) -> Answer:
    """An answer that says no, as Qualtrics words it."""
    return Answer(status, {"meta": {"httpStatus": str(status), "error": {"errorMessage": said, "errorCode": code}}})


def seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())


class FakeQualtrics:
    """An account.

    Attributes:
        surveys: its list; definitions come from `definitions`.
        distributions, responses: those of each survey, by its id.
        history: that of each distribution, by its id.
        contacts: those of the directory.
        now: what time it is there; what changes later cannot be seen.
        page_size: records in a page, whatever the client wants.
        looks: how often a job is looked at until it is complete.
        too_many: responses of which the file would be too large, so that the job fails.
        per_file: responses in one file inside the zip file.
        gone: surveys that are still listed and no longer there.
        refused: answers for paths that do not get any other.
        scopes: what the OAuth client may ask for.
        uses_per_token: requests after which a token of that client has expired.
    """

    def __init__(self) -> None:
        self.surveys: list[Record] = []
        self.definitions: dict[str, Record] = {}
        self.distributions: dict[str, list[Record]] = {}
        self.history: dict[str, list[Record]] = {}
        self.contacts: list[Record] = []
        self.responses: dict[str, list[Record]] = {}
        self.now = DAY + 86_400
        self.page_size = 2
        self.looks = 3
        self.too_many = 1_000
        self.per_file = 1_000
        self.gone: set[str] = set()
        self.refused: dict[str, Answer] = {}
        self.scopes = {"read:surveys", "read:survey_responses", "read:distributions", "read:users"}
        self.jobs: dict[str, list[Record] | None] = {}
        self.looked: dict[str, int] = {}
        self.uses_per_token = 1_000
        self.tokens: dict[str, int] = {}
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/API/v3"

    def windows(self) -> list[tuple[str, str, str]]:
        """Survey, start and end of each export that was asked for."""
        bodies = [
            (request.path.split("/")[4], json.loads(request.body))
            for request in self.server.requests
            if request.method == "POST" and request.path.endswith("/export-responses")
        ]
        return [(survey, body.get("startDate", ""), body["endDate"]) for survey, body in bodies]

    def respond(self, request: Received) -> Answer:
        if request.path == "/oauth2/token":
            return self._token(request)
        if request.headers.get("x-api-token") != API_TOKEN and not self._is_granted(request):
            shown = "expired_token.json" if "authorization" in request.headers else "wrong_key.json"
            return documented.refusal("qualtrics", shown)
        path = request.path.removeprefix("/API/v3/")
        if path in self.refused:
            return self.refused[path]
        parts = path.split("/")
        if len(parts) > 1 and parts[1] in self.gone:
            return documented.refusal("qualtrics", "plan_without_the_directory.json")
        match parts:
            case ["whoami"]:
                return self._result(
                    {"userId": "UR_1", "firstName": "Ann", "lastName": "Ash", "email": "ann@acme.example"}
                    | {"brandId": "acme", "datacenter": "fra1", "userName": "ann"}
                )
            case ["surveys"]:
                return self._list(self.surveys, request)
            case ["survey-definitions", survey] if survey in self.definitions:
                return self._result(self.definitions[survey])
            case ["distributions"]:
                assert request.params["useNewPaginationScheme"] == "true"
                if (survey := request.params["surveyId"]) in self.gone:
                    return documented.refusal("qualtrics", "plan_without_the_directory.json")
                return self._list(self.distributions.get(survey, []), request)
            case ["distributions", distribution, "history"] if distribution in self.history:
                return self._list(self.history[distribution], request)
            case ["directories", directory, "contacts"] if directory == DIRECTORY:
                return self._list(self.contacts, request)
            case ["surveys", survey, "export-responses"] if request.method == "POST":
                return self._start(survey, json.loads(request.body))
            case ["surveys", _, "export-responses", job] if job in self.jobs:
                return self._look(job)
            case ["surveys", _, "export-responses", file, "file"] if (found := self.jobs.get(f"ES_{file}")) is not None:
                return Answer(200, self._zip(found), {"Content-Type": "application/zip"})
        return documented.refusal("qualtrics", "plan_without_the_directory.json")

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.headers.get("authorization") != BASIC:
            return documented.refusal("qualtrics", "unknown_client.json")
        assert form["grant_type"] == "client_credentials"
        assert "client_secret" not in form
        if not set(form["scope"].split()) <= self.scopes:
            return Answer(400, {"error": "invalid_scope", "error_description": "The requested scope is invalid"})
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[f"Bearer {token}"] = self.uses_per_token
        return Answer(body={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _is_granted(self, request: Received) -> bool:
        shown = request.headers.get("authorization", "")
        self.tokens[shown] = self.tokens.get(shown, 0) - 1
        return self.tokens[shown] >= 0

    def _result(self, result: Record) -> Answer:
        return Answer(body={"result": result, "meta": {"httpStatus": "200 - OK", "requestId": "r"}})

    def _list(self, records: list[Record], request: Received) -> Answer:
        """The next page is an address, the last has none."""
        start = int(request.params.get("skipToken", "0"))
        page, end = records[start : start + self.page_size], start + self.page_size
        query = urlencode({**request.params, "skipToken": end})
        following = f"{self.server.url}{request.path}?{query}" if end < len(records) else None
        return self._result({"elements": page, "nextPage": following})

    def _start(self, survey: str, body: Record) -> Answer:
        """Of each response the instant of its last change counts, which is that of its recording at first."""
        assert body["format"] == "json"
        assert body["sortByLastModifiedDate"] is True
        begin, end = seconds(body.get("startDate", "1970-01-01T00:00:00Z")), seconds(body["endDate"])
        chosen = [
            one
            for one in self.responses.get(survey, [])
            if begin <= seconds(one["values"]["_lastModifiedDate"]) < min(end, self.now)
        ]
        job = f"ES_{len(self.jobs)}"
        self.jobs[job] = chosen if len(chosen) < self.too_many else None
        return self._result({"progressId": job, "percentComplete": 0.0, "status": "inProgress"})

    def _look(self, job: str) -> Answer:
        self.looked[job] = self.looked.get(job, 0) + 1
        if self.looked[job] < self.looks:
            return self._result({"percentComplete": 50.0, "status": "inProgress"})
        if self.jobs[job] is None:
            return self._result({"fileId": None, "percentComplete": 100.0, "status": "failed"})
        return self._result({"fileId": job.removeprefix("ES_"), "percentComplete": 100.0, "status": "complete"})

    def _zip(self, records: list[Record]) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for start in range(0, max(1, len(records)), self.per_file):
                text = json.dumps({"responses": records[start : start + self.per_file]}, indent=1)
                archive.writestr(f"How are we doing_{start}.json", text)
        return file.getvalue()


def instant(day: float) -> str:
    """So many days after the first of June."""
    return f"{datetime.fromtimestamp(DAY + day * 86_400, UTC):%Y-%m-%dT%H:%M:%SZ}"


def survey(number: int, day: float = 0) -> Record:
    """A survey that was made on that day of June."""
    return {"id": f"SV_{number}", "name": f"Survey {number}", "isActive": True, "creationDate": instant(day)}


def response(number: int, day: float, changed: float | None = None, **values: Any) -> Record:
    """A response that was recorded, and changed, on that day of June."""
    return {
        "responseId": f"R_{number}",
        "values": {
            "_recordId": f"R_{number}",
            "recordedDate": instant(day),
            "_lastModifiedDate": instant(day if changed is None else changed),
            "finished": 1,
            "QID1": 9,
            **values,
        },
        "labels": {"QID1": "9"},
        "displayedFields": ["QID1"],
        "displayedValues": {"QID1": [9, 10]},
    }
