"""A company that asks its customers with Qualtrics: one survey, its sending, and ten responses.

The records have the shapes of Qualtrics' documentation: lists of surveys and distributions, a survey definition, the
history of a distribution, directory contacts. The responses come in each form of the response export: pages of JSON,
and the CSV with three header rows, of numbers or of words. What stands for an outcome is a payload
(`tests/ingest/sources/payloads/qualtrics`).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.ingest.sources.documented import records as documented_records
from tests.ingest.sources.documented import text

AS_OF = "2026-03-31"
SURVEY = "SV_0abcDEF1234"
documented = partial(documented_records, "qualtrics")
SATISFACTION = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]

[DEFINITION] = documented("survey_of_every_kind_of_question_in_two_languages.json")
SURVEYS = documented("survey_active.json")
#: One response of the JSON export, and one of the file that people export.
[EXPORTED] = documented("response_complete_about_a_ticket.json")
PREVIEW = text("qualtrics", "response_file_of_a_preview_with_three_header_rows.csv")


def response(number: int, nps: int, csat: int, language: str = "EN", **values: Any) -> dict[str, Any]:
    """The `values` of a response; the keys are those of Qualtrics."""
    started_at = datetime(2026, 3, number, 22)
    return {
        "startDate": f"{started_at:%Y-%m-%dT%H:%M:%SZ}",
        "endDate": f"{started_at + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}",
        "status": 0,
        "ipAddress": "192.0.2.1",
        "progress": 100,
        "duration": 120,
        "finished": 1,
        "recordedDate": f"{started_at + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}",
        "_recordId": f"R_{number:02}",
        "recipientEmail": None,
        "externalDataReference": None,
        "distributionChannel": "email",
        "userLanguage": language,
        "QID1": nps,
        "QID1_NPS_GROUP": 3 if nps >= 9 else 2 if nps >= 7 else 1,
        "QID2": csat,
        "QID3_TEXT": f"Reason {number}\nin two lines",
        "QID4_1": 7,
        "QID4_2": 4,
        "ticket_id": None,
        **values,
    }


RESPONSES = [
    response(1, 10, 5) | EXPORTED["values"],
    response(2, 9, 4, "ES", externalDataReference="X-2"),
    response(3, 9, 5),
    response(4, 8, 3),
    response(5, 7, 4, "ES"),
    response(6, 6, 2, distributionChannel="anonymous"),
    response(7, 0, 1, "ES", distributionChannel="anonymous"),
    response(8, 10, 5, finished=0, progress=60),
    response(9, 10, 5, status=1, distributionChannel="preview"),
    response(10, -99, 6, distributionChannel="anonymous"),
]

DISTRIBUTIONS = documented("invitation_with_a_reminder.json")


def sent(contact: int, status: str, number: int | None = None, **fields: Any) -> dict[str, Any]:
    """A row of the history of a distribution; `number` is that of the response."""
    return {
        "contactId": f"CID_{contact}",
        "contactLookupId": f"CGC_{contact}",
        "distributionId": "EMD_1",
        "status": status,
        "surveyLink": f"https://example.qualtrics.com/jfe/form/{SURVEY}?Q_CHL=email&Q_DL=EMD_1_CGC_{contact}",
        "responseId": f"R_{number:02}" if number else None,
        "responseStartedAt": RESPONSES[number - 1]["startDate"] if number else None,
        "responseCompletedAt": RESPONSES[number - 1]["endDate"] if number else None,
        "sentAt": "2026-03-01T10:00:00Z",
        "openedAt": None,
        **fields,
    }


HISTORY = [
    *documented("invitation_answered.json"),
    *(sent(number, "SurveyFinished", number) for number in range(2, 5)),
    sent(5, "Opened", openedAt="2026-03-01T11:00:00Z"),
    *documented("invitation_bounced.json"),
    sent(7, "Success"),
    sent(8, "SurveyPartiallyFinished", 8),
    sent(9, "Skipped"),
    *documented("invitation_answered_after_the_reminder.json"),
    sent(7, "Success", distributionId="EMD_2", sentAt="2026-03-04T10:00:00Z"),
]
CONTACTS = [
    {
        "contactId": "CID_1",
        "firstName": "Ana",
        "lastName": "Cruz",
        "email": "ana@example.com",
        "extRef": None,
        "embeddedData": {"country": "ES"},
    },
    *documented("contact_of_the_directory.json"),
]

# What this company keeps as embedded data, and the setting that says what it is.
CUSTOM_FIELDS = {
    "qualtrics": {
        "contacts": {"country": "embedded_data.country"},
        "survey_invitations": {"touchpoint": "embedded_data.place"},
    }
}

# Names in the first header row where they differ from those in the third.
_TAGS = {
    "_recordId": "ResponseId",
    "externalDataReference": "ExternalReference",
    "duration": "Duration (in seconds)",
    "QID1": "Q1",
    "QID1_NPS_GROUP": "Q1_NPS_GROUP",
    "QID2": "CSAT_visit",
    "QID3_TEXT": "Q3",
    "QID4_1": "CES_1",
    "QID4_2": "CES_2",
}
_WORDS: dict[str, Callable[[Any], Any]] = {
    "status": lambda value: "Survey Preview" if value == 1 else "IP Address",
    "finished": lambda value: "True" if value else "False",
    "QID1_NPS_GROUP": lambda value: ["Detractor", "Passive", "Promoter"][value - 1],
    "QID2": lambda value: [*SATISFACTION, "Does not apply"][value - 1],
    "QID4_1": lambda value: f"Point {value}",
    "QID4_2": lambda value: f"Point {value}",
}


def response_csv(*, words: bool = False, zone: str = "America/Denver") -> str:
    """The CSV export of the responses: its three header rows, and instants in the time zone of who exported."""
    columns = list(RESPONSES[0])
    ids = [{"ImportId": name, "timeZone": zone} if name.endswith("Date") else {"ImportId": name} for name in columns]
    rows = [
        [_TAGS.get(name, name[0].upper() + name[1:]) for name in columns],
        ["How likely are you\nto recommend us?" if name == "QID1" else f"Text of {name}" for name in columns],
        [json.dumps(entry, separators=(",", ":")) for entry in ids],
    ]
    for values in RESPONSES:
        cells = dict(values)
        for name in ("startDate", "endDate", "recordedDate"):
            instant = datetime.fromisoformat(cells[name]).astimezone(ZoneInfo(zone))
            cells[name] = f"{instant:%Y-%m-%d %H:%M:%S}"
        if words:
            cells |= {name: word(cells[name]) for name, word in _WORDS.items()}
        rows.append(["" if cells[name] is None else str(cells[name]) for name in columns])
    lines: list[str] = []
    csv.writer(_Lines(lines)).writerows(rows)
    return "".join(lines)


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line)


def response_pages() -> list[dict[str, Any]]:
    """The bodies of two JSON exports of the responses, without the preview."""
    records = [
        {
            "responseId": values["_recordId"],
            "values": {name: value for name, value in values.items() if value is not None},
            "labels": {name: word(values[name]) for name, word in _WORDS.items()},
            "displayedFields": ["QID1", "QID2", "QID3_TEXT", "QID4_1", "QID4_2"],
            "displayedValues": {"QID1": list(range(11))},
        }
        for values in RESPONSES[1:]
        if values["status"] == 0
    ]
    return [{"responses": [EXPORTED, *records[:5]]}, {"responses": records[5:]}]


def land(landing: Path, entity: str, *bodies: dict[str, Any], name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / "qualtrics" / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, body in enumerate(bodies, start=1):
            file.write(json.dumps({"number": number, "status": 200, "body": body}) + "\n")


def listed(*elements: dict[str, Any]) -> dict[str, Any]:
    """A page of one of Qualtrics' lists."""
    return {"result": {"elements": list(elements), "nextPage": None}, "meta": {"httpStatus": "200 - OK"}}


def land_company(landing: Path, form: str = "pages") -> None:
    """Everything; the responses as `pages` (the preview as a CSV), or all as a CSV of `numbers` or of `words`."""
    land(landing, "surveys", listed(*SURVEYS))
    land(landing, "survey_definitions", {"result": DEFINITION, "meta": {"httpStatus": "200 - OK"}})
    land(landing, "distributions", listed(*DISTRIBUTIONS))
    land(landing, "distribution_history", listed(*HISTORY[:5]), listed(*HISTORY[5:]))
    land(landing, "contacts", listed(*CONTACTS))
    if form == "pages":
        land(landing, "responses", *response_pages(), name=f"{SURVEY}_1")
        (landing / "qualtrics" / "responses" / f"{SURVEY}_2.csv").write_text(PREVIEW, encoding="utf-8", newline="")
        return
    folder = landing / "qualtrics" / "responses"
    folder.mkdir(parents=True)
    (folder / f"{SURVEY}.csv").write_text(response_csv(words=form == "words"), encoding="utf-8", newline="")
