"""The figures about the data themselves: checks, rows, files, what was set aside, publications.

Belongs here: tables of schema `quality`. Does not belong here: what is said about customers (`figures`).
"""

from __future__ import annotations

from dashboards.report import wording
from dashboards.report.elements import Figure, Line, Table, table_cell, text_cell
from dashboards.report.published import Check, Published

REASONS_SHOWN = 50
FINDINGS_SHOWN = 50
RELEASES_SHOWN = 10

LAYERS = {
    "landing": "Files as received",
    "raw": "Lake",
    "staging": "Staging",
    "intermediate": "Intermediate",
    "core": "Core",
    "metrics": "Metrics",
    "marts": "Marts",
}


def checks(published: Published) -> Figure:
    """How many expectations held, by layer."""
    key, title, source = "checks", "Checks, by layer", "quality.expectation_results"
    if not published.checks:
        return Figure(key, title, missing="The published file holds no results of checks.")
    lines = []
    for layer in sorted({check.layer for check in published.checks}, key=_layer_order):
        results = [check for check in published.checks if check.layer == layer]
        numbers = {
            "held": sum(check.success for check in results),
            "warning": sum(not check.success and check.severity == "warning" for check in results),
            "failed": sum(not check.success and check.severity != "warning" for check in results),
        }
        cells = [table_cell(source, {"layer": layer}, name, number) for name, number in numbers.items()]
        lines.append(Line([text_cell(_layer_name(layer)), *cells]))
    held = sum(check.success for check in published.checks)
    note = f"{wording.number(held)} of {wording.number(len(published.checks))} checks held."
    if published.tests:
        tests = sum(row["test_count"] for row in published.tests)
        passed = sum(row["test_count"] for row in published.tests if row["status"] == "pass")
        note += f" Besides, {wording.number(passed)} of {wording.number(tests)} tests of the tables passed."
    return Figure(
        key,
        title,
        guide="How many expectations about the data held at each step on its way into this report.",
        table=Table(title, ("Layer", "Held", "Warnings", "Failed"), lines),
        is_open=True,
        note=note,
    )


def findings(published: Published) -> Figure:
    """Every check that did not hold."""
    key, title = "findings", "What the checks found"
    found = [check for check in published.checks if not check.success]
    if not published.checks:
        return Figure(key, title, is_wide=True, missing="The published file holds no results of checks.")
    if not found:
        return Figure(key, title, is_wide=True, missing="Every check held: there is nothing to report.")
    found.sort(key=lambda check: (check.severity == "warning", _layer_order(check.layer), check.table))
    rest = len(found) - FINDINGS_SHOWN
    return Figure(
        key,
        title,
        guide="Each finding says what to look at. A warning does not stop the publication.",
        table=Table(title, ("Where", "Kind", "Finding"), [_finding(check) for check in found[:FINDINGS_SHOWN]]),
        is_open=True,
        is_wide=True,
        note=f"{rest} further findings are in quality.expectation_results." if rest > 0 else "",
    )


def layers(published: Published) -> Figure:
    """Tables and rows by layer."""
    key, title, source = "layers", "Rows, by layer", "quality.layer_rows"
    if not published.layers:
        return Figure(key, title, missing="The published file does not say how many rows each layer has.")
    lines = [
        Line(
            [
                text_cell(_layer_name(row["layer"])),
                *(
                    table_cell(source, {"layer": row["layer"]}, name, row[name])
                    for name in ("table_count", "row_count")
                ),
            ]
        )
        for row in sorted(published.layers, key=lambda row: _layer_order(row["layer"]))
    ]
    return Figure(
        key,
        title,
        guide="From the lake to the tables that readers open.",
        table=Table(title, ("Layer", "Tables", "Rows"), lines),
        is_open=True,
    )


def files(published: Published) -> Figure:
    """Files and rows received, by source."""
    key, title, source = "files", "Files received, by source", "quality.loaded_files"
    if not published.files:
        return Figure(key, title, is_wide=True, missing="No file has been received yet.")
    names = ("file_count", "unreadable_count", "rows_read", "rows_loaded", "rows_quarantined")
    lines = [
        Line(
            [
                text_cell(row["source_system"]),
                *(table_cell(source, {"source_system": row["source_system"]}, name, row[name]) for name in names),
            ]
        )
        for row in published.files
    ]
    return Figure(
        key,
        title,
        guide="Rows read are rows loaded plus rows set aside: nothing gets lost in between.",
        table=Table(title, ("Source", "Files", "Unreadable", "Rows read", "Loaded", "Set aside"), lines),
        is_open=True,
        is_wide=True,
    )


