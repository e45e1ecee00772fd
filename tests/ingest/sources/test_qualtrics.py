"""What is particular about Qualtrics: lists of lists, export jobs, and what becomes of them in the lake."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.lake import register_raw_views
from ingest.loader import load_landing
from ingest.sources.errors import SourceError
from ingest.sources.pull import PullResult, check, pull
from ingest.sources.qualtrics import ENDPOINTS, VENDOR, exports
from ingest.sources.vendor import chosen_entities
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


@dataclass
class Account:
    """Where a test pulls to, and what it finds there and in the lake."""

    home: Path
    qualtrics: FakeQualtrics
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    def pull(self, entity: str = "responses", **arguments: Any) -> PullResult:
        now = datetime.fromtimestamp(self.qualtrics.now, UTC)
        roots = {"landing": self.landing, "lake": self.lake, "environ": self.environ}
        return pull("qualtrics", entity, **roots, now=now, **arguments)

    def sentence(self, entity: str = "responses") -> str:
        """What a pull that fails says: one line, no secret."""
        with pytest.raises(SourceError) as raised:
            self.pull(entity)
        text = str(raised.value)
        assert "\n" not in text
        assert "-secret" not in text
        return text

    def later(self, **delta: float) -> None:
        self.qualtrics.now += int(timedelta(**delta).total_seconds())

    def lines(self, entity: str) -> list[dict[str, Any]]:
        paths = sorted((self.landing / "qualtrics" / entity).glob("[!.]*.pages.jsonl.gz"))
        return [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]

    def ids(self, entity: str, name: str = "id") -> list[str]:
        return [record[name] for line in self.lines(entity) for record in line["body"]["result"]["elements"]]

    def responses(self) -> list[str]:
        """Ids of the landed responses, in the order in which they came."""
        return [record["responseId"] for line in self.lines("responses") for record in line["body"]["responses"]]

    def files(self, entity: str) -> list[str]:
        return sorted(path.name for path in (self.landing / "qualtrics" / entity).glob("*"))

    def state(self, entity: str = "responses") -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.lake / "pulls" / "qualtrics" / f"{entity}.json").read_text())
        return state

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Loads what has landed, all of it, and asks the lake."""
        files = load_landing(self.landing, self.lake, reporting_timezone="UTC", loaded_at=datetime.now(UTC))
        assert [(one.file, one.message) for one in files if one.status == "unreadable" or one.rows_quarantined] == []
        assert all(one.rows_loaded == one.rows_read for one in files if one.status == "loaded")
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            register_raw_views(connection, self.lake)
            return connection.execute(sql).fetchall()


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
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
        "CX360_PULL_ATTEMPTS": "4",
        "CX360_PULL_BACKOFF_SECONDS": "0",
        "CX360_PULL_TIMEOUT_SECONDS": "0.3",
    }
    with fake.server.running():
        yield Account(tmp_path, fake, environ)


ANSWERS = "select response_id, survey_id, recorded_at::varchar, _extra from raw.qualtrics__responses order by 1"


def test_everything_is_pulled_and_loaded(account: Account) -> None:
    account.environ["CX360_QUALTRICS_DIRECTORY_ID"] = DIRECTORY
    entities = chosen_entities("qualtrics", account.environ)
    assert entities == [endpoint.entity for endpoint in ENDPOINTS]
    records = {entity: account.pull(entity).records for entity in entities}
    assert records == {
        "surveys": 3,
        "survey_definitions": 3,
        "distributions": 4,
        "distribution_history": 12,
        "contacts": 3,
        "responses": 5,
    }
    assert account.ids("distributions") == ["EMD_1", "EMD_2", "EMD_3", "EMD_4"]
    assert account.ids("contacts", "contactId") == ["CID_1", "CID_2", "CID_3"]
    for entity in ("surveys", "survey_definitions", "distributions", "distribution_history", "contacts"):
        assert account.files(entity) == ["20260602T000000000000Z_0001_whole.full.pages.jsonl.gz"]
    found = {entity: account.query(f"select count(*) from raw.qualtrics__{entity}") for entity in entities}
    assert found == {entity: [(count,)] for entity, count in records.items()}


def test_each_response_has_the_id_of_its_survey(account: Account) -> None:
    account.pull()
    assert account.query(ANSWERS) == [
        ("R_1", "SV_1", "2026-06-01 02:24:00+00", '{"_recordid":"R_1","qid1":"9"}'),
        ("R_2", "SV_1", "2026-06-01 04:48:00+00", '{"_recordid":"R_2","qid1":"9","qid2_text":"Ł\\n2"}'),
        ("R_3", "SV_1", "2026-06-01 07:12:00+00", '{"_recordid":"R_3","qid1":"9"}'),
        ("R_4", "SV_2", "2026-06-01 09:36:00+00", '{"_recordid":"R_4","qid1":"9"}'),
        ("R_5", "SV_2", "2026-06-01 12:00:00+00", '{"_recordid":"R_5","qid1":"9"}'),
    ]


