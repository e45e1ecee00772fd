"""Good extracts, spoiled at random: a small part of `python -m benchmarks.mutations`, with its rules."""

from __future__ import annotations

import json
from random import Random

import pytest

from benchmarks.extracts import HEAVY, LOADED_FORMATS, ROWS, Case, good_rows, random_case
from benchmarks.mutations import faults_of, shrunk


def light_cases(seed: int, count: int) -> list[Case]:
    """Cases without the damage that is dear to read."""
    random = Random(seed)
    found: list[Case] = []
    while len(found) < count:
        case = random_case(random)
        found += [] if {kind for kind, _ in case.steps} & {*HEAVY} else [case]
    return found


# Seeded and not drawn by hypothesis, which makes lists of like cases; what fails is made small by `shrunk`.
@pytest.mark.parametrize("seed", [1, 2])
def test_spoiled_files_lose_no_row_and_keep_no_other_file_away(seed):
    faults, outcomes = faults_of(light_cases(seed, 100))
    assert [shrunk(fault) for fault in faults] == []
    assert min(outcomes[outcome] for outcome in ("loaded", "loaded in part", "unreadable")) > 10


def test_what_nothing_spoiled_is_a_file_that_loads_whole_in_every_format(company):
    for kind in LOADED_FORMATS:
        company.deliver(f"desk_{kind}/tickets/a.{kind}", Case(kind).render()[1])
    for record in company.load():
        assert (record.rows_loaded, record.rows_quarantined, record.unknown_columns) == (ROWS, 0, ["colour"])
    found = company.query("select ticket_id, subject, count(*) from raw.generic__tickets group by all order by 1")
    assert found == [(row["ticket_id"], row["subject"] or None, len(LOADED_FORMATS)) for row in good_rows()]


BROKEN = {
    "a.json": (b'[{"ticket_id": "t1"}, {"ticket_id": }]', "the file is not sound JSON: Malformed JSON in the file"),
    "a.parquet": (
        Case("parquet").render()[1][:-20],
        "the file is not sound Parquet: No magic bytes found at end of the",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_said_without_our_paths_and_duckdbs_kinds_of_error(company, name):
    content, sentence = BROKEN[name]
    company.deliver(f"desk/tickets/{name}", content)
    assert company.load_one().message.startswith(sentence)
    assert not any(word in company.load_one().message for word in ("Error", "/tmp", "file the file", "recordthe"))


@pytest.mark.parametrize(("name", "status"), [("a.jsonl", "loaded"), ("a.json", "unreadable")])
def test_a_fault_of_which_duckdb_cuts_its_words_within_a_character_is_told_as_any_other(company, name, status):
    """Found by ten thousand files: Python cannot read such a message of DuckDB, and raised that in its place."""
    record = json.dumps(good_rows()[0])
    # DuckDB cites some hundred bytes: of characters of three bytes it cuts through one in most of these lines.
    broken = [f"{{{'x' * length}“ticket_id“: “{'“' * 200}“}}" for length in range(6)]
    content = "\n".join([record, *broken]) if name == "a.jsonl" else f"[{record}, {', '.join(broken)}]"
    company.deliver(f"desk/tickets/{name}", content.encode())
    loaded = company.load_one()
    assert loaded.status == status
    if status == "loaded":
        assert (loaded.rows_loaded, loaded.rows_quarantined) == (1, len(broken))
    else:
        assert loaded.message.startswith("the file is not sound JSON: ")
