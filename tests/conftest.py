"""One worker per folder whose tests share a company: it is built once a session, by two workers it would be twice."""

from __future__ import annotations

import pytest

# Large groups first: a worker that begins with one of them when the others are done keeps everybody waiting. In
# `warehouse` each file is a group, which is small enough for the end.
_LONGEST_FIRST = ("e2e", "orchestration", "ingest", "sources", "expectations", "warehouse")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for `--dist loadgroup`: by folder, or by file where each file has companies of its own. A file
    may name its group itself.

    First, because pytest-xdist reads the groups in the same hook.
    """
    items.sort(key=lambda item: _turn(item.path.parent.name))
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        shares_a_company = (item.path.parent / "conftest.py").exists()
        item.add_marker(pytest.mark.xdist_group(item.path.parent.name if shares_a_company else item.path.stem))


def _turn(folder: str) -> int:
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)
