"""Qualtrics' response exports: three header rows, columns of any name, the survey's id in the name of the file."""

from __future__ import annotations

import json

import pytest

HEADER = "StartDate,RecordedDate,ResponseId,Finished,Q1,Q1_NPS_GROUP,Q4\n"
TEXTS = '"Start, local","Recorded Date","Response ID",Finished,"How likely\nare you?","Group","All of them - First"\n'
IDS = (
    '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}",'
    '"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}",'
    '"{""ImportId"":""_recordId""}","{""ImportId"":""finished""}","{""ImportId"":""QID1""}",'
    '"{""ImportId"":""QID1_NPS_GROUP""}","{""ImportId"":""QID4"",""choiceId"":""1""}"\n'
)
ROWS = "2026-01-10 08:00:00,2026-01-10 08:05:00,R_1,True,10,3,1\n2026-07-10 08:00:00,2026-07-10 08:05:00,R_2,0,,,\n"
PATH = "qualtrics/responses/SV_0aB1.csv"
LOADED = (
    "select response_id, survey_id, recorded_at::varchar, finished, _extra, _row_number"
    " from raw.qualtrics__responses order by 1"
)
FROM_CSV = [
    ("R_1", "SV_0aB1", "2026-01-10 15:05:00+00", True, '{"qid1":"10","qid1_nps_group":"3","qid4_1":"1"}', 5),
    ("R_2", "SV_0aB1", "2026-07-10 14:05:00+00", False, None, 6),
]


def test_two_header_rows_are_no_rows_and_the_third_names_the_columns(company):
    company.deliver(PATH, HEADER + TEXTS + IDS + ROWS)
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined, record.message) == (2, 2, 0, "")
    assert record.unknown_columns == []
    assert company.query(LOADED) == FROM_CSV


def test_the_slower_reader_gives_the_same_rows(company):
    company.deliver(PATH, HEADER + TEXTS + IDS + ROWS + 'x,"y\n')
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (3, 2, 1)
    assert company.query(LOADED) == FROM_CSV


def test_a_broken_row_is_quarantined_with_its_line(company):
    company.deliver(PATH, HEADER + TEXTS + IDS + "2026-01-10 08:00:00,soon,R_1,True,10,3,1\n")
    record = company.load_one()
    assert (record.rows_read, record.rows_quarantined) == (1, 1)
    assert company.query('select row_number, "column", value from restricted.quarantined_rows') == [
        (5, "recorded_at", "soon")
    ]


def test_an_export_without_responses_is_empty(company):
    company.deliver(PATH, HEADER + TEXTS + IDS)
    record = company.load_one()
    assert (record.status, record.rows_read) == ("loaded", 0)


def test_a_file_with_one_header_row_is_read_as_it_is(company):
    company.deliver(PATH, "ResponseId,RecordedDate,QID1\nR_1,2026-01-10 08:05:00,10\nR_2,2026-01-10 08:05:00,9\n")
    company.load_one()
    assert company.query(LOADED) == [
        ("R_1", "SV_0aB1", "2026-01-10 08:05:00+00", None, '{"qid1":"10"}', 2),
        ("R_2", "SV_0aB1", "2026-01-10 08:05:00+00", None, '{"qid1":"9"}', 3),
    ]


def test_an_unknown_time_zone_makes_the_file_unreadable(company):
    company.deliver(PATH, HEADER + TEXTS + IDS.replace("America/Denver", "Mars/Olympus") + ROWS)
    record = company.load_one()
    assert (record.status, record.message) == (
        "unreadable",
        "the third header row names a time zone that does not exist",
    )


def test_header_rows_of_this_kind_mean_nothing_to_other_sources(company):
    ids = '"{""ImportId"":""a""}","{""ImportId"":""b""}"\n'
    company.deliver("shop/contacts/1.csv", "contact_id,email\nId,E-mail\n" + ids)
    assert company.load_one().rows_read == 2


def test_a_file_that_does_not_say_its_survey_waits_for_a_better_name(company):
    path = company.deliver("qualtrics/responses/export.csv", HEADER + TEXTS + IDS + ROWS)
    record = company.load_one()
    assert record.status == "unreadable"
    assert record.message == (
        "neither a column nor the name of the file gives survey_id: give the file a name with it (as the regular "
        "expression SV_[0-9A-Za-z]+ finds it)"
    )
    path.rename(path.with_name("How are we doing SV_0aB1 January.csv"))
    assert company.load_one().rows_loaded == 2


def test_a_column_says_the_survey_before_the_name_does(company):
    company.deliver(PATH, "ResponseId,RecordedDate,surveyId\nR_1,2026-01-10T08:05:00Z,SV_other\n")
    company.load_one()
    assert company.query("select survey_id from raw.qualtrics__responses") == [("SV_other",)]


RESPONSES = [
    {
        "responseId": "R_1",
        "values": {"recordedDate": "2026-01-10T15:05:00Z", "_recordId": "R_1", "finished": 1, "QID1": 9, "QID9": ["2"]},
        "labels": {"finished": "True"},
        "displayedFields": ["QID1"],
        "displayedValues": {"QID1": [9, 10]},
    },
    {"responseId": "R_2", "values": {"recordedDate": "2026-01-10T15:05:00Z", "finished": 0, "QID1": None}},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("SV_0aB1.json", json.dumps({"responses": RESPONSES})),
        ("SV_0aB1.jsonl", "".join(json.dumps(record) + "\n" for record in RESPONSES)),
        ("SV_0aB1.pages.jsonl", json.dumps({"number": 1, "status": 200, "body": {"responses": RESPONSES}}) + "\n"),
    ],
)
def test_values_of_a_json_export_are_columns(company, name, content):
    company.deliver(f"qualtrics/responses/{name}", content)
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.unknown_columns) == (2, 2, [])
    assert company.query(LOADED) == [
        ("R_1", "SV_0aB1", "2026-01-10 15:05:00+00", True, '{"_recordid":"R_1","qid1":"9","qid9":"[\\"2\\"]"}', 1),
        ("R_2", "SV_0aB1", "2026-01-10 15:05:00+00", False, None, 2),
    ]
    assert company.query("select labels, displayed_fields from raw.qualtrics__responses order by 1 nulls last") == [
        ('{"finished":"True"}', '["QID1"]'),
        (None, None),
    ]


def test_a_line_of_a_json_export_that_is_no_record_is_quarantined(company):
    company.deliver("qualtrics/responses/SV_0aB1.jsonl", json.dumps(RESPONSES[0]) + "\nbroken\n")
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (2, 1, 1)


def test_a_page_may_hold_one_record(company):
    definition = {"SurveyID": "SV_1", "SurveyName": "One", "Questions": {"QID1": {"QuestionType": "DB"}}}
    page = {"result": definition, "meta": {"httpStatus": "200 - OK"}}
    company.deliver("qualtrics/survey_definitions/SV_1.json", json.dumps(page))
    line = json.dumps({"number": 1, "status": 200, "body": {**page, "result": {**definition, "SurveyID": "SV_2"}}})
    company.deliver("qualtrics/survey_definitions/1.pages.jsonl", line + "\n")
    assert [record.unknown_columns for record in company.load()] == [[], []]
    query = "select survey_id, survey_name, questions from raw.qualtrics__survey_definitions order by 1"
    assert company.query(query) == [
        ("SV_1", "One", '{"QID1":{"QuestionType":"DB"}}'),
        ("SV_2", "One", '{"QID1":{"QuestionType":"DB"}}'),
    ]
