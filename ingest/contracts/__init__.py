"""The contracts: what a source may deliver, as data.

Each `<entity>.yml` beside this module says which columns a canonical entity has, of which type, which are required,
which values they may take and which columns make its key. A vendor's own entities have theirs in
`ingest/sources/<vendor>/contracts/`. The loader types and checks files by them, the raw expectations and the dbt source
files are derived from them. To add an entity, add a file; to add a column, add it to a file.

What a value of each type looks like in a file is the loader's business (`ingest.typing_rules`); where a source writes
numbers or days in a way that could be read in two, the setting `formats` says how, by source, entity and column
(`ingest.written_formats`). Rules that need more than one row, or a second table, are not contracts: they are dbt tests
or expectations.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from ingest.yaml_files import read_yaml

CONTRACT_FOLDER = Path(__file__).parent
SOURCES_FOLDER = CONTRACT_FOLDER.parent / "sources"

#: Whose the canonical entities are: any source that is no vendor's.
GENERIC = "generic"

#: The types a column can have, and the DuckDB type that holds it.
SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "money": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "time": "VARCHAR",
    "json": "VARCHAR",
    "list": "VARCHAR",
}

#: In which units a number may count the time since 1970, and how many microseconds each has.
EPOCHS = {"milliseconds": 1_000, "seconds": 1_000_000}


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    `values` is the closed list of what the column may hold (empty: anything); `minimum` and `maximum` are inclusive
    bounds, `above` is an exclusive lower bound. `aliases` are other names under which files bring the column.
    `url_pattern` finds the value in the address of a page, where the vendor's records do not hold it themselves.
    `epoch` is `milliseconds` or `seconds` if a timestamp or date may also come as the number of them since 1970.
    `from_file` is a regular expression: in a file without the column, its value is what matches in the file's name.
    `formats` are other ways in which files write a timestamp, for `strptime`; what has no offset there is UTC.
    `thousands` is the character that files may put between the thousands of an integer.
    `without_prefix` are characters that may stand before a text and are not part of it, such as the apostrophe by which
    spreadsheets take digits for a text.
    """

    name: str
    type: str
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    aliases: tuple[str, ...] = ()
    url_pattern: str = ""
    epoch: str = ""
    from_file: str = ""
    formats: tuple[str, ...] = ()
    thousands: str = ""
    without_prefix: str = ""
    description: str = ""

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in the lake and in `raw`."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Contract:
    """What the files of one entity hold; `columns` includes the two that every entity has, at the end.

    `vendor` is whose entity it is, `generic` for the canonical ones. `records` is the path of the records (an array, or
    a single object) in a page of the vendor's API; empty if the page is that. `spread` is the name of the object
    in a record whose fields are columns beside the record's own; empty if there is none. `has_import_ids` says that
    delimited files may have three header rows (`ingest.import_ids`), `has_second_header` that delimited files and
    spreadsheets may have two (`ingest.second_header`). `takes_any_column` says that columns beyond these are expected,
    whatever they are called: they go to `_extra` as everywhere, and are nothing to report.
    """

    entity: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    vendor: str = GENERIC
    records: str = ""
    spread: str = ""
    has_import_ids: bool = False
    has_second_header: bool = False
    takes_any_column: bool = False

    @property
    def table(self) -> str:
        """Name of its table in `raw`."""
        return f"{self.vendor}__{self.entity}"

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the entity has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


#: What a contract may say beside its columns.
_SETTINGS = ("records", "spread", "has_import_ids", "has_second_header", "takes_any_column")

#: Columns that every entity takes, after its own.
COMMON_COLUMNS = (
    Column(
        "updated_at",
        "timestamp",
        description="When the source last changed the row; decides which of several deliveries of a key is the latest.",
    ),
    Column("is_deleted", "boolean", description="Whether the source says that the row no longer exists."),
)


@cache
def load_contracts(folder: Path = CONTRACT_FOLDER, *, vendor: str = GENERIC) -> dict[str, Contract]:
    """Reads every contract in the folder.

    Returns:
        Contracts by entity, in alphabetical order.

    Raises:
        ValueError: a file breaks the format; the message names the file and the column.
    """
    contracts = {}
    for path in sorted(folder.glob("*.yml")):
        contract = _parse(path, vendor)
        contracts[contract.entity] = contract
    return contracts


def vendor_contracts(vendor: str) -> dict[str, Contract]:
    """The contracts of a vendor's own entities, by entity; those of `GENERIC` are the canonical ones."""
    if vendor == GENERIC:
        return load_contracts(CONTRACT_FOLDER)
    return load_contracts(SOURCES_FOLDER / vendor / "contracts", vendor=vendor)


def _parse(path: Path, vendor: str) -> Contract:
    document = read_yaml(path)
    if document.get("entity") != path.stem:
        raise ValueError(f"{path.name}: `entity` must be the name of the file")
    if unknown := set(document) - {"entity", "description", "key", "columns", *_SETTINGS}:
        raise ValueError(f"{path.name}: unknown settings {sorted(unknown)}")
    own = tuple(_parse_column(path, entry) for entry in document["columns"])
    given = {column.name for column in own}
    columns = own + tuple(column for column in COMMON_COLUMNS if vendor == GENERIC or column.name not in given)
    names = [name for column in columns for name in (column.name, *column.aliases)]
    if len(set(names)) != len(names):
        raise ValueError(f"{path.name}: a column is listed twice")
    key = tuple(document["key"])
    if not key or not set(key) <= {column.name for column in columns}:
        raise ValueError(f"{path.name}: `key` must name columns of the entity")
    settings = {name: document[name] for name in _SETTINGS if name in document}
    if settings.get("spread") in names:
        raise ValueError(f"{path.name}: `spread` names a column")
    return Contract(path.stem, document["description"], key, columns, vendor, **settings)


def _parse_column(path: Path, entry: dict[str, Any]) -> Column:
    known = {field.name for field in fields(Column)}
    if unknown := set(entry) - known:
        raise ValueError(f"{path.name}: column {entry.get('name')} has unknown settings {sorted(unknown)}")
    if entry["type"] not in SQL_TYPES:
        raise ValueError(f"{path.name}: column {entry['name']} has unknown type {entry['type']}")
    if "epoch" in entry and (entry["epoch"] not in EPOCHS or entry["type"] not in ("timestamp", "date")):
        raise ValueError(
            f"{path.name}: column {entry['name']}: `epoch` is `milliseconds` or `seconds`, of a timestamp or date"
        )
    if "formats" in entry and entry["type"] != "timestamp":
        raise ValueError(f"{path.name}: column {entry['name']}: `formats` are those of a timestamp")
    if "thousands" in entry and entry["type"] != "integer":
        raise ValueError(f"{path.name}: column {entry['name']}: `thousands` are those of an integer")
    if "without_prefix" in entry and entry["type"] != "string":
        raise ValueError(f"{path.name}: column {entry['name']}: only a string can be `without_prefix`")
    if not entry.get("description"):
        raise ValueError(f"{path.name}: column {entry['name']} has no description")
    lists = {name: tuple(str(value) for value in entry.get(name, ())) for name in ("values", "aliases", "formats")}
    return Column(**{**entry, **lists})
