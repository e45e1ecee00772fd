"""`cx360 quarantine` and what a run says of files that did not load, as a person meets them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

import ingest.contracts
from expectations.gate import run_gate
from ingest.lake import needs_rebuild
from ingest.loader import load_landing
from orchestration.cli import main
from orchestration.daily import run_daily
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.summary import screen

Command = Callable[..., tuple[int, list[str]]]

HEADER = "order_id,ordered_at,currency,net_amount,status\n"
LONG = "x" * 500
FOLDER = "this is a folder, though its name is that of a file; move what is in it to landing/shop/orders/"

LANDING = {
    "shop/orders/1.csv": HEADER
    + "o1,2026-06-01,EUR,1,completed\n"
    + "o2,2026-06-01,EUR,1,shipped\n"
    + "o3,2026-06-01,EUR,1,shipped\n"
    + "o4,\x1b[2J\u202e,EUR,1,completed\n"
    + "o5,2026-06-01\n",
    "till/orders/1.csv": HEADER + f"o1,2026-06-01,EUR,{LONG},completed\n",
    "shop/oders/1.csv": HEADER,
    "shop/oders/2.csv": HEADER,
    "shop/orders/\x1b[31m.csv/1.csv": HEADER,
    "stray.csv": HEADER,
}


@pytest.fixture
def cx360(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command on a home whose files were loaded and whose warehouse was never built; returns code and lines."""
    monkeypatch.setenv("CX360_HOME", str(tmp_path))
    for path, content in LANDING.items():
        file = tmp_path / "landing" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    load_landing(
        tmp_path / "landing", tmp_path / "lake", reporting_timezone="UTC", loaded_at=datetime(2026, 6, 2, tzinfo=UTC)
    )
    return call


def call(*arguments: str) -> tuple[int, list[str]]:
    outcome = CliRunner().invoke(main, arguments)
    return outcome.exit_code, outcome.output.splitlines()


@pytest.fixture
def mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract of orders takes `shipped` too, and what the demo company has in place of `completed`."""
    folder = tmp_path / "contracts"
    shutil.copytree(ingest.contracts.CONTRACT_FOLDER, folder, ignore=shutil.ignore_patterns("*.py"))
    text = (folder / "orders.yml").read_text(encoding="utf-8")
    (folder / "orders.yml").write_text(
        text.replace("pending, cancelled]", "pending, cancelled, shipped, done]"), "utf-8"
    )
    monkeypatch.setattr(ingest.contracts, "CONTRACT_FOLDER", folder)
    monkeypatch.setitem(run_gate.__kwdefaults__, "contracts_dir", folder)


def test_list_tells_files_and_rows_without_a_warehouse(cx360: Command) -> None:
    code, lines = cx360("quarantine", "list")
    assert code == 0
    assert lines == [
        "Not loaded (4 files)",
        "  shop/oders/ (2 files): there is no entity named oders; is it orders? Then rename the folder",
        f"  shop/orders/\\x1b[31m.csv: {FOLDER}",
        "  stray.csv: the file does not lie in landing/<source>/<entity>/; move it to landing/<source>/<entity>/",
        "Rows set aside (5 rows of 2 files)",
        "         2  shop/orders/1.csv  status: not one of completed, pending, cancelled",
        "         1  shop/orders/1.csv  ordered_at: not a timestamp (ISO 8601)",
        "         1  shop/orders/1.csv  the row: row has 2 columns, the header has 5",
        "         1  till/orders/1.csv  net_amount: not a decimal number",
        "`cx360 quarantine show FILE` shows the values.",
        "`cx360 quarantine replay` tries all of it again once a contract or a setting was mended.",
    ]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (["--source", "till"], 1),
        (["--source", "shop", "--reason", "NOT ONE OF"], 1),
        (["--entity", "orders"], 4),
        (["--file", "shop/orders/1.csv"], 3),
        (["--entity", "refunds"], 0),
    ],
)
def test_list_is_filtered(cx360: Command, options: list[str], rows: int) -> None:
    code, lines = cx360("quarantine", "list", *options)
    assert code == 0
    assert sum("orders/1.csv  " in line for line in lines) == rows
    if not rows:
        assert lines == ["Nothing of that is in quarantine."]


def test_show_tells_file_row_column_value_and_reason_and_leaves_the_terminal_alone(
    cx360: Command, tmp_path: Path
) -> None:
    expected = [
        "shop/orders/1.csv",
        "  row 3  status = 'shipped'  not one of completed, pending, cancelled",
        "  row 4  status = 'shipped'  not one of completed, pending, cancelled",
        "  row 5  ordered_at = '\\x1b[2J\\u202e'  not a timestamp (ISO 8601)",
        "  row 6  the row = 'o5,2026-06-01'  row has 2 columns, the header has 5",
    ]
    assert cx360("quarantine", "show", "shop/orders/1.csv") == (0, expected)
    assert cx360("quarantine", "show", str(tmp_path / "landing/shop/orders/1.csv")) == (0, expected)
    code, lines = cx360("quarantine", "show", "shop/orders/1.csv", "--limit", "1")
    assert (code, lines) == (0, [*expected[:2], "... and 3 more values (`--limit 4` shows all)"])
    assert cx360("quarantine", "show", "--source", "till") == (
        0,
        ["till/orders/1.csv", f"  row 2  net_amount = '{'x' * 200}'... (500 characters)  not a decimal number"],
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "shop/orders/l.csv"], "No run has met a file 'shop/orders/l.csv'; is it shop/orders/1.csv?"),
        (["replay", "--file", "zzz"], "No run has met a file 'zzz'; `cx360 quarantine list` shows all."),
        (["list", "--source", "shop2"], "No run has met a source 'shop2'; is it shop?"),
        (["replay", "--entity", "ticket"], "No run has met an entity 'ticket'; is it tickets?"),
    ],
)
def test_what_no_run_has_met_is_bad_usage(cx360: Command, arguments: list[str], sentence: str) -> None:
    assert cx360("quarantine", *arguments) == (2, [f"Error: {sentence}"])


def test_replay_says_what_loads_now_and_a_second_time_nothing(cx360: Command, mended: None) -> None:
    code, lines = cx360("quarantine", "replay", "--entity", "orders")
    assert code == 0
    assert lines == [
        f"shop/orders/\\x1b[31m.csv: still not loaded ({FOLDER})",
        "shop/orders/1.csv: 2 of 4 rows loaded now, 2 set aside",
        "till/orders/1.csv: 0 of 1 row loaded now, 1 set aside",
        "2 rows left quarantine; `cx360 run` takes them to the marts.",
    ]
    assert cx360("quarantine", "replay", "--source", "shop", "--entity", "orders")[1][-1] == "0 rows left quarantine."
    assert cx360("quarantine", "list", "--source", "shop")[1][3] == "Rows set aside (2 rows of 1 file)"


def test_the_screen_names_ten_and_counts_the_rest(cx360: Command, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / "landing" / "shop" / "orders" / f"empty{number}.csv").write_text("")
    load_landing(
        tmp_path / "landing", tmp_path / "lake", reporting_timezone="UTC", loaded_at=datetime(2026, 6, 3, tzinfo=UTC)
    )
    lines = list(screen(Settings(home=tmp_path), succeeded=False, seconds=1))
    first = lines.index("Not loaded (24 files)")
    assert lines[first + 1].startswith("  shop/oders/ (2 files): ")
    assert lines[first + 11] == "  ... and 13 more (`cx360 quarantine list`)"


def test_sources_list_names_what_lies_elsewhere(cx360: Command) -> None:
    code, lines = cx360("sources", "list")
    assert code == 0
    assert any("oders" in line and "is it orders?" in line for line in lines)
    assert lines[-3] == "Not loaded, for it lies where nothing is loaded from:"
    assert lines[-1].startswith("  stray.csv: the file does not lie in landing/<source>/<entity>/")


def test_a_file_in_the_wrong_place_keeps_the_demo_company_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX360_HOME", str(tmp_path))
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "orders.csv").write_text(HEADER, encoding="utf-8")
    code, lines = call("demo")
    assert (code, "not the demo's" in lines[0]) == (2, True)


@pytest.fixture
def without_rights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of a user to whom rights matter, which they do not to root."""
    home = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(home, 65534, 65534)
        os.seteuid(65534)
    monkeypatch.setenv("CX360_HOME", str(home))
    try:
        yield home
    finally:
        if is_root:
            os.seteuid(0)
        shutil.rmtree(home)


