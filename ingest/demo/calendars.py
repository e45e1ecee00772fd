"""Business time: the opening hours of the help desk and exact conversion between instants and business seconds.

Opening intervals are laid out as UTC instants once, so that adding business seconds crosses nights, weekends, holidays
and clock changes exactly. When someone replies belongs to ``service``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ingest.demo.columns import Ints


@dataclass(frozen=True)
class Schedule:
    """Opening hours of one team of the help desk.

    ``hours`` maps an ISO weekday (1 = Monday) to local opening and closing time as 'HH:MM' (24:00 allowed);
    ``holidays`` maps local days on which nobody works to their names.
    """

    schedule_id: str
    timezone: str
    hours: Mapping[int, tuple[str, str]]
    holidays: Mapping[date, str]
    is_default: bool = False


class BusinessClock:
    """Converts between instants (epoch seconds) and business seconds since the first opening of the calendar.

    ``clock_changes`` are the UTC midnights of the days on which the schedule's zone changes its clocks.
    """

    def __init__(self, schedule: Schedule, first: date, last: date) -> None:
        zone = ZoneInfo(schedule.timezone)
        opens: list[int] = []
        closes: list[int] = []
        for day in _days(first, last):
            hours = schedule.hours.get(day.isoweekday())
            if hours and day not in schedule.holidays:
                opens.append(_local_instant(day, hours[0], zone))
                closes.append(_local_instant(day, hours[1], zone))
        self._opens = np.array(opens, dtype=np.int64)
        self._closes = np.array(closes, dtype=np.int64)
        self.clock_changes = _clock_changes(first, last, zone)
        self._before = np.concatenate([[0], np.cumsum(self._closes - self._opens)]).astype(np.int64)

    def position(self, instants: Ints) -> Ints:
        """Business seconds passed at each instant."""
        index = np.searchsorted(self._opens, instants, side="right") - 1
        inside = np.minimum(instants, self._closes[index]) - self._opens[index]
        return np.where(index < 0, 0, self._before[index] + inside)

    def instant(self, position: Ints) -> Ints:
        """The instant at which that many business seconds have passed (the close of a day, not the next opening)."""
        index = np.searchsorted(self._before[1:], position, side="left")
        index = np.minimum(index, len(self._opens) - 1)
        return self._opens[index] + position - self._before[index]


def _clock_changes(first: date, last: date, zone: ZoneInfo) -> Ints:
    """Midnights (UTC) of the days on which the zone's clocks go forward or back."""
    midnights = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in _days(first, last)]
    offsets = [midnight.astimezone(zone).utcoffset() for midnight in midnights]
    changed = [day for day, now, then in zip(midnights, offsets, offsets[1:], strict=False) if now != then]
    return np.array([int(day.timestamp()) for day in changed], dtype=np.int64)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _local_instant(day: date, clock: str, zone: ZoneInfo) -> int:
    if clock == "24:00":
        return _local_instant(day + timedelta(days=1), "00:00", zone)
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
    return int(local.astimezone(UTC).timestamp())


_WEEKDAYS = (1, 2, 3, 4, 5)

POLISH_HOLIDAYS: Mapping[date, str] = {
    date(2024, 8, 15): "Assumption Day",
    date(2024, 11, 1): "All Saints' Day",
    date(2024, 11, 11): "Independence Day",
    date(2024, 12, 25): "Christmas Day",
    date(2024, 12, 26): "Second day of Christmas",
    date(2025, 1, 1): "New Year's Day",
    date(2025, 1, 6): "Epiphany",
    date(2025, 4, 21): "Easter Monday",
    date(2025, 5, 1): "Labour Day",
    date(2025, 6, 19): "Corpus Christi",
    date(2025, 8, 15): "Assumption Day",
    date(2025, 11, 11): "Independence Day",
    date(2025, 12, 24): "Christmas Eve",
    date(2025, 12, 25): "Christmas Day",
    date(2025, 12, 26): "Second day of Christmas",
    date(2026, 1, 1): "New Year's Day",
    date(2026, 1, 6): "Epiphany",
    date(2026, 4, 6): "Easter Monday",
    date(2026, 5, 1): "Labour Day",
    date(2026, 6, 4): "Corpus Christi",
}

AMERICAN_HOLIDAYS: Mapping[date, str] = {
    date(2024, 7, 4): "Independence Day",
    date(2024, 9, 2): "Labor Day",
    date(2024, 11, 28): "Thanksgiving Day",
    date(2024, 12, 25): "Christmas Day",
    date(2025, 1, 1): "New Year's Day",
    date(2025, 5, 26): "Memorial Day",
    date(2025, 7, 4): "Independence Day",
    date(2025, 9, 1): "Labor Day",
    date(2025, 11, 27): "Thanksgiving Day",
    date(2025, 12, 25): "Christmas Day",
    date(2026, 1, 1): "New Year's Day",
    date(2026, 5, 25): "Memorial Day",
}

WARSAW = Schedule(
    "SCH-WARSAW", "Europe/Warsaw", dict.fromkeys(_WEEKDAYS, ("09:00", "17:00")), POLISH_HOLIDAYS, is_default=True
)
NEW_YORK = Schedule(
    "SCH-NEWYORK",
    "America/New_York",
    {**dict.fromkeys(_WEEKDAYS, ("08:00", "18:00")), 6: ("10:00", "14:00")},
    AMERICAN_HOLIDAYS,
)
ALWAYS = Schedule("SCH-ALWAYS", "Europe/Warsaw", dict.fromkeys(range(1, 8), ("00:00", "24:00")), {})

SCHEDULES: Sequence[Schedule] = (WARSAW, NEW_YORK, ALWAYS)
