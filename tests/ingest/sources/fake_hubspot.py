"""HubSpot's API as its documentation describes it, with records made in the test.

https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/tickets/guide
https://developers.hubspot.com/docs/api-reference/legacy/crm/pipelines/get-pipelines
https://developers.hubspot.com/docs/api-reference/2026-03/authentication/manage-oauth-tokens
https://developers.hubspot.com/docs/api-reference/error-handling
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from tests.ingest.sources.documented import refusal
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

ACCESS_TOKEN = "pat-secret-1"
CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "app-1", "client-secret-2", "refresh-secret-3"

#: 2026-06-02T00:00:00Z.
NOW = 1_780_358_400

#: The scope that each path needs.
SCOPES = {
    "crm/v3/objects/companies": "crm.objects.companies.read",
    "crm/v3/objects/contacts": "crm.objects.contacts.read",
    "crm/v3/objects/deals": "crm.objects.deals.read",
    "crm/v3/objects/tickets": "tickets",
    "crm/v3/objects/feedback_submissions": "crm.objects.feedback_submissions.read",
    "crm/v3/owners": "crm.objects.owners.read",
    "crm/v3/pipelines/tickets": "tickets",
}

Record = dict[str, Any]


def too_many(policy: str) -> Answer:
    """What is said to who asks too often; there is no Retry-After."""
    return refusal("hubspot", "daily_limit_used_up.json" if policy == "DAILY" else "rate_limited.json")


class FakeHubSpot:
    """An account.

    Attributes:
        records: what there is, by the last part of the path.
        pipelines: those of tickets, which come on one page.
        now: what time it is there.
        page_size: records in a page, if the client does not want fewer.
        scopes: what the app may read.
        uses_per_token: requests after which a token from the token endpoint has expired.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}
        self.pipelines: list[Record] = []
        self.now = NOW
        self.page_size = 2
        self.scopes = set(SCOPES.values())
        self.uses_per_token = 1_000
        self.tokens: dict[str, int] = {f"Bearer {ACCESS_TOKEN}": 1_000_000}
        self.server = FakeServer(self.respond)

    def respond(self, request: Received) -> Answer:
        path = request.path.removeprefix("/")
        if path == "oauth/2026-03/token":
            return self._token(request)
        if (denied := self._denied(request, path)) is not None:
            return denied
        if path == "account-info/v3/details":
            return Answer(body={"portalId": 123, "accountType": "STANDARD", "uiDomain": "app-eu1.hubspot.com"})
        if path == "crm/v3/pipelines/tickets":
            return Answer(body={"results": self.pipelines})
        if path in SCOPES:
            return self._list(path.rpartition("/")[2], request.params)
        return Answer(404, b"<html>not found</html>")

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert form["grant_type"] == "refresh_token"
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return Answer(400, {"error": "invalid_client", "error_description": "missing or invalid client secret"})
        if form["refresh_token"] != REFRESH_TOKEN:
            return refusal("hubspot", "refresh_token_revoked.json")
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[f"Bearer {token}"] = self.uses_per_token
        body = {"access_token": token, "refresh_token": REFRESH_TOKEN, "token_type": "bearer", "expires_in": 1800}
        return Answer(body=body)

    def _denied(self, request: Received, path: str) -> Answer | None:
        shown = request.headers.get("authorization", "")
        left = self.tokens[shown] = self.tokens.get(shown, 0) - 1
        if left < 0:
            return refusal("hubspot", "wrong_key.json")
        if path not in SCOPES or SCOPES[path] in self.scopes:
            return None
        answer = refusal("hubspot", "missing_scope.json")
        answer.body["errors"][0]["context"] = {"requiredGranularScopes": [SCOPES[path], f"{SCOPES[path]}.sensitive"]}
        return answer

    def _list(self, kind: str, params: dict[str, str]) -> Answer:
        """Ordered by id; the cursor is the id after which the next page begins."""
        most = 50 if "propertiesWithHistory" in params else 100
        if int(params["limit"]) > most:
            said = f"The limit specified is greater than the maximum allowed: {most}"
            return Answer(400, {"status": "error", "message": said, "category": "VALIDATION_ERROR"})
        wanted = params["archived"] == "true"
        after = int(params.get("after", "0"))
        ahead = [one for one in self.records.get(kind, []) if one["archived"] == wanted and int(one["id"]) > after]
        ahead.sort(key=lambda one: int(one["id"]))
        page = ahead[: min(self.page_size, int(params["limit"]))]
        body: dict[str, Any] = {"results": [_shown(one, params) for one in page]}
        if len(page) < len(ahead):
            link = f"{self.server.url}/crm/v3/objects/{kind}?after={page[-1]['id']}"
            body["paging"] = {"next": {"after": page[-1]["id"], "link": link}}
        return Answer(body=body)


def _shown(one: Record, params: dict[str, str]) -> Record:
    """A record with what was asked for only; a property without value is null, kinds without associations absent."""
    if "properties" not in one:
        return one
    asked = {name: set(params.get(name, "").split(",")) for name in ("properties", "associations")}
    history = set(params.get("propertiesWithHistory", "").split(","))
    shown = {name: value for name, value in one.items() if name not in ("associations", "propertiesWithHistory")}
    shown["properties"] = {name: one["properties"].get(name) for name in sorted(asked["properties"])}
    associations = {kind: to for kind, to in one.get("associations", {}).items() if kind in asked["associations"]}
    if associations:
        shown["associations"] = associations
    if history != {""}:
        shown["propertiesWithHistory"] = {
            name: values for name, values in one.get("propertiesWithHistory", {}).items() if name in history
        }
    return shown
