"""The benchmark of the pulls reads what its server has, all of it, and would notice if it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.clients import landed, pulled, served
from benchmarks.fake_vendors import VENDORS


@pytest.mark.parametrize("vendor", sorted(set(VENDORS) - {"shopify"}))
def test_a_pull_of_the_benchmark_lands_every_record_of_its_server(vendor: str) -> None:
    with served(vendor, 100) as address:
        assert pulled(vendor, address, 100)[1] == []


def test_a_benchmark_says_what_did_not_land(tmp_path: Path) -> None:
    with served("shopify", 300) as address:
        turn, wrong = pulled("shopify", address, 300)
        assert (turn.records, wrong) == (300, [])
        _, wrong = pulled("shopify", address, 301)
    assert wrong == ["shopify: 300 of 301 records have landed", "shopify: 300 records came, not 301"]
    assert landed(tmp_path, 300) == 0
