"""When jobs start by themselves on the clock. What starts them on an event is in `sensors`."""

import dagster as dg

from orchestration.jobs import DAILY_REFRESH


def daily_schedule(reporting_timezone: str) -> dg.ScheduleDefinition:
    """Every day at 02:00 in the reporting time zone: yesterday is over there and late files have had two hours."""
    return dg.ScheduleDefinition(
        name="daily_refresh_schedule",
        job=DAILY_REFRESH,
        cron_schedule="0 2 * * *",
        execution_timezone=reporting_timezone,
        description="Yesterday, complete, before people come to work.",
    )
