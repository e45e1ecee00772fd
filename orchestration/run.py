"""What is the same for all steps of one run: its day, its instant, its stamp, its lock, and how it reports progress.

Belongs here: the run resource, the clock (the only place that reads it) and the lock that keeps writers apart.
Does not belong here: what a step does with them.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg

from ingest.lake import last_loaded_at
from orchestration.settings import Settings
from orchestration.steps.quality import RunStamp

#: How soon a run must follow one that was killed while it loaded, to be its continuation.
CONTINUED_WITHIN = timedelta(hours=12)

_held: dict[Path, int] = {}


class RunLockedError(RuntimeError):
    """Another run holds the warehouse; the message says which process."""


class Clock:
    """The time of day; tests put a clock of their own in its place."""

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Run:
    """One run as its steps see it.

    `as_of` is the last day that exists, `loaded_at` the one instant of what the run loads (UTC), and `began_at` when it
    really began, which is another for a run that goes on with one that was killed.
    """

    settings: Settings
    run_id: str
    as_of: date
    loaded_at: datetime
    began_at: datetime
    full_refresh: bool
    clock: Clock
    progress: Callable[[str], None]

    @property
    def stamp(self) -> RunStamp:
        return RunStamp(self.run_id, self.as_of, self.loaded_at)

    def begin_loading(self) -> None:
        """Note that files are loaded at this run's instant, for a run that has to go on with it."""
        if _instant_in(self.settings.loading_mark) != self.loaded_at:
            self.settings.loading_mark.write_text(self.loaded_at.isoformat(), encoding="utf-8")

    def end_loading(self) -> None:
        """All files of this run are loaded: the next run is another one."""
        self.settings.loading_mark.unlink(missing_ok=True)


def instant_of_run(settings: Settings, now: datetime) -> datetime:
    """The one instant of a run that begins `now` (UTC).

    It is that of the run before, if that was killed while it loaded: who came first decides ids, and files of one
    delivery come together, whether one run loads them or two. And it is never that of earlier loads or before them,
    should the clock have been set back.
    """
    began = _instant_in(settings.loading_mark)
    if began and now - began < CONTINUED_WITHIN:
        return began
    last = last_loaded_at(settings.lake)
    return last + timedelta(microseconds=1) if last and last >= now else now


def behind(instant: datetime, now: datetime) -> str:
    """What a person must know of a run that is dated `instant`, later than `now`."""
    return (
        f"the clock is behind what was loaded last: it is {now:%Y-%m-%d %H:%M:%S} UTC by it, and this run is dated "
        f"{instant:%Y-%m-%d %H:%M:%S} UTC; set the clock right"
    )


def _instant_in(mark: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(mark.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def run_resource(settings: Settings) -> dg.ResourceDefinition:
    """The resource `run`, made once per run: resolves as_of and holds the lock until the run ends.

    Its config is what a person may choose for one run: `as_of` (YYYY-MM-DD) and `full_refresh`.
    """

    @dg.resource(
        config_schema={
            "as_of": dg.Field(str, is_required=False, description="Last day that exists for this run, YYYY-MM-DD."),
            "full_refresh": dg.Field(
                bool,
                default_value=False,
                description="Build incremental tables from all of the lake, not from new loads.",
            ),
        },
        required_resource_keys={"clock", "progress"},
        description="Day, instant and lock of one run.",
    )
    def run(context: dg.InitResourceContext) -> Iterator[Run]:
        clock = context.resources.clock
        now = clock.now()
        chosen = context.resource_config.get("as_of")
        with hold_lock(settings.run_lock):
            instant = instant_of_run(settings, now)
            if instant > now:
                context.resources.progress(behind(instant, now))
            yield Run(
                settings=settings,
                run_id=context.run_id or "",
                as_of=settings.resolve_as_of(date.fromisoformat(chosen) if chosen else None, now),
                loaded_at=instant,
                began_at=now,
                full_refresh=context.resource_config["full_refresh"],
                clock=clock,
                progress=context.resources.progress,
            )

    return run


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Keep other runs away from the warehouse. Within one process it may be held again by who holds it.

    The operating system lets go of it when the process ends, however it ends. Raises RunLockedError if another process
    holds it.
    """
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunLockedError(
                f"Another run (process {holder}) is writing to {path.parent}; wait until it ends."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _held[path] = 1
        try:
            yield
        finally:
            _held[path] = 0
