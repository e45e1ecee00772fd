"""What starts a run, and what is told when one fails."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest

from orchestration.dbt import DbtProject
from orchestration.definitions import build_defs
from orchestration.sensors import notify_failure
from orchestration.settings import Settings


class Landing:
    """The landing sensor on a folder, evaluated as the daemon does: with the cursor of the time before."""

    def __init__(self, definitions: dg.Definitions) -> None:
        self.sensor = definitions.get_sensor_def("landing_sensor")
        self.repository = definitions.get_repository_def()
        self.cursor: str | None = None

    def look(self) -> list[str | None]:
        """Run keys that one evaluation asks for."""
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(
                instance=instance, cursor=self.cursor, repository_def=self.repository, sensor_name="landing_sensor"
            )
            data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor or self.cursor
        return [request.run_key for request in data.run_requests or []]


@pytest.fixture
def landing(tmp_path: Path, parsed: DbtProject) -> Landing:
    return Landing(build_defs(Settings(home=tmp_path), resources={"dbt": parsed}))


def deliver(home: Path, name: str, text: str, *, modified: int) -> None:
    path = home / "landing" / "helpdesk" / "tickets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (modified, modified))


def test_new_file_starts_one_run_once_it_has_stopped_growing(tmp_path: Path, landing: Landing) -> None:
    assert landing.look() == []
    deliver(tmp_path, "a.csv", "ticket_id\n1\n", modified=1)
    assert landing.look() == []
    deliver(tmp_path, "a.csv", "ticket_id\n1\n2\n", modified=2)
    assert landing.look() == []
    [first] = landing.look()
    assert landing.look() == []
    deliver(tmp_path, "b.csv", "ticket_id\n3\n", modified=3)
    assert landing.look() == []
    [second] = landing.look()
    assert first != second


def test_hidden_files_start_nothing(tmp_path: Path, landing: Landing) -> None:
    deliver(tmp_path, ".upload.csv", "ticket_id\n", modified=1)
    assert [landing.look(), landing.look(), landing.look()] == [[], [], []]


def test_what_a_run_pulls_itself_starts_no_further_run(tmp_path: Path, landing: Landing) -> None:
    """Each run lands whole lists anew: a sensor that saw them would start runs for ever."""
    deliver(tmp_path, "20260601_whole.full.pages.jsonl.gz", "{}", modified=1)
    assert [landing.look(), landing.look(), landing.look()] == [[], [], []]


def test_corrected_file_of_the_same_size_starts_a_run(tmp_path: Path, landing: Landing) -> None:
    deliver(tmp_path, "a.csv", "ticket_id\n1\n", modified=1)
    assert [len(landing.look()), len(landing.look()), len(landing.look())] == [0, 1, 0]
    deliver(tmp_path, "a.csv", "ticket_id\n2\n", modified=5)
    assert [len(landing.look()), len(landing.look())] == [0, 1]


class Hook(BaseHTTPRequestHandler):
    """Keeps what was posted to it."""

    posted: list[dict[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).posted.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def hook() -> object:
    handler = type("FreshHook", (Hook,), {"posted": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", handler.posted
    server.shutdown()
    server.server_close()


def test_failed_run_is_posted(hook: tuple[str, list[dict[str, str]]]) -> None:
    url, posted = hook
    assert notify_failure(url, "daily_refresh", "run-1", "raw/generic/tickets: 3 rows broken.") is None
    assert posted == [
        {
            "text": "cx360: daily_refresh failed, nothing was published. raw/generic/tickets: 3 rows broken.",
            "job": "daily_refresh",
            "run_id": "run-1",
            "reason": "raw/generic/tickets: 3 rows broken.",
        }
    ]


def test_failure_sensor_posts_the_failed_run(
    tmp_path: Path, parsed: DbtProject, hook: tuple[str, list[dict[str, str]]]
) -> None:
    url, posted = hook
    definitions = build_defs(Settings(home=tmp_path, webhook_url=url), resources={"dbt": parsed})

    @dg.op
    def broken() -> None:
        raise dg.Failure("No space left.")

    @dg.job
    def nightly() -> None:
        broken()

    with dg.DagsterInstance.ephemeral() as instance:
        outcome = nightly.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="failure_sensor",
            dagster_instance=instance,
            dagster_run=outcome.dagster_run,
            dagster_event=outcome.get_run_failure_event(),
        ).for_run_failure()
        definitions.get_sensor_def("failure_sensor")(context)
    assert [(post["job"], post["run_id"]) for post in posted] == [("nightly", outcome.run_id)]


def test_webhook_that_does_not_answer_is_said_and_harms_nothing() -> None:
    problem = notify_failure("http://127.0.0.1:1/hook", "daily_refresh", "run-1", "reason")
    assert problem is not None
    assert problem.startswith("The failure could not be posted to CX360_WEBHOOK_URL")
    assert notify_failure(None, "daily_refresh", "run-1", "reason") is None
