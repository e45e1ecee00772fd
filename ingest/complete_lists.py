"""Complete lists (`*.full.*`): what is not on them is deleted.

A list adds a tombstone for each key that lived in the loads before it and that it does not have. Where rows are added
behind a list (a file that can be read at last, rows that leave quarantine), the lists after them are judged anew, so
that the lake is as if those rows had been right in the first place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ingest.contracts import Contract
from ingest.delivered import Delivered, count, padded_columns
from ingest.lake import LoadedFile, raw_columns, union_of_files
from ingest.load_run import LoadRun
from ingest.readers import read_set_aside
from ingest.statements import LoadStatements
from ingest.typing_rules import literal, quoted

_NOTHING_DELETED = "the complete list has rows without a readable key, so that nothing was taken as deleted"


def is_complete_list(record: LoadedFile) -> bool:
    """Whether the file says of itself that it is a complete list."""
    return ".full." in Path(record.file).name.lower()


def find_tombstones(
    run: LoadRun,
    delivered: Delivered,
    statements: LoadStatements,
    record: LoadedFile,
    earlier: Sequence[LoadedFile],
    loaded_before: Path | None = None,
) -> tuple[int, str]:
    """Fills the table `tombstones` if the file is a complete list; returns their number and a message.

    A list with a row whose key cannot be read deletes nothing: that row's key could be any.

    Args:
        earlier: the loads of the same source and entity that were delivered before.
        loaded_before: Parquet file of rows of the list that are not in `typed`.
    """
    if not is_complete_list(record) or not earlier:
        return 0, ""
    if delivered.malformed or count(run.connection, statements.rows_without_key):
        return 0, _NOTHING_DELETED
    run.connection.execute(statements.tombstones([run.lake / load.raw_path for load in earlier], loaded_before))
    return count(run.connection, "select count(*) from tombstones"), ""


def judged_anew(run: LoadRun, contract: Contract, changed: LoadedFile) -> list[LoadedFile]:
    """The complete lists after a load that is written behind them, as they are with it; only those that change.

    Their rows stay as they are, in the lake and in quarantine. Nothing is committed.
    """
    loads = {load.load_id: load for load in run.ledger.loaded(changed.source_system, changed.entity)}
    loads[changed.load_id] = changed
    in_order = sorted(loads.values(), key=lambda load: load.load_sequence or 0)
    anew = []
    for place, load in enumerate(in_order):
        if (load.load_sequence or 0) > (changed.load_sequence or 0) and is_complete_list(load):
            judged = _judged(run, contract, load, in_order[:place])
            if judged is not None:
                in_order[place] = judged
                anew.append(judged)
    return anew


def _judged(run: LoadRun, contract: Contract, load: LoadedFile, earlier: Sequence[LoadedFile]) -> LoadedFile | None:
    """The list with the tombstones that it has after these loads; None if they are those that it has already."""
    raw = run.lake / load.raw_path
    if load.quarantine_path:
        delivered = read_set_aside(run.connection, run.lake / load.quarantine_path, contract, Path(load.file).name)
    else:
        delivered = _nothing(run, contract)
    padded = padded_columns(run.connection, delivered, delivered.columns)
    formats = run.formats_of(load.source_system, contract)
    statements = LoadStatements(contract, delivered, load, run.reporting_timezone, padded, formats)
    run.connection.execute(statements.typed)
    tombstones, _ = find_tombstones(run, delivered, statements, load, earlier, raw)
    if tombstones == load.rows_tombstoned and (not tombstones or _are_those_of(run, contract, raw)):
        return None
    record = replace(load, revision=load.revision + 1, rows_tombstoned=tombstones)
    record = replace(record, raw_path=run.raw_path(record))
    rows = f"{rows_of(raw)} where not _is_tombstone"
    run.copy_rows(f"{rows} union all by name {statements.tombstone_rows}" if tombstones else rows, record.raw_path)
    return record


def rows_of(raw: Path) -> str:
    """A select of everything in a Parquet file of the lake."""
    return f"select * from read_parquet({literal(str(raw))}, hive_partitioning = false)"


def _are_those_of(run: LoadRun, contract: Contract, raw: Path) -> bool:
    """Whether the table `tombstones` holds what the Parquet file has of them."""
    columns = ", ".join(quoted(name) for name in dict.fromkeys((*contract.key, "updated_at")))
    before = union_of_files([str(raw.absolute())], raw_columns(contract))
    before = f"select {columns} from ({before}) where _is_tombstone"
    now = f"select {columns} from tombstones"
    difference = f"select count(*) from (({before} except all {now}) union all ({now} except all {before}))"
    return count(run.connection, difference) == 0


def _nothing(run: LoadRun, contract: Contract) -> Delivered:
    """A table `delivered` without rows."""
    name = contract.key[0]
    run.connection.execute(
        f"create or replace temp table delivered as select null::varchar as {quoted(name)} where false"
    )
    return Delivered([name], "rowid")
