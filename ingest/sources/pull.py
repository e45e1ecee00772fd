"""Pulls an entity of a source: asks for what changed since the last pull and lands the answers.

    pull("zendesk", "tickets", landing=..., lake=..., environ=os.environ, now=...)

Pages land in files of a limited number of pages. After each file the state says where to go on, so a pull that is cut
keeps what it has and the next one continues there; a page asked for twice changes nothing, because the loader keeps
the latest version of each record. A pull of a window (`since`, `until`) is apart from that and leaves the state alone.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.sources.errors import UNDOCUMENTED
from ingest.sources.pages import Page, PageFiles
from ingest.sources.settings import Settings
from ingest.sources.state import PullState, only_pull, read_state, write_state
from ingest.sources.vendor import Endpoint, Params, instant_of, load_vendor

if TYPE_CHECKING:
    from ingest.sources.client import Client


#: Nothing that is pulled is older.
_BEGINNING = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class PullResult:
    """What a pull has landed, when it has ended or so far.

    Attributes:
        source, entity: what was pulled.
        files: paths relative to the landing folder.
        pages: answers received, those without records included.
        records: records in them; one that came twice counts twice.
        since: where the window begins; None if with the first record.
        until: where it ends.
        passed_over: what could not be read though everything else could, as sentences.
    """

    source: str
    entity: str
    files: tuple[str, ...]
    pages: int
    records: int
    since: datetime | None
    until: datetime
    passed_over: tuple[str, ...] = ()


def pull(
    source: str,
    entity: str,
    *,
    landing: Path,
    lake: Path,
    environ: Mapping[str, str],
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    on_page: Callable[[PullResult], None] | None = None,
) -> PullResult:
    """Lands what the source says about an entity.

    Without `since` the pull continues after the last one; the first begins at `CX360_<SOURCE>_START`, or with the
    first record. With `since` it pulls that window and leaves the state alone. Entities of which the vendor knows no
    changes come whole each time.

    Args:
        source: name of the source, which is the folder in landing.
        entity: name of the entity, as the vendor calls it.
        landing: landing folder.
        lake: lake folder; the state lies in it.
        environ: where the settings are.
        now: instant of the pull, with time zone.
        since: start of the window, with time zone.
        until: end of the window, exclusive, with time zone; `now` if None. Records after it may come along.
        on_page: called after each page with what has come so far.

    Returns:
        What was landed. An empty answer lands no file.

    Raises:
        SourceError: the source cannot be read to the end. Whole pages that came before have landed and count.
        ValueError: an instant has no time zone, or the window has no start.
    """
    for instant in (now, since, until):
        if instant is not None and instant.tzinfo is None:
            raise ValueError("instants of a pull need a time zone")
    if until is not None and since is None:
        raise ValueError("a window that ends needs a start")
    from ingest.sources.client import Client  # dlt takes half a second to import

    vendor = load_vendor(source)
    endpoint = vendor.endpoint(entity)
    client = Client(vendor, source, environ, now)
    with only_pull(lake, source, entity):
        plan = _plan(endpoint, client.settings, lake, now, since, until)
        # Else everything imported is searched for garbage again and again, because every page makes so many objects.
        gc.freeze()
        try:
            return _Pull(client, endpoint, plan, landing, lake).run(on_page)
        finally:
            gc.unfreeze()


def check(source: str, environ: Mapping[str, str]) -> str:
    """Who the source's credentials belong to and where, in one line; costs one cheap request.

    Raises:
        SourceError: a setting is missing, or the vendor does not accept them.
    """
    from ingest.sources.client import Client
    from ingest.sources.settings import Patience

    # Somebody is waiting in front of the screen.
    patience = Patience.from_environ(environ)
    patience = replace(patience, attempts=min(2, patience.attempts))
    client = Client(load_vendor(source), source, environ, datetime.now(UTC), patience)
    return f"{source}: {client.whoami()} at {client.base_url}"


@dataclass(frozen=True)
class _Plan:
    """Where a pull begins and ends.

    `state` is what the next pull would find if this one ended with its first page; None if the pull leaves no state.
    """

    params: Params
    since: datetime | None
    until: datetime
    is_window: bool
    state: PullState | None


def _plan(
    endpoint: Endpoint, settings: Settings, lake: Path, now: datetime, since: datetime | None, until: datetime | None
) -> _Plan:
    is_window = since is not None
    until = until or now
    if not endpoint.since:
        state = PullState({}, False, _text(now), "", _text(now))
        return _Plan({}, None, until, False, None if is_window else state)
    before = None if is_window else read_state(lake, settings.source, endpoint.entity)
    if before is None:
        begin = since or settings.instant("START")
        cursor: Params = {endpoint.since: endpoint.written(begin or _BEGINNING)}
    else:
        begin, cursor = before.next_since, dict(before.cursor)
        if before.is_complete and endpoint.look_back and (reached_to := instant_of(cursor.get(endpoint.since))):
            cursor[endpoint.since] = endpoint.written(max(_BEGINNING, reached_to - endpoint.look_back))
    if endpoint.newest and isinstance(cursor.get(endpoint.since), int):
        cursor[endpoint.since] = min(cursor[endpoint.since], int((now - endpoint.newest).timestamp()))
    params = dict(cursor)
    if is_window and endpoint.until:
        params[endpoint.until] = endpoint.written(until)
    reached = _text(now)
    if before is not None and not before.is_complete and not endpoint.is_position_lasting:
        reached = before.until  # the list that is continued was begun then, and may lack what changed since
    state = PullState(cursor, False, _text(now), _text(begin) if begin else "", reached)
    return _Plan(params, begin, until, is_window, None if is_window else state)


class _Pull:
    """One pull under way."""

    def __init__(self, client: Client, endpoint: Endpoint, plan: _Plan, landing: Path, lake: Path) -> None:
        self.client, self.endpoint, self.plan, self.lake = client, endpoint, plan, lake
        self.source = client.settings.source
        self.landing = landing
        self.state = plan.state
        begin = f"{plan.since.astimezone(UTC):%Y%m%dT%H%M%SZ}" if plan.since else "beginning"
        window = f"from-{begin}_to-{plan.until.astimezone(UTC):%Y%m%dT%H%M%SZ}" if endpoint.since else "whole"
        self.files = PageFiles(landing / self.source / endpoint.entity, client.began, window)
        self.result = PullResult(self.source, endpoint.entity, (), 0, 0, plan.since, plan.until)

    def run(self, on_page: Callable[[PullResult], None] | None) -> PullResult:
        try:
            for page in self._pages():
                if self._is_past(page):
                    break
                self._take(page)
                if on_page is not None:
                    on_page(self.result)
        except BaseException:  # also a keyboard interrupt: what has come is kept
            self._keep()
            raise
        self._end()
        return replace(self.result, passed_over=tuple(self.client.passed_over))

    def _pages(self) -> Iterator[Page]:
        generator = self.endpoint.generator
        try:
            if generator is not None:
                yield from generator(self.client, self.endpoint, self.plan.params)
            else:
                yield from self.client.pages(self.endpoint, self.plan.params)
        except UNDOCUMENTED as error:
            raise self.client.undocumented(self.endpoint, error) from error

    def _is_past(self, page: Page) -> bool:
        """Whether the page and so all after it lie behind the window, where the vendor cannot be told its end."""
        if not self.plan.is_window or self.endpoint.until or not self.endpoint.changed_at or not page.records:
            return False
        found = [record if isinstance(record, dict) else {} for record in page.records]
        changes = [instant_of(record.get(self.endpoint.changed_at)) for record in found]
        return all(change is not None and change >= self.plan.until for change in changes)

    def _take(self, page: Page) -> None:
        if page.records:
            self.files.write(page)
        records = self.result.records + len(page.records)
        self.result = replace(self.result, pages=self.result.pages + 1, records=records)
        if not self.endpoint.since:
            return  # a complete list is one file: only then can what is absent from it be told
        if self.state is not None and page.resume is not None:
            self.state = replace(self.state, cursor=page.resume)
        if self.files.pages_in_file >= self.client.patience.pages_per_file:
            self._land()
            self._commit()

    def _keep(self) -> None:
        if self.endpoint.since:
            self._land()
            if self.result.pages:
                self._commit()
        else:
            self.files.discard()  # a part of a list says nothing about the rest, and the next pull asks for all of it

    def _end(self) -> None:
        self._land(is_whole=not self.endpoint.since and not self.client.is_partial)
        if self.state is not None:
            cursor = self.state.cursor
            if self.endpoint.since and not self.endpoint.is_position_lasting:
                cursor = {self.endpoint.since: self.endpoint.written(datetime.fromisoformat(self.state.until))}
            self.state = replace(self.state, cursor=cursor, is_complete=True)
        self._commit()

    def _land(self, *, is_whole: bool = False) -> None:
        file = self.files.finish(is_whole=is_whole)
        if file is not None:
            self.result = replace(self.result, files=(*self.result.files, file.relative_to(self.landing).as_posix()))

    def _commit(self) -> None:
        if self.state is not None:
            write_state(self.lake, self.source, self.endpoint.entity, self.state)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
