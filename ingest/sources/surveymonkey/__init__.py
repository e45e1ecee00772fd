"""SurveyMonkey: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of SurveyMonkey's documentation that these facts come from are linked there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ingest.sources.each import of_each
from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings
from ingest.sources.vendor import Bearer, Endpoint, Links, Params, SaidInHeader, Variable, Vendor

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

_ADDRESSES = {
    "us": "https://api.surveymonkey.com/v3",
    "eu": "https://api.eu.surveymonkey.com/v3",
    "ca": "https://api.surveymonkey.ca/v3",
}

_LIST = Links("links.next", total_at="total")
_LIST_SIZE = ("per_page", 1000)
#: In this order a record that is changed while the list is read comes twice; in the other it would not come at all.
_NEWEST_FIRST = {"sort_by": "date_modified", "sort_order": "DESC"}
_OLDEST_FIRST = {"sort_by": "date_modified", "sort_order": "ASC"}

#: The documentation does not say whether what was changed in the second that is asked from comes along.
_OVERLAP = 1


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    center = settings.get("DATACENTER", "us").lower()
    if center not in _ADDRESSES:
        raise SourceError(
            f"{settings.source}: {settings.variable('DATACENTER')} is {center!r}, but must be one of "
            f"{', '.join(_ADDRESSES)}"
        )
    return _ADDRESSES[center]


def _credentials(settings: Settings) -> Bearer:
    token = settings.require("ACCESS_TOKEN", "the access token of your app, from My Apps, Settings")
    return Bearer(token, ("ACCESS_TOKEN",))


def _whoami(answer: Mapping[str, Any]) -> str | None:
    if not answer.get("id"):
        return None
    name = " ".join(filter(None, (answer.get("first_name"), answer.get("last_name")))) or answer.get("username")
    return f"{name} ({answer.get('email')}), plan {answer.get('account_type')}"


def _survey_ids(client: Client, endpoint: Endpoint) -> list[str]:
    listed = client.pages(replace(_SURVEYS, entity=endpoint.entity, since=endpoint.since))
    # A list that was read twice has its surveys twice.
    return list(dict.fromkeys(str(survey["id"]) for page in listed for survey in page.records))


def _survey_details(client: Client, endpoint: Endpoint, _: Params) -> Iterator[Page]:
    def details(survey: str) -> Iterator[Page]:
        yield client.answer(endpoint, f"surveys/{quote(survey, safe='')}/details")

    return of_each(client, endpoint.entity, _survey_ids(client, endpoint), details)


def _collectors(client: Client, endpoint: Endpoint, _: Params) -> Iterator[Page]:
    def collectors(survey: str) -> Iterator[Page]:
        return client.pages(endpoint, path=f"surveys/{quote(survey, safe='')}/collectors")

    return of_each(client, endpoint.entity, _survey_ids(client, endpoint), collectors)


def _contacts(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    for status in ("active", "optout", "bounced"):
        yield from client.pages(endpoint, params | {"status": status})


def _responses(client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    def responses(survey: str) -> Iterator[Page]:
        return _responses_to(client, endpoint, params, survey)

    reached = str(params.get("survey", ""))
    left = sorted(survey for survey in _survey_ids(client, endpoint) if survey >= reached)
    return of_each(client, endpoint.entity, left, responses)


def _responses_to(client: Client, endpoint: Endpoint, params: Params, survey: str) -> Iterator[Page]:
    """The responses to a survey that changed in the window of `params`, oldest change first.

    The number of a page means something else once a response was changed or deleted. So each page is asked for by the
    last change of the one before, and by its number only within one instant.
    """
    since = int(params[endpoint.since])
    begin = int(params["from"]) if params.get("survey") == survey else since
    window = {endpoint.until: _text(int(params[endpoint.until]))} if endpoint.until in params else {}
    path = f"surveys/{quote(survey, safe='')}/responses/bulk"
    is_last = False
    while not is_last:
        asked = {endpoint.since: _text(begin)} if begin else {}
        for page in client.pages(endpoint, asked | window, path=path):
            is_last = not page.content.get("links", {}).get("next")
            reached = max((_seconds(one) for one in page.records), default=begin) - _OVERLAP
            after = reached if reached > begin else begin
            yield replace(page, resume={endpoint.since: since, "survey": survey, "from": after})
            if after > begin:
                break
        begin = after


def _text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _seconds(response: Mapping[str, Any]) -> int:
    """When a response was changed, in seconds since 1970; 0 if it does not say."""
    try:
        instant = datetime.fromisoformat(str(response.get("date_modified")))
    except ValueError:
        return 0
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())


_SURVEYS = Endpoint(
    entity="surveys",
    path="surveys",
    records="data",
    paging=_LIST,
    params=_NEWEST_FIRST | {"include": "response_count,date_created,date_modified,language,question_count"},
    page_size=_LIST_SIZE,
    scope="surveys_read",
    deletions="absent from the list",
)

ENDPOINTS = (
    _SURVEYS,
    Endpoint(
        entity="survey_details",
        path="surveys",
        records="",
        paging=_LIST,
        scope="surveys_read",
        deletions="absent from the list",
        generator=_survey_details,
    ),
    Endpoint(
        entity="collectors",
        path="surveys",
        records="data",
        paging=_LIST,
        params=_NEWEST_FIRST | {"include": "type,status,response_count,date_created,date_modified,url"},
        page_size=_LIST_SIZE,
        scope="collectors_read",
        deletions="absent from the list",
        generator=_collectors,
    ),
    Endpoint(
        entity="contacts",
        path="contacts",
        records="data",
        paging=_LIST,
        page_size=_LIST_SIZE,
        scope="contacts_read",
        deletions="absent from the list",
        generator=_contacts,
    ),
    Endpoint(
        entity="responses",
        path="surveys",
        records="data",
        paging=_LIST,
        params=_OLDEST_FIRST,
        page_size=("per_page", 100),
        since="start_modified_at",
        until="end_modified_at",
        is_position_lasting=False,
        look_back=timedelta(hours=1),
        scope="responses_read_detail",
        plan="a paid one",
        deletions="not at all",
        generator=_responses,
    ),
)

VENDOR = Vendor(
    name="surveymonkey",
    title="SurveyMonkey",
    variables=(
        Variable("ACCESS_TOKEN", "The access token of an app, from My Apps, Settings", is_secret=True),
        Variable("DATACENTER", "Where the account is: us, eu or ca (default: us)"),
        Variable("ENTITIES", "Optional: what is pulled, such as surveys,survey_details,responses (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("PAGE_SIZE", "Optional: records per page, fewer if requests time out"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of that of the data center"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="users/me",
    whoami=_whoami,
    nobody_there=("access the host in this region",),
    address_variable="DATACENTER",
    daily_limit=SaidInHeader("X-Ratelimit-App-Global-Day-Remaining", "0"),
    wait_header="X-Ratelimit-App-Global-Minute-Reset",
)
