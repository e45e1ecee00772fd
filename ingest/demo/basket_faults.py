"""Faults of the web shop's lines, payments and carts; they refer to the faulty orders of ``faults`` (F1, F5, ...)."""

from __future__ import annotations

import pyarrow.compute as pc

from ingest.demo.fault_plan import COMMA_NOT_SAID, ORDER_NOT_SAID, REQUIRED, Plan, Samples


def plant_lines(plan: Plan) -> None:
    """Lines of nobody's order, of nobody's product, or that do not add up."""
    file = "webshop/order_lines/order_lines_2026-06_manual.csv"

    def line(order: str, **values: str) -> dict[str, str]:
        base = {"order_id": order, "line_number": "1", "product_id": "SKU-0001", "quantity": "1"}
        return {**base, "unit_price": "20.00", "discount_amount": "", **values}

    for order in ("F991", "F992"):
        plan.warned("unknown_order", file, order, line(order), "order_is_known")
    plan.warned("unknown_product", file, "F1", line("F1", product_id="SKU-9999"), "product_is_known")
    plan.warned("lines_do_not_add_up", file, "F5", line("F5", unit_price="25.00"), "lines_add_up_to_their_order")
    plan.refused("out_of_range", file, "F2", line("F2", quantity="-1"), "quantity", "less than 0")
    plan.refused("bad_number", file, "F3", line("F3", unit_price="9,90"), "unit_price", COMMA_NOT_SAID)


def plant_payments(plan: Plan, samples: Samples) -> None:
    """A payment of nobody's order, one that was taken twice, and two that break the contract."""
    file = "webshop/payments/payments_2026-06_manual.csv"

    def payment(number: int, **values: str) -> dict[str, str]:
        base = {"payment_id": f"F{number}", "order_id": "F5", "attempted_at": "2026-06-20T12:00:00Z"}
        return {**base, "amount": "20.00", "currency": "USD", "status": "paid", **values}

    plan.warned("unknown_order", file, "F1", payment(1, order_id="F993"), "order_is_known")
    paid = samples.orders.filter(pc.equal(samples.orders["status"], "completed")).slice(20, 1).to_pylist()[0]
    due = str(paid["net_amount"] + paid["tax_amount"] + paid["shipping_amount"])
    values = payment(2, order_id=paid["order_id"], amount=due, currency=paid["currency"])
    plan.warned("paid_twice", file, "F2", values, "payments_do_not_exceed_their_order")
    states = "not one of paid, failed, refunded, disputed"
    plan.refused("not_in_closed_list", file, "F3", payment(3, status="ok"), "status", states)
    plan.refused("out_of_range", file, "F4", payment(4, amount="-20.00"), "amount", "less than 0")


def plant_carts(plan: Plan) -> None:
    """Carts whose instants, values or owners cannot be right, and lines of carts nobody delivered."""
    file = "webshop/carts/carts_2026-06_manual.csv"

    def cart(number: int, **values: str) -> dict[str, str]:
        base = {"cart_id": f"F{number}", "contact_id": "", "email": "", "created_at": "2026-06-20T12:00:00Z"}
        return {**base, "value": "20.00", "currency": "USD", "ordered_at": "", **values}

    plan.warned("unknown_contact", file, "F1", cart(1, contact_id="999001"), "contact_is_known")
    plan.warned("malformed_email", file, "F2", cart(2, email="kim.imported.example"), "email_looks_like_an_address")
    values = cart(3, ordered_at="2026-06-19T12:00:00Z")
    plan.warned("ordered_before_filled", file, "F3", values, "no_cart_is_ordered_before_it_is_filled")
    plan.warned("lines_do_not_add_up", file, "F4", cart(4), "value_is_that_of_its_lines")
    plan.refused("bad_date", file, "F5", cart(5, created_at="20.06.2026"), "created_at", ORDER_NOT_SAID)

    file = "webshop/cart_lines/cart_lines_2026-06_manual.csv"
    line = {"cart_id": "F4", "line_number": "1", "product_id": "SKU-0001", "quantity": "1", "unit_price": "19.00"}
    plan.row(file, line)
    plan.warned("unknown_cart", file, "F9", {**line, "cart_id": "F9"}, "cart_is_known")
    plan.refused("missing_required", file, "F1", {**line, "cart_id": "F1", "product_id": ""}, "product_id", REQUIRED)
