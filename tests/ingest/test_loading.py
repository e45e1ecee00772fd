"""Loads over time: what is quarantined, skipped, replaced, deleted, refused or resumed."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pandas as pd
import pytest

import ingest.loader
from ingest.lake import Ledger, only_writer
from ingest.loader import load_landing

HEADER = "order_id,ordered_at,currency,net_amount\n"


def order(number: int, amount: object = 10, day: str = "2026-06-01") -> str:
    return f"o{number},{day},EUR,{amount}\n"


def test_rows_that_break_the_contract_are_quarantined_with_the_reason(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1) + "o2,tomorrow,,1\n" + "o3,2026-06-01,EUR\n" + order(4))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (4, 2, 2)
    assert company.query("select order_id, _row_number from raw.generic__orders order by 1") == [("o1", 2), ("o4", 5)]
    found = company.query(
        'select file, row_number, "column", value, reason, record from restricted.quarantined_rows order by all'
    )
    whole = '{"order_id":"o2","ordered_at":"tomorrow","currency":null,"net_amount":"1"}'
    assert found == [
        ("shop/orders/a.csv", 3, "currency", None, "required value is missing", whole),
        ("shop/orders/a.csv", 3, "ordered_at", "tomorrow", "not a timestamp (ISO 8601)", whole),
        ("shop/orders/a.csv", 4, None, "o3,2026-06-01,EUR", "row has 3 columns, the header has 4", None),
    ]
    assert company.query('select "column", reason, row_count from quality.quarantined_values order by all') == [
        ("currency", "required value is missing", 1),
        ("ordered_at", "not a timestamp (ISO 8601)", 1),
        (None, "row has 3 columns, the header has 4", 1),
    ]


def test_a_row_with_two_broken_values_is_one_quarantined_row(company):
    company.deliver("desk/tickets/a.csv", "ticket_id,channel,status,created_at,severity\nt,e,odd,2026-06-01,9\n")
    record = company.load_one()
    assert (record.rows_read, record.rows_quarantined) == (1, 1)
    assert company.query("select count(*) from restricted.quarantined_rows") == [(2,)]


def test_broken_quotes_cost_one_row(company):
    rows = [order(1), 'o2,"2026-06-01,EUR,1\n', order(3), 'o4,"x"y,EUR,1\n', order(5), 'o6,"never closed\n', order(7)]
    company.deliver("shop/orders/a.csv", HEADER + "".join(rows))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (7, 4, 3)
    assert company.query("select row_number from restricted.quarantined_rows order by 1") == [(3,), (5,), (7,)]


def test_a_line_without_end_does_not_fill_the_memory(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1) + "x" * 5_000_000 + "\n" + order(2))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (3, 2, 1)
    assert company.query("select _row_number from raw.generic__orders order by 1") == [(2,), (4,)]


def test_lines_of_jsonl_that_are_no_objects_are_quarantined(company):
    lines = ['{"contact_id": "1"}', '{"contact_id": ', "[1]", "17", '{"contact_id": "2", "email": null}', "{}"]
    company.deliver("crm/contacts/a.jsonl", "\n".join(lines))
    record = company.load_one()
    assert (record.rows_read, record.rows_loaded, record.rows_quarantined) == (6, 2, 4)
    found = company.query("select row_number, reason from restricted.quarantined_rows order by 1")
    assert found == [
        (2, "not a JSON object"),
        (3, "not a JSON object"),
        (4, "not a JSON object"),
        (6, "required value is missing"),
    ]


def test_missing_required_column_quarantines_every_row_and_says_so(company):
    company.deliver("shop/orders/a.csv", "order_id,ordered_at,currency\no1,2026-06-01,EUR\n")
    record = company.load_one()
    assert (record.rows_loaded, record.rows_quarantined) == (0, 1)
    assert record.message == "required columns are missing: net_amount"


def test_unknown_columns_are_kept_and_reported_once(company):
    company.deliver("crm/contacts/a.csv", 'contact_id,Shoe Size,,it\'s "x"\n1,44,,"a ""b"""\n2,,,\n')
    record = company.load_one()
    assert record.unknown_columns == ["shoe size", "column_3", 'it\'s "x"']
    found = company.query("select contact_id, _extra from raw.generic__contacts order by 1")
    assert [(contact, json.loads(extra) if extra else None) for contact, extra in found] == [
        ("1", {"shoe size": "44", 'it\'s "x"': 'a "b"'}),
        ("2", None),
    ]


