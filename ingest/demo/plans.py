"""What the company plans: goals, the actions that should reach them, and what customers ask of its products;
and how many customers it counts in each country, for which its survey speaks.

Everything is written out: a company has few of each, however many customers it has. Some actions are late on purpose.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from ingest.demo import parameters as planted

# goal, name, priority, metric, baseline, target
_GOALS = (
    ("G-1", "More customers recommend us", "1", "nps", 28.0, 40.0),
    ("G-2", "Requests are answered within a day", "1", "reply_within_24h_rate", 78.0, 95.0),
    ("G-3", "Problems are solved at the first contact", "2", "fcr", 66.0, 75.0),
    ("G-4", "Fewer customers leave", "2", "logo_churn_rate", 3.5, 2.5),
    ("G-5", "Revenue grows with those who stay", "3", "nrr", 97.0, 104.0),
)
_GOAL_STARTS_ON, _GOAL_DUE_ON = date(2026, 1, 1), date(2026, 12, 31)

_OWNERS = {
    "cx": "head of cx",
    "marketing": "crm manager",
    "product": "product owner",
    "sales": "account manager",
    "support": "support manager",
}

# goal, name, department, cost, currency, due, done, status
_ACTIONS = (
    ("G-1", "Call every detractor within two days", "cx", "4000.00", "USD", "2026-03-31", "2026-03-20", "done"),
    ("G-1", "Rewrite the welcome message", "marketing", "800.00", "EUR", "2026-02-28", "2026-03-12", "done"),
    ("G-1", "Publish what was done about complaints", "cx", None, None, "2026-05-31", None, "in progress"),
    ("G-1", "Invite promoters to refer a friend", "marketing", "1500.00", "USD", "2026-09-30", None, "planned"),
    ("G-2", "Staff the evening shift", "support", "36000.00", "EUR", "2026-04-30", "2026-04-28", "done"),
    ("G-2", "Alert after 20 hours without a reply", "support", "2500.00", "USD", "2026-03-15", "2026-04-02", "done"),
    ("G-2", "Templates for common questions", "support", "1200.00", "USD", "2026-06-15", None, "in progress"),
    ("G-2", "A bot for order status", "product", "18000.00", "USD", "2026-05-15", None, "cancelled"),
    ("G-3", "Let the first line refund up to 50", "support", "0.00", "USD", "2026-02-15", "2026-02-10", "done"),
    ("G-3", "Train the first line on returns", "support", "5400.00", "EUR", "2026-06-30", "2026-06-25", "done"),
    ("G-3", "One view of the customer", "product", "22000.00", "USD", "2026-10-31", None, "in progress"),
    ("G-4", "Call before every renewal", "sales", "6000.00", "USD", "2026-06-01", None, "in progress"),
    ("G-4", "Offer a pause instead of a cancellation", "product", "3000.00", "EUR", "2026-04-15", "2026-04-15", "done"),
    ("G-4", "Ask everybody who leaves why", "cx", "500.00", "USD", "2026-03-01", "2026-02-27", "done"),
    ("G-5", "Bundle the insight add-on with Scale", "product", "2000.00", "EUR", "2026-08-31", None, "planned"),
    ("G-5", "Review usage with every large account", "sales", None, None, "2026-12-15", None, "planned"),
)  # fmt: skip

# request, title, product, status, shipped
_REQUESTS = (
    ("FR-1", "Keep the kettle warm for longer", "SKU-0001", "shipped", date(2026, 2, 16)),
    ("FR-2", "Spare lids", "SKU-0012", "planned", None),
    ("FR-3", "Pair the speaker with two phones", "SKU-0008", "asked", None),
    ("FR-4", "Quieter blender", "SKU-0003", "declined", None),
    ("FR-5", "Delivery in a chosen hour", None, "asked", None),
    ("FR-6", "Wheels that can be replaced", "SKU-0011", "shipped", date(2025, 9, 1)),
)

# Whatever the size of the demo: a population is not what the other systems know of it.
_COUNTED_CUSTOMERS = {2025: 1_400, 2026: 1_900}


def goals() -> pa.Table:
    """The goals of the year."""
    return pa.Table.from_pylist(
        [
            {
                "goal_id": goal,
                "name": name,
                "priority": priority,
                "starts_on": _GOAL_STARTS_ON,
                "metric": metric,
                "target_value": target,
                "baseline_value": baseline,
                "owner": "board",
                "due_on": _GOAL_DUE_ON,
            }
            for goal, name, priority, metric, baseline, target in _GOALS
        ]
    )


def actions() -> pa.Table:
    """The actions for them: done in time and late, cancelled, overdue, and to come."""
    names = ("goal_id", "name", "department", "cost", "currency", "due_on", "done_on", "status")
    rows = [dict(zip(names, action, strict=True)) for action in _ACTIONS]
    return pa.Table.from_pylist(
        [
            {"action_id": f"A-{number}", **row, "owner": _OWNERS[str(row["department"])]}
            for number, row in enumerate(rows, start=1)
        ]
    )


def feature_requests() -> pa.Table:
    """What customers ask of the shop's products."""
    names = ("request_id", "title", "product_id", "status", "shipped_on")
    return pa.Table.from_pylist([dict(zip(names, request, strict=True)) for request in _REQUESTS])


def survey_populations() -> pa.Table:
    """Customers by country at the beginning of each year, as the company counts them for the relational survey."""
    return pa.Table.from_pylist(
        [
            {
                "survey_id": "SV-REL",
                "period_start": date(year, 1, 1),
                "dimension": "country",
                "member": country,
                "population_n": round(_COUNTED_CUSTOMERS[year] * share),
            }
            for year in _COUNTED_CUSTOMERS
            for country, share in zip(planted.COUNTRIES, planted.COUNTRY_SHARES, strict=True)
        ]
    )
