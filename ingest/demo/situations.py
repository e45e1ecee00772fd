"""Normal business that is easily read wrongly: which column must be right in spite of it.

The topic modules count how often each situation occurs.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from ingest.demo.fault_plan import FAULTS_SCHEMA, RULE

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
    "second_attempts_to_pay": ("webshop", "payments", "core.fct_payments.status"),
    "abandoned_carts": ("webshop", "carts", "core.fct_carts.is_abandoned"),
    "recovered_carts": ("webshop", "carts", "core.fct_carts.is_recovered"),
    "people_who_unsubscribed": ("webshop", "campaign_events", "core.fct_campaign_events.event"),
    "consents_withdrawn": ("webshop", "consents", "core.bridge_customers_x_consents.is_granted"),
    "referrals_that_brought_somebody": ("webshop", "referrals", "core.fct_referrals.is_converted"),
    "visits_of_nobody": ("webshop", "web_sessions", "core.fct_web_sessions.customer_id"),
    "currency_changes": ("billing", "subscriptions", "core.fct_mrr_movements.fx_effect"),
    "pauses": ("billing", "subscriptions", "core.fct_mrr_movements.movement_type"),
    "bom_and_semicolons": ("billing", "subscriptions", "quality.loaded_files.rows_loaded"),
    "partial_responses": ("survey_tool", "survey_responses", "core.fct_survey_responses.is_complete"),
    "anonymous_responses": ("survey_tool", "survey_responses", "core.fct_survey_responses.customer_id"),
    "bounced_invitations": ("survey_tool", "survey_invitations", "core.fct_survey_invitations.bounced_at"),
    "effort_asked_the_other_way": ("survey_tool", "survey_answers", "core.fct_survey_answers.score"),
    "second_crm_contacts": ("crm", "contacts", "core.dim_identity_map.customer_id"),
    "segment_changes": ("crm", "contacts", "core.dim_customers.segment"),
    "lost_opportunities": ("crm", "opportunities", "core.fct_opportunities.status"),
    "posts_by_known_names": ("social", "social_posts", "core.fct_social_posts.customer_id"),
    "posts_of_two_brands": ("social", "social_mentions", "core.fct_social_mentions.brand"),
    "calls_about_tickets": ("service_centre", "interactions", "core.fct_interactions.ticket_key"),
    "failed_reviews": ("service_centre", "qa_reviews", "core.fct_qa_reviews.is_auto_fail"),
    "targeted_reviews": ("service_centre", "qa_reviews", "core.fct_qa_reviews.is_counted"),
    "answers_that_do_not_apply": ("service_centre", "qa_answers", "core.fct_qa_answers.exclusion_reason"),
    "closed_cases": ("service_centre", "cases", "core.fct_cases.is_closed"),
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
