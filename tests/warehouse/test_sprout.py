"""Sprout Social's export of posts and saved messages become posts, mentions and daily counts of the warehouse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.loader import load_landing
from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.harness import build, rows
from tests.warehouse.matrix import differences
from tests.warehouse.sprout_company import AS_OF, BRANDS, FIRST, LOADED_AT, land_company, put

CRM = {"crm/contacts": [{"contact_id": "c1", "email": "bob@example.com", "social_handles": '{"twitter": "@Bob"}'}]}

NEEDS = [
    "path:models/staging/sprout",
    "dim_identity_map",
    "fct_cases",
    "fct_social_mentions",
    "fct_social_metrics_daily",
    "fct_social_posts",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("sprout")
    put(home / "landing", "sprout", "posts/Post Performance 1.csv", FIRST)
    load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=LOADED_AT[0])
    land_company(home / "landing")
    put(home / "landing", "sprout_emea", "posts/all.csv", FIRST)
    settings = {"vendors": ["sprout"], "sprout_brands": BRANDS}
    with build(home, CRM, as_of=AS_OF, vars=settings, loaded_at=LOADED_AT[1], needs=NEEDS) as connection:
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
        ("linkedin:77", "linkedin", "Acme Café", "post", "We hire", None, "2026-03-17 00:00:00+00"),
        ("twitter:1790", "twitter", "Acme", "comment", "@bob thank you", None, "2026-03-16 14:30:00+00"),
    ]


def test_what_others_wrote_has_its_kind_and_its_author(warehouse):
    found = rows(
        warehouse,
        "select post_id, network, author_handle, post_type, rating, rating_max, language from"
        " intermediate.int_social_posts_current where not is_own order by 1",
    )
    assert found == [
        ("fbc:3", "facebook", "Eve E", "comment", None, None, None),
        ("gmb:2", "google_my_business", "dan", "review", 4, 5, "de"),
        ("igd:1", "instagram", "cleo", "message", None, None, None),
        ("t:4", "twitter", "bob", "mention", None, None, None),
    ]


def test_the_author_is_the_customer_of_that_name_on_the_network(warehouse):
    found = rows(
        warehouse,
        "select posts.post_id from core.fct_social_posts as posts inner join core.dim_identity_map as known"
        " on posts.customer_id = known.customer_id where known.source_system = 'crm'",
    )
    assert found == [("t:4",)]


def test_what_is_written_to_a_profile_mentions_an_own_brand(warehouse):
    found = rows(
        warehouse,
        "select brand, is_own_brand, is_own_post, count(*) from core.fct_social_mentions group by all order by all",
    )
    assert found == [
        ("acme", True, False, 4),
        ("acme", True, True, 2),
        ("acme café", True, True, 1),
        ("sprout_emea", True, True, 1),
    ]


def test_tags_have_their_words_in_the_order_of_the_message(warehouse):
    [(tags,)] = rows(warehouse, "select tags from staging.stg_sprout__social_posts where post_id = 'gmb:2'")
    assert json.loads(tags) == ["Sale", "99", "Praise"]


def test_each_export_is_a_reading_of_the_counts(warehouse):
    found = rows(
        warehouse,
        "select source_system, post_id, metric_date::varchar, likes, likes_added, comments, shares, clicks,"
        " impressions, impressions_added, reach from core.fct_social_metrics_daily order by 1, 2, 3",
    )
    assert found == [
        ("sprout", "instagram:1790", "2026-03-20", 25, 25, 3, 2, 0, 900, 900, 800),
        ("sprout", "instagram:1790", "2026-03-31", 40, 15, 5, 4, 0, 1200, 300, 990),
        ("sprout", "linkedin:77", "2026-03-31", 321, 321, 8, 9, 62, 12345, 12345, None),
        ("sprout", "twitter:1790", "2026-03-31", None, None, 0, 0, 1, 10, 10, None),
        ("sprout_emea", "instagram:1790", "2026-03-31", 25, 25, 3, 2, 0, 900, 900, 800),
    ]


def test_the_matrix_says_what_the_models_have(warehouse):
    assert differences(warehouse, "sprout") == []


def test_a_message_is_with_the_queue_of_its_latest_case(warehouse):
    found = rows(
        warehouse,
        "select post_id, assigned_team from intermediate.int_social_posts_current"
        " where assigned_team is not null order by 1",
    )
    # The first case was about both, and a later one about the direct message.
    assert found == [("fbc:3", "Front desk"), ("igd:1", "Complaints")]


def test_a_case_follows_up_the_message_that_it_was_opened_for(warehouse):
    assert rows(
        warehouse,
        "select case_id, source_id, post_key is not null, team, reason, status, hours_to_close, owner"
        " from core.fct_cases order by 1",
    ) == [
        ("9001", "igd:1", True, "Front desk", "support", "closed", 24.0, "urn:spt:core:account_login:2372"),
        ("9002", "igd:1", True, "Complaints", "support", "open", None, "urn:spt:core:account_login:2372"),
    ]


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("sprout", warehouse, tmp_path) == promised_outcomes("sprout")
