"""Time and memory against the size of the company, as one picture.

    python -m benchmarks.picture

Belongs here: drawing what `results/<customers>.json` hold. `full_build` draws it anew after each measurement.
"""

import json
from pathlib import Path
from typing import Any

import altair as alt

RESULTS = Path(__file__).with_name("results")
PICTURE = RESULTS / "by_size.svg"
_RUNS = {"full": "full build", "day": "a day's data", "unchanged": "nothing new"}
_COLOURS = ("#3b82c4", "#b7791f", "#808891")
_LIMIT_GIB = 4


def draw() -> Path:
    """Write the picture of all results and return its path."""
    rows = [
        {
            "customers": result["customers"],
            "run": name,
            "seconds": result[key]["cpu"],
            "gib": result[key]["peak_bytes"] and result[key]["peak_bytes"] / 2**30,  # null: not known
        }
        for result in _results()
        for key, name in _RUNS.items()
    ]
    data = alt.InlineData(values=rows)
    limit = alt.Chart(alt.InlineData(values=[{"gib": _LIMIT_GIB}])).mark_rule(strokeDash=[5, 4], color="#d1495b")
    time = _lines(data, alt.Y("seconds:Q", title="CPU seconds", scale=alt.Scale(type="log", nice=True)))
    memory = _lines(data, alt.Y("gib:Q", title="peak memory, GiB", scale=alt.Scale(zero=True)))
    chart = alt.hconcat(time, alt.layer(memory, limit.encode(y="gib:Q"))).configure(background="white")
    chart.save(str(PICTURE))
    return PICTURE


def _results() -> list[dict[str, Any]]:
    """The results of full builds, smallest company first."""
    paths = [path for path in RESULTS.glob("*.json") if path.stem.isdigit()]
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(paths, key=lambda path: int(path.stem))]


def _lines(data: alt.InlineData, height: alt.Y) -> alt.LayerChart:
    base = alt.Chart(data, width=320, height=260).encode(
        x=alt.X("customers:Q", title="customers", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", tickCount=4)),
        y=height,
        color=alt.Color(
            "run:N", title=None, scale=alt.Scale(domain=list(_RUNS.values()), range=list(_COLOURS)), sort=None
        ),
    )
    return alt.layer(base.mark_line(), base.mark_point(filled=True, size=50))


if __name__ == "__main__":
    print(draw())
