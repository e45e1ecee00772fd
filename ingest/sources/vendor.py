"""What a vendor offers, as data: variables, credentials, endpoints and how their pages follow each other.

Each vendor's folder builds one `Vendor` from these classes. Nothing here talks to anyone: `ingest.sources.client`
does. An endpoint that does not fit (jobs that are started, awaited and fetched; lists of lists) brings a generator of
its own, and everything around it stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ingest.sources import VENDORS, vendor_of
from ingest.sources.errors import SourceError
from ingest.sources.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: Parameters of a request.
Params = dict[str, Any]


@dataclass(frozen=True)
class Cursor:
    """Each page says where the next begins, and the next request sends that as a parameter.

    Attributes:
        parameter: the parameter.
        found_at: where the page says it; a path with full stops.
        end_at: where the page says that it is the last.
        more_at: where the page says that there are more.
        replaces: a parameter of the first request that the others must not have.
        step: what is added where a page ends at the instant it began at and says that there are more: such a page
            holds all of that instant, and asking for the instant again would go on for ever.
    """

    parameter: str
    found_at: str
    end_at: str = ""
    more_at: str = ""
    replaces: str = ""
    step: int = 0


@dataclass(frozen=True)
class LinkHeader:
    """The header `Link` of each page holds the address of the next, under the relation `next`.

    Attributes:
        parameter: parameter of that address that alone says where the page begins; empty: all of them are asked for.
        keeps: the other parameters that a request with it may have.
    """

    parameter: str = ""
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Links:
    """Each page holds the address of the next, at a path with full stops.

    Attributes:
        found_at: the path.
        total_at: where pages are numbered, the path of the number of all records: if it shrinks, what follows has
            moved up and the list is read again from its beginning.
    """

    found_at: str
    total_at: str = ""


@dataclass(frozen=True)
class Walk:
    """Each page is asked for from the instant at which the last one ended, of a list in the order of that instant.

    A record that changes while the list is read moves to its end, and all behind it move up: pages by number would pass
    one over. This loses none, and no list is too long for it. Records at the edge of a page come twice.

    Attributes:
        parameter: the parameter that takes the instant.
        changed_at: field of a record that holds it.
        number: parameter for the number of a page, for those of an instant with more records than a page.
    """

    parameter: str
    changed_at: str
    number: str


def epoch_seconds(instant: datetime) -> int:
    """The instant as seconds since 1970."""
    return int(instant.timestamp())


def iso_seconds(instant: datetime) -> str:
    """The instant in ISO 8601, in UTC, without fractions of a second."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def instant_of(value: object) -> datetime | None:
    """The instant that a vendor writes as seconds since 1970 or as a text in ISO 8601; None if it is neither."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


#: How the pages of a list follow each other.
Paging = Cursor | LinkHeader | Links | Walk


@dataclass(frozen=True)
class Endpoint:
    """One entity of a vendor and how it is asked for.

    Attributes:
        entity: name of the folder in landing.
        path: below the API's address.
        records: path of the list of records in a page; empty: the page is that list.
        paging: how pages follow each other.
        params: parameters that every request has.
        page_size: parameter and default of the number of records in a page.
        since: parameter of the instant from which changes are wanted; empty: the whole list comes each time.
        until: parameter of the instant up to which they are wanted; empty: the vendor has none.
        changed_at: field of a record that says when it changed, by which a window without `until` ends.
        is_position_lasting: whether where the last page ended is where the next pull begins; else that is the
            instant of the pull.
        look_back: what is asked for again by each pull, because changes become visible late.
        newest: how long ago the start of an export must be.
        written: how an instant is written as a parameter.
        scope: OAuth scope, or whatever the vendor has instead (`Vendor.scopes_are`), that it needs.
        plan: the plans that have it, if not all do.
        deletions: how a deleted record is seen.
        requires: setting without which the entity is only pulled where it is named.
        generator: makes the pages instead of the client, from the client, this endpoint and the parameters.
    """

    entity: str
    path: str
    records: str
    paging: Paging
    params: Params = field(default_factory=dict)
    page_size: tuple[str, int] | None = None
    since: str = ""
    until: str = ""
    changed_at: str = ""
    is_position_lasting: bool = True
    look_back: timedelta = timedelta(0)
    newest: timedelta = timedelta(0)
    written: Callable[[datetime], int | str] = epoch_seconds
    scope: str = ""
    plan: str = ""
    deletions: str = ""
    requires: str = ""
    generator: Callable[[Client, Endpoint, Params], Iterator[Page]] | None = None


@dataclass(frozen=True)
class Variable:
    """A setting of a source: `CX360_<SOURCE>_<name>`."""

    name: str
    description: str
    is_secret: bool = False


@dataclass(frozen=True)
class ApiKey:
    """A key in a header of its own; `variables` as in `Basic`."""

    header: str
    key: str = field(repr=False)
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Basic:
    """A name and a key, sent with every request; `variables` are the names of the settings they come from."""

    username: str
    password: str = field(repr=False)
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Bearer:
    """An access token that somebody made; `variables` as in `Basic`."""

    token: str = field(repr=False)
    variables: tuple[str, ...]


@dataclass(frozen=True)
class ClientCredentials:
    """A client that is given access tokens by itself, again whenever one expires; `variables` as in `Basic`.

    An empty `scope` asks for none. `is_in_header` says that it shows who it is in the header of the request for a
    token, not in its form.
    `token_header` is the header of a vendor's own that shows the token, instead of `Authorization`.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    variables: tuple[str, ...]
    is_in_header: bool = False
    token_header: str = ""


