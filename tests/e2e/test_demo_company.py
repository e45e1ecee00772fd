"""The demo company end to end: what was planted is published, and every fault is found by the check named for it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingest.demo import write_demo
from tests.e2e.conftest import Company
from tests.warehouse.harness import build, rows

# One seed has nine relational cells of segment and channel; five have 45, so that 90 to 99 % can be told apart.
OTHER_SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="session")
def worlds(company: Company, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Warehouses of five seeds with their truths: the published one, and four built without the orchestrator."""
    found = [(company.published(), company.truth)]
    for seed in OTHER_SEEDS:
        home = tmp_path_factory.mktemp(f"seed_{seed}")
        demo = write_demo(home / "landing", seed=seed)
        found.append((build(home, as_of=demo.as_of), home / "demo" / "truth"))
    return found


def test_identity_is_precise_and_complete(worlds):
    for warehouse, truth in worlds:
        [(pairs, joined, true, both)] = rows(
            warehouse,
            f"""
            with members as (
                select map.record_key, map.customer_id, people.person_id
                from core.dim_identity_map as map
                inner join '{truth}/people.parquet' as people
                    on
                        map.source_system = people.source_system
                        and map.entity = people.entity
                        and map.source_id = people.source_id
            ),
            pairs as (
                select a.customer_id = b.customer_id as is_joined, a.person_id = b.person_id as is_true
                from members as a
                inner join members as b on a.record_key < b.record_key
                where a.customer_id = b.customer_id or a.person_id = b.person_id
            )
            select
                count(*),
                count(*) filter (is_joined),
                count(*) filter (is_true),
                count(*) filter (is_joined and is_true)
            from pairs
            """,
        )
        assert pairs > 3000
        assert both / joined >= 0.99, "people were joined who are not one"
        assert both / true >= 0.99, "one person was left in pieces"


def test_planted_nps_lies_in_the_published_interval(worlds):
    inside = []
    for warehouse, truth in worlds:
        inside += [
            low <= planted <= high
            for low, planted, high in rows(
                warehouse,
                f"""
                select marts.nps_low, cells.nps_of_answering, marts.nps_high
                from marts.mart_nps as marts
                inner join '{truth}/nps_cells.parquet' as cells
                    on
                        marts.segment = cells.segment
                        and marts.channel = cells.channel
                where
                    marts.period_grain = 'all_time'
                    and marts.programme = 'relational'
                    and cells.touchpoint = 'relationship'
                """,
            )
        ]
    assert len(inside) == 9 * len(worlds)
    assert 0.90 <= sum(inside) / len(inside) <= 0.99


def test_median_reply_time_in_business_minutes_is_within_a_minute(worlds):
    for warehouse, truth in worlds:
        compared = rows(
            warehouse,
            f"""
            with planted as (
                select team, median(first_reply_business_minutes) as minutes
                from '{truth}/tickets.parquet'
                where
                    not is_test and not is_merged and not is_spam and not is_deleted
                    and first_reply_business_minutes is not null
                group by team
            )
            select planted.team, planted.minutes, published.value
            from planted
            left join marts.metric_values as published
                on
                    planted.team = published.dimension_value
                    and published.metric = 'first_reply_business_minutes'
                    and published.dimension = 'team'
                    and published.period_grain = 'all_time'
            """,
        )
        assert len(compared) == 4
        for team, planted, published in compared:
            assert abs(planted - published) <= 1, f"{team}: planted {planted}, published {published}"


def test_logo_churn_is_what_happened(worlds):
    for warehouse, truth in worlds:
        compared = rows(
            warehouse,
            f"""
            with planted as (
                select month, sum(customers_left) as gone, sum(customers_at_start) as opening
                from '{truth}/churn_months.parquet' group by month
            )
            select planted.month, planted.gone, planted.opening, published.numerator, published.denominator
            from planted
            inner join marts.metric_values as published
                on
                    planted.month = published.period_start
                    and published.metric = 'logo_churn_rate'
                    and published.period_grain = 'month'
                    and published.dimension = 'all'
            where planted.opening > 0
            """,
        )
        assert len(compared) >= 20
        for month, gone, opening, numerator, denominator in compared:
            assert (gone, opening) == (numerator, denominator), f"{truth}: {month}"


