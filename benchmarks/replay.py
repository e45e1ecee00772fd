"""The SQL of the models by itself: each compiled model run once more, alone, on the tables that the build left.

dbt's seconds per model are wall time of two models at once, with dbt's own work between them, and on a busy machine
they mostly measure the neighbours. CPU seconds of the same statements, one after the other, compare with hand-written
SQL, if both leave their tables in the same kind of place: a file, or memory.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings


@dataclass(frozen=True)
class ModelCost:
    """Cost of one model's statement: wall and CPU (user and system, all threads) seconds."""

    model: str
    wall: float
    cpu: float


def replay_models(settings: Settings, statements: dict[str, str], *, database: Path | None) -> list[ModelCost]:
    """Run every table's statement (`compile_models`), as a full refresh; the warehouse is opened read-only.

    Every table goes to `database`, a new file; without one it stays in memory. It is dropped before the next. A view
    costs nothing by itself: what it takes is paid by the tables that read it. The dearest model comes first.
    """
    costs = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        connection.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{database or ':memory:'}' as scratch")
        views = _views(connection)
        for model, statement in statements.items():
            if model in views:
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            connection.execute(f"create table scratch.replayed as\n{statement}")
            costs.append(ModelCost(model, time.perf_counter() - wall, time.process_time() - cpu))
            connection.execute("drop table scratch.replayed")
    return sorted(costs, key=lambda cost: -cost.cpu)


def _views(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The models that the build left as views, by `layer.name`: folder and schema have the same name."""
    return {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select schema_name, view_name from duckdb_views() where database_name = 'warehouse' and not internal"
        ).fetchall()
    }


@dataclass(frozen=True)
class Compiled:
    """The compiled statement of each model, by `layer.name`, and which of them some mart is made of."""

    statements: dict[str, str]
    behind_marts: frozenset[str]


def compile_models(settings: Settings, as_of: str) -> Compiled:
    """All models as dbt would run them in a full refresh."""
    with tempfile.TemporaryDirectory(prefix="cx360-compile-") as target:
        subprocess.run(
            [
                *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
                *("--quiet", "--log-path", target, "compile", "--full-refresh", "--select", "resource_type:model"),
                *("--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)),
                *("--target-path", target, "--vars", f"{{as_of: '{as_of}'}}"),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "CX360_WAREHOUSE": str(settings.warehouse), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        )
        models = Path(target) / "compiled" / "cx360" / "models"
        statements = {
            f"{path.relative_to(models).parts[0]}.{path.stem}": path.read_text(encoding="utf-8")
            for path in sorted(models.rglob("*.sql"))
            if not path.parent.name.endswith(".yml")
        }
        manifest = json.loads((Path(target) / "manifest.json").read_text(encoding="utf-8"))
    return Compiled(statements, _behind_marts(manifest) & statements.keys())


def _behind_marts(manifest: dict[str, Any]) -> frozenset[str]:
    """The models of the marts layer and of `customer_360`, and every model that they are made of."""
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    left = [name for name in nodes if nodes[name]["fqn"][1] == "marts" or name.endswith(".customer_360")]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name in found or not name.startswith("model."):
            continue
        found.add(name)
        left += parents[name]
    return frozenset(f"{nodes[name]['fqn'][1]}.{nodes[name]['name']}" for name in found)
