"""What surrounds the clean company's business: campaigns, costs, visits, use, and what is known of people beside.

As there, everything is written out by rule; identifiers are named in `faults/` (`m001`, `mc01`, `w001`, `rf1`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]


def landing(last_instant: datetime) -> dict[str, list[Row]]:
    """Rows by entity; nothing is later than the last instant."""
    return {
        "campaign_events": list(_campaign_events(last_instant)),
        "marketing_costs": list(_marketing_costs()),
        "product_usage": list(_product_usage(last_instant)),
        "referrals": list(_referrals(last_instant)),
        "consents": list(_consents(last_instant)),
        "customer_traits": list(_customer_traits()),
        "feature_requests": [
            {
                "request_id": f"fr{n}",
                "title": f"Request {n}",
                "product_id": f"p{n}",
                "status": ("asked", "shipped")[n % 2],
                "shipped_on": f"2026-03-0{n}" if n % 2 else None,
            }
            for n in range(1, 4)
        ],
        "survey_populations": [
            {
                "survey_id": "relationship",
                "period_start": "2026-01-01",
                "dimension": "segment",
                "member": member,
                "population_n": 100,
            }
            for member in ("consumer", "smb")
        ],
        "goals": [
            {
                "goal_id": f"goal{n}",
                "name": f"Goal {n}",
                "metric": "nps",
                "target_value": 40,
                "baseline_value": 30,
                "starts_on": "2026-01-01",
                "due_on": "2026-12-31",
            }
            for n in range(1, 3)
        ],
        "actions": [
            {
                "action_id": f"act{n}",
                "goal_id": f"goal{n % 2 + 1}",
                "name": f"Action {n}",
                "owner": "cx",
                "cost": 100 * n,
                "currency": ("USD", "EUR")[n % 2],
                "due_on": f"2026-{1 + n % 12:02}-20",
                "done_on": f"2026-02-{n % 28 + 1:02}" if n % 3 == 0 else None,
                "status": "done" if n % 3 == 0 else "planned",
            }
            for n in range(1, 34)
        ],
        "web_sessions": list(_web_sessions(last_instant)),
    }


def _campaign_events(last_instant: datetime) -> Iterator[Row]:
    # Everyone is welcomed; every second opens it, every fourth clicks on it.
    number = 0
    for n in range(1, 25):
        at = last_instant - timedelta(days=10 * n)
        for minutes, event, share in ((0, "sent", 1), (1, "delivered", 1), (60, "opened", 2), (61, "clicked", 4)):
            if n % share == 0:
                number += 1
                yield {
                    "event_id": f"m{number:03}",
                    "contact_id": f"c{n:02}",
                    "email": f"person{n}@mail.example",
                    "campaign_id": "welcome",
                    "campaign_type": "welcome",
                    "event": event,
                    "occurred_at": _text(at + timedelta(minutes=minutes)),
                }


def _marketing_costs() -> Iterator[Row]:
    for month in range(1, 6):
        yield {
            "cost_id": f"mc{month:02}",
            "campaign_id": "welcome",
            "segment": "consumer",
            "purpose": ("acquisition", "retention")[month % 2],
            "period_start": f"2026-{month:02}-01",
            "period_end": f"2026-{month + 1:02}-01",
            "amount": 100 * month,
            "currency": ("USD", "EUR")[month % 2],
        }


def _product_usage(last_instant: datetime) -> Iterator[Row]:
    # Four accounts and four people, every day of ten.
    for n in range(10):
        day = (last_instant - timedelta(days=n)).date()
        for number in range(1, 5):
            used = {"usage_date": day, "active_events": number * (n % 3)}
            yield {**used, "account_id": f"a{number}", "product_id": f"p{number % 3 + 1}", "seats_used": number}
            yield {**used, "contact_id": f"c{number + 4:02}", "product_id": "p1"}


def _web_sessions(last_instant: datetime) -> Iterator[Row]:
    for n in range(1, 41):
        at = last_instant - timedelta(days=n)
        searched = n % 4 == 0
        yield {
            "session_id": f"w{n:03}",
            "visitor_id": f"browser{n % 7}",
            "contact_id": f"c{n % 24 + 1:02}" if n % 2 else None,
            "started_at": _text(at),
            "ended_at": _text(at + timedelta(minutes=n)),
            "device": "mobile",
            "source": ("search", "newsletter")[n % 3 == 0],
            "campaign_id": "welcome" if n % 3 == 0 else None,
            "landing_page": "/kettles?page=1",
            "page_count": 1 + n % 9,
            "search_term": "kettle" if searched else None,
            "search_result_count": 12 if searched else None,
            "reached": ("browse", "cart", "checkout", "order")[n % 4],
        }


def _referrals(last_instant: datetime) -> Iterator[Row]:
    for n in range(1, 9):
        at = last_instant - timedelta(days=20 * n)
        yield {
            "referral_id": f"rf{n}",
            "referrer_contact_id": f"c{n:02}",
            "referred_contact_id": f"c{n + 8:02}",
            "referred_email": f"person{n + 8}@mail.example",
            "referred_at": _text(at),
            "converted_at": _text(at + timedelta(days=3)) if n % 2 else None,
        }


def _consents(last_instant: datetime) -> Iterator[Row]:
    # Everyone agrees to everything at first; half take one of it back.
    for n in range(1, 25):
        for channel, purpose in (("email", "marketing"), ("email", "research"), ("sms", "marketing")):
            since = last_instant - timedelta(days=300 + n)
            said = {"contact_id": f"c{n:02}", "channel": channel, "purpose": purpose}
            yield {**said, "granted": "true", "effective_at": _text(since)}
            if channel == "email" and n % 2:
                yield {**said, "granted": "false", "effective_at": _text(since + timedelta(days=100))}
        later = _text(last_instant - timedelta(days=n))
        refused = {"channel": "phone", "purpose": "research", "granted": "false", "effective_at": later}
        yield {"contact_id": f"c{n:02}", **refused}


def _customer_traits() -> Iterator[Row]:
    for n in range(1, 11):
        yield {
            "contact_id": f"c{n:02}",
            "trait_type": ("pain_point", "habit")[n % 2],
            "trait": ("waits long", "buys in the evening")[n % 2],
            "origin": ("stated", "observed")[n % 2],
            "valid_from": f"2026-01-{n:02}T00:00:00Z",
            "valid_to": "2026-04-01T00:00:00Z" if n % 5 == 0 else None,
        }


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