@dataclass(frozen=True)
class JwtBearer:
    """A client that signs for whom it asks, and is given access tokens for that, again whenever one expires.

    `audience` is the server that the signed claims are for; `variables` as in `Basic`.
    """

    token_url: str
    client_id: str
    username: str
    private_key: RSAPrivateKey = field(repr=False)
    audience: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class RefreshToken:
    """A client that is given access tokens for a token that lasts, again whenever one expires; else as above."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    variables: tuple[str, ...]


#: Whatever says who asks.
Credentials = ApiKey | Basic | Bearer | ClientCredentials | JwtBearer | RefreshToken


@dataclass(frozen=True)
class Said:
    """How the body of a refusal says something: a text at a path with full stops."""

    found_at: str
    text: str


@dataclass(frozen=True)
class SaidInHeader:
    """How a refusal says something beside its body: a header with that value."""

    header: str
    text: str


@dataclass(frozen=True)
class Refusal:
    """A refusal that means something of its own at the vendor.

    Attributes:
        told: how it is told: by what the answer says, or by its status alone.
        advice: what to do about it, as the end of a sentence; `<SOURCE>` stands for the source in names of variables.
    """

    told: Said | int
    advice: str


@dataclass(frozen=True)
class Vendor:
    """Everything that is particular about a vendor.

    Attributes:
        name: as in `VENDORS`.
        title: as people write it.
        variables: the settings of a source, in the order in which a person fills them in.
        base_url: address of the API, from the settings; SourceError if they do not say it.
        credentials: who asks, from the settings; SourceError if they do not say it.
        endpoints: what can be pulled.
        whoami_path: a cheap request that only an accepted account gets answered.
        whoami: who asks, from the answer to that; None if nobody.
        role: the role that the account must have.
        nobody_there: words by which a 403 or 404 says that there is no account at the address.
        address_variable: the setting that says where the API is; empty: the first of `variables`.
        daily_limit: how a 429 or 403 says that the requests of the day are used up; then nothing is asked again.
        refusals: refusals that the vendor words in its own way; the first that fits counts.
        wait_header: header in which a 429 without Retry-After says for how many seconds to wait.
        missing_scopes: where a 403 names the scopes that would do; paths with full stops, through lists, of which the
            first that finds something counts.
        missing_scope_words: how a 403 names them in its words instead; a regular expression with one group.
        scopes_are: what a scope is called, as a part of a sentence with the scope in it.
        headers: sent with every request, such as the version of the API.
    """

    name: str
    title: str
    variables: tuple[Variable, ...]
    base_url: Callable[[Settings], str]
    credentials: Callable[[Settings], Credentials]
    endpoints: tuple[Endpoint, ...]
    whoami_path: str
    whoami: Callable[[Mapping[str, Any]], str | None]
    role: str = ""
    nobody_there: tuple[str, ...] = ()
    address_variable: str = ""
    daily_limit: Said | SaidInHeader | None = None
    refusals: tuple[Refusal, ...] = ()
    wait_header: str = ""
    missing_scopes: tuple[str, ...] = ()
    missing_scope_words: str = ""
    scopes_are: str = "the OAuth scope {} where a token is used"
    headers: Mapping[str, str] = field(default_factory=dict)

    def endpoint(self, entity: str) -> Endpoint:
        """The endpoint of an entity; SourceError if the vendor has none of that name."""
        for endpoint in self.endpoints:
            if endpoint.entity == entity:
                return endpoint
        offered = ", ".join(endpoint.entity for endpoint in self.endpoints)
        raise SourceError(f"{self.name} has no entity named {entity}: choose from {offered}")


def load_vendor(source: str) -> Vendor:
    """The vendor whose account the source is.

    Raises:
        SourceError: the source's name is no vendor's, or the vendor's API is not read.
    """
    name = vendor_of(source)
    vendors = pulled_vendors()
    if name is None:
        raise SourceError(f"{source} is no source that can be pulled: its name begins with one of {', '.join(vendors)}")
    if name not in vendors:
        raise SourceError(f"{source} cannot be pulled: put its export files into landing/{source}/<entity>/ instead")
    return vendors[name]


@cache
def pulled_vendors() -> dict[str, Vendor]:
    """The vendors whose API is read, by name; of the others there are contracts only."""
    modules = {name: import_module(f"ingest.sources.{name}") for name in VENDORS}
    return {name: module.VENDOR for name, module in modules.items() if hasattr(module, "VENDOR")}


def configured_sources(environ: Mapping[str, str]) -> list[str]:
    """The sources of which some variable is set, in alphabetical order: those that can be pulled, or nearly."""
    found = set()
    for vendor in pulled_vendors().values():
        names = "|".join(variable.name for variable in vendor.variables)
        # The shortest name of a source wins: CX360_ZENDESK_API_TOKEN is no variable of a source `zendesk_api`.
        pattern = re.compile(rf"CX360_({vendor.name.upper()}(?:_[A-Z0-9]+)*?)_(?:{names})")
        matches = [pattern.fullmatch(name) for name, value in environ.items() if value.strip()]
        found |= {match[1].lower() for match in matches if match}
    return sorted(found)


def chosen_entities(source: str, environ: Mapping[str, str]) -> list[str]:
    """The entities of a source that are pulled: those that `CX360_<SOURCE>_ENTITIES` names, else all of the vendor.

    Of the latter, those are left out whose required setting is not there.

    Raises:
        SourceError: the source's name is no vendor's, or one is named that the vendor does not have.
    """
    vendor = load_vendor(source)
    settings = Settings(source, environ)
    named = [name.strip() for name in settings.get("ENTITIES").split(",") if name.strip()]
    return [vendor.endpoint(name).entity for name in named] or [
        endpoint.entity for endpoint in vendor.endpoints if not endpoint.requires or settings.get(endpoint.requires)
    ]


def template(source: str) -> str:
    """The lines for `.env` that connect the source: each variable, commented out, below what belongs there."""
    vendor = load_vendor(source)
    settings = Settings(source, {})
    lines = [f"# {vendor.title} ({source})"]
    for variable in vendor.variables:
        lines += [f"# {variable.description}", f"# {settings.variable(variable.name)}="]
    return "\n".join(lines) + "\n"