def test_a_field_of_the_surveys_own_does_not_say_the_survey(account: Account) -> None:
    account.qualtrics.responses = {"SV_1": [response(1, 0.1, survey_id="mine"), response(2, 0.1, surveyId="mine")]}
    account.pull()
    assert account.query("select survey_id from raw.qualtrics__responses") == [("SV_1",), ("SV_1",)]


def test_a_daily_pull_brings_what_is_new_and_what_changed_late(account: Account) -> None:
    account.qualtrics.surveys = [survey(1, -30)]
    account.qualtrics.responses = {"SV_1": [response(1, -20), response(2, 0.9)]}
    account.pull()
    account.later(days=1)
    # The first was changed weeks after it was recorded, the third became visible after the pull of its day.
    account.qualtrics.responses["SV_1"][0] = response(1, -20, changed=1.5, QID1=3)
    account.qualtrics.responses["SV_1"] += [response(3, 0.8), response(4, 1.6)]
    result = account.pull()
    assert account.responses() == ["R_1", "R_2", "R_1", "R_2", "R_3", "R_4"]
    assert result.since == JUNE_1 + timedelta(days=1)
    assert account.qualtrics.windows() == [("SV_1", "", instant(1)), ("SV_1", instant(0), instant(2))]
    assert account.state()["cursor"] == {"startDate": DAY + 2 * 86_400}
    latest = "select response_id, json_extract_string(_extra, '$.qid1'), updated_at::varchar"
    # The lake keeps every version that differs.
    assert account.query(f"{latest} from raw.qualtrics__responses where response_id = 'R_1' order by 3") == [
        ("R_1", "9", "2026-05-12 00:00:00+00"),
        ("R_1", "3", "2026-06-02 12:00:00+00"),
    ]


def test_a_first_pull_goes_through_the_life_of_a_survey_in_windows(account: Account) -> None:
    account.qualtrics.surveys = [survey(1, -200)]
    account.qualtrics.responses = {"SV_1": [response(1, -300), response(2, -150), response(3, -50)]}
    account.pull()
    # Imported responses may be older than the survey; the first window takes them.
    assert account.qualtrics.windows() == [
        ("SV_1", "", instant(-110)),
        ("SV_1", instant(-110), instant(-20)),
        ("SV_1", instant(-20), instant(1)),
    ]
    assert account.responses() == ["R_1", "R_2", "R_3"]


def test_a_first_pull_can_begin_later(account: Account) -> None:
    account.environ["CX360_QUALTRICS_START"] = "2026-06-01T05:00:00"
    account.pull()
    assert account.responses() == ["R_3", "R_4", "R_5"]


def test_a_window_is_pulled_again_without_touching_the_state(account: Account) -> None:
    account.pull()
    before = account.state()
    account.later(hours=1)
    account.pull(since=JUNE_1 + timedelta(hours=4), until=JUNE_1 + timedelta(hours=10))
    assert account.responses()[5:] == ["R_2", "R_3", "R_4"]
    assert account.state() == before


@pytest.mark.parametrize("nth", [1, 3, 4, 7])
@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_responses_of_a_pull_without_it(account: Account, fault: str, nth: int) -> None:
    # Two pages of surveys, a start, three looks, a file: one of each.
    account.qualtrics.server.fail(nth, fault=PASSING_FAULTS[fault])
    account.pull()
    assert account.responses() == ["R_1", "R_2", "R_3", "R_4", "R_5"]


def test_faults_and_all_the_lake_has_the_same_rows(account: Account) -> None:
    for nth, fault in enumerate(PASSING_FAULTS.values(), start=1):
        account.qualtrics.server.fail(2 * nth, fault=fault)
    account.pull()
    assert [(row[0], row[1]) for row in account.query(ANSWERS)] == [
        ("R_1", "SV_1"),
        ("R_2", "SV_1"),
        ("R_3", "SV_1"),
        ("R_4", "SV_2"),
        ("R_5", "SV_2"),
    ]


