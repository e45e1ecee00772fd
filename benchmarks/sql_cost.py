"""The SQL of the build against the hand-written SQL: what each costs, in turns.

Belongs here: how often and where both run, and what is made of the repeats. The machine's speed changes within minutes,
so that a ratio of two numbers from different minutes says little: each round runs both, one after the other.
"""

import statistics
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import handwritten
from benchmarks.handwritten import Timing
from benchmarks.replay import Compiled, ModelCost, compile_models, replay_models
from orchestration.settings import Settings


@dataclass(frozen=True)
class Round:
    """One turn of both, with their tables in the same kind of place: models that marts are made of, and the rest."""

    by_hand: Timing
    models: list[ModelCost]
    others: list[ModelCost]

    @property
    def models_cpu(self) -> float:
        return sum(cost.cpu for cost in self.models)

    @property
    def ratio(self) -> float:
        return self.models_cpu / self.by_hand.cpu_seconds


@dataclass(frozen=True)
class SqlCost:
    """The rounds with tables in a file, as the build leaves them, and with tables in memory."""

    into_file: list[Round]
    into_memory: list[Round]


def compare_sql(settings: Settings, as_of: date, *, rounds: int) -> SqlCost:
    """Run hand-written SQL and models in turns, `rounds` times into files and as often into memory."""
    compiled = compile_models(settings, as_of.isoformat())
    into_file, into_memory = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="cx360-sql-") as folder:
            into_file.append(_round(settings, as_of, compiled, Path(folder)))
        into_memory.append(_round(settings, as_of, compiled, None))
    return SqlCost(into_file, into_memory)


def _round(settings: Settings, as_of: date, compiled: Compiled, folder: Path | None) -> Round:
    connection, by_hand = handwritten.run(
        settings.lake, as_of, settings.warehouse, database=folder and folder / "by_hand.duckdb"
    )
    connection.close()
    costs = replay_models(settings, compiled.statements, database=folder and folder / "models.duckdb")
    return Round(
        by_hand,
        models=[cost for cost in costs if cost.model in compiled.behind_marts],
        others=[cost for cost in costs if cost.model not in compiled.behind_marts],
    )


def middle(rounds: list[Round]) -> Round:
    """The round whose ratio is the median."""
    ratio = statistics.median_low(each.ratio for each in rounds)
    return next(each for each in rounds if each.ratio == ratio)
