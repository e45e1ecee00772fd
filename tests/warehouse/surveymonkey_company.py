"""A company that asks its customers with SurveyMonkey: one survey, two collectors, ten responses.

The records have the shapes of SurveyMonkey's documentation (its pages are linked in the source's README): lists of
surveys, collectors and contacts, the details of a survey, bulk responses. The NPS question is the one of the question
bank. The responses come as pages of the API, or as the export of all responses with its two header rows.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

AS_OF = "2026-03-31"
SURVEY = "318754279"
WEB, MAIL = "415838011", "415837773"
SATISFACTION = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]
GOODS = ["Tea", "Coffee", "Cake"]
#: What the settings of the warehouse say of the questions: one row of the matrix is about effort, the other is not.
METRICS = {"csat": ["302"], "ces": ["304_44"], "fcr": [306]}

Record = dict[str, Any]


def choices(first_id: int, *texts: str, weights: list[int] | None = None, **fields: Any) -> list[Record]:
    """Choices with ids that follow each other, in their order."""
    return [
        {"position": place, "visible": True, "text": text, "id": str(first_id + place - 1)}
        | ({"weight": weights[place - 1], "is_na": False, "description": ""} if weights else {})
        | fields
        for place, text in enumerate(texts, start=1)
    ]


def question(number: int, heading: str, family: str, subtype: str, **fields: Any) -> Record:
    return {
        "id": str(number),
        "position": number - 300,
        "visible": True,
        "family": family,
        "subtype": subtype,
        "sorting": None,
        "required": None,
        "validation": None,
        "forced_ranking": False,
        "headings": [{"heading": heading}],
        **fields,
    }


def row(number: int, text: str) -> Record:
    return {"id": str(number), "position": 1, "visible": True, "text": text}


NPS_TEXTS = ["Not at all likely - 0", *(str(number) for number in range(1, 10)), "Extremely likely - 10"]
NPS_WEIGHTS = [-100] * 7 + [0] * 2 + [100] * 2
NOT_APPLICABLE = choices(5106, "Does not apply", is_na=True, weight=0)[0] | {"position": 6}
QUESTIONS = [
    question(
        301,
        "How likely are you to <strong>recommend</strong>&nbsp;us?",
        "matrix",
        "rating",
        answers={"rows": [row(41, "")], "choices": choices(5000, *NPS_TEXTS, weights=NPS_WEIGHTS)},
    ),
    question(
        302,
        "How satisfied are you?",
        "matrix",
        "rating",
        display_options={"display_type": "emoji", "display_subtype": "star"},
        answers={
            "rows": [row(42, "")],
            "choices": [*choices(5101, *SATISFACTION, weights=[1, 2, 3, 4, 5]), NOT_APPLICABLE],
        },
    ),
    question(303, "Why?", "open_ended", "essay"),
    question(
        304,
        "How easy was it",
        "matrix",
        "rating",
        answers={
            "rows": [row(44, "to reach us"), row(45, "to pay")],
            "choices": choices(5201, *(f"Point {number}" for number in range(1, 8)), weights=[1, 2, 3, 4, 5, 6, 7]),
        },
    ),
    question(
        305,
        "What did you buy?",
        "multiple_choice",
        "vertical",
        answers={
            "choices": choices(5301, *GOODS),
            "other": {"id": "5399", "position": 0, "visible": True, "text": "Other (please specify)"},
        },
    ),
    question(306, "Was it solved?", "single_choice", "vertical", answers={"choices": choices(5401, "Yes", "No")}),
    question(
        307,
        "How warm is our shop?",
        "open_ended",
        "single",
        display_options={"display_type": "slider"},
        validation={"type": "integer", "min": 0, "max": 50},
    ),
    question(308, "Thank you.", "presentation", "descriptive_text"),
]
SURVEYS = [{"id": SURVEY, "title": "How are we doing?", "nickname": "", "date_modified": "2026-01-10T08:00:00"}]
DETAILS = {
    "id": SURVEY,
    "title": "How are we doing?",
    "nickname": "",
    "language": "en",
    "category": "",
    "question_count": len(QUESTIONS),
    "page_count": 1,
    "date_created": "2026-01-01T08:00:00",
    "date_modified": "2026-01-10T08:00:00",
    "is_owner": True,
    "custom_variables": {"ticket_id": "Ticket"},
    "pages": [{"id": "201", "title": "", "position": 1, "question_count": len(QUESTIONS), "questions": QUESTIONS}],
}
COLLECTORS = [
    {"id": WEB, "name": "Web Link 1", "type": "weblink", "status": "open"},
    {"id": MAIL, "name": "E-mail 1", "type": "email", "status": "closed"},
]
CONTACTS = [{"id": "c1", "first_name": "Ana", "last_name": "Cruz", "email": "ana@example.com"}]


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
    if number == 1:
        answers[4][1].append({"other_id": "5399", "text": "Juice"})
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
    response(1, 10, 5, goods="12", email_address="Ana@example.com", custom_variables={"ticket_id": "T-1"}),
    response(2, 9, 4, goods="3"),
    response(3, 9, 5),
    response(4, 8, 3),
    response(5, 7, 4, easy=5),
    response(6, 6, 2, easy=4),
    response(7, 0, 1, easy=1),
    response(8, 10, 5, response_status="partial"),
    response(9, 10, 5, collection_mode="survey_preview"),
    response(10, None, 6),
]

#: The two header rows of the export: what is above, and what is below. A question stands above its first column only.
_COLUMNS = [
    ("Respondent ID", ""),
    ("Collector ID", ""),
    ("Start Date", ""),
    ("End Date", ""),
    ("IP Address", ""),
    ("Email Address", ""),
    ("First Name", ""),
    ("Last Name", ""),
    ("Custom Data 1", ""),
    ("ticket_id", ""),
    ("How likely are you to recommend us?", ""),
    ("How satisfied are you?", "Response"),
    ("Why?", "Open-Ended Response"),
    ("How easy was it", "to reach us"),
    ("", "to pay"),
    ("What did you buy?", "Tea"),
    ("", "Coffee"),
    ("", "Cake"),
    ("", "Other (please specify)"),
    ("Was it solved?", "Response"),
    ("How warm is our shop?", "Open-Ended Response"),
]


def export_rows(email: str) -> list[list[str]]:
    """The export of the responses that are complete and no preview, its header rows first."""
    texts = {one["id"]: one["text"] for entry in QUESTIONS for one in entry.get("answers", {}).get("choices", [])}
    lines = [[above for above, _ in _COLUMNS], [below for _, below in _COLUMNS]]
    for one in RESPONSES:
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
                email if one["email_address"] else "",
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
                "Juice" if one["id"].endswith("0001") else "",
                words("306", ""),
                words("307", ""),
            ]
        )
    return lines


def export_csv(email: str = "bea@example.com") -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(export_rows(email))
    return stream.getvalue()


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
