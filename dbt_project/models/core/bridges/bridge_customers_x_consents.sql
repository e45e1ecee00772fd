-- Grain: one row per customer, channel, purpose and interval: from one statement to the next.
-- What any of a person's contacts says holds for the person. Of two statements of one instant the refusal holds: who
-- said no is not to be written to. Statements of people whom nobody delivered are nobody's, and left out.

with statements as (

    select
        *,
        {{ reference_key("source_system", "contact_id", "cast(null as varchar)", "cast(null as varchar)") }}
        as reference_key
    from {{ ref("int_consents_current") }}
    where
        not coalesce(is_deleted, false)
        and effective_at < {{ as_of_cut() }}
),

references_of_facts as (

    select *
    from {{ ref("int_references_resolved") }}
    where customer_id <> '-1'
),

statements_of_customers as (

    select
        references_of_facts.customer_id,
        lower(trim(statements.channel)) as channel,
        lower(trim(statements.purpose)) as purpose,
        statements.effective_at,
        bool_and(statements.granted) as is_granted
    from statements
    inner join references_of_facts on statements.reference_key = references_of_facts.reference_key
    group by all
),

intervals as (

    select
        customer_id,
        channel,
        purpose,
        is_granted,
        effective_at as valid_from,
        coalesce(
            lead(effective_at) over (partition by customer_id, channel, purpose order by effective_at),
            cast('9999-12-31 00:00:00+00' as timestamptz)
        ) as valid_to
    from statements_of_customers
),

bridge_customers_x_consents as (

    select
        {{ surrogate_key(["customer_id", "channel", "purpose", "valid_from"]) }} as customer_consent_key,
        customer_id,

        channel,
        purpose,

        is_granted,
        valid_to > {{ as_of_cut() }} as is_current,

        valid_from,
        valid_to
    from intervals
)

select * from bridge_customers_x_consents