def test_same_content_twice_changes_nothing(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1))
    company.load()
    before = company.query("from raw.generic__orders")
    company.deliver("shop/orders/b.csv", HEADER + order(1))
    first, second = company.load()
    assert (first.status, first.rows_read, second.status, second.rows_read) == ("skipped", 0, "skipped", 0)
    assert second.message == "same content as shop/orders/a.csv"
    assert company.query("from raw.generic__orders") == before
    assert [record.status for record in company.load()] == ["skipped", "skipped"]
    assert company.query("select file, status from quality.loaded_files order by 1") == [
        ("shop/orders/a.csv", "loaded"),
        ("shop/orders/b.csv", "skipped"),
    ]


def test_same_content_of_another_source_is_another_load(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1))
    company.deliver("till/orders/a.csv", HEADER + order(1))
    assert [record.status for record in company.load()] == ["loaded", "loaded"]
    assert company.query("select _source_system, _load_sequence from raw.generic__orders order by 1") == [
        ("shop", 1),
        ("till", 2),
    ]


def test_a_file_touched_but_not_changed_is_skipped(company):
    path = company.deliver("shop/orders/a.csv", HEADER + order(1))
    company.load()
    os.utime(path, ns=(1, 1))
    assert company.load_one().status == "skipped"


def test_a_changed_file_is_a_new_delivery(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1, 10))
    company.load()
    company.deliver("shop/orders/a.csv", HEADER + order(1, 12))
    assert company.load_one().status == "loaded"
    found = company.query("select net_amount::int, _load_sequence, _loaded_at from raw.generic__orders order by 2")
    assert found == [(10, 1, datetime(2026, 6, 1, 4, tzinfo=UTC)), (12, 2, datetime(2026, 6, 2, 4, tzinfo=UTC))]


def test_loads_are_numbered_by_batch_then_path(company):
    company.deliver("shop/orders/b.csv", HEADER + order(1))
    company.deliver("shop/orders/a.csv", HEADER + order(2))
    company.load()
    company.deliver("shop/orders/0.csv", HEADER + order(3))
    company.load()
    assert company.query("select _file, _load_sequence from raw.generic__orders order by 2") == [
        ("shop/orders/a.csv", 1),
        ("shop/orders/b.csv", 2),
        ("shop/orders/0.csv", 3),
    ]


def test_complete_list_deletes_the_keys_it_lacks(company):
    header = "order_id,ordered_at,currency,net_amount,updated_at,is_deleted\n"
    company.deliver(
        "shop/orders/1.csv",
        header
        + "o1,2026-06-01,EUR,1,2026-06-01,\n"
        + "o1,2026-06-01,EUR,2,2026-06-03,\n"
        + "o2,2026-06-01,EUR,1,,\n"
        + "o3,2026-06-01,EUR,1,2026-06-01,true\n"
        + "o4,2026-06-01,EUR,1,,\n",
    )
    company.deliver("till/orders/1.csv", HEADER + order(9))
    company.load()
    company.deliver("shop/orders/2.full.csv", header + "o4,2026-06-01,EUR,1,,\n" + "o5,2026-06-01,EUR,1,,\n")
    company.load()
    found = company.query(
        "select _source_system, order_id, updated_at, is_deleted, net_amount, _row_number, _file, _load_sequence "
        "from raw.generic__orders where _is_tombstone order by 2"
    )
    # o3 was deleted before, o9 is another system's; the tombstone of o1 carries the latest change of the key.
    assert found == [
        ("shop", "o1", datetime(2026, 6, 3, tzinfo=UTC), True, None, None, "shop/orders/2.full.csv", 3),
        ("shop", "o2", None, True, None, None, "shop/orders/2.full.csv", 3),
    ]
    assert company.query(
        "select rows_read, rows_loaded, rows_tombstoned from quality.loaded_files where file like '%full%'"
    ) == [(2, 2, 2)]


