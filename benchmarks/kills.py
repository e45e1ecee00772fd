"""Kills what writes, at many moments, and holds what is left and what the next run makes of it against no kill at all.

    python -m benchmarks.kills [--moments N] [--part NAME ...] [--seed N]

Half of the moments are drawn in time; the other half are the points at which Python calls the file system, just before
or just after the call, where a part stands between two steps. The process group gets SIGKILL. A
warm parent imports once and forks for each case, for a start takes seconds in which nothing is written. Whole runs are
killed by `killed_runs`.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import click

from benchmarks.killed_parts import PARTS
from ingest.contracts import GENERIC, vendor_contracts
from ingest.sources import VENDORS

RESULTS = Path(__file__).with_name("results")
#: Calls by which something reaches the disk, or gets another name there.
_CALLS = frozenset(
    ("open", "flush", "fsync", "close", "__exit__", "replace", "rename", "link", "symlink", "unlink", "mkdir", "rmdir")
)
FORK = multiprocessing.get_context("fork")


@dataclass
class Outcome:
    """How one part held: kills that hit it, kills that came after its end, and what was wrong, with the moment."""

    part: str
    kills: int = 0
    too_late: int = 0
    done_all_the_same: int = 0
    points: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def kill_part(name: str, *, moments: int, random: Random) -> Outcome:
    """Kill the part that often and say how it held."""
    part, outcome, started = PARTS[name], Outcome(name), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        start, home = Path(folder, "start"), Path(folder, "home")
        start.mkdir()
        in_child(lambda: part.begin(start))
        once = Path(folder, "once")
        copy_home(start, once)
        began = time.perf_counter()
        outcome.points = in_child(lambda: _count_calls(lambda: part.act(once)))
        seconds = time.perf_counter() - began
        expected = [in_child(lambda: part.state(once))]
        in_child(lambda: part.act(once))
        expected.append(in_child(lambda: part.state(once)))
        # Each point once before any comes twice.
        points = random.sample(range(outcome.points), min(outcome.points, moments // 2))
        for number in range(moments):
            copy_home(start, home)
            if number < len(points):
                point = points[number]
                when = f"call {point}"
                killed = _killed(lambda point=point: _count_calls(lambda: part.act(home), die_at=point), after=None)
            else:
                after = random.uniform(0, seconds)
                when = f"{after:.3f} s"
                killed = _killed(lambda: part.act(home), after=after)
            outcome.kills += killed
            outcome.too_late += not killed
            try:
                wrong, is_done = in_child(lambda: (part.whole(home), part.is_done(home)))
                outcome.done_all_the_same += killed and is_done
                in_child(lambda: part.act(home))
                if in_child(lambda: part.state(home)) != expected[is_done]:
                    wrong.append(f"the next one left another state: {in_child(lambda: part.state(home))}"[:2_000])
            except ChildError as error:
                wrong = [str(error)]
            outcome.faults += [f"{when}: {fault}" for fault in wrong]
    outcome.seconds = round(time.perf_counter() - started, 1)
    return outcome


class ChildError(RuntimeError):
    """What ran in a process of its own raised something; the message is its traceback."""


def in_child(call: Callable[[], Any]) -> Any:
    """The value of the call in a process of its own, so that the parent never starts a thread of the database."""
    receiver, sender = FORK.Pipe(duplex=False)

    def run() -> None:
        try:
            sender.send((True, call()))
        except BaseException:
            sender.send((False, traceback.format_exc()))

    process = FORK.Process(target=run)
    process.start()
    sender.close()
    try:
        is_good, value = receiver.recv()
    except EOFError:
        is_good, value = False, "the process ended without an answer"
    process.join()
    if not is_good:
        raise ChildError(value)
    return value


def _killed(call: Callable[[], Any], *, after: float | None) -> bool:
    """Run the call in a process group of its own; kill it after so many seconds, or let it kill itself."""
    receiver, sender = FORK.Pipe(duplex=False)

    def run() -> None:
        os.setpgrp()
        sender.send(None)
        call()

    process = FORK.Process(target=run)
    process.start()
    receiver.recv()
    if after is not None:
        process.join(after)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def _count_calls(call: Callable[[], Any], *, die_at: int | None = None) -> int:
    """How often the call comes to a point where it may be killed; at that of the number it is."""
    count = 0

    def watch(_frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        if event in ("c_call", "c_return") and argument.__name__ in _CALLS and not isinstance(argument.__self__, str):
            if count == die_at:
                os.killpg(0, signal.SIGKILL)
            count += 1

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def copy_home(start: Path, home: Path) -> None:
    """Makes `home` what `start` is."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(start, home, copy_function=_copy_with_links(start, home))


def _copy_with_links(start: Path, home: Path) -> Callable[[str, str], object]:
    """Copies files so that names of one file stay names of one file: a release and the published file are such."""
    copied: dict[int, str] = {}

    def copy(source: str, target: str) -> object:
        inode = Path(source).stat().st_ino
        if inode in copied:
            return os.link(copied[inode], target)
        copied[inode] = target
        return shutil.copy2(source, target)

    return copy


@click.command()
@click.option("--moments", type=click.IntRange(min=2), default=200, show_default=True, help="Kills of each part.")
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="Default: all.")
@click.option("--seed", type=int, default=360, show_default=True)
def main(moments: int, parts: tuple[str, ...], seed: int) -> None:
    """Kill each part that often; exit code 1 if one of them did not hold."""
    outcomes = []
    for vendor in (GENERIC, *VENDORS):
        vendor_contracts(vendor)  # they are kept, for all children
    for name in parts or PARTS:
        outcome = kill_part(name, moments=moments, random=Random(f"{seed} {name}"))
        outcomes.append(outcome)
        for fault in outcome.faults:
            click.echo(f"FAULT  {name}, {fault}")
        click.echo(
            f"{name}: {outcome.kills} kills at {outcome.points} points and any time, {outcome.too_late} too late,"
            f" {len(outcome.faults)} faults, {outcome.seconds} s"
        )
    if not parts:
        result = {"moments": moments, "seed": seed, "parts": [asdict(outcome) for outcome in outcomes]}
        (RESULTS / "kills.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if any(outcome.faults for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
