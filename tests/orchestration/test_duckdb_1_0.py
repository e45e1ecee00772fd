"""The published file opens in DuckDB 1.0, the oldest client that is promised, in an environment of its own."""

import json
import os
import subprocess
import sys
import venv
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_ROOT
from orchestration.steps.publication import FILE_NAME, TableComment, publish

VERSION = "1.0.0"

LOOK = """
import json, sys
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("set TimeZone = 'UTC'")
row = connection.execute("select money::varchar, at::varchar, tags, day::varchar from marts.numbers").fetchone()
comments = connection.execute(
    "select comment from duckdb_tables() where table_name = 'numbers'"
    " union all select comment from duckdb_columns() where table_name = 'numbers' and column_name = 'money'"
).fetchall()
print(json.dumps([duckdb.__version__, row, [comment for comment, in comments]]))
"""


@pytest.fixture(scope="session")
def old_python() -> Path:
    """A Python with duckdb 1.0.0, kept between test sessions beside pytest's own cache."""
    folder = PROJECT_ROOT / ".pytest_cache" / f"duckdb-{VERSION}-py{sys.version_info.major}{sys.version_info.minor}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        install = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", f"duckdb=={VERSION}"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
        if install.returncode != 0:
            pytest.skip(f"duckdb {VERSION} could not be installed here: {install.stderr.strip().splitlines()[-1]}")
        (folder / "ready").touch()
    return python


def test_published_file_opens_in_duckdb_1_0(tmp_path: Path, old_python: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("core", "marts", "quality"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            """
            create table marts.numbers as
            select
                12.3456::decimal(18, 4) as money, timestamptz '2026-01-01 00:00:00+00' as at,
                date '2026-01-01' as day, ['a', 'b'] as tags
            """
        )
    publish(
        tmp_path / "warehouse.duckdb",
        tmp_path / "published",
        as_of=date(2026, 6, 30),
        run_id="run",
        published_at=datetime(2026, 7, 1, tzinfo=UTC),
        keep=1,
        comments={("marts", "numbers"): TableComment("Numbers.", {"money": "In dollars."})},
    )
    looked = subprocess.run(
        [old_python, "-c", LOOK, str(tmp_path / "published" / FILE_NAME)], capture_output=True, text=True, check=True
    )
    assert json.loads(looked.stdout) == [
        VERSION,
        ["12.3456", "2026-01-01 00:00:00+00", ["a", "b"], "2026-01-01"],
        ["Numbers.", "In dollars."],
    ]
