"""Measures a full build of a demo company against hand-written SQL, in one run on one machine.

    python -m benchmarks.full_build [--customers N] [--home DIR]

Belongs here: what is run, what is taken from the pipeline's own records (Dagster's step times, dbt's seconds per node,
the loader's seconds per file) and how it is printed. What the numbers mean is in `benchmarks/README.md`.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import duckdb

from benchmarks import handwritten
from benchmarks.loading import measure_loading
from benchmarks.next_day import deliver_next_day
from benchmarks.picture import draw
from benchmarks.sql_cost import Round, compare_sql, middle
from ingest.demo import write_demo
from orchestration.instance import open_instance
from orchestration.settings import PROJECT_ROOT, Settings

RESULTS = Path(__file__).with_name("results")
LAYERS = ("settings", "staging", "intermediate", "core", "restricted", "metrics", "marts")
DBT_THREADS = 2
MARKER = "benchmark.json"


@dataclass(frozen=True)
class Measured:
    """One run of the daily job, as the operating system and the pipeline's own records saw it. All times in seconds."""

    wall: float
    cpu: float
    peak_bytes: int
    steps: dict[str, float]
    models: dict[str, float]
    tests: float

    @property
    def loading(self) -> float:
        return sum(seconds for step, seconds in self.steps.items() if step.startswith("raw__"))

    @property
    def gates(self) -> float:
        return sum(seconds for step, seconds in self.steps.items() if step.startswith("gate_"))

    @property
    def dbt_steps(self) -> float:
        return sum(seconds for step, seconds in self.steps.items() if step.startswith("dbt_"))

    @property
    def sql(self) -> float:
        return sum(self.models.values())

    @property
    def checks(self) -> float:
        """Gates, and dbt's tests as far as they took the run's time: two run at once."""
        return self.gates + self.tests / DBT_THREADS

    @property
    def fixed(self) -> float:
        """Outside all steps (imports, parsing, Dagster), and in dbt's steps what no model or test accounts for."""
        idle = max(0.0, self.dbt_steps - (self.sql + self.tests) / DBT_THREADS)
        return self.wall - sum(self.steps.values()) + idle


def _by_layer(models: Iterable[tuple[str, float]]) -> dict[str, float]:
    layers: dict[str, float] = defaultdict(float)
    for model, seconds in models:
        layers[model.split(".")[0]] += seconds
    return {layer: layers[layer] for layer in LAYERS if layer in layers}


def run_daily_job(settings: Settings) -> Measured:
    """Run `cx360 run` as a process of its own and read what it recorded. Raises RuntimeError if it did not publish."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", "run"],
            cwd=PROJECT_ROOT,
            env={**os.environ, "CX360_HOME": str(settings.home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        status, usage, peak_bytes = _ended(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        if process.returncode:
            output.seek(0)
            raise RuntimeError(output.read().decode(errors="replace"))
    steps, models = _dagster_seconds(settings)
    return Measured(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak_bytes,
        steps=steps,
        models=models,
        tests=_number(settings.warehouse, "select coalesce(sum(seconds), 0) from quality.dbt_test_results"),
    )


def _ended(pid: int) -> tuple[int, resource.struct_rusage, int]:
    """Waits for a child: its status, what it used, and the most memory it had at once, in bytes.

    A child's `ru_maxrss` begins with what its parent held when it was forked, which after the SQL in memory is more
    than a run ever needs; Linux tells the child's own peak, as long as it lives.
    """
    own = Path(f"/proc/{pid}/status")
    peak_kib = 0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG if own.exists() else 0)
        if ended:
            return status, usage, 1024 * peak_kib or usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        with suppress(OSError, IndexError):
            peak_kib = max(peak_kib, int(own.read_text().split("VmHWM:")[1].split()[0]))
        time.sleep(0.1)


def _dagster_seconds(settings: Settings) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of the last run: by step, and by dbt model (`schema.name`)."""
    import dagster as dg

    with open_instance(settings) as instance:
        run_id = instance.get_runs(limit=1)[0].run_id
        steps = {
            step.step_key: (step.end_time or 0.0) - (step.start_time or 0.0)
            for step in instance.get_run_step_stats(run_id)
        }
        models = {}
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
            materialization = entry.asset_materialization
            if materialization and materialization.asset_key.path[0] in LAYERS:
                seconds = materialization.metadata.get("seconds")
                if isinstance(seconds, dg.FloatMetadataValue) and seconds.value is not None:
                    models[".".join(materialization.asset_key.path)] = seconds.value
    return steps, models


def _number(database: Path, query: str) -> float:
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute(query).fetchone()
    return float(row[0]) if row else 0.0


