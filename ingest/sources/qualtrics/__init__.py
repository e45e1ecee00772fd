"""Qualtrics: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of Qualtrics' documentation that these facts come from are linked there. How responses are exported is in
`exports`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ingest.sources.each import of_each
from ingest.sources.errors import SourceError
from ingest.sources.qualtrics import exports
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    ApiKey,
    ClientCredentials,
    Credentials,
    Endpoint,
    Links,
    Params,
    Variable,
    Vendor,
    chosen_entities,
)

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: An exported response becomes visible somewhat after it was recorded or changed.
_LATE = timedelta(days=1)

_LIST = Links("result.nextPage")
_LIST_SIZE = ("pageSize", 100)
#: Positions in long lists are texts instead of numbers, which is faster and times out less.
_NEW_PAGING = {"useNewPaginationScheme": "true"}
_DIRECTORY = "XM Directory"


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    center = settings.part_of_address(
        "DATACENTER",
        "the data center, from Account Settings, Qualtrics IDs: fra1, for example",
        only="the id of the data center only: fra1 for fra1.qualtrics.com",
    )
    return f"https://{center}.qualtrics.com/API/v3"


def _credentials(settings: Settings) -> Credentials:
    # Where the account is elsewhere, Qualtrics says that it does not know the token.
    place = "BASE_URL" if settings.get("BASE_URL") else "DATACENTER"
    if client_id := settings.get("CLIENT_ID"):
        scheme, host, *_ = urlsplit(_base_url(settings))
        # A token is refused if the client has not all that is asked for, so nothing more is.
        scopes = {VENDOR.endpoint(name).scope for name in chosen_entities(settings.source, settings.environ)}
        return ClientCredentials(
            token_url=f"{scheme}://{host}/oauth2/token",
            client_id=client_id,
            client_secret=settings.require("CLIENT_SECRET", "the secret of the OAuth client"),
            scope=" ".join(sorted(scopes | {_SURVEYS.scope, "read:users"})),
            variables=("CLIENT_ID", "CLIENT_SECRET", place),
            is_in_header=True,
        )
    if token := settings.get("API_TOKEN"):
        return ApiKey("X-API-TOKEN", token, ("API_TOKEN", place))
    raise SourceError(
        f"{settings.source}: set {settings.variable('API_TOKEN')} (from Account Settings, Qualtrics IDs), or "
        f"{settings.variable('CLIENT_ID')} and {settings.variable('CLIENT_SECRET')} (an OAuth client) in the "
        "environment or in .env"
    )


def _whoami(answer: Mapping[str, Any]) -> str | None:
    user = answer.get("result")
    if not isinstance(user, dict) or not user.get("userId"):
        return None
    name = " ".join(filter(None, (user.get("firstName"), user.get("lastName")))) or user.get("userName")
    return f"{name} ({user.get('email')}), brand {user.get('brandId')}, data center {user.get('datacenter')}"


def _surveys(client: Client, endpoint: Endpoint) -> list[dict[str, Any]]:
    listed = client.pages(replace(_SURVEYS, entity=endpoint.entity))
    return [survey for page in listed for survey in page.records]


def _ids(records: list[dict[str, Any]]) -> list[str]:
    return [str(record["id"]) for record in records]


def _survey_definitions(client: Client, endpoint: Endpoint, _: Params) -> Iterator[Page]:
    def definition(survey: str) -> Iterator[Page]:
        yield client.answer(endpoint, f"{endpoint.path}/{quote(survey, safe='')}")

    return of_each(client, endpoint.entity, _ids(_surveys(client, endpoint)), definition)


def _distributions(client: Client, endpoint: Endpoint, _: Params) -> Iterator[Page]:
    return of_each(
        client,
        endpoint.entity,
        _ids(_surveys(client, endpoint)),
        lambda survey: client.pages(endpoint, {"surveyId": survey}),
    )


def _distribution_history(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    listed = _distributions(client, replace(_DISTRIBUTIONS, entity=endpoint.entity), params)
    return of_each(
        client,
        endpoint.entity,
        [one for page in listed for one in _ids(page.records)],
        lambda one: client.pages(endpoint, path=f"distributions/{quote(one, safe='')}/history"),
    )


def _contacts(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    directory = client.settings.require("DIRECTORY_ID", "the id of the XM Directory: POOL_...")
    return client.pages(endpoint, params, path=f"directories/{quote(directory, safe='')}/contacts")


def _responses(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    surveys = {str(survey["id"]): survey for survey in _surveys(client, endpoint)}
    left = sorted(survey for survey in surveys if survey >= str(params.get("survey", "")))
    return of_each(client, endpoint.entity, left, lambda one: exports.responses(client, endpoint, params, surveys[one]))


_SURVEYS = Endpoint(
    entity="surveys",
    path="surveys",
    records="result.elements",
    paging=_LIST,
    scope="read:surveys",
    deletions="absent from the list",
)

_DISTRIBUTIONS = Endpoint(
    entity="distributions",
    path="distributions",
    records="result.elements",
    paging=_LIST,
    params=_NEW_PAGING,
    page_size=_LIST_SIZE,
    scope="read:distributions",
    deletions="absent from the list",
    generator=_distributions,
)

ENDPOINTS = (
    _SURVEYS,
    Endpoint(
        entity="survey_definitions",
        path="survey-definitions",
        records="result",
        paging=_LIST,
        scope="read:surveys",
        deletions="absent from the list",
        generator=_survey_definitions,
    ),
    _DISTRIBUTIONS,
    Endpoint(
        entity="distribution_history",
        path="distributions",
        records="result.elements",
        paging=_LIST,
        scope="read:distributions",
        plan=_DIRECTORY,
        deletions="absent from the list",
        requires="DIRECTORY_ID",
        generator=_distribution_history,
    ),
    Endpoint(
        entity="contacts",
        path="directories",
        records="result.elements",
        paging=_LIST,
        params=_NEW_PAGING,
        page_size=_LIST_SIZE,
        scope="read:directory_contacts",
        plan=_DIRECTORY,
        deletions="absent from the list",
        requires="DIRECTORY_ID",
        generator=_contacts,
    ),
    Endpoint(
        entity="responses",
        path="surveys",
        records="result",
        paging=_LIST,
        since="startDate",
        until="endDate",
        is_position_lasting=False,
        look_back=_LATE,
        scope="read:survey_responses",
        deletions="not at all",
        generator=_responses,
    ),
)

VENDOR = Vendor(
    name="qualtrics",
    title="Qualtrics",
    variables=(
        Variable("DATACENTER", "The data center, from Account Settings, Qualtrics IDs: fra1, for example"),
        Variable("API_TOKEN", "Either an API token, from the same page", is_secret=True),
        Variable("CLIENT_ID", "or an OAuth client (client credentials; scopes in the README): its identifier"),
        Variable("CLIENT_SECRET", "... and its secret", is_secret=True),
        Variable("DIRECTORY_ID", "Optional: the XM Directory (POOL_...); without it no contacts and no invitations"),
        Variable("ENTITIES", "Optional: what is pulled, such as surveys,survey_definitions,responses (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of the one made from the data center"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="whoami",
    whoami=_whoami,
    role="a user with the permission Access API",
)
