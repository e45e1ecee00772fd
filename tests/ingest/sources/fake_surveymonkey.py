"""SurveyMonkey's API as its documentation describes it, with records made in the test.

What is documented, and where, is said in ingest/sources/surveymonkey/README.md.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.ingest.sources import documented
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

ACCESS_TOKEN = "token-secret-1"

#: 2026-06-01T00:00:00Z.
DAY = 1_780_272_000

Record = dict[str, Any]

#: What is said with each number of an error: status and words.
_ERRORS = {
    1010: (401, "The authorization token was not provided."),
    1016: (403, "The user does not have permission to access the resource."),
    1018: (403, "The user does not have permission to access the host in this region. See Access URL."),
    1020: (404, "There was an error retrieving the requested resource."),
    1030: (413, "The requested entity is too large, it can not be returned."),
}
#: Those of which there is a payload.
_DOCUMENTED = {
    1011: "wrong_key.json",
    1014: "missing_scope.json",
    1015: "plan_without_responses.json",
    1040: "rate_limited.json",
}


def refusal(number: int, **headers: str) -> Answer:
    """An answer that says no, as SurveyMonkey words it; of headers with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if number in _DOCUMENTED:
        return replace(documented.refusal("surveymonkey", _DOCUMENTED[number]), headers=named)
    status, words = _ERRORS[number]
    error = {"id": str(number), "name": "Error", "http_status_code": status, "message": words, "docs": "https://x"}
    return Answer(status, {"error": error}, named)


def seconds(instant: str) -> int:
    value = datetime.fromisoformat(instant)
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())


class FakeSurveyMonkey:
    """An account.

    Attributes:
        surveys: its list; the details of each are made from it.
        collectors, responses: those of each survey, by its id.
        contacts: those of each status.
        now: what time it is there; what changes later cannot be seen.
        page_size: records in a page, whatever the client wants.
        refused: answers for paths that do not get any other.
    """

    def __init__(self) -> None:
        self.surveys: list[Record] = []
        self.collectors: dict[str, list[Record]] = {}
        self.contacts: dict[str, list[Record]] = {}
        self.responses: dict[str, list[Record]] = {}
        self.now = DAY + 86_400
        self.page_size = 2
        self.refused: dict[str, Answer] = {}
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/v3"

    def asked(self) -> list[tuple[str, str, str]]:
        """Survey, start and number of each page of responses that was asked for."""
        return [
            (one.path.split("/")[3], one.params.get("start_modified_at", ""), one.params.get("page", "1"))
            for one in self.server.requests
            if one.path.endswith("/responses/bulk")
        ]

    def respond(self, request: Received) -> Answer:
        if (shown := request.headers.get("authorization")) != f"Bearer {ACCESS_TOKEN}":
            return refusal(1011 if shown else 1010)
        path = request.path.removeprefix("/v3/")
        if path in self.refused:
            return self.refused[path]
        match path.split("/"):
            case ["users", "me"]:
                return Answer(
                    body={"id": "1", "username": "ann", "first_name": "Ann", "last_name": "Ash"}
                    | {"email": "ann@acme.example", "account_type": "enterprise"}
                )
            case ["surveys"]:
                assert (request.params["sort_by"], request.params["sort_order"]) == ("date_modified", "DESC")
                return self._list(sorted(self.surveys, key=lambda one: one["date_modified"], reverse=True), request)
            case ["surveys", survey, "details"] if survey in self._ids():
                [one] = [one for one in self.surveys if one["id"] == survey]
                return Answer(body=one | {"language": "en", "pages": [{"id": "1", "questions": []}]})
            case ["surveys", survey, "collectors"] if survey in self._ids():
                return self._list(self.collectors.get(survey, []), request)
            case ["contacts"]:
                return self._list(self.contacts.get(request.params["status"], []), request)
            case ["surveys", survey, "responses", "bulk"] if survey in self._ids():
                return self._bulk(survey, request)
        return refusal(1020)

    def _ids(self) -> list[str]:
        return [one["id"] for one in self.surveys]

    def _bulk(self, survey: str, request: Received) -> Answer:
        """What changed after the one instant and before the other; pages are numbered, and move as things change."""
        assert (request.params["sort_by"], request.params["sort_order"]) == ("date_modified", "ASC")
        assert int(request.params["per_page"]) <= 100
        since = seconds(request.params.get("start_modified_at", "1970-01-01T00:00:00"))
        until = seconds(request.params.get("end_modified_at", "2100-01-01T00:00:00"))
        chosen = [
            one
            for one in self.responses.get(survey, [])
            if since < seconds(one["date_modified"]) < until and seconds(one["date_modified"]) < self.now
        ]
        return self._list(sorted(chosen, key=lambda one: (one["date_modified"], one["id"])), request)

    def _list(self, records: list[Record], request: Received) -> Answer:
        page = int(request.params.get("page", "1"))
        end = page * self.page_size

        def address(number: int) -> str:
            return f"{self.server.url}{request.path}?{urlencode({**request.params, 'page': number})}"

        links = {"self": address(page)} | ({"next": address(page + 1)} if end < len(records) else {})
        shown = records[end - self.page_size : end]
        body = {"data": shown, "per_page": self.page_size, "page": page, "total": len(records), "links": links}
        return Answer(body=body)


def instant(day: float) -> str:
    """So many days after the first of June."""
    return f"{datetime.fromtimestamp(DAY + day * 86_400, UTC):%Y-%m-%dT%H:%M:%S}"


def survey(number: int) -> Record:
    """A survey; the one of the highest number was changed last."""
    return {"id": str(number), "title": f"Survey {number}", "nickname": "", "date_modified": instant(number - 400)}


def response(number: int, survey_number: int, day: float, **fields: Any) -> Record:
    """A response to the survey that was changed on that day of June."""
    return {
        "id": str(9000 + number),
        "survey_id": str(survey_number),
        "collector_id": "41",
        "response_status": "completed",
        "collection_mode": "default",
        "total_time": 60,
        "custom_variables": {},
        "date_created": f"{instant(day - 0.1)}+00:00",
        "date_modified": f"{instant(day)}+00:00",
        "pages": [],
        **fields,
    }
