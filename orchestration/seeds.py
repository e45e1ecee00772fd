"""What is wrong in the seeds, the settings that a company edits as tables, found before a run begins.

dbt would find most of it too, minutes later and in the words of a database. The rules are dbt's own: types are the
`column_types` of `dbt_project/seeds/*.yml`; keys, closed lists and relationships are the data tests written there. Two
are ours, as `meta` of a column: `condition_on` (the column holds a condition in SQL; its value is the table on whose
columns, or the column of the seed that names it) and `is_regular_expression`. A test that is not known here is left to
dbt. Nothing here reads the warehouse.
"""

import csv
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from ingest.contracts import load_contracts
from ingest.yaml_files import read_yaml
from orchestration.settings import Settings, SettingsError

_SHOWN = 10

_NO_SUCH_VALUE = {
    "date": "is no day; write it as YYYY-MM-DD",
    "boolean": "is neither true nor false; write one of them",
    "integer": "is no whole number; write it in digits",
    "double": "is no number; write it as 12.5",
}


class SeedError(SettingsError):
    """Seeds that cannot be used; the message has a sentence for each fault, one a line."""


@dataclass(frozen=True)
class _Rule:
    """One data test of dbt, or one of our own; `column` is null for a test of the whole seed."""

    name: str
    column: str | None
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class _Seed:
    """One seed as its yml describes it; `types` are the columns in their order with the type of each."""

    path: Path
    types: Mapping[str, str]
    rules: Sequence[_Rule]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def file(self) -> str:
        return f"dbt_project/seeds/{self.path.name}"

    def says(self, line: object, fault: str) -> str:
        return f"{self.file}, line {line}: {fault}."


def check_seeds(settings: Settings) -> None:
    """Raises SeedError if a seed has a fault."""
    faults = seed_faults(settings.dbt_project)
    if faults:
        rest = len(faults) - _SHOWN
        raise SeedError("\n".join([*faults[:_SHOWN], *([f"And {rest} more."] if rest > 0 else [])]))


def seed_faults(dbt_project: Path) -> list[str]:
    """One sentence per fault: which seed and line, what is wrong, what to do. Empty if the seeds can be used."""
    seeds = list(_described(dbt_project / "seeds"))
    with duckdb.connect(config={"enable_external_access": False}) as connection:
        check = _Check(connection, dbt_project)
        faults = [fault for seed in seeds for fault in check.load(seed)]
        usable = [seed for seed in seeds if seed.name in check.loaded]
        return [*faults, *(fault for seed in usable for rule in seed.rules for fault in check.rule(seed, rule))]


def _described(folder: Path) -> Iterator[_Seed]:
    files = {path.stem: path for path in folder.rglob("*.csv")}
    for path in sorted(folder.rglob("*.yml")):
        for seed in read_yaml(path).get("seeds", ()):
            columns = seed.get("columns", ())
            yield _Seed(
                files.get(seed["name"], folder / f"{seed['name']}.csv"),
                {column["name"]: "string" for column in columns} | seed.get("config", {}).get("column_types", {}),
                [
                    *(_rule(test, None) for test in seed.get("data_tests", ())),
                    *(_rule(test, column["name"]) for column in columns for test in column.get("data_tests", ())),
                    *(
                        _Rule(name, column["name"], {"value": value})
                        for column in columns
                        for name, value in column.get("config", {}).get("meta", {}).items()
                    ),
                ],
            )


def _rule(test: str | Mapping[str, Any], column: str | None) -> _Rule:
    if isinstance(test, str):
        return _Rule(test, column, {})
    [(name, setting)] = test.items()
    return _Rule(name, column, {**setting, **setting.get("config", {}), **setting.get("arguments", {})})


