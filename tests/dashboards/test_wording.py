"""Numbers, periods and members in words. Expected texts by hand."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.report import wording

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (2.5, 0, "3"),  # half up, not half to even
        (0.25, 1, "0.3"),
        (1.005, 2, "1.01"),  # by its digits, not by its binary neighbour
        (-2.5, 0, "\N{MINUS SIGN}3"),
        (-0.04, 1, "0.0"),  # no negative zero
        (1234567.891, 1, "1,234,567.9"),
        (1e-7, 1, "0.0"),
        (0, 0, "0"),
        (None, 1, "no data"),
        (float("nan"), 1, "no data"),
        (float("inf"), 1, "no data"),
    ],
)
def test_numbers_are_rounded_half_up_and_never_nan(value: float | None, decimals: int, expected: str) -> None:
    assert wording.number(value, decimals) == expected


@pytest.mark.parametrize(
    ("value", "unit", "currency", "expected"),
    [
        (84.25, "percent", None, f"84.3{SPACE}%"),
        (-12.05, "points", None, "\N{MINUS SIGN}12.1"),
        (0.0, "percent", None, f"0.0{SPACE}%"),
        (6.125, "score", None, "6.13"),
        (0.0, "minutes", None, f"0{SPACE}min"),
        (59.5, "minutes", None, f"1{SPACE}h"),
        (192.0, "minutes", None, f"3{SPACE}h 12{SPACE}min"),
        (2880.0, "minutes", None, f"2{SPACE}d"),
        (1530.0, "minutes", None, f"1{SPACE}d 2{SPACE}h"),  # 25.5 hours, half up
        (12.34, "days", None, f"12.3{SPACE}days"),
        (42.0, "count", None, "42"),
        (999.994, "money", "USD", f"USD{SPACE}999.99"),
        (1234.5, "money", "USD", f"USD{SPACE}1,235"),
        (0.5, "ratio", None, "0.50"),
        (None, "money", "USD", "no data"),
    ],
)
def test_quantities_carry_their_unit(value: float | None, unit: str, currency: str | None, expected: str) -> None:
    assert wording.quantity(value, unit, currency) == expected


def test_changes_carry_their_sign() -> None:
    assert wording.difference(1.25, "percent") == f"+1.3{SPACE}points"
    assert wording.difference(-90.0, "minutes") == f"\N{MINUS SIGN}1{SPACE}h 30{SPACE}min"
    assert wording.difference(2000.0, "money", "EUR") == f"EUR{SPACE}+2,000"
    assert wording.difference(None, "percent") == "no data"


@pytest.mark.parametrize(
    ("grain", "as_of", "expected"),
    [
        ("month", date(2026, 6, 30), date(2026, 6, 1)),
        ("month", date(2026, 6, 29), date(2026, 5, 1)),
        ("month", date(2026, 1, 15), date(2025, 12, 1)),
        ("quarter", date(2026, 6, 30), date(2026, 4, 1)),
        ("quarter", date(2026, 5, 31), date(2026, 1, 1)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1)),
    ],
)
def test_a_period_is_complete_once_its_last_day_is_over(grain: str, as_of: date, expected: date) -> None:
    assert wording.last_complete(grain, as_of) == expected


def test_periods_and_members_read_as_words() -> None:
    assert wording.period("month", date(2026, 6, 1)) == "June 2026"
    assert wording.period("quarter", date(2026, 4, 1)) == "the 2nd quarter of 2026"
    assert wording.period("trailing", None, 365) == "last 365 days"
    assert wording.period("all_time", None) == "since the beginning"
    assert wording.short_period("quarter", date(2026, 10, 1)) == "Q4 2026"
    assert wording.member("price_hunter") == "Price hunter"
    assert wording.member("sms") == "SMS"
    assert wording.member(None) == "Unknown"
    assert wording.counted(1, "tickets") == "1 ticket"
    assert wording.counted(1204, "tickets") == "1,204 tickets"
    assert wording.listing(["a", "b", "c"]) == "a, b and c"
