"""The help desk in Zendesk: its exports of tickets, ticket events and users, and its lists of groups and schedules.

Whoever writes to Zendesk is a user there, also those of whom the help desk only knows an address. Category, touchpoint,
schedule and the like are custom fields of tickets; country, test flag and what is known of agents are fields of users.
Comments have no text, because the demo company writes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.demo import parameters as planted
from ingest.demo.helpdesk import BOT, TEAM_NAMES
from ingest.demo.shapes.extracts import Extracts
from ingest.demo.shapes.pages import Pages

_API = "https://demo.zendesk.com/api/v2"
_EXPORT_PAGE = 1_000
_LIST_PAGE = 100
_FIRST_GUEST = 7_000_000_000
_SINCE = f"{planted.FIRST_DAY.isoformat()}T00:00:00Z"

#: Tickets pass through the front line before some of them go to a team.
_GROUPS = {name: 360_100 + number for number, name in enumerate([*TEAM_NAMES, "frontline"])}
_SCHEDULES = {"SCH-WARSAW": 360_201, "SCH-NEWYORK": 360_202, "SCH-ALWAYS": 360_203}
#: Zendesk's own names of time zones.
_TIME_ZONES = {"Europe/Warsaw": "Warsaw", "America/New_York": "Eastern Time (US & Canada)"}
#: The company's own fields of tickets, by the canonical column that each tells.
_TICKET_FIELDS = {
    "category": 360_301,
    "touchpoint": 360_302,
    "is_complaint": 360_303,
    "is_spam": 360_304,
    "language": 360_305,
    "order_id": 360_306,
    "schedule_id": 360_307,
    "sla_policy_id": 360_308,
}
_SETTINGS = {
    "zendesk_default_schedules": [str(_SCHEDULES["SCH-WARSAW"])],
    "custom_fields": {
        "zendesk": {
            "tickets": {column: f"custom_fields.{number}" for column, number in _TICKET_FIELDS.items()},
            "contacts": {name: f"user_fields.{name}" for name in ("country", "external_ids", "is_test")},
            "agents": {
                "hired_at": "user_fields.hired_at",
                "is_bot": "user_fields.is_bot",
                "left_at": "user_fields.left_at",
                "role": "user_fields.position",
            },
        }
    },
}


def _map(numbers: Mapping[str, int | str]) -> str:
    entries = ", ".join(f"'{name}': {number!r}" for name, number in numbers.items())
    return f"map {{{entries}}}"


_NUMBERS = (
    f"create macro group_number(team) as {_map(_GROUPS)}[team]",
    f"create macro schedule_number(id) as {_map(_SCHEDULES)}[id]",
    f"create macro agent_number(id) as 1000 + case when id = '{BOT}' then 0 else substr(id, 4)::bigint end",
    "create macro locale(language) as map {'en': 'en-US', 'de': 'de', 'fr': 'fr'}[language]",
    # A guest is known by an address or a telephone, and by nothing else.
    "create macro guest_key(email, phone) as coalesce(lower(trim(email)), phone)",
)

_GUESTS = f"""
    create table guests as
    select
        {_FIRST_GUEST} + row_number() over (order by guest_key(requester_email, requester_phone)) as user_id,
        guest_key(requester_email, requester_phone) as guest_key,
        any_value(requester_email) is null as is_caller,
        min(created_at) as created_at
    from tickets
    where requester_id is null
    group by guest_key
"""

# Who asked, and who wrote the request down: the requester, or the agent whose comment opens the ticket.
_REQUESTERS = """
    create table requesters as
    select
        tickets.ticket_id::bigint as ticket_id,
        coalesce(tickets.requester_id::bigint, guests.user_id) as requester_id,
        coalesce(agent_number(openers.actor_id), tickets.requester_id::bigint, guests.user_id) as submitter_id
    from tickets
    left join guests on guest_key(tickets.requester_email, tickets.requester_phone) = guests.guest_key
    left join (
        select ticket_id, actor_id
        from ticket_events
        where event_type = 'status' and new_value = 'new' and actor_type = 'agent'
    ) as openers on tickets.ticket_id = openers.ticket_id
"""

_GROUP_RECORDS = f"""
    select to_json({{
        'id': entry.value, 'name': entry.key, 'deleted': false, 'created_at': '{_SINCE}', 'updated_at': '{_SINCE}'
    }})
    from (select unnest(map_entries({_map(_GROUPS)})) as entry)
    order by entry.value
