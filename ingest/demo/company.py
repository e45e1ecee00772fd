"""Writes the demo company: every system's extracts under landing, and the truth beside it.

Chunks of customers have generators of their own and share nothing but the exchange rates, so memory does not grow with
the number of customers. What one chunk brings is up to ``chunks``; what is wrong on purpose up to ``faults``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ingest.demo import billing, growth, truth
from ingest.demo import faults as planted_faults
from ingest.demo import parameters as planted
from ingest.demo.chunks import ChunkWriter, write_reference_data
from ingest.demo.shapes import SHAPES, check_shapes, write_shapes
from ingest.demo.situations import situations
from ingest.demo.writers import Deliveries

CHUNK_CUSTOMERS = 10_000
# Below this, the planted faults are more than the landing gate lets through.
SMALLEST_COMPANY = 200
SOURCES = ("billing", "crm", "helpdesk", "planning", "service_centre", "social", "survey_tool", "webshop")


@dataclass(frozen=True)
class DemoCompany:
    """What was written: the last day of the data, the seed, the size, and data rows by file (relative to landing)."""

    as_of: date
    seed: int
    customers: int
    rows: dict[str, int]


def write_demo(
    landing: Path,
    *,
    customers: int = 2_000,
    seed: int = 360,
    faults: bool = True,
    shapes: Collection[str] = (),
    chunk_customers: int = CHUNK_CUSTOMERS,
) -> DemoCompany:
    """Write the company's extracts below ``landing`` and its truth below ``landing.parent/demo/truth``.

    The same arguments give the same bytes. Everything is written aside and moved in place at the end: folders of the
    demo's own sources that are there already are replaced, others are left alone. ``landing.parent/demo.json``, written
    last, holds the last day of the data, the seed, the size, the sources, and the settings (dbt vars) that these need.

    Args:
        landing: folder of the deliveries; made if missing.
        customers: number of persons, leads and guests included.
        seed: seed of every random draw.
        faults: whether broken deliveries are added to the sound ones; the sound ones are the same either way.
        shapes: vendors in whose own formats their systems are written (see ``ingest.demo.shapes``). Faults are those of
            the canonical files and left out then.
        chunk_customers: persons drawn at a time; another size draws another company.

    Raises:
        ValueError: ``customers`` is below 200, or there is no such shape; the message is a sentence.
    """
    check_shapes(shapes)
    if customers < SMALLEST_COMPANY:
        raise ValueError(f"the demo company needs at least {SMALLEST_COMPANY} customers, not {customers}")
    home = landing.parent
    aside = home / f".{landing.name}.demo"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    with Deliveries(aside / "truth") as known:
        with Deliveries(aside / "landing") as out:
            rates = billing.make_rates(_generator(seed, 0))
            write_reference_data(out, rates, _generator(seed, 2))
            growth.write_reference_data(out, _generator(seed, 6))
            writer = ChunkWriter(out, known, rates)
            for chunk, first in enumerate(range(0, customers, chunk_customers)):
                size = min(chunk_customers, customers - first)
                crowd, orders = writer.write(
                    _generator(seed, 1, chunk),
                    _generator(seed, 3, chunk),
                    chunk,
                    first,
                    size,
                    centre_rng=_generator(seed, 7, chunk),
                    driver_rng=_generator(seed, 9, chunk),
                )
                writer.counts.update(growth.write_chunk(out, _generator(seed, 8, chunk), crowd, orders, chunk))
        rows = {path.relative_to(aside / "landing").as_posix(): count for path, count in out.rows.items()}
        known.write(".", "faults", situations(writer.counts), truth.FORMAT)
        settings: dict[str, Any] = {}
        if shapes:
            shaped, settings = write_shapes(aside / "landing", shapes)
            rows = _rows_of_shapes(aside / "landing", rows, shaped)
        elif faults and writer.samples is not None:
            found = planted_faults.plant(aside / "landing", writer.samples)
            rows |= found.rows
            known.write(".", "faults", found.faults, truth.FORMAT)
            known.write(".", "people", found.people, truth.FORMAT)
        known.write(".", "files", truth.files(rows), truth.FORMAT)
        known.write(".", "totals", truth.totals(writer.counts), truth.FORMAT)
        known.write(".", "churn_months", truth.churn_months(writer.opened, writer.left), truth.FORMAT)
        for name, table in truth.planted_tables().items():
            known.write(".", name, table, truth.FORMAT)
    for path in aside.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    sources = sorted(folder.name for folder in (aside / "landing").iterdir())
    _move_in_place(aside, landing, home)
    details: dict[str, Any] = {"as_of": planted.AS_OF.isoformat(), "seed": seed, "customers": customers}
    details |= {"sources": sources} | ({"vars": settings} if settings else {})
    (home / "demo.json").write_text(json.dumps(details) + "\n", encoding="utf-8")
    (home / "demo.json").chmod(0o600)
    return DemoCompany(planted.AS_OF, seed, customers, rows)


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def sources_of(shapes: Collection[str]) -> set[str]:
    """The sources that a demo company of these shapes has. Raises ValueError, with a sentence, for an unknown shape."""
    check_shapes(shapes)
    return set(SOURCES) - {SHAPES[vendor].system for vendor in shapes if not SHAPES[vendor].left} | set(shapes)


def demo_sources(home: Path) -> set[str]:
    """The sources of the demo company that lies in a home; those of the canonical shape if there is none yet."""
    marker = home / "demo.json"
    found = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else {}
    return set(found.get("sources", SOURCES))


def _rows_of_shapes(landing: Path, canonical: dict[str, int], shaped: dict[Path, int]) -> dict[str, int]:
    """Rows by file, of the canonical files that are left and of those in the shapes of vendors."""
    left = {name: count for name, count in canonical.items() if (landing / name).exists()}
    return left | {path.relative_to(landing).as_posix(): count for path, count in shaped.items()}


def _move_in_place(aside: Path, landing: Path, home: Path) -> None:
    landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in demo_sources(home):
        shutil.rmtree(landing / name, ignore_errors=True)
    for source in sorted((aside / "landing").iterdir()):
        shutil.rmtree(landing / source.name, ignore_errors=True)
        source.replace(landing / source.name)
    shutil.rmtree(home / "demo", ignore_errors=True)
    (home / "demo").mkdir(mode=0o700)
    (aside / "truth").replace(home / "demo" / "truth")
    shutil.rmtree(aside)
