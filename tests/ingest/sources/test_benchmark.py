"""The benchmark of the pulls reads what its server has, all of it, and would notice if it did not."""

from __future__ import annotations

from pathlib import Path

from benchmarks.clients import landed, pulled, served


def test_a_pull_of_the_benchmark_lands_every_record_of_its_server(tmp_path: Path) -> None:
    with served("shopify", 300) as address:
        turn, wrong = pulled("shopify", address, 300)
        assert (turn.records, wrong) == (300, [])
        _, wrong = pulled("shopify", address, 301)
    assert wrong == ["shopify: 300 of 301 records have landed", "shopify: 300 records came, not 301"]
    assert landed(tmp_path, 300) == 0
