"""Readers of the published file while one release after the other takes its place.

    python -m benchmarks.readers [--readers N] [--publications N]

Every row of a release holds the number of its publication, in every table, so that a mixture would show. Half of the
readers open the file for each look, the others keep it open over many publications, which is what a dashboard does.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path

import click
import duckdb

from orchestration.steps.publication import FILE_NAME, list_releases, publish

RESULTS = Path(__file__).with_name("results")
FIRST = datetime(2026, 7, 1, tzinfo=UTC)
TABLES = ("core.dim_things", "core.fct_things", "marts.numbers", "quality.counts")
ROWS = 3_000
#: Looks that a reader takes before it lets go of a file that it keeps open.
LOOKS_PER_OPENING = 40


@dataclass
class Seen:
    """What one reader saw: how often it looked, at how many releases, how often at a file that had been replaced since,
    and what was wrong.
    """

    looks: int = 0
    releases: int = 0
    old_looks: int = 0
    faults: list[str] = field(default_factory=list)


def publish_under_readers(
    home: Path, *, readers: int, publications: int, progress: Callable[[int], None] = lambda number: None
) -> tuple[list[Seen], list[float]]:
    """Publish that often while that many processes read; returns what each saw, and the seconds of each publication."""
    seconds = [_publish_number(home, 0)]
    context = multiprocessing.get_context("spawn")
    stop, answers = context.Event(), context.Queue()
    ready = context.Semaphore(0)
    processes = [
        context.Process(target=_read, args=(home / "published" / FILE_NAME, number % 2 == 1, ready, stop, answers))
        for number in range(readers)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    try:
        for number in range(1, publications + 1):
            seconds.append(_publish_number(home, number))
            progress(number)
    finally:
        stop.set()
        found = [answers.get(timeout=60) for _ in processes]
        for process in processes:
            process.join()
    return found, seconds[1:]


def _publish_number(home: Path, number: int) -> float:
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        for schema in ("core", "marts", "quality"):
            connection.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            rows = f"select {number}::bigint as number, 'row ' || range as label from range({ROWS})"
            connection.execute(f"create or replace table {table} as {rows}")
    started = time.perf_counter()
    publish(
        warehouse,
        home / "published",
        as_of=date(2026, 6, 30),
        run_id=f"{number:08d}",
        published_at=FIRST + timedelta(seconds=number),
        keep=5,
    )
    return time.perf_counter() - started


def _read(path: Path, keeps_open: bool, ready: Semaphore, stop: Event, answers: Queue[Seen]) -> None:
    seen = Seen()
    releases = set()
    ready.release()
    while not stop.is_set() and not seen.faults:
        file_before = path.stat().st_ino
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                numbers = set()
                for _ in range(LOOKS_PER_OPENING if keeps_open else 1):
                    numbers |= _numbers(connection)
                    seen.looks += 1
                    seen.old_looks += path.stat().st_ino != file_before
        except Exception as error:
            seen.faults.append(f"{type(error).__name__}: {error}")
            break
        if len(numbers) != 1:
            seen.faults.append(f"one open file holds the publications {sorted(numbers)}")
        releases |= numbers
    seen.releases = len(releases)
    answers.put(seen)


def _numbers(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """The publications of which rows are found; that of the release itself is its last line in quality.releases."""
    found = set()
    for table in TABLES:
        rows = connection.execute(
            f"select number, count(*), count(distinct label) from {table} group by all"
        ).fetchall()
        if any(counts != [ROWS, ROWS] for _, *counts in rows):
            raise AssertionError(f"{table} is not whole: {rows}")
        found |= {number for number, *_ in rows}
    last = connection.execute("select max_by(run_id, release_id)::bigint from quality.releases").fetchone()
    return {*found, *(last or ())}


@click.command()
@click.option("--readers", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--publications", type=click.IntRange(min=1), default=500, show_default=True)
def main(readers: int, publications: int) -> None:
    """Publish under readers; exit code 1 if one of them met an error or a mixed release."""
    started = time.perf_counter()

    def progress(number: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{number:,} of {publications:,}", nl=False, err=True)

    with tempfile.TemporaryDirectory() as home:
        seen, seconds = publish_under_readers(Path(home), readers=readers, publications=publications, progress=progress)
        kept = sum(release.has_file for release in list_releases(Path(home, "published")))
    faults = [fault for one in seen for fault in one.faults]
    result = {
        "readers": readers,
        "publications": publications,
        "looks": sum(one.looks for one in seen),
        "looks_at_a_file_that_was_replaced": sum(one.old_looks for one in seen),
        "releases_seen_by_each": [one.releases for one in seen],
        "faults": faults,
        "releases_kept": kept,
        "median_seconds_of_a_publication": round(sorted(seconds)[len(seconds) // 2], 3),
        "seconds": round(time.perf_counter() - started, 1),
        "cores": os.cpu_count(),
    }
    (RESULTS / "readers.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    click.echo(json.dumps(result, indent=2))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
