"""Reads a report and holds every number on it against the published file that it was made from.

For tests of the report and of whole runs: `check_page(page, published)` fails at the first number that is not its row.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
from lxml import html

FIELDS = {
    "value": "value",
    "low": "value_low",
    "high": "value_high",
    "n": "n",
    "pending": "pending_n",
    "target": "target_value",
    "change": "change",
}
KEYS = ("metric", "grain", "period", "dimension", "member", "currency")


def parse(page: Path) -> Any:
    return html.document_fromstring(page.read_text(encoding="utf-8"))


def specs(document: Any) -> dict[str, dict[str, Any]]:
    """Chart specifications by the id of their script element."""
    scripts = document.xpath('//script[@type="application/json"]')
    return {script.get("id"): json.loads(script.text) for script in scripts}


def metric_rows(published: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """marts.metric_values by metric, grain, period, dimension, member and currency."""
    with duckdb.connect(str(published), read_only=True) as connection:
        relation = connection.execute("select * from marts.metric_values")
        columns = [column[0] for column in relation.description or []]
        rows = [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]
    return {
        (
            row["metric"], row["period_grain"], row["period_start"].isoformat() if row["period_start"] else None,
            row["dimension"], row["dimension_value"], row["currency"],
        ): row
        for row in rows
    }  # fmt: skip


def check_page(page: Path, published: Path) -> int:
    """Every number of a metric on the page, in elements and in charts, is its row; returns how many were compared."""
    document, rows = parse(page), metric_rows(published)
    compared = 0
    for element in document.xpath("//*[@data-metric]"):
        key = tuple(element.get(f"data-{name}") or None for name in KEYS)
        assert key in rows, f"the page shows {key}, which is not published"
        for name, column in FIELDS.items():
            shown = element.get(f"data-{name}")
            assert (float(shown) if shown else None) == rows[key][column], f"{column} of {key}: {shown}"
            compared += 1
        written = [element] if element.get("data-field") else element.xpath(".//*[@data-field]")
        for cell in written:
            column = cell.get("data-field")
            check_text(
                cell.text_content(), rows[key][column], "count" if column in ("n", "pending_n") else rows[key]["unit"]
            )
    by_currency: defaultdict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for key, row in rows.items():
        by_currency[key[:5]].append(row)
    for name, spec in specs(document).items():
        for item in spec["datasets"]["rows"]:
            if "metric" not in item:
                continue
            found = by_currency.get(tuple(item[part] for part in KEYS[:5]))
            assert found, f"{name} draws {item}, which is not published"
            for part in ("value", "low", "high", "n"):
                if part in item:
                    assert any(item[part] == row[FIELDS[part]] for row in found), f"{name}: {part} of {item}"
                    compared += 1
    return compared


def check_text(text: str, value: float | None, unit: str) -> None:
    """What is written is the value, rounded half up to as many decimals as are written."""
    if value is None:
        assert text == "no data"
        return
    text = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-").replace(",", "")
    if unit == "minutes":
        sizes = {"d": 1440, "h": 60, "min": 1}
        parts = text.lstrip("+-").split(" ")
        minutes = sum(int(amount) * sizes[name] for amount, name in zip(parts[::2], parts[1::2], strict=True))
        step = 60 if abs(value) >= 1439.5 else 1
        assert minutes == int((Decimal(repr(abs(value))) / step).quantize(Decimal(1), ROUND_HALF_UP)) * step, (
            text,
            value,
        )
        return
    number = next(word for word in text.split(" ") if any(letter.isdigit() for letter in word))
    decimals = len(number.partition(".")[2])
    assert Decimal(number) == Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), (text, value)
    if unit in ("percent", "points"):
        assert decimals == 1
