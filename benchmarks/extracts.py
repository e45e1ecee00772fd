"""Good extracts of one entity in every format, and the ways in which `mutations` spoils them.

A case is a format and a list of steps, each a kind of damage and a number from which its details are drawn: the same
case gives the same bytes, and a case that fails can be made smaller by leaving out steps. Some steps work on the rows
before they are written, some on the text, some on the bytes as they lie in landing, and one on the file's name.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

SOURCE, ENTITY = "desk", "tickets"
FORMATS = (
    *("csv", "tsv", "jsonl", "json", "parquet", "xlsx"),
    *("csv.gz", "tsv.gz", "jsonl.gz", "json.gz", "parquet.gz", "xlsx.gz"),
)
#: Those of which a whole file loads; gzip adds nothing to Parquet and XLSX, and is refused for them.
LOADED_FORMATS = tuple(name for name in FORMATS if name not in ("parquet.gz", "xlsx.gz"))
ROWS = 12

Row = dict[str, Any]


def good_rows() -> list[Row]:
    """Rows that keep the contract of tickets, with everything in them that a text may hold."""
    subjects = ['He said "no", twice', "two\nlines", "Grüße; 日本 | x", "tab\there", "plain", "'=1+1", ""]
    return [
        {
            "ticket_id": f"t{number:04d}",
            "channel": ("email", "phone", "chat")[number % 3],
            "status": ("new", "open", "solved")[number % 3],
            "created_at": f"2026-06-{number + 1:02d}T10:00:00Z",
            "severity": number % 4 + 1,
            "is_spam": number % 5 == 0,
            "tags": ["a", f"b{number}"],
            "subject": subjects[number % len(subjects)],
            "colour": "red",
        }
        for number in range(ROWS)
    ]


@dataclass(frozen=True)
class Case:
    """A file of the format, spoiled by the steps (kind of damage, number) one after the other."""

    format: str
    steps: tuple[tuple[str, int], ...] = ()

    def render(self) -> tuple[str, bytes]:
        """The ending of the file's name and its bytes."""
        rows = good_rows()
        for kind, seed in self._steps(ROW_DAMAGE):
            rows = ROW_DAMAGE[kind](Random(seed), rows)
        content = _write(self.format, rows)
        for kind, seed in self._steps(TEXT_DAMAGE):
            content = TEXT_DAMAGE[kind](Random(seed), content)
        if self.format.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
        for kind, seed in self._steps(BYTE_DAMAGE):
            content = BYTE_DAMAGE[kind](Random(seed), content)
        ending = self.format
        for _, seed in self._steps(("other name",)):
            ending = Random(seed).choice(FORMATS)
        return ending, content

    def smaller(self) -> list[Case]:
        """The same case with one step less."""
        return [Case(self.format, self.steps[:place] + self.steps[place + 1 :]) for place in range(len(self.steps))]

    def _steps(self, kinds: Any) -> list[tuple[str, int]]:
        return [step for step in self.steps if step[0] in kinds]


def _write(format_: str, rows: list[Row]) -> bytes:
    match format_.removesuffix(".gz"):
        case "csv":
            return _delimited(rows, ",")
        case "tsv":
            return _delimited(rows, "\t")
        case "jsonl":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(errors="surrogatepass")
        case "json":
            return json.dumps(rows, ensure_ascii=False, indent=1).encode(errors="surrogatepass")
        case "parquet":
            return _parquet(rows)
    return _workbook(rows)


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _delimited(rows: list[Row], delimiter: str) -> bytes:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in f'"\n\r{delimiter}') else text

    names = _columns(rows)
    lines = [names, *([_as_text(row.get(name)) for name in names] for row in rows)]
    text = "\n".join(delimiter.join(map(quoted, line)) for line in lines) + "\n"
    return text.encode(errors="surrogatepass")