class _Check:
    """The seeds as tables of a database in memory, each row with the line of the file on which it ends."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dbt_project: Path) -> None:
        self._connection = connection
        self._columns = _columns_by_table((dbt_project / "models").resolve())
        self.loaded: set[str] = set()

    def load(self, seed: _Seed) -> Iterator[str]:
        """Make the table of the seed, if nothing prevents it; yields what does."""
        header = ",".join(seed.types)
        try:
            lines = _read(seed.path)
        except FileNotFoundError:
            yield f"{seed.file} is missing; put it back, with no more than its header if it is to be empty: {header}."
        except UnicodeDecodeError:
            yield f"{seed.file} is not UTF-8; save it as CSV in UTF-8."
        except csv.Error as error:
            yield f"{seed.file} is no CSV ({error}); put a text that has commas or quotes into double quotes."
        else:
            if not lines:
                yield f"{seed.file} is empty; put back its header: {header}."
                return
            faults = list(_shape_faults(seed, lines)) or list(self._typed(seed, lines))
            yield from faults
            if not faults:
                self.loaded.add(seed.name)

    def rule(self, seed: _Seed, rule: _Rule) -> Iterator[str]:
        """What breaks the rule; nothing for a rule that is left to dbt."""
        match rule.name:
            case "unique":
                yield from self._twice(seed, [str(rule.column)], where=f"{_quoted(rule.column)} is not null")
            case "unique_combination":
                yield from self._twice(seed, rule.arguments["columns"])
            case "not_null":
                for line, _ in self._rows(seed, rule, "{column} is null"):
                    yield seed.says(line, f"{rule.column} is empty; fill it in")
            case "accepted_values":
                allowed = [str(value) for value in rule.arguments["values"]]
                for line, value in self._rows(seed, rule, "not list_contains(?, cast({column} as varchar))", allowed):
                    yield seed.says(line, f"{rule.column} is {value!r}; it must be one of {', '.join(allowed)}")
            case "relationships":
                yield from self._unknown_members(seed, rule)
            case "expression_is_true":
                says = rule.arguments.get("description") or f"{rule.arguments['expression']} must hold"
                for line, _ in self._rows(seed, rule, f"not ({rule.arguments['expression']})"):
                    yield seed.says(line, f"{says[0].lower()}{says[1:]}, and here it does not")
            case "is_regular_expression":
                for line, value in self._rows(seed, rule, "true"):
                    try:
                        self._connection.execute("select regexp_matches('', ?)", [value])
                    except duckdb.Error as error:
                        problem = _first_sentence(error)
                        yield seed.says(line, f"{rule.column} is {value!r}, which is no regular expression: {problem}")
            case "condition_on":
                yield from self._impossible_conditions(seed, rule)

    def _typed(self, seed: _Seed, lines: Sequence[tuple[int, list[str]]]) -> Iterator[str]:
        header, rows = lines[0][1], lines[1:]
        columns = ", ".join(f"unnest(?::varchar[]) as {_quoted(name)}" for name in header)
        self._connection.execute(
            f"create or replace table as_text as select unnest(?::integer[]) as line, {columns}",
            [
                [line for line, _ in rows],
                *([record[place] or None for _, record in rows] for place in range(len(header))),
            ],
        )
        misfits = [
            (line, f"{name} is {value!r}, which {_NO_SUCH_VALUE.get(kind, f'is no {kind}')}")
            for name, kind in seed.types.items()
            for line, value in self._connection.execute(
                f"select line, {_quoted(name)} from as_text"
                f" where {_quoted(name)} is not null and try_cast({_quoted(name)} as {kind}) is null"
            ).fetchall()
        ]
        yield from (seed.says(line, fault) for line, fault in sorted(misfits))
        casts = ", ".join(
            f"try_cast({_quoted(name)} as {kind}) as {_quoted(name)}" for name, kind in seed.types.items()
        )
        self._connection.execute(f"create table {_quoted(seed.name)} as select line, {casts} from as_text")

    def _rows(self, seed: _Seed, rule: _Rule, condition: str, *parameters: Any) -> list[tuple[int, Any]]:
        """Lines where the condition holds, with the value of the rule's column; `where` of the test applies."""
        column, where = (_quoted(rule.column) if rule.column else "null"), rule.arguments.get("where", "true")
        holds = f"({condition.replace('{column}', column)}) and ({where})"
        query = f"select line, {column} from {_quoted(seed.name)} where {holds} order by line"
        return self._connection.execute(query, list(parameters)).fetchall()

    def _twice(self, seed: _Seed, columns: Sequence[str], where: str = "true") -> Iterator[str]:
        names = ", ".join(map(_quoted, columns))
        for lines, *values in self._connection.execute(
            f"select string_agg(line, ' and ' order by line), {names} from {_quoted(seed.name)}"
            f" where {where} group by {names} having count(*) > 1 order by min(line)"
        ).fetchall():
            key = ", ".join(f"{name} {value or '(empty)'}" for name, value in zip(columns, values, strict=True))
            yield f"{seed.file}, lines {lines}: they are the same {key}; keep one of them."

    def _unknown_members(self, seed: _Seed, rule: _Rule) -> Iterator[str]:
        target, field = re.sub(r"ref\('(\w+)'\)", r"\1", rule.arguments["to"]), rule.arguments["field"]
        # A model that joins seeds of one kind (metric_definitions) stands for all <model>__<part>.
        sources = [name for name in self.loaded if name == target or name.startswith(f"{target}__")]
        if not sources:
            return
        members = " union ".join(f"select cast({_quoted(field)} as varchar) from {_quoted(name)}" for name in sources)
        known = [value for (value,) in self._connection.execute(members).fetchall() if value is not None]
        for line, value in self._rows(seed, rule, "not list_contains(?, cast({column} as varchar))", known):
            close = difflib.get_close_matches(str(value), known, n=1)
            advice = (
                f"write {close[0]!r} if that is meant, else add it there" if close else "add it there or write another"
            )
            yield seed.says(line, f"{rule.column} is {value!r}, but {target} has no such {field}; {advice}")

    def _impossible_conditions(self, seed: _Seed, rule: _Rule) -> Iterator[str]:
        on = rule.arguments["value"]
        named_by_row = on in seed.types
        for line, condition, name in self._connection.execute(
            f"select line, {_quoted(rule.column)}, {_quoted(on) if named_by_row else '?'} from {_quoted(seed.name)}"
            " order by line",
            [] if named_by_row else [on],
        ).fetchall():
            if name not in self._columns:
                yield seed.says(line, f"{on} is {name!r}, and there is no such table; write the name of one")
            elif condition is not None and (problem := self._problem_of(condition, self._columns[name])):
                yield seed.says(line, f"{rule.column} is {condition!r}, which is no condition on {name}: {problem}")

    def _problem_of(self, condition: str, columns: Mapping[str, str]) -> str:
        """Why the condition cannot be asked of rows with these columns; empty if it can."""
        row = ", ".join(f"cast(null as {kind}) as {_quoted(name)}" for name, kind in columns.items())
        try:
            [(_, kind, *_)] = self._connection.execute(
                f"describe select ({condition}) as holds from (select {row}) as rows"
            ).fetchall()
        except duckdb.Error as error:
            return _first_sentence(error)
        return "" if kind == "BOOLEAN" else f"it gives a {kind} and neither true nor false"


