"""Runs `handwritten.sql` on a lake, times its parts, and compares its numbers with what was published.

Belongs here: the yardstick and the comparison. How long the pipeline takes is `full_build`'s business.
"""

import re
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_name("handwritten.sql")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Timing:
    """`parts` in wall seconds, in order; `cpu_seconds` (user and system) of all of them."""

    parts: dict[str, float]
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


def run(lake: Path, as_of: date) -> tuple[duckdb.DuckDBPyConnection, Timing]:
    """Compute the headline numbers in memory; the connection holds them in `headlines` and `purchase_histories`."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    connection.execute("set variable lake = ?", [str(lake)])
    connection.execute("set variable as_of = ?", [as_of])
    parts = {}
    cpu_started = time.process_time()
    for part in re.split(r"^-- part: ", SCRIPT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, statements = part.split("\n", 1)
        started = time.perf_counter()
        connection.execute(statements)
        parts[name] = time.perf_counter() - started
    return connection, Timing(parts, time.process_time() - cpu_started)


def disagreements(connection: duckdb.DuckDBPyConnection, published: Path, warehouse: Path) -> tuple[int, list[str]]:
    """How many numbers were compared, and a sentence for each metric that differs anywhere.

    Compared are n, numerator and value of every row of marts.metric_values with dimension `all` whose metric the script
    computes, in both directions; and the purchase history of every customer.
    """
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
    connection.execute(
        """
        create or replace temp table compared as
        select
            coalesce(mart.metric, hand.metric) as metric,
            concat_ws(
                ' ', coalesce(mart.period_grain, hand.period_grain), coalesce(mart.period_start, hand.period_start)
            ) as period,
            mart.n as mart_n, hand.n as hand_n, mart.value as mart_value, hand.value as hand_value,
            coalesce(
                mart.n = hand.n
                and abs(mart.value - hand.value) <= $tolerance * abs(mart.value)
                and abs(mart.numerator - hand.numerator) <= $tolerance * greatest(abs(mart.numerator), 1),
                false
            ) as agrees
        from (
            select *
            from published.marts.metric_values
            where dimension = 'all' and metric in (select metric from headlines) and (n > 0 or metric = 'backlog')
        ) as mart
        full join headlines as hand
            on mart.metric = hand.metric and mart.period_grain = hand.period_grain
            and mart.period_start is not distinct from hand.period_start
        union all
        select
            'purchase_histories', customer_id, mart.repeat_days, hand.x, mart.recency_weeks, hand.t_x,
            coalesce(
                mart.repeat_days = hand.x
                and abs(mart.recency_weeks - hand.t_x) <= $tolerance * mart.recency_weeks
                and abs(mart.observed_weeks - hand.T) <= $tolerance * mart.observed_weeks,
                false
            )
        from warehouse.intermediate.int_purchase_histories as mart
        full join purchase_histories as hand using (customer_id)
        """,
        {"tolerance": TOLERANCE},
    )
    row = connection.execute("select count(*) from compared").fetchone()
    differing = connection.execute(
        """
        select metric, count(*), min(period), arg_min(mart_n, period), arg_min(hand_n, period),
            arg_min(mart_value, period), arg_min(hand_value, period)
        from compared
        where not agrees
        group by metric
        order by metric
        """
    ).fetchall()
    connection.execute("detach published")
    connection.execute("detach warehouse")
    return (row[0] if row else 0), [
        f"{metric}: {count} rows differ, e.g. {period}: published n {mart_n}, value {mart_value};"
        f" by hand n {hand_n}, value {hand_value}"
        for metric, count, period, mart_n, hand_n, mart_value, hand_value in differing
    ]
