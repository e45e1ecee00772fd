"""The SQL of one load: from the texts of `delivered` to typed rows, quarantined values and tombstones.

All statements run on the loader's connection, whose tables `delivered` and `malformed` a reader has filled. They are
built from the contract and from the header of the file alone; no value of a row ever becomes SQL. Every value that it
costs something to type is typed and checked once, into a table; what follows reads that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ingest import typing_rules
from ingest.contracts import GENERIC, Column, Contract
from ingest.delivered import Delivered
from ingest.lake import METADATA_COLUMNS, ROW_HASH, LoadedFile, raw_columns, union_of_files
from ingest.native_values import native_value
from ingest.typing_rules import Check, literal, quoted
from ingest.written_formats import PLAIN, Format

# No delivered column and no column of a contract has such a name.
_ROW = '"row number"'
_IS_BROKEN = '"is broken"'


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
    def typed(self) -> str:
        """Creates the view `typed`: of each row the values of the delivered columns and of the key, `_extra`, and
        whether it breaks the contract.
        """
        if self._is_typed_already:
            return f"create or replace temp view typed as {self._typed_rows}"
        return f"""
            create or replace temp table typed_rows as {self._typed_rows};
            create or replace temp view typed as from typed_rows
        """

    @property
    def _is_typed_already(self) -> bool:
        """Whether no text has to become a value: then it is cheaper to read the rows twice than to keep them."""
        return not self.unknown_columns and all(
            self._native_value(column) is not None or (column.type == "string" and not column.without_prefix)
            for column in self._contract.columns
            if column.name in self._delivered.columns
        )

    @property
    def _typed_rows(self) -> str:
        kept = {*self._delivered.columns, *self._contract.key}
        values = {quoted(column.name): quoted(column.name) for column in self._contract.columns if column.name in kept}
        return f"""
            {self._with_values}
            select {_ROW}, {_select(values)}, {self._extra} as _extra, {self._is_broken} as {_IS_BROKEN}
            from typed_texts
        """

    @property
    def broken_rows(self) -> str:
        """Counts the rows of `typed` that break the contract."""
        return f"select count_if({_IS_BROKEN}) from typed"

    def rows(self, *, some_broken: bool) -> str:
        """Selects the rows that keep the contract as they go to the lake."""
        there = {*self._delivered.columns, *self._contract.key}
        values = {
            quoted(column.name): quoted(column.name) if column.name in there else f"cast(null as {column.sql_type})"
            for column in self._contract.columns
        }
        return f"""
            select {_select(values | self._metadata(is_tombstone=False))}
            from typed
            {f"where not {_IS_BROKEN}" if some_broken else ""}
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
            {self._with_values}
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
                from typed_texts
                where {_ROW} in (select {_ROW} from typed where {_IS_BROKEN})
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
        return f"""
            {self._with_values}
            select count_if({" or ".join(missing)})
            from typed_texts
            where {_ROW} in (select {_ROW} from typed where {_IS_BROKEN})
        """

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

    @property
    def _with_values(self) -> str:
        """The rows `typed_texts`: the texts (`text <name>`) and the typed values of each row.

        A value that came with a type of its own is beside its text (`native <name>`), which is made only where it is
        asked for.
        """
        texts = {_text(name): self._trimmed(name) for name in self._delivered.columns}
        natives = {_native(name): quoted(name) for name in self._delivered.native}
        values = {
            quoted(column.name): f"cast({self._value(column)} as {column.sql_type})"
            for column in self._contract.columns
        }
        return f"""
            with texts as (
                select {self._delivered.row_number} as {_ROW}, {_select(texts | natives)}
                from {self._delivered.relation}
            ),
            typed_texts as (
                select texts.*, {_select(values)}
                from texts
            )
        """

    def _trimmed(self, name: str) -> str:
        if name in self._delivered.native:
            return f"cast({quoted(name)} as varchar)"
        return typing_rules.trimmed(quoted(name)) if name in self._padded else quoted(name)

    def _text(self, column: Column) -> str:
        return _text(column.name) if column.name in self._delivered.columns else "cast(null as varchar)"

    def _value(self, column: Column) -> str:
        if (native := self._native_value(column)) is not None:
            return native
        value = typing_rules.typed_value(column, self._text(column), self._timezone, self._written(column))
        return f"case when not ({self._is_nested(column)}) then {value} end" if self._must_be_plain(column) else value

    def _native_value(self, column: Column) -> str | None:
        data_type = self._delivered.native.get(column.name)
        return native_value(column, _native(column.name), data_type) if data_type else None

    def _written(self, column: Column) -> Format:
        """How the column's texts are written; those of values with a type of their own are as DuckDB writes them."""
        return PLAIN if column.name in self._delivered.native else self._formats.get(column.name, PLAIN)

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
        # Only whether there is a text is asked, which a native value tells as well.
        text = _native(column.name) if column.name in self._delivered.native else self._text(column)
        found = typing_rules.checks(column, text, quoted(column.name), self._written(column))
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
        expressions = {
            "_source_system": literal(record.source_system),
            "_load_id": literal(record.load_id),
            "_load_sequence": str(record.load_sequence),
            "_loaded_at": literal(record.loaded_at),
            "_file": literal(record.file),
            "_row_number": "null" if is_tombstone else _ROW,
            "_extra": "_extra",
            "_is_tombstone": str(is_tombstone).lower(),
        }
        typed = {
            name: f"cast({expressions[name]} as {sql_type})"
            for name, sql_type in METADATA_COLUMNS.items()
            if name != ROW_HASH
        }
        return {name: name for name in values or {}} | typed


def _text(name: str) -> str:
    return quoted("text " + name)


def _native(name: str) -> str:
    return quoted("native " + name)


def _select(expressions: dict[str, str]) -> str:
    """The select list of `{alias: expression}`."""
    return ", ".join(f"{expression} as {alias}" for alias, expression in expressions.items())