def measure(home: Path, customers: int, rounds: int) -> dict[str, Any]:
    """Everything the benchmark knows, as a dictionary that JSON can hold."""
    settings = Settings(home=home)
    as_of = prepare(home, customers)
    click.echo("full build ...")
    full = run_daily_job(settings)

    click.echo("hand-written SQL ...")
    connection, _ = handwritten.run(settings.lake, as_of, settings.warehouse)
    compared, differences = handwritten.disagreements(connection, settings.published_file, settings.warehouse)
    connection.close()

    click.echo("the models' SQL by itself and hand-written SQL, in turns ...")
    sql = compare_sql(settings, as_of, rounds=rounds)

    click.echo("loading, format by format, and DuckDB's reader, in turns ...")
    with tempfile.TemporaryDirectory(dir=home, prefix="loading-") as scratch:
        loading = measure_loading(settings.lake, Path(scratch), rounds=rounds)
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        rows = dict(
            warehouse.execute(
                "select entity, sum(rows_loaded)::bigint from quality.loaded_files group by entity order by entity"
            ).fetchall()
        )

    click.echo("a run with nothing new ...")
    unchanged = run_daily_job(settings)
    click.echo("a run with a day's data ...")
    delivered = deliver_next_day(settings.landing, settings.lake, as_of)
    day = run_daily_job(settings)
    connection, _ = handwritten.run(settings.lake, as_of, settings.warehouse)
    _, later = handwritten.disagreements(connection, settings.published_file, settings.warehouse)
    connection.close()

    return {
        "customers": customers,
        "as_of": as_of.isoformat(),
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "rows": rows,
        "rows_of_a_day": delivered,
        "full": _as_dictionary(full),
        "unchanged": _as_dictionary(unchanged),
        "day": _as_dictionary(day),
        "sql": {
            "into_file": _rounds_as_dictionary(sql.into_file),
            "into_memory": _rounds_as_dictionary(sql.into_memory),
        },
        "loading": loading,
        "compared": compared,
        "disagreements": differences,
        "disagreements_after_a_day": later,
    }


def _rounds_as_dictionary(rounds: list[Round]) -> dict[str, Any]:
    """All ratios, and the costs of the median round."""
    shown = middle(rounds)
    return {
        "ratio": shown.ratio,
        "ratios": [each.ratio for each in rounds],
        "handwritten_cpu": shown.by_hand.cpu_seconds,
        "handwritten_wall": shown.by_hand.seconds,
        "handwritten_cpu_by_part": shown.by_hand.cpu_parts,
        "models_cpu": shown.models_cpu,
        "models_wall": sum(cost.wall for cost in shown.models),
        "others_cpu": sum(cost.cpu for cost in shown.others),
        "others_cpu_by_model": {cost.model: cost.cpu for cost in shown.others},
        "models_cpu_by_layer": _by_layer((cost.model, cost.cpu) for cost in shown.models),
        "models_cpu_by_model": {cost.model: cost.cpu for cost in shown.models},
    }


def _as_dictionary(run: Measured) -> dict[str, Any]:
    return {
        "wall": run.wall,
        "cpu": run.cpu,
        "peak_bytes": run.peak_bytes,
        "loading": run.loading,
        "sql": run.sql,
        "sql_by_layer": _by_layer(run.models.items()),
        "tests": run.tests,
        "gates": run.gates,
        "checks": run.checks,
        "fixed": run.fixed,
        "steps": run.steps,
    }


def prepare(home: Path, customers: int) -> date:
    """Write the demo company, or take the one that an earlier benchmark left, and remove what was built from it."""
    marker = home / MARKER
    if marker.exists() and json.loads(marker.read_text(encoding="utf-8"))["customers"] == customers:
        for name in ("lake", "warehouse", "published", "dagster", "dbt", "logs"):
            shutil.rmtree(home / name, ignore_errors=True)
        for path in (home / "landing").glob("*/*/benchmark_day.parquet"):
            path.unlink()
    elif home.exists() and any(home.iterdir()):
        raise click.UsageError(f"{home} holds something else; name an empty folder.")
    else:
        click.echo(f"demo company of {customers:,} customers ...")
        home.mkdir(parents=True, exist_ok=True)
        write_demo(home / "landing", customers=customers)
        marker.write_text(json.dumps({"customers": customers}), encoding="utf-8")
    return date.fromisoformat(json.loads((home / "demo.json").read_text(encoding="utf-8"))["as_of"])


