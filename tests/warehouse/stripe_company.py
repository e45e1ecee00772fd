"""A company that is paid through Stripe, as the pages of its API and as export files of the Dashboard.

Every object has the shape of Stripe's documentation in the version that is pulled. Those that stand for an outcome are
payloads with all fields (`tests/ingest/sources/payloads/stripe`), the others are made here with those that are read:
https://docs.stripe.com/api/subscriptions/object, /invoices/object, /invoice-line-item/object, /charges/object,
/refunds/object, /disputes/object, /prices/object, /products/object and /customers/object.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-04-30"

documented = partial(documentation.records, "stripe")

Object = dict[str, Any]

_METADATA = {"tier": "pro", "seats": "4"}


def at(text: str) -> int:
    """Seconds since 1970 of an instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def customer(name: str, **fields: Any) -> Object:
    return {
        "id": f"cus_{name.split()[0].lower()}",
        "object": "customer",
        "name": name,
        "email": f"{name.split()[0].lower()}@x.example",
        "created": at("2025-12-01"),
        "livemode": True,
        "metadata": _METADATA,
        **fields,
    }


def price(name: str, amount: int | None, *, interval: str = "month", count: int = 1, **fields: Any) -> Object:
    recurring = {"interval": interval, "interval_count": count, "usage_type": "licensed"}
    return {
        "id": f"price_{name}",
        "object": "price",
        "active": True,
        "created": at("2025-11-01"),
        "currency": "usd",
        "nickname": None,
        "product": "prod_app",
        "recurring": recurring,
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
        **fields,
    }


def subscription(name: str, *items: tuple[Object, int], start: str, **fields: Any) -> Object:
    return {
        "id": f"sub_{name}",
        "object": "subscription",
        "customer": f"cus_{name}",
        "status": "active",
        "currency": items[0][0]["currency"],
        "created": at(start),
        "start_date": at(start),
        "items": {
            "object": "list",
            "has_more": False,
            "data": [
                {"id": f"si_{name}{place}", "object": "subscription_item", "created": at(start)}
                | {"price": of, "quantity": quantity}
                for place, (of, quantity) in enumerate(items, start=1)
            ],
        },
        "current_period_start": at("2026-04-01"),
        "current_period_end": at("2026-05-01"),
        "trial_start": None,
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "pause_collection": None,
        "livemode": True,
        **fields,
    }


def line(name: str, of: Object, start: str, end: str, *, quantity: int = 1, item: int = 1, **fields: Any) -> Object:
    """A line that bills a price of a subscription for a time; `amount` is that of the whole unless it is given."""
    return {
        "id": f"il_{name}{item}{start}{fields.get('amount', '')}",
        "object": "line_item",
        "amount": round(float(of["unit_amount_decimal"] or 0) * quantity),
        "currency": of["currency"],
        "discount_amounts": [],
        "period": {"start": at(start), "end": at(end)},
        "price": of,
        "proration": False,
        "quantity": quantity,
        "subscription": f"sub_{name}",
        "subscription_item": f"si_{name}{item}",
        "type": "subscription",
        **fields,
    }


def invoice(name: str, when: str, *lines: Object, status: str = "paid", **fields: Any) -> Object:
    total = sum(one["amount"] for one in lines)
    transitions = {"finalized_at": None if status == "draft" else at(when), "paid_at": None}
    transitions |= {"voided_at": None, "marked_uncollectible_at": None}
    closes = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    if status in closes:
        transitions[closes[status]] = at(when) + 3600
    return {
        "id": f"in_{name}{when}",
        "object": "invoice",
        "customer": f"cus_{name}",
        "customer_email": f"{name}@x.example",
        "subscription": f"sub_{name}",
        "status": status,
        "currency": lines[0]["currency"],
        "subtotal": total,
        "tax": None,
        "total": total,
        "total_excluding_tax": total,
        "total_discount_amounts": [],
        "discounts": [],
        "lines": {"object": "list", "has_more": False, "data": list(lines)},
        "created": at(when),
        "status_transitions": transitions,
        "livemode": True,
        **fields,
    }