"""

_USERS = """
    select to_json({
        'id': id,
        'name': name,
        'email': lower(trim(email)),
        'phone': phone,
        'shared_phone_number': false,
        'role': role,
        'locale': locale(language),
        'default_group_id': group_number(team),
        'active': true,
        'user_fields': user_fields,
        'created_at': created_at,
        'updated_at': updated_at
    })
    from (
        select
            contact_id::bigint as id,
            first_name || ' ' || last_name as name,
            email,
            phone,
            'end-user' as role,
            language,
            null as team,
            to_json({'country': country, 'is_test': is_test::json, 'external_ids': external_ids}) as user_fields,
            created_at,
            updated_at
        from contacts
        union all by name
        select
            user_id as id,
            case when is_caller then 'Caller ' || guest_key else split_part(guest_key, '@', 1) end as name,
            case when not is_caller then guest_key end as email,
            case when is_caller then guest_key end as phone,
            'end-user' as role,
            to_json({'country': null, 'is_test': false, 'external_ids': null}) as user_fields,
            created_at,
            created_at as updated_at
        from guests
        union all by name
        select
            agent_number(agent_id) as id,
            name,
            email,
            'agent' as role,
            team,
            to_json(
                {'position': role, 'is_bot': is_bot::json, 'hired_at': hired_at, 'left_at': left_at}
            ) as user_fields,
            hired_at as created_at,
            valid_from as updated_at
        from agents
    )
    order by updated_at, id
"""

_TICKETS = f"""
    select to_json({{
        'id': requesters.ticket_id,
        'created_at': created_at,
        'updated_at': updated_at,
        'generated_timestamp': epoch(updated_at::timestamptz)::bigint,
        'type': type,
        'subject': subject,
        'priority': priority,
        'status': case when is_deleted = 'true' then 'deleted' else status end,
        'requester_id': requesters.requester_id,
        'submitter_id': requesters.submitter_id,
        'assignee_id': agent_number(assignee_id),
        'group_id': group_number(team),
        'tags': tags::json,
        'via': {{
            'channel': case channel when 'phone' then 'voice' else channel end,
            'source': {{
                'from': {{'ticket_id': follow_up_of_ticket_id::bigint}},
                'rel': case when follow_up_of_ticket_id is not null then 'follow_up' end
            }}
        }},
        'satisfaction_rating': {{'score': satisfaction}},
        'custom_fields': [
            {{'id': {_TICKET_FIELDS["category"]}, 'value': to_json(category)}},
            {{'id': {_TICKET_FIELDS["touchpoint"]}, 'value': to_json(touchpoint)}},
            {{'id': {_TICKET_FIELDS["is_complaint"]}, 'value': is_complaint::json}},
            {{'id': {_TICKET_FIELDS["is_spam"]}, 'value': is_spam::json}},
            {{'id': {_TICKET_FIELDS["language"]}, 'value': to_json(language)}},
            {{'id': {_TICKET_FIELDS["order_id"]}, 'value': to_json(order_id)}},
            {{'id': {_TICKET_FIELDS["schedule_id"]}, 'value': to_json(schedule_number(schedule_id)::varchar)}},
            {{'id': {_TICKET_FIELDS["sla_policy_id"]}, 'value': to_json(sla_policy_id)}}
        ]
    }})
    from tickets
    inner join requesters on tickets.ticket_id::bigint = requesters.ticket_id
    order by updated_at, requesters.ticket_id
"""

# What was done to a ticket, step by step, with who did it and what was before.
_STEPS = """
    create view steps as
    select
        ticket_events.ticket_id::bigint as ticket_id,
        split_part(event_id, '-', 2)::bigint as place,
        occurred_at,
        case actor_type
            when 'system' then -1
            when 'customer' then requesters.requester_id
            else agent_number(actor_id)
        end as updater_id,
        event_type,
        is_public,
        old_value,
        new_value,
        last_value(case when event_type = 'status' then new_value end ignore nulls) over before as status_before,
        last_value(case when event_type = 'satisfaction' then new_value end ignore nulls) over before as rating_before
    from ticket_events
    inner join requesters on ticket_events.ticket_id::bigint = requesters.ticket_id
    window before as (
        partition by ticket_events.ticket_id order by event_id rows between unbounded preceding and 1 preceding
    )
