"""Pages of a vendor's API are loaded record by record, and a vendor's own export files beside them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingest import json_records
from ingest.contracts import Column
from ingest.typing_rules import checks, literal, typed_value


def pages(*bodies: Any) -> bytes:
    lines = [json.dumps({"number": number, "status": 200, "body": body}) for number, body in enumerate(bodies, start=1)]
    return gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)


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


@pytest.mark.parametrize("retyped", [{"value": 2}, [2], []])
def test_an_identifier_that_became_an_object_or_a_list_goes_to_quarantine(company, retyped):
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages({"groups": [group(1), group(2, id=retyped)]}))
    company.load_one()
    assert company.query("select id from raw.zendesk__groups") == [("1",)]
    assert company.query('select row_number, "column", reason from restricted.quarantined_rows') == [
        (2, "id", "an object or a list, which identifies nothing")
    ]
    # Whose row it is cannot be read, so that a complete list with it deletes nothing.
    company.deliver("zendesk/groups/2.full.pages.jsonl.gz", pages({"groups": [group(1, id=retyped), group(3)]}))
    assert [one.rows_tombstoned for one in company.load()] == [0, 0]


def test_a_page_that_is_none_makes_the_file_unreadable(company):
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages({"groups": [group(1)]}, {"error": "gone"}))
    record = company.load_one()
    assert (record.status, record.message) == ("unreadable", "line 2 is no page of the API with groups")


def test_pages_that_are_parsed_one_by_one_give_the_same_rows_and_lines(company, monkeypatch):
    monkeypatch.setattr(json_records, "_PAGES_AT_ONCE", 1)
    whole = [{"groups": [group(1), group(2)]}, {"groups": []}, {"groups": [group(3)]}]
    company.deliver("zendesk/groups/1.pages.jsonl.gz", pages(*whole))
    company.deliver("zendesk/groups/2.pages.jsonl.gz", pages(*whole, {"error": "gone"}))
    assert [record.message for record in company.load()] == ["", "line 4 is no page of the API with groups"]
    assert company.query("select id, _row_number from raw.zendesk__groups order by 2") == [("1", 1), ("2", 2), ("3", 3)]


def test_a_page_of_many_records_takes_no_more_memory_than_many_pages_of_one(company):
    # The survey of a response is in the address of its page. To look for it there for each of a thousand responses with
    # twenty answers took more than a gigabyte, which a load may not have.
    values = {"recordedDate": "2026-01-01T00:00:00Z"} | {f"QID{number}": number for number in range(20)}
    request = {"url": "https://x.qualtrics.com/API/v3/surveys/SV_1/export-responses/1/file"}
    lines = []
    for numbers in (range(1_000), [1_000]):
        responses = [{"responseId": f"R_{number}", "values": values} for number in numbers]
        lines.append(json.dumps({"request": request, "status": 200, "body": {"responses": responses}}) + "\n")
    company.deliver("qualtrics/responses/1.pages.jsonl.gz", gzip.compress("".join(lines).encode()))
    record = company.load_one()
    assert (record.status, record.rows_loaded) == ("loaded", 1_001)
    assert company.query("select distinct survey_id from raw.qualtrics__responses") == [("SV_1",)]


def test_an_entity_that_the_vendor_does_not_have_is_unreadable(company):
    company.deliver("zendesk/orders/1.csv", "order_id\n1\n")
    assert company.load_one().message == (
        "there is no entity of zendesk named orders; "
        "ingest/sources/zendesk/contracts/ has one file for each that there is"
    )


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


def contact(number: int, **properties: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "properties": properties,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-02T00:00:00Z",
        "archived": False,
    }


SPREAD = [
    contact(7, email="ana@example.com", favourite_colour="red", hs_lead_status=""),
    contact(8, email="", firstname="Bo") | {"associations": {"companies": {"results": [{"id": "5", "type": "a"}]}}},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("1.pages.jsonl.gz", pages({"results": SPREAD[:1]}, {"results": SPREAD[1:]})),
        ("1.jsonl", "".join(json.dumps(record) + "\n" for record in SPREAD)),
        ("1.json", json.dumps(SPREAD)),
    ],
)
def test_the_fields_of_the_object_that_the_contract_spreads_are_columns(company, name, content):
    company.deliver(f"hubspot/contacts/{name}", content)
    record = company.load_one()
    assert (record.status, record.rows_loaded, record.unknown_columns) == ("loaded", 2, ["favourite_colour"])
    created = datetime(2026, 1, 1, tzinfo=UTC)
    assert company.query(
        "select id, email, firstname, hs_lead_status, associations, archived, _extra, created_at"
        " from raw.hubspot__contacts order by 1"
    ) == [
        ("7", "ana@example.com", None, None, None, False, '{"favourite_colour":"red"}', created),
        ("8", None, "Bo", None, '{"companies":{"results":[{"id":"5","type":"a"}]}}', False, None, created),
    ]


def test_a_field_of_the_record_goes_before_one_of_the_object_that_is_spread(company):
    records = [contact(7, archived="true", email="ana@example.com"), {"id": 8, "email": "bo@example.com"}]
    company.deliver("hubspot/contacts/1.json", json.dumps(records))
    assert company.load_one().unknown_columns == []
    assert company.query("select id, archived, email from raw.hubspot__contacts order by 1") == [
        ("7", False, "ana@example.com"),
        ("8", None, "bo@example.com"),
    ]


def test_a_record_whose_object_to_spread_is_none_goes_to_quarantine(company):
    broken = [contact(8) | {"properties": ["email"]}, contact(9) | {"properties": None}]
    company.deliver("hubspot/contacts/1.pages.jsonl.gz", pages({"results": [contact(7), *broken]}))
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined) == (2, 1)
    assert company.query('select row_number, "column", reason from restricted.quarantined_rows') == [
        (2, None, "its properties are not a JSON object")
    ]


def test_the_vendors_export_file_brings_the_same_columns(company):
    header = "Record ID,First Name,Email,Create Date,Associated Company IDs (Primary)"
    company.deliver("hubspot/contacts/all.csv", f"{header}\n7,Ana,ana@example.com,2026-01-01 10:30,5\n")
    assert company.load_one().unknown_columns == []
    assert company.query("select id, firstname, createdate, associatedcompanyid from raw.hubspot__contacts") == [
        ("7", "Ana", datetime(2026, 1, 1, 10, 30, tzinfo=UTC), "5")
    ]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("timestamp", "1772452800123", datetime(2026, 3, 2, 12, 0, 0, 123000, tzinfo=UTC)),
        ("timestamp", "-86400000", datetime(1969, 12, 31, tzinfo=UTC)),
        ("timestamp", "2026-03-02T12:00:00.000Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("timestamp", "1772452800123.5", None),
        ("date", "1772409600000", date(2026, 3, 2)),
        ("date", "2026-03-02", date(2026, 3, 2)),
    ],
)
def test_milliseconds_since_1970_are_instants_where_the_contract_says_so(company, kind, text, expected):
    column = Column("at", kind, epoch="milliseconds")
    value = typed_value(column, f"'{text}'", "America/New_York")
    assert company.query(f"select {value}") == [(expected,)]
    assert typed_value(Column("at", kind), f"'{text}'", "UTC") != value


@pytest.mark.parametrize(("text", "expected"), [("'+48 1", "+48 1"), ("O'Neil", "O'Neil"), ("'", None)])
def test_a_prefix_is_left_out_where_the_contract_says_so(company, text, expected):
    value = typed_value(Column("phone", "string", without_prefix="'"), literal(text), "UTC")
    assert company.query(f"select {value}") == [(expected,)]


def test_seconds_since_1970_are_instants_where_the_contract_says_so(company):
    value = typed_value(Column("at", "timestamp", epoch="seconds"), "'1772452800'", "America/New_York")
    assert company.query(f"select {value}") == [(datetime(2026, 3, 2, 12, tzinfo=UTC),)]


@pytest.mark.parametrize(("epoch", "text"), [("milliseconds", "'99999999999999'"), ("seconds", "'99999999999'")])
def test_an_impossible_year_of_a_number_breaks_the_contract(company, epoch, text):
    column = Column("at", "timestamp", epoch=epoch)
    value = typed_value(column, text, "UTC")
    found = [check.reason for check in checks(column, text, value)
             if company.query(f"select {check.condition}") == [(True,)]]  # fmt: skip
    assert found == ["year is not between 1900 and 2200"]
