"""The billing system in Stripe: customers, products, prices, subscriptions and the invoices that tell what they cost.

Payers are customers; one that pays for a company has its name as `business_name`, and in metadata its domain and the id
that the CRM knows it by. What was invoiced when is up to `stripe_invoices`. Stripe has no exchange rates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ingest.demo import parameters as planted
from ingest.demo.shapes.extracts import Extracts
from ingest.demo.shapes.pages import Pages
from ingest.demo.shapes.stripe_invoices import FIRST_DAY, TABLES

_API = "https://api.stripe.com/v1"
_PAGE = 100
_DAYS = (planted.CUT - planted.FIRST_DAY).days
#: Lines of invoices that are written at once: those of all days would not fit into memory.
_LINES_AT_ONCE = 50_000

_CUSTOM_FIELDS = {
    "accounts": {"domain": "metadata.domain"},
    "contacts": {"external_ids": "metadata.external_ids", "is_test": "metadata.is_test"},
    "products": {"family": "metadata.family"},
}

_MACROS = (
    "create macro instant(moment) as epoch(moment)::bigint",
    # What Stripe lets customers choose from.
    """
    create macro feedback(reason) as map {
        'price': 'too_expensive', 'missing feature': 'missing_features', 'went to a competitor': 'switched_service',
        'no longer needed': 'unused'
    }[reason]
    """,
    """
    create macro price(id, product_id, plan, billing_interval, currency, unit_amount, created) as {
        'id': id,
        'object': 'price',
        'product': product_id,
        'nickname': plan,
        'active': true,
        'currency': lower(currency),
        'unit_amount': unit_amount,
        'unit_amount_decimal': unit_amount::varchar,
        'recurring': {'interval': billing_interval, 'interval_count': 1, 'usage_type': 'licensed'},
        'created': instant(created)
    }
    """,
)

_PAYERS = "create table payers as select contact_id, lower(trim(email)) as email from contacts"

_CUSTOMERS = """
    select to_json({{
        'id': contacts.contact_id,
        'object': 'customer',
        'name': coalesce(accounts.name, contacts.first_name || ' ' || contacts.last_name),
        'business_name': accounts.name,
        'individual_name': contacts.first_name || ' ' || contacts.last_name,
        'email': lower(trim(contacts.email)),
        'phone': contacts.phone,
        'description': null,
        'address': {{
            'city': null, 'country': contacts.country, 'line1': null, 'line2': null, 'postal_code': null, 'state': null
        }},
        'tax_exempt': 'none',
        'preferred_locales': [contacts.language],
        'created': instant(contacts.created_at::timestamptz),
        'livemode': true,
        'metadata': json_strip_nulls(to_json({{
            {company_ids}
            'domain': accounts.domain,
            'external_ids': contacts.external_ids,
            'is_test': contacts.is_test
        }}))
    }})
    from contacts
    left join (
        select distinct contact_id, account_id from subscriptions where account_id is not null
    ) as paid_for on contacts.contact_id = paid_for.contact_id
    left join accounts on paid_for.account_id = accounts.account_id
    order by contacts.created_at desc, contacts.contact_id
"""

_PRODUCTS = f"""
    select to_json({{
        'id': product_id,
        'object': 'product',
        'name': name,
        'description': null,
        'active': true,
        'default_price': price_of(product_id, 'month', currency, minor_units(list_price)),
        'created': instant({FIRST_DAY}),
        'updated': instant({FIRST_DAY}),
        'metadata': {{'family': family}}
    }})
    from products
    order by product_id
"""

_PRICE_LIST = """
    select to_json(price(price_id, product_id, plan, billing_interval, currency, unit_amount, created))
    from prices_sold
    order by created desc, price_id
"""

_SUBSCRIPTIONS = """
    with last_terms as (
        select * from terms qualify row_number() over (partition by known_as order by starts desc) = 1
    ),

    spans as (
        select
            known_as,
            min(starts) as starts,
            min(starts) filter (where status = 'trialing') as trial_starts,
            min(ends) filter (where status = 'trialing') as trial_ends
        from terms
        group by known_as
    ),

    last_cycles as (
        select known_as, max(starts) as starts, max_by(ends, starts) as ends from cycles group by known_as
    )

    select to_json({
        'id': 'sub_' || known_as,
        'object': 'subscription',
        'customer': last_terms.contact_id,
        'status': case when last_terms.ends is not null then 'canceled' else 'active' end,
        'items': {
            'object': 'list',
            'has_more': false,
            'data': [{
                'id': 'si_' || known_as,
                'object': 'subscription_item',
                'created': instant(spans.starts),
                'price': price(
                    price_id, last_terms.product_id, last_terms.plan, last_terms.billing_interval, last_terms.currency,
                    last_terms.unit_amount, prices_sold.created
                ),
                'quantity': last_terms.quantity,
                'subscription': 'sub_' || known_as
            }]
        },
        'currency': lower(last_terms.currency),
        'created': instant(spans.starts),
        'start_date': instant(spans.starts),
        'current_period_start': instant(last_cycles.starts),
        'current_period_end': instant(last_cycles.ends),
        'trial_start': instant(spans.trial_starts),
        'trial_end': instant(spans.trial_ends),
        'cancel_at': null,
        'cancel_at_period_end': false,
        'canceled_at': instant(last_terms.ends),
        'ended_at': instant(last_terms.ends),
        'cancellation_details': {
            'comment': null,
            'feedback': case when last_terms.is_voluntary then feedback(last_terms.cancel_reason) end,
            'reason': case
                when last_terms.is_voluntary = false then 'payment_failed'
                when last_terms.ends is not null then 'cancellation_requested'
            end
        },
        'pause_collection': case
            when last_terms.status = 'paused' and last_terms.ends is null
                then {'behavior': 'void', 'resumes_at': null}
        end,
        'livemode': true
    })
    from last_terms
    inner join spans using (known_as)
    inner join last_cycles using (known_as)
    inner join prices_sold using (price_id)
    order by spans.starts desc, known_as
