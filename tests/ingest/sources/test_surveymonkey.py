"""What is particular about SurveyMonkey: numbered pages that move, lists of lists, limits said in headers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources import transport
from ingest.sources.pull import PullResult, check
from ingest.sources.settings import Settings
from ingest.sources.surveymonkey import ENDPOINTS, VENDOR
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_server import PASSING_FAULTS, Fault
from tests.ingest.sources.fake_surveymonkey import (
    ACCESS_TOKEN,
    DAY,
    FakeSurveyMonkey,
    refusal,
    response,
    survey,
)

ALWAYS = range(1, 30)


@pytest.fixture
def pulls(tmp_path: Path) -> Iterator[Pulls]:
    """An account with three surveys, three responses to the one and two to the other."""
    fake = FakeSurveyMonkey()
    fake.surveys = [survey(301), survey(302), survey(303)]
    fake.collectors = {"301": [{"id": "41", "type": "weblink"}], "302": [{"id": "42", "type": "email"}]}
    fake.contacts = {"active": [{"id": str(number)} for number in (1, 2, 3)], "optout": [{"id": "4"}]}
    fake.responses = {
        "301": [response(1, 301, 0.1), response(2, 301, 0.2), response(3, 301, 0.3)],
        "302": [response(4, 302, 0.4), response(5, 302, 0.5)],
    }
    environ = {"CX360_SURVEYMONKEY_BASE_URL": fake.base_url, "CX360_SURVEYMONKEY_ACCESS_TOKEN": ACCESS_TOKEN}
    with fake.server.running():
        yield Pulls(tmp_path, source="surveymonkey", account=fake, environ=environ, entity="responses")


def came(pulls: Pulls) -> list[int]:
    """Numbers of the landed responses, each once, in the order in which they came first."""
    return list(dict.fromkeys(int(name) - 9000 for name in pulls.ids()))


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    assert {entity.entity: pulls.pull(entity.entity).records for entity in ENDPOINTS} == {
        "surveys": 3,
        "survey_details": 3,
        "collectors": 2,
        "contacts": 4,
        # The second one ends a page and begins the next.
        "responses": 6,
    }
    for entity in ("surveys", "survey_details", "collectors", "contacts"):
        assert pulls.files(entity) == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]
    assert pulls.loaded("select id, survey_id from raw.surveymonkey__collectors order by 1") == [
        ("41", "301"),
        ("42", "302"),
    ]
    assert pulls.query("select id, pages, updated_at::varchar from raw.surveymonkey__survey_details order by 1")[0] == (
        "301",
        '[{"id":"1","questions":[]}]',
        "2026-02-22 00:00:00+00",
    )
    assert pulls.query("select distinct id, survey_id from raw.surveymonkey__responses order by 1") == [
        ("9001", "301"),
        ("9002", "301"),
        ("9003", "301"),
        ("9004", "302"),
        ("9005", "302"),
    ]


def test_a_page_is_asked_for_by_the_last_change_of_the_one_before(pulls: Pulls) -> None:
    pulls.pull()
    assert pulls.account.asked() == [
        ("301", "", "1"),
        ("301", "2026-06-01T04:47:59", "1"),
        ("302", "", "1"),
        ("303", "", "1"),
    ]


def test_a_response_that_changes_while_it_is_pulled_takes_no_other_with_it(pulls: Pulls) -> None:
    def change(result: PullResult) -> None:
        if result.pages == 1:  # the first goes to the end, and all others move up by one
            pulls.account.responses["301"][0] = response(1, 301, 0.9)

    pulls.pull(on_page=change)
    assert came(pulls) == [1, 2, 3, 4, 5]


def test_responses_that_changed_in_one_second_come_by_the_number_of_the_page(pulls: Pulls) -> None:
    pulls.account.responses = {"301": [response(number, 301, 0.5) for number in range(1, 6)] + [response(6, 301, 0.6)]}
    pulls.pull()
    assert came(pulls) == [1, 2, 3, 4, 5, 6]
    pulls.later(hours=1)
    pulls.account.responses["301"] = [response(number, 301, 1.01) for number in range(7, 12)]
    pulls.pull()
    assert came(pulls) == list(range(1, 12))


def test_a_daily_pull_brings_what_changed_since_the_last(pulls: Pulls) -> None:
    pulls.pull()
    pulls.later(days=1)
    pulls.account.responses["302"][0] = response(4, 302, 1.5, response_status="partial")
    pulls.account.responses["301"].append(response(6, 301, 0.97))  # three quarters of an hour before the last pull
    result = pulls.pull()
    assert [line["received_at"][:10] for line in pulls.lines()].count("2026-06-03") == 2
    assert pulls.ids()[-2:] == ["9006", "9004"]
    assert result.since == datetime(2026, 6, 2, tzinfo=UTC)
    assert pulls.account.asked()[-1] == ("303", "2026-06-01T23:00:00", "1")
    assert pulls.state()["cursor"] == {"start_modified_at": DAY + 2 * 86_400}


def test_a_window_is_pulled_again_without_touching_the_state(pulls: Pulls) -> None:
    pulls.pull()
    before = pulls.state()
    pulls.later(hours=1)
    start = datetime.fromtimestamp(DAY, UTC)
    pulls.pull(since=start + timedelta(hours=4), until=start + timedelta(hours=10))
    assert pulls.ids()[6:] == ["9002", "9003", "9004"]
    assert pulls.state() == before


def test_a_first_pull_can_begin_later(pulls: Pulls) -> None:
    pulls.environ["CX360_SURVEYMONKEY_START"] = "2026-06-01T05:00:00"
    pulls.pull()
    assert came(pulls) == [3, 4, 5]


@pytest.mark.parametrize("nth", [1, 3, 4])
@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_responses_of_a_pull_without_it(pulls: Pulls, fault: str, nth: int) -> None:
    # Two pages of surveys, two of the first survey's responses.
    pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
    pulls.pull()
    assert came(pulls) == [1, 2, 3, 4, 5]


def test_a_cut_pull_goes_on_with_the_survey_and_the_change_it_came_to(pulls: Pulls) -> None:
    pulls.account.server.fail(*range(4, 8), fault=PASSING_FAULTS["500"])
    assert "failed to answer for responses 4 times" in pulls.sentence()
    assert came(pulls) == [1, 2]
    assert pulls.state()["cursor"] == {"start_modified_at": 0, "survey": "301", "from": DAY + 17_279}
    pulls.later(hours=1)
    pulls.pull()
    assert came(pulls) == [1, 2, 3, 4, 5]
    assert pulls.account.asked()[5] == ("301", "2026-06-01T04:47:59", "1")
    # The next pull begins where the first ended, which is before what came while the second was under way.
    assert pulls.state()["cursor"] == {"start_modified_at": DAY + 86_400}


def test_a_list_that_shrinks_while_it_is_read_is_read_again(pulls: Pulls) -> None:
    pulls.account.surveys += [survey(304), survey(305)]

    def remove(result: PullResult) -> None:
        if result.pages == 1:  # 305 and 304 came; without the first, 303 would be over the edge of the second page
            pulls.account.surveys = [one for one in pulls.account.surveys if one["id"] != "305"]

    pulls.pull("surveys", on_page=remove)
    assert pulls.ids("surveys") == ["305", "304", "302", "301", "304", "303", "302", "301"]


@pytest.mark.parametrize("entity", ["survey_details", "collectors", "responses"])
def test_a_survey_that_is_gone_does_not_end_the_pull_of_the_others(pulls: Pulls, entity: str) -> None:
    last = {"survey_details": "details", "collectors": "collectors", "responses": "responses/bulk"}[entity]
    pulls.account.refused[f"surveys/301/{last}"] = refusal(1020)
    result = pulls.pull(entity)
    assert result.passed_over == (f"surveymonkey: {entity} of 301 is left out: it is gone",)
    # What is gone is deleted: the list is complete without it.
    assert all(".full." in name for name in pulls.files(entity)) is (entity != "responses")


@pytest.mark.parametrize(("number", "words"), [(1016, "is refused (403"), (1030, "is refused (413")])
def test_a_survey_that_cannot_be_read_is_not_taken_as_deleted(pulls: Pulls, number: int, words: str) -> None:
    pulls.account.refused["surveys/302/details"] = refusal(number)
    [said] = pulls.pull("survey_details").passed_over
    assert said.startswith("surveymonkey: survey_details of 302 is left out: ")
    assert words in said
    assert pulls.files("survey_details") == ["20260602T000000000000Z_0001_whole.pages.jsonl.gz"]


def test_a_wrong_token(pulls: Pulls) -> None:
    pulls.environ["CX360_SURVEYMONKEY_ACCESS_TOKEN"] = "wrong-secret"
    assert pulls.sentence() == (
        "surveymonkey: the access token is expired, revoked or wrong (401: The authorization token provided was "
        "invalid.): make a new one and set CX360_SURVEYMONKEY_ACCESS_TOKEN"
    )


def test_a_token_of_another_data_center(pulls: Pulls) -> None:
    pulls.account.refused["surveys"] = refusal(1018)
    assert pulls.sentence() == (
        "surveymonkey: there is no account at 127.0.0.1 (403: The user does not have permission to access the host in "
        "this region. See Access URL.): check CX360_SURVEYMONKEY_BASE_URL"
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1014, "Permission has not been granted by the user to make this request."),
        (1015, "The user does not have the required plan to make this request."),
    ],
)
def test_a_missing_scope_or_plan_is_named(pulls: Pulls, number: int, said: str) -> None:
    pulls.account.refused |= {f"surveys/{one}/responses/bulk": refusal(number) for one in (301, 302, 303)}
    assert pulls.sentence() == (
        f"surveymonkey: responses is refused (403: {said}): it needs the OAuth scope responses_read_detail where a "
        "token is used, the plan a paid one"
    )


def test_the_requests_of_the_day_are_used_up(pulls: Pulls) -> None:
    used_up = refusal(1040, X_Ratelimit_App_Global_Day_Remaining="0", X_Ratelimit_App_Global_Minute_Reset="7")
    pulls.account.server.fail(*range(4, 40), fault=Fault(used_up))
    assert pulls.sentence() == (
        "surveymonkey: the daily limit of 127.0.0.1 is used up (429: Too many requests were made, try again later.): "
        "pull again tomorrow"
    )
    assert len(pulls.account.server.requests) == 4
    assert came(pulls) == [1, 2]


def test_the_header_of_the_minute_says_how_long_to_wait(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_LONGEST_WAIT_SECONDS"] = "30"
    headers = {"X_Ratelimit_App_Global_Day_Remaining": "300", "X_Ratelimit_App_Global_Minute_Reset": "45"}
    pulls.account.server.fail(*ALWAYS, fault=Fault(refusal(1040, **headers)))
    assert pulls.sentence() == (
        "surveymonkey: the rate limit of 127.0.0.1 is used up (429): wait 45 seconds and pull again, it continues "
        "where this pull ended"
    )
    named = transport.naming_the_wait("X-Reset")
    own = Fault(refusal(1040, X_Reset="45", Retry_After="3")).answer
    assert own is not None
    assert named(_answered(429, own.headers)).headers["Retry-After"] == "3"
    assert "Retry-After" not in named(_answered(200, {"X-Reset": "45"})).headers


def _answered(status: int, headers: dict[str, str]) -> transport.Response:
    answer = transport.Response()
    answer.status_code = status
    answer.headers.update(headers)
    return answer


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_SURVEYMONKEY_ACCESS_TOKEN (the access token of your app, from My Apps, Settings)"),
        ({"DATACENTER": "mars"}, "CX360_SURVEYMONKEY_DATACENTER is 'mars', but must be one of us, eu, ca"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_SURVEYMONKEY_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"surveymonkey: {expected}")


@pytest.mark.parametrize(
    ("center", "address"),
    [
        ("", "https://api.surveymonkey.com/v3"),
        ("EU", "https://api.eu.surveymonkey.com/v3"),
        ("ca", "https://api.surveymonkey.ca/v3"),
    ],
)
def test_a_data_center_has_an_address(center: str, address: str) -> None:
    assert VENDOR.base_url(Settings("surveymonkey", {"CX360_SURVEYMONKEY_DATACENTER": center})) == address


def test_check_says_who_one_is(pulls: Pulls) -> None:
    assert check("surveymonkey", pulls.environ) == (
        f"surveymonkey: Ann Ash (ann@acme.example), plan enterprise at {pulls.account.base_url}"
    )


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    pulls.pull()
    assert not any(b"secret" in content for content in pulls.contents())


def test_the_readme_names_every_entity_and_variable() -> None:
    text = (Path(__file__).parents[3] / "ingest" / "sources" / "surveymonkey" / "README.md").read_text(encoding="utf-8")
    assert [entity.entity for entity in ENDPOINTS if f"| `{entity.entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
