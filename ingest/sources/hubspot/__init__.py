"""HubSpot: what can be pulled and how, as data. README.md beside this file says it in words.

What its records hold is in `contracts/`, and what they name is what is asked for. The pages of HubSpot's documentation
that these facts come from are linked in README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.contracts import vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    Bearer,
    Cursor,
    Endpoint,
    Links,
    Params,
    RefreshToken,
    Said,
    Variable,
    Vendor,
)

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

_LIST = Cursor("after", found_at="paging.next.after")
_ONE_PAGE = Links("paging.next.link")

_LIST_SIZE = ("limit", 100)
#: Records with earlier values of properties come fifty at a time.
_HISTORY_SIZE = ("limit", 50)

#: Columns of the contracts that are fields of the record itself ...
_OF_THE_RECORD = {
    "id",
    "url",
    "archived",
    "archived_at",
    "created_at",
    "updated_at",
    "is_deleted",
    "associations",
    "properties_with_history",
}
#: ... or columns of export files only; all others are properties.
_OF_EXPORTS = {"associated_contact_ids", "associated_company_ids"}


def _base_url(settings: Settings) -> str:
    return settings.get("BASE_URL", "https://api.hubapi.com")


def _credentials(settings: Settings) -> Bearer | RefreshToken:
    if token := settings.get("ACCESS_TOKEN"):
        return Bearer(token, ("ACCESS_TOKEN",))
    if settings.get("CLIENT_ID") or settings.get("REFRESH_TOKEN"):
        scheme, host, *_ = urlsplit(_base_url(settings))
        return RefreshToken(
            token_url=f"{scheme}://{host}/oauth/2026-03/token",
            client_id=settings.require("CLIENT_ID", "the identifier of the app"),
            client_secret=settings.require("CLIENT_SECRET", "the secret of the app"),
            refresh_token=settings.require("REFRESH_TOKEN", "the refresh token that the app got when it was installed"),
            variables=("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"),
        )
    raise SourceError(
        f"{settings.source}: set {settings.variable('ACCESS_TOKEN')} (a service key), or "
        f"{settings.variable('CLIENT_ID')}, {settings.variable('CLIENT_SECRET')} and "
        f"{settings.variable('REFRESH_TOKEN')} (an app with OAuth) in the environment or in .env"
    )


def _whoami(answer: Mapping[str, Any]) -> str | None:
    if answer.get("portalId") is None:
        return None
    return f"account {answer['portalId']} ({answer.get('uiDomain')}), type {answer.get('accountType')}"


def _objects(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """The records of an object with the properties that the contract and the settings name."""
    names = [column.name for column in vendor_contracts("hubspot")[endpoint.entity].columns]
    names = [name for name in names if name not in _OF_THE_RECORD | _OF_EXPORTS]
    wanted = dict.fromkeys([*names, *_custom_properties(client.settings, endpoint.entity)])
    return _live_and_archived(client, endpoint, params | {"properties": ",".join(wanted)})


def _custom_properties(settings: Settings, entity: str) -> list[str]:
    """The properties that `PROPERTIES` names for an entity.

    Raises:
        SourceError: it names something that is no property of an object.
    """
    objects = [endpoint.entity for endpoint in ENDPOINTS if endpoint.generator is _objects]
    found = []
    for name in filter(None, (name.strip() for name in settings.get("PROPERTIES").split(","))):
        owner, _, property_name = name.partition(".")
        if owner not in objects or not re.fullmatch(r"[a-z0-9_]+", property_name):
            raise SourceError(
                f"{settings.source}: {settings.variable('PROPERTIES')} has {name!r}, but must name properties such as "
                f"tickets.severity, each of one of {', '.join(objects)}"
            )
        if owner == entity:
            found.append(property_name)
    return found


def _live_and_archived(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    # In this order a record that is archived in between comes twice; in the other it would not come at all.
    for archived in ("false", "true"):
        yield from client.pages(endpoint, params | {"archived": archived})


def _object(entity: str, scope: str, *, associations: str = "", history: str = "", plan: str = "") -> Endpoint:
    """An object of the CRM, with the kinds of its associations and the properties whose earlier values come along."""
    params = {"associations": associations, "propertiesWithHistory": history}
    return Endpoint(
        entity=entity,
        path=f"crm/v3/objects/{entity}",
        records="results",
        paging=_LIST,
        params={name: value for name, value in params.items() if value},
        page_size=_HISTORY_SIZE if history else _LIST_SIZE,
        scope=scope,
        plan=plan,
        deletions="archived is true; absent from the list if merged or gone for good",
        generator=_objects,
    )


ENDPOINTS = (
    _object("companies", "crm.objects.companies.read"),
    _object("contacts", "crm.objects.contacts.read", associations="companies"),
    _object("deals", "crm.objects.deals.read", associations="contacts,companies"),
    _object(
        "tickets",
        "tickets",
        associations="contacts,companies",
        history="hs_pipeline_stage,hubspot_owner_id,hubspot_team_id,hs_ticket_priority",
    ),
    _object(
        "feedback_submissions",
        "crm.objects.feedback_submissions.read (and crm.objects.contacts.read)",
        associations="contacts,companies,tickets",
        plan="Service Hub Professional, or one above",
    ),
    Endpoint(
        entity="owners",
        path="crm/v3/owners",
        records="results",
        paging=_LIST,
        page_size=_LIST_SIZE,
        scope="crm.objects.owners.read",
        deletions="archived is true",
        generator=_live_and_archived,
    ),
    Endpoint(
        entity="ticket_pipelines",
        path="crm/v3/pipelines/tickets",
        records="results",
        paging=_ONE_PAGE,
        scope="tickets",
        deletions="absent from the list",
    ),
)

VENDOR = Vendor(
    name="hubspot",
    title="HubSpot",
    variables=(
        Variable("ACCESS_TOKEN", "Either a service key, or the access token of a private app", is_secret=True),
        Variable("CLIENT_ID", "or an app with OAuth: its identifier"),
        Variable("CLIENT_SECRET", "... its secret", is_secret=True),
        Variable("REFRESH_TOKEN", "... and the refresh token that it got when it was installed", is_secret=True),
        Variable("ENTITIES", "Optional: what is pulled, such as contacts,tickets,ticket_pipelines (default: all)"),
        Variable("PROPERTIES", "Optional: properties to pull as well, such as tickets.severity,contacts.plan"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the address of the API, if it is not https://api.hubapi.com"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="account-info/v3/details",
    whoami=_whoami,
    address_variable="BASE_URL",
    daily_limit=Said("policyName", "DAILY"),
    missing_scopes=(
        "errors.context.requiredGranularScopes",
        "errors.context.requiredScopes",
        "context.missingScopes",
    ),
)
