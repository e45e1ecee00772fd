"""What a value of each type may look like, and what sends it to quarantine."""

# ruff: noqa: RUF001 - digits of other scripts are what is tested

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
    # Digits, signs and spaces that mean the same to everybody: Persian, Arabic-Indic, Unicode's minus, hard spaces.
    ("orders", "net_amount", "۱۲۳۴٫۵۰", Decimal("1234.5000")),
    ("orders", "net_amount", "\u2212٤٢", Decimal("-42.0000")),
    ("orders", "net_amount", "\u00a07.5\u202f", Decimal("7.5000")),
    ("survey_answers", "value_number", "\u2212۱٫۵", -1.5),
    ("tickets", "severity", "۳", 3),
    ("tickets", "created_at", "۲۰۲۶-۰۶-۳۰T۱۰:۰۰:۰۰\u2212۰۲:۰۰", instant(2026, 6, 30, 12)),
    ("tickets", "created_at", "2026-06-30\u00a010:00", instant(2026, 6, 30, 10)),
    ("contacts", "birth_date", "١٩٧١-٠٢-٢٨", date(1971, 2, 28)),
    ("schedules", "opens_at", "۰۹:۳۰", "09:30"),
    # A text is what it is, but for spaces around it.
    ("contacts", "contact_id", "\u202f۰۰۴\u00a0", "۰۰۴"),
    ("contacts", "first_name", "=cmd()", "=cmd()"),
]

WHAT_COMMAS_MEAN = "; the setting formats can say what its points, commas and spaces mean"
WHAT_IS_FIRST = "; the setting formats can say that the day or month is first"