def test_a_deleted_key_is_deleted_once_and_can_come_back(company):
    company.deliver("shop/orders/1.csv", HEADER + order(1) + order(2))
    company.load()
    company.deliver("shop/orders/2.full.csv", HEADER + order(2))
    company.load()
    company.deliver("shop/orders/3.full.csv", HEADER + order(2, 11))
    company.load()
    company.deliver("shop/orders/4.full.csv", HEADER + order(1) + order(2, 12))
    company.load()
    found = company.query("select order_id, _load_sequence from raw.generic__orders where _is_tombstone")
    assert found == [("o1", 2)]


def test_complete_list_with_nullable_key_columns(company):
    header = "agent_id,name,valid_from\n"
    company.deliver("desk/agents/1.csv", header + "a1,Ann,\na1,Ann,2026-01-01\na2,Bob,\n")
    company.load()
    company.deliver("desk/agents/2.full.csv", header + "a1,Ann,\n")
    company.load()
    found = company.query("select agent_id, valid_from from raw.generic__agents where _is_tombstone order by 1")
    assert found == [("a1", datetime(2026, 1, 1, tzinfo=UTC)), ("a2", None)]


def test_complete_list_with_an_unreadable_key_deletes_nothing(company):
    company.deliver("shop/orders/1.csv", HEADER + order(1) + order(2))
    company.load()
    company.deliver("shop/orders/2.full.csv", HEADER + order(2, 11) + ",2026-06-01,EUR,1\n")
    record = company.load()[1]
    assert record.rows_tombstoned == 0
    assert "nothing was taken as deleted" in record.message


def test_a_broken_row_of_a_complete_list_is_no_deletion(company):
    company.deliver("shop/orders/1.csv", HEADER + order(1) + order(2))
    company.load()
    company.deliver("shop/orders/2.full.csv", HEADER + order(1, "ten") + order(2))
    assert company.load()[1].rows_tombstoned == 0


UNREADABLE = {
    "shop/orders/empty.csv": b"",
    "shop/orders/blank.csv": b"\n \n",
    "shop/orders/only_a_mark.csv": b"\xef\xbb\xbf",
    "shop/orders/binary.csv": bytes(range(256)) * 20,
    "shop/orders/zeros.csv": bytes(100),
    "shop/orders/no_header.csv": b"o1,2026-06-01,EUR,1\n",
    "shop/orders/twice.csv": b"order_id,order_id\no1,o1\n",
    "shop/orders/wide.csv": (HEADER.strip() + "," * 5000 + "\n").encode(),
    "shop/orders/cut.csv.gz": gzip.compress((HEADER + order(1) * 1000).encode())[:-20],
    "shop/orders/not.csv.gz": b"not gzip",
    "shop/orders/broken.json": b'[{"order_id": "o1"},',
    "shop/orders/broken.parquet": b"PAR1 and nothing else PAR1",
    "shop/orders/broken.xlsx": b"PK no workbook",
    "shop/orders/picture.png": b"\x89PNG",
    "shop/unicorns/a.csv": b"unicorn_id\n1\n",
    "stray.csv": b"order_id\n1\n",
    "shop/stray.csv": b"order_id\n1\n",
    "shop/orders/deep/er/a.csv": b"order_id\n1\n",
}


@pytest.mark.parametrize("path", UNREADABLE)
def test_unreadable_file_is_reported_and_the_others_load(company, path):
    company.deliver(path, UNREADABLE[path])
    company.deliver("shop/orders/good.csv", HEADER + order(1))
    for _ in range(2):
        records = {record.file: record for record in company.load()}
        assert records[path].status == "unreadable"
        assert records[path].message
        assert (records[path].rows_read, records[path].rows_loaded, records[path].rows_quarantined) == (0, 0, 0)
        assert str(company.home) not in records[path].message
    assert company.query("select order_id from raw.generic__orders") == [("o1",)]
    assert company.query("select status from quality.loaded_files where file <> 'shop/orders/good.csv'") == [
        ("unreadable",)
    ]
    company.deliver(path, HEADER + order(2)).unlink()
    company.load()
    assert company.query("select count(*) from quality.loaded_files where status = 'unreadable'") == [(0,)]


