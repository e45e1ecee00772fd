"""The gates as asset checks: one blocking check per table and boundary.

Belongs here: turning suites into checks, running a layer's gate as one step, recording what it said. What is expected
of a table is `expectations/`' business. A check with a critical failure is an error and stops what reads the layer; one
with warnings only is a warning and stops nothing. A new suite needs no change here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from expectations.gate import ExpectationResult, GateResult, build_data_docs, run_gate
from expectations.suites import Suite, load_suites
from orchestration.assets.extracts import extract_key
from orchestration.run import Run
from orchestration.steps import quality

# Landing and raw are one step: nothing is built between them.
GATES = (("landing", "raw"), ("staging",), ("core",), ("marts",))


def build_gates(vendors: Collection[str]) -> list[dg.AssetChecksDefinition]:
    """One step per entry of GATES, with a check per table, those of the vendors in use among them."""
    return [_build_gate(layers, vendors) for layers in GATES]


def checked_asset(suite: Suite) -> dg.AssetKey:
    """The asset whose rows a suite checks."""
    if suite.layer in ("landing", "raw"):
        return extract_key(suite.table if "__" in suite.table else f"generic__{suite.table}")
    return dg.AssetKey(suite.relation.split("."))


def check_name(layer: str) -> str:
    return f"{layer}_expectations"


def _build_gate(layers: Sequence[str], vendors: Collection[str]) -> dg.AssetChecksDefinition:
    suites = {
        layer: {suite.table: checked_asset(suite) for suite in load_suites(layer, vendors=vendors)} for layer in layers
    }

    @dg.multi_asset_check(
        name=f"gate_{'_'.join(layers)}",
        specs=[
            dg.AssetCheckSpec(
                check_name(layer),
                asset=key,
                blocking=True,
                description=f"Expectations of {table} at the boundary {layer}.",
            )
            for layer, tables in suites.items()
            for table, key in tables.items()
        ],
        can_subset=True,
        required_resource_keys={"run"},
    )
    def gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        run: Run = context.resources.run
        for layer in layers:
            result = _run_layer_gate(run, layer, suites[layer])
            yield from _check_results(result, suites[layer], context.selected_asset_check_keys)
            _report(run, result)
            if not result.success:
                return

    return gate


def _run_layer_gate(run: Run, layer: str, tables: Mapping[str, dg.AssetKey]) -> GateResult:
    settings = run.settings
    if layer in ("landing", "raw"):
        _open_layer(run, layer)
    result = run_gate(
        layer,
        warehouse=settings.warehouse,
        as_of=run.as_of,
        reporting_timezone=settings.reporting_timezone,
        data_docs=settings.data_docs,
        vendors=settings.vendors,
        only=tables,
        memory_gb=settings.memory_gb,
    )
    with quality.connect(settings.warehouse, memory_gb=settings.memory_gb) as connection:
        quality.record_expectations(connection, layer, result.as_records(), run.stamp)
        quality.end_layer(connection, layer, finished_at=run.clock.now(), passed=result.success)
    if layer == "marts" or not result.success:
        build_data_docs(settings.data_docs, as_of=run.as_of)
    return result


def _open_layer(run: Run, layer: str) -> None:
    """Landing began with the run; raw begins with the views over what was loaded."""
    from ingest.contracts import GENERIC, vendor_contracts
    from ingest.lake import register_raw_views
    from ingest.loader import note_not_loaded

    settings = run.settings
    if layer == "landing":
        note_not_loaded(
            settings.landing,
            settings.lake,
            reporting_timezone=settings.reporting_timezone,
            loaded_at=run.loaded_at,
            tables={
                contract.table
                for vendor in (GENERIC, *settings.vendors)
                for contract in vendor_contracts(vendor).values()
            },
        )
    with quality.connect(settings.warehouse, memory_gb=settings.memory_gb) as connection:
        started_at = run.began_at if layer == "landing" else run.clock.now()
        quality.begin_layer(connection, layer, run.stamp, started_at=started_at)
        if layer == "landing":
            register_raw_views(connection, settings.lake)


def _check_results(
    result: GateResult, tables: Mapping[str, dg.AssetKey], selected: Collection[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    by_table: dict[str, list[ExpectationResult]] = {}
    for row in result.rows:
        by_table.setdefault(row.table, []).append(row)
    for table, rows in by_table.items():
        key = dg.AssetCheckKey(tables[table], check_name(result.layer))
        if key in selected:
            yield _check_result(key, rows)


def _check_result(key: dg.AssetCheckKey, rows: Sequence[ExpectationResult]) -> dg.AssetCheckResult:
    broken = [row for row in rows if not row.success]
    critical = any(row.severity == "critical" for row in broken)
    metadata: dict[str, Any] = {"expectations": len(rows), "broken": len(broken)}
    if broken:
        metadata["findings"] = dg.MetadataValue.md(_findings(broken))
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR if critical or not broken else dg.AssetCheckSeverity.WARN,
        description=" ".join(row.message for row in broken) or f"{len(rows)} expectations hold.",
        metadata=metadata,
    )


def _findings(broken: Sequence[ExpectationResult]) -> str:
    lines = ["| expectation | severity | observed | what to do |", "|---|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {row.expectation} | {row.severity} | {row.observed} | {row.message} |" for row in broken)]
    )


def _report(run: Run, result: GateResult) -> None:
    tail = f", {len(result.warnings)} warned" if result.warnings else ""
    failed = f", {len(result.critical_failures)} FAILED" if result.critical_failures else ""
    run.progress(f"gate {result.layer}: {len(result.rows)} expectations{tail}{failed}")
