"""Orders, refunds and recurring revenue, from extracts to marts.

Each example has customers of its own, told apart by their segment (subscriptions) or by the channel of their orders, so
that many examples share one build. Days are cut in Warsaw: an hour or two from UTC, with a clock change in March.
"""

from __future__ import annotations

import json
import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.harness import build, metric, rows

REAL_DATA = Path(os.environ.get("CX360_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"no real data in {REAL_DATA.name} (CX360_REAL_DATA)"
)

FEBRUARY, MARCH, APRIL, MAY, JUNE = (f"2026-{month:02}-01" for month in range(2, 7))


class Company:
    """Collects the contacts and subscriptions of the examples."""

    def __init__(self) -> None:
        self.contacts: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []

    def person(self, segment: str, name: str, **fields: Any) -> str:
        contact = f"{segment}-{name}"
        self.contacts.append({"contact_id": contact, "segment": segment, "country": "PL", **fields})
        return contact

    def pays(self, contact: str | None, start: str, end: str | None, amount: Any, **fields: Any) -> None:
        """One price period; a name of its own makes it another subscription of the same customer."""
        self.subscriptions.append(
            {
                "subscription_id": fields.pop("subscription_id", f"sub-{contact}"),
                "contact_id": contact,
                "period_start": start,
                "period_end": end,
                "unit_amount": amount,
                "billing_interval": "month",
                "currency": "USD",
                "status": "active",
                **fields,
            }
        )


def company() -> Company:
    world = Company()

    # CHN-01: 100 customers at the start of February, 5 of them leave; 20 join, 2 of those leave in the same month.
    for number in range(100):
        contact = world.person("chn-01", f"old{number}")
        leaves = number < 5
        world.pays(
            contact, "2026-01-10", "2026-02-15" if leaves else None, 10, status="cancelled" if leaves else "active"
        )
    for number in range(20):
        world.pays(world.person("chn-01", f"new{number}"), "2026-02-05", "2026-02-20" if number < 2 else None, 10)

    # MRR-01 in March. F paid for twenty days of January, which no month's close ever saw: it is a return all the same.
    for name, periods in {
        "A": [("2026-01-05", None, 100)],
        "B": [("2026-01-05", "2026-03-10", 100), ("2026-03-10", None, 150)],
        "C": [("2026-01-05", "2026-03-10", 200), ("2026-03-10", None, 120)],
        "D": [("2026-01-05", "2026-03-15", 50)],
        "E": [("2026-03-05", None, 80)],
        "F": [("2026-01-05", "2026-01-25", 60), ("2026-03-20", None, 60)],
    }.items():
        contact = world.person("mrr-01", name)
        for start, end, amount in periods:
            world.pays(contact, start, end, amount)

    # MRR-02 in March: start 1000, churn 30, contraction 20, expansion 90.
    for name, before, after in [("A", 30, None), ("B", 120, 100), ("C", 850, 940)]:
        contact = world.person("mrr-02", name)
        world.pays(contact, "2026-02-01", "2026-03-12", before)
        if after:
            world.pays(contact, "2026-03-12", None, after)

    # MRR-03 in March: retention per customer, not of totals.
    for name, after in [("A", 150), ("B", 50)]:
        contact = world.person("mrr-03", name)
        world.pays(contact, "2026-02-01", "2026-03-12", 100)
        world.pays(contact, "2026-03-12", None, after)

    # MRR-05: four seats at 500 a year; a quarter of 300 is 100 a month; no quantity is one.
    world.pays(world.person("mrr-05", "year"), "2026-02-01", None, 500, quantity=4, billing_interval="year")
    world.pays(world.person("quarterly", "A"), "2026-02-01", None, 300, quantity=None, billing_interval="quarter")

    # A pause churns, its end reactivates. A trial counts from its first paid day. A row left open ends with the next.
    paused = world.person("pause", "A")
    world.pays(paused, "2026-01-05", "2026-03-01", 70)
    world.pays(paused, "2026-03-01", "2026-04-01", 70, status="paused")
    world.pays(paused, "2026-04-01", None, 70)
    trial = world.person("trial", "A")
    world.pays(trial, "2026-01-20", "2026-02-10", 40, status="trialing")
    world.pays(trial, "2026-02-10", None, 40)
    open_ended = world.person("left-open", "A")
    world.pays(open_ended, "2026-02-01", None, 10)
    world.pays(open_ended, "2026-03-10", None, 15)

    # Cancelled without an end: it stopped when the source said so; without that it never counted.
    world.pays(
        world.person("no-end", "A"), "2026-02-01", None, 10, status="cancelled", updated_at="2026-04-10T09:00:00Z"
    )
    world.pays(world.person("no-end", "B"), "2026-02-01", None, 10, status="cancelled")

    # Two subscriptions of one account by two of its people are one customer: giving one up is contraction.
    for name in ("A", "B"):
        contact = world.person("account", name, account_id="acme")
        world.pays(contact, "2026-02-01", "2026-03-20" if name == "B" else None, 30, account_id="acme")

    # The local month's close: 22:30 UTC on 31 March is April in Warsaw, 22:00 UTC is its first instant.
    world.pays(world.person("close", "late"), "2026-03-31T22:30:00Z", None, 10)
    world.pays(world.person("close", "ends"), "2026-02-01", "2026-03-31T22:00:00Z", 20)

    # A quarter compares its own ends: gone in February and back in March is no churn of the first quarter.
    back = world.person("quarter", "A")
    world.pays(back, "2025-12-01", "2026-02-10", 25)
    world.pays(back, "2026-03-10", None, 25)

    # Rates: 1.00 at the end of February, 1.20 at the end of March. CHF has one old rate, GBP none.
    world.pays(world.person("fx-same", "A"), "2026-02-01", None, 100, currency="EUR")
    grown = world.person("fx-grown", "A")
    world.pays(grown, "2026-02-01", "2026-03-10", 100, currency="EUR")
    world.pays(grown, "2026-03-10", None, 110, currency="EUR")
    world.pays(world.person("fx-none", "A"), "2026-02-01", None, 100, currency="GBP")

    # Two products of one customer; a swap of products at one price is no movement.
    swap = world.person("product", "A")
    world.pays(swap, "2026-02-01", None, 12, product_id="base", subscription_id="sub-base")
    world.pays(swap, "2026-02-01", "2026-03-10", 8, product_id="old", subscription_id="sub-extra")
    world.pays(swap, "2026-03-10", None, 8, product_id="new", subscription_id="sub-extra")

    # Left out: a test customer, a deleted subscription, one that begins after as_of.
    world.pays(world.person("left-out", "test", is_test="true"), "2026-02-01", None, 999)
    world.pays(world.person("left-out", "deleted"), "2026-02-01", None, 999, is_deleted="true")
    world.pays(world.person("left-out", "later"), "2026-06-16", None, 999)

    # Nobody known: each such subscription is a customer of its own.
    for number in (1, 2):
        world.pays(None, "2026-02-01", None, 5, subscription_id=f"orphan{number}", plan="orphan")

    # The segment is that of the opening for the cohort, else of the close.
    moved = world.person("seg-old", "mover")
    world.contacts[-1]["updated_at"] = "2026-01-01T00:00:00Z"
    world.contacts.append({**world.contacts[-1], "segment": "seg-new", "updated_at": "2026-03-15T00:00:00Z"})
    world.pays(moved, "2026-02-01", "2026-03-20", 40)
    return world


def orders() -> list[dict[str, Any]]:
    def order(order_id: str, channel: str, at: str, net: Any, **fields: Any) -> dict[str, Any]:
        return {
            "order_id": order_id,
            "contact_id": fields.pop("contact_id", f"buyer-{channel}"),
            "channel": channel,
            "ordered_at": at,
            "net_amount": net,
            "currency": "USD",
            **fields,
        }

    return [
        # 100 + 50 are revenue: completed, and no status. Pending, cancelled and deleted ones are not.
        order("s1", "status", "2026-03-02T10:00:00Z", 100, status="completed", cost_amount=60),
        order("s2", "status", "2026-03-03T10:00:00Z", 50, status=None),
        order("s3", "status", "2026-03-04T10:00:00Z", 70, status="pending"),
        order("s4", "status", "2026-03-05T10:00:00Z", 30, status="cancelled"),
        order("s5", "status", "2026-03-06T10:00:00Z", 20, is_deleted="true"),
        # Local days: 23:30 UTC on 31 January is February in Warsaw. as_of ends at 22:00 UTC (summer time).
        order("d1", "days", "2026-01-31T23:30:00Z", 10),
        order("d2", "days", "2026-06-15T21:59:59Z", 1),
        order("d3", "days", "2026-06-15T22:00:00Z", 1000),
        # Refunds: March's order is given back in April; that of a cancelled order counts nowhere.
        order("r1", "refunds", "2026-03-10T10:00:00Z", 80),
        order("r2", "refunds", "2026-03-10T11:00:00Z", 40, status="cancelled"),
        # Rates: CHF 1.10 on 1 January holds for 31 days, until 1 February; then there is none.
        order("c1", "rates", "2026-02-01T10:00:00Z", 100, currency="CHF"),
        order("c2", "rates", "2026-02-02T10:00:00Z", 100, currency="chf"),
        order("c3", "rates", "2026-02-28T10:00:00Z", 10, currency="EUR", cost_amount=6),
        order("t1", "left-out", "2026-03-02T10:00:00Z", 999, contact_id="left-out-test"),
        # A guest that no contact knows still is revenue.
        order("g1", "guest", "2026-03-02T10:00:00Z", 7, contact_id=None),
    ]


REFUNDS = [
    {"refund_id": "f1", "order_id": "r1", "refunded_at": "2026-04-05T10:00:00Z", "amount": 30, "currency": "USD"},
    {"refund_id": "f2", "order_id": "r2", "refunded_at": "2026-04-05T10:00:00Z", "amount": 40, "currency": "USD"},
    {"refund_id": "f3", "order_id": "s5", "refunded_at": "2026-04-05T10:00:00Z", "amount": 20, "currency": "USD"},
    # Of an order older than the extract: the money has gone.
    {"refund_id": "f4", "order_id": "ancient", "refunded_at": "2026-04-06T10:00:00Z", "amount": 5, "currency": "USD"},
    {"refund_id": "f5", "order_id": "r1", "refunded_at": "2026-06-20T10:00:00Z", "amount": 50, "currency": "USD"},
]

RATES = [
    {"rate_date": day, "from_currency": currency, "to_currency": to, "rate": rate}
    for day, currency, to, rate in [
        ("2026-02-20", "EUR", "USD", "1.00"),
        ("2026-03-25", "EUR", "USD", "1.20"),
        ("2026-04-25", "EUR", "USD", "1.20"),
        ("2026-05-25", "EUR", "USD", "1.20"),
        ("2026-06-20", "EUR", "USD", "9.99"),
        ("2026-01-01", "CHF", "USD", "1.10"),
        # A rate in the other direction is not turned round.
        ("2026-02-15", "USD", "GBP", "0.80"),
    ]
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    people = company()
    return build(
        tmp_path_factory.mktemp("revenue"),
        {
            "accounts": [{"account_id": "acme", "name": "Acme", "country": "DE"}],
            "contacts": people.contacts,
            "subscriptions": people.subscriptions,
            "products": [{"product_id": name, "name": name.title()} for name in ("base", "old", "new")],
            "orders": orders(),
            "refunds": REFUNDS,
            "exchange_rates": RATES,
        },
        as_of="2026-06-15",
        vars={"reporting_timezone": "Europe/Warsaw", "reporting_currency": "USD"},
    )


def by_segment(connection, name: str, segment: str, month: str = MARCH, grain: str = "month") -> dict[str, Any]:
    return metric(
        connection, name, period_grain=grain, period_start=month, dimension="segment", dimension_value=segment
    )


def bridge(connection, segment: str, month: str = MARCH) -> dict[str, float]:
    names = [
        "start_mrr", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "fx_effect",
        "end_mrr",
    ]  # fmt: skip
    found = connection.execute(
        f"""
        select {", ".join(names)} from marts.mart_mrr_bridge
        where segment = ? and month_start = ? and product_id = 'all'
        """,
        [segment, month],
    ).fetchall()
    assert len(found) == 1, f"{len(found)} rows of {segment} in {month}"
    return dict(zip(names, map(float, found[0]), strict=True))


def by_channel(connection, name: str, channel: str, month: str) -> dict[str, Any]:
    return metric(
        connection, name, period_grain="month", period_start=month, dimension="channel", dimension_value=channel
    )


def test_chn_01_logo_churn_is_of_the_closed_cohort(world):
    churn = by_segment(world, "logo_churn_rate", "chn-01", FEBRUARY)
    assert (churn["numerator"], churn["denominator"], churn["n"], churn["value"]) == (5, 100, 100, 5.0)
    assert churn["value_low"] < 5 < churn["value_high"]
    assert by_segment(world, "retention_rate", "chn-01", FEBRUARY)["value"] == 95.0
    assert by_segment(world, "mrr", "chn-01", FEBRUARY)["n"] == 113  # 95 stayed, 18 of 20 who joined


def test_mrr_01_movements_foot_and_rates_follow(world):
    assert bridge(world, "mrr-01") == {
        "start_mrr": 450, "new_mrr": 80, "reactivation_mrr": 60, "expansion_mrr": 50, "contraction_mrr": 80,
        "churned_mrr": 50, "fx_effect": 0, "end_mrr": 510,
    }  # fmt: skip
    assert by_segment(world, "grr", "mrr-01")["value"] == pytest.approx(71.1111, abs=1e-4)
    assert by_segment(world, "nrr", "mrr-01")["value"] == pytest.approx(82.2222, abs=1e-4)
    assert by_segment(world, "logo_churn_rate", "mrr-01")["value"] == 25.0
    assert by_segment(world, "gross_mrr_churn_rate", "mrr-01")["value"] == pytest.approx(28.8889, abs=1e-4)
    for name, amount in [("mrr", 510), ("new_mrr", 80), ("reactivation_mrr", 60), ("churned_mrr", 50)]:
        assert by_segment(world, name, "mrr-01")["value"] == amount


def test_mrr_02_net_churn_is_negative_when_expansion_outweighs_losses(world):
    values = [
        by_segment(world, name, "mrr-02")["value"]
        for name in ("gross_mrr_churn_rate", "net_mrr_churn_rate", "grr", "nrr")
    ]
    assert values == pytest.approx([5.0, -4.0, 95.0, 104.0])


def test_mrr_03_gross_retention_is_per_customer(world):
    assert by_segment(world, "grr", "mrr-03")["value"] == 75.0
    assert by_segment(world, "nrr", "mrr-03")["value"] == 100.0


def test_mrr_05_yearly_and_quarterly_prices_are_spread_over_their_months(world):
    assert by_segment(world, "mrr", "mrr-05", FEBRUARY)["value"] == pytest.approx(166.67, abs=0.005)
    assert by_segment(world, "mrr", "mrr-05", MAY)["value"] == pytest.approx(166.67, abs=0.005)
    assert by_segment(world, "mrr", "quarterly", FEBRUARY)["value"] == 100


def test_a_pause_churns_and_its_end_reactivates(world):
    assert bridge(world, "pause", MARCH)["churned_mrr"] == 70
    assert bridge(world, "pause", APRIL)["reactivation_mrr"] == 70
    assert bridge(world, "pause", MAY)["start_mrr"] == bridge(world, "pause", MAY)["end_mrr"] == 70


def test_a_trial_is_new_with_its_first_paid_month(world):
    assert rows(
        world, "select count(*) from core.fct_mrr_movements where segment = 'trial' and month_start < '2026-02-01'"
    ) == [(0,)]
    assert bridge(world, "trial", FEBRUARY)["new_mrr"] == 40


def test_a_period_left_open_ends_where_the_next_begins(world):
    assert bridge(world, "left-open", MARCH)["end_mrr"] == 15
    assert bridge(world, "left-open", MARCH)["expansion_mrr"] == 5


def test_a_cancellation_without_an_end_stops_when_the_source_said_so(world):
    assert bridge(world, "no-end", MARCH)["end_mrr"] == 10
    assert bridge(world, "no-end", APRIL)["churned_mrr"] == 10


def test_an_account_is_one_customer(world):
    assert bridge(world, "account", MARCH)["contraction_mrr"] == 30
    assert by_segment(world, "logo_churn_rate", "account")["n"] == 1
    # The account's own country wins over that of its people.
    assert rows(world, "select distinct country from core.fct_mrr_movements where segment = 'account'") == [("DE",)]


def test_months_close_at_local_midnight(world):
    # The end at midnight is the last instant of March; the start half an hour later is April.
    assert bridge(world, "close", MARCH)["end_mrr"] == 20
    assert bridge(world, "close", APRIL) == {
        "start_mrr": 20, "new_mrr": 10, "reactivation_mrr": 0, "expansion_mrr": 0, "contraction_mrr": 0,
        "churned_mrr": 20, "fx_effect": 0, "end_mrr": 10,
    }  # fmt: skip


def test_a_quarter_has_a_closed_cohort_of_its_own(world):
    assert by_segment(world, "logo_churn_rate", "quarter", FEBRUARY)["value"] == 100.0
    assert by_segment(world, "reactivation_mrr", "quarter", MARCH)["value"] == 25
    quarter = by_segment(world, "logo_churn_rate", "quarter", "2026-01-01", "quarter")
    assert (quarter["value"], quarter["n"]) == (0.0, 1)
    # Back before the quarter closed: neither new nor returned.
    assert by_segment(world, "reactivation_mrr", "quarter", "2026-01-01", "quarter")["value"] == 0


def test_a_change_of_rates_is_no_expansion(world):
    same = bridge(world, "fx-same")
    assert (same["start_mrr"], same["expansion_mrr"], same["fx_effect"], same["end_mrr"]) == (100, 0, 20, 120)
    # 100 to 110 EUR at the opening rate of 1.00 is 10; the other 22 of 132 are the rate.
    grown = bridge(world, "fx-grown")
    assert (grown["expansion_mrr"], grown["fx_effect"], grown["end_mrr"]) == (10, 22, 132)


def test_a_currency_without_a_rate_keeps_the_logo_and_is_counted(world):
    mrr = by_segment(world, "mrr", "fx-none")
    assert (mrr["n"], mrr["numerator"], mrr["pending_n"]) == (1, 0, 2)  # a line at each end
    assert by_segment(world, "logo_churn_rate", "fx-none")["n"] == 1
    assert rows(world, "select distinct amount from core.fct_mrr_monthly where currency = 'GBP'") == [(None,)]


def test_only_mrr_splits_by_product(world):
    assert bridge(world, "product")["expansion_mrr"] == bridge(world, "product")["contraction_mrr"] == 0
    of_product = {
        product: metric(
            world, "mrr", period_grain="month", period_start=MARCH, dimension="product", dimension_value=product
        )["value"]
        for product in ("base", "new", "unknown")
    }
    assert (of_product["base"], of_product["new"]) == (12, 8)
    everything = metric(world, "mrr", period_grain="month", period_start=MARCH)["value"]
    assert sum(of_product.values()) == pytest.approx(everything)
    assert rows(world, "select count(*) from marts.metric_values where dimension = 'product' and metric <> 'mrr'") == [
        (0,)
    ]


def test_who_is_left_out_of_recurring_revenue(world):
    assert rows(world, "select count(*) from core.fct_mrr_movements where segment = 'left-out'") == [(0,)]
    assert rows(world, "select max(mrr_amount) from core.fct_mrr_monthly") == [(Decimal("940.0000"),)]


def test_subscriptions_of_nobody_known_are_customers_of_their_own(world):
    assert rows(
        world,
        "select count(distinct mrr_customer_id) from core.fct_subscription_periods where plan = 'orphan'",
    ) == [(2,)]


def test_the_segment_is_that_of_the_opening(world):
    assert by_segment(world, "logo_churn_rate", "seg-old", MARCH)["value"] == 100.0
    assert rows(world, "select count(*) from core.fct_mrr_movements where segment = 'seg-new'") == [(0,)]


def test_the_running_month_has_no_churn_yet(world):
    june = metric(world, "logo_churn_rate", period_grain="month", period_start=JUNE)
    assert (june["value"], june["n"], june["is_final"]) == (None, 0, False)
    assert rows(world, "select max(month_start)::varchar from marts.mart_mrr_bridge") == [(MAY,)]


def test_every_month_and_customer_foots(world):
    off = """
        select count(*) from core.fct_mrr_movements
        where end_mrr
            <> start_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr + fx_effect
    """
    assert rows(world, off) == [(0,)]
    # A month opens with what the month before closed with.
    gaps = """
        select count(*) from (
            select month_start, sum(start_mrr) as opening, lag(sum(end_mrr)) over (order by month_start) as closing
            from core.fct_mrr_movements group by month_start
        ) where closing is not null and opening <> closing
    """
    assert rows(world, gaps) == [(0,)]


def test_only_completed_orders_are_revenue(world):
    revenue = by_channel(world, "revenue", "status", MARCH)
    assert (revenue["value"], revenue["n"], revenue["currency"], revenue["unit"]) == (150, 2, "USD", "money")
    average = by_channel(world, "average_order_value", "status", MARCH)
    assert (average["value"], average["numerator"], average["denominator"]) == (75, 150, 2)
    # Standard error of 100 and 50: sd 35.3553 / sqrt 2 = 25.
    assert average["value_high"] - average["value"] == pytest.approx(1.959964 * 25, abs=1e-4)


def test_orders_belong_to_local_days_before_the_cut(world):
    assert by_channel(world, "revenue", "days", FEBRUARY)["value"] == 10
    assert by_channel(world, "revenue", "days", JUNE)["value"] == 1


def test_refunds_count_on_their_own_day(world):
    assert by_channel(world, "net_revenue", "refunds", MARCH)["value"] == 80
    assert by_channel(world, "net_revenue", "refunds", APRIL)["value"] == -30
    assert by_channel(world, "revenue", "refunds", APRIL)["value"] is None
    # The refund of an order that was never delivered has no channel; that of a deleted order counts nowhere.
    assert by_channel(world, "net_revenue", "unknown", APRIL)["value"] == -5
    assert metric(world, "net_revenue", period_grain="month", period_start=APRIL)["value"] == -35


def test_a_missing_rate_is_the_latest_of_31_days_before(world):
    # 100 CHF at 1.10 on the 31st day, none on the 32nd; 10 EUR at 1.00.
    revenue = by_channel(world, "revenue", "rates", FEBRUARY)
    assert (revenue["value"], revenue["n"], revenue["pending_n"]) == (120, 2, 1)
    assert rows(world, "select amount, currency from core.fct_orders where order_id = 'c2'") == [(None, "CHF")]


def test_margin_is_net_less_cost_or_by_the_ratio_of_the_data(world):
    # Costs are known for 100 (60) and 10 (6): 44 of 110 is a margin ratio of 0.4.
    assert rows(world, "select value, n from marts.model_parameters where model = 'margin_ratio'") == [
        (pytest.approx(0.4), 2)
    ]
    margins = dict(
        rows(world, "select order_id, margin from core.fct_orders where order_id in ('s1', 's2', 'c3', 'c2')")
    )
    assert margins == {"s1": Decimal("40.0000"), "s2": Decimal("20.0000"), "c3": Decimal("4.0000"), "c2": None}


def test_test_customers_and_guests(world):
    assert rows(world, "select count(*) from marts.metric_values where dimension_value = 'left-out'") == [(0,)]
    assert by_channel(world, "revenue", "guest", MARCH)["value"] == 7


def test_members_add_up_to_all(world):
    for name in ("revenue", "net_revenue"):
        for dimension in ("channel", "segment", "country"):
            members = rows(
                world,
                f"""
                select sum(numerator) from marts.metric_values
                where metric = '{name}' and period_grain = 'all_time' and dimension = '{dimension}'
                """,
            )
            assert members[0][0] == pytest.approx(metric(world, name, period_grain="all_time")["value"])


@needs_real_data
def test_churn_of_the_telco_agrees_with_its_reference(tmp_path):
    expected = json.loads((REAL_DATA / "expected.json").read_text())["ibm_telco"]
    shutil.copytree(REAL_DATA / "ibm_telco" / "landing", tmp_path / "landing")
    connection = build(tmp_path, as_of="2026-08-01")

    def july(name: str) -> dict[str, Any]:
        return metric(connection, name, period_grain="month", period_start="2026-07-01")

    logo = july("logo_churn_rate")
    assert (logo["n"], logo["numerator"]) == (expected["start_customers_2026_07"], expected["churned"])
    assert logo["value"] == pytest.approx(expected["logo_churn_rate"], abs=1e-9)
    gross = july("gross_mrr_churn_rate")
    assert gross["value"] == pytest.approx(expected["gross_mrr_churn_rate"], abs=1e-9)
    assert gross["denominator"] == pytest.approx(expected["start_mrr"])
    assert july("churned_mrr")["value"] == pytest.approx(expected["churned_mrr"])
    new = "select count(*) from core.fct_mrr_movements where month_start = '2026-07-01' and movement_type = 'new'"
    assert rows(connection, new) == [(expected["new_customers"],)]
