"""Rows that leave quarantine, from extracts to numbers: as if their company had had the mended contract all along."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ingest.contracts
from ingest.loader import load_landing
from ingest.replay import replay
from tests.warehouse.harness import build, rows, write_landing

DAY = datetime(2026, 11, 1, 12, tzinfo=UTC)
NEEDS = ["fct_orders", "metric_rows__orders"]

ANN = {"ordered_at": "2026-06-10T10:00:00Z", "email": "ann@post.example", "currency": "USD"}
BOB = {"ordered_at": "2026-06-12T10:00:00Z", "email": "bob@post.example", "currency": "USD"}
SHIPPED = {"status": "shipped"}

# `shipped` is no status yet. O2 comes again on the second day; O3 is not on the list of the third, O5 is.
DELIVERIES = {
    "1.csv": [
        {"order_id": "O1", **ANN, "net_amount": 50, "status": "completed"},
        {"order_id": "O2", **BOB, "net_amount": 20, **SHIPPED},
        {"order_id": "O3", **ANN, "net_amount": 1000, **SHIPPED},
        {"order_id": "O4", **BOB, "net_amount": "ten", "status": "completed"},
    ],
    "2.csv": [{"order_id": "O2", **BOB, "net_amount": 22, "status": "completed"}],
    "3.full.csv": [
        {"order_id": "O1", **ANN, "net_amount": 50, "status": "completed"},
        {"order_id": "O2", **BOB, "net_amount": 22, "status": "completed"},
        {"order_id": "O5", **BOB, "net_amount": 300, **SHIPPED},
    ],
}

QUERIES = (
    "select order_id, _load_sequence, _row_number, _is_tombstone, net_amount::double"
    " from staging.stg_generic__orders order by all",
    "select * from core.fct_orders order by all",
    "select * from metrics.metric_rows__orders order by all",
)


def contract_with_shipped(folder: Path) -> Path:
    """A copy of the contracts, in which `shipped` is a status of an order."""
    shutil.copytree(ingest.contracts.CONTRACT_FOLDER, folder, ignore=shutil.ignore_patterns("*.py"))
    text = (folder / "orders.yml").read_text(encoding="utf-8")
    assert text.count("[completed, pending, cancelled]") == 1
    text = text.replace("[completed, pending, cancelled]", "[completed, pending, cancelled, shipped]")
    (folder / "orders.yml").write_text(text, encoding="utf-8")
    return folder


def deliver(home: Path) -> None:
    """Lands and loads a file a day."""
    for days, (name, orders) in enumerate(DELIVERIES.items()):
        write_landing(home / "landing", {"shop/orders": orders}, name=name)
        loaded_at = DAY + timedelta(days=days)
        load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=loaded_at)


def test_numbers_are_those_of_a_company_that_was_right_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, right = tmp_path / "home", tmp_path / "right"
    after = DAY + timedelta(days=5)
    deliver(home)
    with build(home, as_of="2026-06-30", loaded_at=after, needs=NEEDS) as connection:
        assert rows(connection, "select order_id from core.fct_orders order by 1") == [("O1",), ("O2",)]
    monkeypatch.setattr(ingest.contracts, "CONTRACT_FOLDER", contract_with_shipped(tmp_path / "contracts"))
    done = replay(home / "landing", home / "lake", reporting_timezone="UTC", now=after)
    assert [(one.file, one.rows_freed) for one in done] == [("shop/orders/1.csv", 2), ("shop/orders/3.full.csv", 1)]
    with build(home, as_of="2026-06-30", loaded_at=after, needs=NEEDS) as connection:
        found = [rows(connection, query) for query in QUERIES]
        orders = rows(connection, "select order_id, net_amount::double from core.fct_orders order by 1")
    assert orders == [("O1", 50), ("O2", 22), ("O5", 300)]
    deliver(right)
    with build(right, as_of="2026-06-30", loaded_at=after, needs=NEEDS) as connection:
        assert found == [rows(connection, query) for query in QUERIES]
