"""Shared by the orchestration tests: the real code location, and one small company that has been published."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from ingest.demo import write_demo
from orchestration.daily import run_daily
from orchestration.dbt import DbtProject
from orchestration.definitions import build_defs
from orchestration.settings import Settings

CUSTOMERS = 200
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> DbtProject:
    """The dbt project on an empty home, parsed: ten seconds that are spent once."""
    project = DbtProject(Settings(home=tmp_path_factory.mktemp("empty")))
    assert project.manifest
    return project


@pytest.fixture(scope="session")
def definitions(parsed: DbtProject) -> dg.Definitions:
    """The code location on an empty home."""
    return build_defs(parsed.settings, resources={"dbt": parsed})


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory, parsed: DbtProject) -> Path:
    """A home whose demo company was loaded, built, checked and published. Read it; copy it to change it."""
    home = tmp_path_factory.mktemp("published_home")
    write_demo(home / "landing", customers=CUSTOMERS, seed=360)
    shutil.copytree(parsed.settings.dbt_target, home / "dbt")
    lines: list[str] = []
    if not run_daily(Settings(home=home), as_of=AS_OF, echo=lines.append):
        pytest.fail("\n".join(lines))
    return home


@pytest.fixture
def home(published_home: Path, tmp_path: Path) -> Settings:
    """Settings on a copy of the published home, for a test that changes something."""
    shutil.copytree(published_home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def with_dbt_project(tmp_path: Path) -> Callable[[Settings], Settings]:
    """Settings on a copy of the dbt project, for a test that breaks a model."""

    def copy(settings: Settings) -> Settings:
        project = tmp_path / "dbt_project"
        shutil.copytree(settings.dbt_project, project, ignore=shutil.ignore_patterns("target", "logs"))
        return replace(settings, dbt_project=project)

    return copy
