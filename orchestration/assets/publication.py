"""The publication and the report, as the last assets of a run.

Belongs here: what they wait for and the question whether the run may be published. How a file is published is
`orchestration.steps.publication`'s business, how the report looks is `dashboards`'.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.dbt import DbtProject
from orchestration.run import Run
from orchestration.settings import Settings
from orchestration.steps import publication, quality, restatements
from orchestration.terminal import counted_of

GROUP = "published"
PUBLISHED_FILE = dg.AssetKey(["published", "cx360"])
REPORT = dg.AssetKey(["published", "report"])


def build_publication(published_tables: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The published file, which waits for all tables given and their checks, and the report made from it."""

    @dg.asset(
        key=PUBLISHED_FILE,
        deps=list(published_tables),
        group_name=GROUP,
        kinds={"duckdb"},
        required_resource_keys={"run", "dbt"},
        description="The one file that everyone reads: schemas core, marts and quality, swapped in one rename.",
    )
    def published_file(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        run: Run = context.resources.run
        dbt: DbtProject = context.resources.dbt
        settings = run.settings
        if not settings.warehouse.exists():
            raise dg.Failure("There is no warehouse yet; `cx360 run` builds one.", allow_retries=False)
        with quality.connect(settings.warehouse, memory_gb=settings.memory_gb) as connection:
            reason = quality.reason_not_to_publish(connection)
            if reason:
                raise dg.Failure(f"Not published: {reason}", allow_retries=False)
            as_of = quality.built_as_of(connection)
            quality.record_layer_rows(connection, quality.RunStamp(run.run_id, as_of, run.loaded_at))
            restated = restatements.record_restatements(
                connection,
                _current_release(settings),
                as_of=as_of,
                reporting_timezone=settings.reporting_timezone,
                found_at=run.clock.now(),
            )
        release = publication.publish(
            settings.warehouse,
            settings.published,
            as_of=as_of,
            run_id=run.run_id,
            published_at=run.clock.now(),
            keep=settings.keep_releases,
            comments=table_comments(dbt.manifest),
            memory_gb=settings.memory_gb,
        )
        run.progress(
            f"published: release {release.release_id}, {release.table_count} tables, {release.row_count:,} rows"
        )
        if restated:
            run.progress(f"restated: {counted_of(restated, 'value')} of past periods (quality.metric_restatements)")
        return dg.MaterializeResult(
            metadata={
                "restated_values": restated,
                "release_id": release.release_id,
                "path": dg.MetadataValue.path(settings.published_file),
                "tables": release.table_count,
                "dagster/row_count": release.row_count,
                "bytes": settings.published_file.stat().st_size,
            }
        )

    @dg.asset(
        key=REPORT,
        deps=[PUBLISHED_FILE],
        group_name=GROUP,
        kinds={"html"},
        required_resource_keys={"run"},
        description="One self-contained page of the published marts.",
    )
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from dashboards.report import build_report

        run: Run = context.resources.run
        settings = run.settings
        settings.report.parent.mkdir(parents=True, exist_ok=True)
        build_report(settings.published_file, settings.report, trailing_days=int(settings.vars["trailing_days"]))
        run.progress("report: written")
        return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(settings.report)})

    return [published_file, report]


def _current_release(settings: Settings) -> restatements.Previous | None:
    """The release that readers have now."""
    for release in publication.list_releases(settings.published):
        if release.is_current:
            return restatements.Previous(
                release.release_id, release.published_at, release.as_of, settings.published_file
            )
    return None


def table_comments(manifest: Mapping[str, Any]) -> dict[tuple[str, str], publication.TableComment]:
    """Descriptions of the models and of the run's own tables, by (schema, table)."""
    comments = {
        name: publication.TableComment(description, columns)
        for name, (description, columns) in quality.COMMENTS.items()
    }
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["description"]:
            comments[node["schema"], node["name"]] = publication.TableComment(
                node["description"].strip(),
                {name: column["description"].strip() for name, column in node["columns"].items()},
            )
    return comments
