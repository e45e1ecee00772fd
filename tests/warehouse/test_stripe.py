"""Stripe's own records become customers, price periods, orders, refunds and payments; one warehouse for all tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.matrix import differences
from tests.warehouse.stripe_company import AS_OF, land_company, land_exports


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("stripe")
    land_company(home / "landing")
    land_exports(home / "landing")
    rates = [
        {"rate_date": "2026-04-01", "from_currency": code, "to_currency": "USD", "rate": rate}
        for code, rate in (("EUR", "1.1"), ("JPY", "0.01"), ("KWD", "3"))
    ]
    settings = {
        "vendors": ["stripe"],
        "custom_fields": {"stripe": {"contacts": {"segment": "metadata.tier", "seats": "metadata.seats"}}},
        "stripe_company_ids": {"crm": "crm_account"},
        "stripe_company_flags": ["customer_type"],
    }
    known = [{"account_id": "77", "name": "Gus & Sons", "tier": "gold"}]
    with build(home, {"exchange_rates": rates, "crm/accounts": known}, as_of=AS_OF, vars=settings) as connection:
        yield connection


def periods(warehouse: Any, name: str) -> list[tuple[Any, ...]]:
    """Start, end, status, units, price and interval of the periods of a subscription."""
    return rows(
        warehouse,
        "select strftime(period_start, '%m-%d'), strftime(period_end, '%m-%d'), status, quantity,"
        " unit_amount::double, billing_interval from core.fct_subscription_periods"
        f" where subscription_id = 'sub_{name}' order by period_start",
    )


def test_prices_of_the_past_come_from_invoices(warehouse):
    # A price within a month begins where its proration does, not with the next invoice. It goes on after the last one.
    assert periods(warehouse, "ann") == [
        ("01-01", "02-01", "trialing", 1, 10, "month"),
        ("02-01", "03-15", "active", 1, 10, "month"),
        ("03-15", None, "active", 3, 30, "month"),
    ]


def test_a_cancelled_subscription_pays_until_its_end_and_says_why(warehouse):
    assert periods(warehouse, "bob") == [("02-01", "04-01", "cancelled", 1, 10, "month")]
    found = rows(
        warehouse,
        "select cancel_reason, is_voluntary from core.fct_subscription_periods where subscription_id = 'sub_bob'",
    )
    assert found == [("too_expensive", True)]
    # Of sub_old Stripe itself is the one who cancelled.
    found = rows(
        warehouse,
        "select cancel_reason, is_voluntary from core.fct_subscription_periods where subscription_id = 'sub_old'",
    )
    assert found == [("payment_failed", False)]


def test_who_cancels_in_advance_pays_until_then(warehouse):
    # 600 for six months.
    assert periods(warehouse, "hal") == [("03-01", "09-01", "cancelled", 1, 100, "month")]


def test_a_month_whose_invoice_is_void_is_a_pause(warehouse):
    assert periods(warehouse, "cat") == [
        ("02-01", "03-01", "active", 1, 10, "month"),
        ("03-01", "04-01", "paused", 1, 10, "month"),
        ("04-01", None, "active", 1, 10, "month"),
    ]


def test_while_invoices_stay_drafts_it_is_a_pause(warehouse):
    assert periods(warehouse, "pat") == [
        ("03-01", "04-01", "active", 1, 10, "month"),
        ("04-01", None, "paused", 1, 10, "month"),
    ]


def test_an_item_ends_where_it_is_credited(warehouse):
    # 10 and 30, then 10.
    assert periods(warehouse, "ray") == [
        ("03-01", "03-15", "active", 1, 40, "month"),
        ("03-15", None, "active", 1, 10, "month"),
    ]


def test_items_of_several_intervals_are_one_price_per_month(warehouse):
    # Twice 10 a month, and 120 a year.
    assert periods(warehouse, "dan") == [("03-01", None, "active", 1, 30, "month")]


def test_a_lasting_discount_lowers_the_price_and_one_that_was_given_once_does_not(warehouse):
    # 30 less a fifth; ten less in the first month are no change of price in the second.
    assert periods(warehouse, "eve") == [("03-01", None, "active", 1, 24, "month")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fay", (1, 90, "quarter")),
        # 7 a week are 7 * 365 / 7 = 365 a year.
        ("gus", (1, 30.4167, "month")),
        # Yen have no smaller unit, dinars thousandths: 500 and 5.120.
        ("ida", (2, 500, "month")),
        ("jon", (1, 5.12, "month")),
        # 12.5 cents.
        ("kim", (100, 0.125, "month")),
        # Nothing for five seats, 4 each for two.
        ("sam", (1, 8, "month")),
        # 18 euros for two; the price is in dollars.
        ("tom", (1, 18, "month")),
        # Usage is no promise of the next month.
        ("lea", (1, 0, "month")),
    ],
)
def test_prices_are_in_whole_units_per_month_quarter_or_year(warehouse, name, expected):
    [(_, end, status, *price)] = periods(warehouse, name)
    assert (end, status, tuple(price)) == (None, "active", expected)


def test_a_subscription_whose_first_payment_never_came_did_not_begin(warehouse):
    assert periods(warehouse, "max") == []


def test_without_invoices_a_subscription_has_the_terms_it_has_now(warehouse):
    # The trial ends after the last day of the run, on which nobody knew what would follow.
    assert periods(warehouse, "ned") == [("04-20", None, "trialing", 1, 10, "month")]
    assert periods(warehouse, "zoe") == [
        ("02-01", "02-15", "trialing", 2, 500, "year"),
        ("02-15", None, "active", 2, 500, "year"),
    ]
    assert periods(warehouse, "old") == [("01-01", "03-20", "cancelled", 1, 10, "month")]


def test_recurring_revenue_is_the_sum_of_what_is_paid(warehouse):
    # Ann 90, Cat 10, Dan 30, Eve 24, Fay 30, Gus 30.4167, Hal 100, Kim 12.50, Ray 10, Sam 8; Ida 1000 yen and Zoe 1000
    # yen a year at 0.01, Jon 5.120 dinars at 3, Tom 18 euros at 1.1: 10 + 0.8333 + 15.36 + 19.80.
    found = metric(warehouse, "mrr", period_grain="month", period_start="2026-04-01")
    assert round(found["value"], 3) == 390.910
    # Customers who pay: those ten, the company of Ida and Jon, Tom and Zoe. Bob left with the end of March.
    assert rows(
        warehouse,
        "select count(distinct mrr_customer_id) from core.fct_mrr_monthly where mrr_amount > 0"
        " and month_start = date '2026-04-01'",
    ) == [(13,)]


def test_customers_that_are_companies_are_accounts(warehouse):
    found = rows(
        warehouse,
        "select account_id, name, account_type, country, external_ids from intermediate.int_accounts_current"
        " where source_system like 'stripe%' order by source_system, account_id",
    )
    assert found == [
        ("cus_fay", "Fay Foods", "company", None, None),
        ("cus_gus", "Gus and Sons", "company", None, '{"crm":"77"}'),
        ("cus_hal", "Hal Ltd", "company", "DE", None),
        ("cus_ida", "Ida Inc", "company", None, '{"crm":"78"}'),
        ("cus_jon", "Jon Inc", "company", None, '{"crm":"78"}'),
        ("cus_kim", "Kim of Rivia", "company", None, None),
        ("cus_ace", "Ace Works", "company", None, '{"crm":"79"}'),
    ]


def test_a_company_is_one_account_with_that_of_the_crm_and_with_its_other_customers(warehouse):
    accounts = dict(
        rows(
            warehouse,
            "select source_system || ':' || source_account_id, account_id from intermediate.int_accounts_resolved",
        )
    )
    assert accounts["stripe:cus_gus"] == accounts["crm:77"]
    assert accounts["stripe:cus_ida"] == accounts["stripe:cus_jon"]
    # Fay, Gus, Hal, Ida, Kim and Ace.
    assert len(set(accounts.values())) == 6


def test_a_company_pays_as_an_account_and_a_person_as_a_customer(warehouse):
    found = rows(
        warehouse,
        "select substr(periods.subscription_id, 5), accounts.tier from core.fct_subscription_periods as periods"
        " inner join core.dim_accounts as accounts using (account_id) where periods.account_id <> '-1' order by 1",
    )
    assert found == [("fay", None), ("gus", "gold"), ("hal", None), ("ida", None), ("jon", None), ("kim", None)]
    found = rows(
        warehouse, "select order_id, account_id from intermediate.int_orders_current where account_id is not null"
    )
    assert found == [("ch_5", "cus_ida")]


def test_behind_a_company_is_the_person_who_pays(warehouse):
    found = rows(
        warehouse,
        "select contact_id, account_id, first_name, last_name from intermediate.int_contacts_current"
        " where contact_id in ('cus_ann', 'cus_fay', 'cus_gus', 'cus_lea') order by 1",
    )
    assert found == [
        ("cus_ann", None, "Ann of", "Rivia"),
        ("cus_fay", "cus_fay", "Fay of", "Rivia"),
        # The only name is that of the company.
        ("cus_gus", "cus_gus", None, None),
        ("cus_lea", None, "Lea of", "Rivia"),
    ]
    found = rows(
        warehouse,
        "select role, valid_from = '2025-12-01 00:00:00+00', count(*)"
        " from core.bridge_accounts_x_contacts group by all",
    )
    # Ace's was created at ten.
    assert sorted(found) == [("payer", False, 1), ("payer", True, 6)]


ORDERS = {
    # A charge without an invoice is an order, in its own smallest unit.
    ("stripe", "ch_5"): ("completed", "JPY", None, 5000),
    ("stripe", "ch_6"): ("completed", "KWD", None, Decimal("5.12")),
    ("stripe", "ch_7"): ("completed", "USD", None, 42),
    ("stripe", "ch_8"): ("pending", "USD", None, 9),
    ("stripe", "ch_9"): ("cancelled", "USD", None, 9),
    # An invoice without a subscription is one, without its tax; and so is what pays it no second one.
    ("stripe", "in_bob2026-03-05"): ("completed", "USD", 19, 100),
    ("stripe", "in_cat2026-03-06"): ("pending", "USD", None, 110),
    ("stripe_files", "ch_103"): ("completed", "KWD", None, Decimal("5.12")),
    ("stripe_files", "in_2"): ("completed", "JPY", 190, 1000),
}


def test_one_off_sales_are_orders_and_payments_of_subscriptions_are_none(warehouse):
    found = rows(
        warehouse, "select source_system, order_id, status, currency, tax_amount, net_amount from core.fct_orders"
    )
    assert {(source, order): tuple(rest) for source, order, *rest in found} == ORDERS


def test_guests_are_customers_by_their_address(warehouse):
    found = rows(
        warehouse, "select count(*) from core.fct_orders where customer_id <> '-1' and order_id in ('ch_6', 'ch_103')"
    )
    assert found == [(2,)]


def test_refunds_are_those_of_orders(warehouse):
    found = rows(
        warehouse,
        "select refund_id, order_id, currency, refund_amount, strftime(refunded_at, '%m-%d')"
        " from core.fct_refunds order by 1",
    )
    # Not what was given back on a subscription, what failed, or what was only authorised. Of 20 given back of 119 with
    # 19 tax, 20 * 100 / 119 are goods.
    assert found == [
        ("ch_103-refunds", "ch_103", "KWD", Decimal("1.02"), "03-06"),
        ("re_2", "in_bob2026-03-05", "USD", Decimal("16.8067"), "03-21"),
        ("re_3", "ch_5", "JPY", 5000, "04-12"),
    ]


def test_payments_say_what_became_of_each_attempt(warehouse):
    found = rows(
        warehouse,
        "select payment_id, order_id, subscription_id, payment_amount::double, status, method, failure_reason"
        " from core.fct_payments order by length(payment_id), 1",
    )
    assert found == [
        ("ch_1", None, "sub_bob", 10, "paid", "card", None),
        ("ch_2", None, "sub_bob", 10, "failed", "card", "card_declined"),
        ("ch_3", None, "sub_bob", 10, "refunded", "card", None),
        # A part was given back.
        ("ch_4", "in_bob2026-03-05", None, 119, "paid", "card", None),
        ("ch_5", "ch_5", None, 5000, "refunded", "card", None),
        ("ch_6", "ch_6", None, 5.12, "disputed", "card", None),
        # The dispute was won.
        ("ch_7", "ch_7", None, 42, "paid", "card", None),
        ("ch_10", None, None, 9, "failed", "card", "card_declined"),
        ("ch_101", None, "sub_old", 10, "refunded", "card", None),
        ("ch_102", "in_2", None, 1190, "paid", "card", None),
        ("ch_103", "ch_103", None, 5.12, "paid", "card", None),
        ("ch_104", None, None, 7, "failed", "card", "insufficient_funds"),
    ]


def test_customers_of_test_mode_are_tests(warehouse):
    found = rows(
        warehouse,
        "select identifiers.first_name, identifiers.last_name, customers.is_test"
        " from core.dim_customers as customers inner join restricted.customer_identifiers as identifiers"
        " using (customer_id) where customers.is_current and identifiers.first_name in ('Test', 'Zoe') order by 1",
    )
    assert found == [("Test", "Er", True), ("Zoe", "Lang", False)]


def test_products_have_the_price_that_is_shown_first(warehouse):
    found = rows(
        warehouse,
        "select source_system, product_id, name, list_price, currency from intermediate.int_products_current"
        " where not is_deleted order by all",
    )
    assert found == [
        ("stripe", "prod_app", "App", 10, "USD"),
        ("stripe", "prod_plus", "Plus", None, None),
        ("stripe_files", "prod_app", "App", None, None),
    ]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "stripe") == []


def test_metadata_goes_where_the_setting_says(warehouse):
    found = rows(
        warehouse,
        "select distinct field, value, customer_id is not null from core.custom_field_values",
    )
    assert found == [("seats", "4", True)]
    assert rows(warehouse, "select distinct segment from core.dim_customers where segment is not null") == [("pro",)]


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("stripe", warehouse, tmp_path) == promised_outcomes("stripe")
