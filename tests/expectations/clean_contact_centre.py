"""Of the clean company the contact centre: interactions, quality reviews, trainings, cases, targets and locations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]

_ITEMS = (
    ("tone", "soft_skills", 2, 1, 5),
    ("steps", "process_adherence", 2, 1, 5),
    ("privacy", "compliance", 1, 0, 1),
    ("outcome", "overall_outcome", 3, 1, 5),
)


def landing(last_instant: datetime, tickets: list[Row], responses: list[Row]) -> dict[str, list[Row]]:
    """Rows by entity; they name agents g1 to g3, contacts c01 to c12, posts b1 and b3, and the rows given."""

    def text(**before: int) -> str:
        return (last_instant - timedelta(**before)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return {
        "interactions": [
            {
                "interaction_id": f"h{n:02}",
                "contact_id": f"c{n:02}",
                "email": f"person{n}@mail.example",
                "channel": ("phone", "store")[n % 2],
                "direction": ("inbound", "outbound")[n % 2],
                "is_proactive": ("false", "true")[n % 2],
                "agent_id": f"g{n % 3 + 1}",
                "location_id": "m1",
                "ticket_id": tickets[n]["ticket_id"],
                "started_at": text(days=5 * n),
                "ended_at": text(days=5 * n, minutes=-5 - n),
                "needs_reply": "true",
                "replied_at": text(days=5 * n, minutes=-3),
                "body": "Hello",
            }
            for n in range(1, 13)
        ],
        "qa_items": [
            {
                "form_id": "form",
                "item_id": item,
                "area": area,
                "name": f"Item {item}",
                "weight": weight,
                "score_min": low,
                "score_max": high,
                "is_critical": str(area == "compliance").lower(),
                "valid_from": "2025-01-01T00:00:00Z",
            }
            for item, area, weight, low, high in _ITEMS
        ],
        "qa_reviews": [
            {
                "review_id": f"q{n:02}",
                "form_id": "form",
                "agent_id": f"g{n % 2 + 1}",
                "reviewer_id": "g3",
                "ticket_id": tickets[n]["ticket_id"],
                "interaction_id": f"h{n:02}",
                "reviewed_at": text(days=4 * n),
                "sampling_method": ("random", "targeted")[n % 4 == 0],
                "is_calibration": "false",
            }
            for n in range(1, 13)
        ],
        "qa_answers": [
            {
                "review_id": f"q{n:02}",
                "item_id": item,
                "score": min(low + n % 5, high) if (n, item) != (5, "steps") else "",
            }
            for n in range(1, 13)
            for item, _, _, low, high in _ITEMS
        ],
        "trainings": [
            {
                "training_id": f"tr{n}",
                "agent_id": f"g{n}",
                "form_id": "form",
                "item_id": "tone",
                "name": "Tone",
                "completed_on": f"2026-0{n}-15",
            }
            for n in range(1, 4)
        ],
        "cases": [
            {
                "case_id": f"f{n}",
                "source_type": source_type,
                "source_id": source_id,
                "owner": f"g{n % 3 + 1}",
                "team": "care",
                "created_at": text(days=3 * n),
                "first_contacted_at": text(days=3 * n, hours=-20),
                "closed_at": text(days=3 * n, hours=-40) if n < 6 else None,
                "outcome": "kept" if n < 6 else None,
            }
            for n, (source_type, source_id) in enumerate(
                [
                    ("response", responses[0]["response_id"]),
                    ("post", "b1"),
                    ("ticket", tickets[0]["ticket_id"]),
                    ("response", responses[1]["response_id"]),
                    ("post", "b3"),
                    ("ticket", tickets[1]["ticket_id"]),
                ],
                start=1,
            )
        ],
        "sla_policies": [
            {
                "policy_id": "gold",
                "metric": "first_reply",
                "priority": "high",
                "target_minutes": minutes,
                "hours": "business",
                "valid_from": since,
                "valid_to": until,
            }
            for minutes, since, until in (
                (60, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                (30, "2026-01-01T00:00:00Z", None),
            )
        ]
        + [
            {
                "policy_id": "gold",
                "metric": metric,
                "priority": priority,
                "target_minutes": minutes,
                "hours": "calendar",
                "valid_from": "2025-01-01T00:00:00Z",
            }
            for metric, priority, minutes in (
                ("requester_wait", "high", 150),
                ("full_resolution", "normal", 2000),
            )
        ],
        "locations": [
            {
                "location_id": f"m{n}",
                "name": f"Store {n}",
                "type": "store",
                "country": "US",
                "latitude": 40 + n,
                "longitude": -70 - n,
                "opened_on": "2020-01-01",
            }
            for n in range(1, 3)
        ],
    }
