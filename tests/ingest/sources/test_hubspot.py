"""What is particular about HubSpot: whole lists, archived records, properties, tokens and limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.contracts import vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.hubspot import ENDPOINTS, VENDOR
from ingest.sources.pull import PullResult, check
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_hubspot import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeHubSpot,
    too_many,
)
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.warehouse import hubspot_company
from tests.warehouse.hubspot_company import associated, history, record

ENTITIES = [endpoint.entity for endpoint in ENDPOINTS]
ALWAYS = range(1, 30)
README = Path(__file__).parents[3] / "ingest" / "sources" / "hubspot" / "README.md"


def use_refresh_token(pulls: Pulls, token: str = REFRESH_TOKEN) -> None:
    del pulls.environ["CX360_HUBSPOT_ACCESS_TOKEN"]
    pulls.environ |= {
        "CX360_HUBSPOT_CLIENT_ID": CLIENT_ID,
        "CX360_HUBSPOT_CLIENT_SECRET": CLIENT_SECRET,
        "CX360_HUBSPOT_REFRESH_TOKEN": token,
    }


def ids(pulls: Pulls, entity: str = "tickets") -> list[int]:
    return [int(number) for number in pulls.ids(entity)]


@pytest.fixture
def account() -> Iterator[FakeHubSpot]:
    account = FakeHubSpot()
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, account: FakeHubSpot) -> Pulls:
    environ = {"CX360_HUBSPOT_BASE_URL": account.server.url, "CX360_HUBSPOT_ACCESS_TOKEN": ACCESS_TOKEN}
    return Pulls(tmp_path, source="hubspot", account=account, environ=environ)


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    return record(number, "2026-06-01T00:00:00Z", subject=f"Ticket {number}", **fields)


def archived(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"archived": True, "archivedAt": "2026-06-01T12:00:00Z"}


def fill(account: FakeHubSpot) -> None:
    """An account with something of every entity."""
    account.records = {
        "companies": hubspot_company.COMPANIES,
        "contacts": [*hubspot_company.CONTACTS, archived(hubspot_company.DUPLICATES[0]), hubspot_company.SURVIVOR],
        "deals": [record(800, "2026-01-01T00:00:00Z", dealname="Drills", amount="1200.50")],
        "tickets": [hubspot_company.TICKET, archived(ticket(901))],
        "feedback_submissions": [*hubspot_company.NPS_ANSWERS, *hubspot_company.OTHER_ANSWERS],
        "owners": [*hubspot_company.OWNERS, hubspot_company.OWNERS[0] | {"id": "72", "archived": True}],
    }
    account.pipelines = hubspot_company.PIPELINES


def rows(pulls: Pulls, entity: str = "tickets") -> list[tuple[Any, ...]]:
    """What the loader makes of it, without the traces of the file."""
    columns = ", ".join(f'"{column.name}"' for column in vendor_contracts("hubspot")[entity].columns)
    return pulls.loaded(f"select {columns}, _extra from raw.hubspot__{entity} order by all")


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    fill(pulls.account)
    pulled = {entity: pulls.pull(entity).records for entity in ENTITIES}
    there = {kind: len(records) for kind, records in pulls.account.records.items()}
    assert pulled == there | {"ticket_pipelines": 1}
    loaded = {one.entity: one for one in pulls.load()}
    assert {entity: (one.status, one.rows_loaded) for entity, one in loaded.items()} == {
        entity: ("loaded", count) for entity, count in pulled.items()
    }
    assert {one.rows_quarantined for one in loaded.values()} == {0}


def test_every_property_of_the_contracts_is_asked_for_and_nothing_else(pulls: Pulls) -> None:
    pulls.pull("tickets")
    request = pulls.account.server.requests[0]
    assert request.params == {
        "limit": "50",
        "archived": "false",
        "associations": "contacts,companies",
        "propertiesWithHistory": "hs_pipeline_stage,hubspot_owner_id,hubspot_team_id,hs_ticket_priority",
        "properties": "hs_object_id,subject,content,hs_pipeline,hs_pipeline_stage,hs_ticket_priority,"
        "hs_ticket_category,source_type,hs_resolution,hubspot_owner_id,hubspot_team_id,closed_date,"
        "first_agent_reply_date,hs_merged_object_ids,createdate,hs_lastmodifieddate",
    }


def test_associations_and_earlier_values_arrive(pulls: Pulls) -> None:
    stages = history(("1", "2026-06-01T00:00:00Z"), ("4", "2026-06-01T02:00:00Z"), user=9001)
    to = associated(contacts=[(1, "ticket_to_contact")], deals=[(5, "ticket_to_deal")])
    pulls.account.records["tickets"] = [
        ticket(1, hs_pipeline_stage="4", associations=to, propertiesWithHistory={"hs_pipeline_stage": stages})
    ]
    pulls.pull()
    pulls.load()
    [(associations, earlier)] = pulls.query("select associations, properties_with_history from raw.hubspot__tickets")
    assert json.loads(associations) == associated(contacts=[(1, "ticket_to_contact")])
    assert json.loads(earlier) == {"hs_pipeline_stage": stages}


@pytest.mark.parametrize("entity", ["tickets", "owners"])
def test_archived_records_come_after_the_live_ones_in_the_same_file(pulls: Pulls, entity: str) -> None:
    owners = [hubspot_company.OWNERS[0] | {"id": str(number)} for number in (1, 2, 3, 4, 5)]
    live = [ticket(number) for number in (1, 2, 3, 4, 5)] if entity == "tickets" else owners
    pulls.account.records[entity] = [*live[:3], *map(archived, live[3:])]
    result = pulls.pull(entity)
    assert len(result.files) == 1
    assert pulls.files(entity) == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]
    assert ids(pulls, entity) == [1, 2, 3, 4, 5]
    pulls.load()
    assert pulls.query(f"select id, archived from raw.hubspot__{entity} order by 1") == [
        ("1", False),
        ("2", False),
        ("3", False),
        ("4", True),
        ("5", True),
    ]


def test_a_record_that_is_archived_while_it_is_pulled_is_not_missed(pulls: Pulls) -> None:
    pulls.account.records["tickets"] = [ticket(number) for number in (1, 2, 3)]

    def archive(result: PullResult) -> None:
        pulls.account.records["tickets"][0] = archived(ticket(1))

    pulls.pull(on_page=archive)
    assert [(one["id"], one["archived"]) for one in pulls.records()] == [
        ("1", False),
        ("2", False),
        ("3", False),
        ("1", True),
    ]


def test_a_record_that_is_no_longer_listed_is_gone(pulls: Pulls) -> None:
    pulls.account.records["tickets"] = [ticket(1), ticket(2)]
    pulls.pull()
    pulls.load()
    pulls.account.records["tickets"] = [ticket(1)]
    pulls.later(days=1)
    pulls.pull()
    assert [one.rows_tombstoned for one in pulls.load()] == [0, 1]


@pytest.mark.parametrize("nth", [2, 4, 5])
@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_rows_of_a_pull_without_it(
    pulls: Pulls, tmp_path: Path, fault: str, nth: int
) -> None:
    live = [ticket(number, hs_ticket_priority="HIGH") for number in range(1, 6)]
    pulls.account.records["tickets"] = [*live, *(archived(ticket(number)) for number in (6, 7, 8))]
    calm = Pulls(tmp_path / "calm", source="hubspot", account=pulls.account, environ=pulls.environ)
    calm.pull()
    pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
    pulls.pull()
    # Three pages of live tickets and two of archived ones, twice, and one again.
    assert len(pulls.account.server.requests) == 5 + 5 + 1
    expected = rows(calm)
    assert len(expected) == 8
    assert rows(pulls) == expected


@pytest.mark.parametrize(("nth", "instead"), [(2, 1), (3, 1), (3, 2)])
def test_an_earlier_page_in_place_of_the_next_does_not_end_the_list(pulls: Pulls, nth: int, instead: int) -> None:
    pulls.account.records["tickets"] = [ticket(number) for number in range(1, 8)]
    pulls.account.server.fail(nth, fault=Fault(repeats=instead))
    pulls.pull()
    assert ids(pulls) == [1, 2, 3, 4, 5, 6, 7]


def test_a_list_that_goes_round_in_circles_lands_nothing(pulls: Pulls) -> None:
    pulls.account.records["tickets"] = [ticket(number) for number in (1, 2, 3)]
    first = {"results": [ticket(1), ticket(2)], "paging": {"next": {"after": "2"}}}
    pulls.account.server.fail(*ALWAYS, fault=Fault(Answer(body=first)))
    assert pulls.sentence() == (
        "hubspot: the list of tickets goes round in circles: pull again later, nothing of it has landed"
    )
    assert pulls.files() == []


def test_a_cut_pull_lands_no_part_of_a_list(pulls: Pulls) -> None:
    pulls.account.records["tickets"] = [ticket(1), ticket(2), ticket(3), archived(ticket(4))]
    # The third request is the first for archived tickets.
    pulls.account.server.fail(3, 4, 5, 6, fault=PASSING_FAULTS["closed connection"])
    assert "cannot be reached (4 attempts)" in pulls.sentence()
    assert pulls.files() == []
    pulls.pull()
    assert ids(pulls) == [1, 2, 3, 4]


def test_custom_properties_land_in_extra(pulls: Pulls) -> None:
    pulls.environ["CX360_HUBSPOT_PROPERTIES"] = "tickets.severity, contacts.plan,tickets.subject"
    pulls.account.records["tickets"] = [ticket(1, severity="S1", secret_note="not asked for")]
    pulls.account.records["contacts"] = [record(1, "2026-06-01T00:00:00Z", plan="gold")]
    pulls.pull("tickets")
    pulls.pull("contacts")
    pulls.load()
    assert pulls.query("select _extra from raw.hubspot__tickets") == [('{"severity":"S1"}',)]
    assert pulls.query("select _extra from raw.hubspot__contacts") == [('{"plan":"gold"}',)]
    assert pulls.account.server.requests[0].params["properties"].count("subject") == 1


@pytest.mark.parametrize("value", ["severity", "ticket.severity", "owners.severity", "tickets.", "tickets.a b"])
def test_a_property_of_nothing_is_named(pulls: Pulls, value: str) -> None:
    pulls.environ["CX360_HUBSPOT_PROPERTIES"] = value
    assert pulls.sentence() == (
        f"hubspot: CX360_HUBSPOT_PROPERTIES has '{value}', but must name properties such as tickets.severity, each of "
        "one of companies, contacts, deals, tickets, feedback_submissions"
    )


def test_a_token_is_fetched_and_renewed_when_it_expires_midway(pulls: Pulls) -> None:
    use_refresh_token(pulls)
    pulls.account.uses_per_token = 2
    pulls.account.records["tickets"] = [ticket(number) for number in range(1, 8)]
    pulls.pull()
    assert ids(pulls) == [1, 2, 3, 4, 5, 6, 7]
    asked = [request.path.rpartition("/")[2] for request in pulls.account.server.requests]
    # Four pages and that of archived ones, at two per token: each third is refused once.
    assert asked == ["token", *["tickets"] * 3, "token", *["tickets"] * 3, "token", "tickets"]


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    use_refresh_token(pulls)
    fill(pulls.account)
    for entity in ENTITIES:
        pulls.pull(entity)
    contents = pulls.contents()
    assert len(contents) == 2 * len(ENTITIES)
    for secret in ("-secret-", "grant_type", "authorization", "Bearer"):
        assert not any(secret.encode() in content for content in contents)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_HUBSPOT_ACCESS_TOKEN (a service key), or CX360_HUBSPOT_CLIENT_ID, CX360_HUBSPOT_CLIENT_SECRET"),
        ({"CLIENT_ID": "x"}, "set CX360_HUBSPOT_CLIENT_SECRET (the secret of the app) in the environment or in .env"),
        ({"REFRESH_TOKEN": "x"}, "set CX360_HUBSPOT_CLIENT_ID (the identifier of the app) in the environment or in"),
        ({"CLIENT_ID": "x", "CLIENT_SECRET": "x"}, "set CX360_HUBSPOT_REFRESH_TOKEN (the refresh token that the app"),
    ],
)
def test_a_missing_setting_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_HUBSPOT_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"hubspot: {expected}")


def test_a_wrong_key(pulls: Pulls) -> None:
    pulls.environ["CX360_HUBSPOT_ACCESS_TOKEN"] = "wrong"
    assert pulls.sentence() == (
        "hubspot: the access token is expired, revoked or wrong (401: Authentication credentials not found. This API "
        "supports OAuth 2.0 authentication and you can find more details at "
        "https://developers.hubspot.com/docs/methods/auth/oauth-overview): make a new one and set "
        "CX360_HUBSPOT_ACCESS_TOKEN"
    )
    assert len(pulls.account.server.requests) == 1


def test_a_refresh_token_that_was_revoked(pulls: Pulls) -> None:
    use_refresh_token(pulls, "worn-secret-9")
    assert pulls.sentence() == (
        "hubspot: 127.0.0.1 gives no access token (400: invalid_grant: refresh token is invalid, expired or revoked): "
        "check CX360_HUBSPOT_CLIENT_ID and CX360_HUBSPOT_CLIENT_SECRET and CX360_HUBSPOT_REFRESH_TOKEN"
    )


def test_a_missing_scope_is_named_by_both(pulls: Pulls) -> None:
    pulls.account.scopes.remove("crm.objects.owners.read")
    text = pulls.sentence("owners")
    assert text.startswith("hubspot: owners is refused (403: This app hasn't been granted all required scopes to make")
    assert text.endswith(
        "): it needs the OAuth scope crm.objects.owners.read where a token is used; 127.0.0.1 names "
        "crm.objects.owners.read, crm.objects.owners.read.sensitive"
    )
    assert len(pulls.account.server.requests) == 1


def test_the_limit_of_ten_seconds_is_waited_for(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_BACKOFF_SECONDS"] = "0.2"
    pulls.account.records["tickets"] = [ticket(1)]
    pulls.account.server.fail(1, 2, fault=Fault(too_many("TEN_SECONDLY_ROLLING")))
    pulls.pull()
    assert ids(pulls) == [1]
    times = [request.at for request in pulls.account.server.requests]
    # Without Retry-After the wait is that of the back-off, which doubles.
    assert [times[1] - times[0] >= 0.2, times[2] - times[1] >= 0.4] == [True, True]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            too_many("TEN_SECONDLY_ROLLING"),
            "the rate limit of 127.0.0.1 is used up (429): wait a minute and pull again, it begins anew",
        ),
        (
            Answer(500, {"message": "internal error"}),
            "127.0.0.1 failed to answer for tickets 4 times (500: internal error): pull again later, it begins anew",
        ),
        (
            Answer(414, b""),
            "the request for tickets is refused (414): check the settings that say what is asked for; if they are "
            "right, the vendor has changed its API",
        ),
    ],
)
def test_a_fault_that_does_not_pass(pulls: Pulls, answer: Answer, expected: str) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(answer))
    assert pulls.sentence() == f"hubspot: {expected}"


def test_the_limit_of_the_day_ends_the_pull_at_once(pulls: Pulls) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(too_many("DAILY")))
    assert pulls.sentence() == (
        "hubspot: the daily limit of 127.0.0.1 is used up (429: You have reached your daily limit.): pull again "
        "tomorrow"
    )
    assert len(pulls.account.server.requests) == 1


def test_a_name_that_is_not_known_is_not_blamed_on_the_key(pulls: Pulls) -> None:
    pulls.environ["CX360_HUBSPOT_BASE_URL"] = "https://api.hubapi.invalid"
    assert re.search(r"check (HTTPS_PROXY|CX360_HUBSPOT_BASE_URL)", pulls.sentence())


def test_check_says_whose_account_it_is(pulls: Pulls) -> None:
    assert check("hubspot", pulls.environ) == (
        f"hubspot: account 123 (app-eu1.hubspot.com), type STANDARD at {pulls.account.server.url}"
    )
    pulls.account.server.fail(1, fault=Fault(Answer(body={})))
    with pytest.raises(SourceError, match="does not accept the credentials: check CX360_HUBSPOT_ACCESS_TOKEN"):
        check("hubspot", pulls.environ)


def test_smaller_pages_can_be_asked_for(pulls: Pulls) -> None:
    pulls.environ["CX360_HUBSPOT_PAGE_SIZE"] = "70"
    pulls.pull("tickets")
    pulls.pull("contacts")
    tickets, _, contacts, _ = (request.params["limit"] for request in pulls.account.server.requests)
    assert (tickets, contacts) == ("50", "70")  # fifty is the vendor's most with earlier values


def test_the_readme_names_every_entity_and_variable() -> None:
    text = README.read_text(encoding="utf-8")
    assert [entity for entity in ENTITIES if f"| `{entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
    assert [endpoint.scope for endpoint in ENDPOINTS if f"`{endpoint.scope.partition(' ')[0]}`" not in text] == []