def _parquet(rows: list[Row]) -> bytes:
    """Columns keep their types where all values have one; else they are texts."""
    arrays = []
    for name in _columns(rows):
        values = [row.get(name) for row in rows]
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowException, UnicodeEncodeError, OverflowError):
            texts = [None if value is None else _as_text(value).encode(errors="replace").decode() for value in values]
            arrays.append(pa.array(texts, pa.string()))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=_columns(rows)), buffer)
    return buffer.getvalue()


def _workbook(rows: list[Row]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    names = _columns(rows)
    for line in [names, *([row.get(name) for name in names] for row in rows)]:
        sheet.append([_cell(value) for value in line])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool | int | float) and abs(value) < 1e300:
        return value
    text = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", _as_text(value))[:32_000]
    return text.encode(errors="replace").decode()


ODD_VALUES: tuple[Any, ...] = (
    *(
        None,
        "",
        " ",
        "\xa0",
        "\x00",
        "null",
        "NULL",
        "NaN",
        "inf",
        "-inf",
        "1e999",
        "1e308",
        "0x10",
        "1_000",
        "\uff11\uff12",
    ),
    *("9" * 40, "9" * 400, "-" + "9" * 30, "1.5", ".", "-", "+", "1,5", "1e-400", 10**40, -(10**19), 1e308, 0.1, -0.0),
    *("0000-00-00", "9999-12-31T23:59:59Z", "10000-01-01", "2026-02-30", "2026-06-31T25:61:61Z", "1899-12-31"),
    *("-2026-06-01", "2026-06-01T10:00:00+99:99", "294247-01-10T04:00:54.775807Z", "2026-06-01T10:00:00.1234567890Z"),
    *("infinity", "-infinity", "epoch", "now", "2201-01-01", "290309-12-22 (BC)", "2026-06-01T24:00:00Z"),
    *(
        True,
        False,
        [],
        {},
        [[]],
        {"a": {"b": [1, None]}},
        ["x"] * 50,
        {"": ""},
        {"ticket_id": "t1"},
        "[",
        "{",
        "]",
        '"',
    ),
    *("x" * 40_000, "é" * 5_000, "\u202e\u200b", "\U0001f600", "\ufeff", "\u2028", "\x1f", "\x1b[31m", "a\rb", "\r\n"),
    *("'; drop table delivered; --", "${jndi:x}", "../../etc/passwd", "{{ var('x') }}", "%s%n", "\\", "\\x00", "$1"),
)
ODD_NAMES = (
    *("", " ", "ticket_id", "TICKET_ID", " ticket_id ", "text ticket_id", " row number", "row number", "rowid"),
    *("_extra", "_file", "_load_id", "record", "select", 'a"b', "a'b", "a;b", "a\nb", "é" * 300, "x" * 3_000),
    *("column_2", "$", "/", "~1", "\x00", "updated_at", "is_deleted", "subject", "value", "reason", "entry"),
)


def _odd_value(random: Random, rows: list[Row]) -> list[Row]:
    row = random.choice(rows)
    return [{**each, random.choice(list(row)): random.choice(ODD_VALUES)} if each is row else each for each in rows]


def _odd_column(random: Random, rows: list[Row]) -> list[Row]:
    name = random.choice(_columns(rows))
    return [{**row, name: random.choice(ODD_VALUES)} for row in rows]


def _renamed(random: Random, rows: list[Row]) -> list[Row]:
    name, other = random.choice(_columns(rows)), random.choice(ODD_NAMES)
    return [{other if key == name else key: value for key, value in row.items()} for row in rows] or rows


def _dropped(random: Random, rows: list[Row]) -> list[Row]:
    name = random.choice(_columns(rows))
    return [{key: value for key, value in row.items() if key != name} or {"left": 1} for row in rows]


def _dropped_in_one_row(random: Random, rows: list[Row]) -> list[Row]:
    chosen = random.randrange(len(rows))
    name = random.choice(_columns(rows))
    return [
        {key: value for key, value in row.items() if place != chosen or key != name} or {"left": 1}
        for place, row in enumerate(rows)
    ]


