"""The real path for tests: extracts in, marts out.

`build` writes rows as CSV extracts, loads them with the real loader, builds the warehouse with the real dbt project and
the real steps between its layers, and hands back an open DuckDB connection. What it leaves out is Dagster, the gates
and the publication, which have tests of their own.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from ingest.lake import needs_rebuild, register_raw_views
from ingest.loader import load_landing
from ingest.sources import VENDORS
from orchestration.steps.driver_importance import weigh_drivers
from orchestration.steps.identity import resolve_identities
from orchestration.steps.linkage import LinkageSettings
from orchestration.steps.value_models import fit_value_models

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
LOADED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)

# What Python must wait for, and what waits for Python: the same three parts as in the daily job.
BEFORE_IDENTITY = [
    "resource_type:seed",
    "path:models/staging",
    "path:models/intermediate/current",
    "path:models/intermediate/identity_records",
]
BEFORE_FITS = ["path:models/intermediate"]
AFTER_FITS = [f"path:models/{folder}" for folder in ("core", "restricted", "metrics", "marts", "quality")]

# dbt's command for both at once: each command costs a second.
MODELS_AND_SEEDS = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
# What Python reads of the seeds, so that no model tells of it.
SEEDS_OF_STEPS = ["identity_blocklist", "identity_overrides"]

Rows = Iterable[Mapping[str, Any]]

# The parsed project, once there is one.
_manifest: list[Manifest] = []


def build(
    home: Path,
    landing: Mapping[str, Rows] | None = None,
    *,
    as_of: date | str,
    vars: Mapping[str, Any] | None = None,
    loaded_at: datetime = LOADED_AT,
    full_refresh: bool = False,
    needs: Collection[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Build a warehouse under `home` and connect to it.

    `landing` maps `entity` (source `generic`) or `source/entity` to rows; each becomes one CSV file. Values are written
    as text; None is an empty field. Files that lie in `home/landing` already are loaded too. Call again with the same
    `home` and a later `loaded_at` for a second day. `needs` names the models that a test reads: only these are built,
    and what they are made of, which takes half the time or less.
    """
    business = {"reporting_timezone": "UTC", **(vars or {}), "as_of": str(as_of)}
    write_landing(home / "landing", landing or {}, name=f"{loaded_at:%Y%m%d%H%M%S}.csv")
    load_landing(
        home / "landing", home / "lake", reporting_timezone=business["reporting_timezone"], loaded_at=loaded_at
    )
    warehouse = home / "warehouse" / "warehouse.duckdb"
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with connect(warehouse) as connection:
        register_raw_views(connection, home / "lake")
    extra = ["--full-refresh"] if full_refresh or needs_rebuild(home / "lake") else []
    identities = ["+path:models/intermediate/identity_records", *SEEDS_OF_STEPS] if needs else []
    absent = [f"path:models/staging/{vendor}" for vendor in VENDORS if vendor not in business.get("vendors", ())]
    selected = [*_select(BEFORE_IDENTITY, needs, *identities), *(["--exclude", *absent] if absent else [])]
    dbt(home, warehouse, [*MODELS_AND_SEEDS, *selected, *extra], business)
    with connect(warehouse) as connection:
        resolve_identities(
            connection, home / "lake", loaded_at=loaded_at, linkage_settings=LinkageSettings.from_vars(business)
        )
    dbt(home, warehouse, ["run", *_select(BEFORE_FITS, needs), "--exclude", *BEFORE_IDENTITY], business)
    with connect(warehouse) as connection:
        built = {name for (name,) in rows(connection, "select table_name from duckdb_tables()")}
        day = date.fromisoformat(business["as_of"])
        if "int_purchase_histories" in built:
            fit_value_models(connection, as_of=day)
        if "int_driver_answers" in built:
            weigh_drivers(connection, as_of=day, trailing_days=int(business.get("trailing_days", 365)))
    dbt(home, warehouse, ["run", *_select(AFTER_FITS, needs)], business)
    return connect(warehouse)


def _select(parts: list[str], needs: Collection[str], *others: str) -> list[str]:
    """Of parts of the project what the needed models are made of, themselves included; all of it if none is named."""
    return ["--select", *([f"{part},+{need}" for part in parts for need in needs] or parts), *others]


def write_landing(landing: Path, files: Mapping[str, Rows], *, name: str) -> None:
    """Write each entity's rows as one CSV under `landing/<source>/<entity>/<name>`."""
    for target, rows in files.items():
        source, entity = target.split("/") if "/" in target else ("generic", target)
        records = [dict(row) for row in rows]
        if not records:
            continue
        columns = list(dict.fromkeys(column for record in records for column in record))
        folder = landing / source / entity
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(records)


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(warehouse))
    connection.execute("set timezone = 'UTC'")
    return connection


def dbt(home: Path, warehouse: Path, arguments: list[str], business: Mapping[str, Any]) -> None:
    """Run one dbt command in this process.

    The project is parsed once per test session, with every vendor in use: which are is a matter of what is built then.
    `build` leaves out the models of the others, and the var `vendors` tells the rest.
    """
    os.environ["CX360_WAREHOUSE"] = str(warehouse)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    common = [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(home / "dbt"), "--log-path", str(home / "dbt"), "--log-level", "none", "--quiet",
        "--no-write-json",  # nobody reads the manifest here, and writing it is a third of a build's time
    ]  # fmt: skip
    if not _manifest:
        parsed = dbtRunner().invoke(["parse", *common, "--vars", json.dumps({**business, "vendors": list(VENDORS)})])
        if not parsed.success:
            raise AssertionError(f"dbt parse failed: {parsed.exception}")
        _manifest.append(parsed.result)  # type: ignore[arg-type]
    outcome = dbtRunner(manifest=_manifest[0]).invoke([*arguments, *common, "--vars", json.dumps(dict(business))])
    if not outcome.success:
        failed = [
            f"{result.node.name}: {result.message}"
            for result in (outcome.result or [])
            if result.status not in ("success", "pass")
        ]
        raise AssertionError(f"dbt {arguments[0]} failed: {outcome.exception or ''}\n" + "\n".join(failed))


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def metric(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    period_grain: str = "trailing",
    period_start: str | None = None,
    dimension: str = "all",
    dimension_value: str = "all",
) -> dict[str, Any]:
    """The one row of marts.metric_values, as a dict; fails if there is none or more than one."""
    return record(
        connection,
        """
        select * from marts.metric_values
        where
            metric = ? and period_grain = ? and period_start is not distinct from ?::date
            and dimension = ? and dimension_value = ?
        """,
        [name, period_grain, period_start, dimension, dimension_value],
    )


def record(connection: duckdb.DuckDBPyConnection, query: str, parameters: Iterable[Any] = ()) -> dict[str, Any]:
    """The one row of a query, by column; fails if there is none or more than one."""
    relation = connection.execute(query, list(parameters))
    columns = [column[0] for column in relation.description or []]
    found = relation.fetchall()
    assert len(found) == 1, f"{len(found)} rows of {' '.join(query.split())} {parameters}"
    return dict(zip(columns, found[0], strict=True))