def set_aside(published: Published) -> Figure:
    """Rows in quarantine, by source, entity, column and reason; never the values themselves."""
    key, title, source = "quarantined", "Rows set aside, by reason", "quality.quarantined_values"
    if not published.quarantined:
        missing = "No row has been set aside: every row kept to the rules of its file."
        return Figure(key, title, is_wide=True, missing=missing)
    names = ("source_system", "entity", "column", "reason")
    lines = []
    for row in published.quarantined[:REASONS_SHOWN]:
        lines.append(
            Line(
                [
                    text_cell(row["source_system"]),
                    text_cell(row["entity"]),
                    text_cell(row["column"] or "whole row"),
                    text_cell(row["reason"]),
                    table_cell(source, {name: row[name] for name in names}, "row_count", row["row_count"]),
                ]
            )
        )
    rest = len(published.quarantined) - REASONS_SHOWN
    return Figure(
        key,
        title,
        guide="What was wrong with the rows that were set aside; a row can be wrong in several ways.",
        table=Table(title, ("Source", "Entity", "Column", "Reason", "Values"), lines),
        is_open=True,
        is_wide=True,
        note=f"{rest} rarer reasons are in quality.quarantined_values." if rest > 0 else "",
    )


def unreadable(published: Published) -> Figure:
    """Files of which nothing could be loaded, by source, entity and reason."""
    key, title, source = "unreadable", "Files that could not be read", "quality.loaded_files"
    if not published.files:
        return Figure(key, title, is_wide=True, missing="No file has been received yet.")
    if not published.unreadable:
        return Figure(key, title, is_wide=True, missing="Every file could be read.")
    names = ("source_system", "entity", "message")
    lines = [
        Line(
            [
                text_cell(row["source_system"]),
                text_cell(row["entity"] or "none"),
                text_cell(row["message"]),
                table_cell(source, {name: row[name] for name in names}, "unreadable_count", row["unreadable_count"]),
            ]
        )
        for row in published.unreadable[:REASONS_SHOWN]
    ]
    rest = len(published.unreadable) - REASONS_SHOWN
    return Figure(
        key,
        title,
        guide="Nothing of these files is in this report; deliver them again once they are mended.",
        table=Table(title, ("Source", "Entity", "Reason", "Files"), lines),
        is_open=True,
        is_wide=True,
        note=f"{rest} rarer reasons are in quality.loaded_files." if rest > 0 else "",
    )


def publications(published: Published) -> Figure:
    """The last publications, the one that this report belongs to first."""
    key, title, source = "publications", "Publications", "quality.releases"
    if not published.releases:
        return Figure(key, title, is_wide=True, missing="The published file holds no record of publications.")
    lines = []
    for item in reversed(published.releases[-RELEASES_SHOWN:]):
        where = {"release_id": item.release_id}
        lines.append(
            Line(
                [
                    text_cell(f"{item.published_at:%Y-%m-%d %H:%M} UTC"),
                    text_cell(wording.day(item.as_of)),
                    table_cell(source, where, "table_count", item.table_count),
                    table_cell(source, where, "row_count", item.row_count),
                    text_cell(item.release_id),
                ]
            )
        )
    return Figure(
        key,
        title,
        guide="Each publication replaces the one before in one step; the first row is the one you are reading.",
        table=Table(title, ("Published", "Data up to", "Tables", "Rows", "Release"), lines),
        is_open=True,
        is_wide=True,
    )


def _finding(check: Check) -> Line:
    return Line(
        [
            text_cell(f"{_layer_name(check.layer)}: {check.table}"),
            text_cell("Warning" if check.severity == "warning" else "Failed"),
            text_cell(check.message or check.expectation),
        ]
    )


def _layer_name(layer: str) -> str:
    return LAYERS.get(layer, wording.member(layer))


def _layer_order(layer: str) -> tuple[int, str]:
    names = list(LAYERS)
    return (names.index(layer) if layer in names else len(names), layer)