def test_the_service_centre_is_what_was_planted(company: Company):
    published = company.published()
    totals = dict(rows(published, f"from '{company.truth}/totals.parquet'"))
    counted = {
        "interactions": "select count(*) from core.fct_interactions where interaction_id like 'INT-%'",
        "calls_about_tickets": """
            select count(ticket_id) from core.fct_interactions where interaction_id like 'INT-%' and channel = 'phone'
        """,
        "qa_reviews": "select count(*) from core.fct_qa_reviews where review_id like 'QR-%'",
        "failed_reviews": "select count(*) from core.fct_qa_reviews where is_auto_fail and score = 0",
        "qa_answers": "select count(*) from core.fct_qa_answers where review_id like 'QR-%'",
        "answers_that_do_not_apply": """
            select count(*) from core.fct_qa_answers where exclusion_reason = 'not_applicable'
        """,
        "cases": "select count(*) from core.fct_cases where case_id like 'FU-%'",
        "closed_cases": "select count(*) from core.fct_cases where case_id like 'FU-%' and is_closed",
    }
    assert {name: rows(published, sql)[0][0] for name, sql in counted.items()} == {n: totals[n] for n in counted}
    # The same person in a call as in the CRM, and nobody who is known only from a call.
    [(calls, alike)] = rows(
        published,
        f"""
        select count(*), count(*) filter (interactions.customer_id = contacts.customer_id)
        from core.fct_interactions as interactions
        inner join '{company.truth}/people.parquet' as people
            on people.entity = 'interactions' and interactions.interaction_id = people.source_id
        inner join (
            select people.person_id, min(map.customer_id) as customer_id
            from '{company.truth}/people.parquet' as people
            inner join core.dim_identity_map as map
                on
                    map.source_system = 'crm'
                    and people.source_system = 'crm'
                    and map.entity = 'contacts'
                    and people.entity = 'contacts'
                    and map.source_id = people.source_id
            group by people.person_id
        ) as contacts using (person_id)
        """,
    )
    assert (calls, alike) == (totals["interactions"], totals["interactions"])


def faults(company: Company, kind: str, columns: str = "detector, sum(row_count)") -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {columns} from '{company.truth}/faults.parquet' where detector_kind = ? group by all order by all",
            [kind],
        ).fetchall()


def test_quarantine_holds_exactly_the_planted_rows(company: Company):
    planted = faults(company, "quarantine", "source_system, entity, file, column_name, detector, sum(row_count)")
    found = rows(
        company.published(),
        """
        select source_system, entity, file, "column", reason, sum(row_count)
        from quality.quarantined_values group by all order by all
        """,
    )
    assert sorted(found, key=str) == sorted(planted, key=str)


def test_every_row_read_is_loaded_or_in_quarantine(company: Company):
    broken = rows(
        company.published(),
        "select file from quality.loaded_files where rows_read <> rows_loaded + rows_quarantined",
    )
    assert broken == []


def test_every_planted_warning_is_raised_with_its_count_and_no_other(company: Company):
    planted = {detector: int(count) for detector, count in faults(company, "expectation")}
    found = {
        f"{layer}.{table}.{name}": count
        for layer, table, name, count in rows(
            company.published(),
            """
            select layer, table_name, expectation, unexpected_count
            from quality.expectation_results where not success
            """,
        )
    }
    # Quarantined rows are reported a second time, by the gate of their layer: they are compared above.
    extra = {name for name in found if not name.endswith(".nothing_is_quarantined")} - planted.keys()
    assert extra == set()
    assert {name: found.get(name) for name in planted} == planted


def test_critical_checks_hold_and_the_screen_says_so(company: Company):
    assert "PUBLISHED" in company.output.upper()
    assert "Traceback" not in company.output
    assert rows(
        company.published(),
        "select count(*) from quality.expectation_results where not success and severity = 'critical'",
    ) == [(0,)]


def test_no_direct_identifier_is_published(company: Company):
    """Every text of the published file is searched for an address or a phone of the delivered contacts."""
    warehouse = duckdb.connect(str(company.home / "warehouse" / "warehouse.duckdb"), read_only=True)
    secrets = {
        value.lower()
        for pair in warehouse.execute("select trim(email), trim(phone) from raw.generic__contacts").fetchall()
        for value in pair
        if value and ("@" in value or sum(character.isdigit() for character in value) >= 7)
    }
    published = company.published()
    columns = rows(
        published,
        """
        select table_schema, table_name, column_name from information_schema.columns where data_type = 'VARCHAR'
        """,
    )
    for schema, table, column in columns:
        values = rows(published, f'select distinct lower("{column}") from {schema}.{table}')
        assert not {value for (value,) in values} & secrets, f"{schema}.{table}.{column}"


def test_no_mart_holds_nan_or_infinity(company: Company):
    published = company.published()
    columns = rows(
        published,
        """
        select table_schema, table_name, column_name from information_schema.columns
        where data_type = 'DOUBLE' and table_schema in ('core', 'marts')
        """,
    )
    for schema, table, column in columns:
        assert rows(
            published, f'select count(*) from {schema}.{table} where isnan("{column}") or isinf("{column}")'
        ) == [(0,)], f"{schema}.{table}.{column}"
