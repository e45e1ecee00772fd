"""One record of each vendor as large as in life: the fields of the documentation's examples, with texts of their own.

`@number`, `@id` and `@at` are filled in by `benchmarks.fake_vendors`, per record.
"""

from random import Random
from typing import Any

Record = dict[str, Any]

_NAMES = (
    "Ana de la Cruz",
    "Ben Okafor",
    "Chloé Dubois",
    "Dmitri Ivanov",
    "Eun-ji Park",
    "Fátima Zahra",
    "Günther Weiß",
)
_CITIES = ("Louisville", "Köln", "São Paulo", "Lyon", "Osaka", "Kraków", "Nairobi", "Leeds")
_SYLLABLES = (
    "ba",
    "den",
    "er",
    "fi",
    "gan",
    "ho",
    "in",
    "ka",
    "le",
    "mo",
    "nu",
    "or",
    "pre",
    "ri",
    "sta",
    "te",
    "un",
    "vo",
)


def _vocabulary() -> tuple[list[str], list[float]]:
    """Words of which some are frequent and most are rare, as in texts of people: else they would not shrink alike."""
    random = Random(0)
    words = ["".join(random.choices(_SYLLABLES, k=random.randint(1, 4))) for _ in range(4000)]
    return words, [1 / rank for rank in range(1, len(words) + 1)]


_WORDS, _WEIGHTS = _vocabulary()


def _words(random: Random, count: int) -> str:
    return " ".join(random.choices(_WORDS, _WEIGHTS, k=count))


def _instant(random: Random) -> str:
    return f"2026-0{random.randint(1, 5)}-{random.randint(10, 28)}T{random.randint(10, 23)}:{random.randint(10, 59)}:07"


def _number(random: Random) -> int:
    return random.randint(10**9, 10**10)


def _hex(random: Random, digits: int) -> str:
    return f"{random.getrandbits(4 * digits):0{digits}x}"


def freshdesk(random: Random) -> Record:
    text = _words(random, 90)
    instants = ("first_responded_at", "status_updated_at", "resolved_at", "closed_at", "agent_responded_at")
    return {
        "cc_emails": [],
        "fwd_emails": [],
        "reply_cc_emails": [],
        "fr_escalated": False,
        "spam": False,
        "email_config_id": None,
        "group_id": _number(random),
        "priority": random.randint(1, 4),
        "requester_id": _number(random),
        "responder_id": _number(random),
        "source": 2,
        "company_id": _number(random),
        "status": 5,
        "subject": _words(random, 6),
        "to_emails": None,
        "product_id": None,
        "id": "@number",
        "type": "Question",
        "due_by": f"{_instant(random)}Z",
        "fr_due_by": f"{_instant(random)}Z",
        "is_escalated": False,
        "description": f"<div>{text}</div>",
        "description_text": text,
        "custom_fields": {f"cf_{name}": random.choice(("Yes", "No", None)) for name in ("vip", "device", "root_cause")},
        "created_at": f"{_instant(random)}Z",
        "updated_at": "@atZ",
        "tags": _words(random, 2).split(),
        "stats": {name: f"{_instant(random)}Z" for name in instants} | {"reopened_at": None, "pending_since": None},
    }


def hubspot(random: Random) -> Record:
    company = str(_number(random))
    return {
        "id": "@id",
        "properties": {
            "hs_object_id": "@id",
            "email": f"{_hex(random, 10)}@example.com",
            "hs_additional_emails": None,
            "firstname": random.choice(_NAMES),
            "lastname": _words(random, 1),
            "phone": f"+49 221 {_number(random)}",
            "mobilephone": None,
            "hs_calculated_phone_number": f"+49221{_number(random)}",
            "hs_calculated_mobile_number": None,
            "date_of_birth": None,
            "gender": None,
            "country": "Germany",
            "hs_country_region_code": "DE",
            "state": None,
            "city": random.choice(_CITIES),
            "address": f"{_words(random, 2)} {random.randint(1, 99)}",
            "zip": str(random.randint(10_000, 99_999)),
            "company": _words(random, 2),
            "jobtitle": _words(random, 2),
            "hs_language": "de",
            "hs_timezone": "europe_slash_berlin",
            "twitterhandle": None,
            "lifecyclestage": random.choice(("lead", "customer", "opportunity")),
            "hs_lead_status": None,
            "hs_buying_role": None,
            "hs_lifecyclestage_customer_date": f"{_instant(random)}.123Z",
            "hs_analytics_source": "ORGANIC_SEARCH",
            "hubspotscore": str(random.randint(0, 100)),
            "hs_email_optout": None,
            "hubspot_owner_id": str(_number(random)),
            "associatedcompanyid": company,
            "hs_merged_object_ids": None,
            "hs_calculated_merged_vids": None,
            "createdate": f"{_instant(random)}.123Z",
            "lastmodifieddate": f"{_instant(random)}.456Z",
        },
        "createdAt": f"{_instant(random)}.123Z",
        "updatedAt": f"{_instant(random)}.456Z",
        "archived": False,
        "url": "https://app.hubspot.com/contacts/1/record/0-1/@id",
        "associations": {
            "companies": {
                "results": [
                    {"id": company, "type": "contact_to_company"},
                    {"id": company, "type": "contact_to_company_unlabeled"},
                ]
            }
        },
    }


