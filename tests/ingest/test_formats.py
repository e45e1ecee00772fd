"""The same rows give the same lake, whatever the format, compression, delimiter or byte order mark."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime

import openpyxl
import pandas as pd
import pytest

COLUMNS = ["ticket_id", "channel", "status", "created_at", "severity", "is_spam", "tags", "subject", "colour"]
ROWS = [
    ["00001", "email", "new", "2026-06-01T10:00:00Z", 1, True, ["a", "b"], 'He said "no", twice', "red"],
    ["00002", "phone", "solved", "2026-06-02T00:00:00Z", None, False, None, "Grüße; 日本 | x", None],
    ["00003", "chat", "open", "2026-06-03T23:59:59Z", 4, None, [], "two\nlines", "blue"],
]


def texts(row: list) -> list[str]:
    return [
        "" if value is None else json.dumps(value) if isinstance(value, list | bool) else str(value) for value in row
    ]


def delimited(delimiter: str = ",", line_end: str = "\n") -> bytes:
    def quote(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in f'"\n{delimiter}') else text

    lines = [delimiter.join(quote(text) for text in row) for row in [COLUMNS, *map(texts, ROWS)]]
    return (line_end.join(lines) + line_end).encode()


def objects() -> list[dict]:
    return [{k: v for k, v in zip(COLUMNS, row, strict=True) if v is not None} for row in ROWS]


def json_lines() -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in objects()).encode()


def parquet() -> bytes:
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    frame["created_at"] = pd.to_datetime(frame["created_at"])
    frame["severity"] = frame["severity"].astype("Int64")
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(COLUMNS)
    for row in ROWS:
        instant = datetime.fromisoformat(row[3]).replace(tzinfo=None)
        tags = None if row[6] is None else json.dumps(row[6])
        sheet.append([*row[:3], instant, *row[4:6], tags, *row[7:]])
        sheet.cell(sheet.max_row, 4).number_format = "yyyy-mm-dd hh:mm:ss"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


FILES = {
    "a.csv": delimited(),
    "semicolon.csv": delimited(";"),
    "tab.csv": delimited("\t"),
    "pipe.csv": delimited("|"),
    "a.tsv": delimited("\t"),
    "windows.csv": b"\xef\xbb\xbf" + delimited(";", "\r\n"),
    "no_last_line_end.csv": delimited().rstrip(b"\n"),
    "blank_lines.csv": delimited().replace(b"\n0000", b"\n\n0000"),
    "a.csv.gz": gzip.compress(delimited()),
    "a.jsonl": json_lines(),
    "mark.jsonl": b"\xef\xbb\xbf" + json_lines(),
    "blank.jsonl": json_lines().replace(b"\n", b"\n\n"),
    "a.jsonl.gz": gzip.compress(json_lines()),
    "a.json": json.dumps(objects(), indent=2).encode(),
    "a.json.gz": gzip.compress(json.dumps(objects()).encode()),
    "lines.json": json_lines(),
    "a.parquet": parquet(),
    "a.xlsx": workbook(),
    "NAME [1]*?.CSV": delimited(),
    "little.csv": delimited().decode().encode("utf-16"),
    "big.csv": b"\xfe\xff" + delimited(";", "\r\n").decode().encode("utf-16-be"),
    "little_without_mark.tsv": delimited("\t").decode().encode("utf-16-le"),
    "big_without_mark.csv": delimited().decode().encode("utf-16-be"),
    "thirty_two.csv": delimited().decode().encode("utf-32"),
    "little.csv.gz": gzip.compress(delimited().decode().encode("utf-16")),
    "little.jsonl": json_lines().decode().encode("utf-16"),
    "little.json": json.dumps(objects(), ensure_ascii=False).encode("utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_rows(company, name):
    company.deliver(f"desk/tickets/{name}", FILES[name])
    record = company.load_one()
    assert (record.status, record.rows_read, record.rows_loaded, record.message) == ("loaded", 3, 3, "")
    assert record.unknown_columns == ["colour"]
    found = company.query(
        "select ticket_id, channel, status, created_at, severity, is_spam, tags, subject, _extra, _is_tombstone "
        "from raw.generic__tickets order by ticket_id"
    )
    first, second, third = (datetime(2026, 6, day, tzinfo=UTC) for day in (1, 2, 3))
    assert found == [
        (
            "00001",
            "email",
            "new",
            first.replace(hour=10),
            1,
            True,
            '["a","b"]',
            'He said "no", twice',
            '{"colour":"red"}',
            False,
        ),
        ("00002", "phone", "solved", second, None, False, None, "Grüße; 日本 | x", None, False),
        (
            "00003",
            "chat",
            "open",
            third.replace(hour=23, minute=59, second=59),
            4,
            None,
            "[]",
            "two\nlines",
            '{"colour":"blue"}',
            False,
        ),
    ]
    assert len(company.query("select distinct _row_hash from raw.generic__tickets")) == 3


def test_row_hash_does_not_depend_on_the_format(company):
    company.deliver("desk/tickets/a.csv", FILES["a.csv"])
    company.deliver("desk/tickets/a.parquet", FILES["a.parquet"])
    company.deliver("desk/tickets/a.jsonl", FILES["a.jsonl"])
    company.load()
    assert company.query("select count(*), count(distinct _row_hash) from raw.generic__tickets") == [(9, 3)]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        # Header on line 1; the second row has two line breaks inside quotes, so the third begins on line 6.
        ("a.csv", 'contact_id,street\n1,a\n2,"x\ny\nz"\n3,b\n', [2, 3, 6]),
        ("a.csv", '\ncontact_id,street\n\n1,a\n2,"x\ny"\n\n3,b\n', [4, 5, 8]),
        ("a.csv", 'contact_id,street\r\n1,"x\r\ny"\r\n2,b\r\n', [2, 4]),
        ("a.csv", "contact_id\n1\n\n2\n", [2, 4]),
        ("a.csv", "contact_id,street\r1,a\r2,b\r", [2, 3]),
        ("a.csv", "contact_id,street\r\r\n1,a\r\r\n2,b\r\r\n", [2, 3]),
        ("a.csv", 'contact_id,"str\reet"\n1,a\rb\n2,"a\rb"\n3,c\n', [2, 3, 4]),
        ("a.csv", 'contact_id,"str\neet"\r1,"a\nb"\r2,c\r', [3, 5]),
        ("a.jsonl", '{"contact_id": "1"}\n\n{"contact_id": "2"}\n', [1, 3]),
        ("a.json", '[{"contact_id": "1"},\n\n{"contact_id": "2"}]', [1, 2]),
    ],
)
def test_row_number_is_the_line_on_which_the_row_begins(company, name, content, expected):
    company.deliver(f"crm/contacts/{name}", content)
    company.load_one()
    found = company.query("select _row_number from raw.generic__contacts order by contact_id")
    assert [number for (number,) in found] == expected


def test_first_quoted_field_far_into_the_file(company):
    plain = "".join(f"{number},street {number}\n" for number in range(60_000))
    company.deliver("crm/contacts/a.csv", f'contact_id,street\n{plain}last,"a, ""b"""\n')
    assert company.load_one().rows_loaded == 60_001
    assert company.query("select street, _row_number from raw.generic__contacts where contact_id = 'last'") == [
        ('a, "b"', 60_002)
    ]


