"""Zendesk's API as its documentation describes it, with records made in the test.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
https://developer.zendesk.com/api-reference/introduction/pagination/
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

from tests.ingest.sources.documented import refusal
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

EMAIL, API_TOKEN, ACCESS_TOKEN = "ann@acme.example", "api-secret-1", "access-secret-2"
CLIENT_ID, CLIENT_SECRET = "cx360", "client-secret-3"
BASIC = "Basic " + base64.b64encode(f"{EMAIL}/token:{API_TOKEN}".encode()).decode()

#: 2026-06-01T00:00:00Z; records of the tests change a few seconds or minutes after it.
DAY = 1_780_272_000

Record = dict[str, Any]


class FakeZendesk:
    """An account.

    Attributes:
        tickets, users, events, organizations, groups, ratings, policies, schedules: its records.
        holidays: those of each schedule, by its id.
        now: what time it is there; exports leave out the minute before it.
        page_size: records in a page, whatever the client wants.
        refused: answers for paths that do not get any other.
        uses_per_token: requests after which a token from `/oauth/tokens` has expired.
    """

    def __init__(self) -> None:
        self.tickets: list[Record] = []
        self.users: list[Record] = []
        self.events: list[Record] = []
        self.organizations: list[Record] = []
        self.groups: list[Record] = []
        self.ratings: list[Record] = []
        self.policies: list[Record] = []
        self.schedules: list[Record] = []
        self.holidays: dict[int, list[Record]] = {}
        self.now = DAY + 86_400
        self.page_size = 2
        self.refused: dict[str, Answer] = {}
        self.uses_per_token = 1_000
        self.tokens: dict[str, int] = {f"Bearer {ACCESS_TOKEN}": 1_000_000}
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/api/v2"

    def respond(self, request: Received) -> Answer:
        if request.path == "/oauth/tokens":
            return self._token(request)
        if (denied := self._denied(request)) is not None:
            return denied
        path = request.path.removeprefix("/api/v2/")
        if path in self.refused:
            return self.refused[path]
        if holidays := re.fullmatch(r"business_hours/schedules/(\d+)/holidays", path):
            return Answer(body={"holidays": self.holidays.get(int(holidays[1]), [])})
        params = request.params
        match path:
            case "incremental/tickets/cursor":
                return self._cursor_export("tickets", self.tickets, "generated_timestamp", params)
            case "incremental/users/cursor":
                return self._cursor_export("users", self.users, "changed", params)
            case "incremental/ticket_events":
                assert params["include"] == "comment_events"
                return self._time_export("ticket_events", self.events, "timestamp", params, request.path)
            case "incremental/organizations":
                return self._time_export("organizations", self.organizations, "changed", params, request.path)
            case "groups":
                return self._list("groups", self.groups, params)
            case "satisfaction_ratings":
                start, end = int(params["start_time"]), int(params.get("end_time", 10**12))
                return self._list(
                    "satisfaction_ratings", [one for one in self.ratings if start <= one["changed"] < end], params
                )
            case "slas/policies":
                return self._numbered_pages("sla_policies", self.policies, params, request.path)
            case "business_hours/schedules":
                return Answer(body={"schedules": self.schedules, "url": f"{self.server.url}{request.path}"})
            case "users/me":
                return Answer(body={"user": {"id": 7, "name": "Ann", "email": EMAIL, "role": "admin"}})
        return Answer(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return refusal("zendesk", "unknown_client.json")
        assert (form["grant_type"], form["scope"]) == ("client_credentials", "read")
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[f"Bearer {token}"] = self.uses_per_token
        return Answer(body={"access_token": token, "token_type": "bearer", "expires_in": 7200})

    def _denied(self, request: Received) -> Answer | None:
        shown = request.headers.get("authorization", "")
        if shown == BASIC:
            return None
        if shown.startswith("Bearer "):
            self.tokens[shown] = self.tokens.get(shown, 0) - 1
            if self.tokens[shown] >= 0:
                return None
            return refusal("zendesk", "expired_token.json")
        return refusal("zendesk", "wrong_key.json")

    def _cursor_export(self, name: str, records: list[Record], time: str, params: dict[str, str]) -> Answer:
        """Ordered by time and id; the cursor is the place of the last record that was seen."""
        if "cursor" in params:
            assert "start_time" not in params, "only the first request of an export says where to start"
            after = tuple(json.loads(base64.b64decode(params["cursor"])))
        elif (early := self._too_recent(params)) is not None:
            return early
        else:
            after = (int(params["start_time"]), -1)
        settled = [one for one in records if one[time] <= self.now - 60]
        ahead = sorted((one[time], one["id"]) for one in settled if (one[time], one["id"]) > after)
        page = ahead[: self.page_size]
        by_place = {(one[time], one["id"]): one for one in settled}
        place = page[-1] if page else after if "cursor" in params else None
        cursor = None if place is None else base64.b64encode(json.dumps(place).encode()).decode()
        body = {
            name: [by_place[one] for one in page],
            "after_cursor": cursor,
            "after_url": cursor and f"{self.base_url}/incremental/{name}/cursor.json?cursor={cursor}",
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": len(ahead) <= self.page_size,
        }
        return Answer(body=body)

    def _time_export(self, name: str, records: list[Record], time: str, params: dict[str, str], path: str) -> Answer:
        """From start_time on, that instant included; a page is longer where its last records share an instant."""
        if (early := self._too_recent(params)) is not None:
            return early
        start = int(params["start_time"])
        ahead = sorted(
            (one for one in records if start <= one[time] <= self.now - 60), key=lambda one: (one[time], one["id"])
        )
        page = ahead[: self.page_size]
        page += [one for one in ahead[self.page_size :] if one[time] == page[-1][time]]
        end = page[-1][time] if page else None
        body = {
            name: page,
            "count": len(page),
            "end_of_stream": len(page) == len(ahead),
            "end_time": end,
            "next_page": end and f"{self.server.url}{path}?start_time={end}",
        }
        return Answer(body=body)

    def _too_recent(self, params: dict[str, str]) -> Answer | None:
        if int(params["start_time"]) <= self.now - 60:
            return None
        return Answer(422, {"error": "StartTimeTooRecent", "description": "Too recent start_time."})

    def _list(self, name: str, records: list[Record], params: dict[str, str]) -> Answer:
        """Ordered by id; the cursor is the id of the last record that was seen."""
        after = int(params.get("page[after]", "0"))
        ahead = sorted((one for one in records if one["id"] > after), key=lambda one: one["id"])
        page = ahead[: min(self.page_size, int(params["page[size]"]))]
        has_more = len(page) < len(ahead)
        cursor = str(page[-1]["id"]) if page else None
        return Answer(body={name: page, "meta": {"has_more": has_more, "after_cursor": cursor}, "links": {}})

    def _numbered_pages(self, name: str, records: list[Record], params: dict[str, str], path: str) -> Answer:
        number = int(params.get("page", "1"))
        page = records[(number - 1) * self.page_size : number * self.page_size]
        has_more = number * self.page_size < len(records)
        following = f"{self.server.url}{path}?page={number + 1}" if has_more else None
        return Answer(body={name: page, "count": len(records), "next_page": following, "previous_page": None})
