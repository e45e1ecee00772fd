"""Salesforce: what can be pulled and how, as data. README.md beside this file says it in words.

The pages of Salesforce's documentation that these facts come from are linked there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.contracts import COMMON_COLUMNS, vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.salesforce import bulk
from ingest.sources.settings import Settings
from ingest.sources.vendor import (
    ClientCredentials,
    Endpoint,
    JwtBearer,
    Links,
    Params,
    RefreshToken,
    Refusal,
    Said,
    Variable,
    Vendor,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from ingest.sources.client import Client
    from ingest.sources.pages import Page

_VERSION = "v65.0"

#: A change can be seen when its transaction ends, which may be ten minutes after the instant that it is stamped with.
_LATE = timedelta(minutes=15)

#: Fields that there are only where a feature is in use: several currencies, person accounts, countries as a picklist,
#: contacts of opportunities.
_OF_FEATURES = {
    "CurrencyIsoCode",
    "IsPersonAccount",
    "PersonContactId",
    "BillingCountryCode",
    "MailingCountryCode",
    "CountryCode",
    "Opportunity.ContactId",
}


def _base_url(settings: Settings) -> str:
    if address := settings.get("BASE_URL"):
        return address
    domain = settings.part_of_address(
        "MY_DOMAIN",
        "the first part of your address: acme for acme.my.salesforce.com",
        only="the first part of the address only: acme for acme.my.salesforce.com, acme--test.sandbox for "
        "acme--test.sandbox.my.salesforce.com",
        pattern=r"[A-Za-z0-9][A-Za-z0-9-]*(\.(sandbox|develop|scratch|trailblaze|demo))?",
    )
    return f"https://{domain}.my.salesforce.com/services/data/{_VERSION}"


def _credentials(settings: Settings) -> ClientCredentials | JwtBearer | RefreshToken:
    scheme, host, *_ = urlsplit(_base_url(settings))
    token_url = f"{scheme}://{host}/services/oauth2/token"
    client_id = settings.require("CLIENT_ID", "the consumer key of the external client app")
    # Elsewhere than at its own organization a client is not known.
    place = "BASE_URL" if settings.get("BASE_URL") else "MY_DOMAIN"
    if settings.get("USERNAME") or settings.get("PRIVATE_KEY_FILE"):
        username = settings.require("USERNAME", "the name by which the user logs in for whom is asked")
        is_sandbox = re.search(r"\.(sandbox|scratch)\.", host)
        audience = "https://test.salesforce.com" if is_sandbox else "https://login.salesforce.com"
        variables = ("CLIENT_ID", "USERNAME", "PRIVATE_KEY_FILE", place)
        return JwtBearer(token_url, client_id, username, _private_key(settings), audience, variables)
    client_secret = settings.require("CLIENT_SECRET", "the consumer secret of the external client app")
    if token := settings.get("REFRESH_TOKEN"):
        variables = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", place)
        return RefreshToken(token_url, client_id, client_secret, token, variables)
    return ClientCredentials(token_url, client_id, client_secret, "", ("CLIENT_ID", "CLIENT_SECRET", place))


def _private_key(settings: Settings) -> RSAPrivateKey:
    from ingest.sources.jwt import private_key  # whoever reads the variables of vendors need not wait for it

    path = settings.require("PRIVATE_KEY_FILE", "the file of the key whose certificate the external client app has")
    try:
        return private_key(Path(path).expanduser().read_bytes())
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ValueError:
        reason = "holds no RSA key in PEM without a passphrase"
    raise SourceError(
        f"{settings.source}: the file that {settings.variable('PRIVATE_KEY_FILE')} names {reason}: name the private "
        "key that belongs to the certificate of the external client app"
    )


def _whoami(answer: Mapping[str, Any]) -> str | None:
    records = answer.get("records")
    if not isinstance(records, list) or not records:
        return None
    kind = "sandbox" if records[0].get("IsSandbox") else "production"
    return f"{records[0].get('Name')} ({records[0].get('OrganizationType')}, {kind})"


def _records(kind: str, where: str, client: Client, endpoint: Endpoint, params: Params) -> Iterator[Page]:
    """The records of an object that changed in the window of `params`, by a job if they are many.

    They come in the order of their changes, except from a job. Where a page ends, the next pull can begin: at the last
    change in it. A record that changes during the pull may show a later instant in the place of its earlier one, which
    says nothing of the records after it.
    """
    changed_at = endpoint.changed_at
    conditions = [where] if where else []
    conditions.append(f"{changed_at} >= {_instant(params['since'])}")
    if "until" in params:
        conditions.append(f"{changed_at} < {_instant(params['until'])}")
    fields = _fields(client, endpoint, kind)
    query = f"SELECT {','.join(fields)} FROM {kind} WHERE {' AND '.join(conditions)}"
    least = None if kind in _WITHOUT_JOBS else bulk.least(client.settings, fields)
    if "job" in params or least == 0:
        yield from bulk.records(client, endpoint, params, query, kind, fields)
        return
    reached, began = int(params["since"]), client.began.timestamp()
    for page in client.pages(endpoint, {"q": f"{query} ORDER BY {changed_at},Id"}):
        if least and page.content.get("totalSize", 0) >= least:
            yield from bulk.records(client, endpoint, params, query, kind, fields)
            return
        changes = [datetime.fromisoformat(record[changed_at]).timestamp() for record in page.records]
        reached = max([reached, *(int(change) for change in changes if change < began)])
        yield replace(page, resume={"since": reached})


def _fields(client: Client, endpoint: Endpoint, kind: str) -> dict[str, str]:
    """The fields of an object that the contract and the settings name, with their types.

    Raises:
        SourceError: the user may not see one of them, though every organization has it.
    """
    settings = client.settings
    columns = vendor_contracts("salesforce")[endpoint.entity].columns
    names = [column.name for column in columns if column not in COMMON_COLUMNS and column.name != "attributes"]
    wanted = ["".join(part.capitalize() for part in name.split("_")) for name in names]
    hidden = {*_named(settings, "HIDDEN_FIELDS", kind)} - {"Id", endpoint.changed_at}  # without these nothing is known
    wanted = [name for name in dict.fromkeys([*wanted, *_named(settings, "FIELDS", kind)]) if name not in hidden]
    described = client.answer(replace(endpoint, records="fields"), f"sobjects/{kind}/describe")
    visible = {str(field["name"]).lower(): field for field in described.records}
    missing = [name for name in wanted if name.lower() not in visible and not {name, f"{kind}.{name}"} & _OF_FEATURES]
    if missing:
        raise SourceError(
            f"{settings.source}: {endpoint.entity} is not pulled, because the user may not see "
            f"{', '.join(f'{kind}.{name}' for name in missing)}: give the user read access to them, or name them in "
            f"{settings.variable('HIDDEN_FIELDS')} to do without"
        )
    found = [visible[name.lower()] for name in wanted if name.lower() in visible]
    return {str(field["name"]): str(field["type"]) for field in found}


def _named(settings: Settings, variable: str, kind: str) -> list[str]:
    """The fields of an object that a setting names.

    Raises:
        SourceError: it names something that is no field of an object.
    """
    found = []
    for name in filter(None, (name.strip() for name in settings.get(variable).split(","))):
        owner, _, field = name.partition(".")
        if owner not in _KINDS.values() or not re.fullmatch(r"\w+", field):
            raise SourceError(
                f"{settings.source}: {settings.variable(variable)} has {name!r}, but must name fields such as "
                f"Case.Severity__c, each of one of {', '.join(_KINDS.values())}"
            )
        if owner == kind:
            found.append(field)
    return found


def _instant(seconds: object) -> str:
    return f"{datetime.fromtimestamp(int(str(seconds)), UTC):%Y-%m-%dT%H:%M:%SZ}"


#: The objects of Salesforce by entity.
_KINDS = {
    "accounts": "Account",
    "contacts": "Contact",
    "leads": "Lead",
    "opportunities": "Opportunity",
    "opportunity_history": "OpportunityHistory",
    "opportunity_contact_roles": "OpportunityContactRole",
    "account_contact_relations": "AccountContactRelation",
    "users": "User",
    "groups": "Group",
    "cases": "Case",
    "case_statuses": "CaseStatus",
    "case_history": "CaseHistory",
    "case_comments": "CaseComment",
    "email_messages": "EmailMessage",
}
#: Objects without SystemModstamp: their records are made and never changed.
_NEVER_CHANGED = {"case_history"}
#: Objects that the Bulk API does not have.
_WITHOUT_JOBS = {"CaseStatus"}
_WHERE = {"groups": "Type = 'Queue'"}
#: Objects of which nothing is deleted, and those of which a deletion is not told.
_DELETIONS = {"users": "not at all: IsActive is false", "groups": "not at all", "case_statuses": "not at all"}

ENDPOINTS = tuple(
    Endpoint(
        entity=entity,
        # With what is in the recycle bin, merged records included.
        path="queryAll",
        records="records",
        paging=Links("nextRecordsUrl"),
        since="since",
        until="until",
        changed_at="CreatedDate" if entity in _NEVER_CHANGED else "SystemModstamp",
        look_back=_LATE,
        scope="api",
        deletions=_DELETIONS.get(entity, "IsDeleted is true, as long as the record is in the recycle bin"),
        generator=partial(_records, kind, _WHERE.get(entity, "")),
    )
    for entity, kind in _KINDS.items()
)

_NO_OBJECT = (
    "the organization does not have the object, or the user may not read it: give the user read access to it, or leave "
    "it out of CX360_<SOURCE>_ENTITIES"
)

VENDOR = Vendor(
    name="salesforce",
    title="Salesforce",
    variables=(
        Variable("MY_DOMAIN", "The first part of the address: acme for acme.my.salesforce.com"),
        Variable("CLIENT_ID", "The consumer key of an external client app with the client credentials flow"),
        Variable("CLIENT_SECRET", "... and its consumer secret", is_secret=True),
        Variable("REFRESH_TOKEN", "Optional: a refresh token, if the app has no such flow", is_secret=True),
        Variable(
            "USERNAME", "Optional: a user to ask for by signed claims (JWT bearer flow), without a consumer secret"
        ),
        Variable("PRIVATE_KEY_FILE", "... and the file of the private key, PEM without a passphrase"),
        Variable("ENTITIES", "Optional: what is pulled, such as accounts,contacts,cases (default: all)"),
        Variable("START", "Optional: where the first pull begins, such as 2024-01-01 (default: with the first record)"),
        Variable("FIELDS", "Optional: fields to pull as well, such as Case.Severity__c,Contact.Plan__c"),
        Variable("HIDDEN_FIELDS", "Optional: fields to do without, such as Case.SuppliedPhone"),
        Variable("BULK_FROM", "Optional: from how many records on a job of the Bulk API is used (default: 50000)"),
        Variable("BASE_URL", "Optional: the whole address of the API, instead of the one made from the domain"),
    ),
    base_url=_base_url,
    credentials=_credentials,
    endpoints=ENDPOINTS,
    whoami_path="query?q=SELECT+Name,OrganizationType,IsSandbox+FROM+Organization",
    whoami=_whoami,
    role="a user with the permission API Enabled and read access to the object",
    daily_limit=Said("message", "TotalRequests Limit exceeded."),
    refusals=(
        Refusal(
            Said("errorCode", "REQUEST_LIMIT_EXCEEDED"),
            "too many requests are under way: pull again in some minutes, it continues where this pull ended",
        ),
        Refusal(
            Said("errorCode", "API_DISABLED_FOR_ORG"),
            "it needs an edition with access to the API: Enterprise, Unlimited, Developer, or Professional with the "
            "add-on",
        ),
        Refusal(Said("errorCode", "API_CURRENTLY_DISABLED"), "the user needs the permission API Enabled"),
        Refusal(Said("errorCode", "NOT_FOUND"), _NO_OBJECT),
        Refusal(Said("errorCode", "INVALID_TYPE"), _NO_OBJECT),
        Refusal(
            Said("errorCode", "INVALID_FIELD"),
            "give the user read access to the field, or name it in CX360_<SOURCE>_HIDDEN_FIELDS to do without",
        ),
        Refusal(
            Said("errorCode", "QUERY_TIMEOUT"),
            "the query takes Salesforce too long: set CX360_<SOURCE>_BULK_FROM to 0, and it is pulled by a job",
        ),
        Refusal(
            Said("errorCode", "INVALIDENTITY"),
            "the Bulk API does not have the object: set CX360_<SOURCE>_BULK_FROM to more records than there are",
        ),
        Refusal(
            Said("errorCode", "LIMIT_EXCEEDED"),
            "what the Bulk API allows in 24 hours is used up: pull again tomorrow, or set CX360_<SOURCE>_BULK_FROM to "
            "more records than there are",
        ),
        Refusal(
            Said("errorCode", "INVALID_QUERY_LOCATOR"),
            "the list that was begun is no longer kept: pull again, it continues where this pull ended",
        ),
    ),
)