def test_links_out_of_the_landing_folder_are_refused(company):
    secret = company.home / "secret.csv"
    secret.write_text(HEADER + order(1))
    (company.home / "folder" / "orders").mkdir(parents=True)
    (company.home / "folder" / "orders" / "a.csv").write_text(HEADER + order(1))
    company.deliver("shop/orders/good.csv", HEADER + order(2))
    (company.landing / "shop/orders/link.csv").symlink_to(secret)
    (company.landing / "other").symlink_to(company.home / "folder")
    records = {record.file: record.status for record in company.load()}
    assert records == {"other": "unreadable", "shop/orders/good.csv": "loaded", "shop/orders/link.csv": "unreadable"}


def test_a_pipe_does_not_block_the_run(company):
    company.deliver("shop/orders/good.csv", HEADER + order(2))
    os.mkfifo(company.landing / "shop/orders/pipe.csv")
    assert [record.status for record in company.load()] == ["loaded", "unreadable"]


def test_hidden_files_and_manifests_are_passed_over(company):
    company.deliver("shop/orders/.DS_Store", b"x")
    company.deliver("shop/orders/_manifest.json", b"{}")
    company.deliver("_old/orders/a.csv", b"x")
    assert company.load() == []


@pytest.mark.parametrize("moment", ["commit", "replace"])
def test_a_killed_run_is_continued(company, tmp_path, monkeypatch, moment):
    undisturbed = type(company)(tmp_path / "undisturbed")
    for target in (company, undisturbed):
        target.deliver("shop/orders/a.csv", HEADER + order(1))
        target.deliver("shop/orders/b.csv", HEADER + order(2) + order(3, "x"))
    real_commit, real_replace = Ledger.commit, os.replace

    def commit(ledger, record):
        if record.file.endswith("b.csv"):
            raise KeyboardInterrupt
        real_commit(ledger, record)

    def replace(source, target):
        if "/orders/" in str(target) and len(Ledger(company.lake).records) == 1:
            raise KeyboardInterrupt
        real_replace(source, target)

    with monkeypatch.context() as patch:
        if moment == "commit":
            patch.setattr(Ledger, "commit", commit)
        else:
            patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            company.load()
    # What the killed run left is not seen, and the next run, a day later, leaves nothing of it behind.
    assert company.query("select order_id from raw.generic__orders") == [("o1",)]
    company.load()
    undisturbed.load()
    assert sorted(path.name for path in company.lake.rglob("*.parquet")) == sorted(
        path.name for path in undisturbed.lake.rglob("*.parquet")
    )
    assert not list(company.lake.rglob("*.tmp"))
    sql = (
        "select order_id, net_amount, _load_id, _load_sequence, _file, _row_number from raw.generic__orders order by 1"
    )
    assert company.query(sql) == undisturbed.query(sql)


def test_lake_is_private_to_the_user(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1) + order(2, "x"))
    company.load()
    for path in [company.lake, *company.lake.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_landing_is_never_written_to(company):
    path = company.deliver("shop/orders/a.csv.gz", gzip.compress((HEADER + order(1)).encode()))
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    company.load()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in path.parent.iterdir()] == ["a.csv.gz"]


def test_two_loaders_at_once_are_refused(company):
    with only_writer(company.lake), pytest.raises(RuntimeError, match="another process"):
        company.load()


