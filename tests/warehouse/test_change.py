"""Whether a change from one period to the next is more than chance, and its interval.

A thousand surveys ask twice, in May and in June, and whoever answers says the same in both but for chance: answers are
drawn from those of the demo company and dealt out at random. An interval of 95 % then cries wolf in about 50 of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.demo import write_demo
from tests.warehouse.harness import build, metric, rows

SPLITS = 1_000
ANSWERS = 160  # of each survey, dealt out to two months


def demo_scores(folder: Path) -> list[int]:
    """What the demo company's customers answer to questions of 0 to 10."""
    write_demo(folder, customers=250)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""
            select try_cast(answers.value_number as integer)
            from read_csv('{folder}/*/survey_answers/*.csv', union_by_name = true, all_varchar = true) as answers
            semi join read_csv('{folder}/*/survey_questions/*.csv', union_by_name = true, all_varchar = true) as asked
                on answers.question_id = asked.question_id and asked.metric = 'nps' and asked.scale_max = '10'
            where try_cast(answers.value_number as integer) between 0 and 10
            """
        ).fetchall()
    return [score for (score,) in found]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    rng = random.Random(360)
    scores = demo_scores(tmp_path_factory.mktemp("demo"))
    landing: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("surveys", "survey_questions", "survey_responses", "survey_answers")
    }

    def ask(survey: str, answers: list[tuple[date, int]], kind: str = "nps", scale: tuple[int, int] = (0, 10)) -> None:
        landing["surveys"].append({"survey_id": survey, "name": survey, "programme": "relational"})
        question = {"question_id": survey, "survey_id": survey, "metric": kind}
        landing["survey_questions"].append(question | {"scale_min": scale[0], "scale_max": scale[1]})
        for number, (day, score) in enumerate(answers):
            response = f"{survey}-{number}"
            landing["survey_responses"].append(
                {"response_id": response, "survey_id": survey, "responded_at": f"{day}T12:00:00Z"}
            )
            landing["survey_answers"].append({"response_id": response, "question_id": survey, "value_number": score})

    for split in range(SPLITS):
        drawn = rng.choices(scores, k=ANSWERS)
        days = [date(2026, rng.choice((5, 6)), 15) for _ in drawn]
        ask(f"split{split:04}", list(zip(days, drawn, strict=True)))
    # Of forty 20 promoters in May, 36 in June; 48 of 80 satisfied, then 56 of 70; one answer after an empty month.
    may, june = date(2026, 5, 15), date(2026, 6, 15)
    ask("real", [(may, 9)] * 20 + [(may, 7)] * 20 + [(june, 9)] * 36 + [(june, 7)] * 4)
    ask("newcombe", [(may, 5)] * 48 + [(may, 2)] * 32 + [(june, 4)] * 56 + [(june, 1)] * 14, "csat", (1, 5))
    ask("gap", [(may - timedelta(days=60), 9), (june, 9)])
    with build(tmp_path_factory.mktemp("change"), landing, as_of="2026-06-30", needs=["metric_values"]) as connection:
        yield connection


def test_chance_alone_is_called_a_change_in_one_of_twenty(warehouse: duckdb.DuckDBPyConnection) -> None:
    [(alarms, compared)] = rows(
        warehouse,
        "select count(*) filter (where is_change_significant), count(is_change_significant) from marts.metric_values"
        " where metric = 'nps' and period_grain = 'month' and period_start = '2026-06-01'"
        " and dimension = 'survey' and dimension_value like 'split%'",
    )
    assert compared == SPLITS
    assert 30 <= alarms <= 70


def test_a_change_that_is_real_is_called_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    june = metric(
        warehouse, "nps", period_grain="month", period_start="2026-06-01", dimension="survey", dimension_value="real"
    )
    # May: 20 of 40 are promoters, the others passive: 50; June: 36 of 40, 90. Adjusted Wald, n + 3 and 3/4 each.
    assert (june["previous_value"], june["value"], june["change"]) == (50.0, 90.0, 40.0)
    low, high = [], []
    for promoters in (20, 36):
        mean = promoters / 43
        error = 1.959963984540054 * sqrt(((promoters + 1.5) / 43 - mean**2) / 43)
        low.append(max(100 * (mean - error), -100))
        high.append(min(100 * (mean + error), 100))
    assert june["change_low"] == pytest.approx(40 - sqrt((90 - low[1]) ** 2 + (high[0] - 50) ** 2))
    assert june["change_high"] == pytest.approx(40 + sqrt((high[1] - 90) ** 2 + (50 - low[0]) ** 2))
    assert june["is_change_significant"]


def test_shares_have_the_interval_of_newcombe(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: 56/70 - 48/80 is 0.0524 to 0.3339.
    june = metric(
        warehouse,
        "csat",
        period_grain="month",
        period_start="2026-06-01",
        dimension="survey",
        dimension_value="newcombe",
    )
    assert june["change"] == pytest.approx(20)
    assert (round(june["change_low"], 2), round(june["change_high"], 2)) == (5.24, 33.39)
    assert june["is_change_significant"]


def test_without_a_period_before_there_is_no_change(warehouse: duckdb.DuckDBPyConnection) -> None:
    june = metric(
        warehouse, "nps", period_grain="month", period_start="2026-06-01", dimension="survey", dimension_value="gap"
    )
    assert (june["value"], june["change"], june["change_low"], june["is_change_significant"]) == (100, None, None, None)
