-- Grain: one row per action of a source system, in its state at as_of.
-- An action is done by as_of if it has a day by then, or if only its status says so. It is overdue once its due day is
-- over and it is neither done nor cancelled. What is done costs what its currency was worth on that day, what is not
-- what it is worth at as_of.

with actions as (

    select
        *,
        {{ currency_code("currency") }} as cost_currency,
        case when done_on <= {{ as_of_date() }} then done_on end as known_done_on,
        coalesce(updated_at < {{ as_of_cut() }}, true) as is_status_known
    from {{ ref("int_actions_current") }}
    where not coalesce(is_deleted, false)
),

done_actions as (

    select
        *,
        known_done_on is not null
        or (done_on is null and is_status_known and {{ says_done("status") }}) as is_done
    from actions
),

judged_actions as (

    select
        *,
        case
            when is_done then 'done'
            when is_status_known and {{ says_cancelled("status") }} then 'cancelled'
            when due_on <= {{ as_of_date() }} then 'overdue'
            else 'open'
        end as state,
        coalesce(known_done_on, {{ as_of_date() }}) as rate_date
    from done_actions
),

goals as (

    select * from {{ ref("dim_goals") }}
),

exchange_rates as (

    select * from {{ ref("int_exchange_rates_daily") }}
),

fct_actions as (

    select
        {{ surrogate_key(["actions.source_system", "actions.action_id"]) }} as action_key,
        actions.source_system,
        actions.action_id,
        coalesce(goals.goal_key, -1) as goal_key,
        actions.goal_id,

        actions.name,
        actions.state,
        case when actions.is_status_known then actions.status end as stated_status,
        actions.owner,
        actions.department,
        actions.process_code,
        actions.priority,
        actions.cost_currency as currency,

        actions.cost as cost_amount,
        {{ rate_to_reporting("actions.cost_currency", "exchange_rates.rate") }} as exchange_rate,
        {{ in_reporting_currency("actions.cost", "actions.cost_currency", "exchange_rates.rate") }} as amount,

        actions.is_done,
        actions.state = 'overdue' as is_overdue,
        coalesce(actions.known_done_on > actions.due_on, false) as is_done_late,

        actions.due_on,
        actions.known_done_on as done_on
    from judged_actions as actions
    left join goals
        on
            actions.source_system = goals.source_system
            and actions.goal_id = goals.goal_id
    left join exchange_rates
        on
            actions.cost_currency = exchange_rates.from_currency
            and actions.rate_date = exchange_rates.rate_date
)

select * from fct_actions
