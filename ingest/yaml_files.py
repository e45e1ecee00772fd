"""Reading the project's own YAML: contracts, suites, dbt_project.yml. Nothing here knows what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml's loader where PyYAML was built with it: ten times as fast, and every command reads a hundred of these files.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """The one document of a YAML file as plain Python values. Raises yaml.YAMLError, which names line and column."""
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - both loaders are safe ones
