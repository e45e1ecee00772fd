"""One worker per folder: its companies are built once per session, and two workers would build them twice."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by folder, for `--dist loadgroup`."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
