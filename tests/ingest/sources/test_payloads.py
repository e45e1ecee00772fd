"""Every payload of a vendor's documentation is listed with its page, and every entity has one.

That each has the outcome of its name is tested where the vendor is built (`tests/warehouse/test_<vendor>.py`).
"""

from __future__ import annotations

import pytest

from ingest.contracts import vendor_contracts
from ingest.sources import VENDORS
from tests.ingest.sources.documented import PAYLOADS, index


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_payload_is_listed_with_its_page_and_each_entity_has_one(vendor: str) -> None:
    listed = index(vendor)
    entries = listed["answers"] | listed.get("tokens", {}) | listed.get("refusals", {})
    assert sorted(entries) == sorted(path.name for path in (PAYLOADS / vendor).iterdir() if path.name != "pages.yml")
    unknown = [name for name, entry in entries.items() if not (entry["page"] or "").startswith("https://")]
    assert [name for name in unknown if not entries[name]["seen"].startswith("no page was found")] == []
    assert [name for name, entry in entries.items() if not entry["seen"]] == []
    assert {entry["entity"] for entry in listed["answers"].values()} == set(vendor_contracts(vendor))
