"""Faults of the service centre: what refers to nothing, contradicts itself, or breaks the contract."""

from __future__ import annotations

from ingest.demo.fault_plan import NOT_A_DATE, NOT_A_NUMBER, ORDER_NOT_SAID, REQUIRED, Plan
from ingest.demo.service_centre import FORM


def plant_service_centre(plan: Plan) -> None:
    """Everything that the service centre delivers with a fault in it; nobody known is part of it."""
    _plant_interactions(plan)
    _plant_reviews(plan)
    _plant_cases(plan)
    _plant_reference_data(plan)


def _plant_interactions(plan: Plan) -> None:
    file = "service_centre/interactions/interactions_2026-06_import.csv"

    def interaction(number: int, **values: str) -> dict[str, str]:
        base = {"interaction_id": f"F{number}", "email": "", "channel": "phone", "direction": "inbound"}
        last = {"is_proactive": "", "started_at": "2026-06-10T09:00:00Z", "ended_at": "", "replied_at": ""}
        return {**base, **last, "agent_id": "", "location_id": "", "ticket_id": "", **values}

    plan.warned("unknown_agent", file, "F1", interaction(1, agent_id="SC-999"), "agent_is_known")
    plan.warned("unknown_ticket", file, "F2", interaction(2, ticket_id="999999"), "ticket_is_known")
    plan.warned("unknown_location", file, "F3", interaction(3, location_id="LOC-XX"), "location_is_known")
    values = interaction(4, email="kim.imported.example")
    plan.warned("malformed_email", file, "F4", values, "email_looks_like_an_address")
    values = interaction(5, ended_at="2026-06-10T08:00:00Z")
    plan.warned("ended_before_it_began", file, "F5", values, "end_follows_beginning")
    values = interaction(6, replied_at="2026-06-09T09:00:00Z")
    plan.warned("replied_before_it_began", file, "F6", values, "no_reply_precedes_its_interaction")
    values = interaction(7, is_proactive="true")
    plan.warned("proactive_but_inbound", file, "F7", values, "proactive_means_outbound")
    kinds = "not one of inbound, outbound"
    plan.refused("not_in_closed_list", file, "F8", interaction(8, direction="in"), "direction", kinds)
    values = interaction(9, started_at="10/06/2026 9:00")
    plan.refused("bad_date", file, "F9", values, "started_at", ORDER_NOT_SAID)


def _plant_reviews(plan: Plan) -> None:
    file = "service_centre/qa_reviews/qa_reviews_2026-06_import.csv"

    def review(number: int, **values: str) -> dict[str, str]:
        base = {"review_id": f"F{number}", "form_id": FORM, "agent_id": "SC-003", "reviewer_id": "SC-002"}
        last = {"reviewed_at": "2026-06-12T09:00:00Z", "sampling_method": "targeted", "interaction_id": ""}
        return {**base, **last, **values}

    plan.row(file, review(1))
    plan.warned("unknown_form", file, "F2", review(2, form_id="OLD"), "form_is_known")
    plan.warned("unknown_agent", file, "F3", review(3, agent_id="SC-999"), "agent_is_known")
    plan.warned("unknown_interaction", file, "F4", review(4, interaction_id="INT-X"), "interaction_is_known")
    plan.warned("reviewed_themselves", file, "F5", review(5, reviewer_id="SC-003"), "nobody_reviews_themselves")
    methods = "not one of random, targeted"
    plan.refused("not_in_closed_list", file, "F6", review(6, sampling_method="all"), "sampling_method", methods)

    file = "service_centre/qa_answers/qa_answers_2026-06_import.csv"

    def answer(review_id: str, **values: str) -> dict[str, str]:
        return {"review_id": review_id, "item_id": "TONE", "score": "4", **values}

    plan.warned("unknown_review", file, "F99", answer("F99"), "review_is_known")
    plan.warned("unknown_item", file, "F1", answer("F1", item_id="SMILE"), "item_is_known")
    plan.warned("qa_score_off_the_scale", file, "F1", answer("F1", score="9"), "score_is_on_the_scale")
    plan.refused("bad_number", file, "F3", answer("F3", score="good"), "score", NOT_A_NUMBER)


