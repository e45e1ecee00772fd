"""Stripe: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of Stripe's documentation that these facts come from are linked there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ingest.sources.settings import Settings
from ingest.sources.vendor import Bearer, Cursor, Endpoint, Params, Variable, Vendor

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: The last version in which a charge names its invoice: without that, payments of subscriptions would be orders.
VERSION = "2025-02-24.acacia"

#: Lists are newest first, and the next page begins after the last object of this one.
_LIST = Cursor("starting_after", found_at="data[-1].id", more_at="has_more")
_LIST_SIZE = ("limit", 100)


def _base_url(settings: Settings) -> str:
    return settings.get("BASE_URL", "https://api.stripe.com/v1")


def _credentials(settings: Settings) -> Bearer:
    return Bearer(settings.require("API_KEY", "a restricted or secret key: rk_live_... or sk_live_..."), ("API_KEY",))


def _whoami(answer: Mapping[str, Any]) -> str | None:
    """Restricted keys may not ask for the account, but the first product says whether it is a real one."""
    if not isinstance(products := answer.get("data"), list):
        return None
    if not products:
        return "an account without products"
    return "a live account" if products[0].get("livemode") else "a test mode or sandbox"


def _active_and_inactive(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    # In this order a price that is archived in between comes twice; in the other it would not come at all.
    for active in ("true", "false"):
        yield from client.pages(endpoint, params | {"active": active})


def _later_lines(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """The lines that did not come with their invoices; an invoice brings the first few."""
    for page in client.pages(replace(_INVOICES, entity=endpoint.entity), params):
        for invoice in page.records:
            lines = invoice["lines"]
            if lines["has_more"]:
                path = f"{endpoint.path}/{quote(invoice['id'], safe='')}/lines"
                for more in client.pages(endpoint, {"starting_after": lines["data"][-1]["id"]}, path=path):
                    yield replace(more, resume=None)
        # Only now is all of the page there, so that a pull that is cut may go on behind it.
        yield replace(page, records=[])


def _whole(entity: str, permission: str, **fields: Any) -> Endpoint:
    """An entity whose objects change at any time, of which Stripe tells no list of changes."""
    return Endpoint(
        entity=entity,
        path=entity,
        records="data",
        paging=_LIST,
        page_size=_LIST_SIZE,
        scope=permission,
        deletions="absent from the list",
        **fields,
    )


def _created(entity: str, permission: str, *, look_back: int, **fields: Any) -> Endpoint:
    """An entity that is asked for by its creation; what changes within so many days after it comes again."""
    return Endpoint(
        **{"path": entity} | fields,
        entity=entity,
        records="data",
        paging=_LIST,
        page_size=_LIST_SIZE,
        since="created[gte]",
        until="created[lt]",
        is_position_lasting=False,
        look_back=timedelta(days=look_back),
        scope=permission,
    )


_INVOICES = _created(
    "invoices",
    "Invoices: Read",
    look_back=90,
    params={"expand[]": "data.discounts"},
    deletions="not at all; only drafts can be",
)

ENDPOINTS = (
    _whole("customers", "Customers: Read"),
    _whole("products", "Products: Read"),
    _whole("prices", "Prices: Read", generator=_active_and_inactive),
    _whole("subscriptions", "Subscriptions: Read", params={"status": "all"}),
    _INVOICES,
    _created(
        "invoice_lines",
        "Invoices: Read",
        look_back=90,
        path="invoices",
        deletions="not at all; only drafts can be",
        generator=_later_lines,
    ),
    _created("charges", "Charges and Refunds: Read", look_back=90, deletions="never"),
    _created("refunds", "Charges and Refunds: Read", look_back=90, deletions="status is failed or canceled"),
    _created("disputes", "Disputes: Read", look_back=180, deletions="never"),
)

VENDOR = Vendor(
    name="stripe",
    title="Stripe",
    variables=(
        Variable(
            "API_KEY", "A restricted key that may read (permissions in the README), or a secret key", is_secret=True
        ),
        Variable("ENTITIES", "Optional: what is pulled, such as customers,subscriptions,invoices (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the address of the API, if it is not https://api.stripe.com/v1"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="products?limit=1",
    whoami=_whoami,
    address_variable="BASE_URL",
    headers={"Stripe-Version": VERSION},
    scopes_are="the permission {} where the key is restricted",
    missing_scope_words=r"'((?:rak_)?[a-z_]+_read)'",
)