BROKEN = [
    ("tickets", "created_at", "31/02/2026", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "2026-02-31T00:00:00Z", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "2026-02-28T10:00:00 Europe/Paris", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "1767225600", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "infinity", "not a timestamp (ISO 8601)"),
    ("tickets", "created_at", "", "required value is missing"),
    ("tickets", "created_at", "1899-12-31T23:59:59Z", "year is not between 1900 and 2200"),
    ("tickets", "created_at", "9999-12-31", "year is not between 1900 and 2200"),
    ("tickets", "created_at", "03/04/2026", "not a timestamp (ISO 8601)" + WHAT_IS_FIRST),
    ("tickets", "created_at", "3.4.2026 9:30", "not a timestamp (ISO 8601)" + WHAT_IS_FIRST),
    ("tickets", "created_at", "12/31/2026 02:30 PM", "not a timestamp (ISO 8601)" + WHAT_IS_FIRST),
    ("tickets", "created_at", "۱۴۰۵-۰۹-۰۵", "year is not between 1900 and 2200"),
    ("contacts", "birth_date", "28.02.1971", "not a date (YYYY-MM-DD)" + WHAT_IS_FIRST),
    ("contacts", "birth_date", "28.02.71", "not a date (YYYY-MM-DD)"),
    ("contacts", "birth_date", "1971-02-28T10:00:00Z", "not a date (YYYY-MM-DD)"),
    ("contacts", "birth_date", "0071-02-28", "year is not between 1900 and 2200"),
    ("orders", "net_amount", "nan", "not a decimal number"),
    ("orders", "net_amount", "inf", "not a decimal number"),
    ("orders", "net_amount", "29,33", "not a decimal number" + WHAT_COMMAS_MEAN),
    ("orders", "net_amount", "1.234,50", "not a decimal number" + WHAT_COMMAS_MEAN),
    ("orders", "net_amount", "1\u202f234", "not a decimal number" + WHAT_COMMAS_MEAN),
    ("tickets", "severity", "1.200", "not a whole number" + WHAT_COMMAS_MEAN),
    ("orders", "net_amount", "1,,5", "not a decimal number"),
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


COMMA = {"decimal": ","}
DOTS = {"decimal": ",", "thousands": "."}
SPACES = {"decimal": ",", "thousands": " "}
COMMAS = {"thousands": ","}
APOSTROPHES = {"thousands": "'"}
DAY, MONTH = {"dates": "day_first"}, {"dates": "month_first"}

#: How the source writes, and what is read then; None: the value goes to quarantine.
WRITTEN = [
    (COMMA, "orders", "net_amount", "29,33", Decimal("29.33")),
    (COMMA, "orders", "net_amount", ",5", Decimal("0.5")),
    (COMMA, "orders", "net_amount", "1e2", Decimal("100")),
    (COMMA, "orders", "net_amount", "29.33", None),
    (COMMA, "orders", "net_amount", "1.234", None),
    (DOTS, "orders", "net_amount", "\u2212۱.۲۳۴.۵۶۷,۸۹", Decimal("-1234567.89")),
    (DOTS, "orders", "net_amount", "1234,5", Decimal("1234.5")),
    (DOTS, "orders", "net_amount", "1.23,5", None),
    (DOTS, "orders", "net_amount", "12.3456", None),
    (DOTS, "orders", "net_amount", "1,234.5", None),
    (DOTS, "survey_answers", "value_number", "1.234,5", 1234.5),
    (DOTS, "tickets", "severity", "3", 3),
    (SPACES, "orders", "net_amount", "1 234\u00a0567\u202f890,1", Decimal("1234567890.1")),
    (SPACES, "orders", "net_amount", "1  234", None),
    (COMMAS, "orders", "net_amount", "1,234,567.5", Decimal("1234567.5")),
    (COMMAS, "orders", "net_amount", "29,33", None),
    (APOSTROPHES, "orders", "net_amount", "1'234.5", Decimal("1234.5")),
    (APOSTROPHES, "orders", "net_amount", "1\u2019234.5", Decimal("1234.5")),
    (DAY, "contacts", "birth_date", "28.02.1971", date(1971, 2, 28)),
    (DAY, "contacts", "birth_date", "3/4/1971", date(1971, 4, 3)),
    (DAY, "contacts", "birth_date", "28-02-1971 00:00", date(1971, 2, 28)),
    (DAY, "contacts", "birth_date", "1971-02-28", date(1971, 2, 28)),
    (DAY, "contacts", "birth_date", "02/28/1971", None),
    (DAY, "contacts", "birth_date", "31/02/2026", None),
    (DAY, "contacts", "birth_date", "28.02.71", None),
    (DAY, "tickets", "created_at", "30/06/2026", instant(2026, 6, 29, 22)),
    (DAY, "tickets", "created_at", "30/06/2026 10:05", instant(2026, 6, 30, 10, 5)),
    (DAY, "tickets", "created_at", "30.6.2026, 9:05:07.25", instant(2026, 6, 30, 9, 5, 7, 250_000)),
    (DAY, "tickets", "created_at", "۳۰/۰۶/۲۰۲۶\u00a0۱۰:۰۵", instant(2026, 6, 30, 10, 5)),
    (DAY, "tickets", "created_at", "30/06/2026 25:00", None),
    (DAY, "tickets", "created_at", "2026-06-30T10:00:00+02:00", instant(2026, 6, 30, 8)),
    (MONTH, "tickets", "created_at", "06/30/2026 02:30 PM", instant(2026, 6, 30, 14, 30)),
    (MONTH, "tickets", "created_at", "6/30/2026 12:30:05am", instant(2026, 6, 30, 0, 30, 5)),
    (MONTH, "tickets", "created_at", "30/06/2026", None),
]


def test_values_are_read_as_the_setting_says_that_they_are_written(company):
    # Each case is a source of its own, so that all of them are one load.
    company.reporting_timezone = "Europe/Paris"
    for number, (written, entity, column, text, _) in enumerate(WRITTEN):
        company.formats[f"s{number}"] = {entity: {column: written}}
        company.deliver(f"s{number}/{entity}/a.csv", csv_row(GOOD[entity] | {column: text}))
    company.load()
    for number, (written, entity, column, text, expected) in enumerate(WRITTEN):
        found = company.query(f"select {column} from raw.generic__{entity} where _source_system = 's{number}'")
        assert found == ([] if expected is None else [(expected,)]), (written, column, text)
    reasons = company.query("select distinct reason from restricted.quarantined_rows order by 1")
    assert [reason for (reason,) in reasons] == [
        "not a date (YYYY-MM-DD), nor one with the day first",
        "not a decimal number with a decimal comma",
        "not a decimal number with a decimal comma and thousands set apart by ' '",
        "not a decimal number with a decimal comma and thousands set apart by '.'",
        "not a decimal number with a decimal point and thousands set apart by ','",
        "not a timestamp (ISO 8601), nor one with the day first",
        "not a timestamp (ISO 8601), nor one with the month first",
    ]


def test_what_is_said_of_one_column_goes_before_what_is_said_of_all(company):
    company.formats = {
        "shop": {
            "*": {"*": DOTS | DAY, "tax_amount": APOSTROPHES},
            "orders": {"cost_amount": {"decimal": "."} | COMMAS},
        }
    }
    row = GOOD["orders"] | {
        "ordered_at": "31/12/2026",
        "net_amount": "1.234,5",
        "tax_amount": "1'234,5",
        "cost_amount": "1,234.5",
    }
    company.deliver("shop/orders/a.csv", csv_row(row))
    company.deliver("till/orders/a.csv", csv_row(row))
    assert [record.rows_loaded for record in company.load()] == [1, 0]
    assert company.query("select net_amount, tax_amount, cost_amount from raw.generic__orders") == [
        (Decimal("1234.5"),) * 3
    ]
