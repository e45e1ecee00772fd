"""A small published file for tests of the report, in the shape of the real one.

Columns and types of the marts are read from the dbt contracts, so that the file here cannot drift from what dbt builds.
Values are made up but agree with each other where a reader would check (the bridge foots, parts give their ratio).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

MODELS_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
AS_OF = date(2026, 6, 30)
MONTHS = [date(2024 + (6 + index) // 12, (6 + index) % 12 + 1, 1) for index in range(24)]

QUALITY = """
create table quality.expectation_results (
    layer varchar, table_name varchar, expectation varchar, severity varchar, success boolean,
    observed varchar, unexpected_count bigint, message varchar, run_id varchar, as_of date
);
create table quality.dbt_test_results (
    layer varchar, table_name varchar, test varchar, severity varchar, status varchar,
    failures bigint, message varchar, seconds double, run_id varchar, as_of date
);
create table quality.layer_rows (layer varchar, table_name varchar, row_count bigint, run_id varchar, as_of date);
create table quality.loaded_files (
    source_system varchar, entity varchar, file varchar, load_id varchar, load_sequence bigint, status varchar,
    rows_read bigint, rows_loaded bigint, rows_quarantined bigint, rows_tombstoned bigint,
    unknown_columns varchar[], seconds double, message varchar, loaded_at timestamptz
);
create table quality.quarantined_values (
    source_system varchar, entity varchar, file varchar, "column" varchar, reason varchar, row_count bigint
);
create table quality.releases (
    release_id varchar not null, published_at timestamptz not null, as_of date not null, run_id varchar not null,
    table_count bigint not null, row_count bigint not null
);
"""


DEFINITIONS = {
    # metric: (name, unit, direction)
    "nps": ("Net Promoter Score", "points", "up"),
    "csat": ("Customer satisfaction", "percent", "up"),
    "csat_ticket": ("Ticket satisfaction", "percent", "up"),
    "ces": ("Customer effort: easy", "percent", "up"),
    "survey_response_rate": ("Survey response rate", "percent", "up"),
    "fcr": ("First contact resolution", "percent", "up"),
    "fcr_one_touch": ("First contact resolution, one touch", "percent", "up"),
    "fcr_strict": ("First contact resolution, strict", "percent", "up"),
    "fcr_no_repeat": ("First contact resolution, no repeat", "percent", "up"),
    "fcr_reported": ("First contact resolution, as reported", "percent", "up"),
    "first_reply_minutes": ("First reply time", "minutes", "down"),
    "first_reply_business_minutes": ("First reply time in business hours", "minutes", "down"),
    "resolution_minutes": ("Resolution time", "minutes", "down"),
    "reply_within_24h_rate": ("Replied within 24 hours", "percent", "up"),
    "reopen_rate": ("Reopened", "percent", "down"),
    "backlog": ("Backlog", "count", "down"),
    "mrr": ("Monthly recurring revenue", "money", "up"),
    "new_mrr": ("New recurring revenue", "money", "up"),
    "reactivation_mrr": ("Returned recurring revenue", "money", "up"),
    "expansion_mrr": ("Expanded recurring revenue", "money", "up"),
    "contraction_mrr": ("Reduced recurring revenue", "money", "down"),
    "churned_mrr": ("Lost recurring revenue", "money", "down"),
    "logo_churn_rate": ("Customer churn", "percent", "down"),
    "gross_mrr_churn_rate": ("Gross revenue churn", "percent", "down"),
    "nrr": ("Net revenue retention", "percent", "up"),
    "grr": ("Gross revenue retention", "percent", "up"),
    "net_revenue": ("Net revenue", "money", "up"),
    "average_order_value": ("Average order value", "money", "up"),
    "repeat_purchase_rate": ("Repeat purchase rate", "percent", "up"),
    "clv_historic": ("Customer lifetime value so far", "money", "up"),
    "clv_expected": ("Customer lifetime value expected", "money", "up"),
    "p_alive": ("Probability of being active", "percent", "up"),
    "top20_revenue_share": ("Revenue share of the top fifth", "percent", "up"),
}

Row = dict[str, Any]


def write_published(
    path: Path,
    *,
    values: Iterable[Row] | None = None,
    retention: Iterable[Row] = (),
    bridge: Iterable[Row] = (),
    buyers: Iterable[Row] = (),
    quality: Mapping[str, Iterable[Row]] | None = None,
    definitions: Iterable[Row] | None = None,
) -> Path:
    """A published file with these rows; columns that a row does not name are null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = {
        "core.dim_segments": [{"segment": "smb", "name": "Small & medium businesses"}],
        "marts.metric_values": values or (),
        "marts.metric_definitions": [definition(metric) for metric in DEFINITIONS]
        if definitions is None
        else definitions,
        "marts.mart_retention_cohorts": retention,
        "marts.mart_mrr_bridge": bridge,
        "marts.mart_customer_value": buyers,
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'; create schema core; create schema marts; create schema quality")
        for table, rows in tables.items():
            connection.execute(f"create table {table} ({contract(table.partition('.')[2])})")
            insert(connection, table, rows)
        connection.execute(QUALITY)
        for table, rows in (quality or {}).items():
            insert(connection, f"quality.{table}", rows)
    return path


def contract(table: str) -> str:
    """Columns and types of a table, from the yml beside its model."""
    for file in sorted(MODELS_FOLDER.rglob("_*__models.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            if model["name"] == table:
                return ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
    raise AssertionError(f"no contract of {table} under {MODELS_FOLDER}")


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    by_columns: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(row), []).append(list(row.values()))
    for names, found in by_columns.items():
        columns = ", ".join(f'"{name}"' for name in names)
        places = ", ".join([f"({', '.join('?' * len(names))})"] * len(found))
        connection.execute(f"insert into {table} ({columns}) values {places}", [item for row in found for item in row])


def definition(metric: str) -> Row:
    name, unit, direction = DEFINITIONS[metric]
    return {
        "metric": metric,
        "name": name,
        "question": f"What does {name.lower()} say?",
        "population": "Everyone",
        "numerator": "What is counted",
        "denominator": "All of them",
        "unit": unit,
        "direction": direction,
        "event_date": "day",
        "maturity_rule": "None",
        "exclusions": "Test customers",
        "null_rule": "Nobody counted",
        "grains": "month quarter trailing all_time",
        "owner": "cx",
        "source": "House rule",
        "window_days": 0,
        "version": 1,
    }


def value(
    metric: str, grain: str = "trailing", start: date | None = None, number: float | None = None, **more: Any
) -> Row:
    """A row of marts.metric_values; an interval of 5 to either side unless told otherwise."""
    unit = DEFINITIONS[metric][1]
    row: Row = {
        "metric": metric,
        "period_grain": grain,
        "period_start": start,
        "dimension": "all",
        "dimension_value": "all",
        "unit": unit,
        "currency": "USD" if unit == "money" else None,
        "numerator": number,
        "denominator": 100.0,
        "n": 0 if number is None else 100,
        "value": number,
        "value_low": None,
        "value_high": None,
        "pending_n": 0,
        "is_final": False,
        "is_change_significant": None,
        "as_of": AS_OF,
    }
    if number is not None and unit not in ("money", "count"):
        row |= {"value_low": number - 5, "value_high": number + 5}
    return row | more


def company(path: Path) -> Path:
    """A company with everything: two years of answers, tickets, subscriptions and orders."""
    rows: list[Row] = []
    level = {"points": 31.25, "percent": 81.05, "minutes": 187.5, "count": 42.0, "money": 91234.5678}
    for number, metric in enumerate(DEFINITIONS):
        base = level[DEFINITIONS[metric][1]] + number / 3
        if metric.endswith("_mrr"):
            base = 1500.25 + 100 * number
        previous = None
        for index, month in enumerate(MONTHS):
            amount = base * (1 + 0.06 * math.sin(index / 2 + number))
            if metric == "csat" and index == 7:
                rows.append(value(metric, "month", month, None))
                previous = None
                continue
            rows.append(
                value(
                    metric,
                    "month",
                    month,
                    amount,
                    n=40 + 3 * index,
                    target_value=35.0 if metric == "nps" else None,
                    previous_value=previous,
                    change=None if previous is None else amount - previous,
                    pending_n=3 if metric == "fcr" and index == 23 else 0,
                )
            )
            previous = amount
        for index in range(0, 24, 3):
            rows.append(value(metric, "quarter", MONTHS[index], base + index / 7, n=150 + index))
        if metric in ("nps", "csat", "first_reply_minutes", "resolution_minutes", "ces"):
            members = {
                "segment": ["smb", "enterprise", "consumer", "price_hunter", "unknown"],
                "channel": ["email", "web", "phone", "chat", "Public sector partners and resellers, northern region"],
                "team": ["Billing", "Technical support, second level", "Returns and refunds", "unknown"],
            }
            for dimension, names in members.items():
                for index, name in enumerate(names):
                    n = 400 // (index + 1) ** 2
                    half = 100 / math.sqrt(n)
                    amount = base * (1 - 0.12 * index)
                    rows.append(
                        value(
                            metric,
                            "trailing",
                            None,
                            amount,
                            dimension=dimension,
                            dimension_value=name,
                            n=n,
                            value_low=amount - half,
                            value_high=amount + 1.2 * half,
                        )
                    )
        if metric not in ("mrr", "backlog", "logo_churn_rate", "gross_mrr_churn_rate", "nrr", "grr"):
            rows.append(
                value(
                    metric,
                    "trailing",
                    None,
                    base,
                    n=1234,
                    target_value=40.0 if metric == "nps" else None,
                    pending_n=31 if metric == "fcr" else 0,
                )
            )
            rows.append(value(metric, "all_time", None, base + 1, n=2345))
    bridge = [
        {
            "month_start": month,
            "product_id": "all",
            "segment": segment,
            "currency": "USD",
            "start_mrr": 40000 + index,
            "fx_effect": 12.5,
            "end_mrr": 41000 + index,
        }
        for index, month in enumerate(MONTHS)
        for segment in ("consumer", "enterprise")
    ]
    retention = [
        {
            "basis": basis,
            "cohort_month": month,
            "age_months": age,
            "month_start": MONTHS[index + age],
            "currency": "USD",
            "cohort_size": 120 - index,
            "active_customers": 60,
            "n": 120 - index,
            "classic_retention_rate": 100.0 * (0.96 if basis == "subscription" else 0.6) ** age,
        }
        for basis in ("subscription", "purchase")
        for index, month in enumerate(MONTHS)
        for age in range(24 - index)
    ]
    groups = ["champion", "loyal", "cannot_lose", "at_risk", "hibernating", "new", None]
    buyers = [
        {
            "customer_id": f"c{index:04}",
            "month_start": MONTHS[-1],
            "rfm_segment": groups[index % 7],
            "currency": "USD",
            "net_revenue": 20.5 * (index % 7) + index,
            "is_current": True,
        }
        for index in range(200)
    ]
    quality: dict[str, list[Row]] = {
        "expectation_results": [
            {
                "layer": layer,
                "table_name": f"{layer}_{index}",
                "expectation": f"expectation {index}",
                "severity": "warning" if index % 3 == 0 else "critical",
                "success": index != 3,
                "message": None
                if index != 3
                else f"{layer}: 12 e-mail addresses are shared by more than five contacts.",
            }
            for layer in ("landing", "raw", "staging", "core", "marts")
            for index in range(8)
        ],
        "dbt_test_results": [
            {"layer": "core", "test": f"unique_{index}", "severity": "error", "status": "pass"} for index in range(30)
        ],
        "layer_rows": [
            {"layer": layer, "table_name": f"{layer}_{index}", "row_count": 1000 * (index + 1)}
            for layer in ("raw", "staging", "intermediate", "core", "metrics", "marts")
            for index in range(3)
        ],
        "loaded_files": [
            {
                "source_system": source,
                "entity": "orders",
                "file": f"{source}/orders/1.csv",
                "status": "loaded",
                "rows_read": 1000,
                "rows_loaded": 993,
                "rows_quarantined": 7,
            }
            for source in ("crm", "helpdesk", "webshop")
        ]
        + [
            {
                "source_system": "helpdesk",
                "entity": "tickets",
                "file": f"helpdesk/tickets/{index}.xlsx",
                "status": "unreadable",
                "message": "the spreadsheet is protected by a password",
            }
            for index in (1, 2)
        ],
        "quarantined_values": [
            {
                "source_system": "webshop",
                "entity": "orders",
                "file": "webshop/orders/1.csv",
                "column": "ordered_at",
                "reason": "not a timestamp",
                "row_count": 7,
            },
            {
                "source_system": "crm",
                "entity": "contacts",
                "file": "crm/contacts/1.csv",
                "column": "contact_id",
                "reason": "required, but empty",
                "row_count": 2,
            },
        ],
        "releases": [
            {
                "release_id": f"2026070{index}T060000Z-abcdef0{index}",
                "published_at": datetime(2026, 7, index, 6, tzinfo=UTC),
                "as_of": date(2026, 6, 30),
                "run_id": f"run{index}",
                "table_count": 40,
                "row_count": 123456 + index,
            }
            for index in (1, 2)
        ],
    }
    return write_published(path, values=rows, retention=retention, bridge=bridge, buyers=buyers, quality=quality)


def empty_company(path: Path) -> Path:
    """A company about which nothing is known yet: every metric is there for the open windows, without a value."""
    return write_published(
        path, values=[value(metric, grain) for metric in DEFINITIONS for grain in ("trailing", "all_time")]
    )
