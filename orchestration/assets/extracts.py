"""One asset per source entity: what landed, loaded into the lake; before that, what the vendor's API has to say.

Belongs here: turning a contract into an asset, and what a person sees of a load. How pages come is `ingest.sources`'
business, how a file becomes rows `ingest.loader`'s. A new entity needs no change here: its contract makes the asset.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta

import dagster as dg

from ingest.contracts import GENERIC, Contract, vendor_contracts
from ingest.full_disk import LakeError, is_full
from ingest.lake import LoadedFile
from ingest.loader import load_landing
from ingest.sources import vendor_of
from ingest.sources.errors import SourceError
from ingest.sources.vendor import chosen_entities
from orchestration.run import Run

GROUP = "extracts"

# A file may still be written while the sensor sees it, and an API may be down for a minute.
RETRY = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)

# A day without a delivery is late, two are a failure of the source.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def extract_key(table: str) -> dg.AssetKey:
    """The key of the extract behind a table of `raw` (`generic__orders`), which the dbt sources name too."""
    vendor, _, entity = table.partition("__")
    return dg.AssetKey(["raw", vendor, entity])


def build_extracts(vendors: Collection[str]) -> list[dg.AssetsDefinition]:
    """One asset per contract, of the canonical entities and of the vendors in use."""
    return [_extract(contract) for vendor in (GENERIC, *vendors) for contract in vendor_contracts(vendor).values()]


def _extract(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=extract_key(contract.table),
        group_name=GROUP,
        description=contract.description,
        kinds={"python", "parquet"},
        retry_policy=RETRY,
        freshness_policy=FRESHNESS,
        required_resource_keys={"run"},
    )
    def extract(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        run: Run = context.resources.run
        try:
            pulled = _pull(run, contract)
            run.begin_loading()
            files = load_landing(
                run.settings.landing,
                run.settings.lake,
                reporting_timezone=run.settings.reporting_timezone,
                loaded_at=run.loaded_at,
                tables={contract.table},
                formats=run.settings.vars["formats"],
            )
        except OSError as error:
            if not is_full(error):
                raise
            problem = f"{run.settings.home} is on a disk that is full: make room there and run again."
            raise dg.Failure(problem, allow_retries=False) from error
        except LakeError as error:
            raise dg.Failure(f"{str(error)[:1].upper()}{str(error)[1:]}.", allow_retries=False) from error
        except dg.Failure:
            raise
        except Exception as error:
            # Only the file system and the network get better by themselves.
            raise dg.Failure(f"{type(error).__name__}: {error}", allow_retries=False) from error
        return dg.MaterializeResult(metadata={**load_metadata(files), "records_pulled": pulled})

    return extract


def _pull(run: Run, contract: Contract) -> int:
    """Lands what the accounts at the contract's vendor have to say since the last pull; returns the records.

    A pull has its own patience with a vendor that is slow or down: what it gives up on is not tried again.
    """
    records = 0
    settings = run.settings
    for source in settings.pulled_sources:
        if vendor_of(source) != contract.vendor:
            continue
        from ingest.sources.pull import pull

        try:
            if contract.entity not in chosen_entities(source, settings.environ):
                continue
            result = pull(
                source,
                contract.entity,
                landing=settings.landing,
                lake=settings.lake,
                environ=settings.environ,
                now=run.loaded_at,
            )
        except SourceError as error:
            raise dg.Failure(
                f"{error}. What is published stays. To run without it, leave {contract.entity} out of "
                f"CX360_{source.upper()}_ENTITIES, or take the source's credentials out.",
                allow_retries=False,
            ) from error
        records += result.records
        run.progress(f"pulled {source}/{contract.entity}: {result.records:,} records in {result.pages:,} pages")
        for sentence in result.passed_over:
            run.progress(sentence)
    return records


def load_metadata(files: Iterable[LoadedFile]) -> dict[str, dg.MetadataValue]:
    """What a load did, in counts, and file by file; never a value of a row."""
    files = list(files)
    new = [file for file in files if file.status == "loaded"]
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(file.rows_loaded for file in new)),
        "rows_read": dg.MetadataValue.int(sum(file.rows_read for file in new)),
        "rows_quarantined": dg.MetadataValue.int(sum(file.rows_quarantined for file in new)),
        "files_loaded": dg.MetadataValue.int(len(new)),
        "files_skipped": dg.MetadataValue.int(sum(file.status == "skipped" for file in files)),
        "files_unreadable": dg.MetadataValue.int(sum(file.status == "unreadable" for file in files)),
        "seconds": dg.MetadataValue.float(sum((file.seconds for file in files), 0.0)),
        "files": dg.MetadataValue.md(_preview(files)),
    }


def _preview(files: list[LoadedFile], limit: int = 20) -> str:
    lines = [
        "| file | status | read | loaded | quarantined | unknown columns | message |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    lines += [
        f"| {file.file} | {file.status} | {file.rows_read} | {file.rows_loaded} | {file.rows_quarantined}"
        f" | {', '.join(file.unknown_columns)} | {file.message} |"
        for file in files[:limit]
    ]
    if len(files) > limit:
        lines.append(f"| and {len(files) - limit} more | | | | | | |")
    return "\n".join(lines)