def _added(random: Random, rows: list[Row]) -> list[Row]:
    name = random.choice(ODD_NAMES)
    return [{**row, name: random.choice(ODD_VALUES)} for row in rows]


def _many_added(random: Random, rows: list[Row]) -> list[Row]:
    count = random.choice((50, 990, 1_001, 3_000))
    return [{**row, **{f"k{number}": 1 for number in range(count)}} for row in rows[:2]]


def _deep(random: Random, rows: list[Row]) -> list[Row]:
    """An object in an object, as deep as Python writes it; `deep text` goes deeper."""
    value: Any = "x"
    for _ in range(random.choice((10, 100, 300))):
        value = {"a": value} if random.random() < 0.5 else [value]
    return _with_value(random, rows, value)


def _deep_text(random: Random, rows: list[Row]) -> list[Row]:
    depth = random.choice((1_000, 100_000))
    return _with_value(random, rows, random.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth)))


def _with_value(random: Random, rows: list[Row], value: Any) -> list[Row]:
    chosen = random.randrange(len(rows))
    name = random.choice((*_columns(rows), "external_ids"))
    return [{**row, name: value} if place == chosen else row for place, row in enumerate(rows)]


def _rows_doubled(random: Random, rows: list[Row]) -> list[Row]:
    place = random.randrange(len(rows))
    return rows[:place] + rows[place : place + 1] * random.choice((2, 3, 2_000)) + rows[place + 1 :]


def _no_rows(_random: Random, rows: list[Row]) -> list[Row]:
    return rows[:1]


ROW_DAMAGE: dict[str, Callable[[Random, list[Row]], list[Row]]] = {
    "odd value": _odd_value,
    "odd column": _odd_column,
    "column renamed": _renamed,
    "column dropped": _dropped,
    "value dropped": _dropped_in_one_row,
    "column added": _added,
    "many columns": _many_added,
    "deep value": _deep,
    "deep text": _deep_text,
    "rows doubled": _rows_doubled,
    "one row": _no_rows,
}

PIECES = (
    *(b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\n\n", b"\x00", b"\x00" * 100, b"\x1f"),
    *(b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\\", b"{", b"}"),
    *(b"[", b"]", b":", b'",', b',"', b"null", b"nan", b"9" * 50, b"\n,,,,,,\n", b"//", b"#", b"\x1a", b"\x85"),
    *(b"\xe2\x80\xa8", b"=1+1"),
)


def _flipped(random: Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8, 60)) if damaged else 0):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def _cut(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _hole(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + content[start + random.choice((1, 2, 10, 100, 1_000)) :]


def _inserted(random: Random, content: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 3, 10))):
        place = random.randrange(len(content) + 1)
        content = content[:place] + random.choice(PIECES) + content[place:]
    return content


