"""What is particular about Freshdesk: lists that move while they are read, folders, conversations and plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.freshdesk import ENDPOINTS, VENDOR
from ingest.sources.pull import PullResult, check
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_freshdesk import API_KEY, FakeFreshdesk, refusal
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.warehouse import freshdesk_company

ENTITIES = [endpoint.entity for endpoint in ENDPOINTS]
ALWAYS = range(1, 30)
README = Path(__file__).parents[3] / "ingest" / "sources" / "freshdesk" / "README.md"


@pytest.fixture
def account() -> Iterator[FakeFreshdesk]:
    account = FakeFreshdesk()
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, account: FakeFreshdesk) -> Pulls:
    environ = {"CX360_FRESHDESK_BASE_URL": account.base_url, "CX360_FRESHDESK_API_KEY": API_KEY}
    return Pulls(tmp_path, source="freshdesk", account=account, environ=environ)


def instant(minute: float) -> str:
    """So many minutes into the first of June."""
    return f"{datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"


def ticket(number: int, minute: float | None = None, **fields: Any) -> dict[str, Any]:
    """A ticket that changed so many minutes into the day, by default as many as its number."""
    changed = instant(number if minute is None else minute)
    return {"id": number, "status": 2, "created_at": instant(0), "updated_at": changed} | fields


def contact(number: int, minute: float = 0, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Contact {number}", "updated_at": instant(minute)} | fields


def conversation(number: int, ticket_number: int) -> dict[str, Any]:
    return {"id": number, "ticket_id": ticket_number, "created_at": instant(0), "updated_at": instant(0)}


def asked(pulls: Pulls, *names: str) -> list[tuple[str | None, ...]]:
    return [tuple(request.params.get(name) for name in names) for request in pulls.account.server.requests]


def distinct(pulls: Pulls, entity: str = "") -> list[int]:
    return sorted(set(pulls.ids(entity)))


def fill(account: FakeFreshdesk) -> None:
    """The company of the warehouse's tests as an account."""
    account.tickets = freshdesk_company.TICKETS
    for one in freshdesk_company.CONVERSATIONS:
        account.conversations.setdefault(one["ticket_id"], []).append(one)
    account.contacts = [*freshdesk_company.CONTACTS, contact(8, blocked=True)]
    account.lists = {
        "companies": freshdesk_company.COMPANIES,
        "agents": freshdesk_company.AGENTS,
        "groups": freshdesk_company.GROUPS,
        "ticket_fields": freshdesk_company.TICKET_FIELDS,
        "surveys": freshdesk_company.SURVEYS,
        "surveys/satisfaction_ratings": freshdesk_company.RATINGS,
    }


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    fill(pulls.account)
    found = {entity: pulls.pull(entity) and len(set(pulls.ids(entity))) for entity in ENTITIES}
    assert found == {
        "tickets": 7,
        "conversations": 5,
        "contacts": 3,
        "companies": 1,
        "agents": 2,
        "groups": 2,
        "ticket_fields": 3,
        "surveys": 1,
        "satisfaction_ratings": 3,
    }
    pulls.loaded("select 1")
    assert not any(b"-secret-" in content for content in pulls.contents())


def test_tickets_are_asked_for_by_the_instant_of_the_last_one(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4)]
    pulls.pull()
    # From the second before the last ticket of a page: that one comes again.
    assert asked(pulls, "updated_since", "page", "filter") == [
        ("1970-01-01T00:00:00Z", None, None),
        ("2026-06-01T00:01:59Z", None, None),
        ("2026-06-01T00:02:59Z", None, None),
        ("1970-01-01T00:00:00Z", None, "deleted"),
        ("1970-01-01T00:00:00Z", None, "spam"),
    ]
    assert pulls.account.server.requests[0].params["include"] == "stats,description"
    assert pulls.ids() == [1, 2, 2, 3, 3, 4]
    assert pulls.state()["cursor"] == {"updated_since": "2026-06-01T00:03:59Z"}


