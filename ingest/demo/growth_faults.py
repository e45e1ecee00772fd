"""Faults of campaigns and costs, visits and use, of what is known of people, and of plans."""

from __future__ import annotations

from ingest.demo.fault_plan import (
    COMMA_NOT_SAID,
    EXPECTATION,
    NOT_A_BOOLEAN,
    ORDER_NOT_SAID,
    ORDER_OF_DATE_NOT_SAID,
    REQUIRED,
    Plan,
    Samples,
)

_EVENTS = "not one of sent, delivered, opened, clicked, converted, unsubscribed"


def plant_campaigns(plan: Plan) -> None:
    """Messages to nobody, one that was opened and never sent, and costs that cannot be right."""
    file = "webshop/campaign_events/campaign_events_2026-06_manual.csv"

    def event(number: int, **values: str) -> dict[str, str]:
        base = {"event_id": f"F{number}", "contact_id": "", "email": "", "campaign_id": "WELCOME", "event": "sent"}
        return {**base, "occurred_at": "2026-06-20T12:00:00Z", **values}

    plan.warned("unknown_contact", file, "F1", event(1, contact_id="999001"), "contact_is_known")
    plan.warned("malformed_email", file, "F2", event(2, email="kim.imported.example"), "email_looks_like_an_address")
    values = event(3, campaign_id="STRAY", event="opened")
    plan.warned("opened_but_never_sent", file, "F3", values, "campaigns_are_sent_before_they_are_opened")
    plan.refused("not_in_closed_list", file, "F4", event(4, event="bounced"), "event", _EVENTS)
    plan.refused("missing_required", file, "F5", event(5, campaign_id=""), "campaign_id", REQUIRED)

    file = "webshop/marketing_costs/marketing_costs_2026-06_manual.csv"

    def cost(number: int, **values: str) -> dict[str, str]:
        base = {"cost_id": f"F{number}", "purpose": "retention", "period_start": "2026-06-01"}
        return {**base, "period_end": "2026-07-01", "amount": "10.00", "currency": "USD", **values}

    plan.warned("bad_currency", file, "F1", cost(1, currency="EURO"), "currency_is_a_code")
    plan.expect("bad_currency", file, "F1", EXPECTATION, "core.fct_marketing_costs.every_amount_is_converted")
    values = cost(2, period_end="2026-06-01")
    plan.warned("period_ends_before_it_begins", file, "F2", values, "period_ends_after_it_begins")
    purposes = "not one of acquisition, retention"
    plan.refused("not_in_closed_list", file, "F3", cost(3, purpose="branding"), "purpose", purposes)


def plant_visits(plan: Plan) -> None:
    """Visits that run backwards or for days, and use that is nobody's or of nothing."""
    file = "webshop/web_sessions/web_sessions_2026-06_manual.csv"

    def visit(number: int, **values: str) -> dict[str, str]:
        base = {"session_id": f"F{number}", "contact_id": "", "started_at": "2026-06-20T12:00:00Z", "ended_at": ""}
        return {**base, "page_count": "3", "search_term": "", "search_result_count": "", **values}

    plan.warned("unknown_contact", file, "F1", visit(1, contact_id="999001"), "contact_is_known")
    values = visit(2, ended_at="2026-06-20T11:00:00Z")
    plan.warned("ended_before_it_began", file, "F2", values, "no_session_ends_before_it_begins")
    values = visit(3, ended_at="2026-06-23T12:00:00Z")
    plan.warned("visit_of_days", file, "F3", values, "no_session_lasts_longer_than_a_day")
    values = visit(4, search_result_count="7")
    plan.warned("results_without_a_search", file, "F4", values, "results_are_those_of_a_search")
    plan.refused("bad_date", file, "F5", visit(5, started_at="20.06.2026"), "started_at", ORDER_NOT_SAID)
    plan.refused("out_of_range", file, "F6", visit(6, page_count="-1"), "page_count", "less than 0")

    file = "webshop/product_usage/product_usage_2026-06_manual.csv"

    def use(day: str, **values: str) -> dict[str, str]:
        base = {"account_id": "", "contact_id": "", "product_id": "SKU-0001", "usage_date": f"2026-06-{day}"}
        return {**base, "active_events": "3", **values}

    plan.warned("unknown_contact", file, "999001", use("01", contact_id="999001"), "contact_is_known")
    plan.warned("use_by_nobody", file, "2026-06-03", use("03"), "somebody_is_named")
    values = use("04", account_id="ACC-999999", product_id="SKU-9999")
    plan.warned("unknown_product", file, "SKU-9999", values, "product_is_known")
    values = use("05", contact_id="999003", active_events="many")
    plan.refused("bad_number", file, "2026-06-05", values, "active_events", "not a whole number")


