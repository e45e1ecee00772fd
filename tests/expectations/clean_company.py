"""A small company without a single fault: every expectation of every layer holds on it.

Everything is written out by rule, without chance: one source, 24 people in 4 accounts and 20 households, 14 months of
orders, tickets, surveys and subscriptions up to the last day. What the faults in `faults/` break, they break here, so
identifiers below are named there (`c01`, `s02`, `e001-1`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.expectations import clean_contact_centre, clean_growth

AS_OF = date(2026, 6, 30)
LAST_INSTANT = datetime(2026, 6, 30, 12, tzinfo=UTC)
FIRST_INSTANT = datetime(2025, 5, 1, 9, tzinfo=UTC)
CHANNELS = ("email", "web", "phone")
COUNTRIES = ("US", "DE", "FR")

Row = dict[str, Any]


def landing() -> dict[str, list[Row]]:
    """Rows by entity, as `tests.warehouse.harness.build` takes them."""
    orders = list(_orders())
    tickets, ticket_events = _tickets()
    invitations, responses, answers = _surveys(tickets)
    carts, cart_lines = _carts(orders[:40])
    return {
        "accounts": [
            {
                "account_id": f"a{n}",
                "name": f"Account {n}",
                "account_type": "company",
                "domain": f"account{n}.example",
                "country": "US",
                "external_ids": f'{{"erp": "x{n}"}}',
                "created_at": "2025-01-01T00:00:00Z",
            }
            for n in range(1, 5)
        ],
        "contacts": list(_contacts()),
        "account_contacts": [
            {
                "account_id": f"a{n}",
                "contact_id": f"c{n:02}",
                "role": "decision_maker",
                "valid_from": "2025-01-01T00:00:00Z",
            }
            for n in range(1, 5)
        ],
        "agents": [
            {
                "agent_id": f"g{n}",
                "name": f"Agent {n}",
                "email": f"agent{n}@company.example",
                "role": "agent",
                "team": ("first line", "second line")[n % 2],
                "is_bot": "false",
                "hourly_cost": 30,
                "currency": "USD",
                "hired_at": "2024-01-01T00:00:00Z",
                "left_at": "2030-01-01T00:00:00Z",
                "valid_from": "2024-01-01T00:00:00Z",
            }
            for n in range(1, 4)
        ],
        "tickets": tickets,
        "ticket_events": ticket_events,
        "schedules": [
            {
                "schedule_id": "office",
                "timezone": "Europe/Paris",
                "weekday": weekday,
                "opens_at": "09:00",
                "closes_at": "17:00",
                "is_default": "true",
                "valid_from": "2020-01-01T00:00:00Z",
            }
            for weekday in range(1, 6)
        ],
        "holidays": [
            {"schedule_id": "office", "holiday_date": day, "name": "Holiday"} for day in ("2025-12-25", "2026-01-01")
        ],
        "surveys": [
            {"survey_id": "relationship", "name": "Relationship", "programme": "relational", "method": "survey"},
            {
                "survey_id": "support",
                "name": "Support",
                "programme": "transactional",
                "method": "survey",
                "touchpoint": "support",
            },
        ],
        "survey_questions": [
            _question("q-nps", "relationship", "nps", 0, 10, 9),
            _question("q-csat", "support", "csat", 1, 5, 4),
            _question("q-ces", "support", "ces", 1, 7, 5),
            _question("q-fcr", "support", "fcr", 0, 1, 1),
            _question("q-speed", "relationship", "driver", 1, 5, None),
            _question("q-price", "relationship", "driver", 1, 5, None),
        ],
        "survey_invitations": invitations,
        "survey_responses": responses,
        "survey_answers": answers,
        "products": [
            {
                "product_id": f"p{n}",
                "name": f"Plan {n}",
                "family": "plans",
                "launched_on": "2024-01-01",
                "list_price": 50 * n,
                "unit_cost": 10 * n,
                "currency": "USD",
            }
            for n in range(1, 4)
        ],
        "orders": orders,
        "refunds": [
            {
                "refund_id": f"r{n}",
                "order_id": order["order_id"],
                "refunded_at": _after(order["ordered_at"], days=3),
                "amount": 5,
                "currency": order["currency"],
                "reason": "damaged",
            }
            for n, order in enumerate(orders[:200:40], start=1)
        ],
        "subscriptions": list(_subscriptions()),
        "order_lines": list(_order_lines(orders[:100])),
        "payments": list(_payments(orders[:100])),
        "carts": carts,
        "cart_lines": cart_lines,
        "opportunities": list(_opportunities()),
        "social_posts": list(_social_posts()),
        "social_mentions": [{"post_id": "b1", "brand": brand} for brand in ("Acme", "Rival")],
        "social_metrics": [
            {
                "post_id": f"b{n}",
                "captured_at": _text(LAST_INSTANT - timedelta(days=6 * n - day)),
                "likes": 10 * day,
                "impressions": 100 * day,
                "followers": 1000 + day,
            }
            for n in range(2, 13, 2)
            for day in range(1, 6)
        ],
        "exchange_rates": [
            {
                "rate_date": FIRST_INSTANT.date() + timedelta(days=7 * n),
                "from_currency": "EUR",
                "to_currency": "USD",
                "rate": rate,
            }
            for n in range(61)
            for rate in [1.10 + 0.01 * (n % 3)]
        ],
        **clean_contact_centre.landing(LAST_INSTANT, tickets, responses),
        **clean_growth.landing(LAST_INSTANT),
    }


def _contacts() -> Iterator[Row]:
    for n in range(1, 25):
        yield {
            "contact_id": f"c{n:02}",
            "account_id": f"a{n}" if n <= 4 else None,
            "first_name": f"First{n}",
            "last_name": f"Last{n}",
            "email": f"person{n}@mail.example",
            "phone": f"+1202555{1000 + n}",
            "birth_date": f"{1960 + n}-03-01",
            "country": COUNTRIES[n % 3],
            "language": "en",
            "segment": ("consumer", "smb")[n <= 4],
            "lifecycle_stage": "customer",
            "acquisition_source": ("search", "referral")[n % 2],
            "joining_reason": "earned",
            "lead_score": 10 + n,
            "marketing_consent": "true",
            "social_handles": f'{{"mastodon": "person{n}"}}',
            "external_ids": f'{{"erp": "p{n}"}}',
            "created_at": "2025-02-01T00:00:00Z",
            "updated_at": "2025-02-01T00:00:00Z",
            "is_test": "false",
        }


def _orders() -> Iterator[Row]:
    # One order every day; every person buys every 24 days, amounts repeat every 7 orders.
    for n in range((LAST_INSTANT - FIRST_INSTANT).days):
        at = LAST_INSTANT - timedelta(days=n)
        gross = 40 + 10 * (n % 7)
        yield {
            "order_id": f"o{n:03}",
            "contact_id": f"c{n % 24 + 1:02}",
            "email": f"person{n % 24 + 1}@mail.example",
            "ordered_at": _text(at),
            "status": "completed",
            "channel": ("web", "store")[n % 2],
            "device": "desktop",
            "currency": ("USD", "EUR")[n % 5 == 0],
            "gross_amount": gross,
            "discount_amount": 5,
            "tax_amount": 2,
            "shipping_amount": 3,
            "net_amount": gross - 5,
            "cost_amount": 20,
            "updated_at": _text(at),
        }


def _tickets() -> tuple[list[Row], list[Row]]:
    """A ticket every second day: answered after an hour, solved after two; some are reopened, some stay open."""
    tickets, events = [], []
    for n in range(1, 180):
        at = LAST_INSTANT - timedelta(days=2 * n - 1)
        ticket = f"t{n:03}"
        customer, agent = f"c{n % 24 + 1:02}", f"g{n % 3 + 1}"
        steps = [
            ("comment", customer, "customer", "true", None, None, 0),
            ("comment", agent, "agent", "true", None, None, 60),
            ("status", agent, "agent", None, "new", "solved", 120),
        ]
        solved_at = at + timedelta(minutes=120)
        if n % 15 == 2:  # takes five days; the newest is still open at the end
            steps = steps[:2] + ([("status", agent, "agent", None, "new", "solved", 7200)] if n > 2 else [])
            solved_at = at + timedelta(minutes=7200)
        elif n % 10 == 1:
            steps += [
                ("status", customer, "customer", None, "solved", "open", 180),
                ("status", agent, "agent", None, "open", "solved", 240),
            ]
        if n % 15 != 2:
            steps.append(("satisfaction", customer, "customer", None, "offered", ("good", "bad")[n % 4 == 0], 300))
        # The event named in the faults is a transition that another transition precedes.
        numbers = [1, 2, 4, 3, 5, 6] if len(steps) == 6 else list(range(1, len(steps) + 1))
        for number, (kind, actor, actor_type, is_public, old, new, minutes) in zip(numbers, steps, strict=True):
            events.append(
                {
                    "event_id": f"e{n:03}-{number}",
                    "ticket_id": ticket,
                    "occurred_at": _text(at + timedelta(minutes=minutes)),
                    "event_type": kind,
                    "actor_id": actor,
                    "actor_type": actor_type,
                    "is_public": is_public,
                    "old_value": old,
                    "new_value": new,
                    "body": "Hello" if kind == "comment" else None,
                }
            )
        tickets.append(
            {
                "ticket_id": ticket,
                "requester_id": customer,
                "requester_email": f"person{n % 24 + 1}@mail.example",
                "assignee_id": agent,
                "team": ("first line", "second line")[n % 2],
                "channel": CHANNELS[n % 3],
                "category": ("billing", "delivery", "returns")[n % 3],
                "priority": ("normal", "high")[n % 2],
                "severity": 2,
                "status": "open" if n == 2 else "solved",
                "tags": '["vip"]',
                "language": "en",
                "created_at": _text(at),
                "solved_at": None if n == 2 else _text(solved_at),
                "submitter_type": "customer",
                "is_spam": "false",
                "satisfaction": "offered" if n % 15 == 2 else ("good", "bad")[n % 4 == 0],
                "satisfaction_at": None if n % 15 == 2 else _text(at + timedelta(minutes=300)),
                "schedule_id": "office",
                "sla_policy_id": "gold",
                "needs_reply": "true",
                "updated_at": _text(at + timedelta(minutes=300)),
            }
        )
    return tickets, events


def _surveys(tickets: list[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Every person is asked each quarter, and after every second ticket; one in four is silent."""
    invitations: list[Row] = []
    responses: list[Row] = []
    answers: list[Row] = []
    asked = [
        ("relationship", f"c{person:02}", None, LAST_INSTANT - timedelta(days=90 * quarter + person % 5 + 1))
        for quarter in range(4)
        for person in range(1, 25)
    ]
    asked += [
        (
            "support",
            ticket["requester_id"],
            ticket["ticket_id"],
            datetime.fromisoformat(ticket["created_at"]) + timedelta(hours=6),
        )
        for ticket in tickets[1::2]
    ]
    for n, (survey, contact, ticket, at) in enumerate(asked, start=1):
        silent = n % 4 == 0
        started, ended = _text(at + timedelta(minutes=20)), _text(at + timedelta(minutes=25))
        common = {
            "survey_id": survey,
            "contact_id": contact,
            "ticket_id": ticket,
            "channel": CHANNELS[n % 3],
            "touchpoint": "support" if ticket else "relationship",
        }
        invitations.append(
            {
                "invitation_id": f"i{n}",
                **common,
                "email": f"person{int(contact[1:])}@mail.example",
                "sent_at": _text(at),
                "delivered_at": _text(at + timedelta(minutes=1)),
                "opened_at": _text(at + timedelta(minutes=15)),
                "started_at": None if silent else started,
                "completed_at": None if silent else ended,
            }
        )
        if silent:
            continue
        responses.append(
            {
                "response_id": f"v{n}",
                "invitation_id": f"i{n}",
                **common,
                "device": "mobile",
                "language": "en",
                "started_at": started,
                "responded_at": ended,
                "is_complete": "true",
                "is_test": "false",
            }
        )
        scores = (
            {"q-nps": (10, 9, 8, 6)[n % 4], "q-speed": (5, 5, 4, 2)[n % 4], "q-price": 1 + n % 5}
            if survey == "relationship"
            else {
                "q-csat": 1 + n % 5,
                "q-ces": 1 + n % 7,
                "q-fcr": n % 2,
            }
        )
        answers += [
            {"response_id": f"v{n}", "question_id": question, "value_number": score}
            for question, score in scores.items()
        ]
    return invitations, responses, answers


