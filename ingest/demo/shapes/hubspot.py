"""The CRM in HubSpot: companies, contacts and deals with their associations, in the shape of its API (version 3).

Segment, test flag, consent and the like are properties of the company's own, as are the stages of its pipeline. A lead
that was merged into its contact is told by the survivor, as HubSpot does. Other systems know people and companies by
HubSpot's numbers.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.demo.shapes.extracts import Extracts, replace_in
from ingest.demo.shapes.pages import Pages

_API = "https://api.hubapi.com/crm/v3/objects"
_PAGE = 100
_FIRST_CONTACT = 50_000_000_000
_FIRST_COMPANY = 20_000_000_000
_FIRST_DEAL = 30_000_000_000
_FIRST_OWNER = 40_000_000

_SETTINGS = {
    "custom_fields": {
        "hubspot": {
            "accounts": {"currency": "currency", "tier": "customer_tier"},
            "contacts": {
                "acquisition_source": "acquisition_source",
                "is_test": "is_test",
                "marketing_consent": "marketing_consent",
                "segment": "segment",
            },
            "opportunities": {"competitor": "competitor"},
        }
    }
}

_NUMBERS = (
    f"create macro contact_number(id) as {_FIRST_CONTACT} + id::bigint",
    f"create macro company_number(id) as {_FIRST_COMPANY} + substr(id, 5)::bigint",
)

_COMPANIES = """
    select to_json({
        'id': company_number(account_id)::varchar,
        'properties': {
            'hs_object_id': company_number(account_id)::varchar,
            'name': name,
            'domain': domain,
            'industry': industry,
            'numberofemployees': employee_count,
            'hs_country_code': country,
            'createdate': created_at,
            'hs_lastmodifieddate': updated_at,
            'currency': currency,
            'customer_tier': tier
        },
        'createdAt': created_at,
        'updatedAt': updated_at,
        'archived': false
    })
    from accounts
    order by account_id
"""

# Whoever is the first of a company decides and pays: HubSpot holds that as buying roles.
_BUYING_ROLES = """
    create table buying_roles as
    select
        contact_id,
        string_agg(
            case role
                when 'decision_maker' then 'DECISION_MAKER'
                when 'influencer' then 'INFLUENCER'
                when 'payer' then 'BUDGET_HOLDER'
                when 'user' then 'END_USER'
            end,
            ';' order by role
        ) as buying_role
    from account_contacts
    group by contact_id
"""

# A merge happened when the survivor became a customer; the oldest date of creation is kept.
_MERGES = """
    create table merges as
    select
        leads.merged_into_id as contact_id,
        string_agg(contact_number(leads.contact_id)::varchar, ';' order by leads.contact_id) as merged_ids,
        string_agg(
            contact_number(leads.contact_id) || ':' || epoch_ms(survivors.created_at::timestamptz),
            ';' order by leads.contact_id
        ) as merged_vids,
        min(leads.created_at) as oldest_created_at
    from contacts as leads
    inner join (select contact_id, min(created_at) as created_at from contacts group by contact_id) as survivors
        on leads.merged_into_id = survivors.contact_id
    group by leads.merged_into_id
