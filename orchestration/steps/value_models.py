"""The value models of repeat buying: maximum likelihood fits between two dbt layers.

What belongs here: the likelihoods of BG/NBD (Fader, Hardie and Lee 2005), MBG/NBD (Batislam, Denizel and Filiztekin
2007) and Gamma-Gamma (Fader and Hardie 2013), their maximisation, and the one table that hands the parameters to SQL.
What does not: scores of customers. They are closed forms of the parameters and live in dbt (macros/value_models.sql),
so that every engine computes them the same way and a score can be recomputed from `marts.model_parameters` alone.

Reads `intermediate.int_purchase_histories`, writes `steps.model_fits` and `steps.model_fit_status`. Time is in weeks
(days / 7), money in the reporting currency. Nothing here reads the clock or draws a random number: the same histories
give the same parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln

MODEL_VERSION = "1"

# Below this a likelihood has no interior maximum often enough that its parameters would be noise.
MINIMUM_CUSTOMERS = 50
MINIMUM_REPEAT_CUSTOMERS = 20

# Parameters are searched on the log scale between these. A parameter that ends on an edge belongs to a heterogeneity
# that the data do not show (nobody drops out, all buy alike); the scores are still finite there.
_LOG_BOUNDS = (-9.0, 9.0)

# From this many distinct histories on, the best start is looked for on a sample of them.
_ROWS_FOR_STARTS = 5_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Purchase histories, one entry per distinct (repeat days, recency, observed time), and how many customers have it.

    `repeat_days` counts purchase days after the first, `recency_weeks` runs from the first purchase day to the last,
    `observed_weeks` from the first purchase day to as_of.
    """

    repeat_days: Floats
    recency_weeks: Floats
    observed_weeks: Floats
    customers: Floats

    def every(self, step: int) -> Histories:
        return Histories(
            self.repeat_days[::step], self.recency_weeks[::step], self.observed_weeks[::step], self.customers[::step]
        )


@dataclass(frozen=True)
class Spends:
    """What repeat customers spend: purchase days after the first, their mean net amount, and the customers alike."""

    repeat_days: Floats
    mean_value: Floats
    customers: Floats

    def every(self, step: int) -> Spends:
        return Spends(self.repeat_days[::step], self.mean_value[::step], self.customers[::step])


Data = TypeVar("Data", Histories, Spends)


@dataclass(frozen=True)
class Fit:
    """A fitted model: its parameters, the customers it was fitted on and the log likelihood reached."""

    model: str
    parameters: dict[str, float]
    n: int
    log_likelihood: float


class NotFittedError(Exception):
    """A model has no usable fit on these data; the message says why, in a sentence for the reader of the marts."""


