"""Dagster's instance for this project: `dagster.yaml` of the project's folder, storage under CX360_HOME."""

import os

import dagster as dg

from orchestration.settings import PROJECT_ROOT, Settings


def environment(settings: Settings) -> dict[str, str]:
    """What Dagster's processes must find in their environment to work on the same home."""
    return {
        "DAGSTER_HOME": str(PROJECT_ROOT),
        "CX360_DAGSTER_STORAGE": str(settings.dagster_storage),
        "CX360_HOME": str(settings.home),
    }


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that keeps the history of runs; its folder is made if missing."""
    settings.dagster_storage.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(environment(settings))
    return dg.DagsterInstance.from_config(str(PROJECT_ROOT))