#: A process of its own, because a limit on the size of files is the whole process's.
_LOAD_WITH_LITTLE_ROOM = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
import ingest.loader
ingest.loader.MEMORY_LIMIT = sys.argv[2]
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
home = Path(sys.argv[1])
ingest.loader.load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=datetime.now(UTC))
"""


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("the lake's own file.csv", "1GB"),
        ("a copy to work on.csv.gz", "1GB"),
        ("a copy to work on.jsonl.gz", "1GB"),
        ("rows beyond memory.parquet", "60MB"),
    ],
)
def test_a_full_disk_ends_the_run_and_is_no_fault_of_the_file(company, name, memory):
    numbers = random.Random(7)
    columns = [f"{numbers.random()}" for _ in range(60_000)]
    text = HEADER + "".join(f"o{number},2026-06-01,EUR,1\n" for number in columns)
    if name.endswith("jsonl.gz"):
        text = "".join(f'{{"order_id": "{number}"}}\n' for number in columns)
    content = gzip.compress(text.encode(), compresslevel=1) if name.endswith(".gz") else text.encode()
    if name.endswith("parquet"):
        frame = pd.DataFrame({"order_id": columns * 10, "tags": columns * 10, "currency": columns[::-1] * 10})
        buffer = io.BytesIO()
        frame.to_parquet(buffer)
        content = buffer.getvalue()
    company.deliver("shop/orders/0.csv", HEADER + order(1))
    company.deliver(f"shop/orders/{name}", content)
    ended = subprocess.run(
        [sys.executable, "-c", _LOAD_WITH_LITTLE_ROOM, company.home, memory],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr.splitlines()[-1] == (
        f"ingest.full_disk.LakeError: the lake in {company.lake} cannot be written (File too large): make room there, "
        "or give the right to write, and run again; what is not loaded yet is loaded then"
    )
    # The file counts as never met, and loads once there is room.
    assert company.query("select file, status from quality.loaded_files") == [("shop/orders/0.csv", "loaded")]
    assert [record.status for record in company.load()] == ["skipped", "loaded"]


def test_views_are_typed_and_empty_before_anything_is_loaded(company):
    assert company.query("from raw.generic__orders") == []
    types = dict(
        company.query(
            "select column_name, data_type from information_schema.columns where table_name = 'generic__orders'"
        )
    )
    assert types["net_amount"] == "DECIMAL(18,4)"
    assert types["_loaded_at"] == "TIMESTAMP WITH TIME ZONE"
    assert list(types)[-3:] == ["_row_hash", "_extra", "_is_tombstone"]


def test_view_reads_files_from_before_a_column_was_added_to_the_contract(company):
    import duckdb

    company.deliver("shop/orders/a.csv", HEADER + order(1))
    record = company.load_one()
    path = company.lake / record.raw_path
    with duckdb.connect() as connection:
        connection.execute(f"copy (select * exclude (platform) from '{path}') to '{path}.new' (format parquet)")
    os.replace(f"{path}.new", path)
    company.deliver("shop/orders/b.csv", HEADER.strip() + ",platform\n" + order(2).strip() + ",own\n")
    company.load()
    assert company.query("select order_id, platform from raw.generic__orders order by 1") == [
        ("o1", None),
        ("o2", "own"),
    ]


def test_only_the_named_entities_are_loaded(company):
    company.deliver("shop/orders/a.csv", HEADER + order(1))
    company.deliver("shop/contacts/a.csv", "contact_id\n1\n")
    records = ingest.loader.load_landing(
        company.landing,
        company.lake,
        reporting_timezone="UTC",
        loaded_at=datetime(2026, 6, 1, tzinfo=UTC),
        tables=["generic__contacts"],
    )
    assert [record.entity for record in records] == ["contacts"]


def test_loading_one_entity_forgets_nothing_of_another(company):
    company.deliver("shop/refunds/broken.parquet", b"not Parquet")
    company.load()
    company.deliver("shop/orders/good.csv", HEADER + order(1))
    loaded_at = datetime(2026, 7, 1, tzinfo=UTC)
    tables = {"generic__orders"}
    load_landing(company.landing, company.lake, reporting_timezone="UTC", loaded_at=loaded_at, tables=tables)
    assert company.query("select file from quality.loaded_files where status = 'unreadable'") == [
        ("shop/refunds/broken.parquet",)
    ]