def fit_value_models(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> list[Fit]:
    """Fits every value model on the purchase histories and replaces `steps.model_fits` and `steps.model_fit_status`.

    model_fits: model varchar (bgnbd, mbgnbd, gamma_gamma), version varchar, parameter varchar, value double, n bigint
    (customers), log_likelihood double, data_from date and data_to date (first and last purchase day in the reporting
    time zone), as_of date. A model that cannot be fitted has no row there.

    model_fit_status: one row per model: model, version, is_fitted boolean, reason varchar (null if fitted), n bigint,
    as_of date.

    A warehouse without purchase histories, or without the table, gives an empty model_fits and three reasons.
    """
    data_from, data_to = _data_range(connection)
    histories = read_histories(connection)
    spends = read_spends(connection)
    attempts: dict[str, Callable[[], Fit]] = {
        "bgnbd": lambda: fit_bgnbd(histories),
        "mbgnbd": lambda: fit_mbgnbd(histories),
        "gamma_gamma": lambda: fit_gamma_gamma(spends),
    }
    fits: list[Fit] = []
    reasons: dict[str, str | None] = {}
    for model, attempt in attempts.items():
        try:
            fits.append(attempt())
            reasons[model] = None
        except NotFittedError as not_fitted:
            reasons[model] = str(not_fitted)
    customers = {
        "bgnbd": int(histories.customers.sum()),
        "mbgnbd": int(histories.customers.sum()),
        "gamma_gamma": int(spends.customers.sum()),
    }

    connection.execute("create schema if not exists steps")
    connection.execute(
        """
        create or replace table steps.model_fits (
            model varchar, version varchar, parameter varchar, value double, n bigint, log_likelihood double,
            data_from date, data_to date, as_of date
        )
        """
    )
    connection.execute(
        """
        create or replace table steps.model_fit_status (
            model varchar, version varchar, is_fitted boolean, reason varchar, n bigint, as_of date
        )
        """
    )
    parameters = [
        (fit.model, MODEL_VERSION, parameter, value, fit.n, fit.log_likelihood, data_from, data_to, as_of)
        for fit in fits
        for parameter, value in fit.parameters.items()
    ]
    if parameters:
        connection.executemany("insert into steps.model_fits values (?, ?, ?, ?, ?, ?, ?, ?, ?)", parameters)
    connection.executemany(
        "insert into steps.model_fit_status values (?, ?, ?, ?, ?, ?)",
        [(model, MODEL_VERSION, reason is None, reason, customers[model], as_of) for model, reason in reasons.items()],
    )
    return fits


def read_histories(connection: duckdb.DuckDBPyConnection) -> Histories:
    """All purchase histories, grouped and ordered, so that neither row order nor threads reach the sums."""
    if not _has_histories(connection):
        return Histories(*(np.empty(0) for _ in range(4)))
    columns = connection.execute(
        """
        select
            cast(repeat_days as double) as repeat_days,
            recency_weeks,
            observed_weeks,
            cast(count(*) as double) as customers
        from intermediate.int_purchase_histories
        group by all
        order by all
        """
    ).fetchnumpy()
    return Histories(**{name: np.asarray(values, dtype=np.float64) for name, values in columns.items()})


def read_spends(connection: duckdb.DuckDBPyConnection) -> Spends:
    """Customers who came back and whose mean amount is positive; the others say nothing about repeat spend."""
    if not _has_histories(connection):
        return Spends(*(np.empty(0) for _ in range(3)))
    columns = connection.execute(
        """
        select
            cast(repeat_days as double) as repeat_days,
            cast(repeat_day_net_mean as double) as mean_value,
            cast(count(*) as double) as customers
        from intermediate.int_purchase_histories
        where repeat_days > 0 and repeat_day_net_mean > 0
        group by all
        order by all
        """
    ).fetchnumpy()
    return Spends(**{name: np.asarray(values, dtype=np.float64) for name, values in columns.items()})


def fit_bgnbd(histories: Histories) -> Fit:
    """BG/NBD: a customer may leave after each repeat purchase. Parameters r, alpha (weeks), a, b.

    Raises NotFittedError where there are too few customers or too few who came back.
    """
    return _fit_dropout_model("bgnbd", histories, first_purchase_may_be_last=False)


def fit_mbgnbd(histories: Histories) -> Fit:
    """MBG/NBD: as BG/NBD, but a customer may also leave right after the first purchase. Parameters r, alpha, a, b.

    Raises NotFittedError where there are too few customers or too few who came back.
    """
    return _fit_dropout_model("mbgnbd", histories, first_purchase_may_be_last=True)


def fit_gamma_gamma(spends: Spends) -> Fit:
    """Gamma-Gamma: mean spend per purchase day, independent of how often one buys. Parameters p, q, v (money).

    Raises NotFittedError where too few customers came back.
    """
    customers = spends.customers.sum()
    if customers < MINIMUM_REPEAT_CUSTOMERS:
        raise NotFittedError(
            f"{int(customers)} customers came back and paid; the fit needs at least {MINIMUM_REPEAT_CUSTOMERS}"
        )
    # v has the unit of money: searching on values near 1 keeps one start good for cents and for millions.
    scale = float(np.average(spends.mean_value, weights=spends.customers))
    scaled = Spends(spends.repeat_days, spends.mean_value / scale, spends.customers)
    log_parameters, scaled_log_likelihood = _maximise(
        gamma_gamma_log_likelihood, scaled, starts=[(1.0, 1.0, 1.0), (5.0, 4.0, 0.5), (0.5, 5.0, 5.0)]
    )
    p, q, v = np.exp(log_parameters)
    # The density of m is that of m / scale divided by scale, once per customer.
    log_likelihood = float(scaled_log_likelihood - customers * np.log(scale))
    return Fit("gamma_gamma", {"p": float(p), "q": float(q), "v": float(v * scale)}, int(customers), log_likelihood)


def _fit_dropout_model(model: str, histories: Histories, *, first_purchase_may_be_last: bool) -> Fit:
    customers = histories.customers.sum()
    repeaters = histories.customers[histories.repeat_days > 0].sum()
    if customers < MINIMUM_CUSTOMERS or repeaters < MINIMUM_REPEAT_CUSTOMERS:
        raise NotFittedError(
            f"{int(customers)} customers bought and {int(repeaters)} of them came back; the fit needs at least "
            f"{MINIMUM_CUSTOMERS} and {MINIMUM_REPEAT_CUSTOMERS}"
        )
    # alpha has the unit of time: searching in units of the mean observed time makes the starts fit any calendar.
    scale = float(np.average(histories.observed_weeks, weights=histories.customers))
    if scale <= 0:
        raise NotFittedError("all customers bought first on the last day, so no time to come back has been observed")
    scaled = Histories(
        histories.repeat_days, histories.recency_weeks / scale, histories.observed_weeks / scale, histories.customers
    )
    log_parameters, scaled_log_likelihood = _maximise(
        lambda parameters, data: dropout_log_likelihood(
            parameters, data, first_purchase_may_be_last=first_purchase_may_be_last
        ),
        scaled,
        starts=[(0.5, 0.5, 0.5, 2.0), (1.0, 0.2, 1.0, 1.0), (0.2, 0.1, 1.0, 5.0), (2.0, 1.0, 0.2, 1.0)],
    )
    r, alpha, a, b = np.exp(log_parameters)
    # Rescaled time multiplies the density by scale once for every repeat purchase.
    repeat_purchases = histories.customers @ histories.repeat_days
    log_likelihood = float(scaled_log_likelihood - repeat_purchases * np.log(scale))
    parameters = {"r": float(r), "alpha": float(alpha * scale), "a": float(a), "b": float(b)}
    return Fit(model, parameters, int(customers), log_likelihood)


def dropout_log_likelihood(
    log_parameters: Floats, histories: Histories, *, first_purchase_may_be_last: bool
) -> tuple[float, Floats]:
    """Log likelihood of BG/NBD (or MBG/NBD) summed over customers, and its gradient by the log parameters.

    log_parameters: logs of r, alpha, a, b. The models differ in one count: the chances to leave a customer has had
    are the repeat purchases, plus the first where that may be the last.
    """
    r, alpha, a, b = np.exp(log_parameters)
    x, recency, observed, weights = (
        histories.repeat_days,
        histories.recency_weeks,
        histories.observed_weeks,
        histories.customers,
    )
    chances = x + 1.0 if first_purchase_may_be_last else x

    # Special functions once per number of purchases: there are dozens of those and up to a million histories.
    distinct_x, position = np.unique(x, return_inverse=True)
    distinct_chances = distinct_x + 1.0 if first_purchase_may_be_last else distinct_x
    by_count = gammaln(r + distinct_x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + distinct_chances) - betaln(a, b)
    by_count_r = digamma(r + distinct_x) - digamma(r) + np.log(alpha)
    by_count_a = digamma(a + b) - digamma(a + b + distinct_chances)
    by_count_b = by_count_a + digamma(b + distinct_chances) - digamma(b)

    log_observed = np.log(alpha + observed)
    log_recency = np.log(alpha + recency)
    may_have_left = chances > 0
    # Where nobody can have left yet (b + chances - 1 may be negative) the odds of having left are zero.
    chances_before = np.where(may_have_left, b + chances - 1.0, 1.0)
    log_odds_left = np.where(
        may_have_left, np.log(a) - np.log(chances_before) + (r + x) * (log_observed - log_recency), -np.inf
    )
    left = expit(log_odds_left)

    log_likelihood = by_count[position] - (r + x) * log_observed + np.logaddexp(0.0, log_odds_left)
    by_r = by_count_r[position] - log_observed + left * (log_observed - log_recency)
    by_alpha = (
        r / alpha - (r + x) / (alpha + observed) + left * (r + x) * (1.0 / (alpha + observed) - 1.0 / (alpha + recency))
    )
    by_a = by_count_a[position] + left / a
    by_b = by_count_b[position] - left / chances_before
    gradient = np.array(
        [weights @ by_r * r, weights @ by_alpha * alpha, weights @ by_a * a, weights @ by_b * b], dtype=np.float64
    )
    return float(weights @ log_likelihood), gradient


def gamma_gamma_log_likelihood(log_parameters: Floats, spends: Spends) -> tuple[float, Floats]:
    """Log likelihood of Gamma-Gamma summed over customers, and its gradient by the logs of p, q, v."""
    p, q, v = np.exp(log_parameters)
    x, mean_value, weights = spends.repeat_days, spends.mean_value, spends.customers
    total = x * mean_value
    log_total, log_total_and_v = np.log(total), np.log(total + v)
    # Special functions once per number of purchases, as above.
    distinct_x, position = np.unique(x, return_inverse=True)
    distinct_shape = p * distinct_x
    by_count = gammaln(distinct_shape + q) - gammaln(distinct_shape) - gammaln(q) + q * np.log(v)
    by_count_p = distinct_x * (digamma(distinct_shape + q) - digamma(distinct_shape))
    by_count_q = digamma(distinct_shape + q) - digamma(q) + np.log(v)

    log_likelihood = by_count[position] + p * x * log_total - np.log(mean_value) - (p * x + q) * log_total_and_v
    by_p = by_count_p[position] + x * (log_total - log_total_and_v)
    by_q = by_count_q[position] - log_total_and_v
    by_v = q / v - (p * x + q) / (total + v)
    gradient = np.array([weights @ by_p * p, weights @ by_q * q, weights @ by_v * v], dtype=np.float64)
    return float(weights @ log_likelihood), gradient


def _maximise(
    log_likelihood: Callable[[Floats, Data], tuple[float, Floats]], data: Data, *, starts: list[tuple[float, ...]]
) -> tuple[Floats, float]:
    """The log parameters of the highest likelihood found, and that likelihood.

    Which start leads highest is found on a sample where the data are many (every k-th of the ordered histories, so the
    same each time); the search over all of them then begins where the best one ended.
    """
    sample = data.every(1 + len(data.customers) // _ROWS_FOR_STARTS)
    ends = [end for start in starts if (end := _climb(log_likelihood, sample, np.log(np.array(start)))) is not None]
    if not ends:
        raise NotFittedError("the likelihood has no finite maximum on these data")
    best = max(ends, key=lambda end: end[1])
    if len(sample.customers) < len(data.customers):
        refined = _climb(log_likelihood, data, best[0])
        if refined is None:
            raise NotFittedError("the likelihood has no finite maximum on these data")
        best = refined
    return best


def _climb(
    log_likelihood: Callable[[Floats, Data], tuple[float, Floats]], data: Data, start: Floats
) -> tuple[Floats, float] | None:
    customers = float(data.customers.sum())

    def loss(log_parameters: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(log_parameters, data)
        return -value / customers, -gradient / customers

    result = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[_LOG_BOUNDS] * len(start),
        options={"maxiter": 2000, "maxcor": 20, "ftol": 1e-15, "gtol": 1e-9},
    )
    return (result.x, -float(result.fun) * customers) if np.isfinite(result.fun) else None


def _has_histories(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'intermediate' and table_name = 'int_purchase_histories'"
    ).fetchone()
    return found is not None and found[0] > 0


def _data_range(connection: duckdb.DuckDBPyConnection) -> tuple[date | None, date | None]:
    if not _has_histories(connection):
        return None, None
    found = connection.execute(
        "select min(first_purchase_date), max(last_purchase_date) from intermediate.int_purchase_histories"
    ).fetchone()
    return (found[0], found[1]) if found else (None, None)
