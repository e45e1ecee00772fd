"""dlt's REST client, set up for a vendor: retries, credentials, paginators and the check of every answer.

Only `ingest.sources.client` uses this module; importing it imports dlt, which takes half a second.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit
from zipfile import BadZipFile, ZipFile

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.common.jsonpath import JSONPath, compile_path
from dlt.sources.helpers.requests import Client as RetryingClient
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth, OAuth2ClientCredentials
from dlt.sources.helpers.rest_client.paginators import (
    BaseNextUrlPaginator,
    BasePaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
)
from requests import HTTPError, PreparedRequest, Request, Response, Session
from requests.auth import AuthBase
from requests.exceptions import ChunkedEncodingError, ConnectionError, ContentDecodingError, Timeout

from ingest.sources.errors import SourceError
from ingest.sources.explain import NotJsonError, is_daily_limit, seconds_to_wait
from ingest.sources.jwt import signed
from ingest.sources.settings import Patience
from ingest.sources.vendor import (
    ApiKey,
    Basic,
    Bearer,
    Credentials,
    Cursor,
    JwtBearer,
    LinkHeader,
    Links,
    Paging,
    RefreshToken,
    Said,
    SaidInHeader,
    Walk,
    instant_of,
    iso_seconds,
)

# Telemetry of dlt starts with its pipelines, which are not used here; should that ever change, it stays off.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")

#: Seconds for which signed claims hold. Vendors take no more than a few minutes.
_CLAIMS_HOLD = 120


def connect(
    base_url: str,
    credentials: Credentials,
    patience: Patience,
    daily_limit: Said | SaidInHeader | None = None,
    headers: Mapping[str, str] | None = None,
) -> RESTClient:
    """A client of the API that shows the credentials, waits where it is asked to and tries again."""

    def is_worth_another_try(response: Response | None, _error: BaseException | None) -> bool:
        if response is None:
            return False
        if is_daily_limit(response, daily_limit):
            return False
        if response.status_code == 429:
            # dlt would cut a longer wait short, and ask again while the vendor still refuses.
            return (seconds_to_wait(response) or 0) <= patience.longest_wait_seconds
        return response.status_code >= 500

    session = RetryingClient(
        request_timeout=patience.timeout_seconds,
        raise_for_status=False,
        status_codes=(),
        exceptions=(ConnectionError, Timeout, ChunkedEncodingError, ContentDecodingError, NotJsonError),
        retry_condition=is_worth_another_try,
        request_max_attempts=patience.attempts,
        request_backoff_factor=patience.backoff_seconds,
        request_max_retry_delay=patience.longest_wait_seconds,
    ).session
    _settle(session, base_url)
    # A token request that is sent on to another address would carry the secret there.
    session.max_redirects = 0
    return RESTClient(
        base_url=base_url,
        headers=dict(headers or {}),
        auth=_authentication(credentials, base_url, session),
        session=session,
        config=RuntimeConfiguration(),
    )


def _settle(session: Session, base_url: str) -> None:
    """Reads from the environment what leads to the address (proxies, certificates) once.

    requests would read it anew for every page, which is a sixth of what a page costs; tokens come from the same place.
    """
    found = session.merge_environment_settings(base_url, {}, None, None, None)
    session.proxies, session.verify, session.cert = found["proxies"], found["verify"], found["cert"]
    session.trust_env = False


def paginator(paging: Paging) -> CursorPaginator | LinkHeaderPaginator | LinkPaginator | WalkPaginator:
    """The paginator for a kind of paging.

    Its `is_stale` says of the last page that it is an earlier one, in place of the next: the next is asked for again.
    """
    if isinstance(paging, Links):
        return LinkPaginator(paging.total_at, next_url_path=json_path(paging.found_at))
    if isinstance(paging, LinkHeader):
        return LinkHeaderPaginator(paging)
    if isinstance(paging, Walk):
        return WalkPaginator(paging)
    return CursorPaginator(paging)


@cache
def json_path(path: str) -> JSONPath:
    """The path as dlt reads it: a text it would parse anew for every page, which takes as long as a page."""
    return compile_path(path)


def value_at(content: Any, path: str) -> Any:
    """What a JSON document holds at a path with full stops; itself if the path is empty, None if there is nothing."""
    for key in filter(None, path.split(".")):
        content = content.get(key) if isinstance(content, dict) else None
    return content


def checked(response: Response, **_: Any) -> Response:
    """Reads the body and parses it once for all who need it; a hook of every request.

    Raises:
        HTTPError: the vendor refuses, or sends the request on to another address.
        NotJsonError: the answer is no JSON document.
    """
    if response.status_code >= 300:
        _body = response.content
        _round_wait(response)
        raise HTTPError(response=response)
    try:
        # Strict where Python is not: NaN is no JSON, and nothing downstream reads it.
        content = json.loads(response.content.decode("utf-8-sig"), parse_constant=_refuse)
    except ValueError:
        kind = response.headers.get("Content-Type", "without type").partition(";")[0]
        raise NotJsonError(f"{kind}, {len(response.content)} bytes") from None
    response.json = lambda **_: content  # type: ignore[method-assign]
    return response


def naming_the_wait(header: str) -> Callable[..., Response]:
    """A hook that gives a refusal the `Retry-After` that it lacks, from the header in which the vendor says it."""

    def named(response: Response, **_: Any) -> Response:
        if response.status_code == 429 and (seconds := response.headers.get(header)):
            response.headers.setdefault("Retry-After", seconds)
        return response

    return named


def saving(target: IO[bytes], is_whole: Callable[[IO[bytes], Mapping[str, str]], bool]) -> Callable[..., Response]:
    """A hook that writes the answer to a file on disk as it arrives.

    The hook raises HTTPError as `checked` does, and ContentDecodingError if `is_whole` says no of the file and the
    headers of the answer.
    """

    def saved(response: Response, **_: Any) -> Response:
        if response.status_code >= 300:
            _body = response.content
            raise HTTPError(response=response)
        target.seek(0)
        target.truncate()
        for chunk in response.iter_content(1 << 20):
            target.write(chunk)
        if not is_whole(target, response.headers):
            raise ContentDecodingError("the file is not whole")
        return response

    return saved


def holds_zip(target: IO[bytes], _headers: Mapping[str, str]) -> bool:
    """Whether the file is a zip file that can be unpacked to its end."""
    try:
        with ZipFile(target) as archive:
            return archive.testzip() is None
    except (BadZipFile, EOFError, zlib.error):
        return False


def _params(request: Request) -> dict[str, Any]:
    """The parameters of a request, which `connect`'s callers give as a dictionary."""
    assert isinstance(request.params, dict)
    return request.params


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _round_wait(response: Response) -> None:
    """Makes whole seconds of a wait such as 2.0: neither dlt nor the sentences read another."""
    wait = response.headers.get("Retry-After", "")
    if re.fullmatch(r"\d+\.\d*", wait):
        response.headers["Retry-After"] = str(math.ceil(float(wait)))


