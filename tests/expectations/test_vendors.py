"""The gates of a vendor's own tables: nothing is lost between the lake and the canonical columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations import run_gate
from tests.warehouse import zendesk_company
from tests.warehouse.harness import build

VENDORS = ["zendesk"]
AS_OF = date.fromisoformat(zendesk_company.AS_OF)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("zendesk_gates")
    zendesk_company.land_company(home / "landing")
    build(home, as_of=zendesk_company.AS_OF, vars={"vendors": VENDORS}).close()
    return home / "warehouse" / "warehouse.duckdb"


@pytest.mark.parametrize("layer", ["landing", "raw", "staging", "core", "marts"])
def test_a_sound_company_passes(warehouse: Path, layer: str) -> None:
    result = run_gate(layer, warehouse=warehouse, as_of=AS_OF, vendors=VENDORS)
    assert [row.message for row in result.critical_failures] == []


def test_a_record_that_is_not_staged_is_found(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table kept as from staging.base_zendesk__tickets")
        connection.execute("delete from staging.base_zendesk__tickets where ticket_id = '1'")
    result = run_gate("staging", warehouse=warehouse, as_of=AS_OF, vendors=VENDORS)
    found = [(row.table, row.expectation) for row in result.critical_failures]
    assert found == [("base_zendesk__tickets", "every_raw_row_is_staged_once")]
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into staging.base_zendesk__tickets from kept where ticket_id = '1'")


def test_a_reference_of_a_vendors_row_is_looked_up_among_the_vendors_rows(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update staging.base_zendesk__tickets set assignee_id = '999' where ticket_id = '1'")
    result = run_gate("staging", warehouse=warehouse, as_of=AS_OF, vendors=VENDORS, only={"stg_generic__tickets"})
    assert "assignee_is_known" in [row.expectation for row in result.warnings]
