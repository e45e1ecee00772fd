"""The vendors whose systems can be read, and which of them a source belongs to.

A source is one account at a vendor: its name is the vendor's, or the vendor's and anything after an underscore, so
that several accounts stand side by side (`zendesk`, `zendesk_emea`). One folder per vendor says as data what can be
pulled; `ingest.sources.pull` asks for it and lands the answers. Importing this package costs nothing: the HTTP client
is imported by the first pull.
"""

from __future__ import annotations

#: Names of the vendors; each is a folder beside this module.
VENDORS = ("zendesk",)


def vendor_of(source: str) -> str | None:
    """The vendor whose account the source is, or None if its name is no vendor's."""
    name = source.partition("_")[0]
    return name if name in VENDORS else None
