"""What surrounds business, from extracts to core: campaigns, costs, visits, use, consents, traits and referrals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from tests.warehouse.harness import build, rows

# Ann is a contact of the shop and of the mail tool, which knows her by her address; Bob left only his.
LANDING = {
    "shop/contacts": [
        {
            "contact_id": "C1",
            "email": "ann@mail.example",
            "segment": "smb",
            "lifecycle_stage": "customer",
            "created_at": "2026-01-01T00:00:00Z",
        },
    ],
    "shop/products": [{"product_id": "KETTLE", "name": "Kettle"}],
    "shop/orders": [
        {
            "order_id": "O1",
            "contact_id": "C1",
            "ordered_at": "2026-06-10T10:00:00Z",
            "currency": "EUR",
            "net_amount": 50,
            "campaign_id": "spring",
        },
    ],
    "mail/campaign_events": [
        {
            "event_id": event_id,
            "email": email,
            "campaign_id": campaign,
            "campaign_type": kind,
            "event": event,
            "occurred_at": at,
        }
        for event_id, email, campaign, kind, event, at in (
            ("E1", "Ann@mail.example", "spring", "upsell", "sent", "2026-06-01T22:30:00Z"),
            ("E2", "ann@mail.example", "spring", None, "opened", "2026-06-02T08:00:00Z"),
            ("E3", "bob@mail.example", "welcome", "welcome", "sent", "2026-06-03T08:00:00Z"),
            ("E4", None, "welcome", "welcome", "sent", "2026-06-03T08:00:00Z"),
            # 1 July in Warsaw.
            ("E5", "carol@mail.example", "summer", None, "sent", "2026-06-30T22:00:00Z"),
        )
    ],
    "shop/web_sessions": [
        {
            "session_id": "W1",
            "visitor_id": "browser",
            "contact_id": "C1",
            "started_at": "2026-06-10T09:50:00Z",
            "ended_at": "2026-06-10T10:01:30Z",
            "campaign_id": "spring",
            "landing_page": "/kettles?mail=ann@mail.example",
            "search_term": "kettle for ann",
            "search_result_count": 3,
            "reached": "order",
        },
        {"session_id": "W2", "visitor_id": "browser", "started_at": "2026-06-30T21:59:00Z", "reached": "browse"},
    ],
    "shop/product_usage": [
        {"contact_id": "C1", "product_id": "KETTLE", "usage_date": "2026-06-30", "active_events": 4},
        {"contact_id": "C1", "product_id": "KETTLE", "usage_date": "2026-07-01", "active_events": 4},
        # Delivered again: the later one counts.
        {"contact_id": "C1", "product_id": "KETTLE", "usage_date": "2026-06-30", "active_events": 5},
    ],
    "shop/referrals": [
        {
            "referral_id": referral_id,
            "referrer_contact_id": "C1",
            "referred_contact_id": contact,
            "referred_email": email,
            "referred_at": "2026-06-01T10:00:00Z",
            "converted_at": converted_at,
        }
        for referral_id, contact, email, converted_at in (
            ("R1", None, "bob@mail.example", "2026-06-30T21:59:59Z"),
            ("R2", None, "dan@mail.example", "2026-06-30T22:00:00Z"),
            ("R3", "C9", None, None),
        )
    ],
    "shop/consents": [
        {"contact_id": contact, "channel": channel, "purpose": "marketing", "granted": granted, "effective_at": at}
        for contact, channel, granted, at in (
            ("C1", "email", "true", "2026-02-01T00:00:00Z"),
            ("C1", "Email", "false", "2026-04-01T00:00:00Z"),
            ("C1", "email", "true", "2026-07-02T00:00:00Z"),
            ("C9", "email", "true", "2026-02-01T00:00:00Z"),
        )
    ],
    "shop/customer_traits": [
        {"contact_id": "C1", "trait_type": "habit", "trait": trait, "valid_from": start, "valid_to": end}
        for trait, start, end in (
            ("buys tea", "2026-02-01T00:00:00Z", None),
            ("buys coffee", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("buys cocoa", "2026-07-02T00:00:00Z", None),
        )
    ],
    "shop/feature_requests": [
        {
            "request_id": "FR1",
            "title": "Warm for longer",
            "product_id": "KETTLE",
            "status": "shipped",
            "shipped_on": "2026-07-01",
        },
    ],
    "office/goals": [
        {
            "goal_id": "G1",
            "name": "More recommend us",
            "metric": "nps",
            "target_value": 40,
            "baseline_value": 30,
            "starts_on": "2026-01-01",
        },
    ],
    # The books know the rates, whoever spends the money.
    "office/actions": [
        {
            "action_id": action_id,
            "goal_id": goal,
            "name": "Call them",
            "cost": 100,
            "currency": "EUR",
            "due_on": due_on,
            "done_on": done_on,
        }
        for action_id, goal, due_on, done_on in (
            ("A1", "G1", "2026-06-01", "2026-05-01"),
            ("A2", "G1", "2026-06-30", None),
            ("A3", "G2", "2026-07-01", "2026-07-01"),
        )
    ],
    "books/marketing_costs": [
        {
            "cost_id": cost_id,
            "campaign_id": campaign,
            "purpose": "acquisition",
            "period_start": start,
            "period_end": end,
            "amount": 100,
            "currency": currency,
        }
        for cost_id, campaign, start, end, currency in (
            ("K1", "spring", "2026-05-01", "2026-06-01", "eur"),
            ("K2", None, "2026-06-01", "2026-07-01", "USD"),
            ("K3", "autumn", "2026-07-01", "2026-08-01", "USD"),
        )
    ],
    "books/exchange_rates": [
        {"rate_date": "2026-04-30", "from_currency": "EUR", "to_currency": "USD", "rate": 1.1},
        {"rate_date": "2026-06-01", "from_currency": "EUR", "to_currency": "USD", "rate": 1.2},
    ],
}

NEEDS = [
    "bridge_customers_x_consents",
    "bridge_customers_x_traits",
    "dim_campaigns",
    "dim_customers",
    "dim_feature_requests",
    "dim_goals",
    "fct_actions",
    "fct_campaign_events",
    "fct_marketing_costs",
    "fct_product_usage_daily",
    "fct_referrals",
    "fct_web_sessions",
    "web_session_texts",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("growth")
    connection = build(home, LANDING, as_of="2026-06-30", vars={"reporting_timezone": "Europe/Warsaw"}, needs=NEEDS)
    yield connection
    connection.close()


def test_ann_is_one_person_and_who_only_got_a_message_is_a_lead(warehouse):
    assert rows(
        warehouse,
        """
        select event_id, lifecycle_status, customers.segment, occurred_date::varchar
        from core.fct_campaign_events inner join core.dim_customers as customers using (customer_key) order by all
        """,
    ) == [
        ("E1", "active", "smb", "2026-06-02"),
        ("E2", "active", "smb", "2026-06-02"),
        ("E3", "lead", None, "2026-06-03"),
        ("E4", "unknown", None, "2026-06-03"),
    ]
    assert rows(
        warehouse,
        """
        select count(distinct customer_id), count(*) from (
            select customer_id from core.fct_campaign_events where event_id in ('E1', 'E2')
            union all select customer_id from core.fct_web_sessions where session_id = 'W1'
            union all select customer_id from core.fct_product_usage_daily
            union all select customer_id from core.fct_orders
        ) where customer_id <> '-1'
        """,
    ) == [(1, 5)]


def test_a_campaign_is_one_whichever_system_names_it(warehouse):
    # Spring was first seen in the books and last in the shop; summer and autumn are not yet.
    assert rows(
        warehouse,
        "select campaign_id, campaign_type, first_seen_date::varchar, last_seen_date::varchar"
        " from core.dim_campaigns order by all",
    ) == [
        ("-1", None, None, None),
        ("spring", "upsell", "2026-05-01", "2026-06-10"),
        ("welcome", "welcome", "2026-06-03", "2026-06-03"),
    ]
    assert rows(
        warehouse,
        """
        select campaign_id, count(distinct customer_id), sum(amount)
        from core.dim_campaigns
        left join core.fct_campaign_events using (campaign_key, campaign_id)
        left join (select campaign_key, amount from core.fct_marketing_costs) using (campaign_key)
        where campaign_id = 'spring' group by all
        """,
    ) == [("spring", 1, Decimal(220))]


def test_costs_have_the_rate_of_the_first_day(warehouse):
    # The rate of 1 May is that of the day before; K2 is of no campaign.
    assert rows(
        warehouse,
        "select cost_id, currency, amount, campaign_key = -1, day_count from core.fct_marketing_costs order by all",
    ) == [("K1", "EUR", Decimal(110), False, 31), ("K2", "USD", Decimal(100), True, 30)]


def test_visits_keep_what_people_type_apart(warehouse):
    assert rows(
        warehouse,
        "select session_id, landing_page, duration_minutes, has_search, reached, started_date::varchar"
        " from core.fct_web_sessions order by all",
    ) == [
        ("W1", "/kettles", 11.5, True, "order", "2026-06-10"),
        ("W2", None, None, False, "browse", "2026-06-30"),
    ]
    assert rows(
        warehouse, "select session_id, search_term, landing_page from restricted.web_session_texts order by all"
    ) == [("W1", "kettle for ann", "/kettles?mail=ann@mail.example")]


def test_use_is_counted_by_day(warehouse):
    assert rows(
        warehouse,
        "select usage_date::varchar, product_key <> -1, active_events, is_active, account_id"
        " from core.fct_product_usage_daily order by all",
    ) == [("2026-06-30", True, 5, True, "-1")]


def test_referrals_know_both_sides(warehouse):
    # Bob became a customer in the last second of June in Warsaw, Dan in the first of July; C9 was never delivered.
    assert rows(
        warehouse,
        """
        select referral_id, is_converted, days_to_conversion, referrer_customer_key <> -1, referred.lifecycle_status,
            is_self_referral
        from core.fct_referrals as referrals
        inner join core.dim_customers as referred on referrals.referred_customer_key = referred.customer_key
        order by all
        """,
    ) == [
        ("R1", True, 29, True, "lead", False),
        ("R2", False, None, True, "lead", False),
        ("R3", False, None, True, "unknown", False),
    ]
    assert rows(
        warehouse,
        """
        select count(distinct customer_id) from (
            select referred_customer_id as customer_id from core.fct_referrals where referral_id = 'R1'
            union all select customer_id from core.fct_campaign_events where event_id = 'E3'
        )
        """,
    ) == [(1,)], "Bob is one person"


def test_consent_is_what_was_said_last(warehouse):
    assert rows(
        warehouse,
        "select channel, is_granted, is_current, valid_from::varchar, valid_to::varchar"
        " from core.bridge_customers_x_consents order by all",
    ) == [
        ("email", False, True, "2026-04-01 00:00:00+00", "9999-12-31 00:00:00+00"),
        ("email", True, False, "2026-02-01 00:00:00+00", "2026-04-01 00:00:00+00"),
    ]


def test_traits_hold_for_a_time(warehouse):
    assert rows(
        warehouse,
        "select trait, is_current, valid_to::date::varchar from core.bridge_customers_x_traits order by all",
    ) == [("buys coffee", False, "2026-02-01"), ("buys tea", True, "9999-12-31")]


def test_plans_are_in_their_state_at_as_of(warehouse):
    assert rows(
        warehouse,
        "select request_id, product_key <> -1, status, shipped_on from core.dim_feature_requests order by all",
    ) == [("-1", False, "unknown", None), ("FR1", True, "planned", None)]
    # A1 at the rate of 1 May (that of the day before), A2 and A3 at that of as_of.
    assert rows(
        warehouse,
        """
        select action_id, goals.metric, goals.target_value, state, amount
        from core.fct_actions inner join core.dim_goals as goals using (goal_key) order by all
        """,
    ) == [
        ("A1", "nps", 40.0, "done", Decimal(110)),
        ("A2", "nps", 40.0, "overdue", Decimal(120)),
        ("A3", "unknown", None, "open", Decimal(120)),
    ]
