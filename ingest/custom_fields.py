"""The setting `custom_fields`: which fields that only one company has go on, and under which name.

    {"zendesk": {"tickets": {"category": "custom_fields.360001", "plan": "custom_fields.360002"}}}

by source, canonical entity and name. What becomes of them is the dbt project's business (macros/custom_fields.sql);
here is only what a person may write.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.contracts import COMMON_COLUMNS, load_contracts

#: Entities of which fields of any name are kept, in core.custom_field_values.
KEPT = ("accounts", "contacts", "orders", "survey_responses", "tickets")

_SOURCE = r"[^'\"\\]+"
_NAME = r"[a-z][a-z0-9_]*"
#: Its keys with full stops between; a quote or a backslash would end the key in SQL.
_FIELD = r"[^'\"\\.]+(\.[^'\"\\.]+)*"


def fault_of(setting: Any) -> str | None:
    """What is wrong with the setting, as a sentence without its full stop; None if nothing is."""
    contracts = load_contracts()
    shape = f"must be {{source: {{entity: {{name: field}}}}}}, the entity one of {', '.join(contracts)}"
    if not isinstance(setting, dict) or not all(isinstance(entities, dict) for entities in setting.values()):
        return f"it {shape}"
    fixed = {column.name for column in COMMON_COLUMNS}
    for source, entities in setting.items():
        if not re.fullmatch(_SOURCE, str(source)):
            return f"{source!r} is no source, which has the name of a folder in landing"
        for entity, fields in entities.items():
            if entity not in contracts or not isinstance(fields, dict):
                return f"it {shape}; it has {entity!r} for {source}"
            for name, field in fields.items():
                if name in contracts[entity].key:
                    return f"it cannot fill {entity}.{name}, which is the key"
                if name in fixed:
                    return f"it cannot fill {entity}.{name}, by which versions are told apart"
                if entity not in KEPT and name not in {column.name for column in contracts[entity].columns}:
                    return (
                        f"{entity} has no column {name}, and fields of other names are kept of {', '.join(KEPT)} only"
                    )
                if not re.fullmatch(_NAME, str(name)):
                    return f"{name!r} for {source}.{entity} is no name: lower case, digits and underscores"
                if not re.fullmatch(_FIELD, str(field)):
                    return f"{field!r} for {source}.{entity} is no field: keys with full stops between, without quotes"
    return None
