"""One real run for all end-to-end tests: the demo company through the command line, as a user would start it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest


@dataclass(frozen=True)
class Company:
    """A demo company that was run: its home, and what the command printed."""

    home: Path
    output: str

    @property
    def truth(self) -> Path:
        return self.home / "demo" / "truth"

    def published(self) -> duckdb.DuckDBPyConnection:
        """A connection to a copy: in one process all connections to a file must be opened alike, and others open it."""
        copy = self.home / "published_copy.duckdb"
        if not copy.exists():
            shutil.copyfile(self.home / "published" / "cx360.duckdb", copy)
        return duckdb.connect(str(copy), read_only=True)


def cx360(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of this environment against `home`."""
    command = Path(sys.executable).with_name("cx360")
    environment = {**os.environ, "CX360_HOME": str(home)}
    return subprocess.run([str(command), *arguments], env=environment, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    home = tmp_path_factory.mktemp("company")
    demo = cx360(home, "demo")
    assert demo.returncode == 0, demo.stderr
    run = cx360(home, "run")
    assert run.returncode == 0, run.stdout + run.stderr
    return Company(home, run.stdout)
