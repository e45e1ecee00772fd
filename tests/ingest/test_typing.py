"""What a value of each type may look like, and what sends it to quarantine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest


def instant(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


VALID = [
    # Timestamps: ISO 8601; no offset is UTC; a bare date is midnight in the reporting time zone (here UTC+2 in June).
    ("tickets", "created_at", "2026-06-30T10:00:00Z", instant(2026, 6, 30, 10)),
    ("tickets", "created_at", "2026-06-30T10:00:00+02:00", instant(2026, 6, 30, 8)),
    ("tickets", "created_at", "2026-06-30T10:00:00+0530", instant(2026, 6, 30, 4, 30)),
    ("tickets", "created_at", "2026-06-30 10:00", instant(2026, 6, 30, 10)),
    ("tickets", "created_at", "2026-06-30T10:00:00.123456Z", instant(2026, 6, 30, 10, 0, 0, 123456)),
    ("tickets", "created_at", "2026-06-30", instant(2026, 6, 29, 22)),
    ("tickets", "created_at", "2026-01-30", instant(2026, 1, 29, 23)),
    ("contacts", "birth_date", "1971-02-28", date(1971, 2, 28)),
    ("contacts", "birth_date", "1971-02-28 00:00:00", date(1971, 2, 28)),
    ("orders", "net_amount", "29.33", Decimal("29.3300")),
    ("orders", "net_amount", "-1e2", Decimal("-100.0000")),
    ("orders", "net_amount", "0.00005", Decimal("0.0001")),
    ("survey_answers", "value_number", "7.5", 7.5),
    ("tickets", "severity", "3", 3),
    ("tickets", "severity", "3.0", 3),
    ("contacts", "is_test", "TRUE", True),
    ("contacts", "is_test", "0", False),
    ("schedules", "opens_at", "09:30", "09:30"),
    ("schedules", "opens_at", "9:30", "09:30"),
    ("schedules", "opens_at", "09:30:00", "09:30"),
    ("schedules", "closes_at", "24:00", "24:00"),
    ("tickets", "tags", '["a", "b"]', '["a","b"]'),
    ("contacts", "external_ids", '{"crm": "00004"}', '{"crm":"00004"}'),
    ("contacts", "contact_id", "  00004 ", "00004"),
    ("contacts", "first_name", "", None),
    ("contacts", "birth_date", "  ", None),
]

BROKEN = [
    ("tickets", "created_at", "31/02/2026", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "2026-02-31T00:00:00Z", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "2026-02-28T10:00:00 Europe/Paris", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "1767225600", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "infinity", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "", "required value is missing"),
    ("tickets", "created_at", "1899-12-31T23:59:59Z", "year is not between 1900 and 2200"),
    ("tickets", "created_at", "9999-12-31", "year is not between 1900 and 2200"),
    ("contacts", "birth_date", "28.02.1971", "not a date (YYYY-MM-DD)"),
    ("contacts", "birth_date", "1971-02-28T10:00:00Z", "not a date (YYYY-MM-DD)"),
    ("contacts", "birth_date", "0071-02-28", "year is not between 1900 and 2200"),
    ("orders", "net_amount", "nan", "not a decimal number"),
    ("orders", "net_amount", "inf", "not a decimal number"),
    ("orders", "net_amount", "29,33", "not a decimal number"),
    ("orders", "net_amount", "1_000", "not a decimal number"),
    ("orders", "net_amount", "$29", "not a decimal number"),
    ("orders", "net_amount", "1e30", "not a decimal number"),
    ("survey_answers", "value_number", "nan", "not a number"),
    ("survey_answers", "value_number", "-Infinity", "not a number"),
    ("survey_answers", "value_number", "1e999", "not a number"),
    ("tickets", "severity", "1.5", "not a whole number"),
    ("tickets", "severity", "0x2", "not a whole number"),
    ("tickets", "severity", "5", "more than 4"),
    ("tickets", "severity", "0", "less than 1"),
    ("tickets", "status", "done", "not one of new, open, pending, hold, solved, closed"),
    ("contacts", "is_test", "yes", "not a boolean (true or false)"),
    ("schedules", "opens_at", "25:00", "not a time of day (hh:mm)"),
    ("schedules", "opens_at", "24:01", "not a time of day (hh:mm)"),
    ("tickets", "tags", "a;b", "not a JSON array"),
    ("tickets", "tags", '{"a": 1}', "not a JSON array"),
    ("contacts", "external_ids", "[1]", "not a JSON object"),
    ("exchange_rates", "rate", "0", "not more than 0"),
]

#: A row of each entity that keeps the contract.
GOOD = {
    "tickets": {"ticket_id": "t1", "channel": "email", "status": "new", "created_at": "2026-06-01T00:00:00Z"},
    "contacts": {"contact_id": "c1"},
    "orders": {"order_id": "o1", "ordered_at": "2026-06-01T00:00:00Z", "currency": "EUR", "net_amount": "1"},
    "survey_answers": {"response_id": "r1", "question_id": "q1"},
    "schedules": {"schedule_id": "s", "timezone": "UTC", "weekday": "1", "opens_at": "09:00", "closes_at": "17:00"},
    "exchange_rates": {"rate_date": "2026-06-01", "from_currency": "EUR", "to_currency": "USD", "rate": "1.1"},
}


def csv_row(row: dict[str, str]) -> str:
    cells = ['"' + value.replace('"', '""') + '"' for value in row.values()]
    return ",".join(row) + "\n" + ",".join(cells) + "\n"


@pytest.mark.parametrize(("entity", "column", "text", "expected"), VALID)
def test_value_is_typed(company, entity, column, text, expected):
    company.reporting_timezone = "Europe/Paris"
    company.deliver(f"shop/{entity}/a.csv", csv_row(GOOD[entity] | {column: text}))
    assert company.load_one().rows_loaded == 1
    assert company.query(f"select {column} from raw.generic__{entity}") == [(expected,)]


@pytest.mark.parametrize(("entity", "column", "text", "reason"), BROKEN)
def test_broken_value_is_quarantined(company, entity, column, text, reason):
    company.deliver(f"shop/{entity}/a.csv", csv_row(GOOD[entity] | {column: text}))
    record = company.load_one()
    assert (record.status, record.rows_read, record.rows_loaded, record.rows_quarantined) == ("loaded", 1, 0, 1)
    found = company.query('select row_number, "column", value, reason from restricted.quarantined_rows')
    assert found == [(2, column, text or None, reason)]
