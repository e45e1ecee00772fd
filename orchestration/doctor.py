"""What `cx360 doctor` looks at: the installation, the folders, the settings, the dbt project, what is published.

Belongs here: looking, and one sentence per finding that says what to do. It changes nothing but the dbt cache.
"""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from orchestration.dbt import DbtError, DbtProject
from orchestration.run import RunLockedError, hold_lock
from orchestration.seeds import seed_faults
from orchestration.settings import Settings, SettingsError

_ENOUGH_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `text` says what was found and, where it is not good, what to do."""

    is_good: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which a run would meet them."""
    return list(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(
        sys.version_info >= (3, 11), f"Python {version} (3.11 or later is needed), duckdb {duckdb.__version__}."
    )
    yield from _home(settings)
    try:
        yield Finding(True, f"Days begin in {settings.reporting_timezone}; the engine is {settings.target}.")
    except SettingsError as error:
        yield Finding(False, str(error))
        return
    files = sum(path.is_file() for path in settings.landing.glob("*/*/*"))
    yield Finding(
        True, f"{files} files in {settings.landing}." + ("" if files else " `cx360 demo` writes a demo company.")
    )
    faults = seed_faults(settings.dbt_project)
    yield from (Finding(False, fault) for fault in faults)
    if not faults:
        yield Finding(True, "The seeds, settings that are tables, have no fault.")
    try:
        nodes = DbtProject(settings).manifest["nodes"]
        yield Finding(True, f"The dbt project parses: {len(nodes)} models, seeds and tests.")
    except DbtError as error:
        yield Finding(False, str(error))
    yield from _published(settings)


def _home(settings: Settings) -> Iterator[Finding]:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with hold_lock(settings.run_lock):
            pass
    except RunLockedError as error:
        yield Finding(True, str(error))
    except OSError as error:
        yield Finding(
            False, f"{settings.home} cannot be written to ({error.strerror}); set CX360_HOME to a folder of yours."
        )
        return
    free = shutil.disk_usage(settings.home).free
    yield Finding(free >= _ENOUGH_BYTES, f"{free / 1024**3:,.1f} GiB are free in {settings.home}; 2 GiB should be.")


def _published(settings: Settings) -> Iterator[Finding]:
    if not settings.published_file.exists():
        yield Finding(True, "Nothing has been published yet; `cx360 run` does.")
        return
    try:
        with duckdb.connect(str(settings.published_file), read_only=True) as connection:
            row = connection.execute("select max(release_id), max(as_of) from quality.releases").fetchone()
        yield Finding(True, f"{settings.published_file} is release {row[0]}, as of {row[1]}." if row else "")
    except duckdb.Error as error:
        yield Finding(
            False, f"{settings.published_file} does not open ({error}); `cx360 releases rollback` puts back another."
        )
