"""Days of a vendor that are asked for again: one asset per entity of which the vendor knows what changed when.

Belongs here: which days a person may press, and asking for them. What is pulled lands and is loaded like any delivery,
and where the daily pull goes on stays as it is. Whole lists come anew each day and have no windows.
"""

import warnings
from datetime import datetime, timedelta

import dagster as dg

from ingest.loader import load_landing
from ingest.sources import vendor_of
from ingest.sources.errors import SourceError
from ingest.sources.vendor import Vendor, chosen_entities, load_vendor
from orchestration.assets.extracts import load_metadata
from orchestration.run import Run
from orchestration.settings import Settings

GROUP = "windows"

#: No vendor here has records that are older and can still be asked for.
FIRST_DAY = datetime(2010, 1, 1)


def build_windows(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per vendor with credentials and entity that can be asked for by time, partitioned by the day."""
    days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone=settings.reporting_timezone)
    vendors = {vendor.name: vendor for vendor in map(load_vendor, settings.pulled_sources)}
    with warnings.catch_warnings():
        # One run for days that follow each other is in beta; without it a month is thirty runs.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [
            _window(vendor, endpoint.entity, days)
            for vendor in vendors.values()
            for endpoint in vendor.endpoints
            if endpoint.since
        ]


def _window(vendor: Vendor, entity: str, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey([GROUP, vendor.name, entity]),
        group_name=GROUP,
        description=f"{entity} of {vendor.title} as they changed on the chosen days, pulled and loaded once more.",
        kinds={"python", "parquet"},
        partitions_def=days,
        # Days that follow each other are one window: fewer requests than a run for each.
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={"run"},
    )
    def window(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        run: Run = context.resources.run
        asked = context.partition_time_window
        try:
            records = _pull(run, vendor.name, entity, asked.start, asked.end)
        except SourceError as error:
            raise dg.Failure(f"{error}. What came before has landed.", allow_retries=False) from error
        files = load_landing(
            run.settings.landing,
            run.settings.lake,
            reporting_timezone=run.settings.reporting_timezone,
            loaded_at=run.loaded_at,
            tables={f"{vendor.name}__{entity}"},
            formats=run.settings.vars["formats"],
        )
        return dg.MaterializeResult(metadata={**load_metadata(files), "records_pulled": records})

    return window


def _pull(run: Run, vendor: str, entity: str, since: datetime, until: datetime) -> int:
    from ingest.sources.pull import pull

    records = 0
    for source in run.settings.pulled_sources:
        if vendor_of(source) == vendor and entity in chosen_entities(source, run.settings.environ):
            result = pull(
                source,
                entity,
                landing=run.settings.landing,
                lake=run.settings.lake,
                environ=run.settings.environ,
                now=run.loaded_at,
                since=since,
                until=until,
            )
            records += result.records
            run.progress(f"pulled {source}/{entity} from {since:%Y-%m-%d} to {until - timedelta(seconds=1):%Y-%m-%d}")
    return records