class CursorPaginator(JSONResponseCursorPaginator):
    """Stops at the last page.

    A page that leads to one that was asked for before ends an export, which the next pull continues. Of a list it is a
    stale page: to end there would pass a part of the list off as all of it.
    """

    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor_path=json_path(cursor.found_at), cursor_param=cursor.parameter)
        self.is_stale = False
        self._cursor = cursor
        self._asked: set[str] = set()

    def init_request(self, request: Request) -> None:
        self._asked.add(str(_params(request).get(self._cursor.parameter)))

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)
        self.is_stale = False
        position = self._next_reference
        if position is None:
            return
        content, cursor = response.json(), self._cursor
        says_more = bool(value_at(content, cursor.more_at)) if cursor.more_at else True
        says_end = value_at(content, cursor.end_at) if cursor.end_at else None
        if cursor.step and says_end is False and str(position) in self._asked:
            position = self._next_reference = int(position) + cursor.step  # type: ignore[assignment]
        is_known = str(position) in self._asked
        self.is_stale = says_more and is_known and not cursor.end_at
        self._has_next_page = self.is_stale or (says_more and not says_end and not is_known)
        self._asked.add(str(position))

    def update_request(self, request: Request) -> None:
        # After an empty answer the next pull asks the same again, after a stale page this one does.
        if self._next_reference is None or self.is_stale:
            return
        super().update_request(request)
        _params(request).pop(self._cursor.replaces, None)


