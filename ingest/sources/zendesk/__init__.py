"""Zendesk Support: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of Zendesk's documentation that these facts come from are linked there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    Basic,
    Bearer,
    ClientCredentials,
    Cursor,
    Endpoint,
    Links,
    Params,
    Variable,
    Vendor,
)

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: Exports refuse a start within the last minute; the second minute is for clocks that differ.
_NEWEST = timedelta(minutes=2)
#: Only the exports of tickets and of their events leave out the last, unsettled minute.
_LATE = timedelta(minutes=5)

_CURSOR_EXPORT = Cursor("cursor", found_at="after_cursor", end_at="end_of_stream", replaces="start_time")
_TIME_EXPORT = Cursor("start_time", found_at="end_time", end_at="end_of_stream", step=1)
_LIST = Cursor("page[after]", found_at="meta.after_cursor", more_at="meta.has_more")
_ONE_PAGE = Links("next_page")

_EXPORT_SIZE = ("per_page", 1000)
_LIST_SIZE = ("page[size]", 100)


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    subdomain = settings.part_of_address(
        "SUBDOMAIN",
        "the first part of your address: acme for acme.zendesk.com",
        only="the first part of the address only: acme for acme.zendesk.com",
    )
    return f"https://{subdomain}.zendesk.com/api/v2"


def _credentials(settings: Settings) -> Basic | Bearer | ClientCredentials:
    if client_id := settings.get("CLIENT_ID"):
        scheme, host, *_ = urlsplit(_base_url(settings))
        return ClientCredentials(
            token_url=f"{scheme}://{host}/oauth/tokens",
            client_id=client_id,
            client_secret=settings.require("CLIENT_SECRET", "the secret of the OAuth client"),
            scope="read",
            variables=("CLIENT_ID", "CLIENT_SECRET"),
        )
    if token := settings.get("ACCESS_TOKEN"):
        return Bearer(token, ("ACCESS_TOKEN",))
    if settings.get("API_TOKEN") or settings.get("EMAIL"):
        email = settings.require("EMAIL", "the e-mail of the administrator whose API token it is")
        return Basic(f"{email}/token", settings.require("API_TOKEN", "the API token"), ("EMAIL", "API_TOKEN"))
    raise SourceError(
        f"{settings.source}: set {settings.variable('CLIENT_ID')} and {settings.variable('CLIENT_SECRET')} (an OAuth "
        f"client), {settings.variable('ACCESS_TOKEN')}, or {settings.variable('EMAIL')} and "
        f"{settings.variable('API_TOKEN')} in the environment or in .env"
    )


def _whoami(answer: Mapping[str, Any]) -> str | None:
    """Zendesk answers strangers too, as a user without id."""
    user = answer.get("user")
    if not isinstance(user, dict) or user.get("id") is None:
        return None
    return f"{user.get('name')} ({user.get('email')}), role {user.get('role')}"


def _holidays(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """The holidays of each schedule; which schedule they belong to is in the request's url only."""
    for page in client.pages(replace(_SCHEDULES, entity=endpoint.entity)):
        for schedule in page.records:
            yield from client.pages(endpoint, params, path=f"business_hours/schedules/{int(schedule['id'])}/holidays")


_SCHEDULES = Endpoint(
    entity="schedules",
    path="business_hours/schedules",
    records="schedules",
    paging=_ONE_PAGE,
    scope="read",
    deletions="absent from the list",
)

ENDPOINTS = (
    Endpoint(
        entity="tickets",
        path="incremental/tickets/cursor",
        records="tickets",
        paging=_CURSOR_EXPORT,
        page_size=_EXPORT_SIZE,
        since="start_time",
        changed_at="generated_timestamp",
        newest=_NEWEST,
        scope="read",
        deletions="status is deleted",
    ),
    Endpoint(
        entity="ticket_events",
        path="incremental/ticket_events",
        records="ticket_events",
        paging=_TIME_EXPORT,
        params={"include": "comment_events"},
        page_size=_EXPORT_SIZE,
        since="start_time",
        changed_at="timestamp",
        newest=_NEWEST,
        scope="read",
        deletions="events stay; that of the deletion is a child event with status deleted",
    ),
    Endpoint(
        entity="users",
        path="incremental/users/cursor",
        records="users",
        paging=_CURSOR_EXPORT,
        page_size=_EXPORT_SIZE,
        since="start_time",
        changed_at="updated_at",
        newest=_NEWEST,
        scope="read",
        deletions="active is false",
    ),
    Endpoint(
        entity="organizations",
        path="incremental/organizations",
        records="organizations",
        paging=_TIME_EXPORT,
        page_size=_EXPORT_SIZE,
        since="start_time",
        changed_at="updated_at",
        look_back=_LATE,
        newest=_NEWEST,
        scope="read",
        deletions="deleted_at is set",
    ),
    Endpoint(
        entity="groups",
        path="groups",
        records="groups",
        paging=_LIST,
        page_size=_LIST_SIZE,
        scope="read",
        deletions="deleted is true, or absent from the list",
    ),
    Endpoint(
        entity="satisfaction_ratings",
        path="satisfaction_ratings",
        records="satisfaction_ratings",
        paging=_LIST,
        page_size=_LIST_SIZE,
        since="start_time",
        until="end_time",
        is_position_lasting=False,
        # A rating exists from the day it is offered and is answered later; tickets close after 28 days at the latest.
        look_back=timedelta(days=30),
        scope="read",
        deletions="not at all",
    ),
    Endpoint(
        entity="sla_policies",
        path="slas/policies",
        records="sla_policies",
        paging=_ONE_PAGE,
        scope="read",
        plan="Support Professional or Suite Growth, or one above",
        deletions="absent from the list",
    ),
    _SCHEDULES,
    Endpoint(
        entity="holidays",
        path="business_hours/schedules",
        records="holidays",
        paging=_ONE_PAGE,
        scope="read",
        deletions="absent from the list",
        generator=_holidays,
    ),
)

VENDOR = Vendor(
    name="zendesk",
    title="Zendesk",
    variables=(
        Variable("SUBDOMAIN", "The first part of the address: acme for acme.zendesk.com"),
        Variable("CLIENT_ID", "Either an OAuth client (confidential, client credentials, scope read): its identifier"),
        Variable("CLIENT_SECRET", "... and its secret", is_secret=True),
        Variable("ACCESS_TOKEN", "or an OAuth access token with scope read", is_secret=True),
        Variable("EMAIL", "or, until Zendesk ends API tokens on 2027-04-30, the e-mail of an administrator"),
        Variable("API_TOKEN", "... and an API token", is_secret=True),
        Variable("ENTITIES", "Optional: what is pulled, such as tickets,ticket_events,users (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of the one made from the sub-domain"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="users/me",
    whoami=_whoami,
    role="an administrator's account",
    nobody_there=("No help desk at",),
)
