"""The setting `formats`: how a source writes numbers and days where a text could be read in more than one way.

    {"shop": {"*": {"*": {"decimal": ",", "thousands": "."}}, "orders": {"ordered_at": {"dates": "day_first"}}}}

by source, entity and column; `*` stands for all of them, and what is said of one goes before what is said of all. It is
about what a file holds as text; numbers and instants that have a type of their own there (in JSON, Parquet and XLSX)
are what they are. What becomes of the texts is `ingest.typing_rules`' business; here is only what a person may write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.contracts import GENERIC, Contract, vendor_contracts
from ingest.sources import vendor_of

ALL = "*"
_CHOICES = {
    "decimal": (".", ","),
    "thousands": (".", ",", "'", " "),
    "dates": ("day_first", "month_first"),
}


@dataclass(frozen=True)
class Format:
    """How numbers and days of one column are written.

    `decimal` is the decimal sign. `thousands` may stand between groups of three digits; an apostrophe is any of the two
    that are in use, a space any that does not break a line, too. `dates` is `day_first` or `month_first`; empty if days
    are written YYYY-MM-DD only, which is read in any case.
    """

    decimal: str = "."
    thousands: str = ""
    dates: str = ""


PLAIN = Format()


def fault_of(setting: Any) -> str | None:
    """What is wrong with the setting, as a sentence without its full stop; None if nothing is."""
    if not _is_nested(setting, 3):
        return "it must be {source: {entity: {column: {decimal: ..., thousands: ..., dates: ...}}}}, with * for all"
    for source, entities in setting.items():
        contracts = vendor_contracts(vendor_of(str(source)) or GENERIC)
        for entity, columns in entities.items():
            if entity != ALL and entity not in contracts:
                return f"{source} has no entity {entity!r}; it can be {', '.join(contracts)}, or * for all"
            for column, written in columns.items():
                place = f"{source}.{entity}.{column}"
                known = {one.name for one in contracts[entity].columns} if entity != ALL else {column}
                if column not in {*known, ALL}:
                    return f"{entity} has no column {column!r}, which it names for {source}"
                for name, value in written.items():
                    if name not in _CHOICES:
                        return f"{name!r} for {place} is not one of {', '.join(_CHOICES)}"
                    if value not in _CHOICES[name]:
                        choices = " ".join(repr(choice) for choice in _CHOICES[name])
                        return f"{name} {value!r} for {place} is not one of {choices}"
        for contract in contracts.values():
            for column, written in formats_of(setting, str(source), contract).items():
                if written.decimal == written.thousands:
                    return f"{source}.{contract.entity}.{column} has {written.decimal!r} for decimals and thousands"
    return None


def formats_of(setting: Mapping[str, Any], source: str, contract: Contract) -> dict[str, Format]:
    """The formats of a source's columns of an entity, by column; those that are written plainly are left out."""
    found = {}
    entities = setting.get(source, {})
    for column in contract.columns:
        said: dict[str, str] = {}
        for entity, name in ((ALL, ALL), (ALL, column.name), (contract.entity, ALL), (contract.entity, column.name)):
            said |= entities.get(entity, {}).get(name, {})
        if said and (written := Format(**said)) != PLAIN:
            found[column.name] = written
    return found


def _is_nested(setting: Any, depth: int) -> bool:
    if not isinstance(setting, dict):
        return False
    return depth == 0 or all(_is_nested(value, depth - 1) for value in setting.values())
