"""Writes one chunk of the demo company: which rows go to which system's files, in which format, with which truth.

What the rows are is drawn by the topic modules; how a format is spelled is up to ``writers``.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import (
    baskets,
    billing,
    commerce,
    drivers,
    follow_ups,
    helpdesk,
    interactions,
    people,
    reviews,
    sales,
    service,
    service_centre,
    social,
    surveys,
    truth,
)
from ingest.demo import parameters as planted
from ingest.demo.calendars import BusinessClock
from ingest.demo.columns import Ints
from ingest.demo.fault_plan import Samples
from ingest.demo.stories import NEVER
from ingest.demo.writers import Deliveries, Format

CRM = Format("csv")
HELPDESK = Format("jsonl")
HELPDESK_PACKED = Format("jsonl.gz")
SURVEY_TOOL = Format("csv", instant_end="")
SHOP = Format("parquet")
SHOP_TEXT = Format("csv", instant_end="+00:00")
BILLING = Format("csv")
BILLING_EXPORT = Format("csv", separator=";", byte_order_mark=True)
SOCIAL = Format("csv")
SERVICE_CENTRE = Format("csv")

_YEARS = {"2024": planted.FIRST_DAY, "2025": date(2025, 1, 1), "2026": date(2026, 1, 1)}
_HALF_YEARS = {
    "2024-h2": planted.FIRST_DAY,
    "2025-h1": date(2025, 1, 1),
    "2025-h2": date(2025, 7, 1),
    "2026-h1": date(2026, 1, 1),
}


def write_reference_data(out: Deliveries, rates: billing.ExchangeRates, rng: np.random.Generator) -> None:
    """What does not depend on the customers: agents, opening hours, questionnaires, products, rates and own posts."""
    out.write("helpdesk/schedules", "schedules", helpdesk.schedules(), HELPDESK)
    out.write("helpdesk/holidays", "holidays", helpdesk.holidays(), HELPDESK)
    out.write("helpdesk/agents", "agents", helpdesk.agents(), HELPDESK)
    out.write("survey_tool/surveys", "surveys", surveys.surveys(), SURVEY_TOOL)
    out.write("survey_tool/survey_questions", "survey_questions", surveys.survey_questions(), SURVEY_TOOL)
    out.write("survey_tool/survey_questions", "drivers", drivers.questions(), SURVEY_TOOL)
    out.write("webshop/products", "products", commerce.products(), SHOP_TEXT)
    out.write("billing/products", "products", billing.products(), BILLING)
    out.write("billing/exchange_rates", "exchange_rates", rates.rows(), BILLING)
    for entity in ("agents", "locations", "qa_items", "sla_policies", "trainings"):
        rows = getattr(service_centre, entity)()
        out.write(f"service_centre/{entity}", entity, rows, SERVICE_CENTRE)
    own = social.make_own_posts(rng)
    out.write_by_period("social/social_posts", "own_posts", own.posts, own.posted_at, _YEARS, SOCIAL)
    out.write_by_period("social/social_metrics", "metrics", own.metrics, own.read_at, _YEARS, SOCIAL)


class ChunkWriter:
    """Draws and writes chunks one after another.

    ``counts`` grows with each chunk; ``opened`` and ``left`` add up paying customers per segment and month; ``samples``
    are rows of the first chunk for faults to refer to.
    """

    def __init__(self, out: Deliveries, known: Deliveries, rates: billing.ExchangeRates) -> None:
        self._out = out
        self._known = known
        self._rates = rates
        self._clocks: dict[str, BusinessClock] = helpdesk.clocks()
        self.counts: Counter[str] = Counter()
        self.opened: Ints = np.zeros((len(planted.SEGMENTS), billing.MONTHS), dtype=np.int64)
        self.left: Ints = np.zeros_like(self.opened)
        self.samples: Samples | None = None

    def write(
        self,
        rng: np.random.Generator,
        later_rng: np.random.Generator,
        chunk: int,
        first: int,
        size: int,
        *,
        centre_rng: np.random.Generator,
        driver_rng: np.random.Generator,
    ) -> tuple[people.People, commerce.Orders]:
        """Write the ``size`` persons numbered from ``first`` and all they do; the persons and their orders.

        From ``later_rng`` is drawn what the company did not have at first, from ``centre_rng`` its service centre, from
        ``driver_rng`` what customers say of single sides of it, so that what it had stays the same.
        """
        crowd = people.make_people(rng, first, size)
        self._write_people(rng, crowd)
        orders, refunds = self._write_orders(rng, crowd, chunk)
        tickets = self._write_tickets(rng, crowd, orders, chunk)
        answered = self._write_answers(rng, crowd, orders, tickets, chunk)
        self._write_drivers(driver_rng, answered)
        self._write_subscriptions(rng, crowd)
        self._write_baskets(later_rng, orders, refunds)
        opportunities = self._write_opportunities(later_rng, crowd, chunk)
        posts = self._write_posts(later_rng, crowd, chunk)
        self._write_service_centre(centre_rng, crowd, tickets, opportunities, chunk)
        self._write_cases(centre_rng, answered, posts, tickets, chunk)
        if self.samples is None:
            self.samples = Samples(crowd, orders.rows, answered.responses)
        return crowd, orders

    def _write_people(self, rng: np.random.Generator, crowd: people.People) -> None:
        hub = people.crm_contacts(rng, crowd)
        changes = people.crm_changes(crowd, hub)
        second = people.crm_second_contacts(rng, crowd)
        self._write_contacts("crm", crowd, hub, CRM)
        self._out.write("crm/contacts", "contacts_changes", changes.rows, CRM)
        self._out.write("crm/contacts", "contacts_leads", second.rows, CRM)
        self._know_persons("crm", "contacts", second.rows["contact_id"], crowd, second.person)
        self._out.write("crm/accounts", "accounts", people.accounts(crowd), CRM)
        self._out.write("crm/account_contacts", "account_contacts", people.account_contacts(crowd), CRM)
        helpdesk = people.system_contacts(rng, crowd, crowd.helpdesk_id)
        self._write_contacts("helpdesk", crowd, helpdesk, HELPDESK)
        survey_tool = people.system_contacts(rng, crowd, crowd.survey_id)
        self._write_contacts("survey_tool", crowd, survey_tool, SURVEY_TOOL)
        shop = people.system_contacts(rng, crowd, crowd.shop_id, fixed_email=crowd.shop_email)
        self._write_contacts("webshop", crowd, shop, SHOP_TEXT)
        payers = people.system_contacts(rng, crowd, crowd.billing_id)
        self._write_contacts("billing", crowd, payers, BILLING)
        self._out.write("billing/accounts", "accounts", billing.accounts(crowd), BILLING)
        self._known.write(".", "persons", truth.persons(crowd), truth.FORMAT)
        self.counts.update(
            persons=len(crowd),
            test_customers=int(crowd.is_test.sum()),
            segment_changes=len(changes.person),
            second_crm_contacts=len(second.person),
        )

    def _write_contacts(self, source: str, crowd: people.People, record: people.Record, style: Format) -> None:
        since = crowd.acquired_at[record.person]
        self._out.write_by_period(f"{source}/contacts", "contacts", record.rows, since, _YEARS, style)
        self._know_persons(source, "contacts", record.rows["contact_id"], crowd, record.person)

    def _know_persons(
        self, source: str, entity: str, source_id: pa.ChunkedArray, crowd: people.People, person: Ints
    ) -> None:
        known = truth.identities(source, entity, source_id, crowd.person_id.take(pa.array(person)))
        self._known.write(".", "people", known, truth.FORMAT)

    def _write_orders(
        self, rng: np.random.Generator, crowd: people.People, chunk: int
    ) -> tuple[commerce.Orders, pa.Table]:
        orders = commerce.make_orders(rng, crowd, self._rates, chunk)
        first = commerce.first_deliveries(orders)
        self._out.write_by_period("webshop/orders", "orders", first, orders.at, _HALF_YEARS, SHOP)
        self._out.write("webshop/orders", "orders_corrections", commerce.corrections(orders), SHOP)
        refunded_at, refunds = commerce.refunds(rng, orders)
        self._out.write_by_period("webshop/refunds", "refunds", refunds, refunded_at, _YEARS, SHOP_TEXT)
        self._know_persons("webshop", "orders", orders.rows["order_id"], crowd, orders.person)
        self._known.write(".", "buyers", orders.buyers, truth.FORMAT)
        self.counts.update(orders.situations)
        self.counts.update(orders=orders.rows.num_rows, refunds=refunds.num_rows)
        return orders, refunds

    def _write_tickets(
        self, rng: np.random.Generator, crowd: people.People, orders: commerce.Orders, chunk: int
    ) -> service.Tickets:
        order_id = orders.rows["order_id"].combine_chunks()
        last = np.full(len(crowd), -1, dtype=np.int64)
        last[orders.person] = np.arange(len(orders.person))
        last_order = pc.if_else(pa.array(last >= 0), order_id.take(pa.array(np.maximum(last, 0))), None)
        tickets = service.make_tickets(rng, crowd, self._clocks, last_order, chunk)
        self._out.write_by_period("helpdesk/tickets", "tickets", tickets.rows, tickets.created_at, _YEARS, HELPDESK)
        self._out.write_by_period(
            "helpdesk/ticket_events", "ticket_events", tickets.events, tickets.event_at, _HALF_YEARS, HELPDESK_PACKED
        )
        self._known.write(".", "tickets", tickets.truth, truth.FORMAT)
        known = truth.identities("helpdesk", "tickets", tickets.truth["ticket_id"], tickets.truth["person_id"])
        self._known.write(".", "people", known, truth.FORMAT)
        self.counts.update(tickets.situations)
        self.counts.update(tickets=tickets.rows.num_rows, ticket_events=tickets.events.num_rows)
        return tickets

    def _write_answers(
        self,
        rng: np.random.Generator,
        crowd: people.People,
        orders: commerce.Orders,
        tickets: service.Tickets,
        chunk: int,
    ) -> surveys.Answered:
        bought = surveys.Subjects(
            orders.rows["order_id"].combine_chunks(),
            orders.person,
            np.where(orders.is_purchase, orders.at, NEVER),
        )
        ordinary = ~tickets.is_spam & ~tickets.is_merged
        helped = surveys.Subjects(
            tickets.rows["ticket_id"].combine_chunks(),
            tickets.person,
            np.where(ordinary, tickets.first_solved_at, NEVER),
        )
        answered = surveys.make_answers(rng, crowd, bought, helped, tickets.team, chunk)
        for entity, name, rows, at in (
            ("survey_invitations", "invitations", answered.invitations, answered.sent_at),
            ("survey_responses", "responses", answered.responses, answered.responded_at),
            ("survey_answers", "answers", answered.answers, answered.answered_at),
        ):
            self._out.write_by_period(f"survey_tool/{entity}", name, rows, at, _YEARS, SURVEY_TOOL)
            self.counts[name] += rows.num_rows
        self._known.write(".", "nps_answers", answered.nps_truth, truth.FORMAT)
        self._known.write(".", "support_answers", answered.score_truth, truth.FORMAT)
        who = answered.person_of_response
        known = truth.identities("survey_tool", "survey_responses", who["source_id"], who["person_id"])
        self._known.write(".", "people", known, truth.FORMAT)
        self.counts.update(answered.situations)
        return answered

    def _write_drivers(self, rng: np.random.Generator, answered: surveys.Answered) -> None:
        said = drivers.make_driver_answers(rng, *answered.relational)
        self._out.write_by_period("survey_tool/survey_answers", "drivers", said.rows, said.at, _YEARS, SURVEY_TOOL)
        self.counts["answers"] += said.rows.num_rows

    def _write_subscriptions(self, rng: np.random.Generator, crowd: people.People) -> None:
        paid = billing.make_subscriptions(rng, crowd, self._rates)
        self._out.write_by_period(
            "billing/subscriptions", "subscriptions", paid.rows, paid.starts_at, _YEARS, BILLING_EXPORT
        )
        self._known.write(".", "subscribers", paid.subscribers, truth.FORMAT)
        self.opened, self.left = self.opened + paid.opened, self.left + paid.left
        self.counts.update(paid.situations)
        self.counts.update(subscription_periods=paid.rows.num_rows)

    def _write_baskets(self, rng: np.random.Generator, orders: commerce.Orders, refunds: pa.Table) -> None:
        lines = baskets.make_lines(rng, orders)
        rows = baskets.order_lines(orders, lines)
        self._out.write_by_period("webshop/order_lines", "order_lines", rows, orders.at[lines.order], _HALF_YEARS, SHOP)
        payments = baskets.make_payments(rng, orders, refunds)
        self._out.write_by_period("webshop/payments", "payments", payments.rows, payments.at, _HALF_YEARS, SHOP)
        carts = baskets.make_carts(rng, orders, lines)
        self._out.write_by_period("webshop/carts", "carts", carts.rows, carts.at, _HALF_YEARS, SHOP_TEXT)
        self._out.write_by_period("webshop/cart_lines", "cart_lines", carts.lines, carts.line_at, _HALF_YEARS, SHOP)
        self.counts.update(
            order_lines=rows.num_rows,
            payments=payments.rows.num_rows,
            carts=carts.rows.num_rows,
            second_attempts_to_pay=payments.failed_first,
            abandoned_carts=carts.abandoned,
            recovered_carts=carts.recovered,
        )

    def _write_opportunities(self, rng: np.random.Generator, crowd: people.People, chunk: int) -> sales.Opportunities:
        found = sales.make_opportunities(rng, crowd, chunk)
        self._out.write_by_period("crm/opportunities", "opportunities", found.rows, found.at, _YEARS, CRM)
        self.counts.update(
            opportunities=found.rows.num_rows, won_opportunities=found.won, lost_opportunities=found.lost
        )
        return found

    def _write_posts(self, rng: np.random.Generator, crowd: people.People, chunk: int) -> social.Posts:
        contacts, network = social.social_contacts(rng, crowd)
        self._write_contacts("social", crowd, contacts, SOCIAL)
        posts = social.make_posts(rng, crowd, contacts, network, chunk)
        self._out.write_by_period("social/social_posts", "posts", posts.posts, posts.posted_at, _YEARS, SOCIAL)
        self._out.write_by_period(
            "social/social_mentions", "mentions", posts.mentions, posts.mentioned_at, _YEARS, SOCIAL
        )
        self.counts.update(
            posts_of_others=posts.posts.num_rows,
            posts_by_known_names=posts.by_known,
            posts_of_two_brands=posts.of_two_brands,
        )
        return posts

    def _write_service_centre(
        self,
        rng: np.random.Generator,
        crowd: people.People,
        tickets: service.Tickets,
        opportunities: sales.Opportunities,
        chunk: int,
    ) -> None:
        found = interactions.make_interactions(rng, crowd, tickets, opportunities, chunk)
        self._write_centre("interactions", found.rows, found.at)
        self._know_persons("service_centre", "interactions", found.rows["interaction_id"], crowd, found.person)
        judged = reviews.make_reviews(rng, tickets, found, chunk)
        self._write_centre("qa_reviews", judged.rows, judged.at)
        self._write_centre("qa_answers", judged.answers, judged.answered_at)
        self.counts.update(
            calls_about_tickets=found.about_tickets,
            failed_reviews=judged.failed,
            targeted_reviews=judged.targeted,
            answers_that_do_not_apply=judged.not_applicable,
        )

    def _write_cases(
        self,
        rng: np.random.Generator,
        answered: surveys.Answered,
        posts: social.Posts,
        tickets: service.Tickets,
        chunk: int,
    ) -> None:
        found = follow_ups.make_cases(rng, answered, posts, tickets, chunk)
        self._write_centre("cases", found.rows, found.at)
        self.counts.update(closed_cases=found.closed)

    def _write_centre(self, entity: str, rows: pa.Table, at: Ints) -> None:
        self._out.write_by_period(f"service_centre/{entity}", entity, rows, at, _YEARS, SERVICE_CENTRE)
        self.counts[entity] += rows.num_rows
