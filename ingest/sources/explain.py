"""What went wrong while talking to a vendor, in one sentence with what to do next.

The transport's errors are turned into sentences here and nowhere else. A sentence names the source, the variable to
look at and the vendor's own words, never a secret. What a vendor's words mean beyond the status codes that all share
is data of the vendor (`ingest.sources.vendor`).
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Any
from urllib.parse import urlsplit

from requests import RequestException, Response
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    JSONDecodeError,
    ProxyError,
    SSLError,
    Timeout,
)
from urllib3.exceptions import IncompleteRead, NameResolutionError, ReadTimeoutError

from ingest.sources.errors import SourceError
from ingest.sources.vendor import Refusal, Said, SaidInHeader

#: Characters of the vendor's own words that a sentence repeats.
_QUOTED = 200


class NotJsonError(RequestException):
    """An answer that is no JSON document."""


@dataclass(frozen=True)
class Asked:
    """Who was asked for what, as a sentence needs it.

    Attributes:
        source: name of the source.
        base_url: where its API is.
        what: the entity, or what else was asked for.
        needs: what the account must have for it: scope, role, plan.
        address_variable: the variable that says where the API is.
        credential_variables: the variables that say who asks.
        is_token: whether somebody made an access token by hand, which can expire.
        token_url: where access tokens come from; empty if nowhere.
        nobody_there: words by which the vendor says that there is no account at the address.
        daily_limit: how a 429 or 403 says that the requests of the day are used up.
        refusals: refusals that the vendor words in its own way.
        missing_scopes: where a 403 names the scopes that would do; the first place that does counts.
        missing_scope_words: how a 403 names them in its words instead; a regular expression with one group.
        secrets: values that no sentence may repeat.
        attempts: how often a request is tried.
        is_continued: whether the next pull goes on where this one ends; whole lists begin anew.
        is_check: whether nothing is pulled, and only the credentials are looked at.
    """

    source: str
    base_url: str
    what: str
    needs: str
    address_variable: str
    credential_variables: tuple[str, ...]
    is_token: bool
    token_url: str
    nobody_there: Collection[str]
    daily_limit: Said | SaidInHeader | None
    refusals: Collection[Refusal]
    missing_scopes: Collection[str]
    missing_scope_words: str
    secrets: Collection[str]
    attempts: int
    is_continued: bool
    is_check: bool

    @property
    def host(self) -> str:
        """The name of the machine that was asked."""
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def credentials(self) -> str:
        """The names of the variables that say who asks, as a text."""
        return " and ".join(self.credential_variables)

    @property
    def again(self) -> str:
        """What to do once more, as a part of a sentence."""
        return "check again" if self.is_check else "pull again"

    @property
    def next_pull(self) -> str:
        """Where the next pull begins, as the end of a sentence; empty if there was none."""
        if self.is_check:
            return ""
        return ", it continues where this pull ended" if self.is_continued else ", it begins anew"


def explain(error: RequestException, asked: Asked) -> SourceError:
    """The sentence for an error of the transport."""
    response = error.response
    if response is not None:
        explained = _explain_answer(response, asked)
        explained.status = response.status_code
        return explained
    return SourceError(f"{asked.source}: {_no_answer(error, asked)}")


def seconds_to_wait(response: Response) -> int | None:
    """What `Retry-After` says in seconds, whether it is written as a number or as a date; None without it."""
    header = response.headers.get("Retry-After", "").strip()
    if header.isdigit():
        return int(header)
    date = parsedate_tz(header) if header else None
    return None if date is None else max(0, round(mktime_tz(date) - time.time()))


def is_daily_limit(response: Response, limit: Said | SaidInHeader | None) -> bool:
    """Whether the answer says that the requests of the day are used up, so that no wait of a pull helps."""
    return response.status_code in (403, 429) and limit is not None and _says(response, limit)


def _explain_answer(response: Response, asked: Asked) -> SourceError:
    status = response.status_code
    said = _said(response, asked.secrets)
    reason = f"({status}: {said})" if said else f"({status})"
    source = asked.source
    if asked.token_url and response.url.startswith(asked.token_url) and 400 <= status < 404:
        return SourceError(f"{source}: {asked.host} gives no access token {reason}: check {asked.credentials}")
    if is_daily_limit(response, asked.daily_limit):
        return SourceError(f"{source}: the daily limit of {asked.host} is used up {reason}: {asked.again} tomorrow")
    for refusal in asked.refusals:
        if refusal.told == status or (isinstance(refusal.told, Said) and _says(response, refusal.told)):
            advice = refusal.advice.replace("<SOURCE>", source.upper())
            return SourceError(f"{source}: {asked.what} is refused {reason}: {advice}")
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("Location", "")).hostname or "another address"
        return SourceError(
            f"{source}: {asked.host} sends requests on to {target} {reason}, which gets no credentials: "
            f"check {asked.address_variable}"
        )
    if status == 401 and asked.is_token:
        return SourceError(
            f"{source}: the access token is expired, revoked or wrong {reason}: make a new one and set "
            f"{asked.credentials}"
        )
    if status == 401:
        return SourceError(
            f"{source}: {asked.host} does not accept the credentials {reason}: check {asked.credentials}"
        )
    is_elsewhere = any(words in said for words in asked.nobody_there)
    if (status == 404 and not said) or (status in (403, 404) and is_elsewhere):
        return SourceError(f"{source}: there is no account at {asked.host} {reason}: check {asked.address_variable}")
    if status in (402, 403):
        named = next(filter(None, (_texts_at(_body(response), path) for path in asked.missing_scopes)), [])
        if asked.missing_scope_words:
            named = named or re.findall(asked.missing_scope_words, " ".join(_words(_body(response))))
        scopes = f"; {asked.host} names {', '.join(dict.fromkeys(named))}"[:_QUOTED] if named else ""
        return SourceError(f"{source}: {asked.what} is refused {reason}: it needs {asked.needs}{scopes}")
    if status == 404:
        return SourceError(
            f"{source}: {asked.host} does not offer {asked.what} {reason}: it needs {asked.needs}; leave it out "
            f"(CX360_{source.upper()}_ENTITIES) if the account's plan does not have it"
        )
    if status == 429:
        return _rate_limited(response, asked)
    if status >= 500:
        return SourceError(
            f"{source}: {asked.host} failed to answer for {asked.what} {asked.attempts} times {reason}: {asked.again} "
            f"later{asked.next_pull}"
        )
    if not asked.is_continued:
        return SourceError(
            f"{source}: the request for {asked.what} is refused {reason}: check the settings that say what is asked "
            "for; if they are right, the vendor has changed its API"
        )
    return SourceError(
        f"{source}: the request for {asked.what} is refused {reason}: if it continued an earlier pull, what that left "
        f"may be too old, so remove lake/pulls/{source}/{asked.what}.json and pull again"
    )


def _rate_limited(response: Response, asked: Asked) -> SourceError:
    wait = seconds_to_wait(response)
    how_long = "a minute" if not wait else f"{wait} seconds"
    return SourceError(
        f"{asked.source}: the rate limit of {asked.host} is used up (429): wait {how_long} and {asked.again}"
        f"{asked.next_pull}",
        wait_seconds=wait,
    )


def _no_answer(error: RequestException, asked: Asked) -> str:
    causes = _causes(error)
    where = asked.host

    def is_due_to(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if is_due_to(NotJsonError, JSONDecodeError):
        return (
            f"{where} answers for {asked.what} with something that is not JSON ({error}): check "
            f"{asked.address_variable}, and whether a proxy or a sign-in page stands in between"
        )
    if is_due_to(NameResolutionError, socket.gaierror):
        return f"the name {where} is not known: check {asked.address_variable} and that this machine has a network"
    if is_due_to(SSLError):
        return f"the certificate of {where} is not trusted: check {asked.address_variable} and the proxy in between"
    if is_due_to(ProxyError):
        return f"the proxy does not let requests through to {where}: check HTTPS_PROXY"
    if is_due_to(ChunkedEncodingError, ContentDecodingError, IncompleteRead):
        return (
            f"{where} broke off its answer for {asked.what} {asked.attempts} times: {asked.again} later"
            f"{asked.next_pull}"
        )
    if is_due_to(Timeout, ReadTimeoutError):
        return (
            f"{where} did not answer for {asked.what} in time, {asked.attempts} times: check the network, or set a "
            f"smaller CX360_{asked.source.upper()}_PAGE_SIZE"
        )
    return f"{where} cannot be reached ({asked.attempts} attempts): check the network and {asked.address_variable}"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and everything that led to it: what it was raised from, and what it was made of."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is known for known in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


def _body(response: Response) -> Any:
    """The body of an answer, parsed; None if it is no JSON."""
    try:
        return json.loads(response.content)
    except (ValueError, RuntimeError):  # RuntimeError: the body was not read to its end
        return None


def _says(response: Response, said: Said | SaidInHeader) -> bool:
    if isinstance(said, SaidInHeader):
        return response.headers.get(said.header) == said.text
    return said.text in _texts_at(_body(response), said.found_at)


def _texts_at(content: Any, path: str) -> list[str]:
    """The texts that a JSON document holds at a path with full stops, through all lists on the way."""
    found = [content]
    for key in path.split("."):
        found = [one[key] for one in _flat(found) if isinstance(one, dict) and key in one]
    return [one for one in _flat(found) if isinstance(one, str)]


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _said(response: Response, secrets: Collection[str]) -> str:
    """The vendor's own words, from the places where JSON APIs put them; empty if there are none."""
    words = re.sub(r"\s+", " ", ": ".join(dict.fromkeys(_words(_body(response))))).strip()
    for secret in secrets:
        words = words.replace(secret, "***")
    return words[:_QUOTED]


def _words(body: Any) -> list[str]:
    if isinstance(body, str):
        return [body]
    if isinstance(body, list):
        return _words(body[0]) if body else []
    if not isinstance(body, dict):
        return []
    found = []
    for key in ("meta", "error", "title", "description", "error_description", "message", "errorMessage", "errors"):
        found += _words(body.get(key))
    return found
