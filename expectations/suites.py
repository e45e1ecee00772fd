"""Suites as data: reads the YAML files and derives from the contracts what follows from them.

One suite per table of a layer, made of up to three parts, in this order: what its contract implies (raw only), what
holds for every table of the layer (`_every_table.yml`), and what is particular to it (`<table>.yml`).
Which tables a layer has: landing, raw and staging have one per contract, also of each vendor in use; core and marts one
per YAML file, whose `schema` is the table's if that is not the layer's. What holds for every vendor's own table in
staging is `_every_base_table.yml`; a suite of a canonical entity there sees the rows of all vendors.
Which rows a suite checks: landing all files met but copies, with a mark on the latest delivery of each source; raw,
core and marts all rows; staging the version of each key that holds at `as_of`, so that a corrected row does not warn.

Placeholders in a suite's SQL:
    {rows}                 the rows under check, as a subquery
    {current_<entity>}     the rows of another entity in staging that hold at `as_of`, as a subquery
    {delivered_<entity>}   every version of another entity in staging, of all vendors
    {vendor}, {entity}     whose entity it is, and its name (landing, raw, staging)
    {key}                  its key columns (landing, raw, staging)
    {table}                the table, with its schema (core, marts)
    {not_finite}           a condition that holds where any floating-point column of the table is nan or infinite
    {as_of}                the last day that exists, a date
    {as_of_cut}            the first instant that does not, timestamptz
    {reporting_timezone}   its IANA name, text
How a suite is run is `expectations.engine`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml

LAYERS = ("landing", "raw", "staging", "core", "marts")
SUITES_FOLDER = Path(__file__).parent / "suites"
CONTRACTS_FOLDER = Path(__file__).parents[1] / "ingest" / "contracts"
SOURCES_FOLDER = CONTRACTS_FOLDER.parent / "sources"
GENERIC = "generic"
#: A vendor delivers a canonical entity if there is a staging model that says how.
STAGING_MODELS = Path(__file__).parents[1] / "dbt_project" / "models" / "staging"
EVERY_TABLE = "_every_table"
EVERY_BASE_TABLE = "_every_base_table"

Severity = Literal["critical", "warning"]

#: Great Expectations' own names that a suite may use: those whose results hold counts and numbers, never a row's value.
ALLOWED_EXPECTATIONS = frozenset(
    {
        "expect_no_rows_where",
        "expect_query_to_return_no_rows",
        "expect_expression_to_be_between",
        "expect_table_row_count_to_be_between",
        "expect_column_values_to_not_be_null",
        "expect_column_mean_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_unique_value_count_to_be_between",
    }
)

# libyaml's loader where PyYAML was built with it: ten times as fast, and every run reads a hundred of these files.
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_RELATIONS = {
    "raw": "raw.{vendor}__{entity}",
    "staging": "staging.stg_{vendor}__{entity}",
}
_SUPERSEDED = "superseded_{entity}"
_VERSIONS = "versions_{entity}"


class SuiteError(ValueError):
    """A suite's YAML breaks the format; the message names the file and the expectation."""


@dataclass(frozen=True)
class Expectation:
    """One rule. `name` is stable and unique within its suite; `why` and `action` are one sentence each."""

    name: str
    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity
    why: str
    action: str


