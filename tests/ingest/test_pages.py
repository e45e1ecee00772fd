"""Pages of a vendor's API are loaded record by record, and a vendor's own export files beside them."""

from __future__ import annotations

import gzip
import json
from typing import Any


def pages(*bodies: Any) -> bytes:
    lines = [json.dumps({"number": number, "status": 200, "body": body}) for number, body in enumerate(bodies, start=1)]
    return gzip.compress("".join(line + "\n" for line in lines).encode())


def group(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Group {number}", "created_at": "2026-01-01T00:00:00Z", **fields}


def test_records_of_all_pages_are_rows_and_nested_values_stay_json(company):
    via = {"channel": "web", "source": {"rel": None}}
    first = {"id": 7, "status": "open", "created_at": "2026-01-01T00:00:00Z", "via": via, "tags": ["a"]}
    second = {"id": 8, "status": "new", "created_at": "2026-01-02T00:00:00Z", "colour": "red"}
    company.deliver("zendesk/tickets/1.pages.jsonl.gz", pages({"tickets": [first]}, {"tickets": [second]}))
    record = company.load_one()
    assert (record.status, record.rows_read, record.rows_loaded) == ("loaded", 2, 2)
    assert record.unknown_columns == ["colour"]
    assert company.query("select id, status, via, tags, _extra, _row_number from raw.zendesk__tickets order by 1") == [
        ("7", "open", json.dumps(via, separators=(",", ":")), '["a"]', None, 1),
        ("8", "new", None, None, '{"colour":"red"}', 2),
    ]
    assert company.query("select count(*) from raw.generic__tickets") == [(0,)]


def test_a_page_without_records_is_a_quiet_day(company):
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages({"groups": []}))
    record = company.load_one()
    assert (record.status, record.rows_read) == ("loaded", 0)


def test_a_record_that_breaks_the_contract_goes_to_quarantine_and_the_others_load(company):
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages({"groups": [group(1), group(2, name=None)]}))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (2, 1, 1)
    assert company.query('select row_number, "column", reason from restricted.quarantined_rows') == [
        (2, "name", "required value is missing")
    ]


def test_a_page_that_is_none_makes_the_file_unreadable(company):
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages({"groups": [group(1)]}, {"error": "gone"}))
    record = company.load_one()
    assert (record.status, record.message) == ("unreadable", "line 2 is no page of the API with groups")


def test_an_entity_that_the_vendor_does_not_have_is_unreadable(company):
    company.deliver("zendesk/orders/1.csv", "order_id\n1\n")
    assert company.load_one().message == "there is no contract for an entity of zendesk named orders"


def test_a_column_may_come_under_the_name_of_the_vendors_export(company):
    company.deliver("zendesk/tickets/export.csv", "Ticket ID,Status,Created at\n5,open,2026-01-01T00:00:00Z\n")
    assert company.load_one().unknown_columns == []
    assert company.query("select id, status from raw.zendesk__tickets") == [("5", "open")]


def test_accounts_of_one_vendor_share_a_table_and_keep_their_names(company):
    for source in ("zendesk", "zendesk_emea"):
        company.deliver(f"{source}/groups/1.pages.jsonl.gz", pages({"groups": [group(1)]}))
    company.load()
    assert company.query("select _source_system, id from raw.zendesk__groups order by 1") == [
        ("zendesk", "1"),
        ("zendesk_emea", "1"),
    ]
    assert company.query("select distinct vendor from quality.loaded_files") == [("zendesk",)]