"""

# What a pull of the first day and later pulls of what had changed since would have landed.
_CONTACTS = """
    select to_json({{
        'id': contact_number(contact_id)::varchar,
        'properties': {{
            'hs_object_id': contact_number(contact_id)::varchar,
            'firstname': first_name,
            'lastname': last_name,
            'email': lower(trim(email)),
            'phone': phone,
            'hs_country_region_code': country,
            'city': city,
            'hs_language': language,
            'lifecyclestage': lifecycle_stage,
            'hs_buying_role': buying_role,
            'hs_merged_object_ids': merged_ids,
            'hs_calculated_merged_vids': merged_vids,
            'createdate': first_created_at,
            'lastmodifieddate': updated_at,
            'acquisition_source': acquisition_source,
            'is_test': is_test,
            'marketing_consent': marketing_consent,
            'segment': segment
        }},
        'associations': case when account_id is not null then {{
            'companies': {{
                'results': [
                    {{'id': company_number(account_id)::varchar, 'type': 'contact_to_company'}},
                    {{'id': company_number(account_id)::varchar, 'type': 'contact_to_company_unlabeled'}}
                ]
            }}
        }} end,
        'createdAt': first_created_at,
        'updatedAt': updated_at,
        'archived': false
    }})
    from (
        select
            *,
            least(created_at, oldest_created_at) as first_created_at,
            row_number() over (partition by contact_id order by updated_at) > 1 as is_change
        from contacts
        left join buying_roles using (contact_id)
        left join merges using (contact_id)
        where merged_into_id is null
    )
    where {condition}
    order by updated_at, contact_id
"""

_DEALS = f"""
    select to_json({{
        'id': ({_FIRST_DEAL} + substr(opportunity_id, 5)::bigint)::varchar,
        'properties': {{
            'hs_object_id': ({_FIRST_DEAL} + substr(opportunity_id, 5)::bigint)::varchar,
            'dealname': name,
            'pipeline': 'default',
            'dealstage': stage,
            'amount': amount,
            'deal_currency_code': currency,
            'hs_deal_stage_probability': probability,
            'hs_is_closed': is_closed,
            'hs_is_closed_won': is_won,
            'closedate': coalesce(closed_at, expected_close_on || 'T00:00:00Z'),
            'closed_lost_reason': lost_reason,
            'hubspot_owner_id': ({_FIRST_OWNER} + substr(owner_id, 7)::bigint)::varchar,
            'createdate': created_at,
            'hs_lastmodifieddate': updated_at,
            'competitor': competitor
        }},
        'associations': {{
            'companies': {{'results': [{{'id': company_number(account_id)::varchar, 'type': 'deal_to_company'}}]}},
            'contacts': {{'results': [{{'id': contact_number(contact_id)::varchar, 'type': 'deal_to_contact'}}]}}
        }},
        'createdAt': created_at,
        'updatedAt': updated_at,
        'archived': false
    }})
    from opportunities
    order by updated_at, opportunity_id
"""

# The CRM's ids as JSON and CSV spell them in `external_ids`.
_REFERENCE = re.compile(rb'(\\?"|"")crm\1: \1(ACC-)?(\d+)\1')


def write(extracts: Extracts, pages: Pages) -> dict[str, Any]:
    """Write the CRM as HubSpot's records, and name them in the extracts of all other systems.

    Returns:
        The settings with which they say the same as the extracts.
    """
    extracts.prepare(*_NUMBERS, _BUYING_ROLES, _MERGES)
    pages.write("companies", extracts.records(_COMPANIES), url=f"{_API}/companies", page_size=_PAGE)
    for name, condition in (("first_pull", "not is_change"), ("later_pulls", "is_change")):
        records = extracts.records(_CONTACTS.format(condition=condition))
        url = f"{_API}/contacts?associations=companies"
        pages.write("contacts", records, url=url, page_size=_PAGE, name=name)
    url = f"{_API}/deals?associations=companies,contacts"
    pages.write("deals", extracts.records(_DEALS), url=url, page_size=_PAGE)
    for entity in ("accounts", "contacts"):
        for path in sorted(extracts.landing.glob(f"*/{entity}/*")):
            if path.parts[-3] not in ("hubspot", extracts.system):
                replace_in(path, _REFERENCE, _hubspot_reference)
    return _SETTINGS


def _hubspot_reference(found: re.Match[bytes]) -> bytes:
    quote, account, number = found[1], found[2], int(found[3])
    return b"%shubspot%s: %s%d%s" % (
        quote,
        quote,
        quote,
        number + (_FIRST_COMPANY if account else _FIRST_CONTACT),
        quote,
    )
