"""A small shop of Shopify, as its API and its admin deliver it, and another that has exports only.

The records have the shape of the examples in Shopify's documentation, with fewer fields:
https://shopify.dev/docs/api/admin-rest/latest/resources/order
https://shopify.dev/docs/api/admin-rest/latest/resources/refund
https://shopify.dev/docs/api/admin-rest/latest/resources/abandoned-checkouts
https://shopify.dev/docs/api/admin-rest/latest/resources/tendertransaction
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

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


def shipping(price: str, *, discount: str = "", tax: str = "") -> Record:
    return {
        "price": price,
        "discount_allocations": [{"amount": discount}] if discount else [],
        "tax_lines": [{"price": tax, "rate": 0.1, "title": "Tax"}] if tax else [],
    }


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


def refund(number: int, *lines: Record, adjustments: list[Record] | None = None, **fields: Any) -> Record:
    return {
        "id": number,
        "created_at": "2026-03-10T12:00:00-05:00",
        "processed_at": "2026-03-10T12:00:00-05:00",
        "note": None,
        "user_id": 7,
        "refund_line_items": list(lines),
        "refund_shipping_lines": [],
        "order_adjustments": adjustments or [],
        "transactions": [],
    } | fields


def refunded(of: Record, subtotal: str, tax: str) -> Record:
    return {"line_item_id": of["id"], "line_item": of, "quantity": 1, "subtotal": subtotal, "total_tax": tax}


SHOP = {
    "id": 548380009,
    "name": "Apple Computers",
    "myshopify_domain": "apple.myshopify.com",
    "currency": "USD",
    "plan_name": "basic",
}
CUSTOMERS = [
    customer(1, first_name="Ana", last_name="Ruiz", phone="+15025551199"),
    customer(2, orders_count=0, email_marketing_consent={"state": "unsubscribed"}),
]

PRODUCTS = [
    {
        "id": 10,
        "title": "Shirt",
        "product_type": "Clothes",
        "published_at": "2026-01-05T12:00:00-05:00",
        "variants": [{"id": 11, "title": "Red", "price": "100.00"}, {"id": 12, "title": "Blue", "price": "50.00"}],
        "updated_at": "2026-01-05T12:00:00-05:00",
    },
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
LATER_PRODUCTS = [
    PRODUCTS[0] | {"variants": [PRODUCTS[0]["variants"][1]], "updated_at": "2026-02-01T12:00:00-05:00"},
]

_TIP = line(None, "5.00", title="Tip", tip_payment_gateway="shopify_payments")
_BLUE = line(12, "50.00", tax="2.50")
_TAXED = line(11, "119.00", tax="19.00")
ORDERS = [
    # Goods 2 x 100 - 20 + 50 = 230; the tip is none. Shipping 10 - 2.
    order(
        1001,
        line(11, "100.00", 2, discount="20.00", tax="9.00"),
        _BLUE,
        _TIP,
        customer={"id": 1},
        presentment_currency="CAD",
        total_tax="12.30",
        shipping_lines=[shipping("10.00", discount="2.00", tax="0.80")],
        landing_site="/products/shirt?utm_source=news&utm_campaign=spring",
        client_details={"user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"},
        financial_status="partially_refunded",
        refunds=[
            # The blue shirt and the shipping: the goods are 50.
            refund(
                601,
                refunded(_BLUE, "50.00", "2.50"),
                note="wrong size",
                refund_shipping_lines=[{"subtotal_amount_set": {"shop_money": {"amount": "8.00"}}}],
                adjustments=[{"kind": "shipping_refund", "amount": "-8.00", "tax_amount": "0.00"}],
            ),
            # A gesture: 15 more than any line says.
            refund(602, adjustments=[{"kind": "refund_discrepancy", "amount": "-15.00", "tax_amount": "0.00"}]),
        ],
    ),
    # Prices include tax: 119 - 19 = 100, and 2 x 59.50 - 11.90 - 17.10 = 90; the discount is 10 without tax.
    order(
        1002,
        _TAXED,
        line(12, "59.50", 2, discount="11.90", tax="17.10"),
        email="guest@example.com",
        source_name="pos",
        location_id=77,
        checkout_id=502,
        taxes_included=True,
        total_tax="37.05",
        shipping_lines=[shipping("5.95", tax="0.95")],
        financial_status="partially_refunded",
        refunds=[refund(603, refunded(_TAXED, "119.00", "19.00"))],
    ),
    order(1003, line(11, "100.00"), financial_status="pending"),
    order(
        1004,
        line(11, "100.00"),
        financial_status="refunded",
        cancelled_at="2026-03-03T10:00:00-05:00",
        refunds=[refund(604, refunded(line(11, "100.00"), "100.00", "0.00"))],
    ),
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
EVENTS = [
    {"id": number, "subject_id": subject, "subject_type": kind, "verb": "destroy", "created_at": "2026-03-15T15:00:00Z"}
    for number, (kind, subject) in enumerate([("Order", 1007), ("Product", 20)], start=1)
]


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
    movement(801, 1001, "255.30"),
    movement(802, 1001, "-60.50"),
    movement(803, 1004, "100.00"),
    movement(804, 1005, "100.00", test=True),
]


def checkout(number: int, *lines: Record, **fields: Any) -> Record:
    return {
        "id": number,
        "token": f"t{number}",
        "email": "c1@example.com",
        "customer": {"id": 1},
        "currency": "USD",
        "presentment_currency": "EUR",
        "taxes_included": True,
        "line_items": list(lines),
        "created_at": "2026-03-01T10:00:00-05:00",
        "completed_at": None,
        "updated_at": "2026-03-01T10:00:00-05:00",
    } | fields


CHECKOUTS = [
    checkout(501, line(11, "119.00", tax="19.00"), line(12, "59.50", 2, tax="19.00"), subtotal_price="238.00"),
    checkout(502, line(11, "119.00", tax="19.00"), subtotal_price="119.00", completed_at="2026-03-02T10:00:00-05:00"),
]
#: The second shirt was taken out of the cart.
LATER_CHECKOUTS = [
    CHECKOUTS[0]
    | {
        "line_items": CHECKOUTS[0]["line_items"][:1],
        "subtotal_price": "119.00",
        "updated_at": "2026-03-01T11:00:00-05:00",
    }
]

ORDERS_EXPORT = """\
Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Cancelled at,Payment Method,\
Refunded Amount,Id,Source,Phone
#2001,kim@example.com,partially_refunded,2026-03-05 10:00:10 +0200,USD,95.20,23.80,19.00,119.00,SPRING,11.90,\
2026-03-05 10:00:00 +0200,2,Cup - Red,35.70,CUP-R,0.00,,Shopify Payments,59.50,7410991464714,web,'+15025550001
#2001,kim@example.com,,,,,,,,,,2026-03-05 10:00:00 +0200,1,Plate,35.70,,0.00,,,,,,
#2002,,paid,2026-03-06 10:00:10 +0200,USD,50.00,5.00,4.40,59.40,,0.00,2026-03-06 10:00:00 +0200,\
1,Plate,50.00,,0.00,,Cash,0.00,7410991464715,pos,
"""
CUSTOMERS_EXPORT = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Default Address Zip,Phone,\
Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
'201,Kim,Lee,kim@example.com,yes,US,'02026,'+15025550001,no,119.00,1,,no,vip
"""
PRODUCTS_EXPORT = """\
Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,Cost per item,Image Src
cup,Cup,Kitchen,Color,Red,CUP-R,35.70,12.00,https://x.example/1.jpg
cup,,,,Blue,CUP-B,35.70,12.50,
cup,,,,,,,,https://x.example/2.jpg
plate,Plate,Kitchen,Title,Default Title,,50.00,,
"""


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
    exports = {"orders_export": ORDERS_EXPORT, "customers": CUSTOMERS_EXPORT, "products_export": PRODUCTS_EXPORT}
    for entity, content in exports.items():
        folder = landing / "shopify_old" / entity
        folder.mkdir(parents=True)
        (folder / "export.csv").write_text(content, encoding="utf-8")
