"""The dbt assets: one step per layer, so that a failed check of one layer stops the next.

Belongs here: which models make a step, and how dbt's results become materialisations and checks. What a model computes
is dbt's business; when a layer counts as good is `orchestration.checks`'. A new model needs no change here: its folder
puts it into a step.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster_dbt import build_dbt_asset_specs

from ingest.lake import needs_rebuild, register_raw_views, staging_was_rebuilt
from orchestration.dbt import DbtProject, NodeResult
from orchestration.run import Run
from orchestration.seeds import seed_faults
from orchestration.steps import quality
from orchestration.terminal import counted_of
from orchestration.translator import LayerTranslator

CHECK_NAME = "dbt_tests"

# Layers whose end is the end of their last dbt step; the others end with their gate.
LAYERS_WITHOUT_GATE = ("intermediate",)


@dataclass(frozen=True)
class DbtStep:
    """One dbt invocation: a selection of the project. `begins` and `ends`: whether it is its layer's first or last."""

    name: str
    layer: str
    select: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    begins: bool = True
    ends: bool = True


_BEFORE_IDENTITY = ("fqn:cx360.intermediate.current", "fqn:cx360.intermediate.identity_records")

# `orchestration.seeds` holds the seeds against the same rules before, and says which line is at fault; for dbt each of
# these tests would be a statement of its own.
_RULES_OF_SEEDS = "resource_type:seed+1,resource_type:test,test_type:generic"

STEPS = (
    DbtStep("staging", "staging", ("resource_type:seed", "fqn:cx360.staging"), exclude=(_RULES_OF_SEEDS,)),
    DbtStep("intermediate_current", "intermediate", _BEFORE_IDENTITY, ends=False),
    DbtStep("intermediate", "intermediate", ("fqn:cx360.intermediate",), exclude=_BEFORE_IDENTITY, begins=False),
    DbtStep("core", "core", ("fqn:cx360.core", "fqn:cx360.restricted")),
    DbtStep("marts", "marts", ("fqn:cx360.metrics", "fqn:cx360.marts", "fqn:cx360.quality")),
)


