"""Salesforce's REST API as its documentation describes it, with records made in the test.

What is documented, and where, is said in ingest/sources/salesforce/README.md.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from tests.ingest.sources.fake_server import Answer, FakeServer, Received

CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "consumer-1", "consumer-secret-2", "refresh-secret-3"

#: 2026-06-02T00:00:00Z.
NOW = 1_780_358_400
DATA = "/services/data/v65.0"

Record = dict[str, Any]

_QUERY = re.compile(
    r"SELECT (?P<fields>\S+) FROM (?P<kind>\w+) WHERE (Type = 'Queue' AND )?"
    r"(?P<changed>SystemModstamp|CreatedDate) >= (?P<since>\S+)( AND \w+ < (?P<until>\S+))? ORDER BY \w+,Id"
)


def refusal(status: int, code: str, message: str) -> Answer:
    """An answer that says no, as Salesforce words it: a list of errors."""
    return Answer(status, [{"message": message, "errorCode": code}])


class FakeSalesforce:
    """An organization.

    Attributes:
        records: what there is, by object; those in the recycle bin are among them.
        fields: what the user may see, by object; objects that are not named are not there.
        now: what time it is there.
        page_size: records in a page.
        uses_per_token: requests after which a token has expired.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}
        self.fields: dict[str, list[str]] = {}
        self.now = NOW
        self.page_size = 2
        self.uses_per_token = 1_000
        self.tokens: dict[str, int] = {}
        self.cursors: list[tuple[list[str], str, list[str]]] = []
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}{DATA}"

    def queries(self) -> list[str]:
        """What was asked for, without the pages that followed."""
        return [request.params["q"] for request in self.server.requests if request.path == f"{DATA}/queryAll"]

    def respond(self, request: Received) -> Answer:
        if request.path == "/services/oauth2/token":
            return self._token(request)
        shown = request.headers.get("authorization", "")
        if self.tokens.get(shown, 0) <= 0:
            return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.tokens[shown] -= 1
        match request.path.removeprefix(f"{DATA}/").split("/"):
            case ["query"] if request.params["q"].endswith("FROM Organization"):
                found = {"Name": "Acme", "OrganizationType": "Enterprise Edition", "IsSandbox": False}
                return Answer(body={"totalSize": 1, "done": True, "records": [found]})
            case ["sobjects", kind, "describe"] if kind in self.fields:
                return Answer(body={"name": kind, "fields": [{"name": name} for name in self.fields[kind]]})
            case ["queryAll"]:
                return self._query(request.params["q"])
            case ["query", locator]:
                return self._page(*map(int, locator.removeprefix("0r8x").split("-")))
        return refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()}
        if form.get("client_id") != CLIENT_ID:
            return Answer(400, {"error": "invalid_client_id", "error_description": "client identifier invalid"})
        if form.get("client_secret") != CLIENT_SECRET:
            return Answer(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        assert "scope" not in form
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != REFRESH_TOKEN:
            return Answer(400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[f"Bearer {token}"] = self.uses_per_token
        # Salesforce does not say how long a token lasts.
        return Answer(body={"access_token": token, "instance_url": self.server.url, "token_type": "Bearer"})

    def _query(self, query: str) -> Answer:
        asked = _QUERY.fullmatch(query)
        assert asked, query
        kind, fields, changed = asked["kind"], asked["fields"].split(","), asked["changed"]
        if unknown := [name for name in fields if name not in self.fields[kind]]:
            message = f"\n{query[:40]}\n ^\nERROR at Row:1:Column:8\nNo such column '{unknown[0]}' on entity '{kind}'."
            return refusal(400, "INVALID_FIELD", message)
        since, until = (datetime.fromisoformat(asked[name] or "2200-01-01T00:00:00Z") for name in ("since", "until"))
        there = self.records.get(kind, [])
        chosen = [one for one in there if since <= datetime.fromisoformat(one[changed]) < until]
        chosen.sort(key=lambda one: (one[changed], one["Id"]))
        self.cursors.append(([one["Id"] for one in chosen], kind, fields))
        return self._page(len(self.cursors) - 1, 0)

    def _page(self, cursor: int, start: int) -> Answer:
        """The records that the query found, as they are now."""
        ids, kind, fields = self.cursors[cursor]
        known = {one["Id"]: one for one in self.records.get(kind, [])}
        end = start + self.page_size
        records = [
            {"attributes": {"type": kind, "url": f"{DATA}/sobjects/{kind}/{one}"}}
            | {name: known[one].get(name) for name in fields}
            for one in ids[start:end]
        ]
        body = {"totalSize": len(ids), "done": end >= len(ids), "records": records}
        if end < len(ids):
            body["nextRecordsUrl"] = f"{DATA}/query/0r8x{cursor}-{end}"
        return Answer(body=body)
