"""The report as its readers get it: every number is its row, nothing is blank, nothing leaves the page."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import vl_convert
import yaml

from dashboards.report import build_report
from dashboards.report.published import MODELS
from dashboards.report.sections import HEADLINES
from tests.dashboards.company import (
    DEFINITIONS,
    MODELS_FOLDER,
    company,
    definition,
    empty_company,
    value,
    write_published,
)
from tests.dashboards.pages import check_page, parse, specs


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("published") / "cx360.duckdb")


@pytest.fixture(scope="module")
def page(published: Path) -> Path:
    return build_report(published, published.parent / "report" / "index.html")


@pytest.fixture(scope="module")
def document(page: Path) -> Any:
    return parse(page)


@pytest.fixture
def small(tmp_path: Path) -> Any:
    """A report on these rows of metric_values."""

    def build(values: list[dict[str, Any]], **more: Any) -> Any:
        published = write_published(tmp_path / "cx360.duckdb", values=values, **more)
        return parse(build_report(published, tmp_path / "index.html"))

    return build


def text(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content().replace("\N{NO-BREAK SPACE}", " ")).strip()


def test_every_number_is_its_row_of_metric_values(page: Path, published: Path) -> None:
    assert check_page(page, published) > 3000


def test_every_headline_is_shown(document: Any) -> None:
    cards = {card.get("data-metric") for card in document.xpath("//article")}
    assert cards == {metric for group in HEADLINES.values() for metric in group}


def test_a_card_says_value_interval_count_target_and_what_is_undecided(document: Any) -> None:
    nps = text(document.get_element_by_id("card-nps"))
    # The fixture's NPS of the trailing window is 31.25, half up 31.3, from 1234 customers, between 26.25 and 36.25.
    assert "31.3" in nps
    assert "Last 365 days" in nps
    assert "From 1,234 customers" in nps
    assert "Likely 26.3 to 36.3" in nps
    assert "Target 40.0: missed" in nps
    assert "31 not decided yet" in text(document.get_element_by_id("card-fcr"))


def test_closes_are_those_of_the_last_complete_month(document: Any) -> None:
    assert document.get_element_by_id("card-mrr").get("data-period") == "2026-06-01"
    assert "June 2026" in text(document.get_element_by_id("card-mrr"))


def test_a_month_that_is_not_over_is_not_shown(small: Any) -> None:
    months = [value("mrr", "month", date(2026, month, 1), 1000.0 * month) for month in (4, 5, 6)]
    page = small([{**row, "as_of": date(2026, 6, 29)} for row in months])
    assert page.get_element_by_id("card-mrr").get("data-period") == "2026-05-01"
    assert [row["period"] for row in specs(page)["spec-trend-mrr-month-1"]["datasets"]["rows"]] == [
        "2026-04-01",
        "2026-05-01",
    ]


def test_numbers_of_other_tables_are_those_of_the_published_file(document: Any, published: Path) -> None:
    bridge = "from marts.mart_mrr_bridge where product_id = 'all'"
    buyers = "from marts.mart_customer_value where is_current"
    failed = "select count(*) from quality.expectation_results where not success and severity ="
    queries = {
        ("marts.mart_mrr_bridge", "start_mrr"): f"select sum(start_mrr) {bridge}",
        ("marts.mart_mrr_bridge", "fx_effect"): f"select sum(fx_effect) {bridge}",
        ("marts.mart_customer_value", "count"): f"select count(*) {buyers}",
        ("marts.mart_customer_value", "net_revenue"): f"select sum(net_revenue) {buyers}",
        ("quality.layer_rows", "row_count"): "select sum(row_count) from quality.layer_rows where true",
        ("quality.layer_rows", "table_count"): "select count(*) from quality.layer_rows where true",
        ("quality.loaded_files", "rows_read"): "select sum(rows_read) from quality.loaded_files where true",
        ("quality.loaded_files", "rows_quarantined"): "select sum(rows_quarantined) from quality.loaded_files"
        " where true",
        ("quality.loaded_files", "unreadable_count"): "select count(*) from quality.loaded_files"
        " where status = 'unreadable'",
        ("quality.quarantined_values", "row_count"): "select sum(row_count) from quality.quarantined_values where true",
        ("quality.expectation_results", "held"): "select count(*) from quality.expectation_results where success",
        ("quality.expectation_results", "warning"): f"{failed} 'warning'",
        ("quality.expectation_results", "failed"): f"{failed} 'critical'",
        ("quality.releases", "row_count"): "select row_count from quality.releases where true",
    }  # fmt: skip
    seen = set()
    with duckdb.connect(str(published), read_only=True) as connection:
        for cell in document.xpath("//*[@data-table and @data-key]"):
            source = (cell.get("data-table"), cell.get("data-field"))
            if source not in queries:
                continue
            seen.add(source)
            parts = [part.partition("=")[::2] for part in cell.get("data-key").split("; ")]
            where = " and ".join(f"coalesce(cast(\"{name}\" as varchar), 'unknown') = '{item}'" for name, item in parts)
            row = connection.execute(f"{queries[source]} and {where}").fetchone()
            assert row is not None
            assert float(cell.get("data-value")) == pytest.approx(float(row[0]), abs=1e-9), (source, parts)
    assert seen == set(queries)


def test_the_retention_triangle_is_the_mart(document: Any, published: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        rates = {
            (basis, month.isoformat(), age): rate
            for basis, month, age, rate in connection.execute(
                "select basis, cohort_month, age_months, classic_retention_rate from marts.mart_retention_cohorts"
            ).fetchall()
        }
    shown = {
        (line.get("data-basis"), line.get("data-cohort-month"), int(cell.get("data-age"))): float(
            cell.get("data-value")
        )
        for line in document.xpath('//tr[@data-table="marts.mart_retention_cohorts"]')
        for cell in line.xpath("./td[@data-age]")
    }
    drawn = {
        (item["basis"], item["cohort_month"], item["age"]): item["value"]
        for basis in ("subscription", "purchase")
        for item in specs(document)[f"spec-retention-{basis}-1"]["datasets"]["rows"]
    }
    assert shown == rates
    assert drawn == rates


def test_the_bridge_foots(document: Any) -> None:
    steps = specs(document)["spec-mrr-bridge-1"]["datasets"]["rows"]
    assert [step["label"] for step in steps] == [
        "At the start", "New", "Returned", "Expanded", "Reduced", "Left", "Exchange rates", "At the end",
    ]  # fmt: skip
    for before, after in pairwise(steps[:-1]):
        assert after["start"] == before["end"]
    reduced = next(step for step in steps if step["label"] == "Reduced")
    assert reduced["end"] - reduced["start"] == pytest.approx(-reduced["value"])


def test_every_chart_draws(document: Any) -> None:
    drawn = specs(document)
    assert len(drawn) > 30
    for name, spec in drawn.items():
        svg = vl_convert.vegalite_to_svg({**spec, "width": 320})
        assert "<path" in svg or "<line" in svg, name
        if "target" in json.dumps(spec["datasets"]):
            assert "stroke-dasharray" in svg, name


def test_every_chart_has_a_sentence_and_its_numbers(document: Any) -> None:
    for figure in document.xpath("//figure[.//*[@data-chart]]"):
        assert figure.xpath("./h3")
        assert text(figure.xpath('./p[@class="guide"]')[0]), figure.get("id")
        assert figure.xpath(".//table//tr/td"), figure.get("id")
        for chart in figure.xpath(".//*[@data-chart]"):
            assert chart.get("role") == "img"
            assert len(chart.get("aria-label")) > 20


def test_the_same_file_gives_the_same_bytes(page: Path, published: Path, tmp_path: Path) -> None:
    again = build_report(published, tmp_path / "again.html")
    assert again.read_bytes() == page.read_bytes()
    assert page.stat().st_size < 2_000_000


def test_nothing_but_the_page_is_left_behind(page: Path) -> None:
    assert [file.name for file in page.parent.iterdir()] == ["index.html"]


def test_the_page_loads_nothing(document: Any) -> None:
    assert not document.xpath("//@src")
    assert not document.xpath("//link")
    assert all(address.startswith("#") for address in document.xpath("//@href"))
    assert "http" not in document.xpath("string(//style)")
    policy = document.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')[0]
    assert "default-src 'none'" in policy
    # The addresses of the schemas are names; nothing fetches them. Data stand in the specification itself.
    assert all("url" not in json.dumps(spec.get("data", {})) for spec in specs(document).values())


def test_an_empty_company_gets_sentences(tmp_path: Path) -> None:
    page = parse(build_report(empty_company(tmp_path / "cx360.duckdb"), tmp_path / "index.html"))
    assert not page.xpath("//*[@data-chart]")
    assert not page.xpath("//script")
    for section in page.xpath("//section"):
        assert section.xpath('.//*[contains(@class, "missing")] | .//article | .//details'), section.get("id")
    assert text(page.xpath('//article[@id="card-nps"]//*[contains(@class, "headline")]')[0]) == "no data"
    body = text(page.body)
    assert "There are no tickets yet" in body
    assert not re.search(r"\b(nan|None|null|NaN|inf)\b", body)


def test_a_file_without_any_table_gets_sentences(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "cx360.duckdb")) as connection:
        connection.execute("create schema marts")
    page = parse(build_report(tmp_path / "cx360.duckdb", tmp_path / "index.html"))
    assert "The published file holds no data yet." in text(page.body)
    assert len(page.xpath('//*[contains(@class, "missing")]')) >= 10


def test_a_missing_file_is_said_and_leaves_the_old_report(tmp_path: Path) -> None:
    report = tmp_path / "index.html"
    report.write_text("yesterday", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="no published file"):
        build_report(tmp_path / "cx360.duckdb", report)
    assert report.read_text(encoding="utf-8") == "yesterday"


def test_one_missing_section_leaves_the_others(small: Any) -> None:
    page = small([value("nps", "month", date(2026, month, 1), 10.0 * month) for month in (1, 2, 3)])
    assert "spec-trend-nps-month-1" in specs(page)
    assert "There are no tickets yet" in text(page.get_element_by_id("service"))
    figure = page.get_element_by_id("trend-csat-month")
    assert text(figure.xpath('./p[@class="missing"]')[0]) == "Nobody has answered a satisfaction question yet."
    assert "Nothing was counted after March 2026." in text(page.get_element_by_id("trend-nps-month"))


def test_the_window_falls_back_to_all_time_and_says_so(small: Any) -> None:
    page = small(
        [
            value("nps", "trailing"),
            value("nps", "all_time", None, 20.0),
            value("nps", "all_time", None, 25.0, dimension="channel", dimension_value="email"),
        ]
    )
    assert "Since the beginning" in text(page.get_element_by_id("card-nps"))
    assert "Since the beginning" in text(page.get_element_by_id("nps-by-channel"))


def test_names_from_the_data_cannot_become_markup(small: Any) -> None:
    hostile = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
    page = small(
        [value("nps", "trailing", None, 25.0, dimension="segment", dimension_value=hostile)],
        definitions=[{**definition("nps"), "question": hostile}],
    )
    assert not page.xpath("//img")
    assert len(page.xpath("//script[not(@type)]")) == 2
    assert specs(page)["spec-nps-by-segment-1"]["datasets"]["rows"][0]["member"] == hostile


def test_members_that_read_alike_stay_apart(small: Any) -> None:
    members = [
        value("nps", "trailing", None, score, dimension="channel", dimension_value=name)
        for name, score in (("live_chat", 10.0), ("Live chat", 20.0))
    ]
    rows = specs(small(members))["spec-nps-by-channel-1"]["datasets"]["rows"]
    assert len({row["middle"] for row in rows}) == 2
    assert [row["value"] for row in rows] == [20.0, 10.0]


def test_no_person_is_named(page: Path, published: Path) -> None:
    words = set(re.findall(r"\w+", page.read_text(encoding="utf-8")))
    with duckdb.connect(str(published), read_only=True) as connection:
        customers = {
            row[0] for row in connection.execute("select customer_id from marts.mart_customer_value").fetchall()
        }
    assert customers
    assert not customers & words


def test_the_exposure_names_the_tables_that_the_report_reads() -> None:
    exposures = yaml.safe_load((MODELS_FOLDER / "marts" / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    report = next(exposure for exposure in exposures if exposure["name"] == "customer_report")
    assert sorted(report["depends_on"]) == sorted(f"ref('{table}')" for table in MODELS)
    queries = (Path(__file__).parents[2] / "dashboards" / "report" / "published.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\bfrom (?:core|marts)\.(\w+)", queries)) == set(MODELS)


def test_headlines_are_defined() -> None:
    """Every metric of the report is in the registry that dbt builds from the seeds."""
    seeds = sorted((MODELS_FOLDER.parent / "seeds").glob("metric_definitions__*.csv"))
    registered = {line.split(",")[0] for seed in seeds for line in seed.read_text(encoding="utf-8").splitlines()[1:]}
    assert registered.issuperset(metric for group in HEADLINES.values() for metric in group)
    assert registered.issuperset(DEFINITIONS)


def test_segments_carry_the_names_of_their_dimension(document: Any) -> None:
    labels = [row["label"] for row in specs(document)["spec-nps-by-segment-1"]["datasets"]["rows"]]
    assert labels == ["Small & medium businesses", "Enterprise", "Consumer", "Price hunter", "Unknown"]


def test_the_largest_members_are_drawn_and_the_best_stands_at_the_top(small: Any) -> None:
    # Twenty channels: the score falls and the count grows with the number, so that the largest are the worst.
    members = [
        value(
            "nps",
            "trailing",
            None,
            50.0 - index,
            dimension="channel",
            dimension_value=f"channel {index:02}",
            n=10 + index,
        )
        for index in range(20)
    ]
    page = small(members)
    rows = specs(page)["spec-nps-by-channel-1"]["datasets"]["rows"]
    assert [row["member"] for row in rows] == [f"channel {index:02}" for index in range(8, 20)]
    assert "the 12 with the most customers of 20" in text(page.get_element_by_id("nps-by-channel"))
    assert len(page.xpath('//figure[@id="nps-by-channel"]//tbody/tr')) == 20


def test_months_of_nothing_but_zero_are_a_sentence_and_a_table(small: Any) -> None:
    page = small([value("backlog", "month", date(2026, month, 1), 0.0) for month in (5, 6)])
    figure = page.get_element_by_id("trend-backlog-month")
    assert not figure.xpath(".//*[@data-chart]")
    assert "It was zero in every month from May 2026 to Jun 2026." in text(figure)
    assert len(figure.xpath(".//tbody/tr")) == 2