def _subscriptions() -> Iterator[Row]:
    # Four accounts: one steady, one that changes price, one that leaves, one that comes back.
    def period(number: int, start: str, end: str | None, amount: int, status: str = "active") -> Row:
        return {
            "subscription_id": f"s{number:02}",
            "period_start": start,
            "period_end": end,
            "account_id": f"a{number}",
            "product_id": f"p{number % 3 + 1}",
            "plan": "standard",
            "quantity": 1,
            "unit_amount": amount,
            "billing_interval": "month",
            "currency": ("USD", "EUR")[number == 4],
            "status": status,
            "renews_on": "2027-01-01",
        }

    yield period(1, "2025-05-01T00:00:00Z", "2027-05-01T00:00:00Z", 100)
    yield period(2, "2025-05-01T00:00:00Z", "2026-01-01T00:00:00Z", 100)
    yield period(2, "2026-01-01T00:00:00Z", None, 150)
    yield period(3, "2025-05-01T00:00:00Z", "2026-03-10T00:00:00Z", 200)
    yield period(4, "2025-05-01T00:00:00Z", "2025-09-15T00:00:00Z", 80)
    yield period(4, "2026-02-01T00:00:00Z", None, 80)


def _order_lines(orders: list[Row]) -> Iterator[Row]:
    # Two small things at 5 and one that makes up the rest; the discount is on that one.
    for order in orders:
        rest = {"quantity": 1, "unit_price": order["gross_amount"] - 10, "discount_amount": 5, "unit_cost": 10}
        small = {"quantity": 2, "unit_price": 5, "discount_amount": None, "unit_cost": 5}
        for number, line in enumerate((rest, small), start=1):
            yield {"order_id": order["order_id"], "line_number": number, "product_id": f"p{number}", **line}


