"""The vendors whose systems are read as they are: by file drops of their own exports and by API pulls.

A folder per vendor, each with the same parts: `contracts/` (what its records hold), what it can pull, a README. What
becomes of a record after landing is the loader's business, and its way to the canonical columns dbt's.
"""

#: Names of the vendors. A folder of the landing zone is a vendor's if it has its name, or its name and a suffix:
#: `zendesk`, `zendesk_emea`.
VENDORS = ("qualtrics", "zendesk")


def vendor_of(source: str) -> str | None:
    """The vendor whose system a source is; None if it is nobody's, so that its files hold canonical entities."""
    return next((vendor for vendor in VENDORS if source == vendor or source.startswith(f"{vendor}_")), None)