def table(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    full, unchanged, day = result["full"], result["unchanged"], result["day"]
    into_file, into_memory = result["sql"]["into_file"], result["sql"]["into_memory"]

    def share(part: float) -> str:
        return f"{100 * part / full['wall']:.0f} %"

    def ratio(sql: dict[str, Any]) -> str:
        spread = " to ".join(f"{edge:.1f}" for edge in (min(sql["ratios"]), max(sql["ratios"])))
        return f"{sql['ratio']:.1f} x hand-written ({spread})"

    def wall(sql: dict[str, Any]) -> str:
        return f"{sql['handwritten_wall']:.1f} s wall"

    publication = sum(seconds for step, seconds in full["steps"].items() if step.startswith("published"))
    rows = [
        ("full build, wall", f"{full['wall']:.1f} s", ""),
        ("full build, CPU", f"{full['cpu']:.1f} s", ""),
        ("peak memory, full build", f"{full['peak_bytes'] / 2**30:.2f} GiB", ""),
        ("peak memory, a day's data", f"{day['peak_bytes'] / 2**30:.2f} GiB", ""),
        ("loading, all files of the company", f"{full['loading']:.1f} s", share(full["loading"])),
        *((f"- the same rows as {kind}, CPU", *_loading_shown(cost)) for kind, cost in result["loading"].items()),
        ("SQL of the models behind marts into a file, CPU", f"{into_file['models_cpu']:.1f} s", ratio(into_file)),
        *((f"- {layer}", f"{seconds:.1f} s", "") for layer, seconds in into_file["models_cpu_by_layer"].items()),
        ("SQL of all other models into a file, CPU", f"{into_file['others_cpu']:.1f} s", "no number needs it"),
        ("hand-written SQL into a file, CPU", f"{into_file['handwritten_cpu']:.1f} s", wall(into_file)),
        ("SQL of the models behind marts into memory, CPU", f"{into_memory['models_cpu']:.1f} s", ratio(into_memory)),
        ("hand-written SQL into memory, CPU", f"{into_memory['handwritten_cpu']:.1f} s", wall(into_memory)),
        ("models as dbt ran them, wall, two at once", f"{full['sql']:.1f} s", ""),
        ("checks", f"{full['checks']:.1f} s", share(full["checks"])),
        ("checks: gates", f"{full['gates']:.1f} s", share(full["gates"])),
        ("checks: dbt tests, two at once", f"{full['tests']:.1f} s", share(full["tests"] / DBT_THREADS)),
        ("identity", f"{full['steps'].get('identity', 0):.1f} s", ""),
        ("value fits", f"{full['steps'].get('value_fits', 0):.1f} s", ""),
        ("publication and report", f"{publication:.1f} s", ""),
        ("fixed: imports, parsing, orchestration", f"{full['fixed']:.1f} s", share(full["fixed"])),
        ("run with nothing new, CPU", f"{unchanged['cpu']:.1f} s", f"{100 * unchanged['cpu'] / full['cpu']:.0f} %"),
        ("run with a day's data, CPU", f"{day['cpu']:.1f} s", f"{100 * day['cpu'] / full['cpu']:.0f} %"),
        ("numbers compared", f"{result['compared']:,}", f"{len(result['disagreements'])} metrics differ"),
    ]
    lines = [f"### {result['customers']:,} customers", "", "| | | |", "|---|--:|---|"]
    lines += [f"| {name} | {value} | {note} |" for name, value, note in rows]
    lines += ["", "| slowest models | CPU seconds |", "|---|--:|"]
    lines += [f"| {model} | {seconds:.2f} |" for model, seconds in list(into_file["models_cpu_by_model"].items())[:10]]
    return "\n".join(lines)


def _loading_shown(cost: dict[str, Any]) -> tuple[str, str]:
    """The cost of loading a million rows, and the speed as a share of DuckDB's reader's."""
    per_million = 1e6 * cost["load"]["cpu"] / cost["rows"]
    of_read, of_both = (f"{100 * cost[name]:.0f} %" for name in ("of_read", "of_read_and_write"))
    return f"{per_million:.1f} s per million rows", f"{of_both} of reading and writing, {of_read} of reading alone"


@contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    if home is not None:
        yield home.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="cx360-benchmark-") as folder:
        yield Path(folder)


@click.command()
@click.option("--customers", type=click.IntRange(min=100), default=20_000, show_default=True)
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="Folder to keep and use again; default temporary."
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns behind each ratio.")
def main(customers: int, home: Path | None, rounds: int) -> None:
    """Build a demo company in full and hold it against hand-written SQL on the same lake."""
    with _folder(home) as folder:
        result = measure(folder, customers, rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{customers}.json").write_text(json.dumps(_rounded(result), indent=1) + "\n", encoding="utf-8")
    draw()
    click.echo(table(result))
    for sentence in (*result["disagreements"], *result["disagreements_after_a_day"]):
        click.echo(f"DIFFERS  {sentence}")
    if result["disagreements"] or result["disagreements_after_a_day"]:
        sys.exit(1)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return [_rounded(entry) for entry in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