@pytest.mark.parametrize("is_bound_exclusive", [False, True])
def test_a_ticket_that_changes_while_the_list_is_read_hides_no_other(pulls: Pulls, is_bound_exclusive: bool) -> None:
    pulls.account.tickets = [ticket(number) for number in range(1, 7)]
    pulls.account.is_bound_exclusive = is_bound_exclusive

    def change(result: PullResult) -> None:
        if result.pages == 1:
            pulls.account.tickets[0] = ticket(1, 60, status=5)

    pulls.pull(on_page=change)
    # By page numbers the third would have moved to the page that was read.
    assert distinct(pulls) == [1, 2, 3, 4, 5, 6]
    assert pulls.records()[-1]["status"] == 5


def test_an_instant_with_more_tickets_than_a_page_is_read_by_page_numbers(pulls: Pulls) -> None:
    pulls.account.tickets = [*(ticket(number, 10) for number in range(1, 6)), ticket(6, 20), ticket(7, 30)]

    def change(result: PullResult) -> None:
        # After page 2 of that instant: 1 moves to the end, and 5 from page 3 to page 2, which was read.
        if result.pages == 3:
            pulls.account.tickets[0] = ticket(1, 40)

    pulls.pull(on_page=change)
    assert distinct(pulls) == [1, 2, 3, 4, 5, 6, 7]
    assert pulls.state()["cursor"] == {"updated_since": "2026-06-01T00:39:59Z"}


def test_a_list_of_more_pages_than_there_may_be_is_read_to_its_end(pulls: Pulls) -> None:
    pulls.account.last_page = 3
    pulls.account.tickets = [ticket(number) for number in range(1, 10)]
    pulls.pull()
    assert distinct(pulls) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_the_next_pull_asks_five_minutes_back(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(30)]
    pulls.pull()
    pulls.account.tickets.append(ticket(2, 26))  # became visible late
    pulls.later(days=1)
    pulls.pull()
    assert pulls.ids() == [1, 30, 2, 30]


def test_a_pull_that_is_cut_goes_on_where_it_ended(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4)]
    pulls.account.server.fail(3, 4, 5, 6, fault=PASSING_FAULTS["closed connection"])
    assert "cannot be reached (4 attempts)" in pulls.sentence()
    pulls.pull()
    assert pulls.ids() == [1, 2, 2, 3, 3, 4]


def test_the_trash_and_the_spam_folder_come_whole_after_the_changes(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2), ticket(30)]
    pulls.pull()
    # Whether a deletion moves updated_at is not documented.
    pulls.account.tickets[:2] = [ticket(1, deleted=True), ticket(2, spam=True)]
    pulls.later(days=1)
    pulls.pull()
    assert [(one["id"], one.get("deleted"), one.get("spam")) for one in pulls.records()[-3:]] == [
        (30, None, None),
        (1, True, None),
        (2, None, True),
    ]
    assert pulls.state()["cursor"] == {"updated_since": "2026-06-01T00:29:59Z"}


def test_conversations_come_whole_for_each_ticket_that_changed(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3, 30)]
    pulls.account.conversations = {1: [conversation(number, 1) for number in (11, 12, 13)], 3: [conversation(31, 3)]}
    result = pulls.pull("conversations")
    assert pulls.ids("conversations") == [11, 12, 13, 31]
    assert result.records == 4
    # Two pages of tickets, of which the second begins with the end of the first; no ticket is asked for twice.
    paths = [request.path.removeprefix("/api/v2/") for request in pulls.account.server.requests]
    of_tickets = [f"tickets/{number}/conversations" for number in (1, 1, 2, 3)]
    assert paths == ["tickets", *of_tickets[:3], "tickets", of_tickets[3]]
    assert "include" not in pulls.account.server.requests[0].params
    pulls.account.conversations[2] = [conversation(21, 2)]
    pulls.account.tickets[1] = ticket(2, 60)
    pulls.later(days=1)
    pulls.pull("conversations")
    assert pulls.ids("conversations") == [11, 12, 13, 31, 21, 31]


