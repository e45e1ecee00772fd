"""A clock that was set back, and a run that goes on with a killed one: what came first stays first."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.killed_parts import DAY, Identities, write_warehouse
from ingest.loader import load_landing
from orchestration.run import CONTINUED_WITHIN, behind, instant_of_run
from orchestration.settings import Settings
from orchestration.steps.publication import list_releases, publish, roll_back

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def load_an_order(settings: Settings, name: str, loaded_at: datetime) -> None:
    path = settings.landing / "shop" / "orders" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"order_id,ordered_at,currency,net_amount\n{name},2026-06-01,EUR,1\n", encoding="utf-8")
    load_landing(settings.landing, settings.lake, reporting_timezone="UTC", loaded_at=loaded_at)


def test_a_run_is_never_dated_before_what_is_in_the_lake(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert instant_of_run(settings, NOON) == NOON
    load_an_order(settings, "o1", NOON)
    assert instant_of_run(settings, NOON + HOUR) == NOON + HOUR
    just_after = NOON + timedelta(microseconds=1)
    assert instant_of_run(settings, NOON) == just_after
    assert instant_of_run(settings, NOON - HOUR) == just_after
    assert behind(just_after, NOON - HOUR) == (
        "the clock is behind what was loaded last: it is 2026-07-01 11:00:00 UTC by it, and this run is dated "
        "2026-07-01 12:00:00 UTC; set the clock right"
    )
    load_an_order(settings, "o2", just_after)
    assert instant_of_run(settings, NOON - HOUR) == just_after + timedelta(microseconds=1)


def test_a_run_goes_on_at_the_instant_of_one_that_was_killed_while_it_loaded(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    load_an_order(settings, "o1", NOON)
    settings.loading_mark.write_text(NOON.isoformat(), encoding="utf-8")
    assert instant_of_run(settings, NOON + HOUR) == NOON
    assert instant_of_run(settings, NOON - HOUR) == NOON
    assert instant_of_run(settings, NOON + CONTINUED_WITHIN) == NOON + CONTINUED_WITHIN
    settings.loading_mark.write_text("2026-07-", encoding="utf-8")
    assert instant_of_run(settings, NOON + HOUR) == NOON + HOUR


def test_releases_stand_in_the_order_of_their_publication(tmp_path: Path) -> None:
    # The third is published by a clock that was set back by six hours, the fourth in the same second.
    for number, instant in enumerate([NOON, NOON + HOUR, NOON - 5 * HOUR, NOON - 5 * HOUR], start=1):
        warehouse = write_warehouse(tmp_path, number)
        publish(
            warehouse,
            tmp_path / "published",
            as_of=date(2026, 6, 30),
            run_id=f"{9 - number:08d}",
            published_at=instant,
            keep=3,
        )
    releases = list_releases(tmp_path / "published")
    assert [(release.run_id[-1], release.has_file, release.is_current) for release in releases] == [
        ("8", False, False),
        ("7", True, False),
        ("6", True, False),
        ("5", True, True),
    ]
    assert roll_back(tmp_path / "published").run_id == "00000006"


def test_ids_are_given_in_the_order_of_their_assignment(tmp_path: Path) -> None:
    part = Identities()
    part.begin(tmp_path)
    part.resolve(tmp_path, NOON - timedelta(days=30))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        merges = connection.execute("select count(*), min(assigned_at) > ? from quality.identity_merges", [DAY])
        assert merges.fetchone() == (1, True)
        registry = str(tmp_path / "lake" / "identity" / "registry" / "*.parquet")
        before = connection.execute(f"select count(*), max(assigned_at) from '{registry}'").fetchone()
    part.resolve(tmp_path, NOON - timedelta(days=20))
    with duckdb.connect() as connection:
        assert connection.execute(f"select count(*), max(assigned_at) from '{registry}'").fetchone() == before
        assert connection.execute(f"select count(distinct assigned_at) from '{registry}'").fetchone() == (2,)
