"""The planted faults: deliveries that are broken on purpose, and a table that says which check finds each.

Faulty rows come in files of their own, so that the rest of the company is the same with and without them. Rows that
load belong to strangers or to the test customer, so that no planted figure moves. ``README.md`` beside this file says,
code by code, which check finds what; a test holds the two together. Situations that are part of normal business (merged
tickets, refunds, replies by bots) are in ``situations``.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo.basket_faults import plant_carts, plant_lines, plant_payments
from ingest.demo.centre_faults import plant_service_centre
from ingest.demo.fault_plan import (
    COMMA_NOT_SAID,
    EXPECTATION,
    FAULTS_SCHEMA,
    LOAD,
    NOT_A_BOOLEAN,
    NOT_A_DATE,
    NOT_A_NUMBER,
    NOT_A_TIMESTAMP,
    ORDER_NOT_SAID,
    QUARANTINE,
    REQUIRED,
    RULE,
    FaultyFile,
    Plan,
    Samples,
)
from ingest.demo.growth_faults import plant_campaigns, plant_plans, plant_profiles, plant_visits
from ingest.demo.market_faults import plant_opportunities, plant_posts
from ingest.demo.survey_faults import plant_extra_answers, plant_survey_rows, plant_ten_point_survey

_STATUSES = "not one of new, open, pending, hold, solved, closed"
_STAGES = "not one of lead, prospect, customer, former"
_BLOCKED = "quality.identity_blocked_keys.record_count"


@dataclass(frozen=True)
class Planted:
    """The table of faults, data rows of each faulty file, and whose the new contacts are."""

    faults: pa.Table
    rows: Mapping[str, int]
    people: pa.Table


def plant(landing: Path, samples: Samples) -> Planted:
    """Write the faulty deliveries below ``landing``."""
    plan = Plan()
    _plant_contacts(plan)
    _plant_accounts(plan)
    _plant_tickets(plan)
    _plant_orders(plan, samples)
    _plant_refunds(plan, landing)
    _plant_billing(plan)
    plant_survey_rows(plan)
    plant_extra_answers(plan, samples)
    plant_ten_point_survey(plan, samples)
    plant_lines(plan)
    plant_payments(plan, samples)
    plant_carts(plan)
    plant_opportunities(plan)
    plant_posts(plan)
    plant_service_centre(plan)
    plant_campaigns(plan)
    plant_visits(plan)
    plant_profiles(plan, samples)
    plant_plans(plan)
    for name, file in plan.files.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = "\ufeff" if file.separator == ";" else ""
        path.write_text(mark + file.text(name), encoding="utf-8", newline="\n")
    contacts = [row["contact_id"] for row in plan.files[_CONTACTS].rows if row["contact_id"].startswith("F")]
    people = pa.table(
        {
            "source_system": pa.array(["crm"] * len(contacts), pa.string()),
            "entity": pa.array(["contacts"] * len(contacts), pa.string()),
            "source_id": pa.array(contacts, pa.string()),
            "person_id": pa.array([f"P-{contact}" for contact in contacts], pa.string()),
        }
    )
    rows = {name: len(file.rows) + len(file.broken) for name, file in plan.files.items()}
    return Planted(pa.Table.from_pylist(plan.found, FAULTS_SCHEMA), rows, people)


_CONTACTS = "crm/contacts/contacts_2026-06_import.csv"


def _plant_contacts(plan: Plan) -> None:
    """Shared keys, unusable keys, columns nobody knows and rows that break the contract, in one careless import."""

    def contact(number: int, **values: str) -> dict[str, str]:
        return {
            "contact_id": f"F{number:05d}",
            "first_name": "Kim",
            "last_name": f"Sample{number}",
            "email": "",
            "phone": "",
            "birth_date": "",
            "country": "US",
            "lifecycle_stage": "prospect",
            "account_id": "",
            "created_at": "2026-06-15",
            "updated_at": "2026-06-15T08:00:00Z",
            "favourite_colour": "green",
            "legacy_code": f"L-{number}",
            **values,
        }

    def own(number: int) -> str:
        return f"kim.sample{number}@imported.example"

    for number in range(1, 8):
        plan.row(_CONTACTS, contact(number, email="the.bakers@household.example"))
    shared = "staging.stg_generic__contacts.no_address_is_shared_by_many"
    plan.expect("shared_mailbox", _CONTACTS, None, EXPECTATION, shared)
    plan.expect("shared_mailbox", _CONTACTS, None, RULE, _BLOCKED)
    for number in range(8, 11):
        plan.row(_CONTACTS, contact(number, email="info@imported.example"))
    plan.expect("shared_role_mailbox", _CONTACTS, None, RULE, _BLOCKED)
    for number in range(11, 19):
        plan.row(_CONTACTS, contact(number, email=own(number), phone="+1 212 200 0100"))
    plan.expect("overused_phone", _CONTACTS, None, RULE, _BLOCKED)
    for number, phone in ((19, "12-34"), (20, "5.5.5")):
        values = contact(number, email=own(number), phone=phone)
        plan.warned("malformed_phone", _CONTACTS, values["contact_id"], values, "phone_has_enough_digits")
    for number, email in ((21, "kim.sample21.imported.example"), (22, "unknown")):
        values = contact(number, email=email)
        plan.warned("malformed_email", _CONTACTS, values["contact_id"], values, "email_looks_like_an_address")
    values = contact(23, email=own(23), account_id="ACC-999999")
    plan.warned("unknown_account", _CONTACTS, values["contact_id"], values, "account_is_known")
    values = contact(24, email=own(24), updated_at="2099-01-01T00:00:00Z")
    plan.row(_CONTACTS, values)
    plan.expect(
        "changed_in_the_future", _CONTACTS, values["contact_id"], EXPECTATION,
        "raw.generic__contacts.changes_do_not_lie_in_the_future",
    )  # fmt: skip
    for number, born in ((25, "31/02/1985"), (26, "1985-13-01")):
        values = contact(number, birth_date=born) | {"contact_id": f"X{number}"}
        plan.refused("bad_date", _CONTACTS, values["contact_id"], values, "birth_date", NOT_A_DATE)
    plan.refused("missing_required", _CONTACTS, "", contact(27) | {"contact_id": ""}, "contact_id", REQUIRED)
    values = contact(28, lifecycle_stage="VIP") | {"contact_id": "X28"}
    plan.refused("not_in_closed_list", _CONTACTS, "X28", values, "lifecycle_stage", _STAGES)
    # An unquoted comma in the address makes one column too many.
    line = "X29,Kim,Sample,kim,sample@imported.example,,,US,prospect,,2026-06-15,2026-06-15T08:00:00Z,green,L-29"
    plan.files[_CONTACTS].broken.append(line)
    plan.expect("broken_line", _CONTACTS, None, QUARANTINE, "row has 14 columns, the header has 13")
    plan.expect("unknown_columns", _CONTACTS, None, EXPECTATION, "landing.contacts.columns_are_known")


def _plant_accounts(plan: Plan) -> None:
    file = "crm/accounts/accounts_2026-06.csv"
    values = {"account_id": "ACC-900001", "name": "Sample Holding", "domain": "Sample Holding Ltd"}
    plan.warned("malformed_domain", file, "ACC-900001", values, "domain_is_a_host_name")
    values = {"account_id": "ACC-900002", "name": "Sample Branch", "parent_account_id": "ACC-999999"}
    plan.warned("unknown_parent_account", file, "ACC-900002", values, "parent_account_is_known")
    plan.refused("missing_required", file, "ACC-900003", {"account_id": "ACC-900003"}, "name", REQUIRED)


_EVENTS = "helpdesk/ticket_events/ticket_events_2026-06_import.jsonl"


def _plant_tickets(plan: Plan) -> None:
    file = "helpdesk/tickets/tickets_2026-06_import.jsonl"

    def ticket(number: int, **values: str) -> dict[str, str]:
        base = {"ticket_id": f"F{number}", "channel": "email", "status": "open", "created_at": "2026-06-10T09:00:00Z"}
        return {**base, "requester_email": f"stranger{number}@elsewhere.example", **values}

    for number in range(1, 4):
        values = ticket(number, requester_email="", requester_id=f"99900{number}")
        plan.warned("unknown_requester", file, values["ticket_id"], values, "requester_is_known")
    for number in (4, 5):
        values = ticket(number, assignee_id="AG-999")
        plan.warned("unknown_assignee", file, values["ticket_id"], values, "assignee_is_known")
    values = ticket(6, merged_into_ticket_id="F999")
    plan.warned("unknown_merge_target", file, "F6", values, "merge_target_is_known")
    merged = {"ticket_id": "F6", "event_type": "merge", "actor_type": "agent", "new_value": "F999"}
    plan.row(_EVENTS, {**merged, "event_id": "FE6", "occurred_at": "2026-06-10T10:00:00Z"})
    for number in (7, 8):
        plan.row(file, ticket(number, requester_email="info@imported.example"))
    plan.expect("shared_role_mailbox", file, None, RULE, "core.fct_tickets.customer_id", rows=2)
    for number in (9, 10):
        plan.refused("not_in_closed_list", file, f"F{number}", ticket(number, status="on-hold"), "status", _STATUSES)
    refused = ticket(11, priority="P1")
    plan.refused("not_in_closed_list", file, "F11", refused, "priority", "not one of low, normal, high, urgent")
    plan.refused("missing_required", file, "F12", ticket(12, channel=""), "channel", REQUIRED)
    plan.refused("bad_date", file, "F13", ticket(13, created_at="31/02/2026 10:00"), "created_at", NOT_A_TIMESTAMP)
    plan.files[file].broken.append('{"ticket_id": "F14", "channel": "email", "status":')
    plan.expect("broken_line", file, None, QUARANTINE, "not a JSON object")

    file = _EVENTS
    event = {"occurred_at": "2026-06-10T10:00:00Z", "event_type": "tag", "actor_type": "system", "ticket_id": "F1"}
    for number in (1, 2):
        values = {**event, "event_id": f"FE{number}", "ticket_id": f"F90{number}"}
        plan.warned("unknown_ticket", file, f"FE{number}", values, "ticket_is_known")
    values = {**event, "event_id": "FE3", "occurred_at": ""}
    plan.refused("missing_required", file, "FE3", values, "occurred_at", REQUIRED)
    types = "status, comment, assignee, team, priority, category, satisfaction, schedule, sla_policy, tag, merge"
    values = {**event, "event_id": "FE4", "event_type": "sla_breach"}
    plan.refused("not_in_closed_list", file, "FE4", values, "event_type", f"not one of {types}, delete")
    values = {**event, "event_id": "FE5", "is_public": "maybe"}
    plan.refused("bad_boolean", file, "FE5", values, "is_public", NOT_A_BOOLEAN)


_ORDERS = "webshop/orders/orders_2026-06_manual.csv"


def _plant_orders(plan: Plan, samples: Samples) -> None:
    tester = samples.people.shop_id[0].as_py()
    buyer = _first(samples.people.shop_id, ~samples.people.is_test)

    def order(number: int, **values: str) -> dict[str, str]:
        return {
            "order_id": f"F{number}",
            "contact_id": tester,
            "ordered_at": "2026-06-20T12:00:00Z",
            "status": "completed",
            "currency": "USD",
            "gross_amount": "20.00",
            "discount_amount": "0.00",
            "net_amount": "20.00",
            "updated_at": "2026-06-20T12:00:00Z",
            **values,
        }

    for number in range(1, 4):
        values = order(number, contact_id=f"99900{number}")
        plan.warned("unknown_contact", _ORDERS, values["order_id"], values, "contact_is_known")
    plan.warned("bad_currency", _ORDERS, "F4", order(4, currency="EURO"), "currency_is_a_code")
    plan.expect("bad_currency", _ORDERS, "F4", EXPECTATION, "core.fct_orders.every_amount_is_converted")
    values = order(5, discount_amount="5.00")
    plan.warned("amounts_do_not_add_up", _ORDERS, "F5", values, "net_is_gross_less_discount")
    values = order(6, gross_amount="-9", net_amount="-9")
    plan.warned("negative_amount", _ORDERS, "F6", values, "net_amount_is_not_negative")
    late = "2026-07-02T10:00:00Z"
    for number in (7, 8):
        plan.row(_ORDERS, order(number, contact_id=buyer, ordered_at=late, updated_at=late))
    plan.expect("after_as_of", _ORDERS, None, RULE, "core.fct_orders.ordered_at", rows=2)
    for number, moment, reason in (
        (9, "31/02/2026", NOT_A_TIMESTAMP),
        (10, "2026-02-30T10:00:00Z", NOT_A_TIMESTAMP),
        (14, "01.06.2026", ORDER_NOT_SAID),
    ):
        values = order(number, ordered_at=moment)
        plan.refused("bad_date", _ORDERS, values["order_id"], values, "ordered_at", reason)
    plan.refused("missing_required", _ORDERS, "F11", order(11, currency=""), "currency", REQUIRED)
    plan.refused("bad_number", _ORDERS, "F12", order(12, net_amount="12,50"), "net_amount", COMMA_NOT_SAID)
    states = "not one of completed, pending, cancelled"
    plan.refused("not_in_closed_list", _ORDERS, "F13", order(13, status="done"), "status", states)

    again = samples.orders.filter(pc.is_valid(samples.orders["contact_id"])).slice(0, 5).select(list(order(0)))
    for row in again.to_pylist():
        moment = row["ordered_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
        values = {name: str(value) for name, value in row.items()}
        plan.row(_ORDERS, values | {"ordered_at": moment, "updated_at": moment})
    plan.expect("rows_delivered_again", _ORDERS, None, RULE, "core.fct_orders.order_id", rows=again.num_rows)


def _plant_refunds(plan: Plan, landing: Path) -> None:
    file = "webshop/refunds/refunds_2026-06_manual.csv"

    def refund(number: int, **values: str) -> dict[str, str]:
        base = {"refund_id": f"F{number}", "order_id": "F5", "refunded_at": "2026-06-25T12:00:00Z", "amount": "5.00"}
        return {**base, "currency": "USD", "reason": "goodwill", **values}

    for number in (1, 2):
        plan.warned("unknown_order", file, f"F{number}", refund(number, order_id=f"F99{number}"), "order_is_known")
    plan.warned("refund_above_order", file, "F3", refund(3, amount="50.00"), "refunds_do_not_exceed_their_order")
    values = refund(4, refunded_at="2026-06-01T12:00:00Z", amount="1.00")
    plan.warned("refund_before_order", file, "F4", values, "no_refund_precedes_its_order")
    plan.warned("refund_in_other_currency", file, "F5", refund(5, currency="EUR"), "currency_is_that_of_the_order")

    folder = landing / "webshop" / "refunds"
    delivered = sorted(folder.glob("refunds_*.csv"))[0]
    copy = f"{delivered.stem}_copy.csv"
    shutil.copyfile(delivered, folder / copy)
    plan.expect("file_delivered_again", f"webshop/refunds/{copy}", None, LOAD, "skipped")
    (folder / "refunds_backup.parquet").write_bytes(b"PAR1 this is not a Parquet file")
    backup = "webshop/refunds/refunds_backup.parquet"
    plan.expect("unreadable_file", backup, None, LOAD, "unreadable")
    plan.expect("unreadable_file", backup, None, EXPECTATION, "landing.refunds.every_file_is_readable")
    (folder / "refunds_2026-07.csv").write_text("refund_id,order_id,refunded_at,amount,currency\n", encoding="utf-8")
    empty = "webshop/refunds/refunds_2026-07.csv"
    plan.expect("empty_file", empty, None, EXPECTATION, "landing.refunds.files_have_rows")


def _plant_billing(plan: Plan) -> None:
    file = "billing/subscriptions/subscriptions_2026-06_fixes.csv"
    plan.files[file] = FaultyFile(separator=";")

    def period(number: int, **values: str) -> dict[str, str]:
        return {
            "subscription_id": f"sub_F{number}",
            "period_start": "2026-06-01",
            "period_end": "",
            "contact_id": "cus_F",
            "quantity": "1",
            "unit_amount": "10.00",
            "billing_interval": "month",
            "currency": "USD",
            **values,
        }

    values = period(1, period_end="2026-05-01")
    plan.warned("period_ends_before_it_begins", file, "sub_F1", values, "period_ends_after_it_begins")
    intervals = "not one of month, quarter, year"
    values = period(2, billing_interval="monthly")
    plan.refused("not_in_closed_list", file, "sub_F2", values, "billing_interval", intervals)
    plan.refused("out_of_range", file, "sub_F3", period(3, quantity="-3"), "quantity", "less than 0")

    file = "billing/exchange_rates/exchange_rates_2026-06_fixes.csv"
    rate = {"rate_date": "2026-06-27", "from_currency": "EUR", "to_currency": "USD"}
    plan.refused("bad_number", file, "2026-06-27", {**rate, "rate": "n/a"}, "rate", NOT_A_NUMBER)


def _first(names: pa.Array, mask: np.ndarray) -> str:
    usable = pc.and_(pc.is_valid(names), pa.array(mask))
    return str(names.filter(usable)[0].as_py())
