"""Tries again what lies in quarantine: rows that broke their contract, and files that could not be read.

For use after a contract, a setting or a reader was mended. What loads now leaves quarantine and takes the place that it
would have had: load, place in the order of delivery and instant stay those of its file, so that the lake is as if the
rows had been right in the first place, a later delivery of the same key still wins, and complete lists that came later
are judged anew. Rows that had loaded stay as they are. The rows come from the file as it was delivered; if it is gone
or has changed, from what quarantine kept of them. Each file is one commit: a kill leaves it as it was, or done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.complete_lists import judged_anew, rows_of
from ingest.contracts import Contract, vendor_contracts
from ingest.delivered import DUCKDB_ERRORS, ROW_NUMBER, Delivered, UnreadableFileError, content_hash, count
from ingest.full_disk import raise_if_full
from ingest.lake import LoadedFile
from ingest.landing_files import Found, landing_files
from ingest.load_run import LoadRun, file_state
from ingest.loader import commit, fault_of, load_file, open_run, sparing_memory, written
from ingest.readers import WITH_NUMBERS, file_format, read_delivered, read_set_aside
from ingest.typing_rules import quoted


@dataclass(frozen=True)
class Replayed:
    """What became of one file.

    Attributes:
        file: path relative to the landing folder.
        before: its record before.
        after: its record now; the same object if nothing changed.
        message: what a person should know, as part of a sentence; empty if nothing.
    """

    file: str
    before: LoadedFile
    after: LoadedFile
    message: str = ""

    @property
    def rows_freed(self) -> int:
        """Rows that were in quarantine, or in a file that could not be read, and are loaded now."""
        return self.after.rows_loaded - self.before.rows_loaded


def replay(
    landing: Path,
    lake: Path,
    *,
    reporting_timezone: str,
    now: datetime,
    formats: Mapping[str, Any] | None = None,
    chosen: Callable[[LoadedFile], bool] = lambda _: True,
    on_file: Callable[[Replayed], None] = lambda _: None,
) -> list[Replayed]:
    """Tries the rows of quarantine and the unreadable files again.

    Args:
        landing: folder of the files as received.
        lake: folder of the lake.
        reporting_timezone: IANA name; a bare date where a timestamp is due is midnight there.
        now: this instant, with time zone; a file that has changed since is a new delivery of this instant.
        formats: the setting of that name (`ingest.written_formats`); None if all is written plainly.
        chosen: which files, by their record; all by default.
        on_file: called with each file as it is done.

    Returns:
        One entry per chosen file of which something lies in quarantine, in the order of delivery.

    Raises:
        RuntimeError: another process is loading into the lake.
        LandingError: the landing folder as a whole cannot be read.
        LakeError: the lake cannot be written, as on a full disk.
    """
    done = []
    with open_run(landing, lake, reporting_timezone=reporting_timezone, loaded_at=now, formats=formats) as run:
        there = {found.file: found for found in landing_files(landing)}
        waiting = [
            record
            for record in run.ledger.records.values()
            if chosen(record)
            and (record.status == "unreadable" or (record.status == "loaded" and record.quarantine_path))
        ]
        for record in sorted(waiting, key=lambda record: (record.load_sequence or 0, record.file)):
            one = _file_again(run, record, there) if record.status == "unreadable" else _rows_again(run, record, there)
            done.append(one)
            on_file(one)
    return done


def _file_again(run: LoadRun, before: LoadedFile, there: dict[str, Found]) -> Replayed:
    if before.file not in there:
        return Replayed(before.file, before, before, "the file is gone from landing; put it there again")
    after = load_file(run, there[before.file])
    if after.status == "unreadable":
        return Replayed(before.file, before, after, after.message)
    run.ledger.forget_unreadable_except(
        [record.file for record in run.ledger.unreadable() if record.file != before.file]
    )
    return Replayed(before.file, before, after, after.message)


def _rows_again(run: LoadRun, before: LoadedFile, there: dict[str, Found]) -> Replayed:
    try:
        contract = vendor_contracts(before.table.partition("__")[0]).get(before.entity)
        if contract is None:
            raise UnreadableFileError(f"there is no contract for an entity named {before.entity} any more")
        loaded_before: Path | None = None
        message = ""

        def once() -> LoadedFile:
            nonlocal loaded_before, message
            delivered, loaded_before, message = _delivered_again(run, contract, before, there)
            return written(run, contract, delivered, replace(before, revision=before.revision + 1), loaded_before)

        after = sparing_memory(run, once)
        if _is_the_same(run, before, after):
            _remove(run, after)
            return Replayed(before.file, before, before, message)
        changed = [after, *judged_anew(run, contract, after)]
    except (UnreadableFileError, *DUCKDB_ERRORS, OSError) as error:
        raise_if_full(run.lake, error)
        return Replayed(before.file, before, before, fault_of(error, before.file))
    only_reasons = after.rows_loaded == before.rows_loaded and len(changed) == 1 and loaded_before is not None
    if only_reasons and after.rows_tombstoned == before.rows_tombstoned:
        run.ledger.commit(after)
    else:
        commit(run, *changed)
    return Replayed(before.file, before, after, message)


def _delivered_again(
    run: LoadRun, contract: Contract, load: LoadedFile, there: dict[str, Found]
) -> tuple[Delivered, Path | None, str]:
    """Fills `delivered` and `malformed` with the rows to try.

    Returns:
        What was read, the Parquet file of the rows that stay (None if all rows were read), and what to say.

    Raises:
        UnreadableFileError: the rows cannot be told from what there is.
    """
    raw = run.lake / load.raw_path
    set_aside = run.lake / load.quarantine_path
    path = _as_delivered(run, load, there)
    formats = run.formats_of(load.source_system, contract)
    if path is None:
        kind, _ = file_format(Path(load.file))
        if kind in WITH_NUMBERS and any(written.decimal == "," for written in formats.values()):
            raise UnreadableFileError(
                "the file is not in landing as it was, and quarantine does not tell its numbers from texts, which the "
                "setting formats reads with a decimal comma; put the file there again"
            )
        delivered = read_set_aside(run.connection, set_aside, contract, Path(load.file).name)
        message = "the file is gone from landing" if load.file not in there else "the file has changed since"
        kept = f"; {delivered.malformed:,} without columns stay" if delivered.malformed else ""
        return delivered, raw, f"{message}: the rows were tried as quarantine kept them{kept}"
    delivered = read_delivered(run.connection, path, contract, run.work, formats)
    run.connection.execute(f"""
        create or replace temp table set_aside as select distinct row_number as number from ({rows_of(set_aside)})
    """)
    before = f"select _row_number from ({rows_of(raw)}) where not _is_tombstone union all from set_aside"
    now = f"select {delivered.row_number} from {delivered.relation} union all select row_number from malformed"
    difference = f"(({before}) except all ({now})) union all (({now}) except all ({before}))"
    if count(run.connection, f"select count(*) from ({difference})"):
        return delivered, None, "its rows are told apart otherwise than before, so that all of it was loaded anew"
    columns = ", ".join(quoted(name) for name in delivered.columns)
    run.connection.execute(f"""
        create or replace temp table delivered as
        select {columns}, {delivered.row_number} as {ROW_NUMBER}
        from {delivered.relation}
        where {delivered.row_number} in (from set_aside)
    """)
    run.connection.execute("delete from malformed where row_number not in (from set_aside)")
    malformed = count(run.connection, "select count(*) from malformed")
    return replace(delivered, relation="delivered", row_number=ROW_NUMBER, malformed=malformed), raw, ""


def _as_delivered(run: LoadRun, load: LoadedFile, there: dict[str, Found]) -> Path | None:
    """A file of landing that is still what the load was made of, under its name or another."""
    same = (record for record in run.ledger.records.values() if record.load_id == load.load_id)
    for record in (load, *same):
        found = there.get(record.file)
        if found is None or found.fault:
            continue
        try:
            is_unchanged = file_state(found.path) == (record.size, record.modified_ns)
            if is_unchanged or content_hash(found.path) == load.content_hash:
                return found.path
        except OSError:
            continue
    return None


def _is_the_same(run: LoadRun, before: LoadedFile, after: LoadedFile) -> bool:
    """Whether as much is loaded and deleted as before, and the same values are in quarantine for the same reasons."""
    counted = ("rows_read", "rows_loaded", "rows_tombstoned")
    if any(getattr(before, name) != getattr(after, name) for name in counted):
        return False
    old, new = (
        f'select row_number, "column", value, reason from ({rows_of(run.lake / load.quarantine_path)})'
        for load in (before, after)
    )
    difference = f"(({old}) except all ({new})) union all (({new}) except all ({old}))"
    return count(run.connection, f"select count(*) from ({difference})") == 0


def _remove(run: LoadRun, load: LoadedFile) -> None:
    for path in filter(None, (load.raw_path, load.quarantine_path)):
        (run.lake / path).unlink()
