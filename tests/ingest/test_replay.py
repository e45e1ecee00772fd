"""Quarantine tried again: the lake is as if the rows had been right in the first place."""

from __future__ import annotations

import json
import os
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import ingest.contracts
from ingest.lake import Ledger, needs_rebuild, register_raw_views, staging_was_rebuilt
from ingest.replay import Replayed, replay
from tests.ingest.conftest import START, Company

HEADER = "order_id,ordered_at,currency,net_amount,status\n"


def order(number: int, amount: object = 10, status: str = "completed", day: str = "2026-06-01") -> str:
    return f"o{number},{day},EUR,{amount},{status}\n"


#: What is delivered on each day. Before the contract is mended `shipped` is no status, and `Nummer` no column.
DAYS = [
    {
        "shop/orders/1.csv": HEADER
        + order(1)
        + order(2, status="shipped")
        + order(3, status="shipped")
        + order(4, "ten")
        + "o5,1,2\n",
        "shop/orders/german.csv": HEADER.replace("order_id", "Nummer") + order(6) + order(7) + order(8, "acht"),
        "shop/orders/unreadable.csv": "Nummer,Datum,Waehrung,Netto\no6,2026-06-01,EUR,60\no10,2026-06-01,EUR,1\n",
        "till/orders/1.csv": HEADER + order(2, status="shipped"),
        "shop/refunds/1.csv": "refund_id\nr1\n",
    },
    # o2 and o6 again: the later delivery wins.
    {"shop/orders/2.csv": HEADER + order(2, 22) + order(6, 66), "shop/orders/2b.csv": HEADER + order(9)},
    # o3 and o7 are gone, and o9 is on the list, though in quarantine.
    {"shop/orders/3.full.csv": HEADER + order(1) + order(2, 23) + order(6, 67) + order(9, 99, "shipped")},
    {"shop/orders/4.full.csv": HEADER + order(2, 24) + order(3, 34, "shipped")},
    {"shop/orders/5.full.csv": HEADER + order(2, 25)},
]


@pytest.fixture(scope="module")
def mended_contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts, of which that of orders is mended."""
    folder = tmp_path_factory.mktemp("mended") / "contracts"
    shutil.copytree(ingest.contracts.CONTRACT_FOLDER, folder, ignore=shutil.ignore_patterns("*.py"))
    text = (folder / "orders.yml").read_text()
    for old, new in {
        "[completed, pending, cancelled]": "[completed, pending, cancelled, shipped]",
        "- name: order_id\n": "- name: order_id\n    aliases: [nummer]\n",
        "- name: ordered_at\n": "- name: ordered_at\n    aliases: [datum]\n",
        "- name: currency\n": "- name: currency\n    aliases: [waehrung]\n",
        "- name: net_amount\n": "- name: net_amount\n    aliases: [netto]\n",
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "orders.yml").write_text(text)
    return folder


@pytest.fixture
def mend(mended_contracts: Path, monkeypatch: pytest.MonkeyPatch):
    """Mends the contract; what is loaded before is loaded by the one that is not mended."""
    return lambda: monkeypatch.setattr(ingest.contracts, "CONTRACT_FOLDER", mended_contracts)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a company that was loaded day by day before the contract was mended. Copy it to change it."""
    company = Company(tmp_path_factory.mktemp("wrong"))
    for day in range(len(DAYS)):
        deliver_day(company, day)
    return company.home


@pytest.fixture
def delivered(wrong: Path, tmp_path: Path) -> Company:
    shutil.copytree(wrong, tmp_path / "delivered", copy_function=shutil.copy2)
    return Company(tmp_path / "delivered", runs=len(DAYS))


