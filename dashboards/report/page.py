"""Builds the page: reads the published file, fills the template, writes one HTML file.

Belongs here: the way from file to file. Does not belong here: what the report says (`sections`) and how it looks
(`page.html.j2`, `page.css`, `page.js`).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from altair import SCHEMA_VERSION
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from dashboards.report import wording
from dashboards.report.elements import Section
from dashboards.report.published import Definition, Published, read
from dashboards.report.sections import compose

_FOLDER = Path(__file__).parent


def build_report(published: Path, output: Path, *, trailing_days: int = 365) -> Path:
    """Write the report on a published file to `output`, one HTML page that needs nothing else, and return `output`.

    The same published file gives the same bytes. `trailing_days` is the dbt var of that name, for the wording only. The
    page is written aside and renamed, so that a reader never sees half of it. Raises FileNotFoundError if there is no
    published file and duckdb.Error if it cannot be read.
    """
    data = read(published)
    page = render(data, compose(data, trailing_days=trailing_days))
    output.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(page)
        # mkstemp makes files that only their owner can read; what is published is for everyone.
        Path(aside).chmod(0o644)
        os.replace(aside, output)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    return output


def render(data: Published, sections: Sequence[Section]) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json_script"] = json_script
    drawn = any(figure.drawings for section in sections for figure in section.figures)
    return environment.get_template("page.html.j2").render(
        title="Customer report",
        as_of=wording.day(data.as_of) if data.as_of else None,
        release=data.releases[-1] if data.releases else None,
        sections=sections,
        definitions=_shown_definitions(data, sections),
        style=_inline("page.css"),
        script=_inline("page.js") if drawn else "",
        library=_chart_library() if drawn else "",
    )


def json_script(value: Any) -> Markup:
    """JSON that can stand inside a script element, whatever text it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  no character of it can end the element


def _shown_definitions(data: Published, sections: Sequence[Section]) -> list[Definition]:
    """Definitions of the metrics on the page, in the order in which they stand on it."""
    headlines = [card.metric for section in sections for card in section.cards]
    drawn = [figure.metric for section in sections for figure in section.figures if figure.metric]
    return [data.definitions[metric] for metric in dict.fromkeys(headlines + drawn)]


def _inline(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704  our own file


@cache
def _chart_library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script, once for all charts."""
    version = SCHEMA_VERSION.removeprefix("v").rsplit(".", 1)[0]
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    if "</script" in script or "<!--" in script:
        raise ValueError("The chart library cannot be put into a page: it contains the end of a script element.")
    return Markup(script)  # noqa: S704  checked above
