"""Writes the dbt files that describe raw tables, staging models and current states, from the contracts.

`python -m ingest.dbt_sources` rewrites `_generic__sources.yml` and `_generic__models.yml` beside the staging models,
`_<vendor>__sources.yml` beside those of each vendor, and `_current__models.yml` beside the models that pick the state
as of the run. A test fails while they differ from the contracts. The SQL of the models is written by hand.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from ingest.contracts import GENERIC, Column, Contract, load_contracts, vendor_contracts
from ingest.sources import VENDORS

_MODELS = Path(__file__).parents[1] / "dbt_project" / "models"
STAGING_FOLDER = _MODELS / "staging" / "generic"
CURRENT_FOLDER = _MODELS / "intermediate" / "current"
_HEADER = "# Written by `python -m ingest.dbt_sources` from ingest/contracts: change the contract, then run it again.\n"

_METADATA = {
    "_load_id": "Identifier of the load, which is the same for the same content of the same source and entity.",
    "_load_sequence": "Place of the load in the order of delivery, from 1.",
    "_loaded_at": "Instant (UTC) of the run that loaded the row.",
    "_file": "File that delivered the row, relative to the landing folder.",
    "_row_number": "Line of the file on which the row begins (the header is line 1), or the number of the record in "
    "JSON, Parquet and XLSX files; null for a tombstone.",
    "_row_hash": "MD5 over the values of the contract's columns and `_extra`: equal for equal rows.",
    "_extra": "JSON object of the columns that the contract does not know; null if there were none.",
    "_is_tombstone": "Whether the row was added because a complete list (`*.full.*`) no longer has its key.",
}
_TYPE_NOTES = {
    "money": "Decimal with four places.",
    "timestamp": "UTC.",
    "json": "JSON text.",
    "list": "JSON text.",
    "time": "Text hh:mm.",
}

# Nobody reads it behind raw, and digests are a tenth of what staging would write.
_LEFT_IN_RAW = ("_row_hash",)


def sources_yml(contracts: dict[str, Contract]) -> str:
    """The text of `_<vendor>__sources.yml`; a vendor's tables are there only for who uses the vendor."""
    tables = [
        {
            "name": contract.table,
            "description": f"{contract.description} As loaded: one row per delivered row that kept the contract.",
            "config": _source_config(contract),
            "columns": _columns(contract, "_source_system"),
        }
        for contract in contracts.values()
    ]
    source = {
        "name": "raw",
        "schema": "raw",
        "description": "Views over the lake, one per entity, of every source that delivers it.",
        "tables": tables,
    }
    return _HEADER + _dump({"version": 2, "sources": [source]})


def _source_config(contract: Contract) -> dict[str, Any]:
    config: dict[str, Any] = {"meta": {"dagster": {"asset_key": ["raw", contract.vendor, contract.entity]}}}
    if contract.vendor != GENERIC:
        config["enabled"] = f"{{{{ '{contract.vendor}' in var('vendors') }}}}"
    return config


def models_yml(contracts: dict[str, Contract]) -> str:
    """The text of `_generic__models.yml`."""
    models = [
        {
            "name": f"stg_generic__{contract.entity}",
            "description": f"{contract.description} Every delivered version of each key "
            f"({', '.join(contract.key)}), deletions marked.",
            "columns": _columns(contract, "source_system", left_in_raw=_LEFT_IN_RAW),
        }
        for contract in contracts.values()
    ]
    return _HEADER + _dump({"version": 2, "models": models})


def current_yml(contracts: dict[str, Contract]) -> str:
    """The text of `_current__models.yml`: keys are tested here, where each is one row."""
    models = [
        {
            "name": f"int_{contract.entity}_current",
            "description": f"{contract.description} One row per key ({', '.join(contract.key)}) of a source: the "
            "latest version before the end of as_of, else the earliest delivered. Deleted keys stay, with is_deleted.",
            "data_tests": [{"unique_combination": {"arguments": {"columns": ["source_system", *contract.key]}}}],
            "columns": _columns(contract, "source_system", left_in_raw=_LEFT_IN_RAW),
        }
        for contract in contracts.values()
    ]
    return _HEADER + _dump({"version": 2, "models": models})


def write(staging: Path = STAGING_FOLDER, current: Path = CURRENT_FOLDER) -> None:
    """Writes the files into the folders of the models that they describe; those of vendors beside the generic one."""
    contracts = load_contracts()
    (staging / "_generic__sources.yml").write_text(sources_yml(contracts), encoding="utf-8")
    (staging / "_generic__models.yml").write_text(models_yml(contracts), encoding="utf-8")
    for vendor in VENDORS:
        text = sources_yml(vendor_contracts(vendor))
        (staging.parent / vendor / f"_{vendor}__sources.yml").write_text(text, encoding="utf-8")
    (current / "_current__models.yml").write_text(current_yml(contracts), encoding="utf-8")


def _columns(contract: Contract, source_column: str, *, left_in_raw: Collection[str] = ()) -> list[dict[str, Any]]:
    source = {"name": source_column, "description": "Name of the system that delivered the row; ids are its own."}
    own = [{"name": column.name, "description": _description(contract, column)} for column in contract.columns]
    metadata = [
        {"name": name, "description": description} for name, description in _METADATA.items() if name not in left_in_raw
    ]
    return [source, *own, *metadata]


def _description(contract: Contract, column: Column) -> str:
    sentences = [column.description]
    if note := _TYPE_NOTES.get(column.type):
        sentences.append(note)
    if column.values:
        sentences.append(f"One of {', '.join(column.values)}.")
    if column.name not in contract.key and column.required:
        sentences.append("Null only in a tombstone.")
    elif not column.required:
        sentences.append("Null if not delivered.")
    return " ".join(sentences)


def _dump(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=118)


if __name__ == "__main__":
    write()
