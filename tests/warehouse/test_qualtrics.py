"""Qualtrics' own records become surveys, invitations, responses and answers of the warehouse, in whatever form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse import qualtrics_company
from tests.warehouse.harness import LOADED_AT, build, metric, rows
from tests.warehouse.matrix import differences
from tests.warehouse.qualtrics_company import AS_OF, SURVEY, land_company

SETTINGS = {"vendors": ["qualtrics"], "custom_fields": qualtrics_company.CUSTOM_FIELDS}
CRM = {"crm/contacts": [{"contact_id": "c1", "first_name": "Anita", "email": "ana@example.com"}]}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("qualtrics")
    land_company(home / "landing")
    with build(home, CRM, as_of=AS_OF, vars=SETTINGS) as connection:
        yield connection


def test_nps_counts_complete_answers_on_the_scale(warehouse):
    # Counted: 10, 9, 9 | 8, 7 | 6, 0. Not counted: the partial 10, the 10 of a preview, -99.
    found = metric(warehouse, "nps", period_grain="all_time")
    assert (found["n"], found["value"]) == (7, pytest.approx(100 * (3 - 2) / 7))


def test_csat_is_told_by_the_tag_and_leaves_out_what_does_not_apply(warehouse):
    # 5, 4, 5, 3, 4, 2, 1: four of seven are satisfied. The tenth response says that it does not apply.
    found = metric(warehouse, "csat", period_grain="all_time")
    assert (found["n"], found["value"]) == (7, pytest.approx(100 * 4 / 7))


def test_every_row_of_a_matrix_is_a_question(warehouse):
    found = rows(
        warehouse,
        "select question_id, question_text, metric, scale from core.dim_survey_questions"
        " where question_id like '%QID4%' order by 1",
    )
    assert found == [
        (f"{SURVEY}:QID4_1", "How easy was it - to reach us", "ces", "1-7"),
        (f"{SURVEY}:QID4_2", "How easy was it - to pay", "ces", "1-7"),
    ]


def test_an_answer_that_does_not_count_says_why_and_what_is_worked_out_from_one_is_none(warehouse):
    found = rows(
        warehouse,
        "select response_id, exclusion_reason, value_number, value_text from intermediate.int_survey_answers_scored"
        f" where question_id = '{SURVEY}:QID2' and exclusion_reason is not null order by 1",
    )
    assert found == [
        ("R_08", "incomplete", 5.0, "Very satisfied"),
        ("R_09", "test_response", 5.0, "Very satisfied"),
        ("R_10", "out_of_range", 6.0, "Does not apply"),
    ]
    asked = rows(warehouse, "select distinct question_id from core.fct_survey_answers order by 1")
    assert [question_id.partition(":")[2] for (question_id,) in asked] == [
        "QID1",
        "QID2",
        "QID3_TEXT",
        "QID4_1",
        "QID4_2",
    ]


def test_answers_in_two_languages_are_answers_to_one_question(warehouse):
    found = rows(
        warehouse,
        "select questions.language, questions.question_text, count(*) from core.fct_survey_answers as answers"
        " inner join core.dim_survey_questions as questions using (question_key)"
        f" where answers.question_id = '{SURVEY}:QID1' and answers.exclusion_reason is null group by all order by 1",
    )
    assert found == [("en", "How likely are you to recommend us?", 4), ("es", "¿Nos recomendaría?", 3)]


def test_an_invitation_is_one_whether_or_not_a_reminder_followed(warehouse):
    # Sent to eight (the ninth was skipped), one bounced; four answered the invitation, one the reminder, one in part.
    found = metric(warehouse, "survey_response_rate", period_grain="all_time")
    assert (found["n"], found["value"]) == (7, pytest.approx(100 * 5 / 7))
    found = metric(warehouse, "survey_completion_rate", period_grain="all_time")
    assert (found["n"], found["value"]) == (6, pytest.approx(100 * 5 / 6))


def test_embedded_data_of_a_distribution_and_of_a_contact_fill_what_the_setting_names(warehouse):
    # Sent to eight by the first distribution; the second only reminds.
    found = rows(warehouse, "select touchpoint, count(*) from core.fct_survey_invitations group by all")
    assert found == [("shop", 8)]
    found = rows(
        warehouse,
        "select distinct customers.country from core.fct_survey_responses as responses"
        " inner join core.dim_customers as customers using (customer_id) where responses.response_id = 'R_01'",
    )
    assert found == [("ES",)]


def test_a_respondent_whose_e_mail_another_source_knows_is_its_customer(warehouse):
    found = rows(
        warehouse,
        "select distinct responses.response_id, records.source_system, records.source_id"
        " from core.fct_survey_responses as responses"
        " inner join core.dim_identity_map as records using (customer_id)"
        " where responses.response_id = 'R_01' and records.entity = 'contacts' order by 2",
    )
    assert found == [("R_01", "crm", "c1"), ("R_01", "qualtrics", "CID_1")]


def test_a_response_knows_its_ticket_channel_and_instant(warehouse):
    found = rows(
        warehouse,
        "select ticket_id, channel, cast(responded_at as varchar), duration_seconds from core.fct_survey_responses"
        " where response_id in ('R_01', 'R_06') order by response_id",
    )
    assert found == [
        ("T-1", "email", "2026-03-01 22:02:00+00", 120),
        (None, "web", "2026-03-06 22:02:00+00", 120),
    ]


@pytest.mark.parametrize("form", ["numbers", "words"])
def test_the_csv_export_gives_the_metrics_of_the_pages(warehouse, tmp_path, form):
    land_company(tmp_path / "landing", form)
    tables = ["metrics.metric_rows__surveys", "intermediate.int_survey_answers_scored", "core.fct_survey_responses"]
    needs = [table.partition(".")[2] for table in tables]
    with build(tmp_path, CRM, as_of=AS_OF, vars=SETTINGS, needs=needs) as connection:
        for table in tables:
            query = f"select * from {table} order by all"
            assert rows(connection, query) == rows(warehouse, query), table


def test_a_response_that_comes_again_with_fewer_answers_has_fewer(tmp_path):
    land_company(tmp_path / "landing")
    settings = {"vendors": ["qualtrics"]}
    build(tmp_path, as_of=AS_OF, vars=settings, needs=["fct_survey_answers"]).close()
    edited = {name: value for name, value in qualtrics_company.RESPONSES[0].items() if not name.startswith("QID2")}
    body = {"responses": [{"responseId": "R_01", "values": edited}]}
    qualtrics_company.land(tmp_path / "landing", "responses", body, name=f"{SURVEY}_2")
    tomorrow = LOADED_AT + timedelta(days=1)
    with build(tmp_path, as_of=AS_OF, vars=settings, loaded_at=tomorrow, needs=["fct_survey_answers"]) as connection:
        query = "select question_id from core.fct_survey_answers where response_id = 'R_01' order by 1"
        found = rows(connection, query)
        assert [question_id.partition(":")[2] for (question_id,) in found] == ["QID1", "QID3_TEXT", "QID4_1", "QID4_2"]


def test_a_setting_says_which_surveys_ask_about_a_transaction(tmp_path):
    land_company(tmp_path / "landing")
    settings = {"vendors": ["qualtrics"], "qualtrics_transactional_surveys": [SURVEY]}
    with build(tmp_path, as_of=AS_OF, vars=settings, needs=["fct_survey_responses"]) as connection:
        assert rows(connection, "select distinct programme from core.fct_survey_responses") == [("transactional",)]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "qualtrics") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("qualtrics", warehouse, tmp_path) == promised_outcomes("qualtrics")
