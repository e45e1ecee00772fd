"""The jobs, as a short list. Each description says when a person would press the button.

Selections and run config only; what the steps do is in the assets. Schedules and sensors are in modules of their own.
"""

import dagster as dg

from orchestration.assets import extracts, publication, windows

# Windows of vendors are chosen by a person; everything else is each day's.
_EVERY_DAY = dg.AssetSelection.all() - dg.AssetSelection.groups(windows.GROUP)

DAILY_REFRESH = dg.define_asset_job(
    "daily_refresh",
    selection=_EVERY_DAY,
    description=(
        "Loads what landed, rebuilds what changed, checks every layer, publishes. Press it when new data should be out "
        "before tomorrow, or after mending what made last night's run fail."
    ),
)

BACKFILL = dg.define_asset_job(
    "backfill",
    selection=dg.AssetSelection.groups(extracts.GROUP).without_checks(),
    description=(
        "Loads into the lake whatever landing holds and the lake does not, and leaves the warehouse alone; one "
        "daily_refresh follows by itself. Press it when a source has delivered a past window again."
    ),
)

FULL_REBUILD = dg.define_asset_job(
    "full_rebuild",
    selection=_EVERY_DAY,
    config={"resources": {"run": {"config": {"full_refresh": True}}}},
    description=(
        "The daily refresh with every incremental table built anew from all of the lake. Press it after changing a "
        "staging model, or when the warehouse file was deleted."
    ),
)

PUBLISH = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets(publication.PUBLISHED_FILE, publication.REPORT).without_checks(),
    description=(
        "Publishes the warehouse as it is and writes the report, if every layer of it was checked and held. Press it "
        "when a run was good but its publication failed, for want of disk space for example."
    ),
)

JOBS = [DAILY_REFRESH, BACKFILL, FULL_REBUILD, PUBLISH]

# Only where a source with credentials can be asked for a window.
REPULL = dg.define_asset_job(
    "repull",
    selection=dg.AssetSelection.groups(windows.GROUP),
    description=(
        "Asks the vendors once more for what changed on the chosen days and loads it; one daily_refresh follows by "
        "itself. Press it when a vendor had an outage or mended its data."
    ),
)