def plant_profiles(plan: Plan, samples: Samples) -> None:
    """Referrals by nobody and to oneself, consents of nobody, and traits that run backwards."""
    # The test customer, whose rows count nowhere.
    holder = samples.people.shop_id[0].as_py()
    file = "webshop/referrals/referrals_2026-06_manual.csv"

    def referral(number: int, **values: str) -> dict[str, str]:
        base = {"referral_id": f"F{number}", "referrer_contact_id": holder, "referred_contact_id": ""}
        return {**base, "referred_email": "", "referred_at": "2026-06-20T12:00:00Z", "converted_at": "", **values}

    plan.warned("unknown_contact", file, "F1", referral(1, referrer_contact_id="999001"), "referrer_is_known")
    plan.warned("self_referral", file, "F2", referral(2, referred_contact_id=holder), "nobody_refers_themselves")
    values = referral(3, converted_at="2026-06-19T12:00:00Z")
    plan.warned("converted_before_referred", file, "F3", values, "conversion_follows_the_referral")
    values = referral(4, referred_email="kim.imported.example")
    plan.warned("malformed_email", file, "F4", values, "referred_email_looks_like_an_address")
    plan.refused("missing_required", file, "F5", referral(5, referrer_contact_id=""), "referrer_contact_id", REQUIRED)
    plan.refused("bad_date", file, "F6", referral(6, referred_at="20.06.2026"), "referred_at", ORDER_NOT_SAID)

    file = "webshop/consents/consents_2026-06_manual.csv"

    def statement(contact: str, granted: str) -> dict[str, str]:
        base = {"contact_id": contact, "channel": "email", "purpose": "marketing", "granted": granted}
        return {**base, "effective_at": "2026-06-20T12:00:00Z"}

    plan.warned("unknown_contact", file, "999001", statement("999001", "true"), "contact_is_known")
    plan.refused("bad_boolean", file, "999002", statement("999002", "perhaps"), "granted", NOT_A_BOOLEAN)

    file = "webshop/customer_traits/customer_traits_2026-06_manual.csv"

    def trait(contact: str, **values: str) -> dict[str, str]:
        base = {"contact_id": contact, "trait_type": "habit", "trait": "buys in the evening", "origin": "observed"}
        return {**base, "valid_from": "2026-06-20T12:00:00Z", "valid_to": "", **values}

    plan.warned("unknown_contact", file, "999001", trait("999001"), "contact_is_known")
    values = trait(holder, valid_to="2026-06-01T12:00:00Z")
    plan.warned("period_ends_before_it_begins", file, holder, values, "trait_ends_after_it_begins")
    kinds = "not one of pain_point, motivation, habit, preference"
    plan.refused("not_in_closed_list", file, "999002", trait("999002", trait_type="mood"), "trait_type", kinds)


def plant_plans(plan: Plan) -> None:
    """Goals that cannot be reached, actions for no goal, and requests that contradict themselves."""
    file = "planning/goals/goals_2026-06_manual.csv"

    def goal(number: int, **values: str) -> dict[str, str]:
        base = {"goal_id": f"F{number}", "name": "Sample goal", "metric": "nps", "target_value": "40"}
        return {**base, "starts_on": "2026-06-01", "due_on": "2026-12-31", **values}

    plan.warned("goal_without_target", file, "F1", goal(1, target_value=""), "goal_has_a_target")
    plan.warned("due_before_it_starts", file, "F2", goal(2, due_on="2026-05-31"), "goal_is_due_after_it_starts")
    plan.refused("bad_date", file, "F3", goal(3, due_on="31.12.2026"), "due_on", ORDER_OF_DATE_NOT_SAID)

    file = "planning/actions/actions_2026-06_manual.csv"

    def action(number: int, **values: str) -> dict[str, str]:
        base = {"action_id": f"F{number}", "goal_id": "G-1", "name": "Sample action", "owner": "head of cx"}
        return {**base, "cost": "", "currency": "", "status": "planned", **values}

    plan.warned("unknown_goal", file, "F1", action(1, goal_id="G-99"), "goal_is_known")
    plan.warned("cost_without_currency", file, "F2", action(2, cost="10.00"), "currency_is_a_code")
    plan.warned("action_of_nobody", file, "F3", action(3, owner=""), "action_has_an_owner")
    plan.refused("bad_number", file, "F4", action(4, cost="1.200,00"), "cost", COMMA_NOT_SAID)

    file = "webshop/feature_requests/feature_requests_2026-06_manual.csv"

    def request(number: int, **values: str) -> dict[str, str]:
        base = {"request_id": f"F{number}", "title": "Sample request", "product_id": "SKU-0001", "status": "asked"}
        return {**base, "shipped_on": "", **values}

    plan.warned("unknown_product", file, "F1", request(1, product_id="SKU-9999"), "product_is_known")
    plan.warned("shipped_without_a_day", file, "F2", request(2, status="shipped"), "shipped_means_dated")
    states = "not one of asked, planned, shipped, declined"
    plan.refused("not_in_closed_list", file, "F3", request(3, status="maybe"), "status", states)

    file = "survey_tool/survey_populations/survey_populations_2026-06_manual.csv"

    def population(survey: str, **values: str) -> dict[str, str]:
        base = {"survey_id": survey, "period_start": "2025-07-01", "dimension": "country", "member": "US"}
        return {**base, "population_n": "100", **values}

    plan.warned("unknown_survey", file, "SV-OLD", population("SV-OLD"), "survey_is_known")
    values = population("SV-BUY", period_start="2025-07-15")
    plan.warned("population_of_no_period", file, "SV-BUY", values, "period_starts_with_a_month")
    plan.warned("population_of_nobody", file, "SV-SUP", population("SV-SUP", population_n="0"), "somebody_is_counted")
    values = population("SV-REL", population_n="-5")
    plan.refused("out_of_range", file, "SV-REL", values, "population_n", "less than 0")