@dataclass(frozen=True)
class Suite:
    """All rules of one table at one boundary.

    `relation` is the table as SQL names it; `rows` the query whose rows are checked; `entity` the canonical entity
    where the layer has one table per contract; `needs` the queries of temporary tables, by name, that the suite's SQL
    reads.
    """

    layer: str
    table: str
    description: str
    relation: str
    rows: str
    expectations: tuple[Expectation, ...] = field(default=())
    entity: str | None = None
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`<layer>.<table>`, as in the results."""
        return f"{self.layer}.{self.table}"


@dataclass(frozen=True)
class RunContext:
    """The run as far as suites know of it: its last day, and the IANA name of the time zone in which that day ends."""

    as_of: date
    reporting_timezone: str = "UTC"

    @property
    def placeholders(self) -> dict[str, str]:
        """SQL text by placeholder."""
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(), ZoneInfo(self.reporting_timezone))
        cut = midnight.astimezone(ZoneInfo("UTC"))
        return {
            "as_of": f"date '{self.as_of.isoformat()}'",
            "as_of_cut": f"timestamptz '{cut:%Y-%m-%d %H:%M:%S}+00'",
            "reporting_timezone": f"'{self.reporting_timezone}'",
        }


def load_suites(
    layer: str,
    *,
    contracts_folder: Path = CONTRACTS_FOLDER,
    suites_folder: Path = SUITES_FOLDER,
    vendors: Collection[str] = (),
) -> list[Suite]:
    """Reads the suites of one layer, placeholders of the run still unresolved; `vendors` are those in use.

    Returns:
        Suites in alphabetical order of their tables.

    Raises:
        SuiteError: unknown layer, a file breaks the format, or two expectations of a suite share a name.
    """
    if layer not in LAYERS:
        raise SuiteError(f"There is no layer {layer!r}; the layers are {', '.join(LAYERS)}.")
    folder = suites_folder / layer
    shared = _shared_expectations(folder, EVERY_TABLE)
    own = {path.stem: path for path in sorted(folder.glob("*.yml")) if path.stem not in (EVERY_TABLE, EVERY_BASE_TABLE)}
    contracts = _read_contracts(contracts_folder)
    versions = {entity: _versions(entity, vendors) for entity in contracts}
    if layer in ("landing", "raw", "staging"):
        suites = [_entity_suite(layer, GENERIC, contract, versions, shared, own) for contract in contracts.values()]
        of_vendors = _shared_expectations(folder, EVERY_BASE_TABLE) if layer == "staging" else shared
        suites += [
            _entity_suite(layer, vendor, contract, versions, of_vendors, own)
            for vendor in vendors
            for contract in _read_contracts(SOURCES_FOLDER / vendor / "contracts").values()
            if layer != "staging" or _base_model(vendor, contract["entity"]).exists()
        ]
        if strangers := set(own) - {suite.table for suite in suites}:
            raise SuiteError(f"suites/{layer}: {sorted(strangers)} belong to no contract in {contracts_folder}.")
    else:
        suites = [_table_suite(layer, table, shared, path) for table, path in own.items()]
    others = {f"current_{entity}": f"({_current_rows(entity, versions[entity])})" for entity in contracts}
    others |= {f"delivered_{entity}": f"({_delivered_rows(entity, vendors)})" for entity in contracts}
    suites = [
        replace(suite, expectations=tuple(_fill(rule, others) for rule in suite.expectations)) for suite in suites
    ]
    suites = [replace(suite, needs=_needs(suite, contracts, versions, vendors)) for suite in suites]
    for suite in suites:
        _check(suite)
    return sorted(suites, key=lambda suite: suite.table)


def resolve(suite: Suite, context: RunContext, floating_columns: Collection[str] = ()) -> Suite:
    """The suite with every placeholder of the run and of the table replaced; SuiteError if one is unknown."""
    not_finite = " or ".join(f'not isfinite("{column}")' for column in floating_columns) or "false"
    values = context.placeholders | {"not_finite": not_finite}

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise SuiteError(f"{suite.name}: unknown placeholder {match[0]}.")
        return values[match[1]]

    def fill(setting: Any) -> Any:
        return _PLACEHOLDER.sub(value, setting) if isinstance(setting, str) else setting

    rows = fill(suite.rows)
    values = values | {"rows": f"({rows})"}
    expectations = (
        replace(rule, kwargs={key: fill(setting) for key, setting in rule.kwargs.items()})
        for rule in suite.expectations
    )
    needs = {name: fill(query) for name, query in suite.needs.items()}
    return replace(suite, rows=rows, expectations=tuple(expectations), needs=needs)


def _shared_expectations(folder: Path, name: str) -> list[Expectation]:
    path = folder / f"{name}.yml"
    return _read_expectations(path) if path.exists() else []


def _read_contracts(folder: Path) -> dict[str, dict[str, Any]]:
    contracts = {path.stem: _read_yaml(path) for path in sorted(folder.glob("*.yml"))}
    if not contracts:
        raise SuiteError(f"There are no contracts in {folder}.")
    return contracts


def _entity_suite(
    layer: str,
    vendor: str,
    contract: dict[str, Any],
    versions: Mapping[str, str],
    shared: list[Expectation],
    own: Mapping[str, Path],
) -> Suite:
    entity = contract["entity"]
    if layer == "landing":
        table, relation = entity if vendor == GENERIC else f"{vendor}__{entity}", "quality.loaded_files"
        description = f"Files delivered for {entity}: what the loader read, loaded and quarantined."
        # A file that was once bad must not block for ever: only the latest delivery of each source is judged. A file
        # that cannot be read is tried again by each run, and is no delivery that would put an earlier one behind it.
        rows = (
            "select *, status = 'unreadable' or loaded_at = max(loaded_at) filter (where status <> 'unreadable') "
            "over (partition by source_system) as is_latest_delivery "
            f"from quality.loaded_files where vendor = '{vendor}' and entity = '{entity}' and status <> 'skipped'"
        )
    elif layer == "staging" and vendor != GENERIC:
        table = _base_model(vendor, entity).stem
        relation, description = f"staging.{table}", contract["description"]
        rows = f"select * from {relation}"
    else:
        relation = _RELATIONS[layer].format(vendor=vendor, entity=entity)
        table = relation.split(".")[1]
        description = contract["description"]
        rows = _current_rows(entity, versions[entity]) if layer == "staging" else f"select * from {relation}"
    derived = list(_contract_expectations(contract)) if layer == "raw" else []
    particular = []
    if table in own:
        particular = _read_expectations(own[table])
        description = _read_suite(own[table])["description"]
    key = ", ".join(contract["key"])
    fixed = {"vendor": vendor, "entity": entity, "key": key}
    expectations = tuple(_fill(rule, fixed) for rule in [*derived, *shared, *particular])
    return Suite(layer, table, description, relation, rows, expectations, entity)


def _current_rows(entity: str, versions: str) -> str:
    """The version of each key that holds at `as_of`, without deleted ones; `versions` is the table of all."""
    superseded = _SUPERSEDED.format(entity=entity)
    return f"select versions.* from {versions} as versions anti join {superseded} as old on versions.rowid = old.row_id"


def _versions(entity: str, vendors: Collection[str]) -> str:
    """The table of all versions of an entity: staging's own, or where vendors deliver it too, a temporary one."""
    if _staging_of_vendors(entity, vendors):
        return _VERSIONS.format(entity=entity)
    return _RELATIONS["staging"].format(vendor=GENERIC, entity=entity)


