"""What starts jobs, or tells people, on an event: new files, the end of a backfill, a failed run.

What starts them on the clock is in `schedules`.
"""

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path

import dagster as dg

from ingest.sources.pages import ENDING as PAGES
from orchestration.jobs import BACKFILL, DAILY_REFRESH, REPULL
from orchestration.settings import Settings

_TIMEOUT_SECONDS = 10


def build_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """All sensors of the code location."""
    return [landing_sensor(settings), backfill_sensor(), failure_sensor(settings)]


def landing_sensor(settings: Settings) -> dg.SensorDefinition:
    """Start a refresh when the files in landing are not those of the last look, and have stayed the same for one look.

    A file that is still being written changes from look to look; waiting for two equal ones keeps half a file out.
    """

    @dg.sensor(
        name="landing_sensor",
        job=DAILY_REFRESH,
        minimum_interval_seconds=60,
        description="Starts daily_refresh when new files have landed and stopped growing.",
    )
    def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = json.loads(context.cursor) if context.cursor else {"refreshed": fingerprint_nothing(), "last": ""}
        now = fingerprint(settings.landing)
        if now == seen["refreshed"]:
            return dg.SkipReason("Nothing new has landed.")
        if now != seen["last"]:
            context.update_cursor(json.dumps({**seen, "last": now}))
            return dg.SkipReason("Files are landing; waiting until they stop changing.")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=now)], cursor=json.dumps({"refreshed": now, "last": now})
        )

    return landing


def backfill_sensor() -> dg.SensorDefinition:
    """After a backfill or a pull of windows, one refresh takes what it loaded up to the published file."""

    @dg.run_status_sensor(
        name="backfill_sensor",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[BACKFILL, REPULL],
        request_job=DAILY_REFRESH,
        description="Starts daily_refresh after a backfill, and after windows of vendors were pulled again.",
    )
    def after_backfill(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return after_backfill


def failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """Tell the webhook about each failed run of the daemon or the UI; `cx360 run` tells it by itself."""

    @dg.run_failure_sensor(name="failure_sensor", description="Posts failed runs to CX360_WEBHOOK_URL.")
    def failure(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        notify_failure(settings.webhook_url, run.job_name, run.run_id, context.failure_event.message or "")

    return failure


def notify_failure(url: str | None, job: str, run_id: str, reason: str) -> str | None:
    """Post a failed run as JSON with a `text` that chat tools show. Returns why it could not be posted, else None."""
    if not url:
        return None
    body = {
        "text": f"cx360: {job} failed, nothing was published. {reason}",
        "job": job,
        "run_id": run_id,
        "reason": reason,
    }
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's own setting
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
            return None
    except (urllib.error.URLError, OSError, ValueError) as error:
        return f"The failure could not be posted to CX360_WEBHOOK_URL: {error}"


def fingerprint(landing: Path) -> str:
    """One digest of the names, sizes and times of all files under landing that somebody delivered.

    Pages of an API are left out: a run lands them itself and loads them, and would start the next one.
    """
    digest = hashlib.sha256()
    for path in sorted(landing.glob("*/*/*")):
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(PAGES):
            status = path.stat()
            digest.update(f"{path.relative_to(landing)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def fingerprint_nothing() -> str:
    """The fingerprint of an empty landing folder, which needs no run."""
    return hashlib.sha256().hexdigest()