@pytest.fixture(scope="module")
def right(mended_contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple]]:
    """Everything in the lake of a company whose contract had been mended before the first day."""
    company = Company(tmp_path_factory.mktemp("right"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.contracts, "CONTRACT_FOLDER", mended_contracts)
        for day in range(len(DAYS)):
            deliver_day(company, day)
        assert not needs_rebuild(company.lake)
        return everything(company)


def try_again(company: Company, **options) -> list[Replayed]:
    return replay(company.landing, company.lake, reporting_timezone="UTC", now=START, **options)


def deliver_day(company: Company, day: int) -> None:
    for path, content in DAYS[day].items():
        company.deliver(path, content)
    company.load()


RAW = (
    "select * exclude (_row_hash), _row_hash from raw.generic__orders order by all",
    "select source_system, entity, file, load_id, load_sequence, status, rows_read, rows_loaded, rows_quarantined,"
    " rows_tombstoned, unknown_columns, message, loaded_at from quality.loaded_files order by all",
    "select * from restricted.quarantined_rows order by all",
)


def everything(company: Company) -> list[list[tuple]]:
    with duckdb.connect() as connection:  # one for all: to register the views takes longer than what is asked
        connection.execute("set TimeZone = 'UTC'")
        register_raw_views(connection, company.lake)
        raw, loads, set_aside = (connection.execute(sql).fetchall() for sql in RAW)
    # The order of the columns of a row that was set aside says nothing.
    return [raw, loads, [(*row[:-1], json.loads(row[-1]) if row[-1] else None) for row in set_aside]]


def files(company: Company) -> set[str]:
    return {path.name for path in company.lake.rglob("*") if path.is_file()}


@pytest.mark.parametrize("gone", [False, True])
def test_the_lake_is_as_if_the_rows_had_been_right(delivered, right, mend, gone):
    assert delivered.query("select count(*) from raw.generic__orders where not _is_tombstone") == [(9,)]
    if gone:  # the rows come from quarantine then; a file that could not be read must be there
        for path in delivered.landing.rglob("*.csv"):
            if path.name != "unreadable.csv":
                path.unlink()
    mend()
    done = {one.file: one for one in try_again(delivered)}
    assert {file: one.rows_freed for file, one in done.items()} == {
        "shop/orders/1.csv": 2,
        "shop/orders/german.csv": 2,
        "shop/orders/unreadable.csv": 2,
        "shop/refunds/1.csv": 0,
        "till/orders/1.csv": 1,
        "shop/orders/3.full.csv": 1,
        "shop/orders/4.full.csv": 1,
    }
    assert everything(delivered) == right
    # o3 came with the fourth list, and went with the fifth.
    assert needs_rebuild(delivered.lake)


def test_a_second_time_changes_nothing(delivered, mend):
    mend()
    try_again(delivered)
    before, there = everything(delivered), {name for name in files(delivered) if not name.startswith("rebuild")}
    staging_was_rebuilt(delivered.lake)
    assert all(one.after.rows_loaded == one.before.rows_loaded for one in try_again(delivered))
    assert everything(delivered) == before
    assert not needs_rebuild(delivered.lake)
    try_again(delivered)
    assert files(delivered) <= there  # what was written over is cleared away, and nothing is added
    delivered.load()
    assert everything(delivered) == before


def test_without_a_mended_contract_nothing_changes(company):
    deliver_day(company, 0)
    before, there = everything(company), files(company)
    done = try_again(company)
    assert [one.rows_freed for one in done] == [0, 0, 0, 0, 0]
    assert everything(company) == before
    assert files(company) == there
    assert not needs_rebuild(company.lake)


def test_only_what_is_chosen_is_tried(company, mend):
    deliver_day(company, 0)
    mend()
    done = try_again(company, chosen=lambda record: record.source_system == "till")
    assert [(one.file, one.rows_freed) for one in done] == [("till/orders/1.csv", 1)]
    assert company.query("select _source_system, order_id from raw.generic__orders order by all") == [
        ("shop", "o1"),
        ("till", "o2"),
    ]


def test_a_run_takes_a_file_that_can_be_read_at_last_to_its_place(delivered, right, mend):
    mend()
    delivered.load()
    assert needs_rebuild(delivered.lake)
    assert delivered.query("select _load_sequence from raw.generic__orders where order_id = 'o10' order by 1") == [
        (3,),
        (8,),  # the tombstone of a later list
    ]
    try_again(delivered)
    assert everything(delivered) == right


def test_a_changed_file_is_a_new_delivery(company, mend):
    deliver_day(company, 0)
    deliver_day(company, 1)
    company.deliver("shop/orders/1.csv", HEADER + order(2, 200, "shipped") + order(11))
    company.deliver("shop/orders/unreadable.csv", HEADER + order(6, 600) + order(7))
    mend()
    done = {one.file: one for one in try_again(company)}
    # Of the rows that quarantine kept the old ones load; the file as it is now goes after what came in between.
    assert done["shop/orders/1.csv"].rows_freed == 2
    assert done["shop/orders/1.csv"].message.startswith("the file has changed since")
    company.load()
    latest = "select order_id, net_amount::int from raw.generic__orders where _source_system = 'shop'"
    found = company.query(
        f"{latest} qualify row_number() over (partition by order_id order by _load_sequence desc) = 1 order by 1"
    )
    assert found == [("o1", 10), ("o11", 10), ("o2", 200), ("o3", 10), ("o6", 600), ("o7", 10), ("o9", 10)]


def test_a_contract_that_became_stricter_takes_no_loaded_row_away(company, mended_contracts, tmp_path, monkeypatch):
    deliver_day(company, 0)
    monkeypatch.setattr(ingest.contracts, "CONTRACT_FOLDER", tmp_path / "stricter")
    path = shutil.copytree(mended_contracts, tmp_path / "stricter") / "orders.yml"
    text = path.read_text().replace("- name: net_amount\n", "- name: net_amount\n    above: 10\n")
    path.write_text(text)
    try_again(company)
    assert company.query("select order_id from raw.generic__orders order by 1") == [("o1",), ("o6",)]
    reasons = company.query("select source_system, reason from restricted.quarantined_rows where row_number = 3")
    assert {reason for _, reason in reasons} == {"not more than 10"}


def test_a_row_that_could_not_be_split_into_columns_is_read_again(company):
    """As after the reader was mended: the record of the file says that more rows had been set aside."""
    company.deliver("shop/orders/1.csv", HEADER + order(1) + '"o2,2026-06-01,EUR,1,\n' + order(3))
    company.load()
    (company.landing / "shop/orders/1.csv").unlink()
    [one] = try_again(company)
    assert (one.rows_freed, one.message) == (
        0,
        "the file is gone from landing: the rows were tried as quarantine kept them; 1 without columns stay",
    )
    assert company.query("select row_number, value from restricted.quarantined_rows") == [(3, '"o2,2026-06-01,EUR,1,')]


def test_a_number_of_json_is_not_taken_for_a_text_once_commas_are_decimal(company, mend):
    """1.234 as a number is one and a bit; as a text of this source it would be a thousand and more."""
    row = {"order_id": "o1", "ordered_at": "2026-06-01", "currency": "EUR", "net_amount": 1.234, "status": "shipped"}
    path = company.deliver("shop/orders/1.jsonl", json.dumps(row) + "\n")
    company.load()
    content = path.read_bytes()
    path.unlink()
    mend()
    company.formats = {"shop": {"*": {"*": {"decimal": ",", "thousands": "."}}}}
    [one] = try_again(company, formats=company.formats)
    assert (one.rows_freed, one.after) == (0, one.before)
    assert one.message == (
        "the file is not in landing as it was, and quarantine does not tell its numbers from texts, which the setting "
        "formats reads with a decimal comma; put the file there again"
    )
    path.write_bytes(content)
    assert [one.rows_freed for one in try_again(company, formats=company.formats)] == [1]
    assert company.query("select order_id, net_amount from raw.generic__orders") == [("o1", Decimal("1.234"))]


@pytest.mark.parametrize("moment", [2, 4, 5, 6])
def test_killed_at_any_moment_it_is_old_or_new(delivered, right, mend, monkeypatch, moment):
    mend()
    real, calls = os.replace, 0

    def replace(source, target):
        nonlocal calls
        calls += 1
        if calls == moment:
            raise KeyboardInterrupt
        real(source, target)

    before = everything(delivered)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            try_again(delivered, chosen=lambda record: record.file == "shop/orders/1.csv")
    after = everything(delivered)
    assert len(Ledger(delivered.lake).records) == 10
    try_again(delivered, chosen=lambda record: record.file == "shop/orders/1.csv")
    assert after in (before, everything(delivered))
    assert needs_rebuild(delivered.lake)
    try_again(delivered)
    assert everything(delivered) == right


def test_a_broken_key_that_may_be_empty_deletes_nothing(company):
    header = "agent_id,name,valid_from\n"
    company.deliver("desk/agents/1.csv", header + "a1,Ann,2026-01-01\na2,Bob,\n")
    company.load()
    company.deliver("desk/agents/2.full.csv", header + "a1,Ann,January\n")
    record = company.load()[1]
    assert record.rows_tombstoned == 0
    assert "nothing was taken as deleted" in record.message
