"""Are detractors contacted in time and recovered: `mart_closed_loop` and `closed_loop_within_target_rate`.

Six people say 0 to 6, one says 9; the cases that follow them up are few enough to count by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.warehouse.harness import build, metric, record, rows

AS_OF = "2026-06-30"


def said(person: str, score: int, at: str, **response: Any) -> dict[str, list[dict[str, Any]]]:
    name = f"{person}-{at}"
    return {
        "survey_responses": [
            {
                "response_id": name,
                "survey_id": "s",
                "contact_id": person,
                "responded_at": f"{at}T12:00:00Z",
                **response,
            }
        ],
        "survey_answers": [{"response_id": name, "question_id": "q", "value_number": score}],
    }


def case(case_id: str, source_id: str, at: str, contacted: str | None, closed: str | None = None, **row: Any) -> Any:
    return {
        "case_id": case_id,
        "source_type": "response",
        "source_id": source_id,
        "team": "care",
        "created_at": at,
        "first_contacted_at": contacted,
        "closed_at": closed,
        **row,
    }


def company() -> dict[str, list[dict[str, Any]]]:
    landing: dict[str, list[dict[str, Any]]] = {
        "contacts": [
            {"contact_id": name, "created_at": "2020-01-01", "is_test": str(name == "test").lower()}
            for name in ("ann", "bob", "cid", "dan", "eve", "fay", "gus", "test")
        ],
        "surveys": [{"survey_id": "s", "name": "S", "programme": "relational"}],
        "survey_questions": [{"question_id": "q", "survey_id": "s", "metric": "nps", "scale_min": 0, "scale_max": 10}],
        "cases": [
            # Monday 1 June: in time to the minute, late, never contacted.
            case("c1", "ann-2026-06-01", "2026-06-01T12:00:00Z", "2026-06-03T12:00:00Z", "2026-06-04T12:00:00Z"),
            case("c2", "bob-2026-06-01", "2026-06-01T12:00:00Z", "2026-06-03T12:01:00Z", "2026-06-05T12:00:00Z"),
            case("c3", "cid-2026-06-02", "2026-06-02T12:00:00Z", None),
            # A second case of the same answer counts as a case, and the answer once.
            case("c4", "ann-2026-06-01", "2026-06-06T12:00:00Z", "2026-06-06T18:00:00Z", team=None),
            # Monday 29 June: contacted at once, but its hours are not over on the 30th.
            case("c5", "eve-2026-06-29", "2026-06-29T12:00:00Z", "2026-06-29T13:00:00Z"),
            case("c6", "test-2026-06-01", "2026-06-01T12:00:00Z", None),
        ],
    }
    for answer in (
        said("ann", 3, "2026-06-01"),
        said("bob", 6, "2026-06-01"),
        said("cid", 0, "2026-06-02"),
        said("dan", 5, "2026-06-03"),
        said("eve", 2, "2026-06-29"),
        said("gus", 9, "2026-06-01"),
        said("test", 1, "2026-06-01"),
        said("fay", 4, "2026-06-01", is_complete="false"),
        # Ann answers again before anybody calls, and after; then she is content. Bob stays as he is. Nobody calls Cid.
        said("ann", 1, "2026-06-02"),
        said("ann", 8, "2026-06-10"),
        said("bob", 5, "2026-06-12"),
        said("cid", 10, "2026-06-12"),
    ):
        for entity, more in answer.items():
            landing.setdefault(entity, []).extend(more)
    return landing


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("closed_loop")
    with build(home, company(), as_of=AS_OF, needs=["mart_closed_loop", "metric_values"]) as connection:
        yield connection


def week(connection: duckdb.DuckDBPyConnection, start: str, team: str) -> dict[str, Any]:
    return record(
        connection, "select * from marts.mart_closed_loop where week_start = ?::date and team = ?", [start, team]
    )


def test_one_query_tells_who_was_contacted_in_time_and_recovered(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        "select week_start::varchar, team, case_count, n, pending_n, in_time_count, closed_count, detractor_count,"
        " detractor_without_case_count, answered_again_count, recovered_count from marts.mart_closed_loop order by all",
    )
    assert found == [
        # Ann, Bob and Cid have a case; Ann's and Bob's next answers after the call are 8 and 5.
        ("2026-06-01", "care", 3, 3, 0, 1, 2, 3, 0, 2, 1),
        # Nobody's case: the second one of Ann's answer, the answers of Dan and Ann's of the 2nd.
        ("2026-06-01", "unknown", 1, 1, 0, 1, 0, 2, 2, 0, 0),
        # Bob's second low answer has no case.
        ("2026-06-08", "unknown", 0, 0, 0, 0, 0, 1, 1, 0, 0),
        ("2026-06-29", "care", 1, 0, 1, 0, 0, 1, 0, 0, 0),
    ]


def test_rates_and_hours_follow(warehouse: duckdb.DuckDBPyConnection) -> None:
    june = week(warehouse, "2026-06-01", "care")
    assert june["within_target_pct"] == pytest.approx(100 / 3)
    # 48 hours and 48 hours and a minute; closed after 72 and 96.
    assert june["hours_to_first_contact_median"] == pytest.approx(48 + 1 / 120)
    assert june["hours_to_close_median"] == pytest.approx(84)
    assert june["recovered_pct"] == pytest.approx(50)
    # Wilson, 1 of 2.
    assert (june["recovered_pct_low"], june["recovered_pct_high"]) == pytest.approx((9.4531, 90.5469), abs=1e-4)
    last = week(warehouse, "2026-06-29", "care")
    assert (last["within_target_pct"], last["recovered_pct"]) == (None, None)


def test_the_metric_is_the_sum_of_the_cells(warehouse: duckdb.DuckDBPyConnection) -> None:
    value = metric(warehouse, "closed_loop_within_target_rate", period_grain="month", period_start="2026-06-01")
    assert (value["numerator"], value["denominator"], value["pending_n"]) == (2, 4, 1)
    assert value["value"] == pytest.approx(50)
    care = metric(
        warehouse,
        "closed_loop_within_target_rate",
        period_grain="month",
        period_start="2026-06-01",
        dimension="team",
        dimension_value="care",
    )
    assert (care["numerator"], care["denominator"]) == (1, 3)
