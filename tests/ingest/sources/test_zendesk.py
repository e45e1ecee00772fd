"""What is particular about Zendesk: each entity's paging, and how deletions and late changes arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources.zendesk import ENDPOINTS, VENDOR
from tests.ingest.sources.conftest import Pulls, event, ticket
from tests.ingest.sources.fake_server import Answer, Fault
from tests.ingest.sources.fake_zendesk import DAY

JUNE_1 = datetime(2026, 6, 1, tzinfo=UTC)


def organization(number: int, second: int) -> dict[str, object]:
    return {"id": number, "changed": DAY + second}


def rating(number: int, day: int, score: str = "offered") -> dict[str, object]:
    """A rating that was offered so many days after the first of June."""
    return {"id": number, "score": score, "changed": DAY + day * 86_400}


def test_a_deleted_ticket_arrives_as_deleted(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.pull()
    pulls.account.tickets = [ticket(1, 90_000, status="deleted")]
    pulls.later(days=1)
    pulls.pull()
    assert [line["body"]["tickets"][0]["status"] for line in pulls.lines()] == ["open", "deleted"]


def test_users_are_exported_by_cursor(pulls: Pulls) -> None:
    pulls.account.users = [{"id": number, "changed": DAY + number} for number in (1, 2, 3)]
    pulls.pull("users")
    assert pulls.ids("users") == [1, 2, 3]


def test_events_at_the_end_of_a_page_come_again_and_the_export_ends(pulls: Pulls) -> None:
    pulls.account.events = [event(1, 10), event(2, 20), event(3, 20), event(4, 30)]
    pulls.pull("ticket_events")
    # Two and all that share the second's instant: 1 2 3; from instant 20 on: 2 3; again from 20, so from 21 on: 4.
    assert pulls.ids("ticket_events") == [1, 2, 3, 2, 3, 4]
    asked = [int(request.params["start_time"]) for request in pulls.account.server.requests]
    assert asked == [0, DAY + 20, DAY + 21]


def test_an_instant_with_more_events_than_a_page_does_not_stop_the_export(pulls: Pulls) -> None:
    pulls.account.events = [event(number, 10) for number in (1, 2, 3, 4, 5)] + [event(6, 11), event(7, 12)]
    pulls.pull("ticket_events")
    assert set(pulls.ids("ticket_events")) == {1, 2, 3, 4, 5, 6, 7}
    assert len(pulls.account.server.requests) == 3


def test_an_export_that_never_says_its_end_is_left_where_nothing_moves_on(pulls: Pulls) -> None:
    same = Answer(body={"ticket_events": [event(1)], "end_time": DAY + 1, "next_page": "again"})
    pulls.account.server.fail(*range(1, 10), fault=Fault(same))
    pulls.pull("ticket_events")
    assert len(pulls.account.server.requests) == 2
    assert pulls.state("ticket_events")["cursor"] == {"start_time": DAY + 1}


def test_the_next_export_begins_at_the_instant_of_the_last_event(pulls: Pulls) -> None:
    pulls.account.events = [event(1), event(2)]
    pulls.pull("ticket_events")
    pulls.later(days=1)
    pulls.account.events.append(event(3, 2))  # late: at the same instant as 2
    pulls.pull("ticket_events")
    assert pulls.ids("ticket_events") == [1, 2, 2, 3]


def test_organizations_are_asked_for_five_minutes_back(pulls: Pulls) -> None:
    pulls.account.organizations = [organization(1, 0), organization(2, 600)]
    pulls.pull("organizations")
    pulls.later(days=1)
    pulls.account.organizations.append(organization(3, 400))  # became visible late, 200 seconds before the last
    pulls.pull("organizations")
    assert pulls.ids("organizations") == [1, 2, 3, 2]


def test_a_page_that_comes_twice_is_made_up_for_by_the_next_pull(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4, 5)]
    pulls.account.server.fail(2, fault=Fault(repeats=1))
    pulls.pull()
    assert pulls.ids() == [1, 2, 1, 2]
    pulls.later(hours=1)
    pulls.pull()
    assert pulls.ids() == [1, 2, 1, 2, 3, 4, 5]


def test_records_out_of_order_land_as_they_come(pulls: Pulls) -> None:
    page = {"tickets": [ticket(2), ticket(1), ticket(2)], "after_cursor": "c", "end_of_stream": True}
    pulls.account.server.fail(1, fault=Fault(Answer(body=page)))
    pulls.pull()
    assert pulls.ids() == [2, 1, 2]


def test_a_list_is_one_file_that_says_that_it_is_complete(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.groups = [{"id": number} for number in (1, 2, 3, 4, 5)]
    result = pulls.pull("groups")
    assert (result.pages, len(result.files)) == (3, 1)
    assert pulls.ids("groups") == [1, 2, 3, 4, 5]
    assert pulls.files("groups") == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]


@pytest.mark.parametrize(("nth", "instead"), [(2, 1), (3, 1), (3, 2)])
def test_an_earlier_page_in_place_of_the_next_does_not_end_a_list(pulls: Pulls, nth: int, instead: int) -> None:
    pulls.account.groups = [{"id": number} for number in range(1, 8)]
    pulls.account.server.fail(nth, fault=Fault(repeats=instead))
    pulls.pull("groups")
    assert pulls.ids("groups") == [1, 2, 3, 4, 5, 6, 7]


def test_a_list_that_is_cut_lands_nothing_and_comes_whole_the_next_time(pulls: Pulls) -> None:
    pulls.account.groups = [{"id": number} for number in (1, 2, 3)]
    pulls.account.server.fail(2, fault=Fault(Answer(400, {"error": "no"})))
    with pytest.raises(ValueError, match="400"):
        pulls.pull("groups")
    assert pulls.files("groups") == []
    assert pulls.state("groups") is None
    pulls.pull("groups")
    assert pulls.ids("groups") == [1, 2, 3]


def test_an_empty_list_lands_nothing(pulls: Pulls) -> None:
    pulls.account.groups = [{"id": 1}]
    pulls.pull("groups")
    pulls.account.groups = []
    pulls.later(days=1)
    assert pulls.pull("groups").files == ()
    assert pulls.ids("groups") == [1]


def test_a_list_knows_no_windows(pulls: Pulls) -> None:
    pulls.account.groups = [{"id": 1}]
    pulls.pull("groups", since=JUNE_1, until=JUNE_1 + timedelta(days=1))
    assert pulls.ids("groups") == [1]
    assert pulls.state("groups") is None


def test_ratings_are_asked_for_a_month_back_because_answers_come_late(pulls: Pulls) -> None:
    pulls.account.now = DAY + 40 * 86_400
    pulls.account.ratings = [rating(1, 5), rating(2, 15), rating(3, 39)]
    pulls.pull("satisfaction_ratings")
    pulls.account.ratings[1] = rating(2, 15, "good")
    pulls.later(days=1)
    pulls.pull("satisfaction_ratings")
    # The first pull was on day 40, so the second begins on day 10.
    assert pulls.ids("satisfaction_ratings") == [1, 2, 3, 2, 3]
    assert pulls.lines("satisfaction_ratings")[2]["body"]["satisfaction_ratings"][0]["score"] == "good"


def test_ratings_that_are_cut_go_on_and_the_next_pull_begins_where_the_first_began(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_START"] = "2026-06-01"
    pulls.account.ratings = [rating(1, 0), rating(2, 0), rating(3, 0)]
    pulls.account.server.fail(2, fault=Fault(Answer(400, {"error": "no"})))
    with pytest.raises(ValueError, match="400"):
        pulls.pull("satisfaction_ratings")
    begun = pulls.now
    pulls.later(days=3)
    pulls.pull("satisfaction_ratings")
    assert pulls.ids("satisfaction_ratings") == [1, 2, 3]
    asked = [(one.params["start_time"], one.params.get("page[after]")) for one in pulls.account.server.requests]
    assert asked == [(str(DAY), None), (str(DAY), "2"), (str(DAY), "2")]
    assert pulls.state("satisfaction_ratings")["cursor"] == {"start_time": int(begun.timestamp())}


def test_the_end_of_a_window_of_ratings_is_the_vendors_business(pulls: Pulls) -> None:
    pulls.account.now = DAY + 10 * 86_400
    pulls.account.ratings = [rating(1, 1), rating(2, 2), rating(3, 3)]
    pulls.pull("satisfaction_ratings", since=JUNE_1 + timedelta(days=2), until=JUNE_1 + timedelta(days=3))
    assert pulls.ids("satisfaction_ratings") == [2]


def test_policies_are_followed_from_page_to_page(pulls: Pulls) -> None:
    pulls.account.policies = [{"id": number} for number in (1, 2, 3)]
    pulls.pull("sla_policies")
    assert pulls.ids("sla_policies") == [1, 2, 3]


def test_schedules_and_the_holidays_of_each(pulls: Pulls) -> None:
    pulls.account.schedules = [{"id": 11}, {"id": 12}, {"id": 13}]
    pulls.account.holidays = {11: [{"id": 1, "name": "New Year"}], 13: [{"id": 2}, {"id": 3}]}
    pulls.pull("schedules")
    result = pulls.pull("holidays")
    assert pulls.ids("schedules") == [11, 12, 13]
    # Three answers, of which that for 12 is empty.
    assert (result.pages, result.records) == (3, 3)
    by_schedule = {line["request"]["url"].split("/")[-2]: line["body"]["holidays"] for line in pulls.lines("holidays")}
    assert by_schedule == {"11": [{"id": 1, "name": "New Year"}], "13": [{"id": 2}, {"id": 3}]}
    assert pulls.files("holidays") == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]


def test_smaller_pages_can_be_asked_for(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_PAGE_SIZE"] = "250"
    pulls.pull("tickets")
    pulls.pull("groups")
    tickets, groups = (request.params for request in pulls.account.server.requests)
    assert tickets["per_page"] == "250"
    assert groups["page[size]"] == "100"  # the vendor's most


def test_the_readme_names_every_entity_and_variable() -> None:
    text = (Path(__file__).parents[3] / "ingest" / "sources" / "zendesk" / "README.md").read_text(encoding="utf-8")
    assert [entity.entity for entity in ENDPOINTS if f"| `{entity.entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
