"""The real data folders load whole: no row is lost and none is quarantined."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("CX360_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))

#: Rows of each file, counted as its records without the header.
ROWS = {
    "cdnow_sample": {"contacts": 2_357, "orders": 6_919},
    "fake_1000": {"contacts": 1_000},
    "febrl1": {"contacts": 1_000},
    "febrl4": {"contacts": 10_000},
    "ibm_telco": {"contacts": 7_043, "subscriptions": 7_043},
    "incidents_head": {"contacts": 639, "ticket_events": 4_320, "tickets": 890},
    "nps_channels": {
        "contacts": 6_043,
        "survey_answers": 6_043,
        "survey_questions": 1,
        "survey_responses": 6_043,
        "surveys": 1,
    },
    "nps_retail_fr": {
        "contacts": 13_954,
        "survey_answers": 31_344,
        "survey_questions": 3,
        "survey_responses": 13_954,
        "surveys": 1,
    },
}


@pytest.mark.parametrize("name", ROWS)
def test_real_data_loads_whole(company, name):
    folder = REAL_DATA / name / "landing"
    if not folder.exists():
        pytest.skip(f"{folder.name} of {name} is not there; set CX360_REAL_DATA")
    shutil.copytree(folder, company.landing, copy_function=shutil.copyfile)
    records = company.load()
    assert {record.entity: record.rows_loaded for record in records} == ROWS[name]
    assert [record.rows_quarantined for record in records] == [0] * len(records)
    assert [record.message for record in records] == [""] * len(records)
