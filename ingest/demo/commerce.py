"""The web shop: products, orders and refunds.

Purchases follow BG/NBD in continuous weeks from each buyer's first order, and order values Gamma-Gamma in USD, with
the parameters of ``parameters``. What is charged in EUR is converted at the day's rate. Subscriptions belong to
``billing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.billing import ExchangeRates
from ingest.demo.columns import (
    DAY,
    HOUR,
    Flags,
    Floats,
    Ints,
    choose,
    constant,
    draw,
    ids,
    instants,
    keep,
    money,
    numbers,
    pick,
    table,
)
from ingest.demo.people import CUT, START, People

WEEK = 7 * DAY
ORDERS_PER_CHUNK = 1_000_000

_PRODUCTS = (
    ("Kettle", "kitchen", 39), ("Toaster", "kitchen", 45), ("Blender", "kitchen", 89), ("Lamp", "home", 35),
    ("Rug", "home", 120), ("Chair", "home", 150), ("Headphones", "audio", 99), ("Speaker", "audio", 129),
    ("Radio", "audio", 69), ("Backpack", "travel", 79), ("Suitcase", "travel", 160), ("Bottle", "travel", 19),
)  # fmt: skip
_ORDER_CHANNELS = ("web", "app", "store", "marketplace")
_REFUND_REASONS = ("damaged", "late", "not as described", "changed mind")
CURRENCIES = ("USD", "EUR")


def products() -> pa.Table:
    """The shop's catalogue."""
    price = np.array([price for _, _, price in _PRODUCTS], dtype=np.int64) * 100
    size = len(_PRODUCTS)
    return table(
        product_id=ids("SKU-", np.arange(size) + 1, width=4),
        name=pick([name for name, _, _ in _PRODUCTS], np.arange(size)),
        family=pick([family for _, family, _ in _PRODUCTS], np.arange(size)),
        launched_on=pa.array(["2024-07-01"] * size),
        list_price=money(price),
        unit_cost=money((price * (1 - planted.MARGIN_RATIO)).astype(np.int64)),
        currency=constant("USD", size),
    )


@dataclass(frozen=True)
class Orders:
    """Orders of one chunk and what was planted about their buyers.

    ``number`` names the order; ``is_purchase`` marks those of the purchase model (the rest were cancelled or are still
    pending). ``cents`` is the net amount; ``discount``, ``tax`` and ``shipping`` are cents too. ``buyers`` is the
    truth: one row per buyer.
    """

    number: Ints
    person: Ints
    at: Ints
    cents: Ints
    discount: Ints
    tax: Ints
    shipping: Ints
    currency: Ints
    is_purchase: Flags
    rows: pa.Table
    corrected: Ints
    buyers: pa.Table
    situations: Mapping[str, int]


def make_orders(rng: np.random.Generator, people: People, rates: ExchangeRates, chunk: int) -> Orders:
    """Draw every order of the chunk's buyers."""
    buyer = np.flatnonzero(people.is_buyer)
    first_at = np.minimum(people.acquired_at[buyer] + (rng.random(len(buyer)) * 10 * DAY).astype(np.int64), CUT - DAY)
    rate, dropout, alive, index, at = _purchase_times(rng, first_at)
    value_rate, dollars = _order_values(rng, len(buyer), index)

    noise = rng.random(len(at)) < planted.CANCELLED_SHARE
    extra_at = np.minimum(at[noise] + (rng.random(int(noise.sum())) * 3 * DAY).astype(np.int64), CUT - 1)
    person = np.concatenate([buyer[index], buyer[index][noise]])
    at = np.concatenate([at, extra_at])
    dollars = np.concatenate([dollars, dollars[noise]])
    is_purchase = np.concatenate([np.ones(len(index), dtype=bool), np.zeros(int(noise.sum()), dtype=bool)])
    order = np.lexsort((at, person))
    person, at, dollars, is_purchase = person[order], at[order], dollars[order], is_purchase[order]

    size = len(person)
    number = chunk * ORDERS_PER_CHUNK + rng.permutation(size) + 1
    currency = _currencies(people, person, at)
    rate_to_usd = np.where(currency == 1, rates.usd_per_euro(at), 1.0)
    cents = np.maximum(np.rint(dollars / rate_to_usd * 100), 100).astype(np.int64)
    discount = np.where(rng.random(size) < 0.2, np.rint(cents * 0.1), 0).astype(np.int64)
    tax = np.where(currency == 1, np.rint(cents * 0.2), 0).astype(np.int64)
    shipping = np.where(cents < 5_000, 490, 0)
    as_guest = people.is_guest[person] | (rng.random(size) < 0.04)
    status = np.where(is_purchase, 0, np.where(at > CUT - 3 * DAY, 1, 2))
    who = pa.array(person)
    rows = table(
        order_id=ids("O", number, width=8),
        contact_id=keep(~as_guest, people.shop_id.take(who)),
        email=keep(as_guest, people.shop_email.take(who)),
        ordered_at=instants(at),
        status=pick(("completed", "pending", "cancelled"), status),
        channel=pick(_ORDER_CHANNELS, draw(rng, size, (0.5, 0.25, 0.15, 0.1))),
        touchpoint=constant("purchase", size),
        currency=pick(CURRENCIES, currency),
        gross_amount=money(cents + discount),
        discount_amount=money(discount),
        tax_amount=money(tax),
        shipping_amount=money(shipping),
        net_amount=money(cents),
        cost_amount=money(np.rint(cents * (1 - planted.MARGIN_RATIO)).astype(np.int64)),
        updated_at=instants(at),
    )
    buyers = table(
        person_id=people.person_id.take(pa.array(buyer)),
        is_test=pa.array(people.is_test[buyer]),
        first_ordered_at=instants(first_at),
        purchases_per_week=numbers(rate),
        dropout_probability=numbers(dropout),
        value_rate=numbers(value_rate),
        purchase_count=numbers(np.bincount(index, minlength=len(buyer))),
        is_alive=pa.array(alive),
    )
    corrected = np.flatnonzero((rng.random(size) < 0.003) & is_purchase & (at < CUT - 10 * DAY))
    situations = {
        "guest_orders": int(as_guest.sum()),
        "cancelled_orders": int((status == 2).sum()),
        "corrected_orders": len(corrected),
    }
    return Orders(
        number=number,
        person=person,
        at=at,
        cents=cents,
        discount=discount,
        tax=tax,
        shipping=shipping,
        currency=currency,
        is_purchase=is_purchase,
        rows=rows,
        corrected=corrected,
        buyers=buyers,
        situations=situations,
    )


