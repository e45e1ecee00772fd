"""Whatever the bytes, loading ends without an exception and every row read is loaded or quarantined."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.lake import LoadedFile

BASE = (
    "ticket_id,channel,status,created_at,subject,tags,note\n"
    "t1,email,new,2026-06-01T10:00:00Z,plain,,\n"
    't2,phone,open,2026-06-02,"with, comma","[""a""]",x\n'
    't3,chat,solved,2026-06-03T00:00:00+02:00,"two\nlines",[],\n'
    't4,email,closed,2026-06-04 09:30,"a ""quoted"" word",,y\n'
    "t5,email,new,2026-06-05,Grüße 日本,,\n"
).encode()

PIECES = [
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\\",
    b"'",
    b"{",
    b"[",
    b"\n\n",
    b'",',
    b',"',
    b"nan",
    b"9999-99-99",
    b"\x1f",
    "é".encode(),
    b" ",
    b"-",
    b"ticket_id",
    b"\n,,,,,,\n",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(BASE)
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["insert", "delete", "repeat"])):
            case "insert":
                content[place:place] = draw(st.sampled_from(PIECES))
            case "delete":
                del content[place : place + draw(st.integers(1, 40))]
            case "repeat":
                content[place:place] = content[place : place + draw(st.integers(1, 60))]
    return bytes(content)


def load(company_class: type, files: dict[str, bytes]) -> dict[str, tuple[LoadedFile, list[tuple], int]]:
    """Loads the files into a lake of their own: record, (row number, first column) and count of quarantined rows."""
    with tempfile.TemporaryDirectory() as home:
        company = company_class(Path(home))
        for name, content in files.items():
            company.deliver(f"desk/tickets/{name}", content)
        records = company.load()
        loaded = company.query("select _file, _row_number, ticket_id from raw.generic__tickets order by all")
        quarantined = dict(
            company.query("select file, count(distinct row_number) from restricted.quarantined_rows group by 1")
        )
    return {
        Path(record.file).name: (
            record,
            [row[1:] for row in loaded if row[0] == record.file],
            quarantined.get(record.file, 0),
        )
        for record in records
    }


def assert_nothing_is_lost(record: LoadedFile, loaded: list[tuple], quarantined: int) -> None:
    assert record.status in ("loaded", "unreadable", "skipped")
    assert record.rows_read == record.rows_loaded + record.rows_quarantined
    assert (record.rows_loaded, record.rows_quarantined) == (len(loaded), quarantined)
    assert record.message or record.status == "loaded"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(mutated(), min_size=10, max_size=20, unique=True))
def test_mutated_csv_loses_no_row(company, contents):
    found = load(type(company), {f"{number}.csv": content for number, content in enumerate(contents)})
    assert len(found) == len(contents)
    for number, content in enumerate(contents):
        record, loaded, quarantined = found[f"{number}.csv"]
        assert_nothing_is_lost(record, loaded, quarantined)
        if record.status == "loaded" and b"\r" not in content:
            # Each loaded row is on the line on which it says it is.
            lines = content.decode("utf-8-sig").split("\n")
            for row_number, ticket_id in loaded:
                # A doubled quote is one quote inside quotes, and two elsewhere.
                line = lines[row_number - 1]
                assert ticket_id in line or ticket_id in line.replace('""', '"')


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_arbitrary_bytes_raise_nothing(company, content):
    endings = ["csv", "csv.gz", "tsv", "jsonl", "json", "parquet", "xlsx"]
    for record, loaded, quarantined in load(type(company), {f"a.{ending}": content for ending in endings}).values():
        assert_nothing_is_lost(record, loaded, quarantined)
        assert not loaded


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subjects=st.lists(texts, min_size=1, max_size=8), delimiter=st.sampled_from(",;\t|"))
def test_sound_csv_comes_back_as_written(company, subjects, delimiter):
    buffer = io.StringIO(newline="")
    # A carriage return without quotes around it ends a row; Python's writer does not quote it of itself.
    quoting = csv.QUOTE_ALL if any("\r" in text for text in subjects) else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=quoting)
    writer.writerow(["ticket_id", "channel", "status", "created_at", "subject"])
    writer.writerows([f"t{n}", "email", "new", "2026-06-01", text] for n, text in enumerate(subjects))
    with tempfile.TemporaryDirectory() as home:
        company = type(company)(Path(home))
        company.deliver("desk/tickets/a.csv", buffer.getvalue())
        record = company.load_one()
        found = company.query("select ticket_id, subject from raw.generic__tickets order by _row_number")
    assert record.rows_loaded == len(subjects)
    assert found == [(f"t{n}", text.strip(" \t\n\r\xa0") or None) for n, text in enumerate(subjects)]


@pytest.mark.parametrize("head", [b"", b"\n"])
def test_both_ways_of_reading_give_the_same_rows(company, head):
    # A blank first line sends the file through the reader that takes row by row.
    company.deliver("desk/tickets/a.csv", head + BASE)
    company.load_one()
    found = company.query("select ticket_id, subject, tags, _extra, _row_number from raw.generic__tickets order by 1")
    first = len(head)
    assert found == [
        ("t1", "plain", None, None, first + 2),
        ("t2", "with, comma", '["a"]', '{"note":"x"}', first + 3),
        ("t3", "two\nlines", "[]", None, first + 4),
        ("t4", 'a "quoted" word', None, '{"note":"y"}', first + 6),
        ("t5", "Grüße 日本", None, None, first + 7),
    ]


HEAVY = {
    "nested.jsonl": (b'{"contact_id": "1", "x": ' + b"[" * 500_000 + b"]" * 500_000 + b"}\n", 1, 0),
    "nested.json": (b'[{"contact_id": "1", "external_ids": ' + b'{"a":' * 200_000 + b"1" + b"}" * 200_001 + b"]", 1, 0),
    "unclosed.csv": (b'contact_id,external_ids\n1,"' + b"[" * 500_000 + b'"\n2,\n', 1, 1),
    "long_line.jsonl": (b'{"contact_id": "' + b"x" * 3_000_000 + b'"}\n{"contact_id": "2"}\n', 1, 1),
    "long_line.csv.gz": (gzip.compress(b"contact_id,email\n1,a\n" + b"1" * 50_000_000 + b"\n2,b\n"), 2, 1),
    "many_keys.jsonl": (b"".join(b'{"contact_id": "1", "k%d": 1}\n' % number for number in range(3_000)), 0, 0),
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_input_costs_its_row_and_no_more(company, name):
    content, loaded, quarantined = HEAVY[name]
    company.deliver(f"crm/contacts/{name}", content)
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined) == (loaded, quarantined)
    assert (record.status == "unreadable") == (name == "many_keys.jsonl")
