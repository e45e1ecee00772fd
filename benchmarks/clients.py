"""Measures each vendor's pull against a bare loop over the same pages, and its memory for ten times the records.

    python -m benchmarks.clients [--records N] [--vendors a,b]

Belongs here: which turns are taken, what is checked of them and how it is printed. The vendors are in
`benchmarks.fake_vendors`, a turn in `benchmarks.client_turn`; what the numbers mean is in `benchmarks/README.md`.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.fake_vendors import FIRST_NUMBER, NUMBER, VENDORS

RESULTS = Path(__file__).with_name("results") / "clients.json"
ROUNDS = 3
LARGE = 10
FASTEST = 0.5
MOST_MEMORY = 1.2


@dataclass(frozen=True)
class Turn:
    """One reading of all records, as the process saw it."""

    records: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


# What is started here inherits the peak of this process: it must stay small, and so imports nothing of the pipeline.
@contextmanager
def served(vendor: str, records: int) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fake_vendors", vendor, str(records)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield server.stdout.readline().strip()  # type: ignore[union-attr]
    finally:
        server.communicate()


def turn_of(kind: str, *arguments: str) -> Turn:
    command = [sys.executable, "-m", "benchmarks.client_turn", kind, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return Turn(**json.loads(done.stdout))


def pulled(vendor: str, address: str, records: int) -> tuple[Turn, list[str]]:
    """A pull into a folder of its own, and what is wrong with what it landed, as sentences."""
    with TemporaryDirectory(prefix="cx360-benchmark-") as home:
        turn = turn_of("pull", vendor, address, home)
        found = landed(Path(home, "landing"), records)
    wrong = [] if found == records else [f"{vendor}: {found:,} of {records:,} records have landed"]
    # Some ask again for the last record of each page, which is less than a hundredth part more.
    most = records + records // 50 if VENDORS[vendor].is_overlapping else records
    if not records <= turn.records <= most:
        wrong.append(f"{vendor}: {turn.records:,} records came, not {records:,}")
    return turn, wrong


def landed(landing: Path, records: int) -> int:
    """How many of the records are in files of the landing folder; each counts once, however often it is there."""
    found = bytearray(records)
    for path in landing.glob("*/*/*.pages.jsonl.gz"):
        with gzip.open(path) as pages:
            for page in pages:
                for number in NUMBER.findall(page):
                    found[int(number) - FIRST_NUMBER] = 1
    return found.count(1)


def measure(vendor: str, records: int) -> tuple[dict[str, Any], list[str]]:
    """What the vendor's pull takes beside the loop, and what is wrong with what was read, as sentences."""
    pulls, loops, wrong = [], [], []
    with served(vendor, records) as address:
        for _ in range(ROUNDS):
            turn, sentences = pulled(vendor, address, records)
            pulls.append(turn)
            wrong += sentences
            loops.append(turn_of("loop", vendor, address))
            if loops[-1].records != records:
                wrong.append(f"{vendor}: the loop read {loops[-1].records:,} of {records:,} records")
    with served(vendor, LARGE * records) as address:
        large, sentences = pulled(vendor, address, LARGE * records)
    rounds = list(zip(pulls, loops, strict=True))
    return {
        "records": records,
        "read": pulls[0].records,
        "load_average": round(os.getloadavg()[0], 1),
        "pull_records_per_second": records / median(turn.seconds for turn in pulls),
        "loop_records_per_second": records / median(turn.seconds for turn in loops),
        "pull_records_per_cpu_second": records / median(turn.cpu_seconds for turn in pulls),
        "loop_records_per_cpu_second": records / median(turn.cpu_seconds for turn in loops),
        "ratio": median(loop.seconds / pull.seconds for pull, loop in rounds),
        "cpu_ratio": median(loop.cpu_seconds / pull.cpu_seconds for pull, loop in rounds),
        "cpu_ratios": [loop.cpu_seconds / pull.cpu_seconds for pull, loop in rounds],
        "peak_bytes": max(turn.peak_bytes for turn in pulls),
        "peak_bytes_large": large.peak_bytes,
        "memory_ratio": large.peak_bytes / max(turn.peak_bytes for turn in pulls),
    }, wrong + sentences


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = [
        "| | records | pull | loop | ratio, CPU | ratio, wall | peak memory | of ten times | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for vendor, found in results.items():
        cells = (
            f"{found['records']:,}",
            f"{found['pull_records_per_cpu_second']:,.0f}",
            f"{found['loop_records_per_cpu_second']:,.0f}",
            f"{found['cpu_ratio']:.2f}",
            f"{found['ratio']:.2f}",
            f"{found['peak_bytes'] / 2**20:.0f} MiB",
            f"{found['peak_bytes_large'] / 2**20:.0f} MiB",
            f"{found['memory_ratio']:.2f}",
        )
        lines.append(f"| {vendor} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value


def _chosen(_context: click.Context, _parameter: click.Parameter, names: str) -> list[str]:
    chosen = [name.strip() for name in names.split(",")]
    if unknown := sorted({*chosen} - {*VENDORS}):
        raise click.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(VENDORS)}")
    return chosen


@click.command()
@click.option("--records", type=click.IntRange(min=100), default=20_000, show_default=True)
@click.option(
    "--vendors", callback=_chosen, default=",".join(VENDORS), help="Some of them; the results of others stay."
)
def main(records: int, vendors: list[str]) -> None:
    """Pull one large entity of each vendor from a server on this machine, and hold it against a bare loop."""
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    wrong = []
    for vendor in vendors:
        click.echo(f"{vendor} ...", err=True)
        found, sentences = measure(vendor, records)
        wrong += sentences
        results[vendor] = {name: _rounded(value) for name, value in found.items()}
        RESULTS.write_text(json.dumps(dict(sorted(results.items())), indent=1) + "\n", encoding="utf-8")
    click.echo(table({vendor: results[vendor] for vendor in vendors}))
    for vendor in vendors:
        if results[vendor]["cpu_ratio"] < FASTEST:
            click.echo(f"MISSED  {vendor}: {results[vendor]['cpu_ratio']:.2f} of the loop, not {FASTEST}")
        if results[vendor]["memory_ratio"] > MOST_MEMORY:
            click.echo(f"MISSED  {vendor}: {results[vendor]['memory_ratio']:.2f} times the memory, not {MOST_MEMORY}")
    for sentence in wrong:
        click.echo(f"WRONG  {sentence}")
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