def build_dbt_layers(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One multi-asset per step of STEPS that has models."""
    return [layer for step in STEPS if (layer := _build_layer(step, manifest)) is not None]


def _build_layer(step: DbtStep, manifest: Mapping[str, Any]) -> dg.AssetsDefinition | None:
    specs = build_dbt_asset_specs(
        manifest=manifest,
        dagster_dbt_translator=LayerTranslator(),
        select=" ".join(step.select),
        exclude=" ".join(step.exclude),
    )
    if not specs:
        return None
    key_by_node = {spec.metadata["dagster_dbt/unique_id"]: spec.key for spec in specs}
    tested = {node for test in _tests(manifest) for node in [_tested_node(manifest, test, key_by_node)] if node}

    @dg.multi_asset(
        name=f"dbt_{step.name}",
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(
                CHECK_NAME, asset=key_by_node[node], blocking=True, description="All dbt data tests of this model."
            )
            for node in sorted(tested)
        ],
        can_subset=True,
        required_resource_keys={"run", "dbt"},
    )
    def layer(context: dg.AssetExecutionContext) -> Iterator[Any]:
        run: Run = context.resources.run
        dbt: DbtProject = context.resources.dbt
        selected = {node: key for node, key in key_by_node.items() if key in context.selected_asset_keys}
        is_whole = len(selected) == len(key_by_node)
        faults = seed_faults(run.settings.dbt_project) if step.layer == "staging" else []
        is_rebuilt = step.layer == "staging" and needs_rebuild(run.settings.lake)
        with quality.connect(run.settings.warehouse, memory_gb=run.settings.memory_gb) as connection:
            if step.begins:
                quality.begin_layer(connection, step.layer, run.stamp, started_at=run.clock.now())
            if faults:
                quality.end_layer(connection, step.layer, finished_at=run.clock.now(), passed=False)
                raise dg.Failure(" ".join(faults), allow_retries=False)
            if is_rebuilt:  # the views name the files of before, if landing is not a part of this run
                register_raw_views(connection, run.settings.lake)
        results = dbt.build(
            step.select if is_whole else sorted(_selector(node) for node in selected),
            exclude=step.exclude,
            as_of=run.as_of,
            full_refresh=run.full_refresh or is_rebuilt,
        )
        failed = [result for result in results if result.is_failed]
        if is_rebuilt and is_whole and not failed:
            staging_was_rebuilt(run.settings.lake)
        with quality.connect(run.settings.warehouse, memory_gb=run.settings.memory_gb) as connection:
            rows = _row_counts(connection, selected.values())
            quality.record_dbt_tests(connection, step.name, _test_rows(results, manifest, key_by_node), run.stamp)
            if failed or (step.ends and step.layer in LAYERS_WITHOUT_GATE):
                quality.end_layer(connection, step.layer, finished_at=run.clock.now(), passed=not failed)
        yield from _events(results, manifest, selected, tested, rows)
        if failed:
            raise dg.Failure(" ".join(result.message for result in failed), allow_retries=False)
        run.progress(f"{step.name.replace('_', ' ')}: {_summary(results)}")

    return layer


def _events(
    results: Sequence[NodeResult],
    manifest: Mapping[str, Any],
    selected: Mapping[str, dg.AssetKey],
    tested: Iterable[str],
    rows: Mapping[dg.AssetKey, int],
) -> Iterator[dg.MaterializeResult]:
    """One materialisation per model that was built, with the verdict of its tests."""
    tests: dict[str, list[NodeResult]] = {}
    for result in results:
        node = _tested_node(manifest, result.unique_id, selected) if result.resource_type == "test" else None
        if node:
            tests.setdefault(node, []).append(result)
    for result in results:
        if result.resource_type == "test" or not result.is_good or result.unique_id not in selected:
            continue
        key = selected[result.unique_id]
        metadata: dict[str, Any] = {"seconds": dg.MetadataValue.float(result.seconds)}
        if key in rows:
            metadata["dagster/row_count"] = dg.MetadataValue.int(rows[key])
        yield dg.MaterializeResult(
            asset_key=key,
            metadata=metadata,
            check_results=[_verdict(key, tests.get(result.unique_id, []))] if result.unique_id in tested else [],
        )


def _verdict(key: dg.AssetKey, results: Sequence[NodeResult]) -> dg.AssetCheckResult:
    """The tests of one model as one check: an error if one failed, a warning if one only warned."""
    failed = [result for result in results if result.is_failed]
    warned = [result for result in results if result.status == "warn"]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=CHECK_NAME,
        passed=not failed and not warned,
        severity=dg.AssetCheckSeverity.ERROR if failed or not warned else dg.AssetCheckSeverity.WARN,
        description=" ".join(result.message for result in (*failed, *warned)) or f"{len(results)} tests hold.",
        metadata={
            "tests": dg.MetadataValue.int(len(results)),
            "failed": dg.MetadataValue.int(len(failed)),
            "warned": dg.MetadataValue.int(len(warned)),
        },
    )


def _tests(manifest: Mapping[str, Any]) -> list[str]:
    """The data tests of dbt that steps run: all but the rules of seeds."""
    return [
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "test" and not (node.get("attached_node") or "").startswith("seed.")
    ]


def _tested_node(manifest: Mapping[str, Any], test: str, nodes: Iterable[str]) -> str | None:
    """The model that a test is about: the one it is attached to, else the last of `nodes` that it reads."""
    node = manifest["nodes"][test]
    attached = node.get("attached_node")
    if attached:
        return attached if attached in nodes else None
    return next((parent for parent in reversed(node["depends_on"]["nodes"]) if parent in nodes), None)


def _test_rows(
    results: Sequence[NodeResult], manifest: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]
) -> list[tuple[Any, ...]]:
    rows = []
    for result in results:
        if result.resource_type != "test":
            continue
        node = manifest["nodes"][result.unique_id]
        about = _tested_node(manifest, result.unique_id, keys)
        rows.append(
            (
                ".".join(keys[about].path) if about else None,
                node["name"],
                str(node["config"].get("severity") or "error").lower(),
                result.status,
                result.failures,
                result.message,
                result.seconds,
            )
        )
    return rows


def _row_counts(connection: Any, keys: Iterable[dg.AssetKey]) -> dict[dg.AssetKey, int]:
    """Rows of the tables that exist, in one statement."""
    present = set(
        connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        ).fetchall()
    )
    tables = [key for key in keys if tuple(key.path) in present]
    if not tables:
        return {}
    counts = ", ".join(f'(select count(*) from "{key.path[0]}"."{key.path[1]}")' for key in tables)
    return dict(zip(tables, connection.execute(f"select {counts}").fetchone(), strict=True))


def _selector(unique_id: str) -> str:
    """A dbt selector that names one node."""
    return unique_id.split(".")[-1]


def _summary(results: Sequence[NodeResult]) -> str:
    models = sum(result.resource_type != "test" for result in results)
    tests = [result for result in results if result.resource_type == "test"]
    warned = sum(result.status == "warn" for result in tests)
    return f"{counted_of(models, 'table')}, {counted_of(len(tests), 'test')}" + (f", {warned} warned" if warned else "")