def qualtrics(random: Random) -> Record:
    questions = {f"QID{number}": random.randint(1, 5) for number in range(3, 15)}
    labels = {name: random.choice(("Satisfied", "Neither satisfied nor dissatisfied")) for name in questions}
    return {
        "responseId": "R_@id",
        "values": {
            "startDate": f"{_instant(random)}Z",
            "endDate": f"{_instant(random)}Z",
            "status": 0,
            "ipAddress": "192.0.2.1",
            "progress": 100,
            "duration": random.randint(30, 900),
            "finished": 1,
            "recordedDate": f"{_instant(random)}.123Z",
            "_recordId": "R_@id",
            "locationLatitude": f"{random.uniform(-90, 90):.4f}",
            "locationLongitude": f"{random.uniform(-180, 180):.4f}",
            "recipientEmail": f"{_hex(random, 10)}@example.com",
            "externalDataReference": _hex(random, 12),
            "distributionChannel": "email",
            "userLanguage": "EN",
            "QID1": random.randint(0, 10),
            "QID1_NPS_GROUP": 3,
            "QID2_TEXT": _words(random, 40),
            "ticket_id": str(_number(random)),
            **questions,
        },
        "labels": {"status": "IP Address", "finished": "True", **labels},
        "displayedFields": [*questions, "QID1", "QID2_TEXT"],
        "displayedValues": {name: [1, 2, 3, 4, 5] for name in questions},
    }


def salesforce(random: Random) -> Record:
    at = f"{_instant(random)}.000+0000"
    return {
        "attributes": {"type": "Contact", "url": "/services/data/v65.0/sobjects/Contact/003@idAAA"},
        "Id": "003@idAAA",
        "IsDeleted": False,
        "MasterRecordId": None,
        "AccountId": f"001{_hex(random, 12)}AAA",
        "OwnerId": f"005{_hex(random, 12)}AAA",
        "ReportsToId": None,
        "FirstName": random.choice(_NAMES),
        "LastName": _words(random, 1),
        "Email": f"{_hex(random, 10)}@example.com",
        "Phone": f"+49 221 {_number(random)}",
        "MobilePhone": None,
        "Title": _words(random, 2),
        "Department": None,
        "Birthdate": None,
        "MailingStreet": f"{_words(random, 2)} {random.randint(1, 99)}",
        "MailingCity": random.choice(_CITIES),
        "MailingState": None,
        "MailingPostalCode": str(random.randint(10_000, 99_999)),
        "MailingCountry": "Germany",
        "MailingCountryCode": "DE",
        "LeadSource": "Web",
        "HasOptedOutOfEmail": False,
        "IsPersonAccount": False,
        "CurrencyIsoCode": "EUR",
        "CreatedDate": at,
        "CreatedById": f"005{_hex(random, 12)}AAA",
        "LastModifiedDate": at,
        "SystemModstamp": at,
    }


