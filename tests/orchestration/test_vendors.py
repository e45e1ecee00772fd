"""A vendor is in use as soon as its folder is there, from landing to the published file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.assets.extracts import extract_key
from orchestration.daily import run_daily
from orchestration.definitions import build_defs
from orchestration.settings import Settings, SettingsError
from tests.warehouse import qualtrics_company, zendesk_company


@pytest.fixture
def home(tmp_path: Path) -> Path:
    zendesk_company.land_company(tmp_path / "landing")
    return tmp_path


def test_a_folder_in_landing_switches_its_vendor_on(home: Path) -> None:
    assert Settings(home=home).vendors == ["zendesk"]
    assert Settings(home=home / "elsewhere").vendors == []


def test_a_setting_switches_vendors_off_and_refuses_unknown_ones(home: Path, tmp_path: Path) -> None:
    def settings(vendors: str) -> Settings:
        return Settings.from_environment({"CX360_HOME": str(home), "CX360_VENDORS": vendors}, tmp_path / "none.env")

    assert settings("").vendors == []
    assert settings("zendesk").vendors == ["zendesk"]
    with pytest.raises(SettingsError, match="no vendor 'zendisk'; the vendors are"):
        _ = settings("zendisk").vendors


def test_extracts_and_models_of_a_vendor_are_in_the_graph_only_where_it_is_in_use(home: Path) -> None:
    graph = build_defs(Settings(home=home)).resolve_asset_graph()
    tickets = extract_key("zendesk__tickets")
    assert graph.get(tickets).child_keys == {dg.AssetKey(["staging", "base_zendesk__tickets"])}
    assert graph.get(dg.AssetKey(["staging", "stg_zendesk__tickets"])).child_keys
    missing = graph.get_all_asset_keys() - graph.materializable_asset_keys
    assert missing == set(), "dbt reads these and no asset writes them"
    assert not build_defs(Settings(home=home / "elsewhere")).resolve_asset_graph().has(tickets)


def test_a_company_with_nothing_but_its_vendors_is_published(home: Path) -> None:
    qualtrics_company.land_company(home / "landing", "numbers")
    lines: list[str] = []
    settings = Settings(home=home)
    # Five of the ten responses are later, and do not exist yet.
    assert run_daily(settings, as_of=date(2026, 3, 5), echo=lines.append), "\n".join(lines)
    with duckdb.connect(str(settings.published_file), read_only=True) as connection:
        found = connection.execute(
            "select ticket_id, channel, first_reply_minutes, is_merged from core.fct_tickets order by 1"
        ).fetchall()
        nps = connection.execute(
            "select n from marts.metric_values where metric = 'nps' and period_grain = 'all_time' and dimension = 'all'"
        ).fetchall()
        gates = connection.execute(
            "select split_part(table_name, '__', 1) as vendor, bool_and(success) from quality.expectation_results"
            " where layer = 'landing' and table_name like '%\\_\\_%' escape '\\' group by vendor order by vendor"
        ).fetchall()
    assert found == [("1", "phone", 60.0, False), ("2", "phone", None, True)]
    assert nps == [(5,)]
    assert gates == [("qualtrics", True), ("zendesk", True)], "columns that only the survey knows are no news"