"""

# Of some days at a time, the newest first.
_INVOICES = """
    with invoices as (
        select
            known_as,
            invoiced_on,
            any_value(terms.contact_id) as contact_id,
            any_value(terms.currency) as currency,
            -- The last line is under the terms that hold from then on.
            max_by(terms.status, lines.place) as status,
            sum(amount)::bigint as amount,
            list(
                {{
                    'id': 'il_' || known_as || 'd' || strftime(invoiced_on, '%Y%m%d') || lines.place,
                    'object': 'line_item',
                    'amount': amount,
                    'currency': lower(terms.currency),
                    'discount_amounts': [],
                    'period': {{'start': instant(lines.starts), 'end': instant(lines.ends)}},
                    'price': price(
                        price_id, terms.product_id, terms.plan, terms.billing_interval, terms.currency,
                        terms.unit_amount, prices_sold.created
                    ),
                    'proration': is_proration,
                    'quantity': terms.quantity,
                    'subscription': 'sub_' || known_as,
                    'subscription_item': 'si_' || known_as,
                    'type': case when is_proration then 'invoiceitem' else 'subscription' end
                }}
                order by lines.place
            ) as lines
        from lines
        inner join terms using (known_as)
        inner join prices_sold using (price_id)
        where lines.terms_place = terms.place and invoiced_on > date '{last}' - {days} and invoiced_on <= date '{last}'
        group by known_as, invoiced_on
    )

    select to_json({{
        'id': 'in_' || known_as || 'd' || strftime(invoiced_on, '%Y%m%d'),
        'object': 'invoice',
        'number': upper(known_as) || '-' || strftime(invoiced_on, '%Y%m%d'),
        'customer': invoices.contact_id,
        'customer_email': payers.email,
        'subscription': 'sub_' || known_as,
        'status': case when invoices.status = 'paused' then 'void' else 'paid' end,
        'currency': lower(invoices.currency),
        'subtotal': amount,
        'tax': null,
        'total': amount,
        'total_excluding_tax': amount,
        'total_discount_amounts': [],
        'discounts': [],
        'lines': {{'object': 'list', 'has_more': false, 'data': lines}},
        'created': instant(invoiced_on),
        'status_transitions': {{
            'finalized_at': instant(invoiced_on),
            'marked_uncollectible_at': null,
            'paid_at': case when invoices.status <> 'paused' then instant(invoiced_on) end,
            'voided_at': case when invoices.status = 'paused' then instant(invoiced_on) end
        }},
        'livemode': true
    }})
    from invoices
    left join payers on invoices.contact_id = payers.contact_id
    order by invoiced_on desc, known_as
"""


def write(extracts: Extracts, pages: Pages) -> dict[str, Any]:
    """Write the billing system as Stripe's records.

    Returns:
        The settings with which they say the same as the extracts.
    """
    extracts.prepare(*_MACROS, *TABLES, _PAYERS)
    systems = extracts.rows("select distinct unnest(json_keys(external_ids)) as system from accounts order by system")
    company_ids = {system: f"{system}_account_id" for (system,) in systems}
    told = " ".join(f"'{key}': accounts.external_ids ->> '{system}'," for system, key in company_ids.items())
    for entity, asked, query in (
        ("customers", "customers", _CUSTOMERS.format(company_ids=told)),
        ("products", "products", _PRODUCTS),
        ("prices", "prices?active=true", _PRICE_LIST),
        ("subscriptions", "subscriptions?status=all", _SUBSCRIPTIONS),
    ):
        pages.write(entity, extracts.records(query), url=f"{_API}/{asked}", page_size=_PAGE)
    pages.write("invoices", _invoices(extracts), url=f"{_API}/invoices", page_size=_PAGE)
    return {"stripe_company_ids": company_ids, "custom_fields": {"stripe": _CUSTOM_FIELDS}}


def _invoices(extracts: Extracts) -> Iterator[str]:
    """All invoices, the newest first."""
    [(lines,)] = extracts.rows("select count(*) from lines")
    days = max(1, _DAYS * _LINES_AT_ONCE // max(lines, _LINES_AT_ONCE))
    for before in range(0, _DAYS, days):
        last = planted.AS_OF - timedelta(days=before)
        yield from extracts.records(_INVOICES.format(last=last, days=days))
