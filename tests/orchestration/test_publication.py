"""Old file or new file, never half; releases, and the way back."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from benchmarks.readers import publish_under_readers
from orchestration.steps import quality
from orchestration.steps.publication import (
    FILE_NAME,
    PublicationError,
    Release,
    TableComment,
    list_releases,
    publish,
    roll_back,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

COMMENTS = {
    ("marts", "numbers"): TableComment("Numbers. It's a test.", {"number": "A number.", "gone": "No such column."})
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return write_warehouse(tmp_path / "warehouse.duckdb", number=1)


def write_warehouse(path: Path, *, number: int, rows: int = 3) -> Path:
    """A warehouse whose every row holds the same number, so that a mixture would show."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("core", "marts", "quality", "restricted", "staging"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"""
            create table marts.numbers as
            select
                {number}::bigint as number,
                12.3456::decimal(18, 4) as money,
                timestamptz '2026-01-01 00:00:00+00' as at,
                date '2026-01-01' as day,
                ['a', 'b'] as tags,
                null::varchar as nothing
            from range({rows})
            """
        )
        connection.execute("create table core.dim_things as select 'x' as thing")
        connection.execute("create view quality.counts as select count(*) as row_count from marts.numbers")
        connection.execute("create table restricted.names as select 'Ada' as name")
        connection.execute("create table staging.stg_names as select 'Ada' as name")
    return path


def publish_number(tmp_path: Path, number: int, *, keep: int = 5) -> Release:
    source = write_warehouse(tmp_path / "warehouse.duckdb", number=number)
    return publish(
        source,
        tmp_path / "published",
        as_of=date(2026, 6, 30),
        run_id=f"run{number:05d}",
        published_at=NOON + timedelta(minutes=number),
        keep=keep,
        comments=COMMENTS,
    )


def published_number(tmp_path: Path) -> int:
    with duckdb.connect(str(tmp_path / "published" / FILE_NAME), read_only=True) as connection:
        [(number,)] = connection.execute("select distinct number from marts.numbers").fetchall()
    return int(number)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_published_file_holds_tables_with_comments_and_nothing_restricted(tmp_path: Path, warehouse: Path) -> None:
    publish_number(tmp_path, 1)
    with duckdb.connect(str(tmp_path / "published" / FILE_NAME), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        assert [(schema, table) for schema, table, _ in tables] == [
            ("core", "dim_things"),
            ("marts", "numbers"),
            ("quality", "counts"),
            ("quality", "releases"),
        ]
        assert tables[1][2] == "Numbers. It's a test."
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
        comment = connection.execute(
            "select comment from duckdb_columns() where table_name = 'numbers' and column_name = 'number'"
        ).fetchone()
        assert comment == ("A number.",)
        types = dict(connection.execute("select column_name, column_type from (describe marts.numbers)").fetchall())
    assert types == {
        "number": "BIGINT",
        "money": "DECIMAL(18,4)",
        "at": "TIMESTAMP WITH TIME ZONE",
        "day": "DATE",
        "tags": "VARCHAR[]",
        "nothing": "VARCHAR",
    }


def test_release_table_tells_the_history_up_to_itself(tmp_path: Path) -> None:
    first, second = publish_number(tmp_path, 1), publish_number(tmp_path, 2)
    with duckdb.connect(str(tmp_path / "published" / FILE_NAME), read_only=True) as connection:
        rows = connection.execute(
            "select release_id, as_of, run_id, row_count from quality.releases order by 1"
        ).fetchall()
    # 3 numbers + 1 thing + 1 row of counts = 5; the release table does not count itself.
    assert rows == [
        (first.release_id, date(2026, 6, 30), "run00001", 5),
        (second.release_id, date(2026, 6, 30), "run00002", 5),
    ]


def test_rollback_goes_to_the_release_before_and_to_a_named_one(tmp_path: Path) -> None:
    first = publish_number(tmp_path, 1)
    publish_number(tmp_path, 2)
    third = publish_number(tmp_path, 3)
    assert published_number(tmp_path) == 3
    roll_back(tmp_path / "published")
    assert published_number(tmp_path) == 2
    roll_back(tmp_path / "published", first.release_id)
    assert published_number(tmp_path) == 1
    assert [release.is_current for release in list_releases(tmp_path / "published")] == [True, False, False]
    with pytest.raises(PublicationError, match="no older release"):
        roll_back(tmp_path / "published")
    roll_back(tmp_path / "published", third.release_id)
    assert published_number(tmp_path) == 3


def test_rollback_to_the_current_release_changes_nothing(tmp_path: Path) -> None:
    release = publish_number(tmp_path, 1)
    roll_back(tmp_path / "published", release.release_id)
    assert published_number(tmp_path) == 1
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [FILE_NAME, "releases"]


def test_only_the_last_releases_keep_their_file_and_all_keep_their_record(tmp_path: Path) -> None:
    for number in range(1, 5):
        publish_number(tmp_path, number, keep=2)
    releases = list_releases(tmp_path / "published")
    assert [release.has_file for release in releases] == [False, False, True, True]
    with pytest.raises(PublicationError, match="no kept release"):
        roll_back(tmp_path / "published", releases[0].release_id)
    assert published_number(tmp_path) == 4


def test_publication_that_fails_leaves_the_old_file(tmp_path: Path, warehouse: Path) -> None:
    publish_number(tmp_path, 1)
    before = digest(tmp_path / "published" / FILE_NAME)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create view quality.broken as select error('no') as reason from marts.numbers")
    with pytest.raises(duckdb.Error):
        publish(
            warehouse,
            tmp_path / "published",
            as_of=date(2026, 6, 30),
            run_id="x",
            published_at=NOON,
            keep=5,
            comments={},
        )
    assert digest(tmp_path / "published" / FILE_NAME) == before
    publish_number(tmp_path, 2)
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [FILE_NAME, "releases"]


def test_readers_see_one_whole_release_while_others_are_published(tmp_path: Path) -> None:
    seen, _ = publish_under_readers(tmp_path, readers=2, publications=20)
    assert [fault for reader in seen for fault in reader.faults] == []
    opens_anew, keeps_open = seen
    assert opens_anew.releases > 5
    assert keeps_open.old_looks > 5


WRITER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from orchestration.steps.publication import publish
home = Path(sys.argv[1])
print("go", flush=True)
publish(
    home / "big.duckdb", home / "published", as_of=date(2026, 6, 30), run_id="killed",
    published_at=datetime(2026, 7, 1, 13, tzinfo=UTC), keep=5, comments={},
)
print("done", flush=True)
"""