def test_a_reader_who_has_seen_enough_is_no_fault(cx360: Command) -> None:
    program = [sys.executable, "-m", "orchestration.cli", "quarantine", "list"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT_ROOT) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""


@pytest.mark.parametrize("command", [["run"], ["demo"], ["publish"], ["quarantine", "replay"]])
def test_a_home_that_may_not_be_written_to_is_one_sentence(without_rights: Path, command: list[str]) -> None:
    without_rights.chmod(0o500)
    code, lines = call(*command)
    advice = "cannot be written to; give yourself the right to, or set CX360_HOME to another folder."
    assert (code, lines) == (2, [f"Error: {without_rights} {advice}"])
    without_rights.chmod(0o700)


@pytest.mark.parametrize("command", [["run"], ["sources", "list"], ["quarantine", "replay"]])
def test_a_landing_that_cannot_be_read_is_one_sentence(without_rights: Path, command: list[str]) -> None:
    landing = without_rights / "landing"
    landing.mkdir(mode=0)
    code, lines = call(*command)
    advice = "cannot be read (Permission denied); give the user who runs cx360 the right to read it."
    assert (code, lines) == (2, [f"Error: {landing} {advice}"])
    landing.rmdir()
    landing.write_text("")
    code, lines = call(*command)
    advice = "is a file; move it away: landing is a folder, with <source>/<entity>/ in it."
    assert (code, lines) == (2, [f"Error: {landing} {advice}"])


def test_the_next_run_takes_what_left_quarantine_into_staging_once(
    home: Settings, mended: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def staged() -> list[tuple]:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            return connection.execute(
                "select count(*), count(distinct (_load_id, _row_number)) from staging.stg_generic__orders"
            ).fetchall()

    monkeypatch.setenv("CX360_HOME", str(home.home))
    [(before, _)] = staged()
    (home.landing / "webshop" / "Orders").mkdir()
    (home.landing / "webshop" / "Orders" / "1.csv").write_text(HEADER, encoding="utf-8")
    assert call("quarantine", "replay", "--entity", "orders")[1][-1].startswith("1 row left quarantine")
    assert needs_rebuild(home.lake)
    lines: list[str] = []
    assert run_daily(home, as_of=date(2026, 6, 30), layers=["landing", "staging"], echo=lines.append), lines
    assert staged() == [(before + 1, before + 1)]
    assert not needs_rebuild(home.lake)
    assert "  webshop/Orders/: there is no entity named Orders; is it orders? Then rename the folder" in lines
