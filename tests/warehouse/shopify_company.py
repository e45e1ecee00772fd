"""A small shop of Shopify, as its API and its admin deliver it, and another that has exports only.

The records have the shape of the examples in Shopify's documentation. Those that stand for an outcome are payloads
(`tests/ingest/sources/payloads/shopify`); the others are made here with fewer fields:
https://shopify.dev/docs/api/admin-rest/latest/resources/order
https://shopify.dev/docs/api/admin-rest/latest/resources/refund
https://shopify.dev/docs/api/admin-rest/latest/resources/abandoned-checkouts
https://shopify.dev/docs/api/admin-rest/latest/resources/tendertransaction
"""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-03-31"

Record = dict[str, Any]


def customer(number: int, **fields: Any) -> Record:
    return {
        "id": number,
        "email": f"c{number}@example.com",
        "orders_count": 1,
        "email_marketing_consent": {"state": "subscribed"},
        "default_address": {"country_code": "US", "province_code": "KY", "city": "Louisville", "zip": "40202"},
        "created_at": "2026-01-02T09:00:00-05:00",
        "updated_at": "2026-03-01T09:00:00-05:00",
    } | fields


def line(variant: int | None, price: str, quantity: int = 1, **fields: Any) -> Record:
    """A line; `discount` and `tax` are amounts on it."""
    discount, tax = fields.pop("discount", ""), fields.pop("tax", "")
    return {
        "id": 9000 + (variant or 0),
        "variant_id": variant,
        "title": f"Item {variant}",
        "sku": f"SKU-{variant}",
        "price": price,
        "quantity": quantity,
        "gift_card": False,
        "discount_allocations": [{"amount": discount, "discount_application_index": 0}] if discount else [],
        "tax_lines": [{"price": tax, "rate": 0.1, "title": "Tax"}] if tax else [],
    } | fields


def order(number: int, *lines: Record, **fields: Any) -> Record:
    return {
        "id": number,
        "name": f"#{number}",
        "test": False,
        "email": f"c{number}@example.com",
        "phone": None,
        "customer": None,
        "source_name": "web",
        "location_id": None,
        "checkout_id": None,
        "landing_site": None,
        "client_details": None,
        "financial_status": "paid",
        "currency": "USD",
        "presentment_currency": "USD",
        "taxes_included": False,
        "total_tax": "0.00",
        "line_items": list(lines),
        "shipping_lines": [],
        "refunds": [],
        "processed_at": "2026-03-02T10:00:00-05:00",
        "created_at": "2026-03-02T10:00:00-05:00",
        "cancelled_at": None,
        "updated_at": "2026-03-02T10:00:00-05:00",
    } | fields


documented = partial(documentation.records, "shopify")
[SHOP] = documented("shop.json")
CUSTOMERS = [*documented("customer_who_bought_and_subscribed.json"), *documented("customer_without_an_order.json")]

PRODUCTS = [
    *documented("product_in_two_colours.json"),
    {
        "id": 20,
        "title": "Mug",
        "product_type": "",
        "published_at": None,
        "variants": [{"id": 21, "title": "Default Title", "price": "9.50"}],
        "updated_at": "2026-01-05T12:00:00-05:00",
    },
]
#: The red shirt is no longer made.
LATER_PRODUCTS = documented("product_without_one_of_its_colours.json")

ORDERS = [
    # Goods 2 x 100 - 20 + 50 = 230; the tip is none. Shipping 10 - 2. Back go the blue shirt and the shipping (goods of
    # 50), and as a gesture 15 more than any line says.
    *documented("order_refunded_in_part_with_a_tip.json"),
    # Prices include tax: 119 - 19 = 100, and 2 x 59.50 - 11.90 - 17.10 = 90; the discount is 10 without tax.
    *documented("order_at_the_till_with_tax_in_its_prices.json"),
    order(1003, line(11, "100.00"), financial_status="pending"),
    *documented("order_cancelled.json"),
    order(1005, line(11, "100.00"), test=True),
    # A gift card is no goods.
    order(
        1006,
        line(12, "20.00"),
        line(31, "50.00", gift_card=True),
        email=None,
        phone="+15025550000",
        source_name="amazon-us",
    ),
    order(1007, line(11, "100.00")),
    order(1008, line(12, "10.00"), customer={"id": 2}, email="c2@example.com"),
]
#: Customer 2 was erased.
LATER_ORDERS = [ORDERS[7] | {"customer": None, "email": None, "updated_at": "2026-03-20T10:00:00-05:00"}]
EVENTS = documented("order_and_product_deleted.json")


def movement(number: int, order_id: int, amount: str, **fields: Any) -> Record:
    return {
        "id": number,
        "order_id": order_id,
        "amount": amount,
        "currency": "USD",
        "test": False,
        "processed_at": "2026-03-02T10:01:00-05:00",
        "payment_method": "credit_card",
    } | fields


MOVEMENTS = [
    *documented("payment_and_what_went_back.json"),
    movement(803, 1004, "100.00"),
    movement(804, 1005, "100.00", test=True),
]


CHECKOUTS = [*documented("checkout_abandoned.json"), *documented("checkout_that_became_an_order.json")]
#: The second shirt was taken out of the cart.
LATER_CHECKOUTS = [
    CHECKOUTS[0]
    | {
        "line_items": CHECKOUTS[0]["line_items"][:1],
        "subtotal_price": "119.00",
        "updated_at": "2026-03-01T11:00:00-05:00",
    }
]

EXPORTS = {
    "orders_export": "order_file_with_a_row_per_line.csv",
    "customers": "customer_file_with_apostrophes.csv",
    "products_export": "product_file_with_variants_and_images.csv",
}


def land(landing: Path, entity: str, *pages: Any, source: str = "shopify", name: str = "1") -> None:
    """One file of an API pull, a line per page."""
    folder = landing / source / entity
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}.pages.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, records in enumerate(pages, start=1):
            file.write(json.dumps({"number": number, "status": 200, "body": {entity: records}}) + "\n")


def land_company(landing: Path) -> None:
    """Everything that was pulled, in two pulls; and the exports of another shop."""
    land(landing, "shop", SHOP)
    land(landing, "customers", CUSTOMERS)
    land(landing, "products", PRODUCTS)
    land(landing, "products", LATER_PRODUCTS, name="2")
    land(landing, "orders", ORDERS[:4], ORDERS[4:])
    land(landing, "orders", LATER_ORDERS, name="2")
    land(landing, "events", EVENTS)
    land(landing, "tender_transactions", MOVEMENTS)
    land(landing, "checkouts", CHECKOUTS)
    land(landing, "checkouts", LATER_CHECKOUTS, name="2")
    for entity, name in EXPORTS.items():
        folder = landing / "shopify_old" / entity
        folder.mkdir(parents=True)
        (folder / "export.csv").write_text(documentation.text("shopify", name), encoding="utf-8")
