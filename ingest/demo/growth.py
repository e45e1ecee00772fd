"""Writes what surrounds the company's business: which rows go to which file, of which system.

All of it is drawn from random streams of its own. People are named as the web shop knows them already, so that nobody
is known by another id for it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from ingest.demo import campaigns, plans, profiles, visits
from ingest.demo import parameters as planted
from ingest.demo.commerce import Orders
from ingest.demo.people import People
from ingest.demo.writers import Deliveries, Format

SHOP = Format("parquet")
SHOP_TEXT = Format("csv", instant_end="+00:00")
PLANNING = Format("csv")
SURVEY_TOOL = Format("csv", instant_end="")

_YEARS = {"2024": planted.FIRST_DAY, "2025": date(2025, 1, 1), "2026": date(2026, 1, 1)}


def write_reference_data(out: Deliveries, rng: np.random.Generator) -> None:
    """What does not depend on the customers: costs of marketing, goals, actions, requests and populations."""
    out.write("webshop/marketing_costs", "marketing_costs", campaigns.make_costs(rng), SHOP_TEXT)
    out.write("webshop/feature_requests", "feature_requests", plans.feature_requests(), SHOP_TEXT)
    out.write("survey_tool/survey_populations", "survey_populations", plans.survey_populations(), SURVEY_TOOL)
    out.write("planning/goals", "goals", plans.goals(), PLANNING)
    out.write("planning/actions", "actions", plans.actions(), PLANNING)


def write_chunk(out: Deliveries, rng: np.random.Generator, crowd: People, orders: Orders, chunk: int) -> Counter[str]:
    """Write what surrounds the business of one chunk of people; counts of the rows, by name."""
    agreed = profiles.make_agreements(rng, crowd)
    events = campaigns.make_events(rng, crowd, orders, agreed, chunk)
    out.write_by_period("webshop/campaign_events", "events", events.rows, events.at, _YEARS, SHOP)
    seen = visits.make_visits(rng, crowd, orders, chunk)
    out.write_by_period("webshop/web_sessions", "sessions", seen.rows, seen.at, _YEARS, SHOP)
    used = visits.make_usage(rng, crowd)
    out.write("webshop/product_usage", "usage", used.rows, SHOP_TEXT)
    said = profiles.make_consents(rng, crowd, agreed, events)
    out.write_by_period("webshop/consents", "consents", said.rows, said.at, _YEARS, SHOP_TEXT)
    traits = profiles.make_traits(rng, crowd)
    out.write("webshop/customer_traits", "traits", traits.rows, SHOP_TEXT)
    referred = profiles.make_referrals(rng, crowd, chunk)
    out.write("webshop/referrals", "referrals", referred.rows, SHOP_TEXT)
    return Counter(
        campaign_events=events.rows.num_rows,
        messages_sent=events.sent,
        people_who_unsubscribed=len(events.leaver),
        web_sessions=seen.rows.num_rows,
        visits_with_order=seen.with_order,
        visits_of_nobody=seen.of_nobody,
        days_of_use=used.rows.num_rows,
        consents=said.rows.num_rows,
        consents_withdrawn=said.withdrawn,
        traits=traits.rows.num_rows,
        referrals=referred.rows.num_rows,
        referrals_that_brought_somebody=referred.converted,
    )