def _delivered_rows(entity: str, vendors: Collection[str]) -> str:
    relations = [_RELATIONS["staging"].format(vendor=GENERIC, entity=entity), *_staging_of_vendors(entity, vendors)]
    return " union all by name ".join(f"select * from {relation}" for relation in relations)


def _base_model(vendor: str, entity: str) -> Path:
    """The model that stages a vendor's own entity, record by record; not every entity has one."""
    return STAGING_MODELS / vendor / f"base_{vendor}__{entity}.sql"


def _staging_of_vendors(entity: str, vendors: Collection[str]) -> list[str]:
    names = [(vendor, f"stg_{vendor}__{entity}") for vendor in vendors]
    return [f"staging.{name}" for vendor, name in names if (STAGING_MODELS / vendor / f"{name}.sql").exists()]


def _superseded_rows(contract: dict[str, Any], relation: str) -> str:
    """The rows that do not hold at `as_of`: all but the latest before the cut, else the earliest delivered.

    As in macros/versions.sql of dbt, what is not known at the cut neither deletes a key nor revives one. The rows are
    few, and are looked for once per gate: to rank every version in every query costs more than all checks. Only keys
    that were delivered more than once are ranked.
    """
    key = ["source_system", *contract["key"]]
    columns = ", ".join(key)
    same_key = " and ".join(f"delivered.{column} is not distinct from repeated.{column}" for column in key)
    return f"""
        with delivered as (
            select
                {columns},
                updated_at,
                rowid as row_id,
                _row_number,
                _load_sequence,
                updated_at is null or updated_at < {{as_of_cut}} as is_known,
                case when is_known then _load_sequence end as known_sequence,
                coalesce(_is_tombstone, false) as is_tombstone,
                is_known and is_deleted as is_deleted
            from {relation}
        ),
        repeated as (select {columns} from {relation} group by all having count(*) > 1),
        ranked as (
            select
                row_id,
                max(known_sequence) filter (where is_tombstone) over (partition by {columns}) as last_absent,
                max(known_sequence) filter (where not is_tombstone) over (partition by {columns}) as last_delivered,
                row_number() over (
                    partition by {columns}
                    order by
                        is_tombstone,
                        is_known desc,
                        case when is_known then updated_at end desc nulls last,
                        known_sequence desc nulls last,
                        case when is_known then _row_number end desc nulls last,
                        _load_sequence,
                        _row_number
                ) as position
            from delivered
            semi join repeated on {same_key}
        )
        select row_id from delivered where is_tombstone or is_deleted
        union
        select row_id from ranked where position > 1 or last_absent > last_delivered
    """


def _needs(
    suite: Suite, contracts: Mapping[str, dict[str, Any]], versions: Mapping[str, str], vendors: Collection[str]
) -> dict[str, str]:
    """The temporary tables that the suite reads, each after those that it reads itself."""
    text = " ".join([suite.rows, *(str(value) for rule in suite.expectations for value in rule.kwargs.values())])
    needs = {}
    for entity, contract in contracts.items():
        superseded = _SUPERSEDED.format(entity=entity)
        if not re.search(rf"\b{superseded}\b", text):
            continue
        if _staging_of_vendors(entity, vendors):
            needs[versions[entity]] = _delivered_rows(entity, vendors)
        needs[superseded] = _superseded_rows(contract, versions[entity])
    return needs


