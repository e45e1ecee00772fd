"""SurveyMonkey's own records become surveys, responses and answers of the warehouse, in whatever form.

Two accounts stand side by side in one warehouse: one as pages of the API, one as export files.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.matrix import differences
from tests.warehouse.surveymonkey_company import AS_OF, METRICS, SURVEY, land_company

CRM = {"crm/contacts": [{"contact_id": "c9", "first_name": "Anita", "email": "ana@example.com"}]}
SOURCES = ("surveymonkey", "surveymonkey_files")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("surveymonkey")
    land_company(home / "landing")
    land_company(home / "landing", "surveymonkey_files", as_export=True)
    settings = {"vendors": ["surveymonkey"], "surveymonkey_question_metrics": METRICS}
    with build(home, CRM, as_of=AS_OF, vars=settings) as connection:
        yield connection


def of_survey(warehouse: Any, name: str, source: str) -> tuple[int, float]:
    found = metric(warehouse, name, period_grain="all_time", dimension="survey", dimension_value=f"{source}:{SURVEY}")
    return found["n"], found["value"]


@pytest.mark.parametrize("source", SOURCES)
def test_nps_counts_complete_answers_on_its_scale(warehouse, source):
    # Counted: 10, 9, 9 | 8, 7 | 6, 0. Not counted: the partial 10 and the 10 of a preview.
    assert of_survey(warehouse, "nps", source) == (7, pytest.approx(100 * (3 - 2) / 7))


@pytest.mark.parametrize("source", SOURCES)
def test_csat_is_a_question_that_the_setting_names(warehouse, source):
    # 5, 4, 5, 3, 4, 2, 1: four of seven are satisfied. The tenth response says that it does not apply.
    assert of_survey(warehouse, "csat", source) == (7, pytest.approx(100 * 4 / 7))


@pytest.mark.parametrize("source", SOURCES)
def test_ces_is_the_row_of_a_matrix_that_the_setting_names(warehouse, source):
    # 7, 7, 7, 7, 5 and the 7 of the tenth are easy (5 to 7 of 7), 4 and 1 are not.
    assert of_survey(warehouse, "ces", source) == (8, pytest.approx(100 * 6 / 8))


def test_reported_first_contact_resolution_is_the_first_of_two_choices(warehouse):
    # Yes of 1, 3, 5, 7; no of 2, 4, 6, 10.
    assert of_survey(warehouse, "fcr_reported", "surveymonkey") == (8, pytest.approx(50))


def test_questions_and_their_parts_have_scale_and_wording(warehouse):
    found = rows(
        warehouse,
        "select question_id, metric, scale, question_text from core.dim_survey_questions"
        " where source_system = 'surveymonkey' order by 1",
    )
    assert found == [
        ("301_41", "nps", "0-10", "How likely are you to recommend us?"),
        ("302_42", "csat", "1-5", "How satisfied are you?"),
        ("303", "text", None, "Why?"),
        ("304_44", "ces", "1-7", "How easy was it - to reach us"),
        ("304_45", "text", None, "How easy was it - to pay"),
        ("305", "text", None, "What did you buy?"),
        ("305_other", "text", None, "What did you buy? - Other (please specify)"),
        ("306", "fcr", "1-2", "Was it solved?"),
        ("307", "text", None, "How warm is our shop?"),
    ]


def test_answers_have_the_number_and_the_words_of_their_choice(warehouse):
    found = rows(
        warehouse,
        "select question_id, value_number, value_text from intermediate.int_survey_answers_scored"
        " where source_system = 'surveymonkey' and response_id = '13370001' order by 1",
    )
    assert found == [
        ("301_41", 10.0, "Extremely likely - 10"),
        ("302_42", 5.0, "Very satisfied"),
        ("303", None, "Reason 1\nin two lines"),
        ("304_44", 7.0, "Point 7"),
        ("304_45", 4.0, "Point 4"),
        ("305", None, "Tea, Coffee"),
        ("305_other", None, "Juice"),
        ("306", 1.0, "Yes"),
        ("307", 11.0, "11"),
    ]


def test_an_answer_that_does_not_count_says_why(warehouse):
    found = rows(
        warehouse,
        "select response_id, exclusion_reason, value_number from intermediate.int_survey_answers_scored"
        " where source_system = 'surveymonkey' and question_id = '302_42' and exclusion_reason is not null order by 1",
    )
    assert found == [
        ("13370008", "incomplete", 5.0),
        ("13370009", "test_response", 5.0),
        ("13370010", "no_answer", None),
    ]


def test_the_export_gives_the_answers_of_the_pages(warehouse):
    def answers(source: str) -> list[tuple[Any, ...]]:
        return rows(
            warehouse,
            "select response_id, question_id, value_number, value_text, metric, channel, responded_at, exclusion_reason"
            " from intermediate.int_survey_answers_scored"
            f" where source_system = '{source}' and response_id not in ('13370008', '13370009') order by 1, 2",
        )

    from_pages, from_export = (answers(source) for source in SOURCES)
    assert len(from_pages) == 8 * 7 + 2
    assert from_export == from_pages


def test_a_respondent_whose_e_mail_another_source_knows_is_its_customer(warehouse):
    found = rows(
        warehouse,
        "select distinct records.source_system, records.source_id"
        " from core.fct_survey_responses as responses"
        " inner join core.dim_identity_map as records using (customer_id)"
        " where responses.response_id = '13370001' and records.entity = 'contacts' order by 1",
    )
    assert found == [("crm", "c9"), ("surveymonkey", "c1")]


def test_a_response_knows_its_ticket_channel_and_instant(warehouse):
    found = rows(
        warehouse,
        "select response_id, ticket_id, channel, cast(responded_at as varchar), duration_seconds"
        " from core.fct_survey_responses where response_id in ('13370001', '13370006') order by source_system, 1",
    )
    one = [
        ("13370001", "T-1", "email", "2026-03-01 22:02:00+00", 120),
        ("13370006", None, "web", "2026-03-06 22:02:00+00", 120),
    ]
    assert found == one * 2


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "surveymonkey") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("surveymonkey", warehouse, tmp_path) == promised_outcomes("surveymonkey")
