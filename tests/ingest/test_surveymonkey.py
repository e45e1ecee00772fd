"""SurveyMonkey's export of all responses: two header rows, American instants, the survey's id in the file's name."""

from __future__ import annotations

import io

import openpyxl
import pytest

from ingest.second_header import header_of

ABOVE = 'Respondent ID,Collector ID,Start Date,End Date,Email Address,"How likely\nare you?",How easy was it,,Why?\n'
BELOW = ",,,,,,to reach us,to pay,Open-Ended Response\n"
ROWS = "13,41,03/05/2026 06:05:46 PM,2026-03-05 18:06:00,a@example.com,10,Point 7,,\n"
PATH = "surveymonkey/responses/Customers survey_318754279 2026-03-31.csv"
LOADED = (
    "select id, survey_id, collector_id, started_at::varchar, updated_at::varchar, email_address, _extra"
    " from raw.surveymonkey__responses"
)
RESPONSE = (
    "13",
    "318754279",
    "41",
    "2026-03-05 18:05:46+00",
    "2026-03-05 18:06:00+00",
    "a@example.com",
    '{"how likely\\nare you?":"10","how easy was it | to reach us":"Point 7"}',
)


def test_the_second_header_row_is_no_row_and_completes_the_names(company):
    company.deliver(PATH, ABOVE + BELOW + ROWS)
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.unknown_columns) == (1, 1, [])
    assert company.query(LOADED) == [RESPONSE]
    assert company.query("select _row_number from raw.surveymonkey__responses") == [(4,)]


def test_a_workbook_gives_the_same_rows(company):
    workbook = openpyxl.Workbook()
    above, below, rows = (
        text.replace('"How likely\nare you?"', "How likely?").split(",") for text in (ABOVE, BELOW, ROWS)
    )
    for cells in (above[:8], below, rows):  # the last question has nothing above its column
        workbook.active.append([cell.strip() or None for cell in cells])
    stream = io.BytesIO()
    workbook.save(stream)
    company.deliver(PATH.replace(".csv", ".xlsx"), stream.getvalue())
    assert company.load_one().rows_loaded == 1
    [found] = company.query(LOADED)
    assert found[:6] == RESPONSE[:6]
    assert found[6] == '{"how likely?":"10","how easy was it | to reach us":"Point 7"}'


def test_a_file_that_does_not_say_its_survey_waits_for_a_better_name(company):
    company.deliver("surveymonkey/responses/Customers.csv", ABOVE + BELOW + ROWS)
    assert company.load_one().message.startswith("neither a column nor the name of the file gives survey_id")


def test_an_instant_in_another_form_is_quarantined(company):
    company.deliver(PATH, ABOVE + BELOW + ROWS + ROWS.replace("03/05/2026", "31/12/2026"))
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined) == (1, 1)


KNOWN = {"respondent id", "email address"}


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (["Respondent ID", "Why?"], ["", "Open-Ended Response"], ["Respondent ID", "Why? | Open-Ended Response"]),
        # A question may have the words of a column.
        (
            ["Respondent ID", "Email Address", "Email Address"],
            ["", "", "Open-Ended Response"],
            ["Respondent ID", "Email Address", "Email Address | Open-Ended Response"],
        ),
        # Nothing stands above the last columns of a question, and nothing at all at the end of a sheet.
        (["Respondent ID", "Tea?"], ["", "green", "black"], ["Respondent ID", "Tea? | green", "Tea? | black"]),
        # Records, or nothing: there is one header row.
        (["Respondent ID", "Why?"], ["13", "Because"], None),
        (["Respondent ID", "Why?"], ["", ""], None),
        (["Something", "Else"], ["", "x"], None),
    ],
)
def test_the_names_of_two_header_rows(first, second, names):
    found = header_of(first, second, KNOWN)
    assert (found and found.names) == names
