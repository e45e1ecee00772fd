"""dbt, in this process: parse once, build a selection, say in one sentence what went wrong.

A dbt process per layer would cost its start-up and a parse each time. Here the project is parsed once, without `as_of`,
so that dbt's own parse cache stays good from one day to the next; `as_of` is a var of each build. Nothing here knows
Dagster. What is built, and in which order, belongs to the assets.
"""

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestration.settings import Settings


class DbtError(RuntimeError):
    """The project could not be parsed or a selection could not be started; the message is dbt's own, shortened."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test. `seconds` is wall time, `failures` the rows that break a test (else
    null).
    """

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str

    @property
    def is_good(self) -> bool:
        return self.status in ("success", "pass")

    @property
    def is_failed(self) -> bool:
        return self.status in ("error", "fail", "runtime error", "partial success")


class DbtProject:
    """The dbt project of this repository on the warehouse of `settings`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The parsed project as the dictionary of `manifest.json`. Raises DbtError if it cannot be parsed."""
        self._parsed  # noqa: B018 - parsing writes the file
        return json.loads((self.settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))

    def build(
        self,
        select: Sequence[str],
        *,
        as_of: date,
        exclude: Sequence[str] = (),
        full_refresh: bool = False,
        on_result: Callable[[str, str], None] | None = None,
    ) -> list[NodeResult]:
        """Build the selected seeds, models and data tests and return one result per node, in the order of their ends.

        A failed node is a result, not an exception; what depends on it has the status `skipped`. The connection to the
        warehouse is closed on return. `on_result` is called with (unique_id, status) as nodes end. Raises DbtError if
        nothing could be started.
        """
        arguments = [
            "build",
            "--select",
            *select,
            "--exclude-resource-type",
            "unit_test",
            "--exclude-resource-type",
            "exposure",
            "--indirect-selection",
            "buildable",
            "--use-fast-test-edges",
            "--no-write-json",
        ]
        if exclude:
            arguments += ["--exclude", *exclude]
        if full_refresh:
            arguments.append("--full-refresh")
        outcome = self._invoke(arguments, as_of=as_of, manifest=self._parsed, on_result=on_result)
        if outcome.exception is not None:
            raise DbtError(_shorten(str(outcome.exception)))
        return [_node_result(result) for result in outcome.result.results]

    def write_docs(self) -> Path:
        """Write dbt's catalogue of the warehouse as one self-contained page and return its path. Raises DbtError."""
        outcome = self._invoke(["docs", "generate", "--static", "--no-compile"], manifest=self._parsed)
        if not outcome.success:
            raise DbtError(_shorten(str(outcome.exception)))
        return self.settings.dbt_target / "static_index.html"

    @cached_property
    def _parsed(self) -> Any:
        outcome = self._invoke(["parse"])
        if not outcome.success:
            raise DbtError(f"The dbt project does not parse: {_shorten(str(outcome.exception))}")
        return outcome.result

    def _invoke(
        self,
        arguments: Sequence[str],
        *,
        as_of: date | None = None,
        manifest: Any = None,
        on_result: Callable[[str, str], None] | None = None,
    ) -> Any:
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner

        settings = self.settings
        variables = {
            **({"vendors": settings.vendors} if settings.vendors else {}),
            **settings.changed_vars,
            **({"as_of": as_of.isoformat()} if as_of else {}),
        }

        def report(event: Any) -> None:
            if on_result and event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
                on_result(event.data.node_info.unique_id, event.data.status)

        settings.warehouse.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        memory = {"CX360_DUCKDB_MEMORY": f"{settings.memory_gb}GB"} if settings.memory_gb else {}
        with (
            _environment(
                {"CX360_WAREHOUSE": str(settings.warehouse), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **memory}
            ),
            _silence(),
        ):
            outcome = dbtRunner(manifest=manifest, callbacks=[report]).invoke(
                [
                    *("--quiet", "--log-level", "none", "--log-level-file", "info"),
                    *("--log-path", str(settings.logs), "--no-use-colors-file"),
                    *arguments,
                    *("--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)),
                    *("--target", settings.target, "--target-path", str(settings.dbt_target)),
                    *("--vars", json.dumps(variables)),
                ]
            )
            _close_warehouse()
            reset_adapters()
        if isinstance(outcome.exception, KeyboardInterrupt | SystemExit):
            raise outcome.exception
        return outcome


def _close_warehouse() -> None:
    """dbt-duckdb keeps the file open until the process ends; the next writer needs it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    with DuckDBConnectionManager._LOCK:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
            DuckDBConnectionManager._ENV = None


def _node_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(node.resource_type),
        status=str(result.status),
        seconds=float(result.execution_time),
        failures=result.failures,
        message=_sentence(result),
    )


def _sentence(result: Any) -> str:
    """One clear sentence for a node that is not good; empty for one that is."""
    status, node = str(result.status), result.node
    if status in ("success", "pass"):
        return ""
    if status == "skipped":
        return f"{node.name} was skipped because something it reads from failed."
    if str(node.resource_type) != "test":
        return f"{node.schema}.{node.name} could not be built: {_shorten(result.message or '')}"
    if status == "error":
        return f"The test {node.name} could not run: {_shorten(result.message or '')}"
    return f"{_rule(node)}: {result.failures} {'row breaks' if result.failures == 1 else 'rows break'} it."


def _rule(node: Any) -> str:
    """What a data test demands, in words."""
    metadata = getattr(node, "test_metadata", None)
    described = getattr(node, "description", "")
    if described:
        return described.strip().rstrip(".")
    if metadata is None:
        return node.name.removeprefix("assert_").replace("_", " ")
    table = (getattr(node, "attached_node", None) or "").rsplit(".", 1)[-1]
    column = f"{table}.{node.column_name}" if node.column_name else table
    arguments = metadata.kwargs
    return {
        "unique": f"{column} must be unique",
        "not_null": f"{column} must not be null",
        "accepted_values": f"{column} must be one of {', '.join(map(str, arguments.get('values', ())))}",
        "relationships": f"{column} must exist in {arguments.get('to', '')}.{arguments.get('field', '')}",
    }.get(metadata.name, f"{column} must pass {metadata.name}")


def _shorten(message: str) -> str:
    """The lines of dbt's message that say something, as one line of at most 400 characters."""
    noise = (
        "compiled code at",
        "> in macro",
        "> called by",
        "compilation error in",
        "runtime error in",
        "database error in",
    )
    lines = [line.strip() for line in message.splitlines()]
    kept = [line for line in lines if line and not line.lower().startswith(noise)]
    return " ".join(kept)[:400]


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """dbt reads its profile from the environment: set it for the call, restore it after."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Some of dbt's dependencies print to standard output whatever the log level; the log file has what matters."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
