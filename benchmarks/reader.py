"""The physical limit of loading: DuckDB's own reader on the landing files; nothing typed, checked or written."""

import time
from pathlib import Path

import duckdb

_READERS = {
    ".csv": "read_csv([{files}], all_varchar = true, union_by_name = true, ignore_errors = true)",
    ".jsonl": "read_json([{files}], format = 'newline_delimited', union_by_name = true, ignore_errors = true)",
    ".parquet": "read_parquet([{files}], union_by_name = true)",
}


def bare_read_seconds(landing: Path) -> float:
    """Seconds to read every file under landing into memory. A file that cannot be read costs nothing."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(landing.glob("*/*/*")):
        kind = path.name.removesuffix(".gz")
        for suffix in _READERS:
            if kind.endswith(suffix):
                groups.setdefault((path.parent, suffix), []).append(path)
    total = 0.0
    with duckdb.connect() as connection:
        for (_, suffix), paths in groups.items():
            for files in (paths, *([path] for path in paths)):
                names = ", ".join(f"'{path}'" for path in files)
                started = time.perf_counter()
                try:
                    connection.execute(f"create or replace temp table x as from {_READERS[suffix].format(files=names)}")
                except duckdb.Error:
                    continue
                total += time.perf_counter() - started
                if files is paths:
                    break
    return total
