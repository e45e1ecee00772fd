"""Files with two header rows: the question, and below it what of the question a column holds.

    Respondent ID | How likely are you to recommend us? | How easy was it |        | Why?
                  | Response                            | to reach us     | to pay | Open-Ended Response

A question that takes several columns is written above the first of them only. Its columns are named by both rows,
`How easy was it | to pay`; a column of the contract keeps its own name, and has nothing below it. The second row is
told by that: a record has its key in the first column of the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ingest.import_ids import Header

SEPARATOR = " | "


def header_of(first: Sequence[str], second: Sequence[str], known: Collection[str]) -> Header | None:
    """The header that the first two records of a file make; None if the second is none of this kind.

    Args:
        first, second: the records; the shorter one has nothing in its last columns.
        known: names of the contract's columns, in lower case.
    """
    width = max(len(first), len(second))
    upper, lower = ([*(cell.strip() for cell in row), *[""] * (width - len(row))] for row in (first, second))
    is_known = [name.lower() in known and not part for name, part in zip(upper, lower, strict=True)]
    key = next((position for position, name in enumerate(upper) if name.lower() in known), None)
    if key is None or lower[key] or not any(lower):
        return None
    names, question = [], ""
    for name, part, is_own in zip(upper, lower, is_known, strict=True):
        if name:
            question = "" if is_own else name
        names.append(name if is_own else SEPARATOR.join(filter(None, (question, part))))
    return Header(names, {})
