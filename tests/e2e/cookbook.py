"""The cookbook's questions with their SQL and answers, read from `docs/cookbook.md`, and written there.

    python -m tests.e2e.cookbook PUBLISHED_FILE

writes the answers anew from a published demo company.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

COOKBOOK = Path(__file__).parents[2] / "docs" / "cookbook.md"
_RECIPE = re.compile(r"### (?P<title>\d+\. [^\n]+)\n\n```sql\n(?P<sql>.*?)\n```\n(?P<answer>(?:\n\|[^\n]*)*)\n?", re.S)


@dataclass(frozen=True)
class Recipe:
    """One question; `answer` is its Markdown table as it stands."""

    title: str
    sql: str
    answer: str


def recipes() -> list[Recipe]:
    """All questions in their order."""
    text = COOKBOOK.read_text(encoding="utf-8")
    return [Recipe(found["title"], found["sql"], found["answer"].strip()) for found in _RECIPE.finditer(text)]


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The result of a query as a Markdown table; numbers to the right, without needless zeros."""
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or []]
    found = result.fetchall()
    right = [
        any(isinstance(row[place], (int, float, Decimal)) and not isinstance(row[place], bool) for row in found)
        for place in range(len(columns))
    ]
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join("--:" if each else "---" for each in right) + "|"]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in found]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def write_answers(published: Path) -> None:
    """Replace every answer by that of the published file."""
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")

        def answered(found: re.Match[str]) -> str:
            return f"### {found['title']}\n\n```sql\n{found['sql']}\n```\n\n{answer(connection, found['sql'])}\n"

        text = _RECIPE.sub(answered, COOKBOOK.read_text(encoding="utf-8"))
    COOKBOOK.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_answers(Path(sys.argv[1]))
