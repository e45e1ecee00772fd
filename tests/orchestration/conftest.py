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
from orchestration.definitions import build_defs
from orchestration.settings import Settings

CUSTOMERS = 200
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The code location on an empty home."""
    return build_defs(Settings(home=tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose demo company was loaded, built, checked and published. Read it; copy it to change it."""
    home = tmp_path_factory.mktemp("published_home")
    write_demo(home / "landing", customers=CUSTOMERS, seed=360)
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
