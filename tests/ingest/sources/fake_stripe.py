"""Stripe's API as its documentation describes it, with objects made in the test.

https://docs.stripe.com/api/pagination
https://docs.stripe.com/api/authentication
https://docs.stripe.com/api/versioning
https://docs.stripe.com/keys/restricted-api-keys
https://docs.stripe.com/rate-limits
"""

from __future__ import annotations

from typing import Any

from ingest.sources.stripe import VERSION
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

API_KEY = "rk_live_51-secret-1"

#: 2026-06-02T00:00:00Z.
NOW = 1_780_358_400

#: The permission that each list needs; the name is as in the refusals seen in public.
PERMISSIONS = {
    "customers": "rak_customer_read",
    "products": "rak_product_read",
    "prices": "rak_plan_read",
    "subscriptions": "rak_subscription_read",
    "invoices": "rak_invoice_read",
    "charges": "rak_charge_read",
    "refunds": "rak_charge_read",
    "disputes": "rak_dispute_read",
}

Object = dict[str, Any]


def error(status: int, message: str, kind: str = "invalid_request_error") -> Answer:
    return Answer(status, {"error": {"message": message, "type": kind}})


TOO_MANY = error(429, "Request rate limit exceeded.", "rate_limit_error")


class FakeStripe:
    """An account.

    Attributes:
        objects: what there is, by the name of the list.
        now: what time it is there.
        page_size: objects on a page, if the client does not want fewer.
        lines_per_invoice: lines that come with an invoice.
        permissions: what the key may read.
    """

    def __init__(self) -> None:
        self.objects: dict[str, list[Object]] = {}
        self.now = NOW
        self.page_size = 2
        self.lines_per_invoice = 10
        self.permissions = set(PERMISSIONS.values())
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/v1"

    def respond(self, request: Received) -> Answer:
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return error(401, "Invalid API Key provided: rk_live_*****ng")
        assert request.headers["stripe-version"] == VERSION
        steps = request.path.removeprefix("/v1/").split("/")
        if steps[0] not in PERMISSIONS:
            return error(404, f"Unrecognized request URL (GET: {request.path}).")
        if (needed := PERMISSIONS[steps[0]]) not in self.permissions:
            # The stars stand for most of the key, which is why the permission comes late in the sentence.
            return error(
                403,
                f"The provided key 'rk_live_{'*' * 93}abcdef' does not have the required permissions for this endpoint "
                f"on account 'acct_1PJBLEBBLEfV'. Having the '{needed}' permission would allow this request to "
                "continue.",
            )
        if steps[0] == "invoices" and len(steps) == 3:
            [invoice] = [one for one in self.objects["invoices"] if one["id"] == steps[1]]
            return self._page(invoice["lines"]["data"], request.params)
        return self._list(steps[0], request.params)

    def _list(self, kind: str, params: dict[str, str]) -> Answer:
        """Newest first; of subscriptions the cancelled ones only if they are asked for, of prices the active ones."""
        listed = sorted(self.objects.get(kind, []), key=lambda one: (-one["created"], one["id"]))
        listed = [one for one in listed if one["created"] >= int(params.get("created[gte]", 0))]
        listed = [one for one in listed if one["created"] < int(params.get("created[lt]", self.now + 1))]
        if kind == "subscriptions" and params.get("status") != "all":
            listed = [one for one in listed if one["status"] != "canceled"]
        if kind == "prices":
            listed = [one for one in listed if one["active"] == (params.get("active", "true") == "true")]
        if kind == "invoices":
            listed = [self._with_first_lines(one) for one in listed]
        return self._page(listed, params)

    def _page(self, listed: list[Object], params: dict[str, str]) -> Answer:
        if int(params["limit"]) > 100:
            return error(400, "Invalid integer: limit must be between 1 and 100")
        places = {one["id"]: place for place, one in enumerate(listed, start=1)}
        after = params.get("starting_after")
        if after is not None and after not in places:
            return error(400, f"No such object: '{after}'")
        ahead = listed[places.get(after, 0) :] if after else listed
        page = ahead[: min(self.page_size, int(params["limit"]))]
        return Answer(body={"object": "list", "url": "/v1", "has_more": len(page) < len(ahead), "data": page})

    def _with_first_lines(self, invoice: Object) -> Object:
        lines = invoice["lines"]["data"]
        first = {"object": "list", "data": lines[: self.lines_per_invoice]}
        return invoice | {"lines": first | {"has_more": len(lines) > self.lines_per_invoice}}
