"""The planted faults: deliveries that are broken on purpose, and a table that says which check finds each.

Faulty rows come in files of their own, so that the rest of the company is the same with and without them. Rows that
load belong to strangers or to the test customer, so that no planted figure moves. ``README.md`` beside this file says,
code by code, which check finds what; a test holds the two together. Situations that are part of normal business (merged
tickets, refunds, replies by bots) are counted by the topic modules and listed in ``situations``.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo.people import People

QUARANTINE, EXPECTATION, LOAD, RULE = "quarantine", "expectation", "load", "rule"

_REQUIRED = "required value is missing"
_NOT_A_TIMESTAMP = "not a timestamp (ISO 8601)"
_NOT_A_DATE = "not a date (YYYY-MM-DD)"
_NOT_A_DECIMAL = "not a decimal number"
_NOT_A_NUMBER = "not a number"
_NOT_A_BOOLEAN = "not a boolean (true or false)"
_STATUSES = "not one of new, open, pending, hold, solved, closed"
_STAGES = "not one of lead, prospect, customer, former"
_BLOCKED = "quality.identity_blocked_keys.record_count"


@dataclass(frozen=True)
class Samples:
    """Rows of the first chunk for faults to refer to."""

    people: People
    orders: pa.Table
    responses: pa.Table


@dataclass
class _File:
    """A faulty delivery under construction: rows by column, and texts that are no rows at all."""

    separator: str = ","
    rows: list[dict[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        if name.endswith(".jsonl"):
            lines = [json.dumps({key: value for key, value in row.items() if value}) for row in self.rows]
            return "\n".join([*lines, *self.broken]) + "\n"
        columns = list(dict.fromkeys(column for row in self.rows for column in row))
        out = io.StringIO()
        writer = csv.DictWriter(out, columns, restval="", delimiter=self.separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue() + "".join(line + "\n" for line in self.broken)


class _Plan:
    """Collects faulty rows and what should find them."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.found: list[dict[str, str | int | None]] = []

    def row(self, file: str, values: Mapping[str, str]) -> None:
        """A row that loads, whatever else is said about it."""
        self.files.setdefault(file, _File()).rows.append(dict(values))

    def refused(self, code: str, file: str, key: str, values: Mapping[str, str], column: str, reason: str) -> None:
        """A row that goes to quarantine."""
        self.files.setdefault(file, _File()).rows.append(dict(values))
        self.expect(code, file, key, QUARANTINE, reason, column=column)

    def warned(self, code: str, file: str, key: str, values: Mapping[str, str], expectation: str) -> None:
        """A row that loads and makes an expectation of its staging table warn."""
        self.row(file, values)
        self.expect(code, file, key, EXPECTATION, f"staging.stg_generic__{file.split('/')[1]}.{expectation}")

    def expect(
        self,
        code: str,
        file: str,
        key: str | None,
        kind: str,
        detector: str,
        *,
        column: str | None = None,
        rows: int = 1,
    ) -> None:
        """Note that ``detector`` finds ``rows`` rows of the fault."""
        source, entity, _ = file.split("/")
        self.found.append(
            {
                "code": code,
                "source_system": source,
                "entity": entity,
                "file": file,
                "source_key": key,
                "column_name": column,
                "detector_kind": kind,
                "detector": detector,
                "row_count": rows,
            }
        )


