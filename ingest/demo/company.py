"""Writes the demo company: every system's extracts under landing, and the truth beside it, chunk by chunk.

Chunks have generators of their own and share nothing but the exchange rates, so memory does not grow with the number of
customers. What is in the files belongs to the topic modules; what is wrong in them to ``faults``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import billing, commerce, people, service, surveys, truth
from ingest.demo import faults as planted_faults
from ingest.demo import parameters as planted
from ingest.demo.columns import Ints
from ingest.demo.writers import Deliveries, Format

CHUNK_CUSTOMERS = 10_000
SMALLEST_COMPANY = 50

CRM = Format("csv")
HELPDESK = Format("jsonl")
HELPDESK_PACKED = Format("jsonl.gz")
SURVEY_TOOL = Format("csv", instant_end="")
SHOP = Format("parquet")
SHOP_TEXT = Format("csv", instant_end="+00:00")
BILLING = Format("csv")
BILLING_EXPORT = Format("csv", separator=";", byte_order_mark=True)
TRUTH = Format("parquet")

_YEARS = {"2024": planted.FIRST_DAY, "2025": date(2025, 1, 1), "2026": date(2026, 1, 1)}
_HALF_YEARS = {
    "2024-h2": planted.FIRST_DAY,
    "2025-h1": date(2025, 1, 1),
    "2025-h2": date(2025, 7, 1),
    "2026-h1": date(2026, 1, 1),
}


@dataclass(frozen=True)
class DemoCompany:
    """What was written: the last day of the data, the seed, the size, and rows per delivered entity."""

    as_of: date
    seed: int
    customers: int
    rows: dict[str, int]


def write_demo(
    landing: Path,
    *,
    customers: int = 2_000,
    seed: int = 360,
    faults: bool = True,
    chunk_customers: int = CHUNK_CUSTOMERS,
) -> DemoCompany:
    """Write the company's extracts below ``landing`` and its truth below ``landing.parent/demo/truth``.

    The same arguments give the same bytes. Everything is written aside and moved in place at the end; folders of the
    demo's own sources that are there already are replaced, others are left alone. ``faults`` off leaves the
    faults out. Raises ValueError if ``customers`` is below 50.
    """
    if customers < SMALLEST_COMPANY:
        message = f"the demo company needs at least {SMALLEST_COMPANY} customers, not {customers}"
        raise ValueError(message)
    home = landing.parent
    aside = home / f".{landing.name}.demo"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    counts: Counter[str] = Counter()
    opened = left = np.zeros((len(planted.SEGMENTS), billing.MONTHS), dtype=np.int64)
    samples: list[planted_faults.Samples] = []
    with Deliveries(aside / "truth") as known:
        with Deliveries(aside / "landing") as out:
            rates = billing.make_rates(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))))
            clock = service.clocks()
            _write_reference_data(out, rates)
            for chunk, first in enumerate(range(0, customers, chunk_customers)):
                rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, chunk)))
                size = min(chunk_customers, customers - first)
                written = _write_chunk(out, known, rng, rates, clock, chunk, first, size, counts)
                opened, left = opened + written.opened, left + written.left
                samples = samples or [written.samples]
        rows = {path.relative_to(aside / "landing").as_posix(): count for path, count in out.rows.items()}
        known.write(".", "faults", planted_faults.situations(counts), TRUTH)
        if faults:
            found = planted_faults.plant(aside / "landing", samples[0])
            rows |= found.rows
            known.write(".", "faults", found.faults, TRUTH)
            known.write(".", "people", found.persons, TRUTH)
        _write_truth(known, counts, rows, opened, left)
    _move_in_place(aside, landing, home)
    details = {"as_of": planted.AS_OF.isoformat(), "seed": seed, "customers": customers}
    (home / "demo.json").write_text(json.dumps(details) + "\n", encoding="utf-8")
    return DemoCompany(planted.AS_OF, seed, customers, rows)


def _write_truth(known: Deliveries, counts: Counter[str], rows: dict[str, int], opened: Ints, left: Ints) -> None:
    known.write(".", "churn_months", truth.churn_months(opened, left), TRUTH)
    known.write(".", "nps_cells", truth.nps_cells(), TRUTH)
    known.write(".", "response_rates", truth.response_rates(), TRUTH)
    known.write(".", "teams", truth.teams(), TRUTH)
    known.write(".", "model_parameters", truth.model_parameters(), TRUTH)
    known.write(".", "totals", truth.totals(counts), TRUTH)
    known.write(".", "files", truth.totals(rows).rename_columns(["file", "row_count"]), TRUTH)


def _move_in_place(aside: Path, landing: Path, home: Path) -> None:
    landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    for source in sorted((aside / "landing").iterdir()):
        shutil.rmtree(landing / source.name, ignore_errors=True)
        os.replace(source, landing / source.name)
    shutil.rmtree(home / "demo", ignore_errors=True)
    (home / "demo").mkdir(mode=0o700)
    os.replace(aside / "truth", home / "demo" / "truth")
    shutil.rmtree(aside)


def _write_reference_data(out: Deliveries, rates: billing.ExchangeRates) -> None:
    out.write("helpdesk/schedules", "schedules", service.schedules(), HELPDESK)
    out.write("helpdesk/holidays", "holidays", service.holidays(), HELPDESK)
    out.write("helpdesk/agents", "agents", service.agents(), HELPDESK)
    out.write("survey_tool/surveys", "surveys", surveys.surveys(), SURVEY_TOOL)
    out.write("survey_tool/survey_questions", "survey_questions", surveys.survey_questions(), SURVEY_TOOL)
    out.write("webshop/products", "products", commerce.products(), SHOP_TEXT)
    out.write("billing/products", "products", billing.products(), BILLING)
    out.write("billing/exchange_rates", "exchange_rates", rates.rows(), BILLING)


@dataclass(frozen=True)
class _Written:
    opened: np.ndarray
    left: np.ndarray
    samples: planted_faults.Samples


def _write_chunk(
    out: Deliveries,
    known: Deliveries,
    rng: np.random.Generator,
    rates: billing.ExchangeRates,
    clock: dict[str, service.BusinessClock],
    chunk: int,
    first: int,
    size: int,
    counts: Counter[str],
) -> _Written:
    crowd = people.make_people(rng, first, size)
    person_id = crowd.person_id
    acquired = crowd.acquired_at

    def contacts(source: str, record: people.Record, name: str, style: Format) -> None:
        starts = _YEARS if name == "contacts" else {"all": planted.FIRST_DAY}
        out.write_by_period(f"{source}/contacts", name, record.rows, acquired[record.person], starts, style)
        who = person_id.take(pa.array(record.person))
        if name != "contacts_changes":
            known.write(".", "people", truth.identities(source, "contacts", record.rows["contact_id"].combine_chunks(), who), TRUTH)
            counts[f"{source}_contacts"] += len(record.person)

    hub = people.crm_contacts(rng, crowd)
    contacts("crm", hub, "contacts", CRM)
    changes = people.crm_changes(crowd, hub)
    second_contacts = people.crm_second_contacts(rng, crowd)
    contacts("crm", changes, "contacts_changes", CRM)
    contacts("crm", second_contacts, "contacts_leads", CRM)
    counts.update(segment_changes=len(changes.person), second_crm_contacts=len(second_contacts.person))
    out.write("crm/accounts", "accounts", people.accounts(crowd), CRM)
    out.write("crm/account_contacts", "account_contacts", people.account_contacts(crowd), CRM)
    contacts("helpdesk", people.system_contacts(rng, crowd, crowd.helpdesk_id), "contacts", HELPDESK)
    contacts("survey_tool", people.system_contacts(rng, crowd, crowd.survey_id), "contacts", SURVEY_TOOL)
    shop = people.system_contacts(rng, crowd, crowd.shop_id, fixed_email=crowd.shop_email)
    contacts("webshop", shop, "contacts", SHOP_TEXT)
    contacts("billing", people.system_contacts(rng, crowd, crowd.billing_id), "contacts", BILLING)

    orders = commerce.make_orders(rng, crowd, rates, chunk)
    order_id = orders.rows["order_id"].combine_chunks()
    out.write_by_period("webshop/orders", "orders", commerce.first_deliveries(orders), orders.at, _HALF_YEARS, SHOP)
    out.write("webshop/orders", "orders_corrections", commerce.corrections(orders), SHOP)
    refunded_at, refund_rows = commerce.refunds(rng, orders)
    out.write_by_period("webshop/refunds", "refunds", refund_rows, refunded_at, _YEARS, SHOP_TEXT)
    known.write(".", "people", truth.identities("webshop", "orders", order_id, person_id.take(pa.array(orders.person))), TRUTH)
    known.write(".", "buyers", orders.buyers, TRUTH)

    last_order = np.full(size, -1, dtype=np.int64)
    last_order[orders.person] = np.arange(len(orders.person))
    last = pc.if_else(pa.array(last_order >= 0), order_id.take(pa.array(np.maximum(last_order, 0))), None)
    tickets = service.make_tickets(rng, crowd, clock, last, chunk)
    ticket_id = tickets.rows["ticket_id"].combine_chunks()
    out.write_by_period("helpdesk/tickets", "tickets", tickets.rows, tickets.created_at, _YEARS, HELPDESK)
    out.write_by_period(
        "helpdesk/ticket_events", "ticket_events", tickets.events, tickets.event_at, _HALF_YEARS, HELPDESK_PACKED
    )
    known.write(".", "tickets", tickets.truth, TRUTH)
    known.write(".", "people", truth.identities("helpdesk", "tickets", ticket_id, tickets.truth["person_id"].combine_chunks()), TRUTH)

    usable = ~tickets.is_spam & ~tickets.is_merged
    solved_at = np.where(usable, tickets.first_solved_at, service.NEVER)
    answered = surveys.make_answers(
        rng, crowd, order_id, orders.person, np.where(orders.is_purchase, orders.at, service.NEVER),
        ticket_id, tickets.person, tickets.team, solved_at, chunk,
    )  # fmt: skip
    out.write_by_period("survey_tool/survey_invitations", "invitations", answered.invitations, answered.sent_at, _YEARS, SURVEY_TOOL)
    out.write_by_period("survey_tool/survey_responses", "responses", answered.responses, answered.responded_at, _YEARS, SURVEY_TOOL)
    out.write_by_period("survey_tool/survey_answers", "answers", answered.answers, answered.answered_at, _YEARS, SURVEY_TOOL)
    known.write(".", "nps_answers", answered.nps_truth, TRUTH)
    known.write(".", "support_answers", answered.score_truth, TRUTH)
    who = answered.person_of_response
    known.write(".", "people", truth.identities("survey_tool", "survey_responses", who["source_id"].combine_chunks(), who["person_id"].combine_chunks()), TRUTH)

    paid = billing.make_subscriptions(rng, crowd, rates)
    out.write("billing/accounts", "accounts", billing.accounts(crowd), BILLING)
    out.write_by_period("billing/subscriptions", "subscriptions", paid.rows, paid.starts_at, _YEARS, BILLING_EXPORT)
    known.write(".", "subscribers", paid.subscribers, TRUTH)

    for situations in (orders.situations, tickets.situations, answered.situations, paid.situations):
        counts.update(situations)
    counts.update(
        persons=size,
        test_customers=int(crowd.is_test.sum()),
        orders=len(orders.number),
        refunds=refund_rows.num_rows,
        tickets=len(tickets.number),
        ticket_events=tickets.events.num_rows,
        invitations=answered.invitations.num_rows,
        responses=answered.responses.num_rows,
        answers=answered.answers.num_rows,
        subscription_periods=paid.rows.num_rows,
    )
    samples = planted_faults.Samples(crowd, orders.rows, answered.responses)
    return _Written(paid.opened, paid.left, samples)


__all__ = ["CHUNK_CUSTOMERS", "DemoCompany", "write_demo"]
