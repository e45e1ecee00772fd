{#- Words of a ticket's life that several service models share. -#}

{#- A status as the project names it: help desks write On-hold, on_hold, HOLD. Null for what is no status. -#}
{% macro ticket_status(value) -%}
    case replace(replace(lower(trim({{ value }})), '-', ''), '_', '')
        when 'new' then 'new'
        when 'open' then 'open'
        when 'pending' then 'pending'
        when 'hold' then 'hold'
        when 'onhold' then 'hold'
        when 'solved' then 'solved'
        when 'closed' then 'closed'
    end
{%- endmacro %}

{% macro is_done_status(status) -%}
    ({{ status }} in ('solved', 'closed'))
{%- endmacro %}

{#- Roles of people in a help desk's user list who are not agents: agents who left are turned into these. -#}
{% macro is_agent_role(role) -%}
    (
        coalesce(replace(replace(lower(trim({{ role }})), '_', '-'), ' ', '-'), 'agent')
        not in ('end-user', 'enduser', 'customer', 'former')
    )
{%- endmacro %}

{#- The last instant at which a repeated contact counts against a first solution. -#}
{% macro fcr_window_end(first_solved_at) -%}
    ({{ first_solved_at }} + interval {{ var("fcr_window_days") }} day)
{%- endmacro %}

{#- Whether somebody waits for the first reply: as the source says, else unless an agent or bot opened the ticket. -#}
{% macro awaits_reply(needs_reply, submitter_type) -%}
    coalesce({{ needs_reply }}, coalesce({{ submitter_type }}, 'customer') = 'customer')
{%- endmacro %}

{#- The service level policy of tickets that name none, by the setting default_sla_policies, or null. -#}
{% macro default_sla_policy(source_system) -%}
    {%- set policies = var("default_sla_policies", {}) -%}
    {%- if policies -%}
        case {{ source_system }}
            {%- for source, policy in policies.items() %}
            when '{{ source }}' then '{{ policy | replace("'", "''") }}'
            {%- endfor %}
        end
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
