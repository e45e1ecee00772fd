"""Which characters the bytes are, what becomes of bytes that are none, and what ends a row."""

from __future__ import annotations

import gzip
import json

import pytest

HEADER = "contact_id,first_name,street\n"
WINDOWS = "it is not UTF-8 and was read as Windows-1252: deliver UTF-8 if letters look wrong"
DAMAGED = "bytes that are no text, shown as \\xNN; deliver the row again in UTF-8"


def names(company) -> list[tuple]:
    return company.query("select contact_id, first_name, street, _row_number from raw.generic__contacts order by 1")


def quarantined(company) -> list[tuple]:
    return company.query("select row_number, value, reason from restricted.quarantined_rows order by 1")


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "json"])
def test_windows_1252_is_read_and_said(company, ending):
    text = HEADER + "1,Zoë,5 € “œuvre”\n2,Ann,\n"
    if ending.startswith("json"):
        rows = [
            {"contact_id": "1", "first_name": "Zoë", "street": "5 € “œuvre”"},
            {"contact_id": "2", "first_name": "Ann"},
        ]
        text = json.dumps(rows, ensure_ascii=False)
        if ending == "jsonl":
            text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    content = text.encode("cp1252")
    company.deliver(f"crm/contacts/a.{ending}", gzip.compress(content) if ending.endswith("gz") else content)
    record = company.load_one()
    assert (record.status, record.rows_loaded, record.message) == ("loaded", 2, WINDOWS)
    assert [row[:3] for row in names(company)] == [("1", "Zoë", "5 € “œuvre”"), ("2", "Ann", None)]


def test_latin_1_keeps_what_windows_1252_leaves_open(company):
    company.deliver("crm/contacts/a.csv", (HEADER + "1,é,a\x81b\n").encode("latin-1"))
    assert company.load_one().message == WINDOWS
    assert names(company) == [("1", "é", "a\x81b", 2)]


def test_a_file_in_utf_8_with_some_damage_loses_the_damaged_rows_only(company):
    # Five letters of UTF-8 and four illegal bytes, one of them far from the others.
    content = HEADER.encode() + b"1,Zo\xc3\xab,\xe6\x97\xa5\n2,a\xe9b,\n" + b"3,\xc3\xa9\xc3\xa8,\xc3\xa0\n"
    content += b'4,"x\ny\xff\xfe",\n' + (b"5,ok," + b"x" * 200 + b"\n") * 6_000 + b"6,\xe2\x82,\n7,ok,\n"
    company.deliver("crm/contacts/a.csv", content)
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined, record.message) == (6_006, 6_003, 3, "")
    assert quarantined(company) == [
        (3, "2,a\\xE9b,", DAMAGED),
        (5, '4,"x\ny\\xFF\\xFE",', DAMAGED),
        (6_007, "6,\\xE2\\x82,", DAMAGED),
    ]
    assert [row for row in names(company) if row[0] != "5"] == [
        ("1", "Zoë", "日", 2),
        ("3", "éè", "à", 4),
        ("7", "ok", None, 6_008),
    ]


@pytest.mark.parametrize(
    ("illegal", "letters", "is_windows"), [(1, 0, True), (2, 1, True), (1, 1, False), (1, 2, False)]
)
def test_more_illegal_bytes_than_letters_make_windows_1252(company, illegal, letters, is_windows):
    company.deliver(
        "crm/contacts/a.csv", HEADER.encode() + b"1," + b"\xe9 " * illegal + "é".encode() * letters + b",\n"
    )
    record = company.load_one()
    assert (record.rows_loaded, record.message) == ((1, WINDOWS) if is_windows else (0, ""))


def test_damage_in_json_costs_its_record(company):
    lines = [b'{"contact_id": "1", "first_name": "\xc3\xa9\xc3\xa8"}', b'{"contact_id": "2", "first_name": "a\xe9"}']
    company.deliver("crm/contacts/a.jsonl", b"\n".join(lines))
    company.deliver("crm/contacts/b.json", b"[" + b",\n".join(lines).replace(b'"1"', b'"3"') + b"]")
    assert [(record.rows_loaded, record.rows_quarantined) for record in company.load()] == [(1, 1), (1, 1)]
    assert [(number, reason) for number, _, reason in quarantined(company)] == [(2, DAMAGED)] * 2
    assert quarantined(company)[0][1] == '{"contact_id": "2", "first_name": "a\\xE9"}'


def test_zero_bytes_are_damage(company):
    content = HEADER.encode() + b"1,a\x00b,\n2,c,\n" + bytes(5_000) + b"\n3,d,\n"
    company.deliver("crm/contacts/a.csv", content)
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded) == (4, 2)
    assert quarantined(company) == [(2, "1,a\\x00b,", DAMAGED), (4, "\\x00" * 5_000, DAMAGED)]


def test_private_characters_of_the_file_are_no_damage(company):
    private = "".join(map(chr, range(0xF0000, 0xF0200)))
    company.deliver("crm/contacts/a.csv", (HEADER + f"1,{private},\n").encode() + b"2,\xe9,\n")
    assert company.load_one().rows_loaded == 1
    assert names(company) == [("1", private, None, 2)]
    assert quarantined(company) == [(3, "2,\\xE9,", DAMAGED)]


def test_utf_16_that_is_cut_within_a_character_loses_its_last_row(company):
    company.deliver("crm/contacts/a.csv", (HEADER + "1,Zoë,日\n2,Ann,x").encode("utf-16-le")[:-1])
    assert company.load_one().rows_loaded == 1
    assert quarantined(company) == [(3, "2,Ann,\\x78", DAMAGED)]


def test_a_carriage_return_inside_a_field_belongs_to_it(company):
    company.deliver("crm/contacts/a.csv", HEADER + '1,a\rb,"c\rd"\n2,"e\r\nf",g\n3,\rh\r,i\r\n')
    company.load_one()
    assert names(company) == [("1", "a\rb", "c\rd", 2), ("2", "e\r\nf", "g", 3), ("3", "h", "i", 5)]
