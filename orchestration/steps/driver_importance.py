"""How much of an outcome each driver goes with: LMG shares of R squared, with bootstrap intervals.

What belongs here: for each cell (survey, outcome, segment, period) the regression of the outcome on the drivers that
were answered with it, R squared of every subset of drivers, their average over all orders (Lindeman, Merenda and Gold
1980; the Shapley value of R squared), and its interval by resampling responses. What does not: which answers belong
together (`int_driver_answers`), how well a driver does and what to do about it (`mart_driver_analysis`).

Reads `intermediate.int_driver_answers`, writes `steps.driver_importance`. It is association, not cause: what a customer
says of a driver is coloured by how the customer feels anyway. Draws are made with a fixed seed and from responses in a
fixed order: the same answers give the same numbers, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from math import factorial

import duckdb
import numpy as np
from numpy.typing import NDArray

# 2^k regressions: more drivers than this are weighed among themselves first, by their own correlation.
MOST_DRIVERS = 8
# Complete answers per driver, and at all, below which shares would be noise.
ANSWERS_PER_DRIVER = 10
FEWEST_ANSWERS = 50
# A driver that fewer of a cell's respondents answered would take the complete answers of all others with it.
ANSWERED_BY_AT_LEAST = 0.5
RESAMPLES = 200
SEED = 360

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """Whose answers, about what, and when: a row of the mart without its driver. `period_start` None: no calendar
    period.
    """

    survey: str
    outcome: str
    segment: str
    period_grain: str
    period_start: date | None


@dataclass(frozen=True)
class Importance:
    """One driver in one cell; `reason` says why there is no share."""

    driver: str
    n: int
    r_squared: float | None = None
    share_pct: float | None = None
    share_pct_low: float | None = None
    share_pct_high: float | None = None
    correlation: float | None = None
    reason: str | None = None


def weigh_drivers(connection: duckdb.DuckDBPyConnection, *, as_of: date, trailing_days: int) -> int:
    """Weighs the drivers of every cell and replaces `steps.driver_importance`; returns how many cells have shares.

    driver_importance: survey, outcome, segment ('all' or a member), period_grain (quarter, year, all_time, trailing),
    period_start date (null for the last two), driver, n bigint (responses that answered the outcome and all drivers
    weighed), r_squared double (of all drivers together), share_pct, share_pct_low, share_pct_high double (of R squared,
    0 to 100), correlation double (with the outcome alone), reason varchar (null where there is a share). Segments are
    weighed over all time and the trailing window only: by quarter they are too few.
    """
    connection.execute("create schema if not exists steps")
    connection.execute(
        """
        create or replace table steps.driver_importance (
            survey varchar, outcome varchar, segment varchar, period_grain varchar, period_start date, driver varchar,
            n bigint, r_squared double, share_pct double, share_pct_low double, share_pct_high double,
            correlation double, reason varchar
        )
        """
    )
    rows, weighed = [], 0
    for cell, drivers, scores in _cells(connection, as_of, trailing_days):
        if not len(scores):
            continue
        found = importance_of(drivers, scores)
        weighed += any(each.share_pct is not None for each in found)
        rows += [[*vars(cell).values(), *vars(each).values()] for each in found]
    if rows:
        connection.executemany(
            f"insert into steps.driver_importance ({', '.join((*Cell.__annotations__, *Importance.__annotations__))})"
            f" values ({', '.join('?' * 13)})",
            rows,
        )
    return weighed


def importance_of(drivers: list[str], scores: Floats) -> list[Importance]:
    """The drivers' shares. `scores` has a row per response; its first column is the outcome, the others are the
    drivers, nan where one was not answered.
    """
    answered = (~np.isnan(scores[:, 1:])).mean(axis=0)
    kept = [place for place in range(len(drivers)) if answered[place] >= ANSWERED_BY_AT_LEAST]
    complete = scores[~np.isnan(scores[:, [0, *(place + 1 for place in kept)]]).any(axis=1)]
    varied = [place for place in kept if len(complete) and np.ptp(complete[:, place + 1]) > 0]
    outcome_varies = len(complete) > 0 and np.ptp(complete[:, 0]) > 0
    correlations = _correlations_with_outcome(complete, varied) if outcome_varies else dict.fromkeys(varied, 0.0)
    weighed = sorted(sorted(varied, key=lambda place: (-abs(correlations[place]), place))[:MOST_DRIVERS])
    n = len(complete)
    reason = None
    if n < max(FEWEST_ANSWERS, ANSWERS_PER_DRIVER * len(weighed)):
        reason = "too_few_answers"
    elif not outcome_varies:
        reason = "outcome_does_not_vary"
    r_squared, shares = None, np.empty((0, 3))
    if reason is None and weighed:
        r_squared, shares = _shares_of(complete[:, [0, *(place + 1 for place in weighed)]])
        reason = None if len(shares) else "nothing_explained"
    found = []
    for place, driver in enumerate(drivers):
        if place in weighed and len(shares):
            share, low, high = map(float, shares[weighed.index(place)])
            found.append(Importance(driver, n, r_squared, share, low, high, correlations[place]))
        else:
            found.append(Importance(driver, n, r_squared, reason=reason or _why_not(place, kept, varied)))
    return found


def _shares_of(matrix: Floats) -> tuple[float, Floats]:
    """R squared, and of each driver its share in percent with the ends of its 95 % interval (k x 3; none where nothing
    is explained). The first column of `matrix` is the outcome.
    """
    distinct, counts = _distinct(matrix)
    parts = lmg(_correlation_matrices(distinct, counts[None, :]))[0]
    r_squared = float(parts.sum())
    if r_squared <= 0:
        return 0.0, np.empty((0, 3))
    drawn = lmg(_resampled(distinct, counts))
    totals = drawn.sum(axis=1, keepdims=True)
    explained = totals[:, 0] > 0
    share = 100 * parts / r_squared
    low, high = np.quantile(100 * drawn[explained] / totals[explained], [0.025, 0.975], axis=0)
    return r_squared, np.column_stack([share, np.minimum(share, low), np.maximum(share, high)])


def lmg(correlations: Floats) -> Floats:
    """LMG parts of R squared from correlation matrices (m x (1 + k) x (1 + k), the outcome first): m x k, each at least
    0, adding up to R squared of all drivers. Drivers that are copies of each other share what they explain.
    """
    k = correlations.shape[1] - 1
    r_squared: dict[tuple[int, ...], Floats] = {(): np.zeros(len(correlations))}
    for size in range(1, k + 1):
        for subset in combinations(range(k), size):
            places = [place + 1 for place in subset]
            inner = correlations[:, places][:, :, places]
            outer = correlations[:, places, 0]
            solved = np.einsum("mij,mj->mi", np.linalg.pinv(inner, rcond=1e-9, hermitian=True), outer)
            r_squared[subset] = np.clip(np.einsum("mi,mi->m", outer, solved), 0, 1)
    parts = np.zeros((len(correlations), k))
    for driver in range(k):
        others = [other for other in range(k) if other != driver]
        for size in range(k):
            weight = factorial(size) * factorial(k - size - 1) / factorial(k)
            for subset in combinations(others, size):
                gained = r_squared[tuple(sorted((*subset, driver)))] - r_squared[subset]
                parts[:, driver] += weight * gained
    return np.clip(parts, 0, None)


def _why_not(place: int, kept: list[int], varied: list[int]) -> str:
    if place not in kept:
        return "answered_by_too_few"
    return "does_not_vary" if place not in varied else "too_many_drivers"


def _correlations_with_outcome(complete: Floats, places: list[int]) -> dict[int, float]:
    matrix = complete[:, [0, *(place + 1 for place in places)]]
    distinct, counts = _distinct(matrix)
    found = _correlation_matrices(distinct, counts[None, :])[0, 0, 1:]
    return dict(zip(places, map(float, found), strict=True))


def _distinct(matrix: Floats) -> tuple[Floats, Floats]:
    """The different rows in their own order, and how many there are of each."""
    distinct, counts = np.unique(matrix, axis=0, return_counts=True)
    return distinct, counts.astype(np.float64)


def _resampled(distinct: Floats, counts: Floats) -> Floats:
    """Correlation matrices of RESAMPLES draws of as many responses, with replacement."""
    n = int(counts.sum())
    drawn = np.random.default_rng(SEED).multinomial(n, counts / n, size=RESAMPLES)
    found = _correlation_matrices(distinct, drawn.astype(np.float64))
    return found[~np.isnan(found).any(axis=(1, 2))]


def _correlation_matrices(matrix: Floats, weights: Floats) -> Floats:
    """One correlation matrix per row of `weights` (m x n); nan where a column does not vary."""
    totals = weights.sum(axis=1)
    means = weights @ matrix / totals[:, None]
    products = np.einsum("mn,ni,nj->mij", weights, matrix, matrix, optimize=True) / totals[:, None, None]
    covariances = products - means[:, :, None] * means[:, None, :]
    deviations = np.sqrt(np.clip(np.einsum("mii->mi", covariances), 0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        return covariances / (deviations[:, :, None] * deviations[:, None, :])


def _cells(
    connection: duckdb.DuckDBPyConnection, as_of: date, trailing_days: int
) -> Iterator[tuple[Cell, list[str], Floats]]:
    """Every cell with its drivers, in alphabetical order, and its scores, in the order of the responses' keys."""
    trailing_from = as_of - timedelta(days=trailing_days - 1)
    subjects = connection.execute(
        "select survey, outcome, list(distinct driver order by driver) from intermediate.int_driver_answers"
        " group by survey, outcome order by survey, outcome"
    ).fetchall()
    for survey, outcome, drivers in subjects:
        columns = ", ".join(
            f"max(driver_score) filter (where driver = ${place + 3})::double as d{place}"
            for place in range(len(drivers))
        )
        found = connection.execute(
            f"""
            select
                segment,
                date_trunc('quarter', responded_date)::date as quarter_start,
                date_trunc('year', responded_date)::date as year_start,
                responded_date >= $trailing_from as is_trailing,
                max(outcome_score)::double as outcome, {columns}
            from intermediate.int_driver_answers
            where survey = $1 and outcome = $2
            group by response_key, segment, responded_date
            order by response_key
            """.replace("$trailing_from", f"date '{trailing_from}'"),
            [survey, outcome, *drivers],
        ).df()
        scores = found[["outcome", *(f"d{place}" for place in range(len(drivers)))]].to_numpy(dtype=np.float64)
        trailing = found["is_trailing"].to_numpy(dtype=bool)
        for segment in ("all", *sorted(found["segment"].unique())):
            of_segment = (found["segment"] == segment).to_numpy() if segment != "all" else np.full(len(found), True)
            yield Cell(survey, outcome, segment, "all_time", None), drivers, scores[of_segment]
            yield Cell(survey, outcome, segment, "trailing", None), drivers, scores[of_segment & trailing]
        for grain in ("quarter", "year"):
            for start in sorted(found[f"{grain}_start"].unique()):
                of_period = (found[f"{grain}_start"] == start).to_numpy()
                yield Cell(survey, outcome, "all", grain, start.date()), drivers, scores[of_period]