def _line_doubled(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    place = random.randrange(len(lines))
    return b"\n".join(lines[:place] + lines[place : place + 1] * random.choice((2, 5)) + lines[place + 1 :])


def _lines_shuffled(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines)


def _delimiters(random: Random, content: bytes) -> bytes:
    """Another delimiter in the whole file, or in one line of it."""
    one, other = random.choice((b",", b"\t", b":", b";")), random.choice((b";", b"|", b",", b"\t", b" ", b",,"))
    if random.random() < 0.5:
        return content.replace(one, other)
    lines = content.split(b"\n")
    place = random.randrange(len(lines))
    lines[place] = lines[place].replace(one, other)
    return b"\n".join(lines)


def _quotes(random: Random, content: bytes) -> bytes:
    """Quotes taken away or made others: all of them, or one."""
    other = random.choice((b"", b"'", b'""', b'\\"', b"\xe2\x80\x9c"))
    if random.random() < 0.4:
        return content.replace(b'"', other)
    places = [place for place, byte in enumerate(content) if byte == ord('"')]
    if not places:
        return content
    place = random.choice(places)
    return content[:place] + other + content[place + 1 :]


def _line_ends(random: Random, content: bytes) -> bytes:
    end = random.choice((b"\r\n", b"\r", b"\n\n", b"\n\r", b"\x0b", b"\xc2\x85"))
    if random.random() < 0.5:
        return content.replace(b"\n", end)
    place = content.find(b"\n", random.randrange(len(content) + 1))
    return content if place < 0 else content[:place] + end + content[place + 1 :]


def _encoding(random: Random, content: bytes) -> bytes:
    """Another encoding, for the whole file or from somewhere on."""
    name = random.choice(
        ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp500", "utf-7", "shift-jis")
    )
    start = 0 if random.random() < 0.6 else random.randrange(len(content) + 1)
    return content[:start] + content[start:].decode(errors="replace").encode(name, errors="replace")


def _blown_up(random: Random, content: bytes) -> bytes:
    """A line as long, or a file with as many lines, as memory must not be asked for."""
    lines = content.split(b"\n")
    place = random.randrange(len(lines))
    if random.random() < 0.5:
        lines[place] = lines[place] + b"x" * random.choice((70_000, 3_000_000, 20_000_000))
        return b"\n".join(lines)
    return b"\n".join(lines[:place] + lines[place : place + 1] * 50_000 + lines[place:])


TEXT_DAMAGE: dict[str, Callable[[Random, bytes], bytes]] = {
    "text flipped": _flipped,
    "text cut": _cut,
    "text with a hole": _hole,
    "text inserted": _inserted,
    "line doubled": _line_doubled,
    "lines shuffled": _lines_shuffled,
    "delimiters swapped": _delimiters,
    "quotes changed": _quotes,
    "line ends changed": _line_ends,
    "encoding changed": _encoding,
    "text blown up": _blown_up,
}


def _packed_again(random: Random, content: bytes) -> bytes:
    return gzip.compress(content, mtime=0) if random.random() < 0.5 else content + gzip.compress(b"x", mtime=0)


def _unpacked(_random: Random, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


def _behind_or_before(random: Random, content: bytes) -> bytes:
    extra = random.choice((b"\x00" * 1_000, b"\n\n\n", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", content))
    return content + extra if random.random() < 0.7 else extra + content


def _zeros(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    size = random.choice((4, 64, 4_096))
    return content[:start] + b"\x00" * min(size, len(content) - start) + content[start + size :]


def _empty(_random: Random, _content: bytes) -> bytes:
    return b""


def _bomb(random: Random, content: bytes) -> bytes:
    """Much from little: a line of a hundred million zeros behind what there is."""
    return content + gzip.compress(random.choice((b"\x00", b" ", b"\n", b'"')) * 100_000_000, compresslevel=1, mtime=0)


BYTE_DAMAGE: dict[str, Callable[[Random, bytes], bytes]] = {
    "bytes flipped": _flipped,
    "bytes cut": _cut,
    "bytes with a hole": _hole,
    "bytes zeroed": _zeros,
    "packed again": _packed_again,
    "unpacked": _unpacked,
    "more behind or before": _behind_or_before,
    "emptied": _empty,
    "bomb": _bomb,
}

#: Dear to read; drawn once for many others.
HEAVY = ("text blown up", "bomb", "many columns", "deep text")
DAMAGE = (*ROW_DAMAGE, *TEXT_DAMAGE, *BYTE_DAMAGE, "other name")
LIGHT = tuple(kind for kind in DAMAGE if kind not in HEAVY)
LIGHT_ROW_DAMAGE = tuple(kind for kind in ROW_DAMAGE if kind not in HEAVY)


def random_case(random: Random) -> Case:
    """One to four steps, half of them in the rows; every fiftieth is a heavy one."""
    kinds = []
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        among = HEAVY if random.random() < 0.02 else LIGHT_ROW_DAMAGE if random.random() < 0.5 else LIGHT
        kinds.append(random.choice(among))
    # Compressed Parquet and XLSX are refused by their name.
    formats = LOADED_FORMATS if random.random() < 0.97 else FORMATS
    return Case(random.choice(formats), tuple((kind, random.randrange(1 << 30)) for kind in kinds))
