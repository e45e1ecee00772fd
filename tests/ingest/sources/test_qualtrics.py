"""What is particular about Qualtrics: lists of lists, export jobs, and what becomes of them in the lake."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources.pull import check
from ingest.sources.qualtrics import ENDPOINTS, VENDOR, exports
from ingest.sources.vendor import chosen_entities
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_qualtrics import (
    API_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    DAY,
    DIRECTORY,
    FakeQualtrics,
    instant,
    refusal,
    response,
    survey,
)
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault

JUNE_1 = datetime.fromtimestamp(DAY, UTC)


def response_ids(pulls: Pulls) -> list[str]:
    """Ids of the landed responses, in the order in which they came."""
    return [record["responseId"] for line in pulls.lines() for record in line["body"]["responses"]]


@pytest.fixture
def pulls(tmp_path: Path) -> Iterator[Pulls]:
    """An account with two surveys, three responses to the one and two to the other."""
    fake = FakeQualtrics()
    fake.surveys = [survey(2), survey(1), survey(3)]
    fake.definitions = {
        one["id"]: {"SurveyID": one["id"], "SurveyName": one["name"], "Questions": {}} for one in fake.surveys
    }
    fake.distributions = {
        "SV_1": [{"id": f"EMD_{number}", "requestType": "Invite"} for number in (1, 2, 3)],
        "SV_3": [{"id": "EMD_4", "requestType": "Invite"}],
    }
    fake.history = {
        f"EMD_{number}": [
            {"distributionId": f"EMD_{number}", "contactId": f"CID_{contact}", "status": "Success"}
            for contact in (1, 2, 3)
        ]
        for number in (1, 2, 3, 4)
    }
    fake.contacts = [{"contactId": f"CID_{number}", "unsubscribed": False} for number in (1, 2, 3)]
    fake.responses = {
        "SV_1": [response(1, 0.1), response(2, 0.2, QID2_TEXT="Ł\n2"), response(3, 0.3)],
        "SV_2": [response(4, 0.4), response(5, 0.5)],
    }
    environ = {
        "CX360_QUALTRICS_BASE_URL": fake.base_url,
        "CX360_QUALTRICS_API_TOKEN": API_TOKEN,
    }
    with fake.server.running():
        yield Pulls(tmp_path, source="qualtrics", account=fake, environ=environ, entity="responses")


ANSWERS = "select response_id, survey_id, recorded_at::varchar, _extra from raw.qualtrics__responses order by 1"


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    pulls.environ["CX360_QUALTRICS_DIRECTORY_ID"] = DIRECTORY
    entities = chosen_entities("qualtrics", pulls.environ)
    assert entities == [endpoint.entity for endpoint in ENDPOINTS]
    records = {entity: pulls.pull(entity).records for entity in entities}
    assert records == {
        "surveys": 3,
        "survey_definitions": 3,
        "distributions": 4,
        "distribution_history": 12,
        "contacts": 3,
        "responses": 5,
    }
    assert pulls.ids("distributions") == ["EMD_1", "EMD_2", "EMD_3", "EMD_4"]
    assert pulls.ids("contacts", name="contactId") == ["CID_1", "CID_2", "CID_3"]
    for entity in ("surveys", "survey_definitions", "distributions", "distribution_history", "contacts"):
        assert pulls.files(entity) == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]
    found = {entity: pulls.loaded(f"select count(*) from raw.qualtrics__{entity}") for entity in entities}
    assert found == {entity: [(count,)] for entity, count in records.items()}


def test_each_response_has_the_id_of_its_survey(pulls: Pulls) -> None:
    pulls.pull()
    assert pulls.loaded(ANSWERS) == [
        ("R_1", "SV_1", "2026-06-01 02:24:00+00", '{"_recordid":"R_1","qid1":"9"}'),
        ("R_2", "SV_1", "2026-06-01 04:48:00+00", '{"_recordid":"R_2","qid1":"9","qid2_text":"Ł\\n2"}'),
        ("R_3", "SV_1", "2026-06-01 07:12:00+00", '{"_recordid":"R_3","qid1":"9"}'),
        ("R_4", "SV_2", "2026-06-01 09:36:00+00", '{"_recordid":"R_4","qid1":"9"}'),
        ("R_5", "SV_2", "2026-06-01 12:00:00+00", '{"_recordid":"R_5","qid1":"9"}'),
    ]


def test_a_field_of_the_surveys_own_does_not_say_the_survey(pulls: Pulls) -> None:
    pulls.account.responses = {"SV_1": [response(1, 0.1, survey_id="mine"), response(2, 0.1, surveyId="mine")]}
    pulls.pull()
    assert pulls.loaded("select survey_id from raw.qualtrics__responses") == [("SV_1",), ("SV_1",)]


def test_a_daily_pull_brings_what_is_new_and_what_changed_late(pulls: Pulls) -> None:
    pulls.account.surveys = [survey(1, -30)]
    pulls.account.responses = {"SV_1": [response(1, -20), response(2, 0.9)]}
    pulls.pull()
    pulls.later(days=1)
    # The first was changed weeks after it was recorded, the third became visible after the pull of its day.
    pulls.account.responses["SV_1"][0] = response(1, -20, changed=1.5, QID1=3)
    pulls.account.responses["SV_1"] += [response(3, 0.8), response(4, 1.6)]
    result = pulls.pull()
    assert response_ids(pulls) == ["R_1", "R_2", "R_1", "R_2", "R_3", "R_4"]
    assert result.since == JUNE_1 + timedelta(days=1)
    assert pulls.account.windows() == [("SV_1", "", instant(1)), ("SV_1", instant(0), instant(2))]
    assert pulls.state()["cursor"] == {"startDate": DAY + 2 * 86_400}
    latest = "select response_id, json_extract_string(_extra, '$.qid1'), updated_at::varchar"
    # The lake keeps every version that differs.
    assert pulls.loaded(f"{latest} from raw.qualtrics__responses where response_id = 'R_1' order by 3") == [
        ("R_1", "9", "2026-05-12 00:00:00+00"),
        ("R_1", "3", "2026-06-02 12:00:00+00"),
    ]


def test_a_first_pull_goes_through_the_life_of_a_survey_in_windows(pulls: Pulls) -> None:
    pulls.account.surveys = [survey(1, -200)]
    pulls.account.responses = {"SV_1": [response(1, -300), response(2, -150), response(3, -50)]}
    pulls.pull()
    # Imported responses may be older than the survey; the first window takes them.
    assert pulls.account.windows() == [
        ("SV_1", "", instant(-110)),
        ("SV_1", instant(-110), instant(-20)),
        ("SV_1", instant(-20), instant(1)),
    ]
    assert response_ids(pulls) == ["R_1", "R_2", "R_3"]


def test_a_first_pull_can_begin_later(pulls: Pulls) -> None:
    pulls.environ["CX360_QUALTRICS_START"] = "2026-06-01T05:00:00"
    pulls.pull()
    assert response_ids(pulls) == ["R_3", "R_4", "R_5"]


def test_a_window_is_pulled_again_without_touching_the_state(pulls: Pulls) -> None:
    pulls.pull()
    before = pulls.state()
    pulls.later(hours=1)
    pulls.pull(since=JUNE_1 + timedelta(hours=4), until=JUNE_1 + timedelta(hours=10))
    assert response_ids(pulls)[5:] == ["R_2", "R_3", "R_4"]
    assert pulls.state() == before


@pytest.mark.parametrize("nth", [1, 3, 4, 7])
@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_responses_of_a_pull_without_it(pulls: Pulls, fault: str, nth: int) -> None:
    # Two pages of surveys, a start, three looks, a file: one of each.
    pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
    pulls.pull()
    assert response_ids(pulls) == ["R_1", "R_2", "R_3", "R_4", "R_5"]


def test_faults_and_all_the_lake_has_the_same_rows(pulls: Pulls) -> None:
    for nth, fault in enumerate(PASSING_FAULTS.values(), start=1):
        pulls.account.server.fail(2 * nth, fault=fault)
    pulls.pull()
    assert [(row[0], row[1]) for row in pulls.loaded(ANSWERS)] == [
        ("R_1", "SV_1"),
        ("R_2", "SV_1"),
        ("R_3", "SV_1"),
        ("R_4", "SV_2"),
        ("R_5", "SV_2"),
    ]


def test_a_zip_file_that_ends_early_is_fetched_again(pulls: Pulls) -> None:
    whole = pulls.account._zip([response(1, 0.1)])
    pulls.account.server.fail(7, 8, fault=Fault(Answer(200, whole[: len(whole) // 2])))
    pulls.pull()
    assert response_ids(pulls)[:3] == ["R_1", "R_2", "R_3"]


def test_a_file_that_is_never_whole_ends_the_pull(pulls: Pulls) -> None:
    pulls.account.server.fail(*range(7, 60), fault=Fault(Answer(200, b"PK")))
    assert pulls.sentence() == (
        "qualtrics: 127.0.0.1 broke off its answer for responses 4 times: pull again later, it continues where this "
        "pull ended"
    )


def test_a_cut_pull_goes_on_with_the_survey_and_window_it_came_to(pulls: Pulls) -> None:
    pulls.account.surveys = [survey(1, -100), survey(2)]
    pulls.account.responses["SV_1"] = [response(1, -99), response(2, 0.2)]
    # Surveys, then a start, three looks and a file for each window; the second window's start fails.
    pulls.account.server.fail(*range(7, 12), fault=Fault(Answer(500, {})))
    assert "failed to answer for responses 4 times" in pulls.sentence()
    assert response_ids(pulls) == ["R_1"]
    assert pulls.state()["cursor"] == {"startDate": 0, "survey": "SV_1", "from": DAY - 10 * 86_400}
    pulls.account.server._faults.clear()
    pulls.later(hours=1)
    pulls.pull()
    assert response_ids(pulls) == ["R_1", "R_2", "R_4", "R_5"]
    # The next pull begins where the first ended, which is before what came while the second was under way.
    assert pulls.state()["cursor"] == {"startDate": DAY + 86_400}
    assert pulls.state()["is_complete"] is True


def test_an_export_of_many_files_comes_in_pages_of_a_limited_size(
    pulls: Pulls, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = exports.in_pages
    monkeypatch.setattr(exports, "in_pages", lambda elements: pages(elements, 700))
    pulls.account.per_file = 3
    pulls.account.responses = {"SV_1": [response(number, 0.1) for number in range(1, 9)]}
    result = pulls.pull()
    assert response_ids(pulls) == [f"R_{number}" for number in range(1, 9)]
    assert [len(line["body"]["responses"]) for line in pulls.lines("responses")] == [2, 1, 2, 1, 2]
    # The other surveys' exports are empty.
    assert result.pages == 7


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_responses_are_read_piece_by_piece_as_they_are_written(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(exports, "_CHUNK", chunk)
    text = '\ufeff{"a": 1,\n "responses" : [ {"x": 1.10,\r\n "y": "Ł]"} , {"z": [{}]}\n], "b": []}'
    found = list(exports.responses_in(io.BytesIO(text.encode())))
    assert found == [('{"x": 1.10,   "y": "Ł]"}'.encode(), {"x": 1.1, "y": "Ł]"}), (b'{"z": [{}]}', {"z": [{}]})]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"responses": [{"a": 1}', '{"responses": [{"a": NaN}]}', '{"responses": [']
)
def test_a_document_that_is_no_list_of_responses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"responses|NaN"):
        list(exports.responses_in(io.BytesIO(text.encode())))


def test_a_file_that_holds_something_else_is_said(pulls: Pulls) -> None:
    pulls.account._zip = lambda _: _zipped("[]")  # type: ignore[method-assign]
    assert "is not the JSON that is documented (no list responses)" in pulls.sentence()


def _zipped(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", text)
    return file.getvalue()


def test_an_export_that_is_too_large_is_tried_again_in_halves(pulls: Pulls) -> None:
    pulls.account.surveys = [survey(1, -7)]
    pulls.account.responses = {"SV_1": [response(day, day - 7) for day in range(8)]}
    pulls.account.too_many = 5
    pulls.pull()
    assert response_ids(pulls) == [f"R_{day}" for day in range(8)]
    assert pulls.account.windows() == [
        ("SV_1", "", instant(1)),
        ("SV_1", "", instant(-3)),
        ("SV_1", instant(-3), instant(1)),
    ]


def test_an_export_that_always_fails_is_said_with_the_number_of_the_request(pulls: Pulls) -> None:
    pulls.account.too_many = 0
    assert pulls.sentence() == (
        "qualtrics: the export of responses to SV_1 from 1970-01-01T00:00:00Z to 2026-06-02T00:00:00Z failed at "
        "Qualtrics (request r): pull again later, it continues there; if it fails again, tell Qualtrics' support the "
        "number of the request"
    )


def test_an_export_that_does_not_end_is_given_up(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LOOKS", 2)
    assert "an export of responses (surveys/SV_1/export-responses) does not end: pull again" in pulls.sentence()


def test_the_pause_between_two_looks_grows(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    pulls.environ["CX360_PULL_BACKOFF_SECONDS"] = "8"
    pulls.account.looks = 4
    pulls.account.surveys = [survey(1)]
    pauses: list[float] = []
    monkeypatch.setattr(exports.time, "sleep", pauses.append)
    pulls.pull()
    # The fake server does not wait, which it does by sleeping for no time.
    assert [pause for pause in pauses if pause] == [8, 16, 30, 30]


@pytest.mark.parametrize("entity", ["survey_definitions", "distributions", "responses"])
def test_a_survey_that_is_gone_does_not_end_the_pull_of_the_others(pulls: Pulls, entity: str) -> None:
    pulls.account.gone = {"SV_1"}
    pulls.account.responses["SV_3"] = [response(6, 0.6)]
    result = pulls.pull(entity)
    assert result.passed_over == (f"qualtrics: {entity} of SV_1 is left out: it is gone",)
    found = json.dumps(pulls.lines(entity))
    assert {"survey_definitions": "SV_3", "distributions": "EMD_4", "responses": "R_6"}[entity] in found
    # What is gone is deleted: the list is complete without it.
    assert all(".full." in name for name in pulls.files(entity)) is (entity != "responses")


def test_a_survey_that_is_closed_to_the_account_is_not_taken_as_deleted(pulls: Pulls) -> None:
    pulls.account.refused["survey-definitions/SV_2"] = refusal(403, "You shall not pass.", "PERM_1")
    result = pulls.pull("survey_definitions")
    assert result.passed_over == (
        "qualtrics: survey_definitions of SV_2 is left out: survey_definitions is refused (403: You shall not pass.): "
        "it needs a user with the permission Access API, the OAuth scope read:surveys where a token is used",
    )
    assert pulls.files("survey_definitions") == ["20260602T000000000000Z_0001_whole.pages.jsonl.gz"]


def test_a_job_that_is_lost_is_no_survey_that_is_gone(pulls: Pulls) -> None:
    pulls.account.refused["surveys/SV_1/export-responses/ES_0"] = refusal(404, "No such job.", "X")
    assert "(404: No such job.)" in pulls.sentence()


def test_without_a_directory_its_entities_are_left_out_unless_they_are_named(pulls: Pulls) -> None:
    without = ["surveys", "survey_definitions", "distributions", "responses"]
    assert chosen_entities("qualtrics", pulls.environ) == without
    pulls.environ["CX360_QUALTRICS_ENTITIES"] = "contacts"
    assert chosen_entities("qualtrics", pulls.environ) == ["contacts"]
    assert pulls.sentence("contacts") == (
        "qualtrics: set CX360_QUALTRICS_DIRECTORY_ID (the id of the XM Directory: POOL_...) in the environment or in "
        ".env"
    )


@pytest.mark.parametrize("entity", ["contacts", "distribution_history"])
def test_a_plan_without_the_directory_is_named(pulls: Pulls, entity: str) -> None:
    pulls.environ["CX360_QUALTRICS_DIRECTORY_ID"] = "POOL_2"
    pulls.account.history = {}
    assert pulls.sentence(entity).startswith(
        f"qualtrics: 127.0.0.1 does not offer {entity} (404: The requested resource does not exist.): it needs a user "
        "with the permission Access API, the OAuth scope "
    )
    assert "the plan XM Directory; leave it out (CX360_QUALTRICS_ENTITIES)" in pulls.sentence(entity)


def test_a_wrong_key(pulls: Pulls) -> None:
    pulls.environ["CX360_QUALTRICS_API_TOKEN"] = "wrong-secret"
    assert pulls.sentence() == (
        "qualtrics: 127.0.0.1 does not accept the credentials (401: Unrecognized X-API-TOKEN.): check "
        "CX360_QUALTRICS_API_TOKEN and CX360_QUALTRICS_BASE_URL"
    )


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_QUALTRICS_DATACENTER (the data center, from Account Settings, Qualtrics IDs: fra1, for exa"),
        ({"DATACENTER": "fra1"}, "set CX360_QUALTRICS_API_TOKEN (from Account Settings, Qualtrics IDs), or CX360_QUAL"),
        ({"DATACENTER": "fra1", "CLIENT_ID": "x"}, "set CX360_QUALTRICS_CLIENT_SECRET (the secret of the OAuth"),
        (
            {"DATACENTER": "fra1.qualtrics.com"},
            "CX360_QUALTRICS_DATACENTER is 'fra1.qualtrics.com', but must be the id of the data center only: fra1 for",
        ),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_QUALTRICS_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"qualtrics: {expected}")


def test_an_oauth_client_gets_its_token_and_asks_for_no_more_than_it_needs(pulls: Pulls) -> None:
    del pulls.environ["CX360_QUALTRICS_API_TOKEN"]
    pulls.environ |= {"CX360_QUALTRICS_CLIENT_ID": CLIENT_ID, "CX360_QUALTRICS_CLIENT_SECRET": CLIENT_SECRET}
    pulls.account.scopes = {"read:surveys", "read:survey_responses", "read:users"}
    assert "gives no access token (400: invalid_scope: The requested scope is invalid)" in pulls.sentence()
    pulls.environ["CX360_QUALTRICS_ENTITIES"] = "surveys,responses"
    pulls.pull()
    assert len(response_ids(pulls)) == 5
    pulls.environ["CX360_QUALTRICS_CLIENT_SECRET"] = "wrong-secret"
    assert pulls.sentence() == (
        "qualtrics: 127.0.0.1 gives no access token (401: invalid_client: Client authentication failed): check "
        "CX360_QUALTRICS_CLIENT_ID and CX360_QUALTRICS_CLIENT_SECRET and CX360_QUALTRICS_BASE_URL"
    )


def test_check_says_who_one_is(pulls: Pulls) -> None:
    assert check("qualtrics", pulls.environ) == (
        f"qualtrics: Ann Ash (ann@acme.example), brand acme, data center fra1 at {pulls.account.base_url}"
    )


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    pulls.pull()
    pulls.pull("survey_definitions")
    contents = pulls.contents()
    assert len(contents) == 4
    assert not any(b"secret" in content or b"API-TOKEN" in content for content in contents)


def test_the_readme_names_every_entity_and_variable() -> None:
    text = (Path(__file__).parents[3] / "ingest" / "sources" / "qualtrics" / "README.md").read_text(encoding="utf-8")
    assert [entity.entity for entity in ENDPOINTS if f"| `{entity.entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
