"""One run of a job in this process, with Dagster's history kept, and the screen at its end.

Belongs here: choosing the selection, quiet logs, the failure's sentence, the summary. Jobs and steps are defined
elsewhere; this is what `cx360 run` and `cx360 publish` call.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from ingest.full_disk import advised
from orchestration.assets import extracts, publication
from orchestration.definitions import build_defs
from orchestration.instance import open_instance
from orchestration.run import hold_lock
from orchestration.sensors import notify_failure
from orchestration.settings import Settings
from orchestration.summary import screen

Echo = Callable[[str], None]

_LAYER_GROUPS = {
    "landing": (extracts.GROUP,),
    "staging": ("staging", "settings"),
    "intermediate": ("intermediate", "steps"),
    "core": ("core", "restricted"),
    "marts": ("metrics", "marts"),
    "published": (publication.GROUP,),
}


def run_daily(
    settings: Settings, *, as_of: date | None = None, full_refresh: bool = False, layers: Sequence[str] = (), echo: Echo
) -> bool:
    """Run daily_refresh, or those layers of it; returns whether it succeeded. Raises RunLockedError if another run is
    on.
    """
    day = {"as_of": as_of.isoformat()} if as_of else {}
    groups = [group for layer in layers for group in _LAYER_GROUPS[layer]]
    return _run_job(
        settings,
        "full_rebuild" if full_refresh else "daily_refresh",
        {"resources": {"run": {"config": {**day, "full_refresh": full_refresh}}}},
        echo,
        groups=groups,
    )


def run_publication(settings: Settings, *, echo: Echo) -> bool:
    """Run the job publish; returns whether it succeeded. Raises RunLockedError if another run is on."""
    return _run_job(settings, "publish", {}, echo)


def _run_job(
    settings: Settings, name: str, config: dict[str, object], echo: Echo, *, groups: Sequence[str] = ()
) -> bool:
    started = time.perf_counter()

    def progress(line: str) -> None:
        echo(f"{time.perf_counter() - started:6.1f} s  {line}")

    with (
        hold_lock(settings.run_lock),
        _told_if_taken_away(settings),
        _quiet_logs(settings.logs),
        open_instance(settings) as instance,
    ):
        definitions = build_defs(settings, resources={"progress": progress})
        job = definitions.resolve_job_def(name)
        progress(f"ready: {job.name}")
        outcome = job.execute_in_process(
            instance=instance,
            run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            asset_selection=_assets_of(definitions, groups) if groups else None,
            raise_on_error=False,
        )
        failures = [] if outcome.success else list(dict.fromkeys(_sentences(outcome, settings.home)))
        for line in failures:
            echo(f"FAILED  {line}")
        if failures and (problem := notify_failure(settings.webhook_url, name, outcome.run_id, failures[0])):
            echo(problem)
    for line in screen(
        settings,
        succeeded=outcome.success,
        seconds=time.perf_counter() - started,
        partial=bool(groups),
        is_published=_is_published(outcome),
    ):
        echo(line)
    return bool(outcome.success)


def _assets_of(definitions: dg.Definitions, groups: Sequence[str]) -> list[dg.AssetKey]:
    graph = definitions.resolve_asset_graph()
    return [key for key in graph.materializable_asset_keys if graph.get(key).group_name in groups]


def _is_published(outcome: dg.ExecuteInProcessResult) -> bool:
    return any(
        event.is_step_materialization and event.asset_key == publication.PUBLISHED_FILE for event in outcome.all_events
    )


def _sentences(outcome: dg.ExecuteInProcessResult, home: Path) -> Iterator[str]:
    """Why the run failed: broken checks in their own words, else the error of the step."""
    told = set()
    for event in outcome.all_events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                told.add(check.description)
                yield f"{check.asset_key.to_user_string()}: {check.description}"
        elif event.event_type_value == "STEP_FAILURE":
            data = event.step_failure_data
            if data.user_failure_data is not None:
                if data.user_failure_data.description not in told:
                    yield f"{event.step_key}: {advised(data.user_failure_data.description or '', str(home))}"
            elif data.error is not None and data.error.cls_name != "DagsterAssetCheckFailedError":
                error = data.error.cause or data.error
                yield f"{event.step_key}: {advised(' '.join(error.message.split()), str(home))}"


@contextmanager
def _told_if_taken_away(settings: Settings) -> Iterator[None]:
    """Whatever fails when the folder is gone fails in words of its own, none of which name the cause."""
    try:
        yield
    except Exception as error:
        if settings.run_lock.exists():
            raise
        raise RuntimeError(f"{settings.home} was removed or moved while a run worked in it; run again.") from error


@contextmanager
def _quiet_logs(folder: Path) -> Iterator[None]:
    """Send what libraries log to a file; the screen is for the person who started the run."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.FileHandler(folder / "cx360.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    before = list(root.handlers), root.level, logging.raiseExceptions
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.raiseExceptions = False  # on a full disk each line that cannot be logged would be a traceback on the screen
    try:
        yield
    finally:
        root.handlers[:], level, logging.raiseExceptions = before
        root.setLevel(level)
        handler.close()