def test_spreadsheet_days_times_and_whole_numbers(company):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["contact_id", "birth_date", "created_at", "lead_score"])
    sheet.append([4, date(1971, 2, 28), datetime(2026, 6, 1), 12.5])
    sheet.append([None, None, None, None])
    sheet.append([5.0, datetime(1971, 3, 1), datetime(2026, 6, 1, 10, 30), "=1+1"])
    sheet["C2"].number_format = "yyyy-mm-dd"
    buffer = io.BytesIO()
    book.save(buffer)
    company.reporting_timezone = "Europe/Paris"
    company.deliver("crm/contacts/a.xlsx", buffer.getvalue())
    assert company.load_one().rows_read == 2
    rows = company.query(
        "select contact_id, birth_date, created_at, lead_score, _row_number from raw.generic__contacts order by 1"
    )
    # The day is a day of the reporting time zone (UTC+2 in June); a time of day without offset is UTC. A formula that
    # no spreadsheet program has computed has no value.
    assert rows == [
        ("4", date(1971, 2, 28), datetime(2026, 5, 31, 22, tzinfo=UTC), 12.5, 2),
        ("5", date(1971, 3, 1), datetime(2026, 6, 1, 10, 30, tzinfo=UTC), None, 4),
    ]


def sheet_of(*rows: list) -> bytes:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            book.active.cell(number, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


ORDERS = ["Order_ID", "ordered_at", " currency", "NET_AMOUNT", "tax_amount"]


def test_titles_and_blank_lines_above_the_header_of_a_sheet_are_no_rows(company):
    rows = [["Orders of June", None, "printed", date(2026, 7, 1)], [], ["", "order_id", "currency"], [None], ORDERS]
    company.deliver("shop/orders/a.xlsx", sheet_of(*rows, ["o1", date(2026, 6, 1), "EUR", 12.5, 2], [], ["o2"]))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.unknown_columns, record.message) == (2, 1, [], "")
    assert company.query("select order_id, net_amount::double, _row_number from raw.generic__orders") == [
        ("o1", 12.5, 6)
    ]
    assert company.query("select distinct row_number from restricted.quarantined_rows") == [(8,)]


def test_a_sheet_without_the_required_columns_says_what_is_missing(company):
    company.deliver("shop/orders/a.xlsx", sheet_of(ORDERS[:3], ["o1", date(2026, 6, 1), "EUR"]))
    record = company.load_one()
    assert (record.rows_quarantined, record.message) == (1, "required columns are missing: net_amount")


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet", "xlsx"])
def test_a_number_with_a_type_of_its_own_is_what_it_is_whatever_the_setting_says(company, ending):
    company.formats = {"shop": {"*": {"*": {"decimal": ",", "thousands": ".", "dates": "day_first"}}}}
    rows = [
        {"order_id": "o1", "ordered_at": "31/12/2026", "currency": "EUR", "net_amount": 1.234, "tax_amount": "1.234"},
        {"order_id": "o2", "ordered_at": "2026-12-31", "currency": "EUR", "net_amount": 1234, "tax_amount": "1,5"},
    ]
    frame = pd.DataFrame(rows)
    frame["updated_at"] = pd.Timestamp("2026-06-01T10:00:00.250")
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    content = {
        "json": json.dumps(rows).encode(),
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "parquet": buffer.getvalue(),
        "xlsx": sheet_of([*rows[0]], *([*row.values()] for row in rows)),
    }
    company.deliver(f"shop/orders/a.{ending}", content[ending])
    assert company.load_one().rows_loaded == 2
    found = company.query(
        "select net_amount::double, tax_amount::double, ordered_at from raw.generic__orders order by 1"
    )
    moment = datetime(2026, 12, 31, tzinfo=UTC)
    assert found == [(1.234, 1234.0, moment), (1234.0, 1.5, moment)]
    if ending == "parquet":
        assert company.query("select distinct updated_at from raw.generic__orders") == [
            (datetime(2026, 6, 1, 10, 0, 0, 250_000, tzinfo=UTC),)
        ]