def _plant_cases(plan: Plan) -> None:
    file = "service_centre/cases/cases_2026-06_import.csv"

    def case(number: int, source_type: str, source_id: str, **values: str) -> dict[str, str]:
        base = {"case_id": f"F{number}", "source_type": source_type, "source_id": source_id}
        last = {"created_at": "2026-06-12T09:00:00Z", "first_contacted_at": "", "closed_at": ""}
        return {**base, **last, **values}

    plan.warned("unknown_response", file, "F1", case(1, "response", "RS-X"), "response_is_known")
    plan.warned("unknown_post", file, "F2", case(2, "post", "P-X"), "post_is_known")
    plan.warned("unknown_ticket", file, "F3", case(3, "ticket", "999999"), "ticket_is_known")
    # The social media tool's faulty posts of 10 June (`market_faults`) are by nobody known.
    values = case(4, "post", "F1", first_contacted_at="2026-06-11T09:00:00Z")
    plan.warned("contacted_before_opened", file, "F4", values, "contact_follows_opening")
    values = case(5, "post", "F1", closed_at="2026-06-11T09:00:00Z")
    plan.warned("closed_before_opened", file, "F5", values, "closing_follows_opening")
    kinds = "not one of response, post, ticket"
    plan.refused("not_in_closed_list", file, "F6", case(6, "call", "F1"), "source_type", kinds)


def _plant_reference_data(plan: Plan) -> None:
    file = "service_centre/locations/locations_2026-06.csv"
    place = {"location_id": "F1", "name": "Old store", "country": "US", "latitude": "", "longitude": ""}
    place |= {"opened_on": "2026-01-01", "closed_on": ""}
    plan.warned("closed_before_opening", file, "F1", place | {"closed_on": "2025-01-01"}, "closing_follows_opening")
    plan.warned("malformed_country", file, "F2", place | {"location_id": "F2", "country": "USA"}, "country_is_a_code")
    values = place | {"location_id": "F3", "latitude": "40"}
    plan.warned("half_a_position", file, "F3", values, "position_is_complete")
    values = place | {"location_id": "F4", "latitude": "140", "longitude": "10"}
    plan.refused("out_of_range", file, "F4", values, "latitude", "more than 90")

    file = "service_centre/sla_policies/sla_policies_2026-06.csv"
    target = {"policy_id": "SLA-F", "metric": "next_reply", "priority": "low", "target_minutes": "60"}
    target |= {"hours": "calendar", "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2026-03-01T00:00:00Z"}
    plan.warned("overlapping_targets", file, "SLA-F", target, "periods_do_not_overlap")
    plan.row(file, target | {"valid_from": "2026-02-01T00:00:00Z", "valid_to": ""})
    values = target | {"priority": "high", "valid_to": "2025-12-01T00:00:00Z"}
    plan.warned("target_ends_before_it_begins", file, "SLA-F", values, "period_ends_after_it_begins")
    values = target | {"priority": "urgent", "target_minutes": "0"}
    plan.refused("out_of_range", file, "SLA-F", values, "target_minutes", "not more than 0")

    file = "service_centre/qa_items/qa_items_2026-06.csv"
    item = {"form_id": "DRAFT", "item_id": "ALL", "area": "soft_skills", "name": "All", "weight": "1"}
    item |= {"score_min": "1", "score_max": "1"}
    plan.warned("empty_scale", file, "ALL", item, "scale_is_not_empty")
    plan.warned("weightless_form", file, "DRAFT-2", item | {"form_id": "DRAFT-2", "weight": "0", "score_max": "5"},
                "some_weight_is_given")  # fmt: skip
    plan.refused("missing_required", file, "X", item | {"item_id": "X", "area": ""}, "area", REQUIRED)

    file = "service_centre/trainings/trainings_2026-06.csv"
    training = {"training_id": "F1", "agent_id": "SC-003", "form_id": FORM, "item_id": "SMILE"}
    training |= {"completed_on": "2026-06-01"}
    plan.warned("unknown_item", file, "F1", training, "item_is_known")
    values = training | {"training_id": "F2", "agent_id": "SC-999", "item_id": ""}
    plan.warned("unknown_agent", file, "F2", values, "agent_is_known")
    values = training | {"training_id": "F3", "completed_on": "June"}
    plan.refused("bad_date", file, "F3", values, "completed_on", NOT_A_DATE)