def shopify(random: Random) -> Record:
    at = f"{_instant(random)}-05:00"
    email, price = f"{_hex(random, 10)}@example.com", f"{random.randint(5, 300)}.99"
    lines = [
        {
            "id": _number(random),
            "variant_id": _number(random),
            "product_id": _number(random),
            "title": _words(random, 3),
            "sku": f"SKU-{_hex(random, 6)}",
            "vendor": _words(random, 1),
            "price": price,
            "quantity": random.randint(1, 3),
            "current_quantity": 1,
            "fulfillment_status": "fulfilled",
            "gift_card": False,
            "taxable": True,
            "requires_shipping": True,
            "total_discount": "0.00",
            "properties": [],
            "discount_allocations": [],
            "tax_lines": [{"price": "1.90", "rate": 0.19, "title": "VAT", "channel_liable": False}],
        }
        for _ in range(random.randint(1, 4))
    ]
    return {
        "id": "@number",
        "name": "#@id",
        "order_number": "@number",
        "test": False,
        "confirmed": True,
        "email": email,
        "contact_email": email,
        "phone": None,
        "customer": {
            "id": _number(random),
            "email": email,
            "first_name": random.choice(_NAMES),
            "last_name": _words(random, 1),
            "state": "enabled",
            "currency": "EUR",
            "default_address": {"address1": _words(random, 3), "city": random.choice(_CITIES), "country_code": "DE"},
        },
        "company": None,
        "user_id": None,
        "location_id": None,
        "checkout_id": _number(random),
        "app_id": 580111,
        "source_name": "web",
        "landing_site": f"/products/{_hex(random, 8)}?utm_source=newsletter",
        "referring_site": "https://www.example.com/",
        "client_details": {"browser_ip": "192.0.2.1", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"},
        "customer_locale": "de",
        "tags": _words(random, 2),
        "financial_status": "paid",
        "fulfillment_status": "fulfilled",
        "cancel_reason": None,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "taxes_included": True,
        "total_line_items_price": price,
        "total_discounts": "0.00",
        "subtotal_price": price,
        "total_tax": "1.90",
        "total_price": price,
        "total_tip_received": "0.00",
        "current_total_price": price,
        "payment_gateway_names": ["shopify_payments"],
        "discount_codes": [],
        "line_items": lines,
        "shipping_lines": [{"id": _number(random), "title": "Standard", "price": "4.90", "tax_lines": []}],
        "refunds": [],
        "processed_at": at,
        "created_at": at,
        "cancelled_at": None,
        "closed_at": at,
        "updated_at": at,
    }


def stripe(random: Random) -> Record:
    amount, secret = random.randint(100, 99_999), _hex(random, 24)
    address = {"city": random.choice(_CITIES), "country": "DE", "line1": None, "line2": None, "postal_code": "50667"}
    checks = {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"}
    return {
        "id": "ch_@id",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_{secret}",
        "billing_details": {"address": address, "email": None, "name": random.choice(_NAMES), "phone": None},
        "calculated_statement_descriptor": "ACME SHOP",
        "captured": True,
        "created": random.randint(1_700_000_000, 1_780_000_000),
        "currency": "eur",
        "customer": f"cus_{_hex(random, 14)}",
        "description": "Subscription update",
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "invoice": f"in_{secret}",
        "livemode": True,
        "metadata": {"order": _hex(random, 8)},
        "on_behalf_of": None,
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": random.randint(1, 60),
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": f"pi_{secret}",
        "payment_method": f"pm_{secret}",
        "payment_method_details": {
            "card": {
                "amount_authorized": amount,
                "brand": "visa",
                "checks": checks,
                "country": "DE",
                "exp_month": 4,
                "exp_year": 2028,
                "extended_authorization": {"status": "disabled"},
                "fingerprint": _hex(random, 16),
                "funding": "credit",
                "installments": None,
                "last4": str(random.randint(1000, 9999)),
                "network": "visa",
                "three_d_secure": None,
                "wallet": None,
            },
            "type": "card",
        },
        "receipt_email": f"{_hex(random, 10)}@example.com",
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/invoices/{_hex(random, 80)}?s=ap",
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def surveymonkey(random: Random) -> Record:
    questions = [
        {
            "id": str(300 + number),
            "answers": [
                {"row_id": "41", "choice_id": str(random.randint(5000, 5010)), "choice_metadata": {"weight": "0"}}
            ],
        }
        for number in range(12)
    ]
    texts = [{"id": "330", "answers": [{"tag_data": [], "text": _words(random, 40)}]}]
    return {
        "id": "@id",
        "recipient_id": str(_number(random)),
        "collection_mode": "default",
        "response_status": "completed",
        "custom_value": "",
        "first_name": random.choice(_NAMES),
        "last_name": "",
        "email_address": f"{_hex(random, 10)}@example.com",
        "ip_address": "192.0.2.1",
        "logic_path": {},
        "metadata": {"contact": {}},
        "page_path": [],
        "collector_id": str(_number(random)),
        "survey_id": "318754279",
        "custom_variables": {"ticket_id": str(_number(random))},
        "edit_url": f"https://www.surveymonkey.com/r/?sm={_hex(random, 40)}",
        "analyze_url": f"https://www.surveymonkey.com/analyze/browse/{_hex(random, 24)}?respondent_id=@id",
        "total_time": random.randint(30, 900),
        "date_modified": "@at+00:00",
        "date_created": f"{_instant(random)}+00:00",
        "href": "https://api.surveymonkey.com/v3/surveys/318754279/responses/@id",
        "pages": [{"id": "201", "questions": questions + texts}],
    }


def zendesk(random: Random) -> Record:
    fields = [
        {"id": 360_000_000_000 + place, "value": random.choice((None, "billing", True, "tier_2"))}
        for place in range(15)
    ]
    return {
        "url": "https://acme.zendesk.com/api/v2/tickets/@id.json",
        "id": "@number",
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": f"{_hex(random, 10)}@example.com"}, "rel": None}},
        "created_at": f"{_instant(random)}Z",
        "updated_at": f"{_instant(random)}Z",
        "generated_timestamp": random.randint(1_700_000_000, 1_780_000_000),
        "type": "incident",
        "subject": _words(random, 6),
        "raw_subject": _words(random, 6),
        "description": _words(random, 90),
        "priority": "normal",
        "status": "closed",
        "recipient": "help@acme.example",
        "requester_id": _number(random),
        "submitter_id": _number(random),
        "assignee_id": _number(random),
        "organization_id": _number(random),
        "group_id": _number(random),
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": _words(random, 4).split(),
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": {"score": "good", "comment": _words(random, 8)},
        "sharing_agreement_ids": [],
        "custom_status_id": 5,
        "followup_ids": [],
        "ticket_form_id": _number(random),
        "brand_id": _number(random),
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }
