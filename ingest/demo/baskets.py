"""What surrounds the web shop's orders: their lines, the payments for them, and the carts that came before.

Everything follows from the orders of ``commerce``: lines sum to the value of the goods to the cent, payments to what
was charged. Carts have been recorded since ``CARTS_SINCE`` and on the web and in the app only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.columns import DAY, HOUR, Flags, Ints, choose, constant, draw, ids, instants, keep, money, pick, table
from ingest.demo.commerce import CURRENCIES, Orders, products
from ingest.demo.people import CUT, START

CARTS_SINCE = START + 365 * DAY
_MINUTE = 60
_METHODS = ("card", "wallet", "transfer")
_FAILURES = ("insufficient funds", "card expired", "declined by the bank")
_DEVICES = ("desktop", "mobile", "tablet")


@dataclass(frozen=True)
class Lines:
    """Order lines: the position of the order of each, product, units, and cents of one unit and of the discount."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    unit_cents: Ints
    discount_cents: Ints


def make_lines(rng: np.random.Generator, orders: Orders) -> Lines:
    """One to three lines per order; gross amount and discount are split in the same shares, rest included."""
    size = len(orders.number)
    count = 1 + draw(rng, size, planted.LINES_PER_ORDER)
    order = np.repeat(np.arange(size), count)
    number = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count) + 1
    # A share lies between a third less and a third more than an even one.
    upper = np.where(number < count[order], (number + (rng.random(len(order)) - 0.5) / 3) / count[order], 1.0)
    gross = _split((orders.cents + orders.discount)[order], upper, number)
    discount = _split(orders.discount[order], upper, number)
    pairs = (gross % 2 == 0) & (rng.random(len(order)) < 0.3)
    quantity = np.where(pairs, 2, 1)
    product = rng.integers(0, products().num_rows, len(order))
    return Lines(order, number, product, quantity, gross // quantity, discount)


def _split(total: Ints, upper: np.ndarray, number: Ints) -> Ints:
    """The cents of each line, given the share of all lines up to it; the last one's is 1, so that nothing is left."""
    reached = np.floor(total * upper).astype(np.int64)
    before = np.where(number == 1, 0, np.roll(reached, 1))
    return reached - before


def _product_ids(product: Ints) -> pa.Array:
    return products()["product_id"].combine_chunks().take(pa.array(product))


def _order_ids(orders: Orders, order: Ints) -> pa.Array:
    return orders.rows["order_id"].combine_chunks().take(pa.array(order))


def order_lines(orders: Orders, lines: Lines) -> pa.Table:
    """The rows of the lines; the shop delivers them with their order."""
    return table(
        order_id=_order_ids(orders, lines.order),
        line_number=pa.array(lines.number),
        product_id=_product_ids(lines.product),
        quantity=pa.array(lines.quantity),
        unit_price=money(lines.unit_cents),
        discount_amount=money(lines.discount_cents),
        unit_cost=money(np.rint(lines.unit_cents * (1 - planted.MARGIN_RATIO)).astype(np.int64)),
        updated_at=instants(orders.at[lines.order]),
    )


@dataclass(frozen=True)
class Payments:
    """Attempts to take money, when each was made, and how many of them failed before the next one succeeded."""

    at: Ints
    rows: pa.Table
    failed_first: int


def make_payments(rng: np.random.Generator, orders: Orders, refunds: pa.Table) -> Payments:
    """Every purchase is paid, some at the second attempt; a cancelled order is one whose only attempt failed."""
    size = len(orders.number)
    failed_first = np.flatnonzero(orders.is_purchase & (rng.random(size) < planted.P_PAYMENT_FAILED))
    cancelled = np.flatnonzero(pc.equal(orders.rows["status"], "cancelled").to_numpy())
    paid = np.flatnonzero(orders.is_purchase)
    order = np.concatenate([paid, failed_first, cancelled])
    is_paid = np.arange(len(order)) < len(paid)
    is_first = np.isin(order, failed_first) & ~is_paid
    minutes = np.where(is_first, -1 - rng.integers(0, 10, len(order)), 1)
    at = np.clip(orders.at[order] + minutes * _MINUTE, START, CUT - 1)
    refunded = is_paid & np.isin(order, _refunded_in_full(orders, refunds))
    disputed = is_paid & ~refunded & (rng.random(len(order)) < planted.P_DISPUTED) & (at < CUT - 30 * DAY)
    due = orders.cents + orders.tax + orders.shipping
    status = np.where(~is_paid, 1, np.where(refunded, 2, np.where(disputed, 3, 0)))
    reasons = pick(_FAILURES, rng.integers(0, len(_FAILURES), len(order)))
    rows = table(
        payment_id=choose(is_paid, ids("P", orders.number[order], width=8), ids("PF", orders.number[order], width=8)),
        order_id=_order_ids(orders, order),
        attempted_at=instants(at),
        amount=money(due[order]),
        currency=pick(CURRENCIES, orders.currency[order]),
        status=pick(("paid", "failed", "refunded", "disputed"), status),
        method=pick(_METHODS, draw(rng, len(order), (0.6, 0.3, 0.1))),
        failure_reason=keep(~is_paid, reasons),
        updated_at=instants(np.where(refunded | disputed, np.minimum(at + 30 * DAY, CUT - HOUR), at)),
    )
    return Payments(at, rows, len(failed_first))


def _refunded_in_full(orders: Orders, refunds: pa.Table) -> Ints:
    """Positions of the orders of which all goods were given back; an order has one refund at the most."""
    order_id, net = (orders.rows[name].combine_chunks() for name in ("order_id", "net_amount"))
    position = pc.index_in(refunds["order_id"].combine_chunks(), value_set=order_id)
    return position.filter(pc.equal(refunds["amount"].combine_chunks(), net.take(position))).to_numpy()


@dataclass(frozen=True)
class Carts:
    """Carts and their lines, when each cart was filled, and how many ended in which way."""

    at: Ints
    rows: pa.Table
    line_at: Ints
    lines: pa.Table
    abandoned: int
    recovered: int


def make_carts(rng: np.random.Generator, orders: Orders, lines: Lines) -> Carts:
    """A cart for every order that was placed online, and the carts that the same buyers left behind.

    One left behind holds the first line of one of the buyer's orders; some say of nobody whose they were.
    """
    online = pc.is_in(orders.rows["channel"], value_set=pa.array(["web", "app"])).to_numpy()
    ordered = np.flatnonzero(online & orders.is_purchase & (orders.at >= CARTS_SINCE + 3 * DAY))
    is_late = rng.random(len(ordered)) < planted.P_CART_RECOVERED
    seconds = np.where(
        is_late, 2 * HOUR + rng.random(len(ordered)) * 46 * HOUR, 2 * _MINUTE + rng.random(len(ordered)) * 50 * _MINUTE
    ).astype(np.int64)
    left = ordered[rng.random(len(ordered)) < planted.ABANDONED_CARTS_PER_ORDER]
    left_at = CARTS_SINCE + (rng.random(len(left)) * (CUT - 2 * HOUR - CARTS_SINCE)).astype(np.int64)

    order = np.concatenate([ordered, left])
    is_ordered = np.arange(len(order)) < len(ordered)
    at = np.concatenate([orders.at[ordered] - seconds, left_at])
    named = is_ordered | (rng.random(len(order)) > planted.P_CART_OF_NOBODY)
    first_line = np.flatnonzero(lines.number == 1)[order]
    value = np.where(
        is_ordered, (orders.cents + orders.discount)[order], (lines.unit_cents * lines.quantity)[first_line]
    )
    cart_id = choose(is_ordered, ids("C", orders.number[order], width=8), ids("CX", orders.number[order], width=8))
    rows = table(
        cart_id=cart_id,
        contact_id=keep(named, orders.rows["contact_id"].combine_chunks().take(pa.array(order))),
        email=keep(named, orders.rows["email"].combine_chunks().take(pa.array(order))),
        device=pick(_DEVICES, draw(rng, len(order), (0.35, 0.55, 0.1))),
        touchpoint=constant("purchase", len(order)),
        created_at=instants(at),
        value=money(value),
        currency=pick(CURRENCIES, orders.currency[order]),
        order_id=keep(is_ordered, _order_ids(orders, order)),
        ordered_at=instants(orders.at[order], is_ordered),
        updated_at=instants(np.where(is_ordered, orders.at[order], at)),
    )
    cart, line = _lines_of_carts(order, is_ordered, lines, len(orders.number))
    cart_lines = table(
        cart_id=cart_id.take(pa.array(cart)),
        line_number=pa.array(lines.number[line]),
        product_id=_product_ids(lines.product[line]),
        quantity=pa.array(lines.quantity[line]),
        unit_price=money(lines.unit_cents[line]),
        updated_at=instants(at[cart]),
    )
    return Carts(at, rows, at[cart], cart_lines, len(left), int(is_late.sum()))


def _lines_of_carts(order: Ints, is_ordered: Flags, lines: Lines, orders: int) -> tuple[Ints, Ints]:
    """Pairs of cart and line: all lines of the order for a cart that was ordered, the first for one that was not."""
    count = np.bincount(lines.order, minlength=orders)
    start = np.cumsum(count) - count
    size = np.where(is_ordered, count[order], 1)
    cart = np.repeat(np.arange(len(order)), size)
    within = np.arange(len(cart)) - np.repeat(np.cumsum(size) - size, size)
    return cart, start[order][cart] + within
