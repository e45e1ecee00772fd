"""The demo company as vendors would deliver it: sound records, and the same for the same seed."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.demo import write_demo
from ingest.demo.shapes import SHAPES
from ingest.lake import LoadedFile
from ingest.loader import load_landing


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shapes")
    write_demo(home / "landing", customers=200, seed=7, shapes=SHAPES)
    return home


@pytest.fixture(scope="module")
def loaded(home: Path) -> list[LoadedFile]:
    return load_landing(
        home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=datetime(2026, 7, 1, 4, tzinfo=UTC)
    )


def test_every_record_keeps_the_contract_of_its_vendor(loaded: list[LoadedFile]) -> None:
    assert set(SHAPES) <= {file.source_system for file in loaded}
    assert {(file.status, file.rows_quarantined) for file in loaded} == {("loaded", 0)}


def test_nothing_of_the_systems_is_left_untold(home: Path) -> None:
    assert {folder.name for folder in (home / "landing").iterdir()}.isdisjoint(
        shape.system for shape in SHAPES.values()
    )


def test_what_no_contract_knows_is_what_the_setting_names(home: Path, loaded: list[LoadedFile]) -> None:
    setting = json.loads((home / "demo.json").read_text())["vars"]["custom_fields"]
    for vendor in SHAPES:
        named = {field.partition(".")[0] for fields in setting[vendor].values() for field in fields.values()}
        unknown = {name for file in loaded if file.source_system == vendor for name in file.unknown_columns}
        assert unknown <= named, vendor


def test_the_same_seed_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "landing", customers=200, seed=7, shapes=SHAPES)
    assert _digests(tmp_path / "landing") == _digests(home / "landing")


def test_a_shape_alone_leaves_all_other_systems_as_they_are(tmp_path: Path) -> None:
    write_demo(tmp_path / "as_it_is" / "landing", customers=200, seed=7, faults=False)
    write_demo(tmp_path / "shaped" / "landing", customers=200, seed=7, shapes=["zendesk"])
    canonical, shaped = (_digests(tmp_path / name / "landing") for name in ("as_it_is", "shaped"))
    others = {path: digest for path, digest in canonical.items() if not path.startswith("helpdesk/")}
    assert {path: digest for path, digest in shaped.items() if not path.startswith("zendesk/")} == others


def test_other_systems_name_people_and_companies_by_the_numbers_of_hubspot(home: Path) -> None:
    for path in (home / "landing").rglob("*.*"):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert not re.search(rb'crm["\\]', data), path
    accounts = (home / "landing" / "billing" / "accounts" / "accounts.csv").read_text()
    assert '""hubspot"": ""20000000000""' in accounts


def _digests(landing: Path) -> dict[str, str]:
    return {
        path.relative_to(landing).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in landing.rglob("*.*")
    }
