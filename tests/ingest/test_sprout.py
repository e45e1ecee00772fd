"""Sprout Social's Post Performance Report: American instants, commas in numbers."""

from __future__ import annotations

import pytest

from tests.warehouse.sprout_company import SECOND

PATH = "sprout/posts/Post Performance.csv"


def test_numbers_have_commas_and_instants_are_american(company):
    company.deliver(PATH, SECOND)
    record = company.load_one()
    # Which columns the report has depends on the networks in it.
    assert (record.rows_loaded, record.rows_quarantined, record.unknown_columns) == (3, 0, [])
    found = company.query("select id, impressions, published_at::varchar from raw.sprout__posts order by network")
    assert found == [
        ("1790", 1200, "2026-03-15 10:05:00+00"),
        ("77", 12345, "2026-03-17 00:00:00+00"),
        ("1790", 10, "2026-03-16 14:30:00+00"),
    ]


@pytest.mark.parametrize("number", ["1,20", "1,2000", "1,200.5", "1,,200", "1.200,5"])
def test_commas_elsewhere_are_quarantined(company, number):
    company.deliver(PATH, SECOND.replace("1,200", number))
    assert company.load_one().rows_quarantined == 1
    assert company.query("select reason from restricted.quarantined_rows") == [("not a whole number",)]


def test_an_inbox_file_keeps_what_nobody_named_and_sets_aside_what_is_no_message(company):
    company.deliver(
        "sprout/inbox/inbox.csv",
        "Timestamp (PT),Network,Message,Assigned To\n2026-03-18 02:00:00,Instagram,Open today?,Ann\n"
        "2026-03-18 02:01:00,Instagram,,Ann\n",
    )
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined, record.unknown_columns) == (1, 1, [])
    assert company.query("select message, _extra from raw.sprout__inbox") == [("Open today?", '{"assigned to":"Ann"}')]


def test_a_case_needs_its_number_and_instant_only(company):
    company.deliver(
        "sprout/cases/cases.csv",
        "case_id,created_time,status,owner\n9001,2026-03-18T10:00:00Z,OPEN,Ann\n9002,,OPEN,Ann\n",
    )
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined, record.unknown_columns) == (1, 1, ["owner"])
    assert company.query("select case_id, status, messages, _extra from raw.sprout__cases") == [
        ("9001", "OPEN", None, '{"owner":"Ann"}')
    ]
