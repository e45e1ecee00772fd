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
