"""How numbers, periods and members are written for a reader. Rounding happens here and nowhere else, half up.

Belongs here: from a full-precision value to words. Does not belong here: what is shown and where.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

NO_DATA = "no data"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MINUS = "\N{MINUS SIGN}"
_SPACE = "\N{NO-BREAK SPACE}"
_DECIMALS = {"percent": 1, "points": 1, "score": 2, "days": 1, "count": 0, "ratio": 2}


def number(value: float | int | None, decimals: int = 0, *, signed: bool = False) -> str:
    """`value` with thousands separators, rounded half up; null, nan and infinity are "no data"."""
    if value is None or not math.isfinite(value):
        return NO_DATA
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    sign = _MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,f}"


def quantity(value: float | None, unit: str | None, currency: str | None = None, *, signed: bool = False) -> str:
    """`value` in the unit of its metric, one of metric_definitions: "84.2 %", "3 h 12 min", "USD 1,204"."""
    if value is None or not math.isfinite(value):
        return NO_DATA
    match unit:
        case "percent":
            return f"{number(value, 1, signed=signed)}{_SPACE}%"
        case "minutes":
            return _duration(value, signed=signed)
        case "days":
            return f"{number(value, 1, signed=signed)}{_SPACE}days"
        case "money":
            decimals = 0 if abs(value) >= 1000 or value == 0 else 2
            return (
                f"{currency}{_SPACE}{number(value, decimals, signed=signed)}" if currency else number(value, decimals)
            )
        case _:
            return number(value, _DECIMALS.get(unit or "", 2), signed=signed)


def difference(value: float | None, unit: str | None, currency: str | None = None) -> str:
    """A change from one period to the next, always with its sign; percentages differ by percentage points."""
    if value is None or not math.isfinite(value):
        return NO_DATA
    if unit in ("percent", "points"):
        return f"{number(value, 1, signed=True)}{_SPACE}points"
    return quantity(value, unit, currency, signed=True)


def day(value: date) -> str:
    """30 June 2026."""
    return f"{value.day} {_LONG_MONTHS[value.month - 1]} {value.year}"


def period(grain: str, start: date | None, trailing_days: int | None = None) -> str:
    """The period in words: "June 2026", "the 2nd quarter of 2026", "since the beginning"."""
    if start is None:
        if grain == "trailing":
            return f"last {trailing_days} days" if trailing_days else "last 12 months"
        return "since the beginning"
    match grain:
        case "month":
            return f"{_LONG_MONTHS[start.month - 1]} {start.year}"
        case "quarter":
            ordinal = ("1st", "2nd", "3rd", "4th")[(start.month - 1) // 3]
            return f"the {ordinal} quarter of {start.year}"
        case "year":
            return str(start.year)
        case "week":
            return f"week of {day(start)}"
        case _:
            return day(start)


def short_period(grain: str, start: date) -> str:
    """The period for an axis: "Jun 2026", "Q2 2026"."""
    if grain == "quarter":
        return f"Q{(start.month - 1) // 3 + 1} {start.year}"
    return f"{_MONTHS[start.month - 1]} {start.year}"


def member(value: str | None) -> str:
    """A member of a dimension as a reader would write it: `price_hunter` is "Price hunter", `sms` is "SMS"."""
    if value is None or value == "":
        return "Unknown"
    if len(value) <= 4 and value.isalpha() and not set(value.lower()) & set("aeiouy"):
        return value.upper()
    return sentence(value.replace("_", " "))


def sentence(text: str) -> str:
    """`text` with a capital at its start."""
    return text[:1].upper() + text[1:]


def counted(number_of: int, noun: str) -> str:
    """A number and its noun: "1,204 tickets", "1 ticket"."""
    return f"{number(number_of)} {fitting(noun, number_of)}"


def fitting(noun: str, number_of: int) -> str:
    """The noun, a plural in s or a participle, as it stands after that number."""
    return noun.removesuffix("s") if number_of == 1 else noun


def listing(items: list[str]) -> str:
    """Items in a sentence: "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def last_complete(grain: str, as_of: date) -> date:
    """First day of the last month or quarter that has ended by the end of `as_of`."""
    tomorrow = as_of + timedelta(days=1)
    months = 3 if grain == "quarter" else 1
    index = tomorrow.year * 12 + tomorrow.month - 1
    index = index - index % months - months
    return date(index // 12, index % 12 + 1, 1)


def add_months(start: date, months: int) -> date:
    """The first day of the month that is `months` later (or earlier, if negative)."""
    index = start.year * 12 + start.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _duration(minutes: float, *, signed: bool) -> str:
    """Whole minutes below a day, whole hours from there on."""
    size = Decimal(repr(abs(minutes)))
    whole = int(size.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if whole >= 24 * 60:
        whole = 60 * int((size / 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    sign = _MINUS if minutes < 0 and whole else "+" if signed and whole else ""
    days, rest = divmod(whole, 24 * 60)
    hours, left = divmod(rest, 60)
    words = [f"{amount}{_SPACE}{name}" for amount, name in ((days, "d"), (hours, "h"), (left, "min")) if amount]
    return sign + (" ".join(words) if words else f"0{_SPACE}min")