def charge(number: int, when: str, amount: int, currency: str = "usd", **fields: Any) -> Object:
    return {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "currency": currency,
        "created": at(when),
        "customer": None,
        "invoice": None,
        "status": "succeeded",
        "captured": True,
        "refunded": False,
        "disputed": False,
        "failure_code": None,
        "billing_details": {"name": None, "email": None, "phone": None, "address": None},
        "receipt_email": None,
        "payment_method_details": {"type": "card"},
        "livemode": True,
        **fields,
    }


def refund(number: int, of: int, when: str, amount: int, currency: str = "usd", **fields: Any) -> Object:
    return {
        "id": f"re_{number}",
        "object": "refund",
        "amount": amount,
        "charge": f"ch_{of}",
        "created": at(when),
        "currency": currency,
        "reason": "requested_by_customer",
        "status": "succeeded",
        **fields,
    }


def land(landing: Path, entity: str, objects: list[Object], *, path: str = "") -> None:
    """Lands one page of objects, as a pull would."""
    folder = landing / "stripe" / entity
    folder.mkdir(parents=True, exist_ok=True)
    body = {"object": "list", "has_more": False, "data": objects}
    page = {"request": {"url": f"https://api.stripe.com/v1/{path or entity}"}, "number": 1, "status": 200, "body": body}
    content = gzip.compress(json.dumps(page).encode() + b"\n")
    (folder / "1.pages.jsonl.gz").write_bytes(content)