def _payments(orders: list[Row]) -> Iterator[Row]:
    for n, order in enumerate(orders):
        yield {
            "payment_id": f"y{n:03}",
            "order_id": order["order_id"],
            "attempted_at": order["ordered_at"],
            "amount": order["net_amount"] + 5,
            "currency": order["currency"],
            "status": "failed" if n % 20 == 19 else "paid",
            "method": "card",
        }
    for n in range(1, 4):
        yield {
            "payment_id": f"z{n}",
            "subscription_id": "s01",
            "attempted_at": f"2026-0{n}-01T00:00:00Z",
            "amount": 100,
            "currency": "USD",
            "status": "paid",
        }


def _carts(orders: list[Row]) -> tuple[list[Row], list[Row]]:
    """One in four is never ordered; one in five takes two hours, the rest ten minutes."""
    carts = []
    for n, order in enumerate(orders):
        minutes = 120 if n % 5 == 4 else 10
        is_ordered = n % 4 < 3
        carts.append(
            {
                "cart_id": f"k{n:03}",
                "contact_id": order["contact_id"],
                "email": order["email"],
                "device": "mobile",
                "created_at": _text(datetime.fromisoformat(order["ordered_at"]) - timedelta(minutes=minutes)),
                "value": order["gross_amount"],
                "currency": order["currency"],
                "order_id": order["order_id"] if is_ordered else None,
                "ordered_at": order["ordered_at"] if is_ordered else None,
            }
        )
    lines = [
        {"cart_id": cart["cart_id"], "line_number": 1, "product_id": "p1", "quantity": 1, "unit_price": cart["value"]}
        for cart in carts
    ]
    return carts, lines


