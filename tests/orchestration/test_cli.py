"""The command: exit codes, one sentence per error, and the screen at the end of a run."""

import fcntl
import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.run import RunLockedError, hold_lock
from orchestration.settings import Settings
from orchestration.summary import screen


@pytest.fixture
def cx360(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The command on an empty home."""
    monkeypatch.setenv("CX360_HOME", str(tmp_path))
    for name in ("CX360_AS_OF", "CX360_VARS", "CX360_REPORTING_TIMEZONE", "CX360_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return call


def test_help_names_every_command(cx360) -> None:
    shown = cx360("--help")
    assert shown.exit_code == 0
    for command in ("run", "demo", "sources", "quarantine", "publish", "releases", "doctor"):
        assert f"\n  {command} " in shown.output
    assert cx360("--version").output.startswith("cx360 ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--as-of", "yesterday"],
        ["run", "--layer", "gold"],
        ["run", "--vars", "{"],
        ["run", "--vars", '{"no_such_setting": 1}'],
        ["demo", "--customers", "50"],
        ["frobnicate"],
    ],
)
def test_bad_usage_is_exit_code_2(cx360, arguments: list[str]) -> None:
    outcome = cx360(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert "Traceback" not in outcome.output


def test_bad_configuration_is_exit_code_2_in_one_sentence(cx360, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX360_AS_OF", "soon")
    outcome = cx360("sources", "list")
    assert outcome.exit_code == 2
    assert outcome.output == "Error: CX360_AS_OF is 'soon', which is no day; write it as YYYY-MM-DD.\n"


def test_commands_on_an_empty_home_say_what_to_do(cx360) -> None:
    assert "cx360 demo" in cx360("sources", "list").output
    assert "cx360 run" in cx360("releases", "list").output
    for arguments in (["quarantine", "list"], ["releases", "rollback"]):
        outcome = cx360(*arguments)
        assert outcome.exit_code == 1
        assert "cx360" in outcome.output


def test_debug_shows_the_traceback(cx360) -> None:
    outcome = cx360("--debug", "releases", "rollback")
    assert outcome.exit_code == 1
    assert type(outcome.exception).__name__ == "PublicationError"


def test_publish_without_a_warehouse_fails_with_exit_code_1(cx360) -> None:
    outcome = cx360("publish")
    assert outcome.exit_code == 1
    assert "There is no warehouse yet" in outcome.output


def test_demo_lands_and_sources_lists_it(cx360, tmp_path: Path) -> None:
    assert cx360("demo", "--customers", "200", "--seed", "1").exit_code == 0
    listed = cx360("sources", "list").output
    assert "tickets" in listed
    assert "no such entity" not in listed
    assert json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))["as_of"] == "2026-06-30"


def test_demo_in_an_unknown_shape_is_refused_in_one_sentence(cx360, tmp_path: Path) -> None:
    outcome = cx360("demo", "--as", "hubspot,fax")
    assert outcome.exit_code == 2
    assert outcome.output == "Error: The demo company has no shape 'fax'; it has hubspot, qualtrics, stripe, zendesk.\n"
    assert list(tmp_path.iterdir()) == []


def test_demo_in_a_vendors_shape_replaces_the_demo_but_no_real_files(cx360, tmp_path: Path) -> None:
    def sources() -> set[str]:
        return {folder.name for folder in (tmp_path / "landing").iterdir()}

    assert cx360("demo", "--customers", "200").exit_code == 0
    assert sources() == {"billing", "crm", "helpdesk", "planning", "service_centre", "social", "survey_tool", "webshop"}
    assert cx360("demo", "--customers", "200", "--as", "zendesk").exit_code == 0
    assert sources() == {"billing", "crm", "planning", "service_centre", "social", "survey_tool", "webshop", "zendesk"}
    real = tmp_path / "landing" / "hubspot" / "contacts" / "export.csv"
    real.parent.mkdir(parents=True)
    real.write_text("Record ID\n1\n", encoding="utf-8")
    outcome = cx360("demo", "--customers", "200", "--as", "hubspot")
    assert (outcome.exit_code, "not the demo's" in outcome.output) == (2, True)
    assert real.exists()


def test_demo_in_another_shape_is_refused_once_it_is_in_the_lake(cx360, tmp_path: Path) -> None:
    assert cx360("demo", "--customers", "200").exit_code == 0
    (tmp_path / "lake" / "raw" / "crm").mkdir(parents=True)
    outcome = cx360("demo", "--customers", "200", "--as", "hubspot")
    assert (outcome.exit_code, "in another shape" in outcome.output) == (2, True)
    # Of billing the rates stay as they are, so that its folder is there in either shape.
    (tmp_path / "lake" / "raw" / "crm").rename(tmp_path / "lake" / "raw" / "billing")
    outcome = cx360("demo", "--customers", "200", "--as", "stripe")
    assert (outcome.exit_code, "in another shape" in outcome.output) == (2, True)
    assert cx360("demo", "--customers", "200").exit_code == 0


def test_second_run_is_turned_away_while_the_first_holds_the_lock(cx360, tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w", encoding="utf-8") as file:
        file.write("4711")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        outcome = cx360("run")
    assert outcome.exit_code == 1
    assert "Another run (process 4711) is writing" in outcome.output


def test_lock_may_be_held_again_by_who_holds_it_and_is_free_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with hold_lock(lock), hold_lock(lock):
        pass
    with lock.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(RunLockedError), hold_lock(lock):
            pass


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        (("--to", "2026-06-01"), "--to needs --from: a window has two ends."),
        (("--from", "2026-06-05", "--to", "2026-06-01"), "--to (2026-06-01) is before --from (2026-06-05)."),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(cx360, monkeypatch, window: tuple[str, ...], sentence: str) -> None:
    monkeypatch.setenv("CX360_ZENDESK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CX360_ZENDESK_ACCESS_TOKEN", "t")
    outcome = cx360("sources", "pull", *window)
    assert (outcome.exit_code, outcome.output) == (2, f"Error: {sentence}\n")


def test_screen_tells_scores_layers_checks_and_places(published_home: Path) -> None:
    settings = Settings(home=published_home)
    text = "\n".join(screen(settings, succeeded=True, seconds=12.0))
    assert "Scores as of 2026-06-30" in text
    for line in ("nps", "csat", "mrr", "staging", "marts", "expectations", "dbt tests", "quarantine"):
        assert f"\n  {line} " in text
    assert str(settings.published_file) in text
    assert str(settings.report) in text
    assert settings.report.exists()
    assert len(text.splitlines()) < 45


def test_the_screen_leaves_out_a_score_that_has_no_value(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema marts")
        # One account and nothing that it could have lost: a number of accounts, and no rate.
        connection.execute(
            """
            create table marts.metric_values as
            select 'all' as dimension, 'month' as period_grain, 'percent' as unit, null::varchar as currency,
                null::double as value_low, null::double as value_high, date '2026-06-30' as as_of, *
            from (values ('mrr', date '2026-06-01', 5.0, 1), ('grr', date '2026-06-01', null, 1),
                ('nrr', date '2026-05-01', 97.0, 2), ('nrr', date '2026-06-01', null, 1)
            ) as scores (metric, period_start, value, n)
            """
        )
    text = "\n".join(screen(settings, succeeded=True, seconds=1.0))
    assert "\n  mrr " in text
    assert "\n  grr " not in text
    assert "97.0 percent" in text
    assert "2026-05" in text


def test_doctor_on_a_published_home_is_content(published_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX360_HOME", str(published_home))
    outcome = CliRunner().invoke(main, ["doctor"])
    assert outcome.exit_code == 0, outcome.output
    assert "BAD" not in outcome.output
    assert "is release" in outcome.output


def test_demo_does_not_mix_with_a_real_company(cx360, tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "crm" / "contacts"
    folder.mkdir(parents=True)
    (folder / "real.csv").write_text("contact_id\n1\n", encoding="utf-8")
    outcome = cx360("demo")
    assert outcome.exit_code == 2
    assert "not the demo's" in outcome.output
    assert list((tmp_path / "landing").iterdir()) == [tmp_path / "landing" / "crm"]


def test_home_that_cannot_be_a_folder_is_exit_code_2(cx360, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CX360_HOME", str(tmp_path / "file"))
    outcome = cx360("doctor")
    assert outcome.exit_code == 2
    assert "CX360_HOME" in outcome.output
