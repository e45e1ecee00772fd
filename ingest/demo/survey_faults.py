"""Faults of the survey tool: rows that point nowhere, scores off the scale, another scale, answers given twice."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from ingest.demo.fault_plan import (
    NOT_A_BOOLEAN,
    NOT_A_NUMBER,
    NOT_A_TIMESTAMP,
    RULE,
    Plan,
    Samples,
)

RESPONSES = "survey_tool/survey_responses/responses_2026-06_import.csv"
_ANSWERS = "survey_tool/survey_answers/answers_2026-06_import.csv"


def _response(number: int, **values: str) -> dict[str, str]:
    base = {"response_id": f"F{number}", "survey_id": "SV-REL", "invitation_id": "", "contact_id": "", "email": ""}
    last = {"channel": "email", "responded_at": "2026-06-12T12:00:00", "is_complete": "true", "is_test": "false"}
    return {**base, **last, **values}


def _answer(response: str, value: str, question: str = "Q-NPS") -> dict[str, str]:
    return {"response_id": response, "question_id": question, "question_version": "1", "value_number": value}


def plant_survey_rows(plan: Plan) -> None:
    """Responses and answers that point nowhere, break the contract, or lie off the scale."""
    for number in (1, 2):
        values = _response(number, invitation_id=f"IV-F{number}")
        plan.warned("unknown_invitation", RESPONSES, f"F{number}", values, "invitation_is_known")
    for number in (3, 4):
        values = _response(number, contact_id=f"SC-F{number}")
        plan.warned("unknown_contact", RESPONSES, f"F{number}", values, "contact_is_known")
    plan.refused("bad_boolean", RESPONSES, "F5", _response(5, is_complete="partly"), "is_complete", NOT_A_BOOLEAN)
    values = _response(6, responded_at="31/02/2026")
    plan.refused("bad_date", RESPONSES, "F6", values, "responded_at", NOT_A_TIMESTAMP)
    for number in range(7, 11):
        plan.row(RESPONSES, _response(number))
        plan.warned("score_out_of_range", _ANSWERS, f"F{number}", _answer(f"F{number}", "11"), "score_is_on_the_scale")
    plan.expect("score_out_of_range", _ANSWERS, None, RULE, "core.fct_survey_answers.score", rows=4)
    for number in range(1, 4):
        values = _answer(f"RS-F{number}", "9")
        plan.warned("unknown_response", _ANSWERS, values["response_id"], values, "response_is_known")
    plan.warned("unknown_question", _ANSWERS, "F1", _answer("F1", "9", "Q-OLD"), "question_is_known")
    plan.refused("bad_number", _ANSWERS, "F2", _answer("F2", "ten"), "value_number", NOT_A_NUMBER)
    for number in range(11, 19):
        plan.row(RESPONSES, _response(number, is_test="true"))
        plan.row(_ANSWERS, _answer(f"F{number}", "0"))
    plan.expect("test_responses", RESPONSES, None, RULE, "core.fct_survey_responses.response_id", rows=8)


def plant_extra_answers(plan: Plan, samples: Samples) -> None:
    """Customers who answered the relationship survey twice on one day; the later, real answer counts."""
    responses = samples.responses
    hour = pc.hour(responses["responded_at"])
    known = pc.is_valid(pc.coalesce(responses["contact_id"], responses["email"]))
    real = pc.and_(pc.equal(responses["survey_id"], "SV-REL"), pc.and_(responses["is_complete"], known))
    twice = responses.filter(pc.and_(real, pc.greater_equal(hour, 12))).slice(0, 12).to_pylist()
    for number, row in enumerate(twice, start=101):
        earlier = row["responded_at"].replace(hour=3).strftime("%Y-%m-%dT%H:%M:%S")
        who = {"contact_id": row["contact_id"] or "", "email": row["email"] or "", "channel": row["channel"]}
        plan.row(RESPONSES, _response(number, responded_at=earlier, **who))
        plan.row(_ANSWERS, _answer(f"F{number}", "0"))
    plan.expect("two_answers_on_one_day", RESPONSES, None, RULE, "marts.metric_values.n", rows=len(twice))


def plant_ten_point_survey(plan: Plan, samples: Samples) -> None:
    """A likelihood question asked from 1 to 10, which must not be pooled with the 0-10 ones."""
    survey = {"survey_id": "SV-EVT", "name": "Customer day", "programme": "relational", "touchpoint": ""}
    plan.row("survey_tool/surveys/surveys_events.csv", survey)
    question = {
        "question_id": "Q-NPS-EVT",
        "survey_id": "SV-EVT",
        "metric": "nps",
        "text": "Would you recommend our customer day?",
        "language": "en",
        "scale_min": "1",
        "scale_max": "10",
        "direction": "high_good",
        "version": "1",
    }
    file = "survey_tool/survey_questions/survey_questions_events.csv"
    plan.warned("nps_asked_from_1_to_10", file, "Q-NPS-EVT", question, "nps_is_asked_from_0_to_10")
    people = samples.people
    chosen = np.flatnonzero(~people.is_test & ~people.is_lead & ~people.is_guest)[:40]
    for position, person in enumerate(chosen.tolist()):
        number = 201 + position
        who = {"survey_id": "SV-EVT", "email": people.email[person].as_py(), "responded_at": "2026-03-05T18:00:00"}
        plan.row(RESPONSES, _response(number, **who))
        plan.row(_ANSWERS, _answer(f"F{number}", str(1 + position % 10), "Q-NPS-EVT"))
    plan.expect("nps_asked_from_1_to_10", RESPONSES, None, RULE, "marts.metric_values.n", rows=len(chosen))
