"""Asks a vendor for pages: authentication, paging, rate limits and retries, all through dlt's REST client.

What the vendor needs for it is data (`ingest.sources.vendor`), what went wrong becomes a sentence
(`ingest.sources.errors`). Nothing is written here: pages are handed on as they arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from requests import RequestException, Response

from ingest.sources.errors import UNDOCUMENTED, SourceError
from ingest.sources.explain import Asked, explain
from ingest.sources.pages import Page, one_line
from ingest.sources.settings import Patience, Settings
from ingest.sources.transport import (
    checked,
    connect,
    holds_zip,
    json_path,
    naming_the_wait,
    paginator,
    saving,
    value_at,
)
from ingest.sources.vendor import Bearer, ClientCredentials, Endpoint, JwtBearer, Params, RefreshToken, Vendor

#: Parameters whose values are credentials at one vendor or another; they do not reach the landing folder.
_SECRET_PARAMETERS = {"access_token", "api_key", "apikey", "client_secret", "hapikey", "key", "password", "token"}

#: Credentials for which access tokens are asked for.
_RENEWED = ClientCredentials | JwtBearer | RefreshToken


class Client:
    """One source's API.

    Args:
        vendor: what the vendor offers.
        source: name of the source.
        environ: where its settings are.
        now: instant of the pull; pages are dated from it.
        patience: how long to wait and try; from the environment if None.

    Attributes:
        passed_over: what could not be read though everything else could, as sentences.
        is_partial: whether something of that is there all the same, so that no list is complete.

    Raises:
        SourceError: a setting is missing or makes no sense.
    """

    def __init__(
        self,
        vendor: Vendor,
        source: str,
        environ: Mapping[str, str],
        now: datetime,
        patience: Patience | None = None,
    ) -> None:
        self.vendor = vendor
        self.settings = Settings(source, environ)
        self.patience = patience or Patience.from_environ(environ)
        self.base_url = _checked_address(self.settings, vendor.base_url(self.settings))
        self._credentials = vendor.credentials(self.settings)
        self.began = now
        self.passed_over: list[str] = []
        self.is_partial = False
        self._ticks = time.monotonic()
        self._hooks = [naming_the_wait(vendor.wait_header)] if vendor.wait_header else []
        self._rest = connect(self.base_url, self._credentials, self.patience, vendor.daily_limit, vendor.headers)

    def pages(self, endpoint: Endpoint, params: Params | None = None, *, path: str = "") -> Iterator[Page]:
        """The pages of an endpoint, one at a time.

        Args:
            endpoint: what to ask for.
            params: parameters of the first request, besides those that every request has.
            path: asked for instead of the endpoint's own path.

        Raises:
            SourceError: the vendor does not answer, or not with what is documented.
        """
        always = self._always(endpoint)
        pager = paginator(endpoint.paging)
        # dlt's type says that a hook returns nothing; requests takes what it returns.
        hooks: Any = {"response": [*self._hooks, checked]}
        stale_pages = 0
        try:
            answers = self._rest.paginate(
                path or endpoint.path,
                params=always | (params or {}),
                paginator=pager,
                data_selector=json_path(endpoint.records or "$"),
                hooks=hooks,
                allow_redirects=False,
            )
            for answer in answers:
                stale_pages = stale_pages + 1 if pager.is_stale else 0
                if stale_pages >= self.patience.attempts:
                    landed = "it continues where this pull ended" if endpoint.since else "nothing of it has landed"
                    raise SourceError(
                        f"{self.settings.source}: the list of {endpoint.entity} goes round in circles: pull again "
                        f"later, {landed}"
                    )
                if pager.is_stale:
                    continue
                resume: Any = answer.request.params
                page = self._page(endpoint, answer.response, list)
                yield (
                    page
                    if resume is None
                    else replace(page, resume={key: resume[key] for key in resume if key not in always})
                )
        except RequestException as error:
            raise explain(error, self._asked(endpoint)) from None

    def answer(self, endpoint: Endpoint, path: str, body: Mapping[str, Any] | None = None) -> Page:
        """One answer that no other follows; what is at the endpoint's path of records may be one record.

        Args:
            endpoint: what it is asked for.
            path: where.
            body: what is posted; None to get.

        Raises:
            SourceError: as `pages`.
        """
        return self._page(endpoint, self._ask(endpoint, path, checked, body=body), list | dict)

    def file(
        self,
        endpoint: Endpoint,
        path: str,
        target: IO[bytes],
        is_whole: Callable[[IO[bytes], Mapping[str, str]], bool] = holds_zip,
    ) -> Page:
        """Writes a file to `target`, however large it is; the page that is returned is still without records.

        Args:
            endpoint: what it is asked for.
            path: where.
            target: empty file on disk.
            is_whole: whether the target holds all of the file, given the headers of the answer; else it is asked for
                again.

        Raises:
            SourceError: the vendor does not answer, or not with a whole file.
        """
        response = self._ask(endpoint, path, saving(target, is_whole), is_stream=True)
        response.close()
        return self._received(response)

    def whoami(self) -> str:
        """Who the credentials belong to, in the vendor's words.

        Raises:
            SourceError: the vendor does not answer, or does not know the credentials.
        """
        answer = self._ask(None, self.vendor.whoami_path, checked).json()
        try:
            who = self.vendor.whoami(answer)
        except UNDOCUMENTED as error:
            raise self.undocumented(None, error) from error
        if who is None:
            asked = self._asked(None)
            raise SourceError(
                f"{asked.source}: {asked.host} does not accept the credentials: check {asked.credentials}"
            )
        return who

    def undocumented(self, endpoint: Endpoint | None, error: Exception) -> SourceError:
        """What to say of an answer in which something is not where it belongs (`UNDOCUMENTED`)."""
        what = endpoint.entity if endpoint else "who is asking"
        return SourceError(
            f"{self.settings.source}: the answer for {what} is not as documented ({type(error).__name__}: {error}): "
            f"check {self._address_variable()}; if it is right, the vendor has changed its API"
        )

    def _ask(
        self,
        endpoint: Endpoint | None,
        path: str,
        hook: Callable[..., Response],
        *,
        body: Mapping[str, Any] | None = None,
        is_stream: bool = False,
    ) -> Response:
        try:
            response: Response = self._rest.request(
                path,
                method="GET" if body is None else "POST",
                json=None if body is None else dict(body),
                hooks={"response": [*self._hooks, hook]},
                stream=is_stream,
                allow_redirects=False,
            )
        except RequestException as error:
            raise explain(error, self._asked(endpoint)) from None
        return response

    def _page(self, endpoint: Endpoint, response: Response, kind: type | UnionType) -> Page:
        """The answer with its records, which must be of that kind; one record makes a list of one."""
        content = response.json()
        records = value_at(content, endpoint.records)
        if not isinstance(records, kind):
            what = endpoint.records or "of records"
            raise SourceError(
                f"{self.settings.source}: the answer for {endpoint.entity} has no list {what}: check "
                f"{self._address_variable()}; if it is right, the vendor has changed its API"
            )
        return replace(
            self._received(response),
            body=one_line(response.content),
            content=content,
            records=records if isinstance(records, list) else [records],
        )

    def _received(self, response: Response) -> Page:
        """The answer without what is in it."""
        return Page(
            request=_without_secrets(response.request.method or "GET", response.request.url or ""),
            status=response.status_code,
            received_at=self._now(),
            body=b"{}",
            content={},
            records=[],
            resume=None,
            headers=response.headers,
        )

    def _always(self, endpoint: Endpoint) -> Params:
        """Parameters of every request: those of the endpoint and the size of a page."""
        if endpoint.page_size is None:
            return dict(endpoint.params)
        name, most = endpoint.page_size
        text = self.settings.get("PAGE_SIZE", str(most))
        if not text.isdigit() or int(text) == 0:
            raise SourceError(f"{self.settings.source}: {self.settings.variable('PAGE_SIZE')} is no number of records")
        return endpoint.params | {name: min(most, int(text))}

    def _asked(self, endpoint: Endpoint | None) -> Asked:
        credentials, settings = self._credentials, self.settings
        values = [settings.get(variable.name) for variable in self.vendor.variables if variable.is_secret]
        return Asked(
            source=settings.source,
            base_url=self.base_url,
            what=endpoint.entity if endpoint else "who is asking",
            needs=_needs(self.vendor, endpoint),
            address_variable=self._address_variable(),
            credential_variables=tuple(settings.variable(name) for name in credentials.variables),
            is_token=isinstance(credentials, Bearer),
            token_url=credentials.token_url if isinstance(credentials, _RENEWED) else "",
            nobody_there=self.vendor.nobody_there,
            daily_limit=self.vendor.daily_limit,
            refusals=self.vendor.refusals,
            missing_scopes=self.vendor.missing_scopes,
            missing_scope_words=self.vendor.missing_scope_words,
            secrets=[value for value in values if value],
            attempts=self.patience.attempts,
            is_continued=endpoint is not None and bool(endpoint.since),
            is_check=endpoint is None,
        )

    def _address_variable(self) -> str:
        """The variable that decided where the API is: its whole address, or else what the vendor makes it from."""
        named = self.vendor.address_variable or self.vendor.variables[0].name
        return self.settings.variable("BASE_URL" if self.settings.get("BASE_URL") else named)

    def _now(self) -> datetime:
        return (self.began + timedelta(seconds=time.monotonic() - self._ticks)).astimezone(UTC)


def _needs(vendor: Vendor, endpoint: Endpoint | None) -> str:
    needs = [vendor.role]
    if endpoint and endpoint.scope:
        needs.append(vendor.scopes_are.format(endpoint.scope))
    if endpoint and endpoint.plan:
        needs.append(f"the plan {endpoint.plan}")
    return ", ".join(filter(None, needs)) or "more rights"


def _checked_address(settings: Settings, base_url: str) -> str:
    """The address without credentials inside; a secret is sent over an open line to this machine only."""
    parts = urlsplit(base_url)
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise SourceError(f"{settings.source}: {settings.variable('BASE_URL')} must begin with https://")
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _without_secrets(method: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    params: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() not in _SECRET_PARAMETERS:
            params[name] = [*_listed(params[name]), value] if name in params else value
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    return {"method": method, "url": urlunsplit(address), "params": params}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
