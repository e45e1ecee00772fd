"""The composition root: every part by name, put together in one function.

Belongs here: the parts and the resources they share. What a part is made of belongs to its module; settings are read in
`settings`; work of any kind belongs to the steps. https://docs.dagster.io/guides/build/projects-and-components
"""

import logging
from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.assets.extracts import build_extracts
from orchestration.assets.publication import build_publication
from orchestration.assets.steps import driver_importance, identity, value_fits
from orchestration.assets.warehouse import STEPS, build_dbt_layers
from orchestration.assets.windows import build_windows
from orchestration.checks import build_gates
from orchestration.dbt import DbtProject
from orchestration.jobs import JOBS, REPULL
from orchestration.run import Clock, run_resource
from orchestration.schedules import daily_schedule
from orchestration.sensors import build_sensors
from orchestration.settings import Settings

_PUBLISHED_STEPS = {f"dbt_{step.name}" for step in STEPS if step.layer in ("core", "marts")}


def build_defs(settings: Settings, *, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The code location for these settings; `resources` are laid over the default ones (`run`, `clock`, `dbt`,
    `progress`).
    """
    dbt = (resources or {}).get("dbt") or DbtProject(settings)
    layers = build_dbt_layers(dbt.manifest)
    windows = build_windows(settings)
    published = [key for layer in layers if layer.op.name in _PUBLISHED_STEPS for key in layer.keys]
    return dg.Definitions(
        assets=[
            *build_extracts(settings.vendors),
            *layers,
            identity,
            value_fits,
            driver_importance,
            *build_publication(published),
            *windows,
        ],
        asset_checks=build_gates(settings.vendors),
        jobs=[*JOBS, REPULL] if windows else JOBS,
        schedules=[daily_schedule(settings.reporting_timezone)],
        sensors=build_sensors(settings),
        resources={
            "run": run_resource(settings),
            "clock": Clock(),
            "dbt": dbt,
            "progress": logging.getLogger("cx360").info,
            **(resources or {}),
        },
        # DuckDB takes one writing process: the steps of a run share one.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What the web UI and the daemon load."""
    return build_defs(Settings.from_environment())
