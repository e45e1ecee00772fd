"""Shopify: what can be pulled and how, as data. README.md beside this file says it in words.

What its records hold is in `contracts/`, and of orders, customers and products what they name is what is asked for.
The pages of Shopify's documentation that these facts come from are linked in README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.contracts import COMMON_COLUMNS, vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    ApiKey,
    ClientCredentials,
    Endpoint,
    LinkHeader,
    Params,
    Refusal,
    Variable,
    Vendor,
)

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: The version of the REST Admin API; Shopify supports each for a year.
API_VERSION = "2026-10"
_ACCESS_HEADER = "X-Shopify-Access-Token"

_PAGES = LinkHeader("page_info", keeps=("limit", "fields"))
_PAGE_SIZE = ("limit", 250)
#: Events may appear minutes after they happened.
_LATE = timedelta(hours=1)
#: Columns of `customers` that only its export files have.
_OF_EXPORTS = re.compile(r"accepts_|default_address_")


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    shop = settings.part_of_address(
        "SHOP",
        "the first part of the shop's permanent address: acme for acme.myshopify.com",
        only="the first part of the permanent address only: acme for acme.myshopify.com",
    )
    return f"https://{shop}.myshopify.com/admin/api/{API_VERSION}"


def _credentials(settings: Settings) -> ApiKey | ClientCredentials:
    if token := settings.get("ACCESS_TOKEN"):
        return ApiKey(_ACCESS_HEADER, token, ("ACCESS_TOKEN",))
    if settings.get("CLIENT_ID") or settings.get("CLIENT_SECRET"):
        return ClientCredentials(
            token_url=_admin_address(_base_url(settings), "oauth/access_token"),
            client_id=settings.require("CLIENT_ID", "the identifier of the app"),
            client_secret=settings.require("CLIENT_SECRET", "the secret of the app"),
            scope="",
            variables=("CLIENT_ID", "CLIENT_SECRET"),
            token_header=_ACCESS_HEADER,
        )
    raise SourceError(
        f"{settings.source}: set {settings.variable('CLIENT_ID')} and {settings.variable('CLIENT_SECRET')} (an app of "
        f"your own, from the Dev Dashboard), or {settings.variable('ACCESS_TOKEN')} (a custom app of the shop) in the "
        "environment or in .env"
    )


def _admin_address(base_url: str, path: str) -> str:
    scheme, host, *_ = urlsplit(base_url)
    return f"{scheme}://{host}/admin/{path}"


def _whoami(answer: Mapping[str, Any]) -> str | None:
    shop = answer.get("shop")
    if not isinstance(shop, dict) or shop.get("id") is None:
        return None
    return f"{shop.get('name')} ({shop.get('myshopify_domain')}), plan {shop.get('plan_name')}"


def _fields(entity: str) -> str:
    """The fields of a record that the contract names."""
    common = {column.name for column in COMMON_COLUMNS} - {"updated_at"}
    names = [column.name for column in vendor_contracts("shopify")[entity].columns]
    return ",".join(name for name in names if name not in common and not _OF_EXPORTS.match(name))


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _named_fields(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    return client.pages(replace(endpoint, params=endpoint.params | {"fields": _fields(endpoint.entity)}), params)


def _orders(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """The orders; without a scope Shopify leaves out the older ones and does not say so, so that is looked up first."""
    asked = replace(endpoint, records="access_scopes")
    scopes = client.answer(asked, _admin_address(client.base_url, "oauth/access_scopes.json")).records
    if not any(scope.get("handle") == "read_all_orders" for scope in scopes):
        client.passed_over.append(
            "orders older than 60 days are not delivered: the app lacks the scope read_all_orders"
        )
    yield from _named_fields(client, endpoint, params)


def _shop(client: Client, endpoint: Endpoint, _params: Params) -> Iterator[Page]:
    yield client.answer(endpoint, endpoint.path)


def _changes(entity: str, scope: str, deletions: str, **more: Any) -> Endpoint:
    """A list of what changed; where it is cut, `page_info` goes on, and the next pull begins at this one's instant."""
    names: dict[str, Any] = {"since": "updated_at_min", "until": "updated_at_max", "generator": _named_fields} | more
    return Endpoint(
        entity=entity,
        path=f"{entity}.json",
        records=entity,
        paging=_PAGES,
        page_size=_PAGE_SIZE,
        is_position_lasting=False,
        look_back=_LATE,
        written=_instant,
        scope=scope,
        deletions=deletions,
        **names,
    )


ENDPOINTS = (
    _changes("customers", "read_customers", "not at all"),
    _changes("products", "read_products", "an event; a variant that its product no longer lists is gone"),
    _changes(
        "orders",
        "read_orders, and read_all_orders for orders older than 60 days",
        "an event",
        params={"status": "any"},
        generator=_orders,
    ),
    # Fields cannot be chosen from here on.
    _changes("checkouts", "read_orders", "not at all", params={"status": "any"}, generator=None),
    _changes(
        "tender_transactions",
        "read_orders",
        "not at all",
        since="processed_at_min",
        until="processed_at_max",
        generator=None,
    ),
    _changes(
        "events",
        "read_orders and read_products",
        "not at all",
        since="created_at_min",
        until="created_at_max",
        params={"filter": "Order,Product", "verb": "destroy"},
        generator=None,
    ),
    Endpoint(
        entity="shop",
        path="shop.json",
        records="shop",
        paging=_PAGES,
        deletions="not at all",
        generator=_shop,
    ),
)

VENDOR = Vendor(
    name="shopify",
    title="Shopify",
    variables=(
        Variable("SHOP", "The first part of the shop's permanent address: acme for acme.myshopify.com"),
        Variable("CLIENT_ID", "Either an app of your own, made in the Dev Dashboard: its identifier"),
        Variable("CLIENT_SECRET", "... and its secret", is_secret=True),
        Variable("ACCESS_TOKEN", "or the access token of a custom app that was made in the shop", is_secret=True),
        Variable("ENTITIES", "Optional: what is pulled, such as orders,customers,products,events (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of the one made from the shop's"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="shop.json",
    whoami=_whoami,
    nobody_there=("Not Found",),
    refusals=(
        Refusal(402, "the shop is frozen until its owner pays what is owed to Shopify"),
        Refusal(423, "the shop is locked: ask Shopify's support"),
    ),
)
