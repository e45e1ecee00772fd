"""What lies in landing where nothing is loaded from is told, with what to do about it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.lake import Ledger
from ingest.landing_files import LandingError, landing_files
from ingest.loader import note_not_loaded
from ingest.quarantine import Choice, Quarantine
from tests.ingest.conftest import START, Company

ORDERS = "order_id,ordered_at,currency,net_amount\no1,2026-06-01,EUR,1\n"

NOBODY = 65534

#: What is delivered, and what is said about it; None where it is loaded, empty where it is passed over on purpose.
DELIVERED = {
    "shop/orders/1.csv": None,
    "orders.csv": "the file does not lie in landing/<source>/<entity>/; move it to landing/<source>/orders/",
    "shop/export.csv": "the file does not lie in landing/<source>/<entity>/; move it to landing/shop/<entity>/",
    "shop/tickets.csv": "the file does not lie in landing/<source>/<entity>/; move it to landing/shop/tickets/",
    "shop/orders/june/1.csv": "the file lies too deep; move it to landing/shop/orders/",
    "shop/oders/1.csv": "there is no entity named oders; is it orders? Then rename the folder",
    "shop/unicorns/1.csv": "there is no entity named unicorns; ingest/contracts/ has one file for each that there is",
    "zendesk/ticket/1.json": "there is no entity of zendesk named ticket; is it tickets? Then rename the folder",
    "shop/orders/.hidden.csv": "",
    "_old/orders/1.csv": "",
    ".trash": "",
}


@pytest.fixture
def full(company: Company) -> Company:
    for path in DELIVERED:
        company.deliver(path, ORDERS)
    return company


def told(company: Company) -> dict[str, str]:
    return {found.file: found.fault for found in landing_files(company.landing)}


def test_everything_in_landing_is_loaded_or_told(full):
    assert told(full) == {path: fault or "" for path, fault in DELIVERED.items() if fault != ""}


def test_a_folder_with_the_name_of_a_file_is_told(company):
    company.deliver("shop/orders/1.csv/part.csv", ORDERS)
    for empty in ("contacts.csv", "shop/tickets.csv", "shop/orders/empty.parquet"):
        (company.landing / empty).mkdir()
    company.deliver("shop.json/orders/1.csv", ORDERS)
    folder = "this is a folder, though its name is that of a file; move what is in it to landing"
    assert told(company) == {
        "contacts.csv": f"{folder}/<source>/<entity>/",
        "shop/tickets.csv": f"{folder}/shop/<entity>/",
        "shop/orders/1.csv": f"{folder}/shop/orders/",
        "shop/orders/empty.parquet": f"{folder}/shop/orders/",
        "shop.json/orders/1.csv": "",
    }


def test_a_name_that_is_no_text_is_told(company):
    path = company.deliver("shop/orders/1.csv", ORDERS)
    path.rename(path.with_name(os.fsdecode(b"\xff.csv")))
    record = company.load_one()
    assert (record.file, record.message) == ("shop/orders/\\xff.csv", "the name is not UTF-8; give it another")
    assert company.query("select file from quality.loaded_files") == [("shop/orders/\\xff.csv",)]


def note(company: Company, tables: set[str]) -> list[str]:
    noted = note_not_loaded(company.landing, company.lake, reporting_timezone="UTC", loaded_at=START, tables=tables)
    return [record.file for record in noted]


def test_what_no_load_meets_is_on_record_until_it_is_moved(full):
    tables = {"generic__orders"}
    assert note(full, tables) == sorted(path for path, fault in DELIVERED.items() if fault)
    full.deliver("shop/oders/2.csv", ORDERS)
    full.deliver("zendesk/tickets/1.json", "{}")
    (full.landing / "orders.csv").unlink()
    note(full, tables)
    entries = [str(entry) for entry in Quarantine(full.lake).not_loaded(Choice())]
    assert "shop/oders/ (2 files): there is no entity named oders; is it orders? Then rename the folder" in entries
    assert "zendesk/tickets/: the vendor zendesk is not in use; name it in CX360_VENDORS" in entries
    assert not any(entry.startswith("orders.csv") for entry in entries)
    assert len(entries) == 7
    shutil.rmtree(full.landing)
    note(full, tables)
    assert Quarantine(full.lake).not_loaded(Choice()) == []


def test_a_file_that_finds_no_entity_keeps_its_place(company):
    company.deliver("zendesk/tickets/b.json", '[{"id": 1, "subject": "old"}]')
    note(company, {"generic__orders"})
    company.deliver("zendesk/tickets/a.json", '[{"id": 1, "subject": "new"}]')
    company.load()
    records = {record.file: record.load_sequence for record in Ledger(company.lake).loaded()}
    assert records == {"zendesk/tickets/b.json": 1, "zendesk/tickets/a.json": 2}


def test_a_landing_that_is_a_file_is_refused(company):
    company.home.mkdir(exist_ok=True)
    company.landing.write_text("")
    with pytest.raises(LandingError, match="is a file; move it away"):
        company.load()


@pytest.fixture
def without_rights() -> Iterator[Company]:
    """A company of a user to whom rights matter, which they do not to root."""
    home = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(home, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield Company(home)
    finally:
        if is_root:
            os.seteuid(0)
        shutil.rmtree(home)


def test_what_may_not_be_read_is_told_and_the_rest_loads(without_rights):
    company = without_rights
    company.deliver("shop/orders/1.csv", ORDERS)
    company.deliver("shop/orders/2.csv", ORDERS + "o2,2026-06-01,EUR,2\n").chmod(0)
    company.deliver("till/orders/1.csv", ORDERS)
    (company.landing / "till" / "orders").chmod(0)
    records = {record.file: (record.status, record.message) for record in company.load()}
    assert records == {
        "shop/orders/1.csv": ("loaded", ""),
        "shop/orders/2.csv": (
            "unreadable",
            "the file cannot be opened (Permission denied); give the right to read it, or deliver it again",
        ),
        "till/orders": (
            "unreadable",
            "the folder cannot be read (Permission denied); give the user who runs cx360 the right to read it",
        ),
    }
    # With the right it takes the place that it has had all along.
    company.deliver("shop/orders/3.csv", ORDERS.replace("o1", "o3"))
    company.load()
    (company.landing / "shop/orders/2.csv").chmod(0o600)
    (company.landing / "till" / "orders").chmod(0o700)
    company.load()
    found = company.query("select _file, _load_sequence from raw.generic__orders where order_id <> 'o1' order by 2")
    assert found == [("shop/orders/2.csv", 2), ("shop/orders/3.csv", 3)]


def test_a_landing_that_may_not_be_read_is_refused(without_rights):
    without_rights.deliver("shop/orders/1.csv", ORDERS)
    without_rights.landing.chmod(0)
    with pytest.raises(LandingError, match="give the user who runs cx360 the right"):
        without_rights.load()
    without_rights.landing.chmod(0o700)
