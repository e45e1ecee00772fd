"""The demo company in vendors' shapes: the extracts of one system as the records that a vendor would deliver.

Each module turns the sound canonical extracts of one system into a vendor's own records, in the pages in which a pull
lands them. What the vendor has no field for is written where a company would put it, in fields of its own; the setting
`custom_fields` leads these back to the canonical columns, so that the marts are the same in either shape. Business
itself is drawn by the topic modules of the demo and nowhere here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.demo.shapes import hubspot, qualtrics, stripe, zendesk
from ingest.demo.shapes.extracts import Extracts
from ingest.demo.shapes.pages import Pages


@dataclass(frozen=True)
class Shape:
    """What a vendor takes the place of (entities of a `system`, a folder of landing), and how its records are written.

    What the vendor has nothing for stays as it is: other entities of the system, named by `left`.

    `write` gets the extracts and the vendor's pages, and returns the settings (dbt vars) with which the records say the
    same as the extracts.
    """

    system: str
    entities: tuple[str, ...]
    write: Callable[[Extracts, Pages], dict[str, Any]]
    left: tuple[str, ...] = ()


SHAPES: Mapping[str, Shape] = {
    "hubspot": Shape("crm", ("account_contacts", "accounts", "contacts", "opportunities"), hubspot.write),
    "qualtrics": Shape(
        "survey_tool",
        ("contacts", "survey_answers", "survey_invitations", "survey_questions", "survey_responses", "surveys"),
        qualtrics.write,
        left=("survey_populations",),
    ),
    "stripe": Shape(
        "billing", ("accounts", "contacts", "products", "subscriptions"), stripe.write, left=("exchange_rates",)
    ),
    "zendesk": Shape(
        "helpdesk", ("agents", "contacts", "holidays", "schedules", "ticket_events", "tickets"), zendesk.write
    ),
}


def check_shapes(vendors: Collection[str]) -> None:
    """Raises ValueError, with a sentence, if the demo company is not written in the shape of one of the vendors."""
    if unknown := sorted(set(vendors) - set(SHAPES)):
        raise ValueError(f"The demo company has no shape {unknown[0]!r}; it has {', '.join(SHAPES)}.")


def write_shapes(landing: Path, vendors: Collection[str]) -> tuple[dict[Path, int], dict[str, Any]]:
    """Put each vendor's records in the place of the canonical extracts that they tell.

    Args:
        landing: folder of the canonical extracts, without planted faults.
        vendors: names of shapes; see `check_shapes`.

    Returns:
        Records by file that was written, and the settings with which the records are to be read.
    """
    rows: dict[Path, int] = {}
    settings: dict[str, Any] = {}
    # In alphabetical order HubSpot comes first: its ids are the ones that other systems know people by.
    for vendor in sorted(set(vendors)):
        shape = SHAPES[vendor]
        pages = Pages(landing / vendor, vendor)
        with Extracts(landing, shape.system) as extracts:
            found = shape.write(extracts, pages)
        for entity in shape.entities:
            shutil.rmtree(landing / shape.system / entity, ignore_errors=True)
        if not any((landing / shape.system).iterdir()):
            (landing / shape.system).rmdir()
        settings |= {**found, "custom_fields": {**settings.get("custom_fields", {}), **found["custom_fields"]}}
        rows |= pages.rows
    return rows, settings