def test_conversations_that_are_cut_go_on_with_the_page_of_their_ticket(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3)]
    pulls.account.conversations = {number: [conversation(number * 10, number)] for number in (1, 2, 3)}
    # List, 1, 2, list; and 3 fails.
    pulls.account.server.fail(5, 6, 7, 8, fault=PASSING_FAULTS["closed connection"])
    pulls.sentence("conversations")
    assert pulls.state("conversations")["cursor"] == {"updated_since": "2026-06-01T00:01:59Z"}
    pulls.pull("conversations")
    assert pulls.ids("conversations") == [10, 20, 20, 30]


def test_a_ticket_that_is_gone_in_between_keeps_no_other_away(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2)]
    pulls.account.conversations = {2: [conversation(21, 2)]}
    pulls.account.refused["tickets/1/conversations"] = Answer(404, b"")
    result = pulls.pull("conversations")
    assert result.passed_over == ("freshdesk: the conversations of ticket 1 are gone",)
    assert pulls.ids("conversations") == [21]


def test_blocked_and_deleted_contacts_come_after_the_others(pulls: Pulls) -> None:
    pulls.account.contacts = [
        contact(1, deleted=True),
        contact(2, blocked=True),
        *(contact(number) for number in (3, 4, 5)),
    ]
    pulls.pull("contacts")
    assert pulls.ids("contacts") == [3, 4, 5, 2, 1]
    pulls.later(days=1)
    pulls.account.contacts[2] = contact(3, 1440 + 60, deleted=True)
    pulls.pull("contacts")
    assert pulls.ids("contacts") == [3, 4, 5, 2, 1, 3]
    # Five minutes before the first pull began.
    assert asked(pulls, "_updated_since", "state")[-1] == ("2026-06-01T23:55:00Z", "deleted")


def test_contacts_that_are_cut_go_on_with_the_page_and_the_state(pulls: Pulls) -> None:
    pulls.account.contacts = [contact(1), *(contact(number, blocked=True) for number in (2, 3, 4)), contact(5)]
    pulls.account.contacts.append(contact(6, deleted=True))
    pulls.account.server.fail(3, 4, 5, 6, fault=PASSING_FAULTS["closed connection"])
    pulls.sentence("contacts")
    assert pulls.ids("contacts") == [1, 5, 2, 3]
    begun = pulls.now
    pulls.later(hours=1)
    pulls.pull("contacts")
    assert pulls.ids("contacts") == [1, 5, 2, 3, 4, 6]
    assert pulls.state("contacts")["cursor"] == {"_updated_since": f"{begun:%Y-%m-%dT%H:%M:%SZ}"}


def test_what_a_whole_list_lacks_is_gone_and_an_empty_one_wipes_nothing(pulls: Pulls) -> None:
    groups = [{"id": number, "name": f"Group {number}"} for number in (1, 2, 3)]
    for found in (groups, groups[1:], []):
        pulls.account.lists["groups"] = found
        pulls.pull("groups")
        pulls.later(days=1)
    assert pulls.files("groups") == [
        "20260602T000000000000Z_0001_whole.full.pages.jsonl.gz",
        "20260603T000000000000Z_0001_whole.full.pages.jsonl.gz",
    ]
    assert [one.rows_tombstoned for one in pulls.load()] == [0, 1]


