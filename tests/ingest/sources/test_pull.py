"""Pulls over time: what lands, where the next one goes on, and what leaves the state alone."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources.errors import SourceError
from ingest.sources.state import only_pull
from tests.ingest.sources.conftest import Pulls, event, ticket
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.ingest.sources.fake_zendesk import ACCESS_TOKEN, API_TOKEN, BASIC, CLIENT_ID, CLIENT_SECRET

JUNE_1 = datetime(2026, 6, 1, tzinfo=UTC)


def test_the_first_pull_lands_every_page_as_received(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1, subject="Ł"), ticket(2), ticket(3)]
    result = pulls.pull()
    assert (result.pages, result.records, len(result.files)) == (2, 3, 1)
    first, second = pulls.lines()
    assert first["request"] == {
        "method": "GET",
        "url": f"{pulls.account.base_url}/incremental/tickets/cursor",
        "params": {"per_page": "1000", "start_time": "0"},
    }
    assert (first["status"], first["number"], second["number"]) == (200, 1, 2)
    assert first["received_at"].startswith("2026-06-02T00:00:0")
    assert first["received_at"].endswith("+00:00")
    assert first["body"]["tickets"] == [ticket(1, subject="Ł"), ticket(2)]
    assert first["body"]["end_of_stream"] is False
    assert list(second["request"]["params"]) == ["per_page", "cursor"]
    assert second["body"]["tickets"] == [ticket(3)]


def test_a_body_is_not_written_anew(pulls: Pulls) -> None:
    record = b'{"id": 1, "a": 1.10, "a": 1E2, "\\u0041": 12345678901234567890}'
    body = b'{\n  "tickets": [' + record + b'],\r\n "end_of_stream": true\n}\n'
    pulls.account.server.fail(1, fault=Fault(Answer(200, body)))
    result = pulls.pull()
    landed = gzip.decompress((pulls.landing / result.files[0]).read_bytes())
    assert landed.count(b"\n") == 1
    assert record in landed


def test_a_file_says_when_it_was_pulled_and_which_window_and_is_private(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.pull()
    assert pulls.files() == ["20260602T000000000000Z_0001_from-beginning_to-20260602T000000Z.pages.jsonl.gz"]
    pulls.account.tickets.append(ticket(2, 86_400))
    pulls.later(hours=1)
    pulls.pull()
    assert pulls.files()[1] == ("20260602T010000000000Z_0001_from-20260602T000000Z_to-20260602T010000Z.pages.jsonl.gz")
    folder = pulls.landing / "zendesk" / "tickets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE((pulls.lake / "pulls" / "zendesk" / "tickets.json").stat().st_mode) == 0o600


def test_two_pulls_at_the_same_instant_do_not_overwrite_each_other(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    window = {"since": JUNE_1, "until": JUNE_1 + timedelta(days=1)}
    pulls.pull(**window)
    pulls.pull(**window)
    assert pulls.ids() == [1, 1]


def test_the_second_pull_asks_from_the_cursor_of_the_first(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    pulls.pull()
    pulls.later(days=1)
    # 2 changed again and 4 is new; 1 and 3 are as they were.
    pulls.account.tickets[1] = ticket(2, 90_000, status="solved")
    pulls.account.tickets.append(ticket(4, 90_001))
    result = pulls.pull()
    assert pulls.ids() == [1, 2, 3, 2, 4]
    assert (result.pages, result.records) == (1, 2)
    assert (result.since, result.until) == (JUNE_1 + timedelta(days=1), JUNE_1 + timedelta(days=2))


def test_a_record_that_changes_while_paging_comes_again_and_none_is_missed(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4, 5)]

    def change(result: object) -> None:
        # After the first page (1, 2): 1 and 3 change, and so move behind 5.
        if len(pulls.account.server.requests) == 1:
            pulls.account.tickets[0] = ticket(1, 100, status="solved")
            pulls.account.tickets[2] = ticket(3, 101, status="solved")

    pulls.pull(on_page=change)
    assert pulls.ids() == [1, 2, 4, 5, 1, 3]


def test_the_last_minute_is_left_to_the_next_pull(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2, 86_400 - 30)]
    pulls.pull()
    assert pulls.ids() == [1]
    pulls.later(minutes=5)
    pulls.pull()
    assert pulls.ids() == [1, 2]


def test_a_first_pull_can_begin_later_than_with_the_first_record(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_START"] = "2026-06-01T00:00:02"
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    result = pulls.pull()
    assert pulls.ids() == [2, 3]
    assert result.since == JUNE_1 + timedelta(seconds=2)


def test_a_start_that_is_too_recent_for_the_vendor_is_moved_back(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1, 86_400 - 100)]
    pulls.pull(since=pulls.now - timedelta(seconds=10))
    assert pulls.ids() == [1]


def test_an_empty_answer_lands_nothing_and_keeps_the_cursor(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.pull()
    before = pulls.state()
    pulls.later(days=1)
    result = pulls.pull()
    assert (result.files, result.pages, result.records) == ((), 1, 0)
    assert pulls.ids() == [1]
    assert before is not None
    assert pulls.state()["cursor"] == before["cursor"]


def test_an_account_without_records_is_asked_again_from_the_beginning(pulls: Pulls) -> None:
    assert pulls.pull().files == ()
    pulls.later(days=1)
    pulls.account.tickets = [ticket(1)]
    pulls.pull()
    assert pulls.ids() == [1]


def test_a_window_is_pulled_again_without_touching_the_state(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number, number * 3600) for number in (1, 2, 3, 4, 5, 6)]
    pulls.pull()
    before = pulls.state()
    pulls.later(hours=1)
    result = pulls.pull(since=JUNE_1 + timedelta(hours=2), until=JUNE_1 + timedelta(hours=4))
    # Pages of two: 2, 3 are in the window, 4, 5 are behind it and end the pull.
    assert (result.records, result.pages) == (2, 1)
    assert pulls.ids() == [1, 2, 3, 4, 5, 6, 2, 3]
    assert pulls.files()[1].endswith("_from-20260601T020000Z_to-20260601T040000Z.pages.jsonl.gz")
    assert pulls.state() == before


def test_a_window_before_any_pull_leaves_no_state(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.pull(since=JUNE_1)
    assert pulls.ids() == [1]
    assert pulls.state() is None


@pytest.mark.parametrize("entity", ["tickets", "ticket_events"])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_records_of_a_pull_without_it(
    pulls: Pulls, fault: str, nth: int, entity: str
) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4, 5)]
    pulls.account.events = [event(number) for number in (1, 2, 3, 4)]
    pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
    result = pulls.pull(entity)
    # Events come with the last of the page before: 1 2, 2 3, 3 4.
    assert pulls.ids(entity) == {"tickets": [1, 2, 3, 4, 5], "ticket_events": [1, 2, 2, 3, 3, 4]}[entity]
    assert len(pulls.account.server.requests) == result.pages + 1
    assert all(not name.startswith(".") for name in pulls.files(entity))


def test_several_faults_in_a_row_pass_too(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    for nth, fault in enumerate(("closed connection", "429 with Retry-After", "truncated body"), start=2):
        pulls.account.server.fail(nth, fault=PASSING_FAULTS[fault])
    pulls.pull()
    assert pulls.ids() == [1, 2, 3]


def test_the_wait_that_the_vendor_asks_for_is_kept(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.account.server.fail(1, fault=Fault(Answer(429, {}, {"Retry-After": "1"})))
    pulls.pull()
    refused, asked_again = pulls.account.server.requests
    assert asked_again.at - refused.at >= 1


def test_a_cut_pull_keeps_its_whole_pages_and_the_next_goes_on_there(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4, 5, 6)]
    pulls.account.server.fail(3, 4, 5, 6, fault=PASSING_FAULTS["closed connection"])
    with pytest.raises(SourceError, match="cannot be reached"):
        pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4]
    assert pulls.state()["is_complete"] is False
    pulls.later(hours=1)
    result = pulls.pull()
    assert result.records == 2
    assert pulls.ids() == [1, 2, 3, 4, 5, 6]
    assert "_from-beginning_to-20260602T010000Z" in pulls.files()[1]
    assert pulls.state()["is_complete"] is True


def test_a_pull_that_is_interrupted_keeps_its_whole_pages(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4)]

    def interrupt(result: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pulls.pull(on_page=interrupt)
    assert pulls.ids() == [1, 2]
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4]


def test_a_killed_pull_loses_only_its_last_file_and_the_next_takes_its_rest_away(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "2"
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3, 4, 5, 6, 7)]
    program = (
        "import datetime, os, pathlib, sys; from ingest.sources.pull import pull\n"
        "die = lambda result: result.pages == 3 and os._exit(9)\n"
        "pull('zendesk', 'tickets', landing=pathlib.Path(sys.argv[1]), lake=pathlib.Path(sys.argv[2]),"
        " environ=os.environ, now=datetime.datetime.fromisoformat(sys.argv[3]), on_page=die)"
    )
    arguments = [sys.executable, "-c", program, str(pulls.landing), str(pulls.lake), pulls.now.isoformat()]
    assert subprocess.run(arguments, env=os.environ | pulls.environ, check=False).returncode == 9
    # Pages 1 and 2 were a file; page 3 was in the next, whose name the loader passes over.
    assert pulls.ids() == [1, 2, 3, 4]
    assert [name for name in pulls.files() if name.startswith(".")] != []
    pulls.later(hours=1)
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4, 5, 6, 7]
    assert [name for name in pulls.files() if name.startswith(".")] == []


def test_a_file_has_no_more_pages_than_set_and_the_state_follows_each(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "2"
    pulls.account.tickets = [ticket(number) for number in range(1, 11)]
    states = []
    result = pulls.pull(on_page=lambda result: states.append(pulls.state()))
    assert len(result.files) == 3
    assert [line["number"] for line in pulls.lines()] == [1, 2, 3, 4, 5]
    # Files end with pages 2, 4 and 5; the state of the last is written when the pull has ended.
    assert [state and state["cursor"] for state in states[:1]] == [None]
    assert len({str(state and state["cursor"]) for state in states}) == 3


def test_progress_is_told_after_each_page(pulls: Pulls) -> None:
    pulls.account.tickets = [ticket(number) for number in (1, 2, 3)]
    told = []
    pulls.pull(on_page=lambda result: told.append((result.pages, result.records)))
    assert told == [(1, 2), (2, 3)]


def test_two_accounts_of_one_vendor_stand_side_by_side(pulls: Pulls) -> None:
    pulls.environ |= {
        "CX360_ZENDESK_EMEA_BASE_URL": pulls.account.base_url,
        "CX360_ZENDESK_EMEA_ACCESS_TOKEN": ACCESS_TOKEN,
    }
    pulls.account.tickets = [ticket(1)]
    pulls.pull()
    pulls.account.tickets.append(ticket(2))
    pulls.pull(source="zendesk_emea")
    assert (pulls.ids(), pulls.ids(source="zendesk_emea")) == ([1], [1, 2])
    shown = [request.headers["authorization"] for request in pulls.account.server.requests]
    assert shown == [BASIC, f"Bearer {ACCESS_TOKEN}"]


def test_a_token_that_expires_midway_is_renewed(pulls: Pulls) -> None:
    for name in ("EMAIL", "API_TOKEN"):
        del pulls.environ[f"CX360_ZENDESK_{name}"]
    pulls.environ |= {"CX360_ZENDESK_CLIENT_ID": CLIENT_ID, "CX360_ZENDESK_CLIENT_SECRET": CLIENT_SECRET}
    pulls.account.uses_per_token = 2
    pulls.account.tickets = [ticket(number) for number in range(1, 8)]
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4, 5, 6, 7]
    asked = [request.path.rpartition("/")[2] for request in pulls.account.server.requests]
    # Four pages at two per token: the third is refused once.
    assert asked == ["tokens", "cursor", "cursor", "cursor", "tokens", "cursor", "cursor"]


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_BASE_URL"] = pulls.account.base_url.replace("//", f"//ann:{API_TOKEN}@")
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    pulls.pull()
    written = [path for path in pulls.home.rglob("*") if path.is_file()]
    contents = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in written]
    assert len([content for content in contents if content]) == 2
    for secret in (API_TOKEN, BASIC.removeprefix("Basic "), "authorization"):
        assert not any(secret.encode() in content for content in contents)
        assert not any(secret in str(path) for path in written)


def test_credentials_are_not_shown_to_another_address(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_BASE_URL"] = pulls.account.base_url.replace("127.0.0.1", "localhost")
    # Addresses in pages name 127.0.0.1, which is another host than localhost.
    pulls.account.policies = [{"id": 1}, {"id": 2}, {"id": 3}]
    with pytest.raises(SourceError, match=r"a page leads to 127\.0\.0\.1, but the credentials are for localhost"):
        pulls.pull("sla_policies")
    assert len(pulls.account.server.requests) == 1


def test_an_entity_is_pulled_once_at_a_time(pulls: Pulls) -> None:
    with (
        only_pull(pulls.lake, "zendesk", "tickets"),
        pytest.raises(SourceError, match="another pull of tickets is running"),
    ):
        pulls.pull()


def test_a_damaged_state_is_not_guessed_at(pulls: Pulls) -> None:
    pulls.pull()
    (pulls.lake / "pulls" / "zendesk" / "tickets.json").write_text("{")
    with pytest.raises(SourceError, match=r"tickets\.json is damaged: remove it"):
        pulls.pull()


@pytest.mark.parametrize(
    "window",
    [{"since": datetime(2026, 6, 1)}, {"until": JUNE_1}],
)
def test_a_window_that_cannot_be_meant_is_refused(pulls: Pulls, window: dict[str, datetime]) -> None:
    with pytest.raises(ValueError, match="need"):
        pulls.pull(**window)


def test_dlt_is_not_imported_before_a_pull_and_leaves_nothing_behind(pulls: Pulls, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    program = (
        "import datetime, os, pathlib, sys, ingest.sources.pull\n"
        "assert not {'dlt', 'requests'} & set(sys.modules)\n"
        "ingest.sources.pull.pull('zendesk', 'tickets', landing=pathlib.Path(sys.argv[1]),"
        " lake=pathlib.Path(sys.argv[2]), environ=os.environ, now=datetime.datetime.now(datetime.UTC))\n"
        "assert os.environ['RUNTIME__DLTHUB_TELEMETRY'] == 'false'"
    )
    pulls.account.tickets = [ticket(1)]
    arguments = [sys.executable, "-c", program, str(pulls.landing), str(pulls.lake)]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]} | pulls.environ
    subprocess.run(arguments, env=environ, cwd=home, check=True)
    assert list(home.rglob("*")) == []
    assert pulls.ids() == [1]
