"""A day's delivery for the demo company: 1/365 of each large entity once more, under ids of its own.

Belongs here: making new rows out of loaded ones. New tickets come with their events, new responses with their
invitation and their answers; contacts are delivered again as changed on the last day.
"""

from datetime import date
from pathlib import Path

import duckdb

from ingest.contracts import load_contracts

# entity: the id by which a row is chosen, and the ids that are made new
_NEW_ROWS = {
    "orders": ("order_id", ("order_id",)),
    "tickets": ("ticket_id", ("ticket_id",)),
    "ticket_events": ("ticket_id", ("ticket_id", "event_id")),
    "survey_invitations": ("invitation_id", ("invitation_id",)),
    "survey_responses": ("invitation_id", ("invitation_id", "response_id")),
    "survey_answers": ("response_id", ("response_id",)),
}
_FILE = "benchmark_day.parquet"


def deliver_next_day(landing: Path, lake: Path, as_of: date) -> dict[str, int]:
    """Write one file per source and entity into landing; returns the rows by entity."""
    contracts = load_contracts()
    counts: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create view responses as {_rows(lake, 'survey_responses')}")
        for entity, (chosen_by, new_ids) in _NEW_ROWS.items():
            columns = ", ".join(
                f"'new-' || {column.name} as {column.name}" if column.name in new_ids else column.name
                for column in contracts[entity].columns
                if column.name in _columns(connection, lake, entity)
            )
            chosen = f"hash({chosen_by}) % 365 = 0"
            if entity == "survey_answers":
                chosen = (
                    "(_source_system, response_id) in"
                    " (select (_source_system, response_id) from responses where hash(invitation_id) % 365 = 0)"
                )
            counts[entity] = _write(connection, landing, entity, f"{_rows(lake, entity)} where {chosen}", columns)
        columns = ", ".join(
            column.name
            for column in contracts["contacts"].columns
            if column.name in _columns(connection, lake, "contacts")
        )
        counts["contacts"] = _write(
            connection,
            landing,
            "contacts",
            f"{_rows(lake, 'contacts')} where hash(contact_id) % 365 = 0"
            " qualify row_number() over (partition by _source_system, contact_id order by _load_sequence desc) = 1",
            f"{columns}, timestamptz '{as_of.isoformat()} 00:00:00+00' as updated_at",
        )
    return counts


def _rows(lake: Path, entity: str) -> str:
    return (
        f"select * from read_parquet('{lake}/raw/*/{entity}/*/*.parquet', union_by_name = true,"
        " hive_partitioning = false)"
    )


def _columns(connection: duckdb.DuckDBPyConnection, lake: Path, entity: str) -> set[str]:
    return {row[0] for row in connection.execute(f"describe {_rows(lake, entity)}").fetchall()}


def _write(connection: duckdb.DuckDBPyConnection, landing: Path, entity: str, rows: str, columns: str) -> int:
    connection.execute(f"create or replace temp table chosen as {rows}")
    sources = [row[0] for row in connection.execute("select distinct _source_system from chosen").fetchall()]
    for source in sources:
        connection.execute(
            f"copy (select {columns} from chosen where _source_system = '{source}')"
            f" to '{landing / source / entity / _FILE}' (format parquet)"
        )
    row = connection.execute("select count(*) from chosen").fetchone()
    return int(row[0]) if row else 0