FAULTS_SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("source_system", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("source_key", pa.string()),
        ("column_name", pa.string()),
        ("detector_kind", pa.string()),
        ("detector", pa.string()),
        ("row_count", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Planted:
    """The table of faults, data rows of each faulty file, and whose the new contacts are."""

    faults: pa.Table
    rows: Mapping[str, int]
    people: pa.Table


def plant(landing: Path, samples: Samples) -> Planted:
    """Write the faulty deliveries below ``landing``."""
    plan = _Plan()
    _plant_contacts(plan)
    _plant_accounts(plan)
    _plant_tickets(plan)
    _plant_orders(plan, samples)
    _plant_refunds(plan, landing)
    _plant_billing(plan)
    _plant_survey_rows(plan)
    _plant_extra_answers(plan, samples)
    _plant_ten_point_survey(plan, samples)
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


def _plant_contacts(plan: _Plan) -> None:
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
        plan.refused("bad_date", _CONTACTS, values["contact_id"], values, "birth_date", _NOT_A_DATE)
    plan.refused("missing_required", _CONTACTS, "", contact(27) | {"contact_id": ""}, "contact_id", _REQUIRED)
    values = contact(28, lifecycle_stage="VIP") | {"contact_id": "X28"}
    plan.refused("not_in_closed_list", _CONTACTS, "X28", values, "lifecycle_stage", _STAGES)
    # An unquoted comma in the address makes one column too many.
    line = "X29,Kim,Sample,kim,sample@imported.example,,,US,prospect,,2026-06-15,2026-06-15T08:00:00Z,green,L-29"
    plan.files[_CONTACTS].broken.append(line)
    plan.expect("broken_line", _CONTACTS, None, QUARANTINE, "row has 14 columns, the header has 13")
    plan.expect("unknown_columns", _CONTACTS, None, EXPECTATION, "landing.contacts.columns_are_known")


def _plant_accounts(plan: _Plan) -> None:
    file = "crm/accounts/accounts_2026-06.csv"
    values = {"account_id": "ACC-900001", "name": "Sample Holding", "domain": "Sample Holding Ltd"}
    plan.warned("malformed_domain", file, "ACC-900001", values, "domain_is_a_host_name")
    values = {"account_id": "ACC-900002", "name": "Sample Branch", "parent_account_id": "ACC-999999"}
    plan.warned("unknown_parent_account", file, "ACC-900002", values, "parent_account_is_known")
    plan.refused("missing_required", file, "ACC-900003", {"account_id": "ACC-900003"}, "name", _REQUIRED)


_EVENTS = "helpdesk/ticket_events/ticket_events_2026-06_import.jsonl"


def _plant_tickets(plan: _Plan) -> None:
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
    plan.refused("missing_required", file, "F12", ticket(12, channel=""), "channel", _REQUIRED)
    plan.refused("bad_date", file, "F13", ticket(13, created_at="31/02/2026 10:00"), "created_at", _NOT_A_TIMESTAMP)
    plan.files[file].broken.append('{"ticket_id": "F14", "channel": "email", "status":')
    plan.expect("broken_line", file, None, QUARANTINE, "not a JSON object")

    file = _EVENTS
    event = {"occurred_at": "2026-06-10T10:00:00Z", "event_type": "tag", "actor_type": "system", "ticket_id": "F1"}
    for number in (1, 2):
        values = {**event, "event_id": f"FE{number}", "ticket_id": f"F90{number}"}
        plan.warned("unknown_ticket", file, f"FE{number}", values, "ticket_is_known")
    values = {**event, "event_id": "FE3", "occurred_at": ""}
    plan.refused("missing_required", file, "FE3", values, "occurred_at", _REQUIRED)
    types = "status, comment, assignee, team, priority, category, satisfaction, schedule, sla_policy, tag, merge"
    values = {**event, "event_id": "FE4", "event_type": "sla_breach"}
    plan.refused("not_in_closed_list", file, "FE4", values, "event_type", f"not one of {types}, delete")
    values = {**event, "event_id": "FE5", "is_public": "maybe"}
    plan.refused("bad_boolean", file, "FE5", values, "is_public", _NOT_A_BOOLEAN)


_ORDERS = "webshop/orders/orders_2026-06_manual.csv"


def _plant_orders(plan: _Plan, samples: Samples) -> None:
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
    for number, moment in ((9, "31/02/2026"), (10, "2026-02-30T10:00:00Z")):
        values = order(number, ordered_at=moment)
        plan.refused("bad_date", _ORDERS, values["order_id"], values, "ordered_at", _NOT_A_TIMESTAMP)
    plan.refused("missing_required", _ORDERS, "F11", order(11, currency=""), "currency", _REQUIRED)
    plan.refused("bad_number", _ORDERS, "F12", order(12, net_amount="12,50"), "net_amount", _NOT_A_DECIMAL)
    states = "not one of completed, pending, cancelled"
    plan.refused("not_in_closed_list", _ORDERS, "F13", order(13, status="done"), "status", states)

    again = samples.orders.filter(pc.is_valid(samples.orders["contact_id"])).slice(0, 5).select(list(order(0)))
    for row in again.to_pylist():
        moment = row["ordered_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
        values = {name: str(value) for name, value in row.items()}
        plan.row(_ORDERS, values | {"ordered_at": moment, "updated_at": moment})
    plan.expect("rows_delivered_again", _ORDERS, None, RULE, "core.fct_orders.order_id", rows=again.num_rows)


def _plant_refunds(plan: _Plan, landing: Path) -> None:
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


def _plant_billing(plan: _Plan) -> None:
    file = "billing/subscriptions/subscriptions_2026-06_fixes.csv"
    plan.files[file] = _File(separator=";")

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
    plan.refused("missing_required", file, "sub_F4", period(4, unit_amount=""), "unit_amount", _REQUIRED)
    plan.refused("bad_date", file, "sub_F5", period(5, period_start="01.06.2026"), "period_start", _NOT_A_TIMESTAMP)

    file = "billing/exchange_rates/exchange_rates_2026-06_fixes.csv"
    rate = {"rate_date": "2026-06-27", "from_currency": "EUR", "to_currency": "USD"}
    plan.refused("bad_number", file, "2026-06-27", {**rate, "rate": "n/a"}, "rate", _NOT_A_NUMBER)


_RESPONSES = "survey_tool/survey_responses/responses_2026-06_import.csv"
_ANSWERS = "survey_tool/survey_answers/answers_2026-06_import.csv"


def _response(number: int, **values: str) -> dict[str, str]:
    base = {"response_id": f"F{number}", "survey_id": "SV-REL", "invitation_id": "", "contact_id": "", "email": ""}
    last = {"channel": "email", "responded_at": "2026-06-12T12:00:00", "is_complete": "true", "is_test": "false"}
    return {**base, **last, **values}


def _answer(response: str, value: str, question: str = "Q-NPS") -> dict[str, str]:
    return {"response_id": response, "question_id": question, "question_version": "1", "value_number": value}


def _plant_survey_rows(plan: _Plan) -> None:
    """Responses and answers that point nowhere, break the contract, or lie off the scale."""
    for number in (1, 2):
        values = _response(number, invitation_id=f"IV-F{number}")
        plan.warned("unknown_invitation", _RESPONSES, f"F{number}", values, "invitation_is_known")
    for number in (3, 4):
        values = _response(number, contact_id=f"SC-F{number}")
        plan.warned("unknown_contact", _RESPONSES, f"F{number}", values, "contact_is_known")
    plan.refused("bad_boolean", _RESPONSES, "F5", _response(5, is_complete="partly"), "is_complete", _NOT_A_BOOLEAN)
    values = _response(6, responded_at="31/02/2026")
    plan.refused("bad_date", _RESPONSES, "F6", values, "responded_at", _NOT_A_TIMESTAMP)
    for number in range(7, 11):
        plan.row(_RESPONSES, _response(number))
        plan.warned("score_out_of_range", _ANSWERS, f"F{number}", _answer(f"F{number}", "11"), "score_is_on_the_scale")
    plan.expect("score_out_of_range", _ANSWERS, None, RULE, "core.fct_survey_answers.score", rows=4)
    for number in range(1, 4):
        values = _answer(f"RS-F{number}", "9")
        plan.warned("unknown_response", _ANSWERS, values["response_id"], values, "response_is_known")
    plan.warned("unknown_question", _ANSWERS, "F1", _answer("F1", "9", "Q-OLD"), "question_is_known")
    plan.refused("bad_number", _ANSWERS, "F2", _answer("F2", "ten"), "value_number", _NOT_A_NUMBER)
    for number in range(11, 19):
        plan.row(_RESPONSES, _response(number, is_test="true"))
        plan.row(_ANSWERS, _answer(f"F{number}", "0"))
    plan.expect("test_responses", _RESPONSES, None, RULE, "core.fct_survey_responses.response_id", rows=8)


def _plant_extra_answers(plan: _Plan, samples: Samples) -> None:
    """Customers who answered the relationship survey twice on one day; the later, real answer counts."""
    responses = samples.responses
    hour = pc.hour(responses["responded_at"])
    known = pc.is_valid(pc.coalesce(responses["contact_id"], responses["email"]))
    real = pc.and_(pc.equal(responses["survey_id"], "SV-REL"), pc.and_(responses["is_complete"], known))
    twice = responses.filter(pc.and_(real, pc.greater_equal(hour, 12))).slice(0, 12).to_pylist()
    for number, row in enumerate(twice, start=101):
        earlier = row["responded_at"].replace(hour=3).strftime("%Y-%m-%dT%H:%M:%S")
        who = {"contact_id": row["contact_id"] or "", "email": row["email"] or "", "channel": row["channel"]}
        plan.row(_RESPONSES, _response(number, responded_at=earlier, **who))
        plan.row(_ANSWERS, _answer(f"F{number}", "0"))
    plan.expect("two_answers_on_one_day", _RESPONSES, None, RULE, "marts.metric_values.n", rows=len(twice))


def _plant_ten_point_survey(plan: _Plan, samples: Samples) -> None:
    """A likelihood question asked from 1 to 10, which must not be pooled with the 0-10 ones."""
    survey = {"survey_id": "SV-EVT", "name": "Customer day", "programme": "relational", "touchpoint": ""}
    plan.row("survey_tool/surveys/surveys_events.csv", survey)
    question = {
        "question_id": "Q-NPS-EVT",
        "survey_id": "SV-EVT",
        "metric": "nps",
        "text": "Would you recommend our customer day?",
        "language": "en",
        "scale_min": "1",
        "scale_max": "10",
        "direction": "high_good",
        "version": "1",
    }
    file = "survey_tool/survey_questions/survey_questions_events.csv"
    plan.warned("nps_asked_from_1_to_10", file, "Q-NPS-EVT", question, "nps_is_asked_from_0_to_10")
    people = samples.people
    chosen = np.flatnonzero(~people.is_test & ~people.is_lead & ~people.is_guest)[:40]
    for position, person in enumerate(chosen.tolist()):
        number = 201 + position
        who = {"survey_id": "SV-EVT", "email": people.email[person].as_py(), "responded_at": "2026-03-05T18:00:00"}
        plan.row(_RESPONSES, _response(number, **who))
        plan.row(_ANSWERS, _answer(f"F{number}", str(1 + position % 10), "Q-NPS-EVT"))
    plan.expect("nps_asked_from_1_to_10", _RESPONSES, None, RULE, "marts.metric_values.n", rows=len(chosen))


def _first(names: pa.Array, mask: np.ndarray) -> str:
    usable = pc.and_(pc.is_valid(names), pa.array(mask))
    return str(names.filter(usable)[0].as_py())


SITUATIONS: Mapping[str, tuple[str, str, str]] = {
    "merged_tickets": ("helpdesk", "tickets", "core.fct_tickets.is_merged"),
    "spam_tickets": ("helpdesk", "tickets", "core.fct_tickets.is_spam"),
    "deleted_tickets": ("helpdesk", "tickets", "core.fct_tickets.ticket_id"),
    "solved_without_reply": ("helpdesk", "tickets", "core.fct_tickets.is_one_touch"),
    "solved_saved_again": ("helpdesk", "ticket_events", "core.fct_tickets.reopen_count"),
    "reopened_tickets": ("helpdesk", "ticket_events", "core.fct_tickets.reopen_count"),
    "follow_up_tickets": ("helpdesk", "tickets", "core.fct_tickets.is_fcr_no_repeat"),
    "agent_opened_tickets": ("helpdesk", "tickets", "core.fct_tickets.first_replied_at"),
    "bot_replies": ("helpdesk", "ticket_events", "core.fct_tickets.first_replied_at"),
    "private_notes": ("helpdesk", "ticket_events", "core.fct_tickets.agent_reply_count"),
    "first_replies_over_a_clock_change": ("helpdesk", "tickets", "core.fct_tickets.first_reply_business_minutes"),
    "ratings_changed": ("helpdesk", "ticket_events", "core.fct_tickets.satisfaction"),
    "email_only_tickets": ("helpdesk", "tickets", "core.fct_tickets.customer_id"),
    "guest_orders": ("webshop", "orders", "core.fct_orders.customer_id"),
    "cancelled_orders": ("webshop", "orders", "core.fct_orders.status"),
    "corrected_orders": ("webshop", "orders", "core.fct_orders.net_amount"),
    "refunds": ("webshop", "refunds", "core.fct_refunds.refund_id"),
    "currency_changes": ("billing", "subscriptions", "core.fct_mrr_movements.fx_effect"),
    "pauses": ("billing", "subscriptions", "core.fct_mrr_movements.movement_type"),
    "bom_and_semicolons": ("billing", "subscriptions", "quality.loaded_files.rows_loaded"),
    "partial_responses": ("survey_tool", "survey_responses", "core.fct_survey_responses.is_complete"),
    "anonymous_responses": ("survey_tool", "survey_responses", "core.fct_survey_responses.customer_id"),
    "bounced_invitations": ("survey_tool", "survey_invitations", "core.fct_survey_invitations.bounced_at"),
    "effort_asked_the_other_way": ("survey_tool", "survey_answers", "core.fct_survey_answers.score"),
    "second_crm_contacts": ("crm", "contacts", "core.dim_identity_map.customer_id"),
    "segment_changes": ("crm", "contacts", "core.dim_customers.segment"),
    "test_customers": ("crm", "contacts", "core.dim_customers.is_test"),
}


def situations(counts: Mapping[str, int]) -> pa.Table:
    """What normal business brings that a warehouse must read rightly: how often, and which column shows it."""
    rows = [
        {
            "code": code,
            "source_system": source,
            "entity": entity,
            "detector_kind": RULE,
            "detector": detector,
            "row_count": counts.get(code, 0),
        }
        for code, (source, entity, detector) in SITUATIONS.items()
    ]
    return pa.Table.from_pylist(rows, FAULTS_SCHEMA)
