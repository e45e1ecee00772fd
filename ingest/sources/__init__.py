"""The vendors whose systems are read as they are, by API pulls and by file drops of their own exports.

A source is one account at a vendor: its name is the vendor's, or the vendor's and anything after an underscore, so that
several accounts stand side by side (`zendesk`, `zendesk_emea`). One folder per vendor says as data what can be pulled
and what its records hold (`contracts/`); `ingest.sources.pull` asks for it and lands the answers. What becomes of a
record after landing is the loader's business, and its way to the canonical columns dbt's. Importing this package costs
nothing: the HTTP client is imported by the first pull.
"""

from __future__ import annotations

#: Names of the vendors; each is a folder beside this module.
VENDORS = ("freshdesk", "hubspot", "qualtrics", "zendesk")


def vendor_of(source: str) -> str | None:
    """The vendor whose account a source is; None if it is nobody's, so that its files hold canonical entities."""
    return next((vendor for vendor in VENDORS if source == vendor or source.startswith(f"{vendor}_")), None)
