"""Shopify's REST Admin API as its documentation describes it, with records made in the test.

https://shopify.dev/docs/api/admin-rest/usage/pagination
https://shopify.dev/docs/api/admin-rest/usage/rate-limits
https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.ingest.sources import documented
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

ACCESS_TOKEN = "access-secret-1"
CLIENT_ID, CLIENT_SECRET = "cx360", "client-secret-2"

#: 2026-06-01T00:00:00Z.
DAY = 1_780_272_000

Record = dict[str, Any]

#: Scope of each list, the field that says when a record changed, and the parameters that ask for that.
_LISTS = {
    "customers": ("read_customers", "updated_at", "updated_at"),
    "products": ("read_products", "updated_at", "updated_at"),
    "orders": ("read_orders", "updated_at", "updated_at"),
    "checkouts": ("read_orders", "updated_at", "updated_at"),
    "tender_transactions": ("read_orders", "processed_at", "processed_at"),
    "events": ("read_orders", "created_at", "created_at"),
}


def too_many(wait: str = "0.0") -> Answer:
    """The bucket of forty requests is full."""
    answer = documented.refusal("shopify", "rate_limited.json")
    return replace(answer, headers=answer.headers | {"Retry-After": wait})


class FakeShopify:
    """A shop.

    Attributes:
        records: its records by list, in the order of their change.
        shop: the shop's own record.
        scopes: what the app may read.
        now: what time it is there, in seconds since 1970.
        page_size: records in a page, whatever the client wants.
        uses_per_token: requests after which a token of the app has expired.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {name: [] for name in _LISTS}
        self.shop: Record = {
            "id": 548380009,
            "name": "Apple Computers",
            "myshopify_domain": "apple.myshopify.com",
            "currency": "USD",
            "plan_name": "basic",
        }
        self.scopes = {"read_all_orders", "read_customers", "read_orders", "read_products"}
        self.now = DAY + 86_400
        self.page_size = 2
        self.uses_per_token = 1_000
        self.tokens = {ACCESS_TOKEN: 1_000_000}
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/admin/api/2026-10"

    def respond(self, request: Received) -> Answer:
        if request.path == "/admin/oauth/access_token":
            return self._token(request)
        token = request.headers.get("x-shopify-access-token", "")
        self.tokens[token] = self.tokens.get(token, 0) - 1
        if self.tokens[token] < 0:
            return documented.refusal("shopify", "wrong_key.json")
        if request.path == "/admin/oauth/access_scopes.json":
            return Answer(body={"access_scopes": [{"handle": scope} for scope in sorted(self.scopes)]})
        name = request.path.removeprefix("/admin/api/2026-10/").removesuffix(".json")
        if name == "shop":
            return Answer(body={"shop": self.shop})
        if name in _LISTS:
            return self._list(name, request.params)
        return Answer(404, {"errors": "Not Found"})

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert form.pop("grant_type") == "client_credentials"
        if form != {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}:
            return documented.refusal("shopify", "unknown_client.json")
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[token] = self.uses_per_token
        return Answer(body={"access_token": token, "scope": ",".join(sorted(self.scopes)), "expires_in": 86_399})

    def _list(self, name: str, params: dict[str, str]) -> Answer:
        """The pages of a list; where the next begins and what was asked for at first is in `page_info`."""
        scope, field, asked_by = _LISTS[name]
        if scope not in self.scopes:
            return Answer(403, {"errors": f"[API] This action requires merchant approval for {scope} scope."})
        if "page_info" in params:
            for other in params.keys() - {"page_info", "limit", "fields"}:
                said = f"{other} cannot be passed when page_info is present."
                return Answer(400, {"errors": {other: said}})
            asked = json.loads(base64.urlsafe_b64decode(params["page_info"]))
        else:
            asked = {"first": 0} | {key: value for key, value in params.items() if key not in ("limit", "fields")}
        if name == "orders":
            assert asked["status"] == "any", "only open orders would come"
        since, until = (asked.get(f"{asked_by}_{end}", default) for end, default in (("min", "0001"), ("max", "9999")))
        found = [one for one in self.records[name] if since <= _comparable(one[field]) <= until]
        first = asked["first"]
        page = found[first : first + min(self.page_size, int(params["limit"]))]
        headers = {"X-Shopify-Shop-Api-Call-Limit": "1/40"}
        if len(found) > first + len(page):
            position = json.dumps(asked | {"first": first + len(page)}).encode()
            query = urlencode({"limit": params["limit"], "page_info": base64.urlsafe_b64encode(position).decode()})
            address = f"{self.base_url}/{name}.json"
            headers["Link"] = f'<{address}?limit=250&page_info=before>; rel="previous", <{address}?{query}>; rel="next"'
        fields = params.get("fields", "").split(",")
        shown = [{key: one[key] for key in one if key in fields} for one in page] if "fields" in params else page
        return Answer(body={name: shown}, headers=headers)


def _comparable(instant: str) -> str:
    """The instant as the parameters are written, which are texts here."""
    return datetime.fromisoformat(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