def test_a_zip_file_that_ends_early_is_fetched_again(account: Account) -> None:
    whole = account.qualtrics._zip([response(1, 0.1)])
    account.qualtrics.server.fail(7, 8, fault=Fault(Answer(200, whole[: len(whole) // 2])))
    account.pull()
    assert account.responses()[:3] == ["R_1", "R_2", "R_3"]


def test_a_file_that_is_never_whole_ends_the_pull(account: Account) -> None:
    account.qualtrics.server.fail(*range(7, 60), fault=Fault(Answer(200, b"PK")))
    assert account.sentence() == (
        "qualtrics: 127.0.0.1 broke off its answer for responses 4 times: pull again later, it continues where this "
        "pull ended"
    )


def test_a_cut_pull_goes_on_with_the_survey_and_window_it_came_to(account: Account) -> None:
    account.qualtrics.surveys = [survey(1, -100), survey(2)]
    account.qualtrics.responses["SV_1"] = [response(1, -99), response(2, 0.2)]
    # Surveys, then a start, three looks and a file for each window; the second window's start fails.
    account.qualtrics.server.fail(*range(7, 12), fault=Fault(Answer(500, {})))
    assert "failed to answer for responses 4 times" in account.sentence()
    assert account.responses() == ["R_1"]
    assert account.state()["cursor"] == {"startDate": 0, "survey": "SV_1", "from": DAY - 10 * 86_400}
    account.qualtrics.server._faults.clear()
    account.later(hours=1)
    account.pull()
    assert account.responses() == ["R_1", "R_2", "R_4", "R_5"]
    # The next pull begins where the first ended, which is before what came while the second was under way.
    assert account.state()["cursor"] == {"startDate": DAY + 86_400}
    assert account.state()["is_complete"] is True


def test_an_export_of_many_files_comes_in_pages_of_a_limited_size(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = exports.in_pages
    monkeypatch.setattr(exports, "in_pages", lambda elements: pages(elements, 700))
    account.qualtrics.per_file = 3
    account.qualtrics.responses = {"SV_1": [response(number, 0.1) for number in range(1, 9)]}
    result = account.pull()
    assert account.responses() == [f"R_{number}" for number in range(1, 9)]
    assert [len(line["body"]["responses"]) for line in account.lines("responses")] == [2, 1, 2, 1, 2]
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


def test_a_file_that_holds_something_else_is_said(account: Account) -> None:
    account.qualtrics._zip = lambda _: _zipped("[]")  # type: ignore[method-assign]
    assert "is not the JSON that is documented (no list responses)" in account.sentence()


def _zipped(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", text)
    return file.getvalue()


def test_an_export_that_is_too_large_is_tried_again_in_halves(account: Account) -> None:
    account.qualtrics.surveys = [survey(1, -7)]
    account.qualtrics.responses = {"SV_1": [response(day, day - 7) for day in range(8)]}
    account.qualtrics.too_many = 5
    account.pull()
    assert account.responses() == [f"R_{day}" for day in range(8)]
    assert account.qualtrics.windows() == [
        ("SV_1", "", instant(1)),
        ("SV_1", "", instant(-3)),
        ("SV_1", instant(-3), instant(1)),
    ]


def test_an_export_that_always_fails_is_said_with_the_number_of_the_request(account: Account) -> None:
    account.qualtrics.too_many = 0
    assert account.sentence() == (
        "qualtrics: the export of responses to SV_1 from 1970-01-01T00:00:00Z to 2026-06-02T00:00:00Z failed at "
        "Qualtrics (request r): pull again later, it continues there; if it fails again, tell Qualtrics' support the "
        "number of the request"
    )


def test_an_export_that_does_not_end_is_given_up(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LOOKS", 2)
    assert "an export of responses (surveys/SV_1/export-responses) does not end: pull again" in account.sentence()


def test_the_pause_between_two_looks_grows(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.environ["CX360_PULL_BACKOFF_SECONDS"] = "8"
    account.qualtrics.looks = 4
    account.qualtrics.surveys = [survey(1)]
    pauses: list[float] = []
    monkeypatch.setattr(exports.time, "sleep", pauses.append)
    account.pull()
    # The fake server does not wait, which it does by sleeping for no time.
    assert [pause for pause in pauses if pause] == [8, 16, 30, 30]


@pytest.mark.parametrize("entity", ["survey_definitions", "distributions", "responses"])
def test_a_survey_that_is_gone_does_not_end_the_pull_of_the_others(account: Account, entity: str) -> None:
    account.qualtrics.gone = {"SV_1"}
    account.qualtrics.responses["SV_3"] = [response(6, 0.6)]
    result = account.pull(entity)
    assert result.passed_over == (f"qualtrics: {entity} of SV_1 is left out: it is gone",)
    found = json.dumps(account.lines(entity))
    assert {"survey_definitions": "SV_3", "distributions": "EMD_4", "responses": "R_6"}[entity] in found
    # What is gone is deleted: the list is complete without it.
    assert all(".full." in name for name in account.files(entity)) is (entity != "responses")


def test_a_survey_that_is_closed_to_the_account_is_not_taken_as_deleted(account: Account) -> None:
    account.qualtrics.refused["survey-definitions/SV_2"] = refusal(403, "You shall not pass.", "PERM_1")
    result = account.pull("survey_definitions")
    assert result.passed_over == (
        "qualtrics: survey_definitions of SV_2 is left out: survey_definitions is refused (403: You shall not pass.): "
        "it needs a user with the permission Access API, the OAuth scope read:surveys where a token is used",
    )
    assert account.files("survey_definitions") == ["20260602T000000000000Z_0001_whole.pages.jsonl.gz"]


def test_a_job_that_is_lost_is_no_survey_that_is_gone(account: Account) -> None:
    account.qualtrics.refused["surveys/SV_1/export-responses/ES_0"] = refusal(404, "No such job.", "X")
    assert "(404: No such job.)" in account.sentence()


def test_without_a_directory_its_entities_are_left_out_unless_they_are_named(account: Account) -> None:
    without = ["surveys", "survey_definitions", "distributions", "responses"]
    assert chosen_entities("qualtrics", account.environ) == without
    account.environ["CX360_QUALTRICS_ENTITIES"] = "contacts"
    assert chosen_entities("qualtrics", account.environ) == ["contacts"]
    assert account.sentence("contacts") == (
        "qualtrics: set CX360_QUALTRICS_DIRECTORY_ID (the id of the XM Directory: POOL_...) in the environment or in "
        ".env"
    )


@pytest.mark.parametrize("entity", ["contacts", "distribution_history"])
def test_a_plan_without_the_directory_is_named(account: Account, entity: str) -> None:
    account.environ["CX360_QUALTRICS_DIRECTORY_ID"] = "POOL_2"
    account.qualtrics.history = {}
    assert account.sentence(entity).startswith(
        f"qualtrics: 127.0.0.1 does not offer {entity} (404: The requested resource does not exist.): it needs a user "
        "with the permission Access API, the OAuth scope "
    )
    assert "the plan XM Directory; leave it out (CX360_QUALTRICS_ENTITIES)" in account.sentence(entity)


def test_a_wrong_key(account: Account) -> None:
    account.environ["CX360_QUALTRICS_API_TOKEN"] = "wrong-secret"
    assert account.sentence() == (
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
def test_a_setting_that_is_missing_or_wrong_is_named(account: Account, environ: dict[str, str], expected: str) -> None:
    account.environ = {f"CX360_QUALTRICS_{name}": value for name, value in environ.items()}
    assert account.sentence().startswith(f"qualtrics: {expected}")


def test_an_oauth_client_gets_its_token_and_asks_for_no_more_than_it_needs(account: Account) -> None:
    del account.environ["CX360_QUALTRICS_API_TOKEN"]
    account.environ |= {"CX360_QUALTRICS_CLIENT_ID": CLIENT_ID, "CX360_QUALTRICS_CLIENT_SECRET": CLIENT_SECRET}
    account.qualtrics.scopes = {"read:surveys", "read:survey_responses", "read:users"}
    assert "gives no access token (400: invalid_scope: The requested scope is invalid)" in account.sentence()
    account.environ["CX360_QUALTRICS_ENTITIES"] = "surveys,responses"
    account.pull()
    assert len(account.responses()) == 5
    account.environ["CX360_QUALTRICS_CLIENT_SECRET"] = "wrong-secret"
    assert account.sentence() == (
        "qualtrics: 127.0.0.1 gives no access token (401: invalid_client: Client authentication failed): check "
        "CX360_QUALTRICS_CLIENT_ID and CX360_QUALTRICS_CLIENT_SECRET and CX360_QUALTRICS_BASE_URL"
    )


def test_check_says_who_one_is(account: Account) -> None:
    assert check("qualtrics", account.environ) == (
        f"qualtrics: Ann Ash (ann@acme.example), brand acme, data center fra1 at {account.qualtrics.base_url}"
    )


def test_no_secret_reaches_a_file(account: Account) -> None:
    account.pull()
    account.pull("survey_definitions")
    written = [path for path in account.home.rglob("*") if path.is_file()]
    contents = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in written]
    assert len([content for content in contents if content]) == 4
    assert not any(b"secret" in content or b"API-TOKEN" in content for content in contents)


def test_the_readme_names_every_entity_and_variable() -> None:
    text = (Path(__file__).parents[3] / "ingest" / "sources" / "qualtrics" / "README.md").read_text(encoding="utf-8")
    assert [entity.entity for entity in ENDPOINTS if f"| `{entity.entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