"""

# What one person does to a ticket at one instant is one record. A status that is set once more is no change. The ticket
# that takes over tells of a merge.
_TICKET_EVENTS = """
    select to_json({
        'id': id,
        'ticket_id': ticket_id,
        'created_at': occurred_at,
        'timestamp': epoch(occurred_at::timestamptz)::bigint,
        'updater_id': updater_id,
        'child_events': child_events,
        'merged_ticket_ids': merged_ticket_ids
    })
    from (
        select
            ticket_id * 1000 + 500 + min(place) as id,
            ticket_id,
            occurred_at,
            updater_id,
            list(
                case event_type
                    when 'comment' then to_json({
                        'id': ticket_id * 1000 + place, 'event_type': 'Comment', 'type': 'Comment',
                        'author_id': updater_id, 'public': is_public::boolean
                    })
                    when 'status' then case
                        when status_before is null then to_json({
                            'id': ticket_id * 1000 + place, 'event_type': 'Create', 'status': new_value
                        })
                        else to_json({
                            'id': ticket_id * 1000 + place, 'event_type': 'Change',
                            'status': new_value, 'previous_value': status_before
                        })
                    end
                    when 'delete' then to_json({
                        'id': ticket_id * 1000 + place, 'event_type': 'Change',
                        'status': 'deleted', 'previous_value': status_before
                    })
                    when 'assignee' then to_json({
                        'id': ticket_id * 1000 + place, 'event_type': 'Change',
                        'assignee_id': agent_number(new_value)::varchar, 'previous_value': null
                    })
                    when 'team' then to_json({
                        'id': ticket_id * 1000 + place, 'event_type': 'Change',
                        'group_id': group_number(new_value)::varchar,
                        'previous_value': group_number(old_value)::varchar
                    })
                    when 'satisfaction' then to_json({
                        'id': ticket_id * 1000 + place, 'event_type': 'Change',
                        'satisfaction_score': new_value, 'previous_value': coalesce(rating_before, 'unoffered')
                    })
                end
                order by place
            ) as child_events,
            []::bigint[] as merged_ticket_ids
        from steps
        where
            event_type <> 'merge'
            and not (event_type = 'status' and new_value is not distinct from status_before)
        group by ticket_id, occurred_at, updater_id
        union all
        select
            ticket_id * 1000 + 500 + place as id,
            new_value::bigint as ticket_id,
            occurred_at,
            updater_id,
            []::json[] as child_events,
            [ticket_id] as merged_ticket_ids
        from steps
        where event_type = 'merge'
    )
    order by occurred_at, id
"""

# Intervals count minutes from the beginning of Sunday.
_SCHEDULE_RECORDS = f"""
    select to_json({{
        'id': schedule_number(schedule_id),
        'name': schedule_id,
        'time_zone': {_map(_TIME_ZONES)}[timezone],
        'intervals': list(
            {{
                'start_time': weekday::bigint % 7 * 1440 + minute_of(opens_at),
                'end_time': weekday::bigint % 7 * 1440 + minute_of(closes_at)
            }}
            order by weekday::bigint % 7
        ),
        'created_at': '{_SINCE}',
        'updated_at': '{_SINCE}'
    }})
    from schedules
    group by schedule_id, timezone
    order by schedule_number(schedule_id)
"""
_MINUTES = "create macro minute_of(time) as split_part(time, ':', 1)::bigint * 60 + split_part(time, ':', 2)::bigint"

_HOLIDAYS = """
    select to_json({{
        'id': schedule_number(schedule_id) * 1000 + row_number() over (order by holiday_date),
        'name': name,
        'start_date': holiday_date,
        'end_date': holiday_date
    }})
    from holidays
    where schedule_number(schedule_id) = {number}
    order by holiday_date
"""


def write(extracts: Extracts, pages: Pages) -> dict[str, Any]:
    """Write the help desk as Zendesk's records.

    Returns:
        The settings with which they say the same as the extracts.
    """
    extracts.prepare(*_NUMBERS, _MINUTES, _GUESTS, _REQUESTERS, _STEPS)
    for entity, query in (("groups", _GROUP_RECORDS), ("schedules", _SCHEDULE_RECORDS)):
        pages.write(entity, extracts.records(query), url=f"{_API}/{entity}.json", page_size=_LIST_PAGE)
    for number in _SCHEDULES.values():
        records = extracts.records(_HOLIDAYS.format(number=number))
        url = f"{_API}/business_hours/schedules/{number}/holidays.json"
        pages.write("holidays", records, url=url, page_size=_LIST_PAGE, name=str(number))
    for entity, query in (("users", _USERS), ("tickets", _TICKETS), ("ticket_events", _TICKET_EVENTS)):
        url = f"{_API}/incremental/{entity}.json"
        pages.write(entity, extracts.records(query), url=url, page_size=_EXPORT_PAGE)
    return _SETTINGS
