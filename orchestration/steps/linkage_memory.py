"""What the probable stage of identity remembers in the lake, so that a day compares only what is new.

Belongs here: the files under `lake/identity/linkage/` and when they may be used again. What is compared, and how, is
`orchestration.steps.linkage`'s business.

model.json                       the parameters of the last training; names the files that belong to it
<model>-<number>.pairs.parquet   pairs that were links or near misses, append-only
<model>-<number>.seen.parquet    records that have been compared with all others, append-only

Records are named by their key and a digest of their texts: a record whose texts change is compared anew, and what was
said of it before no longer holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

_PAIRS = {
    "left_key": "varchar",
    "left_digest": "varchar",
    "right_key": "varchar",
    "right_digest": "varchar",
    "probability": "double",
    "refused_because": "varchar",
}
_SEEN = {"record_key": "varchar", "digest": "varchar"}


class LinkageMemory:
    """The files of one lake. A run that is killed leaves files of which the next one reads what is whole."""

    def __init__(self, lake: Path) -> None:
        self._folder = lake / "identity" / "linkage"
        self._model: dict[str, Any] = self._read()

    def model(self, version: Mapping[str, Any]) -> dict[str, Any] | None:
        """The parameters, if they were learnt for this version of the comparisons and settings; else None."""
        found: dict[str, Any] | None = self._model.get("parameters")
        return found if found and self._model["version"] == json.loads(json.dumps(version)) else None

    @property
    def pairs(self) -> str:
        """A query of the pairs that were scored with these parameters, each once or more."""
        return self._query("pairs", _PAIRS)

    @property
    def seen(self) -> str:
        """A query of the records that need not be compared with each other again."""
        return self._query("seen", _SEEN)

    def remember(
        self, connection: duckdb.DuckDBPyConnection, *, pairs: str, seen: str, learnt: Mapping[str, Any] | None = None
    ) -> None:
        """Append what the queries give; with a new training (its version and parameters), begin anew with it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = self._model.get("name", 0) + (1 if learnt else 0)
        number = 0 if learnt else len(list(self._folder.glob(f"{name}-*.seen.parquet")))
        # Pairs first: a record counts as seen only when its pairs are there.
        for kind, query in (("pairs", pairs), ("seen", seen)):
            self._write(connection, f"{name}-{number:06}.{kind}.parquet", query)
        if learnt:
            self._model = {"name": name, **learnt}
            aside = self._folder / "model.tmp"
            aside.write_text(json.dumps(self._model), encoding="utf-8")
            aside.chmod(0o600)
            os.replace(aside, self._folder / "model.json")
            for path in self._folder.glob("*.parquet"):
                if not path.name.startswith(f"{name}-"):
                    path.unlink()

    def _read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._folder / "model.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def _query(self, kind: str, columns: Mapping[str, str]) -> str:
        files = sorted(str(path) for path in self._folder.glob(f"{self._model.get('name', 0)}-*.{kind}.parquet"))
        if files:
            return f"select {', '.join(columns)} from read_parquet({files!r})"
        return f"select {', '.join(f'null::{kind} as {name}' for name, kind in columns.items())} where false"

    def _write(self, connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        aside = self._folder / f"{name}.tmp"
        connection.execute(f"copy ({query}) to {str(aside)!r} (format parquet)")
        aside.chmod(0o600)
        os.replace(aside, self._folder / name)
