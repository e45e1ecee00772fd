"""A vendor is in use as soon as its folder is there, from landing to the published file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from ingest.sources import VENDORS
from ingest.sources.pull import pull
from orchestration.assets.extracts import extract_key
from orchestration.cli import main
from orchestration.daily import run_daily
from orchestration.dbt import DbtProject
from orchestration.definitions import build_defs
from orchestration.settings import Settings, SettingsError
from tests.ingest.sources.fake_server import Answer
from tests.ingest.sources.fake_zendesk import API_TOKEN, DAY, EMAIL, FakeZendesk
from tests.warehouse import (
    freshdesk_company,
    hubspot_company,
    qualtrics_company,
    salesforce_company,
    shopify_company,
    sprout_company,
    stripe_company,
    surveymonkey_company,
    zendesk_company,
)

# Nothing here needs the published company of this folder, so that another worker may take it.
pytestmark = pytest.mark.xdist_group("vendors")

OTHER_COMPANIES = (
    freshdesk_company,
    hubspot_company,
    salesforce_company,
    shopify_company,
    sprout_company,
    stripe_company,
    surveymonkey_company,
)


@pytest.fixture(scope="module")
def parsed_with_zendesk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dbt writes when it parses the project with this vendor in use: seconds that are spent once."""
    project = DbtProject(Settings(home=tmp_path_factory.mktemp("parsed"), overrides={"vendors": ["zendesk"]}))
    assert project.manifest
    return project.settings.dbt_target


@pytest.fixture
def home(parsed_with_zendesk: Path, tmp_path: Path) -> Path:
    zendesk_company.land_company(tmp_path / "landing")
    shutil.copytree(parsed_with_zendesk, tmp_path / "dbt")
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


def test_extracts_and_models_of_a_vendor_in_use_are_in_the_graph(home: Path) -> None:
    graph = build_defs(Settings(home=home)).resolve_asset_graph()
    tickets = extract_key("zendesk__tickets")
    assert graph.get(tickets).child_keys == {dg.AssetKey(["staging", "base_zendesk__tickets"])}
    assert graph.get(dg.AssetKey(["staging", "stg_zendesk__tickets"])).child_keys
    missing = graph.get_all_asset_keys() - graph.materializable_asset_keys
    assert missing == set(), "dbt reads these and no asset writes them"


@pytest.fixture
def account() -> Iterator[FakeZendesk]:
    """The same company as an account that is asked through the API."""
    zendesk = FakeZendesk()
    zendesk.groups = list(zendesk_company.GROUPS)
    zendesk.users = [{**user, "changed": DAY + place} for place, user in enumerate(zendesk_company.USERS)]
    zendesk.organizations = [{**entry, "changed": DAY} for entry in zendesk_company.ORGANIZATIONS]
    zendesk.tickets = [
        {**ticket, "generated_timestamp": DAY + place} for place, ticket in enumerate(zendesk_company.TICKETS)
    ]
    zendesk.events = [{**event, "timestamp": DAY + place} for place, event in enumerate(zendesk_company.EVENTS)]
    with zendesk.server.running():
        yield zendesk


@pytest.fixture
def environ(account: FakeZendesk, parsed_with_zendesk: Path, tmp_path: Path) -> Mapping[str, str]:
    shutil.copytree(parsed_with_zendesk, tmp_path / "pulled" / "dbt")
    return {
        "CX360_HOME": str(tmp_path / "pulled"),
        "CX360_ZENDESK_BASE_URL": account.base_url,
        "CX360_ZENDESK_EMAIL": EMAIL,
        "CX360_ZENDESK_API_TOKEN": API_TOKEN,
        "CX360_PULL_BACKOFF_SECONDS": "0",
    }


