"""Whatever the bytes, loading ends without an exception and every row read is loaded or quarantined."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ingest.load_run
import ingest.loader
from ingest.delivered import TextFile
from ingest.json_arrays import array_as_lines
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
            codec, errors = ("cp1252", "replace") if "Windows" in record.message else ("utf-8-sig", "surrogateescape")
            lines = content.decode(codec, errors).split("\n")
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
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["ticket_id", "channel", "status", "created_at", "subject"])
    writer.writerows([f"t{n}", "email", "new", "2026-06-01", text] for n, text in enumerate(subjects))
    with tempfile.TemporaryDirectory() as home:
        company = type(company)(Path(home))
        company.deliver("desk/tickets/a.csv", buffer.getvalue())
        record = company.load_one()
        found = company.query("select ticket_id, subject from raw.generic__tickets order by _row_number")
    assert record.rows_loaded == len(subjects)
    assert found == [(f"t{n}", text.strip(" \t\n\r\xa0\u202f") or None) for n, text in enumerate(subjects)]


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


HEADER = "contact_id,first_name,email\n"

#: Each with what is said of it: what happened, and what to do.
UNREADABLE = {
    "empty.csv": (b"", "the file is empty; deliver it again, or take it away"),
    "blank.csv": (b"\n \n", "the file holds nothing but blank lines; deliver it again, or take it away"),
    "empty.parquet": (b"", "the file is empty; deliver it again, or take it away"),
    "empty.xlsx": (b"", "the file is empty; deliver it again, or take it away"),
    "empty.csv.gz": (gzip.compress(b""), "the file is empty; deliver it again, or take it away"),
    "cut.csv.gz": (
        gzip.compress((HEADER + "1,a,b\n" * 9_999).encode())[:-9],
        "the file is damaged: it cannot be decompressed to its end; deliver it again",
    ),
    "bomb.csv.gz": (
        gzip.compress(HEADER.encode()) + gzip.compress(b"1,a,b\n" * 1_000_000, compresslevel=9) * 47,
        "the file unpacks to more than 200 times its size; deliver it unpacked, or in parts that unpack to less than "
        "256 MiB",
    ),
    "junk.csv": (
        bytes(range(256)) * 40,
        "the file is no text, as its ending says it is; check what was delivered",
    ),
    "twice.csv": (
        b"contact_id,email,Email\n1,a,b\n",
        "the column email is there twice; take one out or give it another name",
    ),
    "no_header.csv": (
        b"1,a,b\n2,c,d\n",
        "the header names no column of the contract, such as contact_id, account_id, first_name; give the file a "
        "header with these names, or put it into the folder of its entity",
    ),
    "open_header.csv": (
        b'contact_id,"email\n1,a\n',
        'the header on line 1 cannot be read: quotes are broken: a field that begins with " ends with one, and one '
        "inside it is written twice",
    ),
    "cut.json": (
        b'[{"contact_id": "1"},',
        "the file is not sound JSON: its array does not end; deliver it again, whole",
    ),
    "long.json": (
        b'[{"contact_id": "' + b"x" * 40_000_000 + b'"}]',
        "the file cannot be read: one of its records has more than 16 MiB, or its brackets are broken; mend it, or "
        "deliver JSONL",
    ),
    "picture.png": (
        b"\x89PNG",
        "the name does not end in csv, tsv, jsonl or json (also with .gz), parquet or xlsx; give it the ending of its "
        "format",
    ),
    "none.xlsx": (b"PK", "the file is not a sound XLSX workbook (BadZipFile); save it anew, or deliver CSV"),
}


def test_each_unreadable_file_says_what_happened_and_what_to_do(company):
    for name, (content, _) in UNREADABLE.items():
        company.deliver(f"crm/contacts/{name}", content)
    company.deliver("crm/contacts/broken.parquet", b"PAR1 and nothing else PAR1")
    company.deliver("crm/contacts/broken.json", b'[{"contact_id": "1"} oops]')
    (company.landing / "crm/contacts/folder.csv").mkdir()
    company.deliver("crm/contacts/full.csv/inside.csv", HEADER + "9,a,b\n")
    (company.landing / "crm/orders").mkdir()
    (company.landing / "empty source").mkdir()
    company.deliver("crm/contacts/only_a_header.csv", HEADER)
    company.deliver("crm/contacts/good.csv", HEADER + "1,=cmd(),a@b.example\n")
    records = {record.file.removeprefix("crm/contacts/"): record for record in company.load()}
    told = {name: record.message for name, record in records.items() if record.status == "unreadable"}
    folder = "this is a folder, though its name is that of a file; move what is in it to landing/crm/contacts/"
    assert told.pop("broken.parquet").startswith("the file is not sound Parquet: ")
    assert told.pop("broken.json").startswith("the file is not sound JSON: ")
    assert told == {name: message for name, (_, message) in UNREADABLE.items()} | {
        "folder.csv": folder,
        "full.csv": folder,
    }
    others = {name: record.rows_loaded for name, record in records.items() if record.status == "loaded"}
    assert others == {"only_a_header.csv": 0, "good.csv": 1}
    assert company.query("select contact_id, first_name from raw.generic__contacts") == [("1", "=cmd()")]


def test_a_small_file_may_be_packed_as_tightly_as_it_likes(company):
    company.deliver("crm/contacts/a.csv.gz", gzip.compress(HEADER.encode() + b"1,a,b\n" * 100_000, compresslevel=9))
    assert company.load_one().rows_loaded == 100_000


def test_rows_that_cannot_be_read_say_why(company):
    company.deliver("crm/contacts/a.csv", HEADER + "1," + "x" * 10_000_000 + ',\n2,a\n3,b,"c\n4,ok,\n')
    company.deliver("crm/contacts/b.jsonl", '{"contact_id": "' + "x" * 10_000_000 + '"}\n{"contact_id": "5"}\n')
    assert [record.rows_loaded for record in company.load()] == [1, 1]
    found = company.query("select file, row_number, reason from restricted.quarantined_rows order by 1, 2")
    too_long = "more than 2,000,000 characters, of which the beginning is kept here; deliver the row again, shorter"
    assert found == [
        ("crm/contacts/a.csv", 2, too_long),
        ("crm/contacts/a.csv", 3, "row has 2 columns, the header has 3"),
        (
            "crm/contacts/a.csv",
            4,
            'quotes are broken: a field that begins with " ends with one, and one inside it is written twice',
        ),
        ("crm/contacts/b.jsonl", 1, too_long),
    ]


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_run(company, monkeypatch):
    path = company.deliver("crm/contacts/a.csv", HEADER + "1,a,b\n")
    company.deliver("crm/contacts/b.csv", HEADER + "3,a,b\n")
    read = ingest.loader.read_delivered

    def read_while_it_grows(connection, file, *arguments):
        delivered = read(connection, file, *arguments)
        if file == path:
            with path.open("a") as growing:
                growing.write("2,c,d\n")
        return delivered

    with monkeypatch.context() as patch:
        patch.setattr(ingest.loader, "read_delivered", read_while_it_grows)
        grown, other = company.load()
    assert (grown.status, other.status) == ("unreadable", "loaded")
    assert grown.message == "the file changed while it was read; the next run will read it again"
    assert company.query("select contact_id from raw.generic__contacts") == [("3",)]
    company.load()
    assert company.query("select contact_id from raw.generic__contacts order by 1") == [("1",), ("2",), ("3",)]


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_file_larger_than_memory_is_read(company, monkeypatch, ending):
    # Half as much again as what a load may have, of texts that do not get smaller.
    limit = 120_000_000
    monkeypatch.setattr(ingest.loader, "MEMORY_LIMIT", f"{limit}B")
    monkeypatch.setattr(ingest.load_run, "ROW_GROUP_BYTES", limit // 16)
    numbers = random.Random(1)
    rows, size = [], 0
    while size < 1.5 * limit:
        texts = f"o{numbers.getrandbits(64)}", f"{numbers.getrandbits(4_000):x}"
        if ending.startswith("json"):
            rows.append(f'{{"contact_id": "{texts[0]}", "street": "{texts[1]}"}}')
        else:
            rows.append(",".join(texts))
        size += len(rows[-1])
    content = "\n".join(rows) if ending == "jsonl" else f"[{','.join(rows)}]"
    if ending.startswith("csv"):
        content = "contact_id,street\n" + "\n".join(rows)
    packed = gzip.compress(content.encode(), compresslevel=1) if ending.endswith("gz") else content.encode()
    company.deliver(f"crm/contacts/a.{ending}", packed)
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined, record.message) == (len(rows), 0, "")


ARRAYS = {
    '[{"a": 1},\n {"b": "x\\"]"} ,{"c": [1,\n{"d": 2}]}]\n': ['{"a": 1}', '{"b": "x\\"]"}', '{"c": [1, {"d": 2}]}'],
    "[]": [],
    '[{"a": 1}, {"b": }]': None,
    '[{"a": 1}, {"b": 1}': None,
    '[{"a": 1}] x': None,
    '[{"a": 1} {"b": 1}]': None,
    '[{"a": 1},, {"b": 1}]': None,
    '[{"a": 1},]': None,
    "[1, 23]": ["1", "23"],
}


@pytest.mark.parametrize("text", ARRAYS)
def test_an_array_that_duckdb_takes_for_broken_is_taken_apart(tmp_path, text):
    # DuckDB 2.0 does so with some sound ones, which takes hundreds of megabytes.
    (tmp_path / "input.txt").write_text(text)
    taken = array_as_lines(TextFile(tmp_path / "input.txt", 1, False, False, False))
    assert (taken.path.read_text().splitlines() if taken else None) == ARRAYS[text]
    assert taken is None or taken.lines == len(ARRAYS[text])


@pytest.mark.parametrize(
    ("depth", "status"),
    [(16, "loaded"), (17, "unreadable"), (100, "unreadable")],
)
def test_a_parquet_file_with_lists_in_lists_does_not_take_forever(company, depth, status):
    """Found by ten thousand files: DuckDB takes twice as long with each list in a list, and cannot be stopped."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    file = io.BytesIO()
    pq.write_table(pa.table({"contact_id": ["1"], "side": [[1]], "deep": [{"a": value}]}), file)
    company.deliver("crm/contacts/a.parquet", file.getvalue())
    loaded = company.load_one()
    assert loaded.status == status
    if status == "loaded":
        [(extra,)] = company.query("select _extra from raw.generic__contacts")
        assert json.loads(json.loads(extra)["deep"]) == {"a": value}
    else:
        assert loaded.message == ("the file has lists in lists, more than 16 deep; deliver it without them, or as text")
