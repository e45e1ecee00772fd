"""Lists of lists: what is asked for one by one, of each record of another list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ingest.sources.errors import SourceError

if TYPE_CHECKING:
    from ingest.sources.client import Client
    from ingest.sources.pages import Page

#: What a request for one may be answered with while others are answered: closed, gone, too large.
_ONLY_THIS_ONE = (403, 404, 413)


def of_each(client: Client, entity: str, ids: list[str], pages: Callable[[str], Iterator[Page]]) -> Iterator[Page]:
    """The pages of each; what is gone since it was listed, closed to the account or too large, is passed over.

    Args:
        client: is told what was passed over, and why.
        entity: what is asked for.
        ids: of what it is asked for.
        pages: makes the pages of one.

    Raises:
        SourceError: something else is wrong, or all of them are refused.
    """
    refused: list[SourceError] = []
    for one in ids:
        try:
            yield from pages(one)
        except SourceError as error:
            if error.status not in _ONLY_THIS_ONE:
                raise
            refused.append(error)
            reason = "it is gone" if error.status == 404 else str(error).removeprefix(f"{client.settings.source}: ")
            client.passed_over.append(f"{client.settings.source}: {entity} of {one} is left out: {reason}")
            client.is_partial = client.is_partial or error.status != 404
    if refused and len(refused) == len(ids):
        raise refused[0]
