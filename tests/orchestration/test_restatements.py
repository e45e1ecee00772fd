"""What a later delivery says otherwise of a past period, with its cause: extracts in, published table out.

Six answers of March are published; then rows come late, are corrected and deleted.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.steps.publication import FILE_NAME, list_releases, publish
from orchestration.steps.restatements import Previous, record_restatements
from tests.warehouse.harness import Rows, build, connect, rows

AS_OF = "2026-06-30"
NEEDS = ("metric_values", "metric_definitions")


class Days:
    """A company that is run and published day after day."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.day = 0

    def run(self, landing: dict[str, Rows], *, as_of: str = AS_OF, is_published: bool = True) -> None:
        self.day += 1
        now = datetime(2026, 11, self.day, 12, tzinfo=UTC)
        with build(self.home, landing, as_of=as_of, needs=NEEDS, loaded_at=now) as connection:
            self.found = record_restatements(
                connection, self.previous(), as_of=date.fromisoformat(as_of), reporting_timezone="UTC", found_at=now
            )
            connection.execute("checkpoint")
        if is_published:
            # A copy: dbt keeps its connection to the warehouse as long as this process lives.
            copy = shutil.copyfile(self.home / "warehouse" / "warehouse.duckdb", self.home / "copy.duckdb")
            publish(
                copy,
                self.home / "published",
                as_of=date.fromisoformat(as_of),
                run_id=f"{self.day:08d}",
                published_at=now,
                keep=5,
            )

    def previous(self) -> Previous | None:
        current = [release for release in list_releases(self.home / "published") if release.is_current]
        return (
            Previous(
                current[0].release_id,
                current[0].published_at,
                current[0].as_of,
                self.home / "published" / FILE_NAME,
            )
            if current
            else None
        )

    def restated(self, metric: str = "nps", grain: str = "month") -> list[tuple[Any, ...]]:
        """Of the last release, for the whole."""
        with connect(self.home / "warehouse" / "warehouse.duckdb") as connection:
            return rows(
                connection,
                f"""
                select period_start::varchar, round(value_before, 4), round(value_after, 4), n_before, n_after,
                    was_final, cause, rows_changed
                from quality.metric_restatements
                where metric = '{metric}' and period_grain = '{grain}' and dimension = 'all'
                    and found_at = (select max(found_at) from quality.metric_restatements)
                order by all
                """,
            )


def answer(number: int, score: int, at: str, **response: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        "survey_responses": [
            {"response_id": f"r{number}", "survey_id": "s", "responded_at": f"{at}T12:00:00Z", **response}
        ],
        "survey_answers": [{"response_id": f"r{number}", "question_id": "q", "value_number": score}],
    }


def together(*deliveries: dict[str, list[dict[str, Any]]]) -> dict[str, Rows]:
    found: dict[str, list[dict[str, Any]]] = {}
    for delivery in deliveries:
        for entity, more in delivery.items():
            found.setdefault(entity, []).extend(more)
    return dict(found)


SURVEY: dict[str, list[dict[str, Any]]] = {
    "surveys": [{"survey_id": "s", "name": "S", "programme": "relational"}],
    "survey_questions": [
        {"question_id": "q", "survey_id": "s", "metric": "nps", "scale_min": 0, "scale_max": 10},
    ],
}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    days = Days(tmp_path_factory.mktemp("restatements"))
    march = [answer(number, score, "2026-03-10") for number, score in enumerate((10, 9, 9, 8, 3, 2))]
    days.run(together(SURVEY, *march, answer(90, 9, "2026-06-20")))
    return days


def test_nothing_is_restated_by_the_first_release_and_by_the_same_data(days: Days) -> None:
    assert days.found == 0
    days.run({})
    assert days.found == 0


def test_late_corrected_and_deleted_answers_say_what_they_moved(days: Days) -> None:
    # 3 of 6 promote and 2 detract: 16.6667. Two more detractors come late: 3 and 4 of 8.
    days.run(together(answer(10, 0, "2026-03-20"), answer(11, 1, "2026-03-21"), answer(91, 9, "2026-06-21")))
    # June has one answer more, and is over with as_of, though not final.
    assert days.restated() == [
        ("2026-03-01", 16.6667, -12.5, 6, 8, True, "late_rows", 2),
        ("2026-06-01", 100.0, 100.0, 1, 2, False, "late_rows", 1),
    ]
    assert days.restated(grain="quarter") == [
        ("2026-01-01", 16.6667, -12.5, 6, 8, True, "late_rows", 2),
        ("2026-04-01", 100.0, 100.0, 1, 2, False, "late_rows", 1),
    ]

    # One response is delivered again, now as a test: 3 and 3 of 7.
    days.run({"survey_responses": answer(4, 3, "2026-03-10", is_test="true")["survey_responses"]})
    assert days.restated() == [("2026-03-01", -12.5, 0.0, 8, 7, True, "corrected_rows", 1)]

    # An answer alone is corrected; it has no day of its own: 4 and 2 of 7.
    days.run({"survey_answers": answer(5, 10, "2026-03-10")["survey_answers"]})
    assert days.restated() == [("2026-03-01", 0.0, 28.5714, 7, 7, True, "corrected_rows", 1)]

    # A response is withdrawn: 3 and 2 of 6.
    days.run({"survey_responses": answer(0, 10, "2026-03-10", is_deleted="true")["survey_responses"]})
    assert days.restated() == [("2026-03-01", 28.5714, 16.6667, 7, 6, True, "deleted_rows", 1)]


def test_what_was_found_and_not_published_is_there_once(days: Days) -> None:
    late = answer(20, 9, "2026-03-25")
    days.run(together(late), is_published=False)
    first = days.found
    days.run({})
    assert days.found == first > 0
    assert days.restated() == [("2026-03-01", 16.6667, 28.5714, 6, 7, True, "late_rows", 1)]


def test_a_run_of_an_earlier_day_restates_nothing(days: Days) -> None:
    days.run({}, as_of="2026-05-31", is_published=False)
    assert days.found == 0


def test_a_warehouse_that_is_built_anew_keeps_what_was_found(days: Days) -> None:
    with connect(days.home / "warehouse" / "warehouse.duckdb") as connection:
        [(known,)] = rows(connection, "select count(*) from quality.metric_restatements")
        connection.execute("drop table quality.metric_restatements")
    days.run({})
    with connect(days.home / "warehouse" / "warehouse.duckdb") as connection:
        assert rows(connection, "select count(*) from quality.metric_restatements") == [(known,)]


def test_a_definition_that_changes_is_the_cause(days: Days) -> None:
    published = days.home / "published" / FILE_NAME
    with duckdb.connect(str(published)) as connection:
        connection.execute("update marts.metric_definitions set version = version - 1 where metric = 'nps'")
        connection.execute("update marts.metric_values set value = value - 1 where metric = 'nps'")
    days.run({})
    assert {row[6] for row in days.restated()} == {"definition"}
