"""Quality by team and item, from extracts to the mart, worked out by hand.

The form is that of worked example QA-01: tone 4 of 1 to 5, steps 3 of 1 to 5, privacy 1 of 0 to 1 (critical),
outcome 5 of 1 to 5, weights 2, 2, 1 and 3: 75, 50, 100 and 100 make 81.25.
"""

from __future__ import annotations

import pytest

from tests.warehouse.harness import build, rows

ITEMS = {
    "tone": ("soft_skills", 2, 1, 5, "false"),
    "steps": ("process_adherence", 2, 1, 5, "false"),
    "privacy": ("compliance", 1, 0, 1, "true"),
    "outcome": ("overall_outcome", 3, 1, 5, "false"),
}
WHOLE = {"tone": 4, "steps": 3, "privacy": 1, "outcome": 5}
REVIEWS = {
    # Without steps: (2 * 75 + 100 + 300) / 6 = 91.6667; without privacy the critical item fails: 0.
    "whole": ("lee", "random", None, WHOLE),
    "without": ("lee", "random", None, {**WHOLE, "steps": None}),
    "failed": ("lee", "random", None, {**WHOLE, "privacy": 0}),
    "targeted": ("lee", "targeted", None, {**WHOLE, "tone": 1}),
}
# Four calls, each judged by two: privacy fails for both once, for one of them once, for none of them twice.
CALIBRATIONS = {
    f"{call}_{reviewer}": (reviewer, "random", call, {"privacy": passed})
    for call, verdicts in {"c1": (0, 0), "c2": (0, 1), "c3": (1, 1), "c4": (1, 1)}.items()
    for reviewer, passed in zip(("lee", "max"), verdicts, strict=True)
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    reviews = {**REVIEWS, **CALIBRATIONS}
    landing = {
        "agents": [{"agent_id": "kim", "name": "Kim", "team": "first line", "valid_from": "2025-01-01T00:00:00Z"}],
        "qa_items": [
            {"form_id": "F", "item_id": item, "area": area, "name": item, "weight": weight, "score_min": low,
             "score_max": high, "is_critical": critical}
            for item, (area, weight, low, high, critical) in ITEMS.items()
        ],
        "qa_reviews": [
            {"review_id": review, "form_id": "F", "agent_id": "kim", "reviewer_id": reviewer, "sampling_method": how,
             "reviewed_at": "2026-06-12T10:00:00Z", "calibration_id": call, "is_calibration": str(bool(call)).lower()}
            for review, (reviewer, how, call, _) in reviews.items()
        ],
        "qa_answers": [
            {"review_id": review, "item_id": item, "score": score}
            for review, (*_, scores) in reviews.items() for item, score in scores.items()
        ],
    }  # fmt: skip
    with build(tmp_path_factory.mktemp("qa"), landing, as_of="2026-06-30", needs=["mart_qa"]) as connection:
        yield connection


def test_where_the_gaps_are(world):
    assert rows(
        world,
        "select team, area, item_id, n, not_applicable_count, score, failed_count, critical_failed_count"
        " from marts.mart_qa where month_start = '2026-06-01' order by score, item_id",
    ) == [
        ("first line", "process_adherence", "steps", 2, 1, 50.0, 0, 0),
        ("first line", "compliance", "privacy", 3, 0, pytest.approx(66.6667, abs=1e-4), 1, 1),
        ("first line", "soft_skills", "tone", 3, 0, 75.0, 0, 0),
        ("first line", "overall_outcome", "outcome", 3, 0, 100.0, 0, 0),
    ]


def test_qa_01_a_review_that_fails_counts_as_nothing(world):
    # (81.25 + 91.6667 + 0) / 3
    assert rows(world, "select distinct review_n, auto_fail_count, review_score from marts.mart_qa") == [
        (3, 1, pytest.approx(57.6389, abs=1e-4))
    ]


def test_reviewers_agree_beyond_chance(world):
    # Three of four agree: 0.75. Three of eight judgements are fails: by chance (9 + 25) / 64 = 0.53125.
    assert rows(
        world,
        "select item_id, calibration_pair_n, calibration_agreed_count, calibration_failed_count, calibration_kappa"
        " from marts.mart_qa where item_id in ('privacy', 'tone') order by item_id",
    ) == [("privacy", 4, 3, 3, pytest.approx(0.466667, abs=1e-6)), ("tone", 0, 0, 0, None)]
