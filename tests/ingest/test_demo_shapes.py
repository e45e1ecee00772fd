"""The demo company as vendors would deliver it: sound records, and the same for the same seed."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.demo import write_demo
from ingest.demo.shapes import SHAPES
from ingest.lake import LoadedFile
from ingest.loader import load_landing

#: The first instant after the demo company's last day.
CUT = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shapes")
    write_demo(home / "landing", customers=200, seed=7, shapes=SHAPES)
    return home


@pytest.fixture(scope="module")
def loaded(home: Path) -> list[LoadedFile]:
    return load_landing(
        home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=datetime(2026, 7, 1, 4, tzinfo=UTC)
    )


def test_every_record_keeps_the_contract_of_its_vendor(loaded: list[LoadedFile]) -> None:
    assert set(SHAPES) <= {file.source_system for file in loaded}
    assert {(file.status, file.rows_quarantined) for file in loaded} == {("loaded", 0)}


def test_nothing_of_the_systems_is_left_untold_but_what_their_vendors_do_not_have(home: Path) -> None:
    systems = {shape.system for shape in SHAPES.values()}
    left = {f"{path.parent.name}/{path.name}" for path in (home / "landing").glob("*/*") if path.parent.name in systems}
    assert left == {"billing/exchange_rates", "survey_tool/survey_populations"}


def test_what_no_contract_knows_is_what_the_setting_names(home: Path, loaded: list[LoadedFile]) -> None:
    setting = json.loads((home / "demo.json").read_text())["vars"]["custom_fields"]
    for vendor in SHAPES:
        named = {field.partition(".")[0] for fields in setting[vendor].values() for field in fields.values()}
        unknown = {name for file in loaded if file.source_system == vendor for name in file.unknown_columns}
        assert unknown <= named, vendor


def test_the_same_seed_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "landing", customers=200, seed=7, shapes=SHAPES)
    assert _digests(tmp_path / "landing") == _digests(home / "landing")


def test_a_shape_leaves_all_other_systems_as_they_are(tmp_path: Path) -> None:
    write_demo(tmp_path / "as_it_is" / "landing", customers=200, seed=7, faults=False)
    write_demo(tmp_path / "shaped" / "landing", customers=200, seed=7, shapes=["stripe", "zendesk"])
    canonical, shaped = (_digests(tmp_path / name / "landing") for name in ("as_it_is", "shaped"))
    others = {path: digest for path, digest in canonical.items() if not path.startswith(("helpdesk/", "billing/"))}
    others["billing/exchange_rates/exchange_rates.csv"] = canonical["billing/exchange_rates/exchange_rates.csv"]
    assert {path: digest for path, digest in shaped.items() if not path.startswith(("stripe/", "zendesk/"))} == others


def test_other_systems_name_people_and_companies_by_the_numbers_of_hubspot(home: Path) -> None:
    for path in (home / "landing").rglob("*.*"):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert not re.search(rb'crm["\\]', data), path
    customers = _records(home / "landing", "stripe", "customers")
    # The first company of the CRM, ACC-000000, pays, and so does each of the others once.
    numbers = sorted(customer["metadata"].get("hubspot_account_id", "") for customer in customers)
    paying = [number for number in numbers if number]
    assert paying[0] == "20000000000"
    assert len(set(paying)) == len(paying) == sum(customer["business_name"] is not None for customer in customers)


def test_what_stripe_invoices_has_no_gap_and_is_taken_once(home: Path) -> None:
    """At every instant of its life a subscription has one price: that of the line which began last."""
    invoices = _records(home / "landing", "stripe", "invoices")
    lines = [line for invoice in invoices for line in invoice["lines"]["data"] if line["amount"] >= 0]
    for subscription in _records(home / "landing", "stripe", "subscriptions"):
        billed = sorted(
            (line["period"]["start"], line["period"]["end"])
            for line in lines
            if line["subscription"] == subscription["id"]
        )
        starts = [start for start, _ in billed]
        assert starts[0] == subscription["start_date"]
        assert len(set(starts)) == len(starts)
        assert all(end >= following for (_, end), following in zip(billed, starts[1:], strict=False))
        assert billed[-1][1] >= (subscription["ended_at"] or CUT)


def test_changes_of_seats_give_back_what_was_paid_and_pauses_are_void(home: Path) -> None:
    invoices = _records(home / "landing", "stripe", "invoices")
    changes = [
        invoice for invoice in invoices if [line["proration"] for line in invoice["lines"]["data"]] == [True] * 2
    ]
    assert changes
    for invoice in changes:
        before, after = invoice["lines"]["data"]
        assert before["period"] == after["period"]
        assert before["amount"] < 0 < after["amount"]
        # What is left of the cycle costs as much per seat before and after, but for the cents of rounding.
        assert abs(before["amount"] / before["quantity"] + after["amount"] / after["quantity"]) < 1
    assert {invoice["status"] for invoice in invoices} == {"paid", "void"}


def _records(landing: Path, vendor: str, entity: str) -> list[dict[str, Any]]:
    """The records of a vendor's entity whose pages have them in `data`."""
    return [
        record
        for path in sorted((landing / vendor / entity).iterdir())
        for page in gzip.decompress(path.read_bytes()).splitlines()
        for record in json.loads(page)["body"]["data"]
    ]


def _digests(landing: Path) -> dict[str, str]:
    return {
        path.relative_to(landing).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in landing.rglob("*.*")
    }