@cache
def _columns_by_table(models: Path) -> dict[str, dict[str, str]]:
    """Names and types of the columns of each table that a condition may be on: canonical entities, and core."""
    entities = {
        name: {"source_system": "varchar", **{column.name: column.sql_type for column in contract.columns}}
        for name, contract in load_contracts().items()
    }
    tables = {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for path in sorted((models / "core").rglob("*__models.yml"))
        for model in read_yaml(path)["models"]
    }
    return entities | tables


def _read(path: Path) -> list[tuple[int, list[str]]]:
    """The records of a CSV file, each with the line on which it ends; lines without anything are left out."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        return [(reader.line_num, record) for record in reader if record]


def _shape_faults(seed: _Seed, lines: Sequence[tuple[int, list[str]]]) -> Iterator[str]:
    header = lines[0][1]
    missing = [name for name in seed.types if name not in header]
    if missing:
        semicolons = " and commas between them, no semicolons" if len(header) == 1 and ";" in header[0] else ""
        yield seed.says(1, f"there is no column {missing[0]}; the header must have {', '.join(seed.types)}{semicolons}")
    for name in dict.fromkeys(name for name in header if header.count(name) > 1):
        yield seed.says(1, f"the column {name!r} is there twice; keep one of them")
    for line, record in lines[1:]:
        if len(record) != len(header):
            yield seed.says(
                line,
                f"there are {len(record)} values for {len(header)} columns;"
                " put a text that has commas into double quotes, and a comma for each value that is left empty",
            )


def _quoted(name: str | None) -> str:
    return f'"{name}"'


def _first_sentence(error: duckdb.Error) -> str:
    return str(error).splitlines()[0].split(": ", 1)[-1].rstrip(".!")
