"""The report of a real run: what it shows is what was published, and nobody can be recognised in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from dashboards.report import build_report
from tests.dashboards.pages import check_page, parse, specs

if TYPE_CHECKING:
    from tests.e2e.conftest import Company


def test_every_number_of_the_report_is_published(company: Company) -> None:
    published = company.home / "published"
    assert check_page(published / "report" / "index.html", published / "cx360.duckdb") > 4000


def test_the_demo_company_fills_every_chart(company: Company) -> None:
    document = parse(company.home / "published" / "report" / "index.html")
    unfilled = [figure.get("id") for figure in document.xpath('//figure[.//p[@class="missing"]]')]
    assert unfilled == []
    assert len(specs(document)) > 40


def test_the_report_made_again_is_the_same_and_small(company: Company) -> None:
    published = company.home / "published"
    again = build_report(published / "cx360.duckdb", company.home / "again.html")
    assert again.read_bytes() == (published / "report" / "index.html").read_bytes()
    assert again.stat().st_size < 2_000_000


def test_no_direct_identifier_is_in_the_report(company: Company) -> None:
    document = parse(company.home / "published" / "report" / "index.html")
    for library in document.xpath("//script[not(@type)] | //style"):
        library.drop_tree()
    words = document.text_content()
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", words)
    with duckdb.connect(str(company.home / "warehouse" / "warehouse.duckdb"), read_only=True) as connection:
        contacts = connection.execute(
            "select contact_id, phone, first_name || ' ' || last_name from staging.stg_generic__contacts"
        ).fetchall()
    assert contacts
    shown = set(re.findall(r"[\w+-]+", words)) | set(re.findall(r"\w+ \w+", words))
    assert not shown & {item for row in contacts for item in row if item and len(item) > 5}