@pytest.mark.parametrize("milliseconds", [0, 150, 400])
def test_kill_in_the_middle_leaves_the_old_file(tmp_path: Path, milliseconds: int) -> None:
    publish_number(tmp_path, 1)
    before = digest(tmp_path / "published" / FILE_NAME)
    write_warehouse(tmp_path / "big.duckdb", number=2, rows=10_000_000)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "go\n"
    time.sleep(milliseconds / 1000)
    os.kill(writer.pid, signal.SIGKILL)
    rest, _ = writer.communicate()
    assert rest == "", "the publication was over before it was killed"
    assert digest(tmp_path / "published" / FILE_NAME) == before
    # The next publication clears away what the killed one left.
    publish_number(tmp_path, 3)
    assert published_number(tmp_path) == 3
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [FILE_NAME, "releases"]


def test_a_full_disk_is_said_in_one_sentence_and_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    publish_number(tmp_path, 1)
    before = digest(tmp_path / "published" / FILE_NAME)
    write_warehouse(tmp_path / "big.duckdb", number=2, rows=1_000_000)
    # Files of this process cannot grow beyond a size that the new file needs.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"
    writer = subprocess.run([sys.executable, "-c", limit + WRITER, str(tmp_path)], capture_output=True, text=True)
    assert writer.stderr.splitlines()[-1] == (
        "orchestration.steps.publication.PublicationError: The file for publication cannot be written (File too large);"
        f" make room for it in {tmp_path / 'published'} and run again."
    )
    assert digest(tmp_path / "published" / FILE_NAME) == before
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [FILE_NAME, "releases"]


def test_what_a_killed_publication_had_spilled_is_removed_by_the_next(tmp_path: Path) -> None:
    publish_number(tmp_path, 1)
    spilled = tmp_path / "published" / ".20260701T120000Z-run00002.spill"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"0" * 10)
    publish_number(tmp_path, 2)
    assert not spilled.exists()
    assert published_number(tmp_path) == 2


def test_the_warehouse_keeps_to_the_memory_that_is_set(tmp_path: Path, warehouse: Path) -> None:
    with quality.connect(warehouse, memory_gb=1) as connection:
        assert connection.execute("select current_setting('memory_limit')").fetchone() == ("953.6 MiB",)