def _purchase_times(rng: np.random.Generator, first_at: Ints) -> tuple[Floats, Floats, Flags, Ints, Ints]:
    """BG/NBD: rates, dropout probabilities, who is still a customer, and the purchases (buyer's index, instant).

    Given the number of arrivals in the observed time, their instants are independent and uniform; the customer drops
    out after a geometric number of repeat purchases, so only the first ones of the arrivals happen.
    """
    size = len(first_at)
    rate = rng.gamma(planted.BGNBD["r"], 1 / planted.BGNBD["alpha"], size)
    dropout = rng.beta(planted.BGNBD["a"], planted.BGNBD["b"], size)
    lifetime = rng.geometric(np.maximum(dropout, 1e-9))
    arrivals = rng.poisson(rate * (CUT - first_at) / WEEK)
    index = np.repeat(np.arange(size), arrivals)
    at = first_at[index] + (rng.random(len(index)) * (CUT - first_at[index])).astype(np.int64)
    order = np.lexsort((at, index))
    index, at = index[order], at[order]
    rank = np.arange(len(index)) - np.repeat(np.cumsum(arrivals) - arrivals, arrivals)
    happened = rank < lifetime[index]
    index, at = index[happened], at[happened]
    return (
        rate,
        dropout,
        arrivals < lifetime,
        np.concatenate([np.arange(size), index]),
        np.concatenate([first_at, at]),
    )


def _order_values(rng: np.random.Generator, buyers: int, index: Ints) -> tuple[Floats, Floats]:
    """Gamma-Gamma: each buyer's rate and the value of each order in USD."""
    value_rate = rng.gamma(planted.GAMMA_GAMMA["q"], 1 / planted.GAMMA_GAMMA["v"], buyers)
    return value_rate, rng.gamma(planted.GAMMA_GAMMA["p"], 1, len(index)) / value_rate[index]


def _currencies(people: People, person: Ints, at: Ints) -> Ints:
    """The currency of the country, but one European in twenty pays in USD from 2025-07-01 on."""
    euro = np.array([code == "EUR" for code in planted.COUNTRY_CURRENCIES])[people.country[person]]
    moved = (people.number[person] % 20 == 7) & (at >= START + 365 * DAY)
    return (euro & ~moved).astype(np.int64)


def first_deliveries(orders: Orders) -> pa.Table:
    """The orders as first delivered: those that are corrected later still have the amounts wrong by a factor of ten."""
    factor = np.ones(len(orders.number), dtype=np.int64)
    factor[orders.corrected] = 10
    rows = orders.rows
    net = money(orders.cents * factor)
    return rows.set_column(rows.column_names.index("net_amount"), "net_amount", net)


def corrections(orders: Orders) -> pa.Table:
    """The corrected orders, delivered again with a later ``updated_at``."""
    rows = orders.rows.take(pa.array(orders.corrected))
    return rows.set_column(
        rows.column_names.index("updated_at"), "updated_at", instants(orders.at[orders.corrected] + 3 * DAY)
    )


def refunds(rng: np.random.Generator, orders: Orders) -> tuple[Ints, pa.Table]:
    """Refunds up to a month after the order, in its currency, part of it or all: (instants, rows)."""
    chosen = np.flatnonzero(orders.is_purchase & (rng.random(len(orders.number)) < planted.REFUND_SHARE))
    at = orders.at[chosen] + DAY + (rng.random(len(chosen)) * 29 * DAY).astype(np.int64)
    chosen, at = chosen[at < CUT - HOUR], at[at < CUT - HOUR]
    size = len(chosen)
    part = np.where(rng.random(size) < 0.5, 1.0, 0.2 + 0.6 * rng.random(size))
    goodwill = rng.random(size) < 0.1
    rows = table(
        refund_id=ids("R", orders.number[chosen], width=8),
        order_id=orders.rows["order_id"].combine_chunks().take(pa.array(chosen)),
        refunded_at=instants(at),
        amount=money(np.rint(orders.cents[chosen] * part).astype(np.int64)),
        currency=pick(CURRENCIES, orders.currency[chosen]),
        reason=choose(goodwill, "goodwill", pick(_REFUND_REASONS, rng.integers(0, len(_REFUND_REASONS), size))),
        is_goodwill=pa.array(goodwill),
    )
    return at, rows
