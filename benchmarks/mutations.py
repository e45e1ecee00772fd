"""Good extracts, spoiled at random, through the real loader: nothing is lost, nothing raises, memory stays bounded.

    python -m benchmarks.mutations [--cases N] [--seed N]

Belongs here: loading many spoiled files beside good ones, what must hold of each, and making a failure small. How files
are spoiled is `extracts`' business.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import click
import duckdb

from benchmarks.extracts import ENTITY, LOADED_FORMATS, ROWS, SOURCE, Case, good_rows, random_case
from ingest.lake import LoadedFile, register_raw_views
from ingest.loader import load_landing

RESULTS = Path(__file__).with_name("results")
LOADED_AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
BATCH = 100
#: Bytes of resident memory that loading may add; DuckDB alone may take 1 GB before it spills.
MEMORY_LIMIT = 2 * 1024**3


@dataclass(frozen=True)
class Fault:
    """A case that does not hold, and what was seen."""

    case: Case
    what: str


def faults_of(cases: Sequence[Case], added: list[int] | None = None) -> tuple[list[Fault], Counter[str]]:
    """Loads the cases and a good file of each format from one landing folder.

    Returns what does not hold, and how many of the files were loaded, loaded in part, refused as a whole or skipped.
    The bytes of memory that loading added at its peak are appended to `added`; to spoil a file takes more than that.
    """
    with tempfile.TemporaryDirectory() as home:
        landing, lake = Path(home, "landing"), Path(home, "lake")
        folder = landing / SOURCE / ENTITY
        folder.mkdir(parents=True)
        contents: dict[str, tuple[Case, bytes]] = {}
        for number, case in enumerate(cases):
            ending, content = case.render()
            contents[f"{SOURCE}/{ENTITY}/case{number:05d}.{ending}"] = case, content
            (folder / f"case{number:05d}.{ending}").write_bytes(content)
        for ending in LOADED_FORMATS:
            # In a source of its own, so that a case that spoiled nothing does not pass for a second delivery.
            (landing / "good" / ENTITY).mkdir(parents=True, exist_ok=True)
            (landing / "good" / ENTITY / f"whole.{ending}").write_bytes(Case(ending).render()[1])
        before = _resident("VmRSS", forget_peak=True) if added is not None else 0
        try:
            found = load_landing(landing, lake, reporting_timezone="UTC", loaded_at=LOADED_AT)
            if added is not None:
                added.append(_resident("VmHWM") - before)
            records = {record.file: record for record in found}
            loaded, quarantined = _seen(lake)
        except Exception:  # whatever the loader raises is a fault of it
            raised = traceback.format_exc()
            if len(cases) <= 1:
                return [Fault(case, raised) for case in cases], Counter()
            halves = [faults_of(cases[: len(cases) // 2], added), faults_of(cases[len(cases) // 2 :], added)]
            return [fault for faults, _ in halves for fault in faults], halves[0][1] + halves[1][1]
    faults = []
    outcomes: Counter[str] = Counter()
    for file, (case, content) in contents.items():
        what = _what_is_wrong(records.get(file), loaded.get(file, []), quarantined.get(file, 0), content)
        faults += [Fault(case, what)] if what else []
        outcomes[_outcome(records[file]) if file in records else "lost"] += 1
    for ending in LOADED_FORMATS:
        file = f"good/{ENTITY}/whole.{ending}"
        expected = [row["ticket_id"] for row in good_rows()]
        if sorted(loaded.get(file, [])) != expected:
            faults.append(
                Fault(Case(ending), f"the good file {file} loaded {len(loaded.get(file, []))} of {ROWS} rows")
            )
    return faults, outcomes


def _resident(name: str, *, forget_peak: bool = False) -> int:
    """Bytes of this process's memory: VmRSS now, VmHWM at its peak since that was last forgotten."""
    if forget_peak:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _seen(lake: Path) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Of each file the identifiers in the lake and the number of rows in quarantine, as the warehouse sees them."""
    with duckdb.connect() as connection:
        register_raw_views(connection, lake)
        loaded: dict[str, list[str]] = {}
        for file, ticket_id in connection.execute(f"select _file, ticket_id from raw.generic__{ENTITY}").fetchall():
            loaded.setdefault(file, []).append(ticket_id)
        quarantined = connection.execute(
            "select file, count(distinct row_number) from restricted.quarantined_rows group by file"
        ).fetchall()
    return loaded, dict(quarantined)


def _outcome(record: LoadedFile) -> str:
    return "loaded in part" if record.status == "loaded" and record.rows_quarantined else record.status


def _what_is_wrong(record: LoadedFile | None, loaded: list[str], quarantined: int, content: bytes) -> str:
    """What does not hold of a file, in one sentence; empty if all does."""
    if record is None:
        return "the file is not in the records"
    if record.status == "unreadable":
        if loaded or quarantined:
            return f"unreadable, but {len(loaded)} rows are loaded and {quarantined} in quarantine"
        if not _is_a_sentence(record.message):
            return f"the message is no sentence: {record.message!r}"
        return ""
    if record.status == "skipped":
        return "" if record.message.startswith("same content as") else f"skipped with the message {record.message!r}"
    if record.rows_read != record.rows_loaded + record.rows_quarantined:
        return f"read {record.rows_read}, loaded {record.rows_loaded}, quarantined {record.rows_quarantined}"
    if (record.rows_loaded, record.rows_quarantined) != (len(loaded), quarantined):
        told = f"{record.rows_loaded} loaded and {record.rows_quarantined} quarantined"
        return f"the record says {told}, but there are {len(loaded)} and {quarantined}"
    if not record.rows_read and content.count(b"t00") > 1 and not (record.message or record.unknown_columns):
        return "a file with rows gave none, and nobody is told"
    if ".jsonl" in record.file and (lost := _intact_lines(content) - set(loaded)):
        return f"lines that nothing spoiled were not loaded: {sorted(lost)}"
    return ""


def _is_a_sentence(message: str) -> bool:
    words = message.split()
    unwanted = ("Traceback", "Exception", "Error:", "/tmp", "INTERNAL", "std::", "0x")
    return len(words) > 2 and "\n" not in message and len(message) < 400 and not any(w in message for w in unwanted)


def _intact_lines(content: bytes) -> set[str]:
    """Identifiers of the lines of a JSONL file that are as they were written, and whose line no other contradicts."""
    lines = set(content.split(b"\n"))
    return {row["ticket_id"] for row in good_rows() if json.dumps(row, ensure_ascii=False).encode() in lines}


def shrunk(fault: Fault) -> Fault:
    """The same fault with as few steps as show any."""
    for case in fault.case.smaller():
        found, _ = faults_of([case])
        if found:
            return shrunk(found[0])
    return fault


@click.command()
@click.option("--cases", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", type=int, default=360, show_default=True)
def main(cases: int, seed: int) -> None:
    """Load that many spoiled files; exit code 1 if something does not hold. The results are written as it goes."""
    random = Random(seed)
    started = time.perf_counter()
    faults: list[Fault] = []
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    added: list[int] = []
    for first in range(0, cases, BATCH):
        batch = [random_case(random) for _ in range(min(BATCH, cases - first))]
        kinds.update(kind for case in batch for kind, _ in case.steps)
        found, seen = faults_of(batch, added)
        outcomes += seen
        for fault in map(shrunk, found):
            faults.append(fault)
            click.echo(f"{fault.case}\n  {fault.what}")
        peak = max(added)
        result = {
            "cases": first + len(batch),
            "seed": seed,
            "faults": [f"{fault.case}: {fault.what.strip().rpartition(chr(10))[2]}" for fault in faults],
            "outcomes": dict(sorted(outcomes.items())),
            "damage": dict(sorted(kinds.items())),
            "added_bytes": peak,
            "added_limit_bytes": MEMORY_LIMIT,
            "seconds": round(time.perf_counter() - started, 1),
            "cores": os.cpu_count(),
        }
        (RESULTS / "mutations.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        if sys.stderr.isatty():
            click.echo(f"\r{first + len(batch):,} of {cases:,}", nl=False, err=True)
    click.echo(f"{cases:,} files: {dict(outcomes)}; {len(faults)} faults, {peak / 1024**2:,.0f} MiB more at the peak")
    sys.exit(1 if faults or peak > MEMORY_LIMIT else 0)


if __name__ == "__main__":
    main()