def _table_suite(layer: str, table: str, shared: list[Expectation], path: Path) -> Suite:
    document = _read_suite(path)
    relation = f"{document.get('schema', layer)}.{table}"
    fixed = {"table": relation}
    expectations = tuple(_fill(rule, fixed) for rule in [*shared, *_read_expectations(path)])
    return Suite(layer, table, document["description"], relation, f"select * from {relation}", expectations)


def _fill(rule: Expectation, values: Mapping[str, str]) -> Expectation:
    def fill(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), value)

    return replace(
        rule,
        kwargs={key: fill(value) for key, value in rule.kwargs.items()},
        why=fill(rule.why),
        action=fill(rule.action),
    )


def _contract_expectations(contract: dict[str, Any]) -> Iterator[Expectation]:
    """What the contract promises of every row in the lake; the loader quarantines what breaks it."""
    entity, key = contract["entity"], set(contract["key"])
    action = f"Look at quality.quarantined_values for {entity}; a row like this should never have left the loader."

    def rule(name: str, condition: str, why: str) -> Expectation:
        return Expectation(name, "expect_no_rows_where", {"condition": condition}, "critical", why, action)

    for column in contract["columns"]:
        name, kind = column["name"], column["type"]
        if column.get("required"):
            # A tombstone, made for a key that a complete list no longer names, carries the key alone.
            exempt = "" if name in key else "not _is_tombstone and "
            yield rule(f"{name}_is_given", f"{exempt}{name} is null", f"{name} is required by the contract.")
        if values := column.get("values"):
            listed = ", ".join("'" + str(value).replace("'", "''") + "'" for value in values)
            yield rule(
                f"{name}_is_in_closed_list", f"{name} not in ({listed})", f"{name} has a closed list in the contract."
            )
        bounds = [
            f"{name} {operator} {column[setting]}"
            for setting, operator in (("minimum", "<"), ("maximum", ">"), ("above", "<="))
            if column.get(setting) is not None
        ]
        if kind == "number":
            bounds.append(f"not isfinite({name})")
        if bounds:
            yield rule(f"{name}_is_in_range", " or ".join(bounds), f"{name} has bounds in the contract.")
        if kind in ("json", "list"):
            wanted = "ARRAY" if kind == "list" else "OBJECT"
            yield rule(
                f"{name}_is_{kind}",
                f"case when json_valid({name}) then json_type({name}) <> '{wanted}' else {name} is not null end",
                f"{name} holds JSON text of one shape.",
            )
        if kind == "time":
            yield rule(
                f"{name}_is_a_time",
                f"not regexp_full_match({name}, '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')",
                f"{name} is a local time of day, hh:mm.",
            )


def _read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _YAML_LOADER)  # noqa: S506 - both loaders are safe ones


def _read_suite(path: Path) -> dict[str, Any]:
    document = _read_yaml(path)
    if not isinstance(document, dict) or not document.get("description"):
        raise SuiteError(f"{path.parent.name}/{path.name}: a suite is a mapping with a description.")
    if unknown := set(document) - {"description", "schema", "expectations"}:
        raise SuiteError(f"{path.parent.name}/{path.name}: unknown settings {sorted(unknown)}.")
    return document


def _read_expectations(path: Path) -> list[Expectation]:
    where = f"{path.parent.name}/{path.name}"
    rules = []
    for entry in _read_suite(path).get("expectations") or []:
        fields = {"name", "expectation", "kwargs", "severity", "why", "action"}
        if set(entry) != fields:
            wrong = sorted(set(entry) ^ fields)
            raise SuiteError(f"{where}: {entry.get('name', 'an expectation')} lacks or does not know {wrong}.")
        if entry["severity"] not in ("critical", "warning"):
            raise SuiteError(f"{where}: {entry['name']} has severity {entry['severity']!r}.")
        if entry["expectation"] not in ALLOWED_EXPECTATIONS:
            raise SuiteError(f"{where}: {entry['name']} uses {entry['expectation']!r}, which is not allowed here.")
        rules.append(Expectation(**entry))
    return rules


def _check(suite: Suite) -> None:
    names = [rule.name for rule in suite.expectations]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SuiteError(f"{suite.name}: two expectations are called {twice[0]}.")
    if not names:
        raise SuiteError(f"{suite.name}: a suite without expectations checks nothing.")