class _Links(BaseNextUrlPaginator):
    """Stops at the last page; one that leads to an address that was asked for before is stale.

    A list that has become shorter is read again: the record that moved over the edge of a page would not come at all.
    """

    def __init__(self, total_at: str = "", **place: JSONPath) -> None:
        super().__init__(**place)
        self.is_stale = False
        self._total_at = total_at
        self._total = 0
        self._beginning = ""
        self._asked: set[str] = set()

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)  # type: ignore[safe-super]
        self._beginning = self._beginning or response.url
        before, self._total = self._total, self._total_of(response)
        if self._total < before:
            self._asked.clear()
            self._next_reference = self._beginning
        self.is_stale = self._next_reference is not None and self._next_reference in self._asked
        self._asked.add(str(self._next_reference))

    def update_request(self, request: Request) -> None:
        if not self.is_stale:
            super().update_request(request)

    def _total_of(self, response: Response) -> int:
        total = value_at(response.json(), self._total_at) if self._total_at else None
        return total if isinstance(total, int) else 0


class LinkPaginator(_Links, JSONLinkPaginator):
    """The address of the next page is in the page."""


class LinkHeaderPaginator(_Links, HeaderLinkPaginator):
    """The address of the next page is in the header `Link`.

    It is not followed: its parameters are asked for at the place of the first, or the one alone that says where the
    page begins, so that this is all that the next pull has to know.
    """

    def __init__(self, paging: LinkHeader) -> None:
        super().__init__()
        self._paging = paging

    def init_request(self, request: Request) -> None:
        if position := _params(request).get(self._paging.parameter):
            self._go_to(request, position)

    def update_request(self, request: Request) -> None:
        if self._next_reference is None or self.is_stale:
            return
        query = dict(parse_qsl(urlsplit(self._next_reference).query, keep_blank_values=True))
        if self._paging.parameter:
            self._go_to(request, query.get(self._paging.parameter, ""))
        else:
            request.params = query

    def _go_to(self, request: Request, position: str) -> None:
        kept = {name: value for name, value in _params(request).items() if name in self._paging.keeps}
        request.params = kept | {self._paging.parameter: position}


class WalkPaginator(BasePaginator):
    """Asks from the second before the last record of a page on, because a list may leave out the instant it is given.

    Where these two seconds have more records than a page, the further pages are asked for by number, and all of them
    again until none has anything new: only then has no record left them in between. A page with records from before
    what was asked for is an earlier one, and stale. The last page is the one without a next in its header `Link`.
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.is_stale = False
        self._walk = walk
        self._number = 1
        self._seen: set[tuple[Any, datetime | None]] = set()
        self._has_news = False

    def init_request(self, request: Request) -> None:
        params = _params(request)
        self._since = datetime.fromisoformat(params[self._walk.parameter])
        self._number = int(params.get(self._walk.number, 1))

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        records = response.json()
        if not isinstance(records, list):
            self._has_next_page = False
            return
        places = [(record.get("id"), instant_of(record.get(self._walk.changed_at))) for record in records]
        instants = [instant for _, instant in places if instant]
        self.is_stale = any(instant < self._since for instant in instants)
        if self.is_stale:
            self._has_next_page = True
            return
        self._has_news = self._has_news or not self._seen.issuperset(places)
        self._seen.update(places)
        is_last = "next" not in response.links
        since = self._since
        if instants:
            since = max(since, instants[-1].replace(microsecond=0) - timedelta(seconds=1))
        if since == self._since and not is_last:
            self._number += 1
        elif self._number > 1 and self._has_news:
            self._number, self._has_news, is_last = 1, False, False
        else:
            self._since, self._number, self._has_news, self._seen = since, 1, False, set()
        self._has_next_page = not is_last

    def update_request(self, request: Request) -> None:
        if self.is_stale:
            return
        params = _params(request)
        params[self._walk.parameter] = iso_seconds(self._since)
        params.pop(self._walk.number, None)
        if self._number > 1:
            params[self._walk.number] = self._number


def _authentication(credentials: Credentials, base_url: str, session: Session) -> AuthBase:
    """Credentials that are shown at the API's address only; `session` asks for access tokens."""
    if isinstance(credentials, Basic):
        return _AtOneAddress(HttpBasicAuth(credentials.username, credentials.password), base_url)
    if isinstance(credentials, Bearer):
        return _AtOneAddress(BearerTokenAuth(credentials.token), base_url)
    if isinstance(credentials, ApiKey):
        return _AtOneAddress(APIKeyAuth(name=credentials.header, api_key=credentials.key), base_url)
    if isinstance(credentials, JwtBearer):
        return _AtOneAddress(_SignedClaims(credentials, session), base_url)
    client, token_header = OAuth2ClientCredentials, ""
    if isinstance(credentials, RefreshToken):  # dlt has no class for this grant; what is given here wins over its own
        grant = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
    else:
        grant = {"scope": credentials.scope} if credentials.scope else {}
        client = _ClientInHeader if credentials.is_in_header else OAuth2ClientCredentials
        token_header = credentials.token_header
    renewable = client(
        access_token_url=credentials.token_url,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        access_token_request_data=grant,
        session=session,
    )
    return _AtOneAddress(renewable, base_url, token_header)


