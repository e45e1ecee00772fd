"""Text for a terminal, from what files and people bring.

Names and values come from outside: what would move the cursor, change colours or turn the direction of writing is shown
as an escape instead.
"""

from collections.abc import Sequence

#: Entries of a list on the screen, before the rest is only counted.
FIRST = 10

#: Characters of a value; longer ones are cut.
_LONGEST = 200


def printable(text: str) -> str:
    """The text on one line, with escapes for whatever cannot be printed."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def shown(value: str | None) -> str:
    """A value in quotes, as Python writes it, and cut if it is long; `(empty)` if there is none."""
    if value is None:
        return "(empty)"
    if len(value) <= _LONGEST:
        return repr(value)
    return f"{value[:_LONGEST]!r}... ({len(value):,} characters)"


def counted_of(number: int, thing: str) -> str:
    """The number and the thing, in the plural if there is not one of it."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def first_of(lines: Sequence[str], command: str) -> list[str]:
    """The first lines, and if there are more, how many and the command that shows them."""
    rest = len(lines) - FIRST
    return [*lines[:FIRST], f"... and {rest:,} more (`{command}`)"] if rest > 0 else list(lines)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