def cx360(environ: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(main, list(arguments), env=dict(environ))
    return outcome.exit_code, outcome.output


def test_credentials_switch_their_vendor_on(environ: Mapping[str, str], tmp_path: Path) -> None:
    settings = Settings.from_environment({**environ, "CX360_ZENDESK_EMEA_ACCESS_TOKEN": "t"}, tmp_path / "none.env")
    assert settings.pulled_sources == ["zendesk", "zendesk_emea"]
    assert settings.vendors == ["zendesk"]
    assert API_TOKEN not in repr(settings)


def test_the_command_checks_pulls_and_tells_what_to_set(environ: Mapping[str, str], account: FakeZendesk) -> None:
    code, output = cx360(environ, "sources", "check")
    assert (code, output.startswith("zendesk: Ann")) == (0, True)
    code, output = cx360(environ, "sources", "pull", "--entity", "tickets", "--entity", "groups")
    assert (code, output) == (0, "zendesk/tickets: 3 records in 1 files\nzendesk/groups: 2 records in 1 files\n")
    account.refused["slas/policies"] = Answer(404, {"error": "InvalidEndpoint", "description": "Not found"})
    code, output = cx360(environ, "sources", "pull", "--entity", "sla_policies", "--entity", "groups")
    assert (code, "does not offer sla_policies" in output, "zendesk/groups: 2 records" in output) == (1, True, True)
    code, output = cx360(environ, "sources", "template", "zendesk_emea")
    assert "CX360_ZENDESK_EMEA_SUBDOMAIN" in output
    code, output = cx360({**environ, "CX360_ZENDESK_API_TOKEN": "wrong"}, "sources", "check")
    assert code == 1
    assert "wrong" not in output
    assert "CX360_ZENDESK_API_TOKEN" in output
    assert "Traceback" not in output


def test_a_source_that_refuses_fails_the_run_with_a_sentence(environ: Mapping[str, str], tmp_path: Path) -> None:
    variables = {**environ, "CX360_ZENDESK_API_TOKEN": "wrong", "CX360_ZENDESK_ENTITIES": "groups"}
    settings = Settings.from_environment(variables, tmp_path / "none.env")
    lines: list[str] = []
    assert not run_daily(settings, as_of=date(2026, 6, 30), echo=lines.append)
    # One entity is chosen, and the others are not asked for.
    [failed] = [line for line in lines if line.strip().startswith("FAILED") and "zendesk" in line]
    assert "CX360_ZENDESK_API_TOKEN" in failed
    assert "To run without it, leave groups out of CX360_ZENDESK_ENTITIES" in failed
    assert not settings.published_file.exists()


def test_what_is_pulled_is_published_beside_the_files_of_every_other_vendor(
    environ: Mapping[str, str], tmp_path: Path
) -> None:
    settings = Settings.from_environment(dict(environ), tmp_path / "none.env")
    qualtrics_company.land_company(settings.landing, "numbers")
    for company in OTHER_COMPANIES:
        company.land_company(settings.landing)
    # After everything that the account's own clock says.
    assert _published(settings, date(2026, 6, 30), vendors=list(VENDORS)) == ZENDESK_TICKETS
    with duckdb.connect(str(settings.published_file), read_only=True) as connection:
        [(sources,)] = connection.execute(
            """
            select list_sort(list(distinct source_system)) from (
                select source_system from core.dim_identity_map
                union all
                select source_system from core.fct_social_posts
            )
            """
        ).fetchall()
        news = connection.execute(
            "select table_name from quality.expectation_results"
            " where table_name = 'qualtrics__responses' and expectation = 'columns_are_known' and not success"
        ).fetchall()
    assert set(VENDORS) <= set(sources)
    assert news == [], "columns that only the survey knows are no news"


def test_a_day_is_pulled_again_by_its_partition(
    environ: Mapping[str, str], account: FakeZendesk, tmp_path: Path
) -> None:
    settings = Settings.from_environment(
        {**environ, "CX360_ZENDESK_ENTITIES": "tickets,ticket_events"}, tmp_path / "none.env"
    )
    definitions = build_defs(settings)
    graph = definitions.resolve_asset_graph()
    windows = {key.path[-1] for key in graph.get_all_asset_keys() if key.path[0] == "windows"}
    assert {"tickets", "ticket_events"} <= windows
    assert not windows & {"groups", "schedules", "sla_policies"}
    day = datetime.fromtimestamp(DAY, tz=UTC)
    # Changed on the next day: no part of the window.
    account.tickets[2]["generated_timestamp"] = DAY + 86400 + 5
    window = dg.AssetKey(["windows", "zendesk", "tickets"])
    result = definitions.resolve_job_def("repull").execute_in_process(
        asset_selection=[window], partition_key=f"{day:%Y-%m-%d}"
    )
    [event] = result.asset_materializations_for_node("windows__zendesk__tickets")
    assert event.metadata["records_pulled"].value == 2
    assert event.metadata["dagster/row_count"].value == 2
    assert (
        pull(
            "zendesk",
            "tickets",
            landing=settings.landing,
            lake=settings.lake,
            environ=settings.environ,
            now=day + timedelta(days=30),
        ).since
        is None
    ), "where the daily pull goes on was moved"


#: Ticket, channel, minutes to the first reply, whether it was merged.
ZENDESK_TICKETS = [("1", "phone", 60.0, False), ("2", "phone", None, True)]


def _published(settings: Settings, as_of: date, *, vendors: list[str]) -> list[tuple[object, ...]]:
    """Runs the daily job and reads the tickets that it published; its gates looked at the vendors' tables too."""
    lines: list[str] = []
    assert run_daily(settings, as_of=as_of, echo=lines.append), "\n".join(lines)
    with duckdb.connect(str(settings.published_file), read_only=True) as connection:
        gates = connection.execute("select distinct layer, table_name from quality.expectation_results").fetchall()
        for vendor in vendors:
            layers = {layer for layer, table in gates if f"{vendor}__" in table}
            assert layers == {"landing", "raw", "staging"}, vendor
        return connection.execute(
            "select ticket_id, channel, first_reply_minutes, is_merged from core.fct_tickets"
            " where source_system = 'zendesk' order by 1"
        ).fetchall()
