"""The parts of a run that write: what they begin with, what they do, what must hold after a kill and after the next.

Belongs here: one class per part, on a home that is small enough for hundreds of kills. Each part is the product's own;
only the data is made for the purpose. When and how a process is killed is `kills`' business.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from ingest.lake import Ledger, register_raw_views
from ingest.loader import load_landing
from orchestration.steps.identity import resolve_identities
from orchestration.steps.publication import FILE_NAME, list_releases, publish, roll_back

DAY = datetime(2026, 7, 1, 4, tzinfo=UTC)
AS_OF = date(2026, 6, 30)
ROWS = 2_000
Rows = list[tuple[object, ...]]


class Part(Protocol):
    """A part that is killed: `begin` makes the home, `act` is killed, `whole` says what is wrong right after.

    Once `act` has run again, `state` must be that of a home where it was not killed: where it ran once, or twice if it
    `is_done` in spite of the kill.
    """

    def begin(self, home: Path) -> None: ...

    def act(self, home: Path) -> None: ...

    def whole(self, home: Path) -> list[str]: ...

    def is_done(self, home: Path) -> bool: ...

    def state(self, home: Path) -> object: ...


class Loading:
    """A delivery in all formats, with broken rows, a file that cannot be read, a list that deletes and a doubled file;
    into an empty lake, or into one that has an earlier delivery.
    """

    def __init__(self, *, is_first: bool) -> None:
        self.is_first = is_first

    def begin(self, home: Path) -> None:
        landing = home / "landing"
        _write(
            landing / "crm/contacts/day0.full.csv",
            "contact_id,email\n" + "".join(f"{n},a{n}@x.io\n" for n in range(40)),
        )
        _write(landing / "shop/orders/day0.csv", _orders(range(60)))
        if not self.is_first:
            load_landing(landing, home / "lake", reporting_timezone="UTC", loaded_at=DAY)
        _write(
            landing / "crm/contacts/day1.full.csv",
            "contact_id,email\n" + "".join(f"{n},b{n}@x.io\n" for n in range(5, 50)),
        )
        _write(landing / "shop/orders/day1.csv.gz", gzip.compress(_orders(range(50, 90)).encode(), mtime=0))
        _write(landing / "shop/orders/day1_again.csv.gz", gzip.compress(_orders(range(50, 90)).encode(), mtime=0))
        _write(landing / "shop/orders/broken.csv", _orders(range(90, 95)) + "o,not a day,EUR,1\nshort\n")
        _write(landing / "shop/orders/broken.parquet", "PAR1 and then nothing")
        lines = [
            json.dumps({"ticket_id": f"t{n}", "channel": "email", "status": "new", "created_at": "2026-06-30"})
            for n in range(30)
        ]
        _write(landing / "desk/tickets/day1.jsonl", "\n".join([*lines, "{"]))
        _write(landing / "desk/tickets/day1.json", "[" + ",".join(lines[:7]).replace("t", "u", 1) + "]")

    def act(self, home: Path) -> None:
        load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=DAY + timedelta(days=1))

    def whole(self, home: Path) -> list[str]:
        if not (home / "lake").exists():
            return []
        wrong = []
        seen = self._seen(home)
        for record in Ledger(home / "lake").loaded():
            found = sum(row[0] == record.file for table in ("contacts", "orders", "tickets") for row in seen[table])
            if found != record.rows_loaded + record.rows_tombstoned:
                wrong.append(f"{record.file}: {record.rows_loaded} rows on record, {found} in the lake")
        return wrong

    def is_done(self, home: Path) -> bool:
        return False  # once or twice is the same

    def state(self, home: Path) -> object:
        lake = home / "lake"
        files = sorted(str(path.relative_to(lake)) for path in lake.rglob("*") if path.is_file())
        return files, self._seen(home)

    def _seen(self, home: Path) -> dict[str, Rows]:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            register_raw_views(connection, home / "lake")
            tables = {
                name: connection.execute(f"select _file, * from raw.generic__{name} order by all").fetchall()
                for name in ("contacts", "orders", "tickets")
            }
            tables["quarantined"] = connection.execute("from restricted.quarantined_rows order by all").fetchall()
            tables["files"] = connection.execute(
                "select * exclude (seconds) from quality.loaded_files order by all"
            ).fetchall()
        return tables


class Publishing:
    """A release over others, of which the oldest is pruned; or the first ever."""

    def __init__(self, *, is_first: bool) -> None:
        self.is_first = is_first

    def begin(self, home: Path) -> None:
        for number in () if self.is_first else (1, 2, 3):
            write_warehouse(home, number)
            self._publish(home, number)
        write_warehouse(home, 4)

    def act(self, home: Path) -> None:
        self._publish(home, 4 + len(list_releases(home / "published")))

    def whole(self, home: Path) -> list[str]:
        return _published_faults(home, allowed=(None, 4) if self.is_first else (3, 4))

    def is_done(self, home: Path) -> bool:
        return not _published_faults(home, allowed=(4,))

    def state(self, home: Path) -> object:
        releases = list_releases(home / "published")
        kept = [release for release in releases if release.has_file]
        names = sorted(path.name for path in (home / "published").iterdir())
        files = len(list((home / "published" / "releases").glob("*.duckdb")))
        strays = sorted(path.name for path in (home / "published" / "releases").glob(".*"))
        return names, files, strays, releases[-1].is_current, _published(home), len(kept), len(releases)

    @staticmethod
    def _publish(home: Path, number: int) -> None:
        instant = DAY + timedelta(hours=number)
        warehouse = home / "warehouse.duckdb"
        publish(warehouse, home / "published", as_of=AS_OF, run_id=f"{number:08d}", published_at=instant, keep=2)


class GoingBack:
    """The way back to an older release."""

    def begin(self, home: Path) -> None:
        for number in (1, 2, 3):
            write_warehouse(home, number)
            Publishing._publish(home, number)

    def act(self, home: Path) -> None:
        roll_back(home / "published", list_releases(home / "published")[-2].release_id)

    def whole(self, home: Path) -> list[str]:
        return _published_faults(home, allowed=(2, 3))

    def is_done(self, home: Path) -> bool:
        return False

    def state(self, home: Path) -> object:
        names = sorted(str(path.relative_to(home)) for path in (home / "published").rglob("*"))
        return names, _published(home), list_releases(home / "published")


class Identities:
    """Who is who, on the second day: new records, one of which joins two older customers."""

    def begin(self, home: Path) -> None:
        _records(home, [("1", "a@x.io"), ("2", "b@x.io"), ("3", "c@x.io")])
        self.resolve(home, DAY)
        _records(home, [("1", "a@x.io"), ("2", "b@x.io"), ("3", "c@x.io"), ("4", "d@x.io"), ("5", "c@x.io")])
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            joined = "update intermediate.int_identity_records set merged_into_id = '1' where contact_id = '2'"
            connection.execute(joined)

    def act(self, home: Path) -> None:
        self.resolve(home, DAY + timedelta(days=1))

    def whole(self, home: Path) -> list[str]:
        with duckdb.connect() as connection:
            files = [str(path) for path in (home / "lake/identity/registry").glob("*.parquet")]
            rows = connection.execute("select count(*) from read_parquet(?)", [files]).fetchone()
        return [] if rows in ((3,), (6,)) else [f"the registry has {rows} rows, and not 3 or 6"]

    def is_done(self, home: Path) -> bool:
        return False

    def state(self, home: Path) -> object:
        registry = sorted((home / "lake/identity/registry").iterdir())
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            tables = [
                connection.execute(f"from {table} order by all").fetchall()
                for table in ("steps.identity_clusters", "steps.identity_keys", "quality.identity_merges")
            ]
            assigned = connection.execute(
                "from read_parquet(?) order by all", [[str(path) for path in registry]]
            ).fetchall()
        return [path.name for path in registry], tables, assigned

    @staticmethod
    def resolve(home: Path, loaded_at: datetime) -> None:
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute("set TimeZone = 'UTC'")
            resolve_identities(connection, home / "lake", loaded_at=loaded_at)


PARTS: dict[str, Part] = {
    "first load": Loading(is_first=True),
    "load": Loading(is_first=False),
    "first publication": Publishing(is_first=True),
    "publication": Publishing(is_first=False),
    "rollback": GoingBack(),
    "identities": Identities(),
}


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _orders(numbers: range) -> str:
    return "order_id,ordered_at,currency,net_amount\n" + "".join(f"o{n},2026-06-01,EUR,{n}.5\n" for n in numbers)


def write_warehouse(home: Path, number: int) -> Path:
    """A warehouse of which every row of every table holds the number."""
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        for schema in ("core", "marts", "quality"):
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(
                f"create or replace table {schema}.numbers as"
                f" select {number}::bigint as number, md5(range::varchar) as label from range({ROWS})"
            )
    return warehouse


def _published(home: Path) -> str | None:
    """A digest of all rows of all tables of the published file, the history of releases apart."""
    file = home / "published" / FILE_NAME
    if not file.exists():
        return None
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = [
            connection.execute(f"from {schema}.numbers order by all").fetchall()
            for schema in ("core", "marts", "quality")
        ]
        connection.execute("from quality.releases").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _published_faults(home: Path, allowed: tuple[int | None, ...]) -> list[str]:
    """What is wrong with the published file, if it is none of the publications of that number, whole."""
    list_releases(home / "published")
    found = _published(home)
    labels = [hashlib.md5(str(n).encode()).hexdigest() for n in range(ROWS)]
    whole = {
        None
        if number is None
        else hashlib.sha256(repr([sorted((number, label) for label in labels)] * 3).encode()).hexdigest()
        for number in allowed
    }
    return [] if found in whole else [f"the published file is none of {allowed}"]


def _records(home: Path, people: list[tuple[str, str]]) -> None:
    values = ", ".join(f"('{name}', '{email}')" for name, email in people)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema if not exists intermediate; create schema if not exists settings")
        connection.execute(
            "create or replace table settings.identity_blocklist (key_type varchar, pattern varchar, reason varchar)"
        )
        connection.execute(
            """
            create or replace table settings.identity_overrides (
                rule varchar, entity varchar, left_source_system varchar, left_source_id varchar,
                right_source_system varchar, right_source_id varchar, reason varchar
            )
            """
        )
        connection.execute(
            f"""
            create or replace table intermediate.int_identity_records as
            select
                md5(name) as record_key, 'crm' as source_system, 'contacts' as entity, name as source_id,
                name as contact_id, email, '+1 202 555 01' || lpad(name, 2, '0') as phone,
                null::varchar as phone_country, null::varchar as external_ids, null::varchar as social_handles,
                null::varchar as merged_into_id, 'Ada' as first_name,
                ['Abel', 'Berg', 'Cole', 'Dorn', 'Egan'][name::integer] as last_name,
                date '1980-01-01' as birth_date, null::varchar as street,
                null::varchar as postal_code, null::varchar as city,
                timestamptz '2026-07-01 04:00:00+00' as first_loaded_at
            from (values {values}) as people (name, email)
            """
        )
        connection.execute(
            """
            create or replace table intermediate.int_account_records as
            select
                md5('acme') as record_key, 'crm' as source_system, 'accounts' as entity, 'acme' as source_id,
                'acme.io' as domain, null::varchar as external_ids, null::varchar as merged_into_id,
                timestamptz '2026-07-01 04:00:00+00' as first_loaded_at
            where false
            """
        )
