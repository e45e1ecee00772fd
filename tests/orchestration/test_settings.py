"""Which value of a setting wins, and what is said about one that cannot be used."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from ingest.yaml_files import read_yaml
from orchestration.dbt import DbtError, DbtProject
from orchestration.settings import PROJECT_ROOT, Settings, SettingsError

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environment({"CX360_HOME": str(tmp_path), **environ}, env_file=tmp_path / "none.env")


def write_demo_marker(tmp_path: Path, *, sources: list[str], **details: object) -> None:
    marker = {"as_of": "2026-06-30", "sources": sources, **details}
    (tmp_path / "demo.json").write_text(json.dumps(marker), encoding="utf-8")
    (tmp_path / "landing" / "helpdesk" / "tickets").mkdir(parents=True)


def test_defaults_work_with_an_empty_environment(tmp_path: Path) -> None:
    chosen = Settings.from_environment({}, env_file=tmp_path / "none.env")
    assert chosen.home == PROJECT_ROOT / "data"
    assert chosen.target == "duckdb"
    assert chosen.keep_releases == 5
    assert chosen.reporting_timezone == "UTC"
    assert chosen.warehouse == PROJECT_ROOT / "data" / "warehouse" / "warehouse.duckdb"


def test_environment_wins_over_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("CX360_KEEP_RELEASES=7\nCX360_AS_OF=2026-01-31\n", encoding="utf-8")
    chosen = Settings.from_environment({"CX360_KEEP_RELEASES": "3"}, env_file=file)
    assert chosen.keep_releases == 3
    assert chosen.as_of == date(2026, 1, 31)


def test_argument_wins_over_environment_over_demo_over_yesterday(tmp_path: Path) -> None:
    write_demo_marker(tmp_path, sources=["helpdesk"])
    argument = date(2026, 3, 1)
    assert settings(tmp_path, CX360_AS_OF="2026-02-01").resolve_as_of(argument, NOON) == argument
    assert settings(tmp_path, CX360_AS_OF="2026-02-01").resolve_as_of(None, NOON) == date(2026, 2, 1)
    assert settings(tmp_path).resolve_as_of(None, NOON) == date(2026, 6, 30)


def test_demo_day_does_not_hold_once_real_files_stand_beside_it(tmp_path: Path) -> None:
    write_demo_marker(tmp_path, sources=["helpdesk"])
    (tmp_path / "landing" / "our_crm" / "contacts").mkdir(parents=True)
    assert settings(tmp_path).resolve_as_of(None, NOON) == date(2026, 7, 1)


def test_settings_of_the_demo_hold_while_it_stands_alone_and_the_environment_wins(tmp_path: Path) -> None:
    write_demo_marker(tmp_path, sources=["helpdesk"], vars={"zendesk_default_schedules": ["7"], "inactivity_days": 90})
    overridden = settings(tmp_path, CX360_VARS='{"inactivity_days": 30}').vars
    assert (overridden["zendesk_default_schedules"], overridden["inactivity_days"]) == (["7"], 30)
    (tmp_path / "landing" / "our_crm" / "contacts").mkdir(parents=True)
    assert settings(tmp_path).vars["zendesk_default_schedules"] == []


def test_dbt_is_given_the_settings_of_the_demo_and_those_of_the_environment_over_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demo_marker(tmp_path, sources=["helpdesk"], vars={"zendesk_default_schedules": ["7"], "inactivity_days": 90})
    asked: list[list[str]] = []

    def invoke(self: dbtRunner, arguments: list[str]) -> dbtRunnerResult:
        asked.append(arguments)
        return dbtRunnerResult(success=False, exception=ValueError("not run"))

    monkeypatch.setattr(dbtRunner, "invoke", invoke)
    with pytest.raises(DbtError, match="not run"):
        _ = DbtProject(settings(tmp_path, CX360_VARS='{"inactivity_days": 30}')).manifest
    [arguments] = asked
    given = json.loads(arguments[arguments.index("--vars") + 1])
    assert (given["zendesk_default_schedules"], given["inactivity_days"]) == (["7"], 30)


def test_yesterday_is_yesterday_in_the_reporting_time_zone(tmp_path: Path) -> None:
    # 2026-07-01 23:30 UTC is already 2 July in Warsaw (UTC+2) and still 1 July in New York (UTC-4).
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    warsaw = settings(tmp_path, CX360_REPORTING_TIMEZONE="Europe/Warsaw")
    new_york = settings(tmp_path, CX360_VARS='{"reporting_timezone": "America/New_York"}')
    assert warsaw.resolve_as_of(None, late) == date(2026, 7, 1)
    assert new_york.resolve_as_of(None, late) == date(2026, 6, 30)


def test_vars_of_the_dbt_project_are_read_and_overridden(tmp_path: Path) -> None:
    assert settings(tmp_path).vars["reporting_currency"] == "USD"
    assert settings(tmp_path, CX360_VARS='{"reporting_currency": "EUR"}').vars["reporting_currency"] == "EUR"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"CX360_AS_OF": "yesterday"}, "CX360_AS_OF"),
        ({"CX360_TARGET": "oracle"}, "CX360_TARGET"),
        ({"CX360_KEEP_RELEASES": "0"}, "CX360_KEEP_RELEASES"),
        ({"CX360_MEMORY_GB": "half"}, "CX360_MEMORY_GB"),
        ({"CX360_VARS": "{"}, "CX360_VARS"),
        ({"CX360_VARS": "[1]"}, "CX360_VARS"),
    ],
)
def test_unusable_value_is_named_in_one_sentence(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        settings(tmp_path, **environ)
    assert "\n" not in str(caught.value)


def test_unknown_business_setting_and_time_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="reporting_curency"):
        _ = settings(tmp_path, CX360_VARS='{"reporting_curency": "EUR"}').vars
    with pytest.raises(SettingsError, match="Mars/Base"):
        _ = settings(tmp_path, CX360_REPORTING_TIMEZONE="Mars/Base").reporting_timezone


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("plan", r"it must be \{source: \{entity: \{name: field\}\}\}"),
        ({"crm": {"persons": {"plan": "plan"}}}, "the entity one of account_contacts, accounts"),
        ({"crm": {"contacts": {"contact_id": "number"}}}, "cannot fill contacts.contact_id, which is the key"),
        ({"crm": {"contacts": {"plan": "it's"}}}, "is no field"),
        ({"crm": {"agents": {"shoe_size": "size"}}}, "agents has no column shoe_size"),
        ({"cr'm": {"contacts": {"plan": "plan"}}}, "is no source"),
        ({"crm": {"contacts": {"updated_at": "changed"}}}, "by which versions are told apart"),
        ({"crm": {"contacts": {"Plan": "plan"}}}, "is no name"),
    ],
)
def test_custom_fields_that_cannot_be_used_are_refused(tmp_path: Path, setting: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        _ = settings(tmp_path, CX360_VARS=json.dumps({"custom_fields": setting})).vars


def test_custom_fields_go_to_the_models_as_they_are(tmp_path: Path) -> None:
    setting = {"crm": {"contacts": {"plan": "Plan (old)", "segment": "extra.group"}}}
    assert settings(tmp_path, CX360_VARS=json.dumps({"custom_fields": setting})).vars["custom_fields"] == setting


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"shop": {"decimal": ","}}, r"it must be \{source: \{entity: \{column"),
        ({"shop": {"ordres": {"*": {"decimal": ","}}}}, "shop has no entity 'ordres'; it can be account_contacts"),
        ({"shop": {"orders": {"net": {"decimal": ","}}}}, "orders has no column 'net', which it names for shop"),
        ({"shop": {"orders": {"*": {"decimals": ","}}}}, "'decimals' for shop.orders.* is not one of decimal"),
        ({"shop": {"*": {"*": {"dates": "day first"}}}}, "is not one of 'day_first' 'month_first'"),
        ({"shop": {"*": {"*": {"thousands": "."}}}}, "has '.' for decimals and thousands"),
        ({"zendesk": {"orders": {"*": {"decimal": ","}}}}, "zendesk has no entity 'orders'"),
    ],
)
def test_formats_that_cannot_be_used_are_refused(tmp_path: Path, setting: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        _ = settings(tmp_path, CX360_VARS=json.dumps({"formats": setting})).vars


def test_formats_of_a_source_are_taken_as_they_are(tmp_path: Path) -> None:
    setting = {"shop": {"*": {"*": {"decimal": ","}}, "orders": {"ordered_at": {"dates": "day_first"}}}}
    assert settings(tmp_path, CX360_VARS=json.dumps({"formats": setting})).vars["formats"] == setting


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"identity_match_probability": 90}, "identity_match_probability is 90; it must be a probability"),
        ({"identity_near_miss_probability": 0.2}, "identity_near_miss_probability is 0.2"),
        ({"identity_max_block_size": 1}, "identity_max_block_size is 1; it must be a whole number from 2 up"),
        ({"identity_retrain_growth": -1}, "identity_retrain_growth is -1"),
        ({"identity_linkage": "off"}, "identity_linkage is 'off'; it must be true or false"),
    ],
)
def test_a_setting_of_the_linkage_that_cannot_be_used_is_named(
    tmp_path: Path, setting: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        settings(tmp_path, CX360_VARS=json.dumps(setting)).vars  # noqa: B018


def documented_settings() -> dict[str, list[str]]:
    """The rows of the table in docs/settings.md: kind, default, unit and what it decides, by name."""
    lines = (PROJECT_ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    assert all(len(row) == 5 for row in rows)
    assert len({name for name, *_ in rows}) == len(rows)
    return {name.strip("`"): rest for name, *rest in rows}


def test_every_var_and_every_seed_is_in_the_table_of_settings_and_nothing_else() -> None:
    project = PROJECT_ROOT / "dbt_project"
    declared = dict.fromkeys(read_yaml(project / "dbt_project.yml")["vars"], "var")
    declared |= {path.stem: "seed" for path in project.glob("seeds/**/*.csv")}
    assert {name: kind for name, (kind, *_) in documented_settings().items()} == declared


def test_the_table_of_settings_has_the_defaults_of_the_project() -> None:
    declared = read_yaml(PROJECT_ROOT / "dbt_project" / "dbt_project.yml")["vars"]
    shown = {name: value for name, (kind, value, *_) in documented_settings().items() if kind == "var"}
    assert shown == {
        name: f"`{value if isinstance(value, str) and value else json.dumps(value)}`"
        for name, value in declared.items()
    }


def test_every_setting_says_its_unit_and_what_it_decides() -> None:
    for name, (_, default, unit, decides) in documented_settings().items():
        assert default, name
        assert unit, name
        assert decides.endswith("."), name
