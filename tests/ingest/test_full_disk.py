"""A disk that is full is no fault of the delivery: the load fails as a whole, and the next one goes on with it."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

from ingest.full_disk import advised

ROWS = 20_000

# Files of this process cannot grow beyond so many bytes: as on a full disk, what is small can still be written.
LOAD = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.full_disk import LakeError
from ingest.loader import load_landing
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
home = Path(sys.argv[1])
try:
    load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=datetime(2026, 6, 1, tzinfo=UTC))
except LakeError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
def test_a_full_disk_ends_the_load_with_a_sentence_and_the_next_one_loads(company, name):
    emails = [f"x{number * 7919}@example.com" for number in range(ROWS)]
    if name == "a.jsonl":
        text = "".join(f'{{"contact_id": "{number}", "email": "{email}"}}\n' for number, email in enumerate(emails))
    else:
        text = "contact_id,email\n" + "".join(f"{number},{email}\n" for number, email in enumerate(emails))
    company.deliver(f"crm/contacts/{name}", gzip.compress(text.encode()) if name.endswith("gz") else text)
    company.deliver("crm/contacts/b.csv", "contact_id\n-1\n")
    program = [sys.executable, "-c", LOAD, str(company.home), "30000"]
    outcome = subprocess.run(program, capture_output=True, text=True, check=False)
    assert outcome.stdout.startswith(f"the lake in {company.lake} cannot be written (File too large): "), outcome
    assert outcome.stderr == ""
    assert [(record.status, record.rows_loaded) for record in company.load()] == [("loaded", ROWS), ("loaded", 1)]
    assert not list(company.lake.glob(".work-*"))


@pytest.mark.parametrize(
    ("sentence", "is_full"),
    [
        ("OSError: [Errno 28] No space left on device", True),
        ('core.fct_orders could not be built: IO Error: Could not write file "x": No space left on device', True),
        ("(sqlite3.OperationalError) database or disk is full", True),
        ("(sqlite3.OperationalError) no such table: runs", False),
        (
            "core.fct_x could not be built: Conversion Error: Could not convert 'No space left on device' to INT32",
            False,
        ),
    ],
)
def test_a_full_disk_is_told_by_its_kind_of_error_and_not_by_words_that_a_row_may_hold(sentence, is_full):
    told = advised(sentence, "/home")
    assert told.startswith("/home cannot be written (") if is_full else told == sentence
