"""Runs the hand-written SQL on a lake, times its parts, and compares its numbers with what was published.

Belongs here: the yardstick and the comparison. How long the pipeline takes is `full_build`'s business.
"""

import re
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

FOLDER = Path(__file__).with_name("handwritten")
# In this order: each field may use what those before it left.
FIELDS = ("people", "orders", "subscriptions", "surveys", "service")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Timing:
    """Both in seconds, in order of the parts; CPU is user and system."""

    parts: dict[str, float]
    cpu_parts: dict[str, float]

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu_parts.values())


def run(
    lake: Path, as_of: date, warehouse: Path, *, database: Path | None = None
) -> tuple[duckdb.DuckDBPyConnection, Timing]:
    """Compute the headline numbers; the connection holds them in `headlines` and `purchase_histories`.

    Every table goes to `database`, a new file, as those of the build do; without one they stay in memory. From the
    warehouse come only the fitted parameters of the value models, which no SQL can fit.
    """
    connection = duckdb.connect(database or ":memory:")
    connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    connection.execute("set variable lake = ?", [str(lake)])
    connection.execute("set variable as_of = ?", [as_of])
    connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
    connection.execute(
        "set variable fits = (select map_from_entries(list((model || '.' || parameter, value)))"
        " from warehouse.steps.model_fits)"
    )
    connection.execute("detach warehouse")
    parts, cpu_parts = {}, {}
    for field in FIELDS:
        script = (FOLDER / f"{field}.sql").read_text(encoding="utf-8")
        for part in re.split(r"^-- part: ", script, flags=re.MULTILINE)[1:]:
            name, statements = part.split("\n", 1)
            started, cpu_started = time.perf_counter(), time.process_time()
            connection.execute(statements)
            parts[name], cpu_parts[name] = time.perf_counter() - started, time.process_time() - cpu_started
    return connection, Timing(parts, cpu_parts)


def disagreements(connection: duckdb.DuckDBPyConnection, published: Path, warehouse: Path) -> tuple[int, list[str]]:
    """How many numbers were compared, and a sentence for each metric that differs anywhere.

    Compared is every row of marts.metric_values whose metric the script computes, in both directions: n, numerator,
    denominator, sum of squares, value, interval and pending_n. Rows that fill in an empty period are not: nothing was
    computed there, but for a backlog, which is 0. So is the purchase history of every customer.
    """
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
    # Null on both sides agrees. A number near 0 is what is left of a difference, and cannot agree to nine digits.
    connection.execute(
        "create or replace macro same(mart, hand) as"
        f" coalesce(abs(mart - hand) <= {TOLERANCE} * greatest(abs(mart), 1), mart is null and hand is null)"
    )
    connection.execute(
        """
        create or replace temp table compared as
        select
            coalesce(mart.metric, hand.metric) as metric,
            concat_ws(
                ' ', coalesce(mart.period_grain, hand.grain), coalesce(mart.period_start, hand.start),
                coalesce(mart.dimension, hand.dimension), coalesce(mart.dimension_value, hand.member)
            ) as place,
            mart.n as mart_n, hand.n as hand_n, mart.value as mart_value, hand.value as hand_value,
            coalesce(mart.n = hand.n and mart.pending_n = hand.pending_n, false)
            and same(mart.numerator, hand.numerator) and same(mart.denominator, hand.denominator)
            and same(mart.sum_squares, hand.sum_squares) and same(mart.value, hand.value)
            and same(mart.value_low, hand.value_low) and same(mart.value_high, hand.value_high) as agrees
        from (
            select *
            from published.marts.metric_values
            where
                metric in (select metric from headlines)
                and (n > 0 or pending_n > 0 or metric in ('backlog', 'unassigned_backlog'))
        ) as mart
        full join headlines as hand
            on mart.metric = hand.metric and mart.period_grain = hand.grain
            and mart.period_start is not distinct from hand.start
            and mart.dimension = hand.dimension and mart.dimension_value = hand.member
        union all
        select
            'purchase_histories', customer_id, mart.repeat_days, hand.x, mart.recency_weeks, hand.t_x,
            coalesce(mart.repeat_days = hand.x, false) and same(mart.recency_weeks, hand.t_x)
            and same(mart.observed_weeks, hand.T)
        from warehouse.intermediate.int_purchase_histories as mart
        full join purchase_histories as hand using (customer_id)
        """
    )
    row = connection.execute("select count(*) from compared").fetchone()
    differing = connection.execute(
        """
        select metric, count(*), min(place), arg_min(mart_n, place), arg_min(hand_n, place),
            arg_min(mart_value, place), arg_min(hand_value, place)
        from compared
        where not agrees
        group by metric
        order by metric
        """
    ).fetchall()
    connection.execute("detach published")
    connection.execute("detach warehouse")
    return (row[0] if row else 0), [
        f"{metric}: {count} rows differ, e.g. {place}: published n {mart_n}, value {mart_value};"
        f" by hand n {hand_n}, value {hand_value}"
        for metric, count, place, mart_n, hand_n, mart_value, hand_value in differing
    ]
