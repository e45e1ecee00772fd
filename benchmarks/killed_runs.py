"""Whole runs, killed at random moments: the first ever, one with a day's new data, and the job `publish`.

    python -m benchmarks.killed_runs [--runs N] [--seed N]

A warm parent imports and parses the dbt project once, and forks a process group for each run. The moment is drawn over
the CPU time of a run that nobody disturbs, so that a busy machine does not move it. After the kill the published file
has the bytes of before, or the rows of the undisturbed run; after the next run it has the rows of the undisturbed one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import click

from benchmarks.kills import FORK, RESULTS, copy_home, in_child
from benchmarks.next_day import deliver_next_day
from benchmarks.same_rows import differences
from ingest.demo import write_demo
from orchestration import daily
from orchestration.dbt import DbtProject
from orchestration.settings import Settings

AS_OF = date(2026, 6, 30)  # the demo company's last day
CUSTOMERS = 200
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Kind:
    """A run that is killed: from which home it starts, what it does, and how long the undisturbed one took (CPU s)."""

    name: str
    start: Path
    act: Callable[[], bool]
    undisturbed: Path
    cpu: float
    kills: int = 0
    too_late: int = 0
    published_all_the_same: int = 0
    faults: list[str] = field(default_factory=list)


class Company:
    """The demo company in one home, which each case finds as it needs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home")
        write_demo(self.settings.landing, customers=CUSTOMERS, seed=360)
        self.dbt = DbtProject(self.settings)
        assert self.dbt.manifest
        # The code location of every child gets the project that is parsed.
        daily.build_defs = partial(_with_project, daily.build_defs, self.dbt)  # type: ignore[assignment]

    def kinds(self) -> list[Kind]:
        """The kinds of runs, each with what an undisturbed one gives."""
        first = self._undisturbed("first run", self.run)
        in_child(lambda: deliver_next_day(self.settings.landing, self.settings.lake, AS_OF))
        second = self._undisturbed("new data", self.run)
        return [first, second, self._undisturbed("publish", self.publish)]

    def _undisturbed(self, name: str, act: Callable[[], bool]) -> Kind:
        start, file = self.folder / f"before {name}", self.folder / f"{name}.duckdb"
        copy_home(self.settings.home, start)
        is_good, cpu = in_child(lambda: (act(), time.process_time()))
        if not is_good:
            raise RuntimeError(f"{name} failed without a kill; see {self.settings.logs}")
        shutil.copy(self.settings.published_file, file)
        return Kind(name, start, act, file, cpu)

    def run(self) -> bool:
        return daily.run_daily(self.settings, as_of=AS_OF, echo=lambda line: None)

    def publish(self) -> bool:
        return daily.run_publication(self.settings, echo=lambda line: None)

    def kill(self, kind: Kind, after: float) -> None:
        """Kills one run after so many CPU seconds, looks at what is published, and lets another one end."""
        copy_home(kind.start, self.settings.home)
        published, when = self.settings.published_file, f"{after:.2f} CPU s"
        before = _digest(published)
        if not _killed_after(kind.act, after):
            kind.too_late += 1
        else:
            kind.kills += 1
            if _digest(published) != before:
                kind.published_all_the_same += 1
                found = in_child(lambda: differences(published, kind.undisturbed))
                kind.faults += [f"{when}: the published file is neither old nor new: {found}"] if found else []
        if not in_child(kind.act):
            kind.faults.append(f"{when}: the next run failed")
        elif found := in_child(lambda: differences(published, kind.undisturbed)):
            kind.faults.append(f"{when}: the next run gave other rows: {found}")


def _with_project(build: Callable[..., object], dbt: DbtProject, settings: Settings, *, resources: dict) -> object:
    return build(settings, resources={**resources, "dbt": dbt})


def _killed_after(act: Callable[[], bool], cpu: float) -> bool:
    def run() -> None:
        os.setpgrp()
        act()

    process = FORK.Process(target=run)
    process.start()
    stat = Path(f"/proc/{process.pid}/stat")
    while process.is_alive():
        spent = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        if sum(map(int, spent)) / TICKS >= cpu:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            break
        time.sleep(0.005)
    process.join()
    return process.exitcode == -signal.SIGKILL


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=30, show_default=True, help="Kills, in turns of each kind.")
@click.option("--seed", type=int, default=360, show_default=True)
def main(runs: int, seed: int) -> None:
    """Kill that many runs; exit code 1 if one of them did not hold. The results are written as it goes."""
    random, started = Random(seed), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        kinds = company.kinds()
        for number in range(runs):
            chosen = kinds[number % len(kinds)]
            company.kill(chosen, random.uniform(0, chosen.cpu))
            result = {
                "runs": number + 1,
                "seed": seed,
                "customers": CUSTOMERS,
                "kinds": [
                    {name: value for name, value in vars(kind).items() if name not in ("start", "act", "undisturbed")}
                    for kind in kinds
                ],
                "seconds": round(time.perf_counter() - started, 1),
            }
            (RESULTS / "killed_runs.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
            click.echo(f"{chosen.name}: {chosen.kills} kills, {chosen.too_late} too late, faults: {chosen.faults}")
    sys.exit(1 if any(kind.faults for kind in kinds) else 0)


if __name__ == "__main__":
    main()
