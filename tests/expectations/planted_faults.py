"""The fault that breaks each expectation: from the YAML files beside the suites' names, and derived for contracts.

`faults/<layer>/<table>.yml` maps the name of an expectation to the SQL that breaks it, or to `sql` and `also`: the
other expectations of the same table that this fault cannot but break. What contracts imply is broken by rule below.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.suites import CONTRACTS_FOLDER, EVERY_TABLE, Suite

FOLDER = Path(__file__).parent / "faults"


@dataclass(frozen=True)
class Fault:
    """SQL statements that break one expectation of one table, and which others of that table break with it."""

    sql: str
    also: frozenset[str] = frozenset()


def faults_of(suite: Suite) -> dict[str, Fault]:
    """Faults by the name of the expectation they break."""
    derived = _contract_faults(suite) if suite.layer == "raw" else {}
    return derived | _read(suite, EVERY_TABLE) | _read(suite, suite.table)


def files() -> set[Path]:
    """Every file of faults."""
    return set(FOLDER.glob("*/*.yml"))


def _read(suite: Suite, name: str) -> dict[str, Fault]:
    path = FOLDER / suite.layer / f"{name}.yml"
    if not path.exists():
        return {}
    entries: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    faults = {}
    for rule, entry in entries.items():
        entry = entry if isinstance(entry, dict) else {"sql": entry}
        sql = entry["sql"].replace("{entity}", suite.entity or "").replace("{table}", suite.relation)
        faults[rule] = Fault(sql, frozenset(entry.get("also", ())))
    return faults


def _contract_faults(suite: Suite) -> dict[str, Fault]:
    contract = yaml.safe_load((CONTRACTS_FOLDER / f"{suite.entity}.yml").read_text(encoding="utf-8"))
    faults = {}
    for column in contract["columns"]:
        name = column["name"]
        values = {
            "is_given": "null" if column.get("required") else None,
            "is_in_closed_list": "'in no list'" if column.get("values") else None,
            "is_in_range": _out_of_range(column),
            "is_json": """'["a list"]'""" if column["type"] == "json" else None,
            "is_list": "'[not JSON'" if column["type"] == "list" else None,
            "is_a_time": "'25:00'" if column["type"] == "time" else None,
        }
        for suffix, value in values.items():
            if value is not None:
                sql = f"update {suite.relation} set {name} = {value} where _row_number = 2"
                faults[f"{name}_{suffix}"] = Fault(sql)
    return faults


def _out_of_range(column: dict[str, Any]) -> str | None:
    if column.get("above") is not None:
        return str(column["above"])
    if column.get("minimum") is not None:
        return str(column["minimum"] - 1)
    if column.get("maximum") is not None:
        return str(column["maximum"] + 1)
    return "'nan'::double" if column["type"] == "number" else None
