"""Where things are and how this run is to behave: paths, target, webhook, and the business settings of the dbt project.

The environment is read here and nowhere else. What a customer or a metric is does not belong here: those are dbt vars
and seeds, which this module only reads so that Python and SQL work with the same time zone and currency.

Environment variables, all optional; `.env` in the project's folder may hold them too (the environment wins):

CX360_HOME                  folder of everything that is written; default `data/` in the project's folder
CX360_AS_OF                 last day that exists for a run, YYYY-MM-DD; default yesterday in the reporting time zone
CX360_<SOURCE>_<NAME>       credentials of a source that is pulled; `cx360 sources template` lists them
CX360_VENDORS               vendors whose own formats are read, e.g. `zendesk,hubspot`; default those of sources with
                            credentials and those that have a folder in landing or in the lake; empty for none
CX360_TARGET                engine of the dbt project; default `duckdb`
CX360_VARS                  JSON object laid over the vars of `dbt_project.yml`, e.g. {"reporting_currency": "EUR"}
CX360_REPORTING_TIMEZONE    short for CX360_VARS {"reporting_timezone": ...}
CX360_WEBHOOK_URL           where a failed run is posted as JSON; default nowhere
CX360_KEEP_RELEASES         published releases kept for a rollback; default 5
CX360_MEMORY_GB             memory that a statement may use before it spills to disk, a whole number of GB;
                            default four fifths of the machine's
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from ingest import written_formats
from ingest.custom_fields import fault_of
from ingest.sources import VENDORS, vendor_of
from ingest.sources.vendor import configured_sources
from ingest.yaml_files import read_yaml
from orchestration.steps import linkage

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A setting that cannot be used; the message is one sentence that says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Settings of one process. `vars` are the dbt vars as this process uses them, `overrides` what the environment
    changed; `environ` holds all variables of the project, credentials of sources among them.
    """

    home: Path
    as_of: date | None = None
    target: str = "duckdb"
    webhook_url: str | None = None
    keep_releases: int = 5
    memory_gb: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    dbt_project: Path = PROJECT_ROOT / "dbt_project"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> "Settings":
        """Read the environment over the `.env` file. Raises SettingsError for a value that cannot be used."""
        values = {
            **{
                name: value
                for name, value in dotenv_values(env_file or PROJECT_ROOT / ".env").items()
                if value is not None
            },
            **(os.environ if environ is None else environ),
        }
        return cls(
            home=(PROJECT_ROOT / values.get("CX360_HOME", "data")).resolve(),
            as_of=_day("CX360_AS_OF", values.get("CX360_AS_OF")),
            target=_choice("CX360_TARGET", values.get("CX360_TARGET", "duckdb"), ("duckdb", "spark")),
            webhook_url=values.get("CX360_WEBHOOK_URL") or None,
            keep_releases=_positive("CX360_KEEP_RELEASES", values.get("CX360_KEEP_RELEASES", "5")),
            memory_gb=_positive("CX360_MEMORY_GB", values["CX360_MEMORY_GB"])
            if values.get("CX360_MEMORY_GB")
            else None,
            overrides=_overrides(values),
            environ={name: value for name, value in values.items() if name.startswith("CX360_")},
        )

    @cached_property
    def vars(self) -> dict[str, Any]:
        """The dbt vars with the overrides laid over them. Raises SettingsError for an override of a var that does not
        exist.
        """
        declared = read_yaml(self.dbt_project / "dbt_project.yml")["vars"]
        unknown = sorted(set(self.overrides) - set(declared))
        if unknown:
            raise SettingsError(
                f"There is no business setting {unknown[0]!r}; dbt_project/dbt_project.yml lists them under vars."
            )
        values = {**declared, "vendors": self.vendors, **self.changed_vars}
        if values["custom_fields"] and (fault := fault_of(values["custom_fields"])):
            raise SettingsError(f"The setting custom_fields cannot be used: {fault}.")
        if values["formats"] and (fault := written_formats.fault_of(values["formats"])):
            raise SettingsError(f"The setting formats cannot be used: {fault}.")
        if fault := linkage.fault_of(values):
            raise SettingsError(f"The setting {fault}.")
        return values

    @property
    def changed_vars(self) -> dict[str, Any]:
        """The dbt vars that are not those of `dbt_project.yml`: the demo company's own, and over them the overrides."""
        return {**self._demo().get("vars", {}), **self.overrides}

    @cached_property
    def vendors(self) -> list[str]:
        """The vendors whose own formats are read, in alphabetical order. Raises SettingsError for an unknown one."""
        if "vendors" in self.overrides:
            named = set(self.overrides["vendors"])
            if unknown := sorted(named - set(VENDORS)):
                raise SettingsError(f"There is no vendor {unknown[0]!r}; the vendors are {', '.join(VENDORS)}.")
            return sorted(named)
        folders = [
            folder.name
            for parent in (self.landing, self.lake / "raw")
            if parent.is_dir()
            for folder in parent.iterdir()
            if folder.is_dir()
        ]
        return sorted({vendor for source in (*folders, *self.pulled_sources) if (vendor := vendor_of(source))})

    @property
    def pulled_sources(self) -> list[str]:
        """The sources whose credentials are set, in alphabetical order."""
        return configured_sources(self.environ)

    @property
    def reporting_timezone(self) -> str:
        """IANA name of the zone in which days begin. Raises SettingsError if there is no such zone."""
        name = str(self.vars["reporting_timezone"])
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(
                f"reporting_timezone {name!r} is no IANA time zone; use a name such as Europe/Warsaw."
            ) from error
        return name

    def resolve_as_of(self, argument: date | None, now: datetime) -> date:
        """The last day that exists for a run that starts at `now` (with a zone).

        The argument wins, then CX360_AS_OF, then the last day of the demo company if landing holds nothing else, then
        yesterday in the reporting time zone.
        """
        yesterday = now.astimezone(ZoneInfo(self.reporting_timezone)).date() - timedelta(days=1)
        return argument or self.as_of or self._demo_as_of() or yesterday

    def _demo_as_of(self) -> date | None:
        demo = self._demo()
        return date.fromisoformat(demo["as_of"]) if demo else None

    def _demo(self) -> dict[str, Any]:
        """What the demo company says of itself; empty once landing holds anything else, or nothing."""
        if not self.demo_marker.is_file():
            return {}
        demo: dict[str, Any] = json.loads(self.demo_marker.read_text(encoding="utf-8"))
        landed = (
            {folder.name for folder in self.landing.iterdir() if folder.is_dir()} if self.landing.is_dir() else set()
        )
        if not landed or landed - set(demo.get("sources", landed)):
            return {}
        return demo

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def demo_marker(self) -> Path:
        """Written by the demo company beside its extracts; holds the day on which it ends, and its settings."""
        return self.home / "demo.json"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse" / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Folder of what others read: the file, older releases, the report, the Data Docs."""
        return self.home / "published"

    @property
    def published_file(self) -> Path:
        return self.published / "cx360.duckdb"

    @property
    def report(self) -> Path:
        return self.published / "report" / "index.html"

    @property
    def data_docs(self) -> Path:
        return self.published / "data_docs"

    @property
    def dbt_target(self) -> Path:
        """What dbt compiles and caches; may be deleted at any time."""
        return self.home / "dbt"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def dagster_storage(self) -> Path:
        return self.home / "dagster"

    @property
    def loading_mark(self) -> Path:
        """Holds the instant of the run that is loading; one that is killed leaves it."""
        return self.home / "run.loading"

    @property
    def run_lock(self) -> Path:
        return self.home / "run.lock"


def _overrides(values: Mapping[str, str]) -> dict[str, Any]:
    try:
        overrides = json.loads(values.get("CX360_VARS") or "{}")
    except json.JSONDecodeError as error:
        raise SettingsError(f"CX360_VARS is no JSON object: {error}.") from error
    if not isinstance(overrides, dict):
        raise SettingsError('CX360_VARS must be a JSON object, e.g. {"reporting_currency": "EUR"}.')
    if zone := values.get("CX360_REPORTING_TIMEZONE"):
        overrides["reporting_timezone"] = zone
    if "CX360_VENDORS" in values:
        overrides["vendors"] = [name.strip() for name in values["CX360_VENDORS"].split(",") if name.strip()]
    return overrides


def _day(name: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise SettingsError(f"{name} is {value!r}, which is no day; write it as YYYY-MM-DD.") from error


def _positive(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise SettingsError(f"{name} is {value!r}; it must be a whole number from 1 up.")
    return int(value)


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return value
