"""Surveys through the real path: extracts in, scores out.

One warehouse holds all worked examples of the field: each has a survey of its own (the dimension `survey`), people of
its own and, where a metric has no members, a month of its own. Expected values are worked out by hand in the comments.

Does not belong here: ratings of tickets (csat_ticket), which are with the service tests.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.harness import build, metric, rows

AS_OF = "2026-06-30"
WARSAW = "Europe/Warsaw"


class Company:
    """Extracts of one survey tool, row by row; a test shows only the fields it is about."""

    def __init__(self) -> None:
        self.landing: dict[str, list[dict[str, Any]]] = {}
        self._responses = 0

    def add(self, entity: str, **row: Any) -> None:
        self.landing.setdefault(entity, []).append(row)

    def survey(self, survey_id: str, metric: str = "nps", *, programme: str = "relational", **question: Any) -> None:
        scale = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}.get(metric, (None, None))
        self.add("surveys", survey_id=survey_id, name=survey_id, programme=programme)
        self.question(f"{survey_id}_q", survey_id, metric, **{"scale_min": scale[0], "scale_max": scale[1], **question})

    def question(self, question_id: str, survey_id: str, metric: str, **question: Any) -> None:
        self.add("survey_questions", question_id=question_id, survey_id=survey_id, metric=metric, **question)

    def contact(self, contact_id: str, **row: Any) -> None:
        self.add(
            "contacts", contact_id=contact_id, created_at="2020-01-01T00:00:00Z", lifecycle_stage="customer", **row
        )

    def answer(
        self,
        survey_id: str,
        value: Any,
        *,
        at: str = "2026-02-10T12:00:00Z",
        contact_id: str | None = None,
        response_id: str | None = None,
        question_id: str | None = None,
        question_version: str | None = None,
        **response: Any,
    ) -> None:
        self._responses += 1
        response_id = response_id or f"{survey_id}_{self._responses:05d}"
        self.add(
            "survey_responses",
            response_id=response_id,
            survey_id=survey_id,
            contact_id=contact_id,
            responded_at=at,
            **{"is_complete": "true", **response},
        )
        self.add(
            "survey_answers",
            response_id=response_id,
            question_id=question_id or f"{survey_id}_q",
            question_version=question_version,
            value_number=value,
        )

    def answers_of_new_people(self, survey_id: str, values: list[Any], **response: Any) -> None:
        for number, value in enumerate(values):
            contact_id = f"{survey_id}_p{number}"
            self.contact(contact_id)
            self.answer(survey_id, value, contact_id=contact_id, **response)


def worked_examples(company: Company) -> None:
    """The examples of domain/metrics.md, section 4, that are about surveys."""
    company.survey("nps_01")
    company.answers_of_new_people("nps_01", [10, 9, 9, 8, 7, 7, 6, 3, 0, 10])
    company.survey("nps_02")
    company.answers_of_new_people("nps_02", list(range(11)))
    company.survey("nps_03", scale_min=1, scale_max=10)
    company.answers_of_new_people("nps_03", list(range(1, 11)))
    company.survey("nps_04")
    company.answers_of_new_people("nps_04", [10, 9, 9, 8, 7, 7, 6, 0])
    company.survey("nps_05")
    company.answers_of_new_people("nps_05", [10] * 50 + [8] * 30 + [2] * 20)
    company.survey("nps_06")
    company.answers_of_new_people("nps_06", [10, 9, 10, 9, 10])

    company.survey("nps_08")
    for person in "ABCDE":
        company.contact(f"nps_08_{person}")
    for person, at, value, complete in [
        ("A", "2025-08-01T12:00:00+02:00", 3, True),
        ("A", "2026-05-01T12:00:00+02:00", 9, True),
        ("B", "2026-01-10T12:00:00+01:00", 10, True),
        ("C", "2025-06-30T12:00:00+02:00", 0, True),
        ("D", "2026-02-01T09:00:00+01:00", 6, True),
        ("D", "2026-02-01T17:00:00+01:00", 8, True),
        ("E", "2026-03-01T12:00:00+01:00", 10, False),
    ]:
        company.answer("nps_08", value, at=at, contact_id=f"nps_08_{person}", is_complete=str(complete).lower())

    # NPS-09 has metrics without members: March 2024 is its own month.
    company.survey("nps_09")
    for account, arr, values in [("X", 100_000, [9, 9, 10, 9, 3]), ("Y", 900_000, [6])]:
        company.add("accounts", account_id=account, name=account)
        company.add(
            "subscriptions", subscription_id=account, period_start="2024-01-01", account_id=account,
            unit_amount=arr, billing_interval="year", currency="USD", status="active", quantity=1,
        )  # fmt: skip
        for number, value in enumerate(values):
            company.contact(f"nps_09_{account}{number}", account_id=account)
            company.answer("nps_09", value, at="2024-03-10T12:00:00Z", contact_id=f"nps_09_{account}{number}")

    company.survey("nps_13")
    company.answers_of_new_people("nps_13", [10], at="2026-01-31T23:30:00Z")

    # RSP-01: 500 sent on 1 November 2025, 20 bounced, 130 began, 96 finished, all of them in December.
    company.survey("rsp_01", "csat")
    for number in range(500):
        company.add(
            "survey_invitations", invitation_id=f"rsp_01_{number:03d}", survey_id="rsp_01",
            sent_at="2025-11-01T10:00:00Z",
            bounced_at="2025-11-01T10:01:00Z" if number >= 480 else None,
            started_at="2025-12-01T10:00:00Z" if number < 130 else None,
            completed_at="2025-12-01T10:05:00Z" if number < 96 else None,
        )  # fmt: skip

    company.survey("csat_01", "csat")
    company.answers_of_new_people("csat_01", [5, 4, 4, 3, 2, 1, 5, 5])
    company.survey("csat_02", "csat")
    company.answers_of_new_people("csat_02", [5] * 9 + [4] * 4 + [3] * 3 + [2] * 2 + [1])
    company.survey("ces_01", "ces")
    company.answers_of_new_people("ces_01", [7, 7, 6, 5, 4, 3, 1])
    company.survey("ces_02", "ces", direction="low_good")
    company.answers_of_new_people("ces_02", [1, 2, 2, 6])

    # FCR-02: 400 people surveyed, 280 say yes. Fifty answered twice, ten left the item empty: calls are not customers.
    company.survey("fcr_02", "fcr", programme="transactional")
    company.answers_of_new_people("fcr_02", [1] * 280 + [0] * 120, at="2026-04-10T12:00:00Z")
    for number in range(50):
        company.answer("fcr_02", 0, at="2026-04-09T12:00:00Z", contact_id=f"fcr_02_p{number}")
    for number in range(10):
        company.contact(f"fcr_02_silent{number}")
        company.answer("fcr_02", None, at="2026-04-11T12:00:00Z", contact_id=f"fcr_02_silent{number}")

    company.survey("scd_01")
    company.contact("scd_01_p", segment="SMB", updated_at="2026-01-01T00:00:00Z")
    company.contact("scd_01_p", segment="ENT", updated_at="2026-03-15T00:00:00Z")
    company.answer("scd_01", 9, at="2026-03-10T12:00:00Z", contact_id="scd_01_p")


def further_cases(company: Company) -> None:
    """What the examples leave open: every reason to leave an answer out, and every choice of a question row."""
    # Excluded answers: one person each, beside one who counts.
    company.survey("left_out")
    company.contact("left_out_test", is_test="true")
    company.contact("left_out_ok")
    company.answer("left_out", 10, contact_id="left_out_ok", response_id="left_out_ok")
    company.answer("left_out", 0, contact_id="left_out_test", response_id="left_out_test_customer")
    company.answer("left_out", 0, response_id="left_out_test_response", is_test="true")
    company.answer("left_out", 0, response_id="left_out_incomplete", is_complete="false")
    company.answer("left_out", 11, response_id="left_out_above")
    company.answer("left_out", -1, response_id="left_out_below")
    company.answer("left_out", 8.5, response_id="left_out_between")
    company.answer("left_out", None, response_id="left_out_empty")
    company.answer("left_out", 0, response_id="left_out_unknown_question", question_id="nobody_described_this")
    company.answer("left_out", 0, response_id="left_out_deleted", is_deleted="true")
    company.answer("left_out", 0, response_id="left_out_later", at="2026-06-30T22:00:00Z")  # 1 July 00:00 in Warsaw
    company.answer("left_out", 7, response_id="left_out_just_before_the_cut", at="2026-06-30T21:59:59Z")
    company.add("survey_answers", response_id="never_delivered", question_id="left_out_q", value_number=0)
    company.answer("left_out", 9, response_id="left_out_no_flag", is_complete=None)

    # Two answers at one instant: the greater response_id is the later one. Anonymous answers are a person each.
    company.survey("ties")
    company.contact("ties_p")
    company.answer("ties", 10, contact_id="ties_p", response_id="ties_a", channel="web")
    company.answer("ties", 0, contact_id="ties_p", response_id="ties_b", channel="email")
    company.answer("ties", 9, response_id="ties_c", channel="web")
    company.answer("ties", 9, response_id="ties_d", channel="web")

    # Transactional: latest per person and touchpoint; a relational answer of the same person stays out of it.
    company.survey("after_event", programme="transactional")
    company.survey("relationship")
    company.contact("after_event_p")
    for at, touchpoint, value in [
        ("2026-05-01T12:00:00Z", "delivery", 0),
        ("2026-05-02T12:00:00Z", "delivery", 10),
        ("2026-05-03T12:00:00Z", "returns", 3),
        ("2026-05-04T12:00:00Z", None, 9),
    ]:
        company.answer("after_event", value, at=at, contact_id="after_event_p", touchpoint=touchpoint)
    company.answer("relationship", 0, at="2026-05-05T12:00:00Z", contact_id="after_event_p")

    # Version 1 asked for effort (low is good), version 2 from February for ease; German is version 2 again.
    company.add("surveys", survey_id="versions", name="versions", programme="relational")
    for version, language, direction, valid_from in [
        ("1", "en", "low_good", "2025-01-01T00:00:00Z"),
        ("2", "en", "high_good", "2026-02-01T00:00:00Z"),
        ("2", "de", "high_good", "2026-02-01T00:00:00Z"),
    ]:
        company.question(
            "versions_q", "versions", "ces", scale_min=1, scale_max=7, version=version, language=language,
            direction=direction, valid_from=valid_from, text=f"{version} {language}",
        )  # fmt: skip
    company.answer("versions", 1, at="2026-03-01T12:00:00Z", question_version="1", language="en", response_id="v_named")
    company.answer("versions", 1, at="2026-01-15T12:00:00Z", language="en", response_id="v_by_date_1")
    company.answer("versions", 7, at="2026-03-01T12:00:00Z", language="de-AT", response_id="v_by_date_2")
    company.answer("versions", 2, at="2024-12-01T12:00:00Z", language="fr", response_id="v_before_all")

    # Scales and directions: NPS of 1-5 with low good, CSAT of 1-10 with a threshold, CSAT with low good, effort of 1-5.
    company.survey("nps_1_5", scale_min=1, scale_max=5, direction="low_good")
    company.answers_of_new_people("nps_1_5", [1, 1, 2, 3, 5])
    company.survey("nps_low_good", direction="low_good")
    company.answers_of_new_people("nps_low_good", [0, 1, 2, 10])
    company.survey("csat_from_9", "csat", scale_min=1, scale_max=10, satisfied_from=9)
    company.answers_of_new_people("csat_from_9", [10, 9, 8, 1], at="2025-10-10T12:00:00Z")
    company.survey("csat_1_5", "csat")
    company.answers_of_new_people("csat_1_5", [5, 1], at="2025-10-11T12:00:00Z")
    company.survey("csat_low_good", "csat", direction="low_good", satisfied_from=3)
    company.answers_of_new_people("csat_low_good", [1, 2, 3, 4, 5])
    company.survey("ces_5", "ces", scale_min=1, scale_max=5)
    company.answers_of_new_people("ces_5", [5, 4, 3, 2, 1])
    company.survey("no_scale", scale_min=None, scale_max=None)
    company.answers_of_new_people("no_scale", [10, 9, 0])

    # One customer rates three deliveries: satisfaction counts answers, not people.
    company.survey("csat_thrice", "csat", programme="transactional")
    company.contact("csat_thrice_p")
    for at, value in [("2026-05-01T12:00:00Z", 1), ("2026-05-02T12:00:00Z", 5), ("2026-05-03T12:00:00Z", 5)]:
        company.answer("csat_thrice", value, at=at, contact_id="csat_thrice_p")

    # Channel and touchpoint: own, else the invitation's, else the survey's or the ticket's (which another system has).
    company.add("surveys", survey_id="inherits", name="inherits", programme="transactional", touchpoint="after_call")
    company.question("inherits_q", "inherits", "csat", scale_min=1, scale_max=5)
    company.contact("inherits_p", email="inherits@example.com")
    company.add(
        "survey_invitations", invitation_id="inherits_i", survey_id="inherits", contact_id="inherits_p", channel="sms",
        touchpoint="pick_up", sent_at="2025-09-01T10:00:00Z",
    )  # fmt: skip
    company.add(
        "helpdesk/tickets", ticket_id="T-9", channel="phone", touchpoint="hotline", status="solved",
        created_at="2025-09-01T08:00:00Z",
    )  # fmt: skip
    company.answer(
        "inherits", 5, response_id="inherits_own", invitation_id="inherits_i", channel="web", touchpoint="shop"
    )
    company.answer("inherits", 5, response_id="inherits_invited", invitation_id="inherits_i")
    company.answer("inherits", 5, response_id="inherits_ticket", ticket_id="T-9")

    # The same ids in another system are other surveys and other questions.
    company.add("shop_survey/surveys", survey_id="ties", name="other", programme="relational")
    company.add(
        "shop_survey/survey_questions", question_id="ties_q", survey_id="ties", metric="csat", scale_min=1, scale_max=5
    )
    company.add(
        "shop_survey/survey_responses", response_id="ties_a", survey_id="ties", responded_at="2026-02-10T12:00:00Z"
    )
    company.add("shop_survey/survey_answers", response_id="ties_a", question_id="ties_q", value_number=4)

    # A survey that reports deliveries sends four: delivered, answered without a report, bounced, and silent.
    company.survey("delivery_reports", "csat")
    for number, delivered_at, bounced_at in [
        (0, "2025-12-05T10:00:00Z", None), (1, None, None), (2, None, "2025-12-05T10:00:00Z"), (3, None, None),
    ]:  # fmt: skip
        company.add(
            "survey_invitations", invitation_id=f"dr_{number}", survey_id="delivery_reports",
            sent_at="2025-12-05T09:00:00Z", delivered_at=delivered_at, bounced_at=bounced_at,
        )  # fmt: skip
    company.answer("delivery_reports", 4, at="2026-01-05T09:00:00Z", invitation_id="dr_1")

    # The window of a year is open at its start: midnight at which it begins is outside, one second later is inside.
    company.survey("window")
    company.answers_of_new_people("window", [10], at="2025-07-01T00:00:00+02:00")
    company.contact("window_late")
    company.answer("window", 0, at="2025-07-01T00:00:01+02:00", contact_id="window_late")

    # Post-stratification in a month of its own, March 2019: 3 customers in A; in B one customer, one lead, and one
    # customer who comes in June. A answers 10; the customer and the lead of B answer 0.
    company.survey("strata")
    for contact_id, segment, stage in [
        ("strata_a1", "A", "customer"), ("strata_a2", "A", "customer"), ("strata_a3", "A", "customer"),
        ("strata_b1", "B", "customer"), ("strata_b2", "B", "lead"),
    ]:  # fmt: skip
        company.add(
            "contacts", contact_id=contact_id, segment=segment, lifecycle_stage=stage, created_at="2019-01-01T00:00:00Z"
        )
    company.add(
        "contacts", contact_id="strata_b3", segment="B", lifecycle_stage="customer", created_at="2019-06-01T00:00:00Z"
    )
    for contact_id, value in [("strata_a1", 10), ("strata_b1", 0), ("strata_b2", 0)]:
        company.answer("strata", value, at="2019-03-10T12:00:00Z", contact_id=contact_id)
    # For the year the business itself says whom the survey speaks for; what it says of countries weighs no segment.
    for start, dimension, member, size in (
        ("2019-01-01", "Segment", "A", 1),
        ("2019-01-01", "segment", "B ", 3),
        ("2019-03-01", "country", "A", 9),
    ):
        company.add(
            "survey_populations",
            survey_id="strata", period_start=start, dimension=dimension, member=member, population_n=size,
        )  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    company = Company()
    worked_examples(company)
    further_cases(company)
    return build(tmp_path_factory.mktemp("surveys"), company.landing, as_of=AS_OF, vars={"reporting_timezone": WARSAW})


def of_survey(warehouse: duckdb.DuckDBPyConnection, name: str, survey: str, **period: str) -> dict[str, Any]:
    return metric(warehouse, name, **{"period_grain": "all_time", **period}, dimension="survey", dimension_value=survey)


def members(warehouse: duckdb.DuckDBPyConnection, name: str, survey: str) -> list[tuple[Any, ...]]:
    return rows(
        warehouse, f"select * from marts.metric_values where metric = '{name}' and dimension_value = '{survey}'"
    )


# --- NPS -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("survey", "numerator", "n", "value"),
    [
        ("nps_01", 4 - 3, 10, 10.0),
        ("nps_02", 2 - 7, 11, -45.4545),  # 0 is an answer, 6 a detractor, 7 a passive, 9 a promoter
        ("nps_04", 3 - 2, 8, 12.5),  # not rounded
        ("nps_05", 50 - 20, 100, 30.0),
        ("nps_06", 5 - 0, 5, 100.0),
    ],
)
def test_nps_worked_examples(
    warehouse: duckdb.DuckDBPyConnection, survey: str, numerator: int, n: int, value: float
) -> None:
    found = of_survey(warehouse, "nps", survey)
    assert (found["numerator"], found["denominator"], found["n"]) == (numerator, n, n)
    assert found["value"] == pytest.approx(value, abs=1e-4)


def test_nps_interval_is_adjusted_wald_and_capped(warehouse: duckdb.DuckDBPyConnection) -> None:
    many = of_survey(warehouse, "nps", "nps_05")
    assert (many["value_low"], many["value_high"]) == pytest.approx((14.0511, 44.2013), abs=1e-4)
    few = of_survey(warehouse, "nps", "nps_06")
    assert (few["value_low"], few["value_high"]) == pytest.approx((17.4915, 100.0), abs=1e-4)


def test_a_1_to_10_scale_never_feeds_nps_and_is_never_rescaled(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert members(warehouse, "nps", "nps_03") == []
    # 9, 10 promote; 1 to 6 detract: 100 x (2 - 6) / 10.
    assert of_survey(warehouse, "nps_scale_1_10", "nps_03")["value"] == -40.0
    assert of_survey(warehouse, "nps_other_scale", "nps_03")["value"] == -40.0


def test_answers_on_another_scale_stand_beside_the_score_in_the_mart(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Ten answers on 1-10 (nps_03) and five on 1-5 (nps_1_5), each counted once.
    found = rows(warehouse, "select sum(other_scale_n) from marts.mart_nps where period_grain = 'all_time'")
    assert found == [(15,)]


def test_nps_on_another_scale_is_turned_and_kept_apart(warehouse: duckdb.DuckDBPyConnection) -> None:
    # 1-5, low is good: 1, 1, 2, 3, 5 turn to 5, 5, 4, 3, 1; the top two boxes promote (3), the next are passive (1).
    assert of_survey(warehouse, "nps_other_scale", "nps_1_5")["value"] == pytest.approx(100 * (3 - 1) / 5)
    mixed = metric(warehouse, "nps_other_scale", period_grain="all_time")
    assert (mixed["value"], mixed["n"]) == (None, 15)  # two scales do not meet in one score
    by_scale = metric(warehouse, "nps_other_scale", period_grain="all_time", dimension="scale", dimension_value="1-10")
    assert (by_scale["value"], by_scale["n"]) == (-40.0, 10)
    # 0-10, low is good: 0, 1, 2, 10 turn to 10, 9, 8, 0.
    assert of_survey(warehouse, "nps", "nps_low_good")["value"] == pytest.approx(100 * (2 - 1) / 4)


def test_nps_question_without_scale_is_taken_as_0_to_10_and_says_so(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert of_survey(warehouse, "nps", "no_scale")["value"] == pytest.approx(100 * (2 - 1) / 3)
    assumed = rows(warehouse, "select question_id from core.dim_survey_questions where is_scale_assumed")
    assert assumed == [("no_scale_q",)]


def test_only_the_latest_complete_answer_of_the_window_counts(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = of_survey(warehouse, "nps", "nps_08", period_grain="trailing")
    assert (found["n"], found["numerator"], found["sum_squares"]) == (3, 2, 2)  # 2 promoters, 1 passive, no detractor
    assert found["value"] == pytest.approx(66.6667, abs=1e-4)


def test_the_trailing_window_is_open_at_its_start(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = of_survey(warehouse, "nps", "window", period_grain="trailing")
    assert (found["n"], found["value"]) == (1, -100.0)


def test_the_latest_answer_is_chosen_before_the_split(warehouse: duckdb.DuckDBPyConnection) -> None:
    # ties_p counts once, with ties_b (0, by email); the two anonymous answers (9, 9) count one each.
    assert of_survey(warehouse, "nps", "generic:ties")["n"] == 3
    assert of_survey(warehouse, "nps", "generic:ties")["numerator"] == 2 - 1
    counted = rows(
        warehouse,
        """
        select channel, promoters, detractors, n from marts.mart_nps
        where period_grain = 'month' and period_start = '2026-02-01' and channel in ('web', 'email') order by channel
        """,
    )
    assert counted == [("email", 0, 1, 1), ("web", 2, 0, 2)]


def test_transactional_answers_count_once_per_touchpoint_and_never_as_relational(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # delivery 10 (the 0 is older), returns 3, unknown 9: 100 x (2 - 1) / 3.
    found = of_survey(warehouse, "nps_transactional", "after_event", period_grain="month", period_start="2026-05-01")
    assert (found["n"], found["numerator"]) == (3, 1)
    assert of_survey(warehouse, "nps", "relationship")["n"] == 1
    assert members(warehouse, "nps", "after_event") == []


def test_accounts_and_revenue_weigh_otherwise(warehouse: duckdb.DuckDBPyConnection) -> None:
    march = {"period_grain": "month", "period_start": "2024-03-01"}
    assert metric(warehouse, "nps", **march)["value"] == pytest.approx(33.3333, abs=1e-4)
    by_account = metric(warehouse, "nps_account_mean", **march)
    assert (by_account["value"], by_account["n"]) == (pytest.approx(-20.0), 2)  # (60 - 100) / 2
    by_revenue = metric(warehouse, "nps_revenue_weighted", **march)
    assert by_revenue["value"] == pytest.approx(-84.0)  # 0.1 x 60 + 0.9 x -100
    # Residuals x weights: 0.1 x 144 = 14.4, 0.9 x -16 = -14.4; sqrt(2 x 14.4^2 x 2 / 1) = 28.8; -84 +- 56.447, capped.
    assert (by_revenue["value_low"], by_revenue["value_high"]) == pytest.approx((-100.0, -27.5530), abs=1e-4)


def test_post_stratification_weighs_segments_by_their_customers_then(warehouse: duckdb.DuckDBPyConnection) -> None:
    march = {"period_grain": "month", "period_start": "2019-03-01"}
    assert metric(warehouse, "nps", **march)["value"] == pytest.approx(100 * (1 - 2) / 3)
    # A: 3 customers, NPS 100. B: one customer in March (a lead is none, one came in June), NPS -100: (300 - 100) / 4.
    found = metric(warehouse, "nps_poststratified", **march)
    assert (found["value"], found["numerator"], found["denominator"], found["n"]) == (50.0, 200.0, 4.0, 3)


def test_post_stratification_takes_a_population_that_is_stated(warehouse: duckdb.DuckDBPyConnection) -> None:
    # The same three answers: (1 x 100 - 3 x 100) / 4, and in the quarter, which begins with the year, too.
    for grain in ("year", "quarter"):
        found = metric(warehouse, "nps_poststratified", period_grain=grain, period_start="2019-01-01")
        assert (found["value"], found["denominator"], found["n"]) == (-50.0, 4.0, 3), grain
    assert rows(
        warehouse,
        "select survey, dimension, member, population_n from core.fct_survey_populations order by all",
    ) == [("strata", "country", "A", 9), ("strata", "segment", "A", 1), ("strata", "segment", "B", 3)]


def test_an_empty_period_has_no_score_and_no_answers(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = metric(warehouse, "nps", period_grain="month", period_start="2024-04-01")
    assert (found["value"], found["value_low"], found["value_high"], found["n"]) == (None, None, None, 0)


def test_an_answer_falls_in_the_month_of_the_reporting_time_zone(warehouse: duckdb.DuckDBPyConnection) -> None:
    # 23:30 UTC on 31 January is 00:30 on 1 February in Warsaw.
    assert of_survey(warehouse, "nps", "nps_13", period_grain="month", period_start="2026-02-01")["n"] == 1


def test_the_segment_is_the_one_at_the_response(warehouse: duckdb.DuckDBPyConnection) -> None:
    march = {"period_grain": "month", "period_start": "2026-03-01", "dimension": "segment"}
    assert metric(warehouse, "nps", **march, dimension_value="SMB")["n"] == 1
    assert rows(
        warehouse,
        """
        select answers.segment, customers.segment, customers.is_current
        from core.fct_survey_answers as answers inner join core.dim_customers as customers using (customer_key)
        where answers.survey = 'scd_01'
        """,
    ) == [("SMB", "SMB", False)]


# --- CSAT, CES, FCR --------------------------------------------------------------------------------------------------


def test_csat_worked_examples(warehouse: duckdb.DuckDBPyConnection) -> None:
    first = of_survey(warehouse, "csat", "csat_01")
    assert (first["numerator"], first["n"], first["value"]) == (5, 8, 62.5)
    assert (first["value_low"], first["value_high"]) == pytest.approx((30.5742, 86.3156), abs=1e-4)
    assert of_survey(warehouse, "csat_mean", "csat_01")["value"] == 3.625
    second = of_survey(warehouse, "csat", "csat_02")
    assert (second["n"], second["value"]) == (19, pytest.approx(68.4211, abs=1e-4))
    assert of_survey(warehouse, "csat_mean", "csat_02")["value"] == pytest.approx(3.9474, abs=1e-4)


def test_csat_threshold_is_the_question_s_and_applies_after_turning(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert of_survey(warehouse, "csat", "csat_from_9")["value"] == 50.0  # 10 and 9 of 10, 9, 8, 1
    assert of_survey(warehouse, "csat", "csat_low_good")["value"] == 60.0  # 1, 2, 3 turn to 5, 4, 3: at least 3


def test_csat_pools_shares_but_never_means_of_different_scales(warehouse: duckdb.DuckDBPyConnection) -> None:
    october = {"period_grain": "month", "period_start": "2025-10-01"}
    assert metric(warehouse, "csat", **october)["value"] == 50.0  # 2 of 4 and 1 of 2
    mean = metric(warehouse, "csat_mean", **october)
    assert (mean["value"], mean["numerator"], mean["n"]) == (None, None, 6)
    by_scale = metric(warehouse, "csat_mean", **october, dimension="scale", dimension_value="1-10")
    assert by_scale["value"] == 7.0  # (10 + 9 + 8 + 1) / 4


def test_csat_counts_every_answer_of_a_customer(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = of_survey(warehouse, "csat", "csat_thrice")
    assert (found["numerator"], found["n"]) == (2, 3)


def test_ces_worked_examples_by_three_methods(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert of_survey(warehouse, "ces", "ces_01")["value"] == pytest.approx(57.1429, abs=1e-4)
    assert of_survey(warehouse, "ces_mean", "ces_01")["value"] == pytest.approx(4.7143, abs=1e-4)
    assert of_survey(warehouse, "ces_net", "ces_01")["value"] == pytest.approx(14.2857, abs=1e-4)
    assert of_survey(warehouse, "ces", "ces_02")["value"] == 75.0  # effort turned to ease: 7, 6, 6, 2
    assert of_survey(warehouse, "ces_mean", "ces_02")["value"] == 5.25


def test_ces_on_five_points_takes_the_top_and_bottom_two(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Three sevenths of five boxes are 2.14: two boxes.
    assert of_survey(warehouse, "ces", "ces_5")["value"] == 40.0
    assert of_survey(warehouse, "ces_net", "ces_5")["value"] == 0.0


def test_fcr_reported_counts_customers_not_calls(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = metric(warehouse, "fcr_reported", period_grain="month", period_start="2026-04-01")
    assert (found["numerator"], found["denominator"], found["value"]) == (280, 400, 70.0)


# --- Questions, exclusions, inheritance ------------------------------------------------------------------------------


def test_the_question_row_is_the_version_asked_else_the_one_valid_then(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        """
        select answers.response_id, questions.question_text, answers.score
        from core.fct_survey_answers as answers inner join core.dim_survey_questions as questions using (question_key)
        where answers.question_id = 'versions_q' order by answers.response_id
        """,
    )
    assert found == [
        ("v_before_all", "1 en", 6.0),  # the earliest version, in the first language; 2 of low good is 6
        ("v_by_date_1", "1 en", 7.0),
        ("v_by_date_2", "2 de", 7.0),  # de-AT reads the German wording
        ("v_named", "1 en", 7.0),  # version 1 was asked although version 2 was valid
    ]


def test_every_answer_left_out_says_why_and_none_is_lost(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        """
        select response_id, exclusion_reason from core.fct_survey_answers
        where survey = 'left_out' or response_id = 'never_delivered' order by response_id
        """,
    )
    assert found == [
        ("left_out_above", "out_of_range"),
        ("left_out_below", "out_of_range"),
        ("left_out_between", "out_of_range"),
        ("left_out_empty", "no_answer"),
        ("left_out_incomplete", "incomplete"),
        ("left_out_just_before_the_cut", None),
        ("left_out_no_flag", None),
        ("left_out_ok", None),
        ("left_out_test_customer", "test_customer"),
        ("left_out_test_response", "test_response"),
        ("left_out_unknown_question", "unknown_question"),
        ("never_delivered", "unknown_response"),
    ]
    assert of_survey(warehouse, "nps", "left_out")["n"] == 3
    assert of_survey(warehouse, "nps", "left_out")["numerator"] == 2  # 10, 9 and 7


def test_ids_are_unique_only_within_their_system(warehouse: duckdb.DuckDBPyConnection) -> None:
    other = of_survey(warehouse, "csat", "shop_survey:ties")
    assert (other["n"], other["value"]) == (1, 100.0)


def test_channel_touchpoint_and_customer_are_inherited(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        warehouse,
        """
        select response_id, channel, touchpoint, customer_id <> '-1', ticket_key is not null
        from core.fct_survey_responses where survey_id = 'inherits' order by response_id
        """,
    )
    assert found == [
        ("inherits_invited", "sms", "pick_up", True, False),
        ("inherits_own", "web", "shop", True, False),
        ("inherits_ticket", "phone", "after_call", False, True),
    ]


# --- Invitations -----------------------------------------------------------------------------------------------------


def test_response_rates_follow_the_cohort_that_was_asked(warehouse: duckdb.DuckDBPyConnection) -> None:
    november = {"period_grain": "month", "period_start": "2025-11-01"}
    response = of_survey(warehouse, "survey_response_rate", "rsp_01", **november)
    assert (response["numerator"], response["denominator"], response["value"]) == (96, 480, 20.0)
    completion = of_survey(warehouse, "survey_completion_rate", "rsp_01", **november)
    assert (completion["denominator"], completion["value"]) == (130, pytest.approx(73.8462, abs=1e-4))
    december = of_survey(warehouse, "survey_response_rate", "rsp_01", period_grain="month", period_start="2025-12-01")
    assert (december["n"], december["value"]) == (0, None)
    assert rows(
        warehouse,
        """
        select sum(delivered_n), sum(completed_n), sum(n) from marts.mart_csat
        where period_grain = 'month' and period_start = '2025-11-01'
        """,
    ) == [(480, 96, 0)]


def test_where_deliveries_are_reported_silence_is_not_delivery(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Delivered: the one reported and the one that was answered; not the bounced, not the silent one.
    found = of_survey(warehouse, "survey_response_rate", "delivery_reports")
    assert (found["numerator"], found["denominator"]) == (1, 2)


# --- Identities ------------------------------------------------------------------------------------------------------


def test_members_add_up_to_all(warehouse: duckdb.DuckDBPyConnection) -> None:
    broken = rows(
        warehouse,
        """
        with totals as (
            select metric, period_grain, period_start, dimension, sum(denominator) as denominator, sum(n) as n
            from marts.metric_values
            where dimension in ('all', 'channel', 'touchpoint', 'survey', 'segment', 'country')
                and metric in (select metric from settings.metric_definitions__surveys)
                and metric not in ('nps_account_mean', 'nps_revenue_weighted', 'nps_poststratified')
                and period_grain <> 'day'
            group by all
        )
        select * from totals as members inner join totals as whole using (metric, period_grain, period_start)
        where whole.dimension = 'all' and (members.n <> whole.n or members.denominator <> whole.denominator)
        """,
    )
    assert broken == []


@pytest.mark.parametrize(
    ("mart", "name", "condition", "numerator"),
    [
        ("mart_nps", "nps", "programme = 'relational'", "promoters - detractors"),
        ("mart_nps", "nps_transactional", "programme = 'transactional'", "promoters - detractors"),
        ("mart_csat", "csat", "true", "satisfied_n"),
        ("mart_ces", "ces", "true", "easy_n"),
        ("mart_ces", "ces_net", "true", "very_easy_n - hard_n"),
    ],
)
def test_marts_add_up_to_metric_values(
    warehouse: duckdb.DuckDBPyConnection, mart: str, name: str, condition: str, numerator: str
) -> None:
    found = rows(
        warehouse,
        f"""
        with cells as (
            select period_grain, period_start, sum({numerator}) as numerator, sum(n) as n
            from marts.{mart} where {condition} group by all
        )
        select count(*), count(*) filter (where cells.numerator = headline.numerator and cells.n = headline.n)
        from marts.metric_values as headline
        inner join cells
            on cells.period_grain = headline.period_grain
            and cells.period_start is not distinct from headline.period_start
        where headline.metric = '{name}' and headline.dimension = 'all'
        """,
    )
    assert found[0][0] > 0
    assert found[0][0] == found[0][1]


# --- Real data -------------------------------------------------------------------------------------------------------


def test_real_surveys_agree_with_the_published_numbers(tmp_path: Path) -> None:
    """6,043 answers on three channels, and 13,954 responses of a retailer who asked from 1 to 10."""
    real = Path(os.environ.get("CX360_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    if not (real / "nps_channels").is_dir():
        pytest.skip(f"the real data are not in {real}")
    for name in ("nps_channels", "nps_retail_fr"):
        shutil.copytree(real / name / "landing", tmp_path / "landing", dirs_exist_ok=True)
    expected = json.loads((real / "expected.json").read_text())
    warehouse = build(tmp_path, as_of="2026-08-01")
    quarter = {"period_grain": "quarter", "period_start": "2020-10-01"}
    for channel, published in expected["nps_channels"].items():
        dimension = {} if channel == "all" else {"dimension": "channel", "dimension_value": channel}
        found = metric(warehouse, "nps", **quarter, **dimension)
        assert (found["value"], found["n"]) == (pytest.approx(published["nps"], abs=1e-9), published["n"])
    retail = expected["nps_retail_fr"]
    raw_scale = metric(warehouse, "nps_scale_1_10", period_grain="all_time")
    assert raw_scale["n"] == retail["nps_answers_on_1_10"]
    assert raw_scale["value"] == pytest.approx(retail["nps_on_raw_scale"], abs=1e-9)
    assert metric(warehouse, "nps", period_grain="all_time")["n"] == expected["nps_channels"]["all"]["n"]
    csat = metric(warehouse, "csat", period_grain="all_time")
    assert (csat["n"], csat["value"]) == (retail["csat_n"], pytest.approx(retail["csat"], abs=1e-9))
