"""Opportunities, order lines, payments, carts and social posts, from extracts to core.

Ann is a contact of the CRM and of the shop, Bob buys with nothing but an e-mail address, Carol only fills a cart. Days
are cut in Warsaw, two hours from UTC; a euro is worth 1.10 dollars on 10 June and 1.20 from 29 June on.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from tests.warehouse.harness import build, rows

LANDING = {
    "crm/accounts": [{"account_id": "A1", "name": "Acme Ltd"}],
    "crm/contacts": [
        {
            "contact_id": "C1",
            "account_id": "A1",
            "email": "ann@post.example",
            "segment": "smb",
            "social_handles": '{"mastodon": "@Ann"}',
        }
    ],
    "crm/opportunities": [
        {"opportunity_id": "OP1", "stage": "offer", "amount": 1000, "probability": 0.4},
        {
            "opportunity_id": "OP2",
            "stage": "won",
            "amount": 500,
            "probability": 1,
            "is_closed": "true",
            "is_won": "true",
            "closed_at": "2026-06-09T22:30:00Z",
        },
    ],
    "shop/contacts": [{"contact_id": "S1", "email": "Ann@Post.example "}],
    "shop/products": [{"product_id": "KETTLE", "name": "Kettle"}],
    "shop/orders": [
        {
            "order_id": "O1",
            "contact_id": "S1",
            "ordered_at": "2026-06-10T10:00:00Z",
            "currency": "EUR",
            "gross_amount": 55,
            "discount_amount": 5,
            "tax_amount": 12,
            "net_amount": 50,
        },
        {
            "order_id": "O2",
            "email": "bob@post.example",
            "ordered_at": "2026-06-12T10:00:00Z",
            "currency": "USD",
            "net_amount": 20,
        },
    ],
    "shop/order_lines": [
        {"order_id": "O1", "line_number": 1, "product_id": "KETTLE", "quantity": 2, "unit_price": 20,
         "discount_amount": 4, "unit_cost": 10, "updated_at": "2026-06-10T10:00:00Z"},
        {"order_id": "O1", "line_number": 2, "product_id": "LID", "quantity": 1, "unit_price": 15,
         "discount_amount": 1, "updated_at": "2026-06-10T10:00:00Z"},
        # The price is corrected on the next day.
        {"order_id": "O2", "line_number": 1, "product_id": "KETTLE", "quantity": 1, "unit_price": 20,
         "updated_at": "2026-06-13T10:00:00Z"},
        {"order_id": "O2", "line_number": 1, "product_id": "KETTLE", "quantity": 1, "unit_price": 2,
         "updated_at": "2026-06-12T10:00:00Z"},
    ],
    "shop/payments": [
        {"payment_id": "P1", "order_id": "O1", "attempted_at": "2026-06-10T10:00:00Z", "amount": 62,
         "currency": "EUR", "status": "failed", "method": "card", "failure_reason": "limit"},
        {"payment_id": "P2", "order_id": "O1", "attempted_at": "2026-06-10T10:05:00Z", "amount": 62,
         "currency": "EUR", "status": "paid", "method": "transfer"},
    ],
    "shop/carts": [
        {"cart_id": "K1", "contact_id": "S1", "created_at": "2026-06-10T09:00:00Z", "order_id": "O1"},
        {"cart_id": "K2", "email": "bob@post.example", "created_at": "2026-06-12T08:00:00Z", "order_id": "O2"},
        {"cart_id": "K3", "email": "carol@post.example", "created_at": "2026-06-10T22:30:00Z", "currency": "EUR"},
    ],
    "shop/cart_lines": [
        {"cart_id": "K3", "line_number": 1, "product_id": "KETTLE", "quantity": 3, "unit_price": 20},
        {"cart_id": "K3", "line_number": 2, "product_id": "LID", "quantity": 1, "unit_price": 15},
    ],
    "rates/exchange_rates": [
        {"rate_date": day, "from_currency": "EUR", "to_currency": "USD", "rate": rate}
        for day, rate in (("2026-06-10", 1.10), ("2026-06-29", 1.20))
    ],
    "social/social_posts": [
        {"post_id": "1", "network": "Mastodon", "brand": "Acme", "author_handle": "ann", "body": "Nice kettle!",
         "post_type": "mention", "needs_reply": "true", "posted_at": "2026-06-10T10:00:00Z",
         "replied_at": "2026-06-11T12:00:00Z"},
        {"post_id": "2", "network": "mastodon", "brand": "acme", "author_handle": "acme", "is_own": "true",
         "posted_at": "2026-06-20T10:00:00Z", "url": "https://social.example/@acme/2"},
        {"post_id": "3", "network": "mastodon", "brand": "acme", "posted_at": "2026-06-21T10:00:00Z"},
        # What only this one mentions does not exist yet.
        {"post_id": "4", "network": "mastodon", "brand": "acme", "posted_at": "2026-06-30T22:00:00Z"},
    ],
    "social/social_mentions": [
        {"post_id": "3", "brand": "Acme"},
        {"post_id": "3", "brand": "Rival"},
        {"post_id": "4", "brand": "Newcomer"},
    ],
    "social/social_metrics": [
        {"post_id": "2", "captured_at": "2026-06-20T20:00:00Z", "likes": 4, "impressions": 100},
        {"post_id": "2", "captured_at": "2026-06-20T23:00:00Z", "likes": 7, "impressions": 250},
    ],
}  # fmt: skip

for opportunity in LANDING["crm/opportunities"]:
    opportunity |= {"contact_id": "C1", "account_id": "A1", "currency": "EUR", "created_at": "2026-05-01T10:00:00Z"}

NEEDS = [
    "dim_brands",
    "dim_customers",
    "fct_cart_lines",
    "fct_carts",
    "fct_opportunities",
    "fct_order_lines",
    "fct_orders",
    "fct_payments",
    "fct_social_mentions",
    "fct_social_metrics_daily",
    "fct_social_posts",
    "social_post_texts",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("commerce")
    connection = build(home, LANDING, as_of="2026-06-30", vars={"reporting_timezone": "Europe/Warsaw"}, needs=NEEDS)
    yield connection
    connection.close()


def test_ann_is_one_person_in_every_fact_and_bob_and_carol_are_guests(warehouse):
    found = rows(
        warehouse,
        """
        select what, dense_rank() over (order by customer_id), lifecycle_status, customers.segment
        from (
            select opportunity_id as what, customer_key from core.fct_opportunities
            union all select order_id || '-' || line_number, customer_key from core.fct_order_lines
            union all select payment_id, customer_key from core.fct_payments
            union all select cart_id, customer_key from core.fct_carts
            union all select cart_id || '-' || line_number, customer_key from core.fct_cart_lines
            union all select 'post ' || post_id, customer_key from core.fct_social_posts
        ) as facts
        inner join core.dim_customers as customers using (customer_key)
        """,
    )
    people: dict[int, set[str]] = {}
    for what, person, _, _ in found:
        people.setdefault(person, set()).add(what)
    assert sorted(people.values(), key=min) == [
        {"OP1", "OP2", "O1-1", "O1-2", "P1", "P2", "K1", "post 1"},
        {"K2", "O2-1"},
        {"K3", "K3-1", "K3-2"},
        {"post 2", "post 3"},
    ]
    assert {(what, status, segment) for what, _, status, segment in found if what in ("K2", "K3", "OP1")} == {
        ("K2", "active", None),
        ("K3", "lead", None),
        ("OP1", "active", "smb"),
    }


def test_opportunities_are_worth_what_they_were_on_their_day(warehouse):
    # OP2 was won on 10 June in Warsaw: 500 at 1.10; OP1 is open at as_of: 1000 at 1.20.
    assert rows(
        warehouse,
        "select opportunity_id, status, opportunity_amount, amount, account_id <> '-1', closed_date::varchar"
        " from core.fct_opportunities order by all",
    ) == [
        ("OP1", "open", Decimal(1000), Decimal(1200), True, None),
        ("OP2", "won", Decimal(500), Decimal(550), True, "2026-06-10"),
    ]


def test_lines_sum_to_their_orders(warehouse):
    # 2 x 20 - 4 = 36 at 1.10 and 36 - 2 x 10 = 16 of margin; 15 - 1 = 14; the corrected line is 20, not 2.
    assert rows(
        warehouse,
        """
        select order_id, line_number, product_key <> -1, net_amount, amount, margin, ordered_date::varchar
        from core.fct_order_lines order by all
        """,
    ) == [
        ("O1", 1, True, Decimal(36), Decimal("39.6"), Decimal("17.6"), "2026-06-10"),
        ("O1", 2, False, Decimal(14), Decimal("15.4"), None, "2026-06-10"),
        ("O2", 1, True, Decimal(20), Decimal(20), None, "2026-06-12"),
    ]
    assert rows(
        warehouse,
        """
        select orders.order_id, orders.amount, sum(lines.amount)
        from core.fct_orders as orders inner join core.fct_order_lines as lines using (order_key)
        group by all order by all
        """,
    ) == [("O1", Decimal(55), Decimal(55)), ("O2", Decimal(20), Decimal(20))]


def test_payments_are_attempts(warehouse):
    assert rows(
        warehouse,
        "select payment_id, status, failure_reason, payment_amount, amount, order_key is not null"
        " from core.fct_payments order by all",
    ) == [
        ("P1", "failed", "limit", Decimal(62), Decimal("68.2"), True),
        ("P2", "paid", None, Decimal(62), Decimal("68.2"), True),
    ]


def test_carts_are_ordered_abandoned_or_recovered(warehouse):
    # K1 took an hour and was in time. K2 took two. K3 was filled on 11 June in Warsaw: 3 x 20 + 15 = 75 euros at the
    # rate of the day before.
    assert rows(
        warehouse,
        """
        select cart_id, status, abandoned_at::varchar, ordered_at::varchar, cart_value, amount, line_count,
            created_date::varchar
        from core.fct_carts order by all
        """,
    ) == [
        ("K1", "ordered", None, "2026-06-10 10:00:00+00", None, None, 0, "2026-06-10"),
        ("K2", "recovered", "2026-06-12 09:00:00+00", "2026-06-12 10:00:00+00", None, None, 0, "2026-06-12"),
        ("K3", "abandoned", "2026-06-10 23:30:00+00", None, Decimal(75), Decimal("82.5"), 2, "2026-06-11"),
    ]
    assert rows(warehouse, "select sum(amount) from core.fct_cart_lines") == [(Decimal("82.5"),)]


def test_posts_mention_brands_and_collect_counts(warehouse):
    assert rows(warehouse, "select brand, is_own from core.dim_brands where brand_key <> -1 order by all") == [
        ("acme", True),
        ("rival", False),
    ]
    assert rows(
        warehouse, "select post_id, brand, is_own_brand, is_listed from core.fct_social_mentions order by all"
    ) == [
        ("1", "acme", True, False),
        ("2", "acme", True, False),
        ("3", "acme", True, True),
        ("3", "rival", False, True),
    ]
    assert rows(warehouse, "select post_id, network, reply_minutes from core.fct_social_posts where needs_reply") == [
        ("1", "mastodon", 26 * 60.0)
    ]
    # The second reading is of 21 June in Warsaw.
    assert rows(
        warehouse,
        """
        select metric_date::varchar, likes, likes_added, impressions_added, clicks
        from core.fct_social_metrics_daily order by all
        """,
    ) == [("2026-06-20", 4, 4, 100, None), ("2026-06-21", 7, 3, 150, None)]


def test_what_people_write_and_call_themselves_is_restricted(warehouse):
    assert rows(
        warehouse,
        "select post_id, author_handle, body, url, customer_id <> '-1' from restricted.social_post_texts order by all",
    ) == [
        ("1", "ann", "Nice kettle!", None, True),
        ("2", "acme", None, "https://social.example/@acme/2", False),
    ]
