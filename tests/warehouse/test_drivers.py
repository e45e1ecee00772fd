"""What goes with the outcome of a survey, and where the company is weak: `mart_driver_analysis`.

Expected shares are those of the worked example DRV-01, of the closed form of two drivers, or of answers that leave no
doubt. Does not belong here: scores (`test_surveys.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestration.steps.driver_importance import importance_of, lmg
from tests.warehouse.harness import build, record, rows

AS_OF = "2026-06-30"


class Survey:
    """A survey with an NPS question and drivers; each response answers all of them that are not None."""

    def __init__(self) -> None:
        self.landing: dict[str, list[dict[str, Any]]] = {
            entity: [] for entity in ("contacts", "surveys", "survey_questions", "survey_responses", "survey_answers")
        }

    def add(self, survey: str, questions: dict[str, tuple[str, str | None, int, int, str]]) -> None:
        """questions: metric, topic, ends of the scale and direction, by id."""
        self.landing["surveys"].append({"survey_id": survey, "name": survey, "programme": "relational"})
        for question, (metric, topic, lowest, highest, direction) in questions.items():
            self.landing["survey_questions"].append(
                {
                    "question_id": f"{survey}_{question}",
                    "survey_id": survey,
                    "metric": metric,
                    "topic": topic,
                    "scale_min": lowest,
                    "scale_max": highest,
                    "direction": direction,
                }
            )

    def respond(self, survey: str, answers: dict[str, int | None], *, at: str = "2026-05-05", **response: Any) -> None:
        number = len(self.landing["survey_responses"])
        contact = response.pop("contact_id", None)
        self.landing["survey_responses"].append(
            {
                "response_id": f"r{number}",
                "survey_id": survey,
                "contact_id": contact,
                "responded_at": f"{at}T12:00:00Z",
                **response,
            }
        )
        self.landing["survey_answers"] += [
            {"response_id": f"r{number}", "question_id": f"{survey}_{question}", "value_number": value}
            for question, value in answers.items()
            if value is not None
        ]


def two_drivers() -> list[tuple[int, int, int]]:
    """Outcome and two drivers that do not go with each other: 25 responses for each pair of answers 1 and 5.

    outcome = 5 + 2 x (first is 5) + (second is 5): variances 1 and 1/4, so that the first has four fifths of what
    both explain, which is everything.
    """
    return [(5 + 2 * (a == 5) + (b == 5), a, b) for a in (1, 5) for b in (1, 5) for _ in range(25)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    survey = Survey()
    one_to_five = (1, 5, "high_good")
    survey.add(
        "clear",
        {
            "nps": ("nps", None, 0, 10, "high_good"),
            "speed": ("driver", "Speed", *one_to_five),
            "price": ("driver", "price", 1, 5, "low_good"),
            "rare": ("driver", None, *one_to_five),
            "same": ("driver", "same", *one_to_five),
            "hoped": ("expectation", "speed", *one_to_five),
        },
    )
    for number, (outcome, speed, price) in enumerate(two_drivers()):
        survey.respond(
            "clear",
            {
                "nps": outcome,
                "speed": speed,
                "price": 6 - price,  # asked the other way round
                "rare": 3 if number < 10 else None,
                "same": 4,
                "hoped": 3 if number % 2 else None,
            },
        )
    # What does not count moves nothing: tests, half-filled forms, answers off the scale.
    survey.respond("clear", {"nps": 0, "speed": 5, "price": 1}, is_test="true")
    survey.respond("clear", {"nps": 0, "speed": 5, "price": 1}, is_complete="false")
    survey.respond("clear", {"nps": 0, "speed": 9})
    survey.respond("clear", {"nps": 0, "speed": 5, "price": 1}, at="2026-07-01")
    survey.add("few", {"nps": ("nps", None, 0, 10, "high_good"), "speed": ("driver", "speed", *one_to_five)})
    for number in range(20):
        survey.respond("few", {"nps": number % 11, "speed": 1 + number % 5}, at="2025-02-01")
    with build(
        tmp_path_factory.mktemp("drivers"), survey.landing, as_of=AS_OF, needs=["mart_driver_analysis"]
    ) as connection:
        yield connection


def driver(connection: duckdb.DuckDBPyConnection, name: str, grain: str = "trailing") -> dict[str, Any]:
    return record(
        connection,
        "select * from marts.mart_driver_analysis where survey = 'clear' and segment = 'all' and driver = ?"
        " and period_grain = ?",
        [name, grain],
    )


def test_importance_is_shared_as_worked_out_by_hand(warehouse: duckdb.DuckDBPyConnection) -> None:
    speed, price = driver(warehouse, "speed"), driver(warehouse, "price")
    assert speed["r_squared"] == pytest.approx(1)
    assert speed["importance_share_pct"] == pytest.approx(80)
    assert price["importance_share_pct"] == pytest.approx(20)
    assert speed["correlation"] == pytest.approx(sqrt(0.8))
    assert price["correlation"] == pytest.approx(sqrt(0.2))  # positive: low is good, and turned
    assert (speed["n"], speed["answer_n"]) == (100, 100)


def test_an_interval_holds_its_share(warehouse: duckdb.DuckDBPyConnection) -> None:
    speed = driver(warehouse, "speed")
    assert 70 < speed["importance_share_pct_low"] < 80 < speed["importance_share_pct_high"] < 90


def test_one_query_tells_where_to_begin(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select driver, performance_pct, quadrant, importance_reason from marts.mart_driver_analysis"
        " where survey = 'clear' and outcome = 'nps' and segment = 'all' and period_grain = 'trailing' order by driver",
    )
    # Half of the answers are 1 and half are 5 of 1 to 5: 50 of 100. All say 4 of `same`: 75; ten say 3 of `rare`: 50.
    assert found == [
        ("clear_rare", 50.0, None, "answered_by_too_few"),
        ("price", 50.0, "watch", None),
        ("same", 75.0, None, "does_not_vary"),
        ("speed", 50.0, "improve", None),
    ]


def test_experience_is_held_against_expectation(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Every second response expected 3 of speed: 25 of those that say 1, which is two points less, and 25 that say 5.
    speed = driver(warehouse, "speed")
    assert (speed["expectation_n"], speed["expectation_gap"], speed["exceeded_rate"]) == (50, 0.0, 50.0)
    price = driver(warehouse, "price")
    assert (price["expectation_n"], price["expectation_gap"], price["exceeded_rate"]) == (0, None, None)


def test_few_answers_have_a_performance_and_no_share(warehouse: duckdb.DuckDBPyConnection) -> None:
    few = record(
        warehouse, "select * from marts.mart_driver_analysis where survey = 'few' and period_grain = 'quarter'"
    )
    assert str(few["period_start"]) == "2025-01-01"
    assert (few["importance_reason"], few["importance_share_pct"], few["quadrant"]) == ("too_few_answers", None, None)
    assert few["performance_pct"] == pytest.approx(50)  # four each of 1 to 5


def test_periods_are_those_of_the_response(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select distinct period_grain, period_start::varchar, n from marts.mart_driver_analysis"
        " where survey = 'clear' and driver = 'speed' and segment = 'all' order by all",
    )
    assert found == [
        ("all_time", None, 100),
        ("quarter", "2026-04-01", 100),
        ("trailing", None, 100),
        ("year", "2026-01-01", 100),
    ]


def test_two_correlated_drivers_share_what_they_have_in_common() -> None:
    # Worked example DRV-01.
    parts = lmg(np.array([[[1, 0.6, 0.5], [0.6, 1, 0.5], [0.5, 0.5, 1]]]))[0]
    assert np.round(parts, 4).tolist() == [0.2617, 0.1517]
    assert round(float(parts.sum()), 4) == 0.4133
    assert np.round(100 * parts / parts.sum(), 4).tolist() == [63.3065, 36.6935]


def test_copies_of_a_driver_share_evenly() -> None:
    rng = np.random.default_rng(1)
    driver = rng.integers(1, 6, 300).astype(float)
    outcome = driver + rng.normal(0, 1, 300)
    first, second = importance_of(["a", "b"], np.column_stack([outcome, driver, driver]))
    assert first.share_pct == pytest.approx(50)
    assert second.share_pct == pytest.approx(50)
    # The naive sum of squared correlations would say twice as much as there is.
    assert first.r_squared == pytest.approx(np.corrcoef(outcome, driver)[0, 1] ** 2)


def test_an_outcome_that_does_not_vary_has_no_drivers() -> None:
    scores = np.column_stack([np.full(100, 9.0), np.arange(100) % 5])
    (only,) = importance_of(["a"], scores)
    assert (only.reason, only.share_pct, only.r_squared) == ("outcome_does_not_vary", None, None)


def test_the_order_of_responses_moves_nothing() -> None:
    rng = np.random.default_rng(2)
    scores = rng.integers(1, 6, (200, 4)).astype(float)
    assert importance_of(list("abc"), scores) == importance_of(list("abc"), scores[::-1])
