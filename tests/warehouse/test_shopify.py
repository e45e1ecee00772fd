"""Shopify's own records, as its API gives them and as its admin exports them, become customers, orders and refunds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.ingest.sources.documented import outcomes, promised_outcomes
from tests.warehouse.harness import build, metric, rows
from tests.warehouse.matrix import differences
from tests.warehouse.shopify_company import AS_OF, land_company


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("shopify")
    land_company(home / "landing")
    with build(home, as_of=AS_OF, vars={"vendors": ["shopify"]}) as connection:
        yield connection


def orders(warehouse: Any, columns: str, source: str = "shopify") -> list[tuple[Any, ...]]:
    return rows(
        warehouse, f"select order_id, {columns} from core.fct_orders where source_system = '{source}' order by order_id"
    )


def current(warehouse: Any, entity: str, columns: str, source: str = "shopify") -> list[tuple[Any, ...]]:
    """What holds as of the run, without what is deleted."""
    return rows(
        warehouse,
        f"select {columns} from intermediate.int_{entity}_current"
        f" where source_system = '{source}' and not coalesce(is_deleted, false) order by all",
    )


def test_an_order_is_worth_its_goods_after_discount_without_tax_and_shipping(warehouse):
    found = orders(warehouse, "gross_amount, discount_amount, net_amount, shipping_amount, tax_amount, currency")
    assert found[:2] == [
        # 2 x 100 - 20 + 50, in the currency of the shop; the tip of 5 is no goods.
        ("1001", Decimal(250), Decimal(20), Decimal(230), Decimal(8), Decimal("12.3"), "USD"),
        # With tax 119 + 2 x 59.50 - 11.90; of the tax 19 and 17.10 are on the goods, 0.95 on the shipping.
        ("1002", Decimal(200), Decimal(10), Decimal(190), Decimal(5), Decimal("37.05"), "USD"),
    ]


def test_only_what_is_paid_counts_and_tests_and_deleted_orders_are_gone(warehouse):
    assert orders(warehouse, "status, net_amount") == [
        ("1001", "completed", Decimal(230)),
        ("1002", "completed", Decimal(190)),
        ("1003", "pending", Decimal(100)),
        ("1004", "cancelled", Decimal(100)),
        # 20 and a gift card of 50.
        ("1006", "completed", Decimal(20)),
        ("1008", "completed", Decimal(10)),
    ]


def test_an_order_was_there_until_it_was_deleted(warehouse):
    versions = rows(
        warehouse,
        "select is_deleted, updated_at from staging.stg_shopify__orders where order_id = '1007' order by updated_at",
    )
    assert versions == [
        (False, datetime(2026, 3, 2, 15, tzinfo=UTC)),
        (True, datetime(2026, 3, 15, 15, tzinfo=UTC)),
    ]


def test_where_an_order_came_from(warehouse):
    assert orders(warehouse, "channel, platform, location_id, device, campaign_id")[:5] == [
        ("1001", "web", "shopify", None, "mobile", "spring"),
        ("1002", "store", "shopify", "77", None, None),
        ("1003", "web", "shopify", None, None, None),
        ("1004", "web", "shopify", None, None, None),
        ("1006", "marketplace", "amazon-us", None, None, None),
    ]


def test_guests_are_customers_and_an_erased_customer_is_nobody(warehouse):
    known = dict(orders(warehouse, "customer_id"))
    [(ana,)] = rows(
        warehouse,
        "select customer_id from core.dim_identity_map"
        " where source_system = 'shopify' and entity = 'contacts' and source_id = '1'",
    )
    assert known["1001"] == ana
    assert "-1" not in (known["1002"], known["1006"])  # by e-mail, and by telephone
    assert known["1002"] != known["1006"]
    assert known["1008"] == "-1"


def test_a_refund_takes_back_goods_and_no_shipping(warehouse):
    found = rows(
        warehouse,
        "select refund_id, refund_amount, reason, is_counted from core.fct_refunds"
        " where source_system = 'shopify' order by 1",
    )
    assert found == [
        ("601", Decimal(50), "wrong size", True),
        # More than any line says.
        ("602", Decimal(15), None, True),
        # 119 with 19 of tax.
        ("603", Decimal(100), None, True),
        # Of a cancelled order.
        ("604", Decimal(100), None, False),
    ]


def test_the_metrics_add_both_shops_up(warehouse):
    # 230 + 190 + 20 + 10 of the one, 80 + 50 of the other.
    revenue = metric(warehouse, "revenue")
    assert (revenue["value"], revenue["n"]) == (580.0, 6)
    # Less 50 + 15 + 100, and 40.
    assert metric(warehouse, "net_revenue")["value"] == 375.0


def test_lines_are_those_of_the_goods_and_add_up_to_the_order(warehouse):
    columns = "order_id, line_number, product_id, quantity, unit_price, discount_amount"
    found = [line for line in current(warehouse, "order_lines", columns) if line[0] in ("1001", "1002", "1006")]
    assert found == [
        ("1001", 1, "11", 2.0, Decimal(100), Decimal(20)),
        ("1001", 2, "12", 1.0, Decimal(50), Decimal(0)),
        ("1002", 1, "11", 1.0, Decimal(100), Decimal(0)),
        # 59.50 and 11.90 with tax.
        ("1002", 2, "12", 2.0, Decimal(50), Decimal(10)),
        ("1006", 1, "12", 1.0, Decimal(20), Decimal(0)),
    ]


def test_variants_are_products_until_their_product_drops_them_or_is_deleted(warehouse):
    found = rows(
        warehouse,
        "select product_id, name, family, launched_on, list_price, currency, is_deleted"
        " from intermediate.int_products_current where source_system = 'shopify' order by 1",
    )
    launched = datetime(2026, 1, 5).date()
    assert found == [
        ("11", "Shirt - Red", "Clothes", launched, Decimal(100), "USD", True),
        ("12", "Shirt - Blue", "Clothes", launched, Decimal(50), "USD", False),
        ("21", "Mug", None, None, Decimal("9.5"), "USD", True),
    ]


def test_a_customer_has_consent_and_a_stage(warehouse):
    columns = "contact_id, country, postal_code, lifecycle_stage, marketing_consent"
    assert current(warehouse, "contacts", columns) == [
        ("1", "US", "40202", "customer", True),
        ("2", "US", "40202", "lead", False),
    ]


def test_a_payment_is_refunded_if_its_order_is(warehouse):
    columns = "payment_id, order_id, amount, status, method"
    # What went back is no payment, and a test is none either.
    assert current(warehouse, "payments", columns) == [
        ("801", "1001", Decimal("255.3"), "paid", "credit_card"),
        ("803", "1004", Decimal(100), "refunded", "credit_card"),
    ]


def test_a_checkout_is_a_cart_and_may_have_become_an_order(warehouse):
    found = current(warehouse, "carts", "cart_id, contact_id, value, currency, order_id, ordered_at")
    assert found == [
        ("501", "1", Decimal(100), "EUR", None, None),
        ("502", "1", Decimal(100), "EUR", "1002", datetime(2026, 3, 2, 15, tzinfo=UTC)),
    ]
    lines = current(warehouse, "cart_lines", "cart_id, line_number, product_id, quantity, unit_price")
    # The second line of 501 was taken out.
    assert lines == [("501", 1, "11", 1.0, Decimal(100)), ("502", 1, "11", 1.0, Decimal(100))]


def test_lines_payments_and_carts_are_facts(warehouse):
    lines = "select order_id, line_number, amount, is_completed from core.fct_order_lines"
    assert rows(warehouse, f"{lines} where source_system = 'shopify' and product_key <> -1 order by 1, 2")[:4] == [
        ("1001", 1, Decimal(180), True),
        ("1001", 2, Decimal(50), True),
        ("1002", 1, Decimal(100), True),
        ("1002", 2, Decimal(90), True),
    ]
    payments = rows(warehouse, "select payment_id, status, customer_id <> '-1' from core.fct_payments order by 1")
    assert payments == [("801", "paid", True), ("803", "refunded", True)]
    carts = rows(warehouse, "select cart_id, status, line_count, order_key is not null from core.fct_carts order by 1")
    assert carts == [("501", "abandoned", 1, False), ("502", "recovered", 1, True)]


def test_an_export_of_orders_has_one_row_per_line(warehouse):
    columns = "channel, gross_amount, discount_amount, net_amount, shipping_amount, strftime(ordered_at, '%d %H:%M')"
    assert orders(warehouse, columns, "shopify_old") == [
        # Tax is 19 of 119 with shipping: of 95.20 are 80 left, of 11.90 are 10.
        ("7410991464714", "web", Decimal(90), Decimal(10), Decimal(80), Decimal(20), "05 08:00"),
        ("7410991464715", "store", Decimal(50), Decimal(0), Decimal(50), Decimal(5), "06 08:00"),
    ]
    columns = "order_id, line_number, product_id, quantity, unit_price, discount_amount"
    # 35.70 is 30 without tax, and the discount of 10 is shared out as 2 to 1.
    assert current(warehouse, "order_lines", columns, "shopify_old") == [
        ("7410991464714", 1, "CUP-R", 2.0, Decimal(30), Decimal("6.6667")),
        ("7410991464714", 2, "Plate", 1.0, Decimal(30), Decimal("3.3333")),
        ("7410991464715", 1, "Plate", 1.0, Decimal(50), Decimal(0)),
    ]
    # Half of 119 was given back, so half of 80.
    assert current(warehouse, "refunds", "order_id, amount", "shopify_old") == [("7410991464714", Decimal(40))]


def test_exports_of_customers_and_products(warehouse):
    columns = "contact_id, email, phone, postal_code, lifecycle_stage, marketing_consent"
    assert current(warehouse, "contacts", columns, "shopify_old") == [
        ("201", "kim@example.com", "+15025550001", "02026", "customer", True)
    ]
    [(buyer,)] = rows(warehouse, "select customer_id from core.fct_orders where order_id = '7410991464714'")
    assert rows(warehouse, "select customer_id from core.dim_identity_map where source_id = '201'") == [(buyer,)]
    assert current(warehouse, "products", "product_id, name, family, list_price, unit_cost", "shopify_old") == [
        ("CUP-B", "Cup - Blue", "Kitchen", Decimal("35.7"), Decimal("12.5")),
        ("CUP-R", "Cup - Red", "Kitchen", Decimal("35.7"), Decimal(12)),
        ("Plate", "Plate", "Kitchen", Decimal(50), None),
    ]


def test_the_models_fill_the_columns_of_the_matrix(warehouse):
    assert differences(warehouse, "shopify") == []


def test_each_payload_of_the_documentation_becomes_what_its_name_says(warehouse, tmp_path):
    assert outcomes("shopify", warehouse, tmp_path) == promised_outcomes("shopify")
