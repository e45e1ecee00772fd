"""A small part of `python -m benchmarks.kills`: what writes is killed, and the next one ends as if nothing had been."""

import subprocess
import sys

import pytest

from benchmarks.killed_parts import PARTS
from orchestration.settings import PROJECT_ROOT


# In a process of its own: it forks, and the one that runs the tests has threads.
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_leaves_old_or_new_and_is_continued(part: str) -> None:
    program = [sys.executable, "-m", "benchmarks.kills", "--moments", "6", "--part", part]
    outcome = subprocess.run(program, capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " kills at " in outcome.stdout
