"""Freshdesk's API as its documentation describes it, with records made in the test.

https://developers.freshdesk.com/api/#pagination, #ratelimit, #error, #list_all_tickets, #list_all_ticket_notes,
#list_all_contacts, #view_all_satisfaction_ratings
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.ingest.sources import documented
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

API_KEY = "key-secret-1"
BASIC = "Basic " + base64.b64encode(f"{API_KEY}:X".encode()).decode()

#: 2026-06-02T00:00:00Z.
NOW = 1_780_358_400

Record = dict[str, Any]


def refusal(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


class FakeFreshdesk:
    """An account.

    Attributes:
        tickets: all, those that are `deleted` or `spam` among them.
        conversations: those of each ticket, by its number.
        contacts: all, those that are `deleted` or `blocked` among them.
        lists: the other records, by path.
        now: what time it is there.
        page_size: records in a page, if the client does not want fewer.
        last_page: the page after which the list of tickets has no other.
        refused: answers for paths that do not get any other.
        is_bound_exclusive: whether `updated_since` leaves out its own instant, which the documentation does not say.
    """

    def __init__(self) -> None:
        self.tickets: list[Record] = []
        self.conversations: dict[int, list[Record]] = {}
        self.contacts: list[Record] = []
        self.lists: dict[str, list[Record]] = {}
        self.now = NOW
        self.page_size = 2
        self.last_page = 300
        self.refused: dict[str, Answer] = {}
        self.is_bound_exclusive = False
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/api/v2"

    def respond(self, request: Received) -> Answer:
        if request.headers.get("authorization") != BASIC:
            return documented.refusal("freshdesk", "wrong_key.json")
        path = request.path.removeprefix("/api/v2/")
        if path in self.refused:
            return self.refused[path]
        if path == "agents/me":
            return Answer(body={"id": 7, "ticket_scope": 1, "contact": {"name": "Ann", "email": "ann@acme.example"}})
        if path == "tickets":
            return self._tickets(request)
        if of_ticket := re.fullmatch(r"tickets/(\d+)/conversations", path):
            number = int(of_ticket[1])
            known = {one["id"] for one in self.tickets}
            return self._page(request, self.conversations.get(number, [])) if number in known else Answer(404, b"")
        if path == "contacts":
            return self._contacts(request)
        if path == "surveys/satisfaction_ratings":
            since = request.params["created_since"]
            return self._page(request, [one for one in self.lists.get(path, []) if one["created_at"] >= since])
        if path in ("companies", "agents", "groups", "ticket_fields", "surveys"):
            return self._page(request, self.lists.get(path, []))
        return Answer(404, b"")

    def _tickets(self, request: Received) -> Answer:
        params = request.params
        assert (params["order_by"], params["order_type"]) == ("updated_at", "asc")
        if int(params.get("page", "1")) > self.last_page:
            said = (
                f"You cannot access tickets beyond the {self.last_page}th page. Please provide a smaller page number."
            )
            return Answer(400, {"description": "Validation failed", "errors": [{"field": "page", "message": said}]})
        folder = params.get("filter", "")
        found = [one for one in self.tickets if _folder(one) == folder and self._is_since(one, params["updated_since"])]
        return self._page(request, sorted(found, key=lambda one: (one["updated_at"], one["id"])))

    def _is_since(self, one: Record, since: str) -> bool:
        datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return bool(one["updated_at"] > since or (one["updated_at"] == since and not self.is_bound_exclusive))

    def _contacts(self, request: Received) -> Answer:
        state = request.params.get("state", "")
        since = request.params["_updated_since"]
        of_state = [one for one in self.contacts if _state(one) == state and one["updated_at"] >= since]
        return self._page(request, of_state)

    def _page(self, request: Received, records: list[Record]) -> Answer:
        """A page by number; the header Link leads to the next, if there is one."""
        params = request.params
        number, wanted = int(params.get("page", "1")), int(params.get("per_page", "30"))
        assert wanted <= 100
        size = min(self.page_size, wanted)
        page = records[(number - 1) * size : number * size]
        headers = {}
        if len(records) > number * size:
            following = urlencode(params | {"page": number + 1})
            headers["Link"] = f'<{self.server.url}{request.path}?{following}>; rel="next"'
        return Answer(body=page, headers=headers)


def _folder(ticket: Record) -> str:
    return "deleted" if ticket.get("deleted") else "spam" if ticket.get("spam") else ""


def _state(contact: Record) -> str:
    return "deleted" if contact.get("deleted") else "blocked" if contact.get("blocked") else ""
