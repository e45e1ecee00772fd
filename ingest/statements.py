"""The SQL of one load: from the texts of `delivered` to typed rows, quarantined values and tombstones.

All statements run on the loader's connection, whose tables `delivered` and `malformed` a reader has filled. They are
built from the contract and from the header of the file alone; no value of a row ever becomes SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ingest import typing_rules
from ingest.contracts import GENERIC, Column, Contract
from ingest.delivered import Delivered
from ingest.lake import METADATA_COLUMNS, LoadedFile, raw_columns, union_of_files
from ingest.typing_rules import Check, literal, quoted
from ingest.written_formats import PLAIN, Format

_ROW = '"row number"'


class LoadStatements:
    """The statements of one file's load."""

    def __init__(
        self,
        contract: Contract,
        delivered: Delivered,
        record: LoadedFile,
        reporting_timezone: str,
        padded: Collection[str],
        formats: Mapping[str, Format],
    ) -> None:
        """`padded` names the columns of the file that have texts with white space around them, `formats` says how those
        of the contract are written that are not plain.
        """
        names = {column.name for column in contract.columns}
        self.unknown_columns = [name for name in delivered.columns if name not in names]
        self._contract = contract
        self._delivered = delivered
        self._record = record
        self._timezone = reporting_timezone
        self._padded = padded
        self._formats = formats
        self._checks = [(column, check) for column in contract.columns for check in self._checks_of(column)]

    @property
    def typed_view(self) -> str:
        """Creates the view `typed`: the texts (`text <name>`), the typed values and `_extra` of each row."""
        texts = {_text(name): self._trimmed(name) for name in self._delivered.columns}
        values = {
            quoted(column.name): f"cast({self._value(column)} as {column.sql_type})"
            for column in self._contract.columns
        }
        return f"""
            create or replace temp view typed as
            with texts as (
                select {self._delivered.row_number} as {_ROW}, {_select(texts)}
                from delivered
            )
            select texts.*, {_select(values)}, {self._extra} as _extra
            from texts
        """

    @property
    def broken_rows(self) -> str:
        """Counts the rows of `typed` that break the contract."""
        return f"select count_if({self._is_broken}) from typed"

    def rows(self, *, some_broken: bool) -> str:
        """Selects the rows that keep the contract as they go to the lake.

        If no row is broken, the condition is left out: a filter makes DuckDB type every checked value anew per check.
        """
        values = {quoted(column.name): quoted(column.name) for column in self._contract.columns}
        return f"""
            select {_select(values | self._metadata(is_tombstone=False))}
            from typed
            {f"where not ({self._is_broken})" if some_broken else ""}
        """

    @property
    def tombstone_rows(self) -> str:
        """Selects the keys of the table `tombstones` as they go to the lake."""
        kept_columns = {*self._contract.key, "updated_at"}
        values = {
            quoted(column.name): quoted(column.name)
            if column.name in kept_columns
            else f"cast({'true' if column.name == 'is_deleted' else 'null'} as {column.sql_type})"
            for column in self._contract.columns
        }
        return f"""
            select {_select(self._metadata(is_tombstone=True, values=values))}
            from (select {_select(values)}, cast(null as varchar) as _extra from tombstones)
        """

    @property
    def quarantined(self) -> str:
        """Selects one row per value that breaks the contract, and one per row that could not be read."""
        entries = ", ".join(
            f"{{'column': {literal(column.name)}, 'value': {self._text(column)}, "
            f"'reason': case when {check.condition} then {check.reason_sql} end}}"
            for column, check in self._checks
        )
        whole = ", ".join(f"{literal(name)}, {_text(name)}" for name in self._delivered.columns)
        record = self._record
        return f"""
            select
                {literal(record.source_system)} as source_system,
                {literal(record.entity)} as entity,
                {literal(record.load_id)} as load_id,
                {literal(record.loaded_at)}::timestamp with time zone as loaded_at,
                {literal(record.file)} as file,
                row_number,
                entry."column" as "column",
                entry.value as value,
                entry.reason as reason,
                record
            from (
                select {_ROW} as row_number, json_object({whole})::varchar as record, unnest([{entries}]) as entry
                from typed
                where {self._is_broken}
                union all
                select row_number, null, {{'column': null, 'value': value, 'reason': reason}}
                from malformed
            )
            where entry.reason is not null
        """

    @property
    def rows_without_key(self) -> str:
        """Counts the rows of which a column of the key cannot be read; one that may be empty can be."""
        missing = [
            f"{quoted(column.name)} is null" + ("" if column.required else f" and {self._text(column)} is not null")
            for column in self._contract.columns
            if column.name in self._contract.key
        ]
        return f"select count_if({' or '.join(missing)}) from typed"

    def tombstones(self, earlier_files: Sequence[Path], listed_before: Path | None = None) -> str:
        """Creates the table `tombstones`: keys of the earlier files that live, and that the list does not have.

        The list's keys are those of `typed`, and where rows of it were loaded before, those of that file.
        """
        key = ", ".join(quoted(name) for name in self._contract.key)
        same = " and ".join(
            f"earlier.{quoted(name)} is not distinct from listed.{quoted(name)}" for name in self._contract.key
        )
        listed = f"select {key} from typed"
        if listed_before:
            before = union_of_files([str(listed_before.absolute())], raw_columns(self._contract))
            listed += f" union all select {key} from ({before}) where not _is_tombstone"
        earlier = union_of_files([str(path.absolute()) for path in earlier_files], raw_columns(self._contract))
        return f"""
            create or replace temp table tombstones as
            with latest as (
                select {key}, updated_at, is_deleted
                from ({earlier})
                qualify row_number() over (
                    partition by {key}
                    order by updated_at desc nulls last, _load_sequence desc, _row_number desc nulls first
                ) = 1
            ),
            listed as ({listed})
            select {key}, updated_at
            from latest as earlier
            where not coalesce(is_deleted, false) and not exists (select 1 from listed where {same})
        """

    def _trimmed(self, name: str) -> str:
        return typing_rules.trimmed(quoted(name)) if name in self._padded else quoted(name)

    def _text(self, column: Column) -> str:
        return _text(column.name) if column.name in self._delivered.columns else "cast(null as varchar)"

    def _value(self, column: Column) -> str:
        value = typing_rules.typed_value(column, self._text(column), self._timezone, self._written(column))
        return f"case when not ({self._is_nested(column)}) then {value} end" if self._must_be_plain(column) else value

    def _written(self, column: Column) -> Format:
        return self._formats.get(column.name, PLAIN)

    def _must_be_plain(self, column: Column) -> bool:
        """Whether it identifies a vendor's record: an object or a list there is another field than it was.

        Elsewhere a text may well be JSON, and the text of an object would pass for an identifier.
        """
        return self._contract.vendor != GENERIC and column.name in self._contract.key and column.type == "string"

    def _is_nested(self, column: Column) -> str:
        text = self._text(column)
        return f"left({text}, 1) in ('{{', '[') and json_valid({text})"

    def _checks_of(self, column: Column) -> tuple[Check, ...]:
        if column.name not in self._delivered.columns and not column.required:
            return ()
        found = typing_rules.checks(column, self._text(column), quoted(column.name), self._written(column))
        if not self._must_be_plain(column):
            return found
        return (*found, Check(self._is_nested(column), "an object or a list, which identifies nothing"))

    @property
    def _is_broken(self) -> str:
        return " or ".join(f"coalesce({check.condition}, false)" for _, check in self._checks) or "false"

    @property
    def _extra(self) -> str:
        if not self.unknown_columns:
            return "cast(null as varchar)"
        pairs = ", ".join(f"{literal(name)}, {_text(name)}" for name in self.unknown_columns)
        return f"nullif(json_strip_nulls(json_object({pairs}))::varchar, '{{}}')"

    def _metadata(self, *, is_tombstone: bool, values: dict[str, str] | None = None) -> dict[str, str]:
        record = self._record
        hashed = ", ".join(f"coalesce({_hashable(column)}, '')" for column in self._contract.columns)
        expressions = {
            "_source_system": literal(record.source_system),
            "_load_id": literal(record.load_id),
            "_load_sequence": str(record.load_sequence),
            "_loaded_at": literal(record.loaded_at),
            "_file": literal(record.file),
            "_row_number": "null" if is_tombstone else _ROW,
            "_row_hash": f"md5(concat_ws(chr(31), {hashed}, coalesce(_extra, '')))",
            "_extra": "_extra",
            "_is_tombstone": str(is_tombstone).lower(),
        }
        typed = {name: f"cast({expressions[name]} as {sql_type})" for name, sql_type in METADATA_COLUMNS.items()}
        return {name: name for name in values or {}} | typed


def _text(name: str) -> str:
    return quoted("text " + name)


def _select(expressions: dict[str, str]) -> str:
    """The select list of `{alias: expression}`."""
    return ", ".join(f"{expression} as {alias}" for alias, expression in expressions.items())


def _hashable(column: Column) -> str:
    """A text that is the same for the same value, whatever the session's settings."""
    name = quoted(column.name)
    return f"epoch_us({name})::varchar" if column.type == "timestamp" else f"{name}::varchar"
