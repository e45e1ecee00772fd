-- Grain: one row per delivered version whose key has several (entity, source, load, row; a tombstone has no row):
-- whether it is the one that holds at as_of, and whether a complete list has lost its key since.
-- Versions that are alone in their key hold as they are, and are not here: what is here is little, and the views
-- int_<entity>_current only have to leave out or change what it names.

{{ config(materialized="table") }}

{% set keys = {
    "account_contacts": ["account_id", "contact_id", "role", "valid_from"],
    "accounts": ["account_id"],
    "actions": ["action_id"],
    "agents": ["agent_id", "valid_from"],
    "campaign_events": ["event_id"],
    "cart_lines": ["cart_id", "line_number"],
    "carts": ["cart_id"],
    "cases": ["case_id"],
    "consents": ["contact_id", "channel", "purpose", "effective_at"],
    "contacts": ["contact_id"],
    "customer_traits": ["contact_id", "trait_type", "trait", "valid_from"],
    "exchange_rates": ["rate_date", "from_currency", "to_currency"],
    "feature_requests": ["request_id"],
    "goals": ["goal_id"],
    "holidays": ["schedule_id", "holiday_date"],
    "interactions": ["interaction_id"],
    "locations": ["location_id"],
    "marketing_costs": ["cost_id"],
    "opportunities": ["opportunity_id"],
    "order_lines": ["order_id", "line_number"],
    "orders": ["order_id"],
    "payments": ["payment_id"],
    "product_usage": ["account_id", "contact_id", "product_id", "usage_date"],
    "products": ["product_id"],
    "qa_answers": ["review_id", "item_id"],
    "qa_items": ["form_id", "item_id", "valid_from"],
    "qa_reviews": ["review_id"],
    "referrals": ["referral_id"],
    "refunds": ["refund_id"],
    "schedules": ["schedule_id", "valid_from", "weekday", "opens_at"],
    "sla_policies": ["policy_id", "metric", "priority", "valid_from"],
    "social_mentions": ["post_id", "brand"],
    "social_metrics": ["post_id", "captured_at"],
    "social_posts": ["post_id"],
    "subscriptions": ["subscription_id", "period_start"],
    "survey_answers": ["response_id", "question_id"],
    "survey_invitations": ["invitation_id"],
    "survey_populations": ["survey_id", "period_start", "dimension", "member"],
    "survey_questions": ["question_id", "version", "language"],
    "survey_responses": ["response_id"],
    "surveys": ["survey_id"],
    "ticket_events": ["event_id"],
    "tickets": ["ticket_id"],
    "trainings": ["training_id"],
    "web_sessions": ["session_id"],
} -%}

{% for entity, key in keys.items() -%}
{{ judged_versions(entity, staging_models(entity), key) }}
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
