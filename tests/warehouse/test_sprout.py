"""Sprout Social's export of posts and saved messages become canonical posts and readings of their counts.

Nothing reads these yet beyond the current states, so only those are built.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.lake import register_raw_views
from ingest.loader import load_landing
from tests.warehouse.harness import connect, dbt, rows
from tests.warehouse.matrix import differences
from tests.warehouse.sprout_company import AS_OF, BRANDS, FIRST, HEADER, LOADED_AT, land_company, put


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("sprout")
    put(home / "landing", "sprout", "posts/Post Performance 1.csv", HEADER + FIRST)
    load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=LOADED_AT[0])
    land_company(home / "landing")
    put(home / "landing", "sprout_emea", "posts/all.csv", HEADER + FIRST)
    load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=LOADED_AT[1])
    path = home / "warehouse.duckdb"
    with connect(path) as connection:
        register_raw_views(connection, home / "lake")
    settings = {"vendors": ["sprout"], "sprout_brands": BRANDS, "reporting_timezone": "UTC", "as_of": AS_OF}
    dbt(home, path, ["run", "--select", "+int_social_posts_current", "+int_social_metrics_current"], settings)
    with connect(path) as connection:
        yield connection


def test_own_posts_are_those_of_the_report(warehouse):
    found = rows(
        warehouse,
        "select post_id, network, brand, post_type, body, tags, posted_at::varchar from"
        " intermediate.int_social_posts_current where source_system = 'sprout' and is_own order by 1",
    )
    assert found == [
        (
            "instagram:1790",
            "instagram",
            "Acme",
            "post",
            "Fresh, hot",
            '["Spring","Sale"]',
            "2026-03-15 10:05:00+00",
        ),
        ("linkedin:77", "linkedin", "Acme", "post", "We hire", None, "2026-03-17 00:00:00+00"),
        ("x:1790", "x", "Acme", "comment", "@bob thank you", None, "2026-03-16 14:30:00+00"),
    ]


def test_what_others_wrote_has_its_kind_and_the_brand_of_the_profile_that_got_it(warehouse):
    found = rows(
        warehouse,
        "select post_id, network, brand, author_handle, post_type, rating, rating_max, language from"
        " intermediate.int_social_posts_current where not is_own order by 1",
    )
    assert found == [
        ("fbc:3", "facebook", "Acme", "Eve E", "comment", None, None, None),
        # Nothing delivered says what profile 502 is called.
        ("gmb:2", "google_my_business", "502", "dan", "review", 4, 5, "de"),
        ("igd:1", "instagram", "Acme", "cleo", "message", None, None, None),
        ("t:4", "x", "Acme", "bob", "mention", None, None, None),
    ]


def test_tags_have_their_words_in_the_order_of_the_message(warehouse):
    [(tags,)] = rows(warehouse, "select tags from staging.stg_sprout__social_posts where post_id = 'gmb:2'")
    assert json.loads(tags) == ["Sale", "99", "Praise"]


def test_each_export_is_a_reading_of_the_counts(warehouse):
    found = rows(
        warehouse,
        "select source_system, post_id, cast(captured_at as date)::varchar, likes, comments, shares, clicks,"
        " impressions, reach from intermediate.int_social_metrics_current order by 1, 2, 3",
    )
    assert found == [
        ("sprout", "instagram:1790", "2026-03-20", 25, 3, 2, 0, 900, 800),
        ("sprout", "instagram:1790", "2026-03-31", 40, 5, 4, 0, 1200, 990),
        ("sprout", "linkedin:77", "2026-03-31", 321, 8, 9, 62, 12345, None),
        ("sprout", "x:1790", "2026-03-31", None, 0, 0, 1, 10, None),
        ("sprout_emea", "instagram:1790", "2026-03-31", 25, 3, 2, 0, 900, 800),
    ]


def test_the_matrix_says_what_the_models_have(warehouse):
    assert differences(warehouse, "sprout") == []
