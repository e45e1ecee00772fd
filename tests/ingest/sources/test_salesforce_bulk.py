"""What a pull of Salesforce lands that goes by jobs of the Bulk API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.sources.pull import PullResult
from ingest.sources.salesforce import bulk
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_salesforce import NOW, refusal
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.ingest.sources.test_salesforce import account, kind, numbers, pulls, queue  # noqa: F401
from tests.warehouse import salesforce_company

BEGINNING = NOW - 86_400
#: All that the loader knows of a row besides what the vendor said.
OF_THE_LOADER = "_source_system, _load_id, _load_sequence, _loaded_at, _file, _row_number"
#: The token, the fields, the job, a look at it.
BEFORE_SETS = 4


@pytest.fixture
def jobs(pulls: Pulls) -> Pulls:  # noqa: F811
    """Pulls by jobs alone, of seven queues whose order of changes is not that of their identifiers."""
    pulls.environ["CX360_SALESFORCE_BULK_FROM"] = "0"
    pulls.account.records["Group"] = [queue(number, 10 - number) for number in range(1, 8)]
    pulls.account.looks = 1
    return pulls


def cursor(pulls: Pulls) -> Any:  # noqa: F811
    state = pulls.state()
    assert state is not None
    return state["cursor"]


def test_a_record_gives_the_same_row_by_a_job_as_by_a_query(jobs: Pulls) -> None:
    text = 'Ł, "quoted"\n\n second line;  '
    of_every_type = {"Text__c": text, "Flag__c": True, "Rate__c": 1.50, "Count__c": 3}
    of_every_type |= {
        "Seen__c": "2026-03-31",
        "Met__c": "2026-03-02T10:00:00.123+0000",
        "Empty__c": None,
        "Zip__c": "007",
    }
    jobs.environ["CX360_SALESFORCE_FIELDS"] = ",".join(f"Case.{name}" for name in of_every_type)
    jobs.environ |= {
        name.replace("SALESFORCE_", "SALESFORCE_EU_"): value
        for name, value in jobs.environ.items()
        if not name.endswith("BULK_FROM")
    }
    entities = ["accounts", "cases", "case_history", "case_statuses"]
    jobs.account.records = {kind(entity): salesforce_company.RECORDS[entity] for entity in entities}
    jobs.account.records["Case"] = [one | of_every_type for one in jobs.account.records["Case"]]
    jobs.account.fields["Case"] += list(of_every_type)
    for entity in entities:
        jobs.pull(entity)
        jobs.pull(entity, "salesforce_eu")
    # The Bulk API does not have CaseStatus.
    assert len(jobs.account.job_queries()) == len(entities) - 1
    jobs.load()
    for entity in entities:
        by_query, by_job = (
            jobs.query(
                f"select * exclude ({OF_THE_LOADER}) from raw.salesforce__{entity} "
                f"where _source_system = '{source}' order by id"
            )
            for source in ("salesforce_eu", "salesforce")
        )
        assert by_job == by_query
        assert len(by_job) == len(salesforce_company.RECORDS[entity])


@pytest.mark.parametrize(("least", "begun"), [("8", 0), ("7", 1), ("", 0)])
def test_a_job_is_begun_for_as_many_records_as_the_setting_says(jobs: Pulls, least: str, begun: int) -> None:
    jobs.environ["CX360_SALESFORCE_BULK_FROM"] = least
    jobs.pull()
    assert len(jobs.account.job_queries()) == begun
    assert sorted(numbers(jobs)) == [1, 2, 3, 4, 5, 6, 7]
    assert cursor(jobs) == {"since": BEGINNING + 9 * 60}


def test_a_job_for_a_window_leaves_the_state_alone(jobs: Pulls) -> None:
    since, until = datetime(2026, 6, 1, 0, 4, tzinfo=UTC), datetime(2026, 6, 1, 0, 6, tzinfo=UTC)
    jobs.pull(since=since, until=until)
    assert jobs.account.job_queries()[0].endswith(
        "WHERE Type = 'Queue' AND SystemModstamp >= 2026-06-01T00:04:00Z AND SystemModstamp < 2026-06-01T00:06:00Z"
    )
    assert numbers(jobs) == [5, 6]
    assert jobs.state() is None


def test_fields_that_no_job_returns_are_pulled_by_a_query(jobs: Pulls) -> None:
    jobs.environ["CX360_SALESFORCE_FIELDS"] = "Group.Address__c"
    jobs.account.fields["Group"] += ["Address__c"]
    jobs.account.types["Address__c"] = "address"
    jobs.account.records["Group"] = [queue(1, Address__c={"city": "Łódź"})]
    jobs.pull()
    assert jobs.account.job_queries() == []
    assert [one["Address__c"] for one in jobs.records()] == [{"city": "Łódź"}]


def test_a_pull_that_is_cut_goes_on_with_the_same_job(jobs: Pulls) -> None:
    # After the second of four sets.
    jobs.account.server.fail(*(BEFORE_SETS + number for number in range(3, 7)), fault=Fault(closes=True))
    assert "cannot be reached (4 attempts)" in jobs.sentence()
    assert numbers(jobs) == [1, 2, 3, 4]
    job = "750R0000000zh0"
    assert cursor(jobs) == {"since": 0, "job": job, "locator": "MTAw4", "reached": BEGINNING + 9 * 60}
    jobs.pull()
    assert numbers(jobs) == [1, 2, 3, 4, 5, 6, 7]
    assert len(jobs.account.jobs) == 1
    assert cursor(jobs) == {"since": BEGINNING + 9 * 60}


def test_a_set_that_is_cut_into_pages_is_asked_for_again_as_a_whole(
    jobs: Pulls, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = bulk.in_pages
    monkeypatch.setattr(bulk, "in_pages", lambda elements: pages(elements, 1))
    jobs.account.page_size = 4

    def stop(result: PullResult) -> None:
        if result.records == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.pull(on_page=stop)
    jobs.pull()
    assert numbers(jobs) == [1, 2, 3, 4, 5, 5, 6, 7]


def test_a_job_that_is_not_done_is_awaited_by_the_next_pull(jobs: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LOOKS", 3)
    jobs.account.looks = 5
    assert jobs.sentence() == (
        "salesforce: the job 750R0000000zh0 for groups does not end: pull again later, it continues there"
    )
    jobs.pull()
    assert len(jobs.account.jobs) == 1
    assert len(numbers(jobs)) == 7


@pytest.mark.parametrize("end", ["failed", "gone"])
def test_a_job_that_failed_or_is_gone_is_begun_anew(jobs: Pulls, end: str) -> None:
    if end == "failed":
        jobs.account.failure = "Query timed out\nafter 15 tries"
        assert jobs.sentence() == (
            "salesforce: the job 750R0000000zh0 for groups failed at Salesforce (Query timed out after 15 tries): pull "
            "again, which begins another; if that fails as well, set CX360_SALESFORCE_BULK_FROM to more records than "
            "there are, so that it is pulled without a job"
        )
        jobs.account.failure = ""
    else:
        jobs.account.server.fail(*(BEFORE_SETS + number for number in range(2, 6)), fault=Fault(closes=True))
        jobs.sentence()
        jobs.account.jobs["750R0000000zh9"] = jobs.account.jobs.pop("750R0000000zh0")
    jobs.pull()
    assert len(jobs.account.job_queries()) == 2
    assert set(numbers(jobs)) == {1, 2, 3, 4, 5, 6, 7}
    assert cursor(jobs) == {"since": BEGINNING + 9 * 60}


def test_changes_after_the_beginning_of_the_job_are_no_place_to_go_on_at(jobs: Pulls) -> None:
    jobs.account.records["Group"].append(queue(8, 24 * 60 + 5))
    jobs.pull()
    assert len(numbers(jobs)) == 8
    assert cursor(jobs) == {"since": BEGINNING + 9 * 60}


def test_a_job_that_finds_nothing_ends_the_pull(jobs: Pulls) -> None:
    jobs.account.records = {}
    assert jobs.pull().files == ()
    assert cursor(jobs) == {"since": 0}


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_records_of_a_pull_without_it(jobs: Pulls, fault: str) -> None:
    # The job, a look at it, and a set.
    jobs.account.server.fail(3, 5, 7, fault=PASSING_FAULTS[fault])
    jobs.pull()
    assert numbers(jobs) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        (
            "INVALIDENTITY",
            "Entity 'Group' is not supported by the Bulk API.",
            "the Bulk API does not have the object: set CX360_SALESFORCE_BULK_FROM to more records than there are",
        ),
        (
            "LIMIT_EXCEEDED",
            "Max bulk v2 query jobs (10000) per 24 hrs has been reached",
            "what the Bulk API allows in 24 hours is used up: pull again tomorrow, or set CX360_SALESFORCE_BULK_FROM "
            "to more records than there are",
        ),
    ],
)
def test_a_job_that_is_refused(jobs: Pulls, code: str, message: str, advice: str) -> None:
    jobs.account.server.fail(3, fault=Fault(refusal(400, code, message)))
    assert jobs.sentence() == f"salesforce: groups is refused (400: {message}): {advice}"


def test_an_answer_that_is_no_job_is_named(jobs: Pulls) -> None:
    jobs.account.server.fail(3, fault=Fault(Answer(200, {"status": "ok"})))
    assert jobs.sentence().startswith(
        "salesforce: what is said of the job for groups is no job of the Bulk API: check the address http://127.0.0.1:"
    )


def test_a_setting_that_is_no_number_is_named(jobs: Pulls) -> None:
    jobs.environ["CX360_SALESFORCE_BULK_FROM"] = "many"
    assert jobs.sentence() == "salesforce: CX360_SALESFORCE_BULK_FROM is 'many', which is no number"