class _ClientInHeader(OAuth2ClientCredentials):
    """Shows the client in the header, as the standard has it and some vendors want it."""

    def build_access_token_request(self) -> dict[str, Any]:
        request = super().build_access_token_request()
        form = request["data"]
        client = f"{form.pop('client_id')}:{form.pop('client_secret')}"
        request["headers"]["Authorization"] = "Basic " + b64encode(client.encode()).decode()
        return request


class _SignedClaims(OAuth2ClientCredentials):
    """Asks with claims that are signed anew for each token.

    They are dated by this machine's clock, as the vendor will judge them: a pull may last hours, and begin hours after
    the instant that it is given.
    """

    def __init__(self, credentials: JwtBearer, session: Session) -> None:
        super().__init__(
            access_token_url=credentials.token_url, client_id=credentials.client_id, client_secret="", session=session
        )
        self._credentials = credentials

    def build_access_token_request(self) -> dict[str, Any]:
        who = self._credentials
        claims = {
            "iss": who.client_id,
            "sub": who.username,
            "aud": who.audience,
            "exp": int(time.time()) + _CLAIMS_HOLD,
        }
        request = super().build_access_token_request()
        request["data"] = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": signed(claims, who.private_key),
        }
        return request


class _AtOneAddress(AuthBase):
    """Shows credentials to one scheme, host and port: an address inside a page must not lead them elsewhere.

    A token that is refused though its time has not come is asked for again, once per request: dlt renews by the clock
    only, and a vendor may revoke earlier. `token_header` shows the token instead of `Authorization`.
    """

    def __init__(self, auth: AuthBase, base_url: str, token_header: str = "") -> None:
        self._auth = auth
        self._address = _address(base_url)
        self._token_header = token_header

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        address = _address(request.url or "")
        if address != self._address:
            raise SourceError(
                f"a page leads to {address[1]}, but the credentials are for {self._address[1]}: nothing was asked there"
            )
        if isinstance(self._auth, OAuth2ClientCredentials):
            request.register_hook("response", self._renewed)
        return self._shown(request)

    def _shown(self, request: PreparedRequest) -> PreparedRequest:
        request = self._auth(request)
        if self._token_header:
            bearer = str(request.headers.pop("Authorization"))
            request.headers[self._token_header] = bearer.removeprefix("Bearer ")
        return request

    def _renewed(self, response: Response, **kwargs: Any) -> Response:
        if response.status_code != 401 or not isinstance(self._auth, OAuth2ClientCredentials):
            return response
        _body = response.content  # read to the end, so that the connection can be used again
        response.close()
        self._auth.obtain_token()
        again = self._shown(response.request.copy())
        renewed: Response = response.connection.send(again, **kwargs)
        renewed.history.append(response)
        renewed.request = again
        return renewed


def _address(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
