-- Grain: one row per distinct way in which facts name a customer: source_system, contact id, e-mail, phone.
-- A fact carries no customer; it carries what its system knew. Resolving the few distinct references once is cheaper
-- than resolving every fact, and gives facts of one source the same answer. A fact after the cut names nobody yet.

with references_of_facts as (

    {% set facts = [
        ("orders", "ordered_at", "contact_id", "email", "phone"),
        ("tickets", "created_at", "requester_id", "requester_email", "requester_phone"),
        ("survey_responses", "responded_at", "contact_id", "email", "phone"),
        ("survey_invitations", "sent_at", "contact_id", "email", "cast(null as varchar)"),
        ("subscriptions", "period_start", "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("carts", "created_at", "contact_id", "email", "cast(null as varchar)"),
        ("opportunities", "created_at", "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("interactions", "started_at", "contact_id", "email", "phone"),
        ("campaign_events", "occurred_at", "contact_id", "email", "cast(null as varchar)"),
        ("web_sessions", "started_at", "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("referrals", "referred_at", "referrer_contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("referrals", "referred_at", "referred_contact_id", "referred_email", "cast(null as varchar)"),
        ("consents", "effective_at", "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("customer_traits", "valid_from", "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
        ("product_usage", local_midnight("usage_date"), "contact_id", "cast(null as varchar)", "cast(null as varchar)"),
    ] -%}
    {% for entity, happened_at, contact_id, email, phone in facts -%}
    select
        source_system,
        {{ contact_id }} as contact_id,
        {{ normalised_email(email) }} as email,
        nullif(trim({{ phone }}), '') as phone,
        {{ happened_at }} as happened_at,
        _loaded_at
    from {{ ref("int_" ~ entity ~ "_current") }}
    where {{ happened_at }} < {{ as_of_cut() }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

int_identity_references as (

    select
        {{ reference_key("source_system", "contact_id", "email", "phone") }} as reference_key,
        source_system,

        contact_id,
        email,
        phone,

        min(happened_at) as first_happened_at,
        min(_loaded_at) as first_loaded_at
    from references_of_facts
    where
        contact_id is not null
        or email is not null
        or phone is not null
    group by source_system, contact_id, email, phone
)

select * from int_identity_references