[BASIC] = documented("price_per_month.json")
PRO = price("pro", 3000)
YEARLY = price("yearly", 12000, interval="year", product="prod_plus")
QUARTERLY = price("quarterly", 9000, count=3)
WEEKLY = price("weekly", 700, interval="week")
HALF_YEARLY = price("half", 60000, count=6)
YEN = price("yen", 500, currency="jpy")
DINAR = price("dinar", 5120, currency="kwd")
FRACTION = price("fraction", None, unit_amount_decimal="12.5")
TIERS = price("tiers", None, billing_scheme="tiered")
USAGE = price("usage", 5) | {"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}}

NAMES = (
    "ann",
    "bob",
    "cat",
    "dan",
    "eve",
    "fay",
    "gus",
    "hal",
    "ida",
    "jon",
    "kim",
    "lea",
    "max",
    "ned",
    "pat",
    "ray",
    "sam",
    "tom",
)
# Fay and Hal are companies by Stripe's own fields, Kim by a note. Gus, Ida and Jon have the number of their company in
# another system; Ida and Jon are one company, which pays in yen and in dinars. Lea's note says that she is a person.
COMPANIES = {
    "fay": {"name": "Fay Foods", "business_name": "Fay Foods", "individual_name": "Fay of Rivia"},
    "gus": {"name": "Gus and Sons", "metadata": _METADATA | {"crm_account": "77"}},
    "hal": {"name": "Hal Ltd", "tax_exempt": "reverse", "address": {"country": "DE"}},
    "ida": {"name": "Ida Inc", "metadata": _METADATA | {"crm_account": "78"}},
    "jon": {"name": "Jon Inc", "metadata": _METADATA | {"crm_account": "78"}},
    "kim": {"name": "Kim of Rivia", "metadata": _METADATA | {"customer_type": "Company"}},
    "lea": {"metadata": _METADATA | {"customer_type": "individual", "crm_account": ""}},
}
CUSTOMERS = [
    *documented("customer_with_metadata.json"),
    *(customer(**{"name": f"{name.title()} of Rivia"} | COMPANIES.get(name, {})) for name in NAMES[1:]),
    customer("Test Er", livemode=False),
]
# As she was delivered before.
LEA_AS_COMPANY = customer("Lea of Rivia", metadata=_METADATA | {"customer_type": "company"})
PRODUCTS = [
    *documented("product_with_a_default_price.json"),
    {"id": "prod_plus", "object": "product", "name": "Plus", "default_price": None, "active": False}
    | {"created": at("2025-11-01"), "updated": at("2025-11-01")},
]
PRICES = [BASIC, PRO, YEARLY, QUARTERLY, WEEKLY, HALF_YEARLY, YEN, DINAR]

# Ann: a free January, a price of 10 from February on, three times Pro from 15 March on.
[ANN] = documented("subscription_price_changed.json")
ANN_INVOICES = [
    invoice("ann", "2026-01-01", line("ann", BASIC, "2026-01-01", "2026-02-01", amount=0)),
    invoice("ann", "2026-02-01", line("ann", BASIC, "2026-02-01", "2026-03-01")),
    invoice("ann", "2026-03-01", line("ann", BASIC, "2026-03-01", "2026-04-01")),
    *documented("invoice_with_the_prorations_of_a_changed_price.json"),
]
# Bob: cancelled on 10 March because it was too dear, paid until 1 April.
[BOB] = documented("subscription_cancelled_as_too_expensive.json")
BOB_INVOICES = [
    invoice("bob", "2026-02-01", line("bob", BASIC, "2026-02-01", "2026-03-01")),
    invoice("bob", "2026-03-01", line("bob", BASIC, "2026-03-01", "2026-04-01")),
]
# Cat: nothing is collected from March on, so that March's invoice is void; April is paid again.
CAT = subscription("cat", (BASIC, 1), start="2026-02-01")
CAT_INVOICES = [
    invoice("cat", "2026-02-01", line("cat", BASIC, "2026-02-01", "2026-03-01")),
    invoice("cat", "2026-03-01", line("cat", BASIC, "2026-03-01", "2026-04-01"), status="void"),
    invoice("cat", "2026-04-01", line("cat", BASIC, "2026-04-01", "2026-05-01")),
]
# Dan: two items, Basic twice and Plus for a year.
DAN = subscription("dan", (BASIC, 2), (YEARLY, 1), start="2026-03-01")
DAN_INVOICES = [
    invoice(
        "dan",
        "2026-03-01",
        line("dan", BASIC, "2026-03-01", "2026-04-01", quantity=2),
        *documented("line_that_did_not_come_with_its_invoice.json"),
    ),
    invoice("dan", "2026-04-01", line("dan", BASIC, "2026-04-01", "2026-05-01", quantity=2)),
]
# Eve: ten off the first invoice, and a fifth off all of them.
_ONCE = {"id": "di_once", "coupon": {"id": "WELCOME", "duration": "once"}}
_ALWAYS = {"id": "di_always", "coupon": {"id": "FRIEND", "duration": "forever"}}
EVE = subscription("eve", (PRO, 1), start="2026-03-01")
EVE_INVOICES = [
    invoice(
        "eve",
        "2026-03-01",
        line("eve", PRO, "2026-03-01", "2026-04-01")
        | {
            "discount_amounts": [{"amount": 1000, "discount": "di_once"}, {"amount": 600, "discount": "di_always"}],
        },
        discounts=[_ONCE, _ALWAYS],
    ),
    invoice(
        "eve",
        "2026-04-01",
        line("eve", PRO, "2026-04-01", "2026-05-01") | {"discount_amounts": [{"amount": 600, "discount": "di_always"}]},
        discounts=[_ALWAYS],
    ),
]


def one_line(name: str, of: Object, start: str, end: str, *, quantity: int = 1, **fields: Any) -> tuple[Object, Object]:
    """A subscription that was billed once."""
    billed = invoice(name, start, line(name, of, start, end, quantity=quantity))
    return subscription(name, (of, quantity), start=start, **fields), billed


FAY = one_line("fay", QUARTERLY, "2026-03-01", "2026-06-01")
GUS = one_line("gus", WEEKLY, "2026-04-24", "2026-05-01")
# Hal cancelled on 20 April, and is there until September.
HAL = one_line(
    "hal",
    HALF_YEARLY,
    "2026-03-01",
    "2026-09-01",
    current_period_end=at("2026-09-01"),
    cancel_at_period_end=True,
    canceled_at=at("2026-04-20"),
)
IDA = one_line("ida", YEN, "2026-04-01", "2026-05-01", quantity=2)
JON = one_line("jon", DINAR, "2026-04-01", "2026-05-01")
KIM = one_line("kim", FRACTION, "2026-04-01", "2026-05-01", quantity=100)
LEA = one_line("lea", USAGE, "2026-04-01", "2026-05-01", quantity=4000)
# Max never paid the first invoice; of Ned's there is none, and he is in his trial.
MAX = subscription("max", (BASIC, 1), start="2026-04-01", status="incomplete_expired")
MAX_INVOICE = invoice("max", "2026-04-01", line("max", BASIC, "2026-04-01", "2026-05-01"), status="void")
NED = subscription(
    "ned",
    (BASIC, 1),
    start="2026-04-20",
    status="trialing",
    trial_start=at("2026-04-20"),
    trial_end=at("2026-05-04"),
    current_period_end=at("2026-05-04"),
)
# Pat's invoices are only drafts from April on. Ray dropped Pro on 15 March.
PAT = subscription("pat", (BASIC, 1), start="2026-03-01", pause_collection={"behavior": "keep_as_draft"})
PAT_INVOICES = [
    invoice("pat", "2026-03-01", line("pat", BASIC, "2026-03-01", "2026-04-01")),
    invoice("pat", "2026-04-01", line("pat", BASIC, "2026-04-01", "2026-05-01"), status="draft"),
]
RAY = subscription("ray", (BASIC, 1), start="2026-03-01")
RAY_INVOICES = [
    invoice(
        "ray",
        "2026-03-01",
        line("ray", BASIC, "2026-03-01", "2026-04-01"),
        line("ray", PRO, "2026-03-01", "2026-04-01", item=2),
    ),
    invoice(
        "ray",
        "2026-04-01",
        line("ray", PRO, "2026-03-15", "2026-04-01", item=2, amount=-1645, proration=True, type="invoiceitem"),
        line("ray", BASIC, "2026-04-01", "2026-05-01"),
    ),
]
# Sam's price has tiers: nothing for the first five seats, 4 each for the other two.
SAM = subscription("sam", (TIERS, 7), start="2026-04-01")
SAM_INVOICE = invoice(
    "sam",
    "2026-04-01",
    line("sam", TIERS, "2026-04-01", "2026-05-01", quantity=5, amount=0),
    line("sam", TIERS, "2026-04-01", "2026-05-01", quantity=2, amount=800),
)
# Tom pays in euros for a price that tells what it costs in dollars.
TOM = subscription("tom", (BASIC, 2), start="2026-04-01", currency="eur")
TOM_INVOICE = invoice(
    "tom", "2026-04-01", line("tom", BASIC, "2026-04-01", "2026-05-01", quantity=2, amount=1800, currency="eur")
)
BILLED_ONCE = [FAY, GUS, HAL, IDA, JON, KIM, LEA]
SUBSCRIPTIONS = [ANN, BOB, CAT, DAN, EVE, MAX, NED, PAT, RAY, SAM, TOM, *(one for one, _ in BILLED_ONCE)]

# A one-off invoice over 119 with 19 tax, after 10 discount; one that is not paid; a draft.
_SETUP = {"id": "il_setup", "object": "line_item", "amount": 11000, "currency": "usd", "subscription": None}
ONE_OFF_INVOICES = [
    *documented("invoice_for_once_with_tax_and_discount.json"),
    invoice("cat", "2026-03-06", _SETUP, status="open", subscription=None),
    invoice("dan", "2026-03-07", _SETUP, status="draft", subscription=None),
]
INVOICES = [
    *ANN_INVOICES,
    *BOB_INVOICES,
    *CAT_INVOICES,
    *DAN_INVOICES,
    *EVE_INVOICES,
    *(billed for _, billed in BILLED_ONCE),
    MAX_INVOICE,
    *PAT_INVOICES,
    *RAY_INVOICES,
    SAM_INVOICE,
    TOM_INVOICE,
    *ONE_OFF_INVOICES,
]
CHARGES = [
    # What subscriptions are paid with, the second at the second attempt.
    charge(1, "2026-02-01", 1000, customer="cus_bob", invoice="in_bob2026-02-01"),
    *documented("charge_declined.json"),
    charge(3, "2026-03-02", 1000, customer="cus_bob", invoice="in_bob2026-03-01", amount_refunded=1000, refunded=True),
    # The one-off invoice; a part is given back.
    charge(4, "2026-03-05", 11900, customer="cus_bob", invoice="in_bob2026-03-05", amount_refunded=2000),
    # A sale in yen, all of it given back; one to a guest in dinars, disputed; one whose dispute was won.
    charge(5, "2026-04-02", 5000, "jpy", customer="cus_ida", amount_refunded=5000, refunded=True),
    *documented("charge_of_a_guest_disputed.json"),
    charge(7, "2026-04-04", 4200, customer="cus_ann", disputed=True),
    # Authorised only; let go; failed without an invoice; a guest in test mode.
    charge(8, "2026-04-05", 900, customer="cus_ann", amount_captured=0, captured=False),
    charge(9, "2026-04-06", 900, customer="cus_ann", amount_captured=0, captured=False, refunded=True),
    charge(10, "2026-04-07", 900, customer="cus_ann", status="failed", captured=False, failure_code="card_declined"),
    charge(11, "2026-04-08", 900, livemode=False),
]
REFUNDS = [
    refund(1, 3, "2026-03-20", 1000),
    *documented("refund_of_a_part.json"),
    refund(3, 5, "2026-04-12", 5000, "jpy"),
    *documented("refund_failed.json"),
    refund(5, 9, "2026-04-14", 900, reason="expired_uncaptured_charge"),
    refund(6, 99, "2026-04-15", 100),
]
DISPUTES = [*documented("dispute_open.json"), *documented("dispute_won.json")]


def land_company(landing: Path) -> None:
    """Lands all of it, as one pull; of Dan's first invoice one line comes with it, and the other by itself."""
    [*first], [*later] = DAN_INVOICES[0]["lines"]["data"][:1], DAN_INVOICES[0]["lines"]["data"][1:]
    short = DAN_INVOICES[0] | {"lines": {"object": "list", "has_more": True, "data": first}}
    land(landing, "invoice_lines", later, path=f"invoices/{short['id']}/lines?limit=100")
    for entity, objects in {
        "customers": [LEA_AS_COMPANY, *CUSTOMERS],
        "products": PRODUCTS,
        "prices": PRICES,
        "subscriptions": SUBSCRIPTIONS,
        "invoices": [short if one["id"] == short["id"] else one for one in INVOICES],
        "charges": CHARGES,
        "refunds": REFUNDS,
        "disputes": DISPUTES,
    }.items():
        land(landing, entity, objects)


# Another account, as files that a person exported from the Dashboard: whole units, instants in UTC.
EXPORTS = {
    "customers": "customer_file.csv",
    "products": "product_file.csv",
    "prices": "price_file.csv",
    "subscriptions": "subscription_file_of_one_running_and_one_cancelled.csv",
    "invoices": "invoice_file_of_one_for_once.csv",
    "charges": "charge_file_of_one_refunded_and_one_failed.csv",
}


def land_exports(landing: Path, source: str = "stripe_files") -> None:
    for entity, name in EXPORTS.items():
        folder = landing / source / entity
        folder.mkdir(parents=True)
        (folder / "export.csv").write_text(documentation.text("stripe", name), encoding="utf-8")
