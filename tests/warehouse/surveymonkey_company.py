"""A company that asks its customers with SurveyMonkey: one survey, two collectors, ten responses.

The records have the shapes of SurveyMonkey's documentation (its pages are linked in the source's README): lists of
surveys, collectors and contacts, the details of a survey, bulk responses. The NPS question is the one of the question
bank. The responses come as pages of the API, or as the export of all responses with its two header rows. What stands
for an outcome is a payload (`tests/ingest/sources/payloads/surveymonkey`).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-03-31"
SURVEY = "318754279"
WEB, MAIL = "415838011", "415837773"
SATISFACTION = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]
GOODS = ["Tea", "Coffee", "Cake"]
#: What the settings of the warehouse say of the questions: one row of the matrix is about effort, the other is not.
METRICS = {"csat": ["302"], "ces": ["304_44"], "fcr": [306]}

Record = dict[str, Any]


documented = partial(documentation.records, "surveymonkey")
SURVEYS = documented("survey_listed.json")
[DETAILS] = documented("survey_of_every_kind_of_question.json")
QUESTIONS = DETAILS["pages"][0]["questions"]
COLLECTORS = documented("collectors_of_a_link_and_of_mails.json")
CONTACTS = documented("contact.json")


def response(number: int, nps: int | None, csat: int, *, easy: int = 7, goods: str = "", **fields: Any) -> Record:
    """A response of the March day of that number; `csat` is the place of the choice, `goods` those of the goods."""
    started_at = datetime(2026, 3, number, 22, tzinfo=UTC)
    answers = [
        ("301", [{"row_id": "41", "choice_id": str(5000 + nps), "choice_metadata": {"weight": "0"}}] if nps else []),
        ("302", [{"row_id": "42", "choice_id": str(5100 + csat)}]),
        ("303", [{"tag_data": [], "text": f"Reason {number}\nin two lines"}]),
        ("304", [{"row_id": "44", "choice_id": str(5200 + easy)}, {"row_id": "45", "choice_id": "5204"}]),
        ("305", [{"choice_id": str(5300 + int(place))} for place in goods]),
        ("306", [{"choice_id": "5401" if number % 2 else "5402"}]),
        ("307", [{"text": str(10 + number)}]),
    ]
    if nps == 0:
        answers[0] = ("301", [{"row_id": "41", "choice_id": "5000"}])
    return {
        "id": f"1337{number:04}",
        "survey_id": SURVEY,
        "collector_id": MAIL if number < 5 else WEB,
        "recipient_id": "",
        "collection_mode": "default",
        "response_status": "completed",
        "custom_value": "",
        "first_name": "",
        "last_name": "",
        "email_address": "",
        "ip_address": "192.0.2.1",
        "logic_path": {},
        "metadata": {"contact": {}},
        "page_path": [],
        "custom_variables": {},
        "total_time": 120,
        "date_created": f"{started_at:%Y-%m-%dT%H:%M:%S}+00:00",
        "date_modified": f"{started_at + timedelta(seconds=120):%Y-%m-%dT%H:%M:%S}+00:00",
        "pages": [{"id": "201", "questions": [{"id": name, "answers": given} for name, given in answers if given]}],
        **fields,
    }


RESPONSES = [
    *documented("response_complete_about_a_ticket.json"),
    response(2, 9, 4, goods="3"),
    response(3, 9, 5),
    response(4, 8, 3),
    response(5, 7, 4, easy=5),
    response(6, 6, 2, easy=4),
    response(7, 0, 1, easy=1),
    *documented("response_partial.json"),
    *documented("response_of_a_preview.json"),
    response(10, None, 6),
]


def export_rows() -> list[list[str]]:
    """Rows of the export of all but the first of the responses that are complete and no preview."""
    texts = {one["id"]: one["text"] for entry in QUESTIONS for one in entry.get("answers", {}).get("choices", [])}
    lines = []
    for one in RESPONSES[1:]:
        if one["response_status"] != "completed" or one["collection_mode"] != "default":
            continue
        given = {entry["id"]: entry["answers"] for entry in one["pages"][0]["questions"]}
        chosen = {(name, each.get("row_id", "")): each for name, answers in given.items() for each in answers}

        def words(name: str, row_id: str, chosen: Any = chosen) -> str:
            each = chosen.get((name, row_id), {})
            return str(each.get("text") or texts.get(each.get("choice_id"), ""))

        goods = {texts.get(each.get("choice_id")) for each in given.get("305", [])}
        instants = [datetime.fromisoformat(one[name]) for name in ("date_created", "date_modified")]
        lines.append(
            [
                one["id"],
                one["collector_id"],
                *(f"{instant:%m/%d/%Y %I:%M:%S %p}" for instant in instants),
                one["ip_address"],
                "",
                "",
                "",
                "",
                one["custom_variables"].get("ticket_id", ""),
                words("301", "41"),
                words("302", "42"),
                words("303", ""),
                words("304", "44"),
                words("304", "45"),
                *(name if name in goods else "" for name in GOODS),
                "",
                words("306", ""),
                words("307", ""),
            ]
        )
    return lines


def export_csv() -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(export_rows())
    return documentation.text("surveymonkey", "response_file_two_header_rows.csv") + stream.getvalue()


def listed(*records: Record) -> Record:
    """A page of one of SurveyMonkey's lists."""
    return {"data": list(records), "per_page": 1000, "page": 1, "total": len(records), "links": {"self": "x"}}


def land(landing: Path, source: str, entity: str, *bodies: Record) -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "1.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, body in enumerate(bodies, start=1):
            url = f"https://api.surveymonkey.com/v3/surveys/{SURVEY}/{entity}"
            page = {"request": {"url": url}, "number": number, "status": 200, "body": body}
            file.write(json.dumps(page) + "\n")


def land_company(landing: Path, source: str = "surveymonkey", *, as_export: bool = False) -> None:
    """Everything; the responses as pages of the API, or as the export."""
    land(landing, source, "surveys", listed(*SURVEYS))
    land(landing, source, "survey_details", DETAILS)
    land(landing, source, "collectors", listed(*COLLECTORS))
    if not as_export:
        land(landing, source, "contacts", listed(*CONTACTS))
        land(landing, source, "responses", listed(*RESPONSES[:6]), listed(*RESPONSES[6:]))
        return
    folder = landing / source / "responses"
    folder.mkdir(parents=True)
    (folder / f"survey_{SURVEY}.csv").write_text(export_csv(), encoding="utf-8", newline="")