@pytest.mark.parametrize(("nth", "instead"), [(2, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("entity", ["tickets", "agents"])
def test_an_earlier_page_in_place_of_the_next_loses_nothing(pulls: Pulls, entity: str, nth: int, instead: int) -> None:
    pulls.account.tickets = [ticket(number) for number in range(1, 8)]
    pulls.account.lists["agents"] = [{"id": number} for number in range(1, 8)]
    pulls.account.server.fail(nth, fault=Fault(repeats=instead))
    pulls.pull(entity)
    assert distinct(pulls, entity) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_records_of_a_pull_without_it(pulls: Pulls, tmp_path: Path, fault: str) -> None:
    fill(pulls.account)
    pulls.account.lists["agents"] = [freshdesk_company.AGENTS[0] | {"id": number} for number in (1, 2, 3)]
    calm = Pulls(tmp_path / "calm", source="freshdesk", account=pulls.account, environ=pulls.environ)
    for entity, nth in {"tickets": 2, "conversations": 3, "contacts": 2, "agents": 2}.items():
        calm.pull(entity)
        pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
        pulls.pull(entity)
        assert pulls.records(entity) == calm.records(entity)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_FRESHDESK_DOMAIN (the first part of your address: acme for acme.freshdesk.com) in the"),
        ({"DOMAIN": "acme"}, "set CX360_FRESHDESK_API_KEY (from Profile settings, View API key) in the environment or"),
        ({"DOMAIN": "help.acme.com"}, "CX360_FRESHDESK_DOMAIN is 'help.acme.com', but must be the first part of the"),
    ],
)
def test_a_missing_setting_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_FRESHDESK_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"freshdesk: {expected}")


def test_a_wrong_key(pulls: Pulls) -> None:
    pulls.environ["CX360_FRESHDESK_API_KEY"] = "wrong"
    assert pulls.sentence() == (
        "freshdesk: 127.0.0.1 does not accept the credentials (401: You have to be logged in to perform this action.): "
        "check CX360_FRESHDESK_API_KEY"
    )
    assert len(pulls.account.server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404, b"<html>"), "there is no account at 127.0.0.1 (404): check CX360_FRESHDESK_BASE_URL"),
        (
            Answer(403, refusal("account_suspended", "Your account has been suspended.")),
            "surveys is refused (403: Your account has been suspended.): the account is suspended; pull again when it "
            "is not",
        ),
        (
            Answer(403, refusal("require_feature", "The Surveys feature is not supported in your plan.")),
            "surveys is refused (403: The Surveys feature is not supported in your plan.): it needs the API key of an "
            "administrator, the plan with satisfaction surveys",
        ),
        (
            Answer(402, b""),
            "surveys is refused (402): it needs the API key of an administrator, the plan with satisfaction surveys",
        ),
        (
            Answer(429, {"message": "You have exceeded the limit of requests per hour"}, {"Retry-After": "1200"}),
            "the rate limit of 127.0.0.1 is used up (429): wait 1200 seconds and pull again, it begins anew",
        ),
        (
            Answer(200, {"message": "moved"}),
            "the answer for surveys has no list of records: check CX360_FRESHDESK_BASE_URL; if it is right, the vendor "
            "has changed its API",
        ),
    ],
)
def test_a_refusal_says_what_to_do(pulls: Pulls, answer: Answer, expected: str) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(answer))
    assert pulls.sentence("surveys") == f"freshdesk: {expected}"
    assert len(pulls.account.server.requests) == 1


def test_check_says_whose_key_it_is_and_whether_tickets_are_hidden_from_it(pulls: Pulls) -> None:
    assert check("freshdesk", pulls.environ) == (
        f"freshdesk: Ann (ann@acme.example), sees all tickets, at {pulls.account.base_url}"
    )
    of_group = {"id": 7, "ticket_scope": 2, "contact": {"name": "Ann", "email": "ann@acme.example"}}
    pulls.account.refused["agents/me"] = Answer(body=of_group)
    assert "DOES NOT SEE ALL TICKETS" in check("freshdesk", pulls.environ)


def test_the_readme_names_every_entity_and_variable() -> None:
    text = README.read_text(encoding="utf-8")
    assert [entity for entity in ENTITIES if f"| `{entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
