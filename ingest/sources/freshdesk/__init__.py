"""Freshdesk: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of Freshdesk's documentation that these facts come from are linked there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    Basic,
    Endpoint,
    LinkHeader,
    Params,
    Refusal,
    Said,
    Variable,
    Vendor,
    Walk,
    iso_seconds,
)

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

_LIST_SIZE = ("per_page", 100)
#: A list may show a change somewhat after its instant.
_LATE = timedelta(minutes=5)
#: The trash and the spam folder are emptied after 30 days, so that all of both is little.
_ALWAYS = "1970-01-01T00:00:00Z"
_PLAN = "with satisfaction surveys"


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    domain = settings.part_of_address(
        "DOMAIN",
        "the first part of your address: acme for acme.freshdesk.com",
        only="the first part of the address only: acme for acme.freshdesk.com, also where an address of your own "
        "leads there",
    )
    return f"https://{domain}.freshdesk.com/api/v2"


def _credentials(settings: Settings) -> Basic:
    # Freshdesk looks at the name only; its documentation has X for the password.
    return Basic(settings.require("API_KEY", "from Profile settings, View API key"), "X", ("API_KEY",))


def _whoami(answer: Mapping[str, Any]) -> str | None:
    """Who asks, and whether a pull would lack tickets: Freshdesk leaves out what an agent may not see."""
    contact = answer.get("contact")
    if answer.get("id") is None or not isinstance(contact, dict):
        return None
    sees = "sees all tickets" if answer.get("ticket_scope") == 1 else "DOES NOT SEE ALL TICKETS"
    return f"{contact.get('name')} ({contact.get('email')}), {sees},"


def _tickets(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """Tickets that changed, then those in the trash and in the spam folder, which other lists leave out."""
    yield from client.pages(endpoint, params)
    for folder in ("deleted", "spam"):
        for page in client.pages(endpoint, {"filter": folder, endpoint.since: _ALWAYS}):
            yield replace(page, resume=None)


def _conversations(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """All replies and notes of each ticket that changed; where the list of tickets goes on is told after its page."""
    changes = replace(_TICKETS, entity=endpoint.entity, params=_IN_ORDER)
    asked: set[tuple[int, str]] = set()
    for page in client.pages(changes, params):
        versions = {(int(ticket["id"]), str(ticket["updated_at"])) for ticket in page.records}
        for number, _ in sorted(versions - asked):
            yield from _conversations_of(client, endpoint, number)
        asked = versions  # at the edge of a page tickets come twice
        yield replace(page, records=[])


def _conversations_of(client: Client, endpoint: Endpoint, number: int) -> Iterator[Page]:
    try:
        for page in client.pages(endpoint, path=f"tickets/{number}/conversations"):
            yield replace(page, resume=None)
    except SourceError as error:
        if error.status != 404:
            raise
        client.passed_over.append(f"{client.settings.source}: the conversations of ticket {number} are gone")


def _contacts(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """Contacts that changed; the list leaves out blocked and deleted ones, which are asked for after it."""
    # In this order one that is blocked or deleted in between comes twice; in the other it would not come at all.
    states = ("", "blocked", "deleted")
    begun = str(params.get("state", ""))
    yield from client.pages(endpoint, params)
    for state in states[states.index(begun) + 1 :]:
        yield from client.pages(endpoint, {endpoint.since: params[endpoint.since], "state": state})


def _list(entity: str, path: str, *, plan: str = "") -> Endpoint:
    """A list that comes whole each time."""
    return Endpoint(
        entity=entity,
        path=path,
        records="",
        paging=LinkHeader(),
        page_size=_LIST_SIZE,
        plan=plan,
        deletions="absent from the list",
    )


_IN_ORDER = {"order_by": "updated_at", "order_type": "asc"}

_TICKETS = Endpoint(
    entity="tickets",
    path="tickets",
    records="",
    paging=Walk("updated_since", changed_at="updated_at", number="page"),
    params=_IN_ORDER | {"include": "stats,description"},
    page_size=_LIST_SIZE,
    since="updated_since",
    changed_at="updated_at",
    look_back=_LATE,
    written=iso_seconds,
    deletions="deleted is true, for the 30 days in the trash",
    generator=_tickets,
)

ENDPOINTS = (
    _TICKETS,
    Endpoint(
        entity="conversations",
        path="tickets",
        records="",
        paging=LinkHeader(),
        page_size=_LIST_SIZE,
        since="updated_since",
        look_back=_LATE,
        written=iso_seconds,
        deletions="not at all",
        generator=_conversations,
    ),
    Endpoint(
        entity="contacts",
        path="contacts",
        records="",
        paging=LinkHeader(),
        page_size=_LIST_SIZE,
        since="_updated_since",
        is_position_lasting=False,
        look_back=_LATE,
        written=iso_seconds,
        deletions="deleted is true",
        generator=_contacts,
    ),
    _list("companies", "companies"),
    _list("agents", "agents"),
    _list("groups", "groups"),
    _list("ticket_fields", "ticket_fields"),
    _list("surveys", "surveys", plan=_PLAN),
    Endpoint(
        entity="satisfaction_ratings",
        path="surveys/satisfaction_ratings",
        records="",
        paging=LinkHeader(),
        page_size=_LIST_SIZE,
        since="created_since",
        is_position_lasting=False,
        # What a customer adds to a rating comes after it.
        look_back=timedelta(days=7),
        written=iso_seconds,
        plan=_PLAN,
        deletions="not at all",
    ),
)

VENDOR = Vendor(
    name="freshdesk",
    title="Freshdesk",
    variables=(
        Variable("DOMAIN", "The first part of the address: acme for acme.freshdesk.com"),
        Variable("API_KEY", "The API key of an administrator who sees all tickets", is_secret=True),
        Variable("ENTITIES", "Optional: what is pulled, such as tickets,conversations,contacts (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of the one made from the domain"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="agents/me",
    whoami=_whoami,
    role="the API key of an administrator",
    refusals=(Refusal(Said("code", "account_suspended"), "the account is suspended; pull again when it is not"),),
)
