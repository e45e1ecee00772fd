"""The Python steps between dbt layers: who is who, the fits of the value models, the weights of drivers.

Belongs here: what a step waits for and what it writes, as assets. What it computes is in `orchestration/steps`.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration.run import Run
from orchestration.steps import quality

GROUP = "steps"


def _key(schema: str, table: str) -> dg.AssetKey:
    return dg.AssetKey([schema, table])


_IDENTITY_READS = [
    _key("intermediate", "int_identity_records"),
    _key("intermediate", "int_account_records"),
    _key("settings", "identity_blocklist"),
    _key("settings", "identity_overrides"),
]


_PURCHASE_HISTORIES = _key("intermediate", "int_purchase_histories")


@dg.multi_asset(
    name="identity",
    specs=[
        dg.AssetSpec(
            _key("steps", "phone_numbers"), deps=_IDENTITY_READS, group_name=GROUP, description="Phones in E.164."
        ),
        dg.AssetSpec(
            _key("steps", "identity_keys"),
            deps=_IDENTITY_READS,
            group_name=GROUP,
            description="One row per source record and normalised key value.",
        ),
        dg.AssetSpec(
            _key("steps", "identity_clusters"),
            deps=_IDENTITY_READS,
            group_name=GROUP,
            description="The customer or account that each source record belongs to.",
        ),
    ],
    required_resource_keys={"run"},
)
def identity(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Link source records to stable ids, which the registry in the lake keeps."""
    from orchestration.steps.identity import resolve_identities
    from orchestration.steps.linkage import LinkageSettings

    run: Run = context.resources.run
    business = run.settings.vars
    run.end_loading()
    with quality.connect(run.settings.warehouse, memory_gb=run.settings.memory_gb) as connection:
        result = resolve_identities(
            connection,
            run.settings.lake,
            loaded_at=run.loaded_at,
            default_country=business["default_phone_country"],
            max_records_per_key=business["identity_max_contacts_per_key"],
            linkage_settings=LinkageSettings.from_vars(business),
        )
    run.progress(f"identity: {result.records:,} records, {result.customers:,} customers, {result.accounts:,} accounts")
    counts: Mapping[str, int] = vars(result)
    for name in ("phone_numbers", "identity_keys", "identity_clusters"):
        yield dg.MaterializeResult(asset_key=_key("steps", name), metadata=dict(counts))


@dg.multi_asset(
    name="value_fits",
    specs=[
        dg.AssetSpec(
            _key("steps", "model_fits"),
            deps=[_PURCHASE_HISTORIES],
            group_name=GROUP,
            description="Parameters of the value models, one row per parameter.",
        ),
        dg.AssetSpec(
            _key("steps", "model_fit_status"),
            deps=[_PURCHASE_HISTORIES],
            group_name=GROUP,
            description="Whether each value model could be fitted, and if not, why.",
        ),
    ],
    required_resource_keys={"run"},
)
def value_fits(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Parameters of BG/NBD, MBG/NBD and Gamma-Gamma, by maximum likelihood."""
    from orchestration.steps.value_models import fit_value_models

    run: Run = context.resources.run
    with quality.connect(run.settings.warehouse, memory_gb=run.settings.memory_gb) as connection:
        fits = fit_value_models(connection, as_of=run.as_of)
    run.progress(f"value fits: {len(fits)} models")
    for name in ("model_fits", "model_fit_status"):
        yield dg.MaterializeResult(asset_key=_key("steps", name), metadata={"models": len(fits)})


@dg.multi_asset(
    name="driver_importance",
    specs=[
        dg.AssetSpec(
            _key("steps", "driver_importance"),
            deps=[_key("intermediate", "int_driver_answers")],
            group_name=GROUP,
            description="How much of an outcome each driver goes with, one row per cell and driver.",
        )
    ],
    required_resource_keys={"run"},
)
def driver_importance(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """LMG shares of R squared with bootstrap intervals."""
    from orchestration.steps.driver_importance import weigh_drivers

    run: Run = context.resources.run
    with quality.connect(run.settings.warehouse, memory_gb=run.settings.memory_gb) as connection:
        cells = weigh_drivers(connection, as_of=run.as_of, trailing_days=run.settings.vars["trailing_days"])
    run.progress(f"drivers: {cells} cells weighed")
    return dg.MaterializeResult(metadata={"cells": cells})