def _opportunities() -> Iterator[Row]:
    for n in range(1, 9):
        is_closed = n % 2 == 0
        yield {
            "opportunity_id": f"op{n}",
            "account_id": f"a{n % 4 + 1}",
            "contact_id": f"c{n % 4 + 1:02}",
            "name": f"Deal {n}",
            "stage": "decided" if is_closed else "offer",
            "amount": 1000 * n,
            "currency": ("USD", "EUR")[n % 3 == 0],
            "probability": n % 4 / 4,
            "created_at": _text(LAST_INSTANT - timedelta(days=30 + n)),
            "expected_close_on": "2026-08-01",
            "closed_at": _text(LAST_INSTANT - timedelta(days=n)) if is_closed else None,
            "is_closed": str(is_closed).lower(),
            "is_won": str(n % 4 == 0).lower(),
        }


def _social_posts() -> Iterator[Row]:
    # Every second post is our own, the others are reviews by people whose names contacts give.
    for n in range(1, 13):
        at = LAST_INSTANT - timedelta(days=6 * n)
        is_own = n % 2 == 0
        yield {
            "post_id": f"b{n}",
            "network": "mastodon",
            "brand": "Acme",
            "author_handle": "acme" if is_own else f"@person{n}",
            "author_followers": 100 * n,
            "is_own": str(is_own).lower(),
            "post_type": "post" if is_own else "review",
            "rating": None if is_own else 4,
            "rating_max": None if is_own else 5,
            "body": "Hello",
            "posted_at": _text(at),
            "tags": '["praise"]',
            "severity": 4,
            "needs_reply": str(not is_own).lower(),
            "replied_at": None if is_own else _text(at + timedelta(hours=2)),
        }


def _question(question: str, survey: str, metric: str, low: int, high: int, satisfied_from: int | None) -> Row:
    return {
        "question_id": question,
        "survey_id": survey,
        "metric": metric,
        "object": "company",
        "text": f"Question {question}?",
        "language": "en",
        "scale_min": low,
        "scale_max": high,
        "satisfied_from": satisfied_from,
        "direction": "high_good",
    }


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _after(text: str, *, days: int) -> str:
    return _text(datetime.fromisoformat(text) + timedelta(days=days))
