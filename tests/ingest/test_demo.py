"""The demo company as files: reproducible, within the contracts, broken only where it says so."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

import ingest.demo
from expectations.suites import LAYERS, load_suites
from ingest.contracts import load_contracts
from ingest.demo import DemoCompany, write_demo
from ingest.demo.shapes import SHAPES
from ingest.lake import LoadedFile, register_raw_views
from ingest.loader import load_landing

LOADED_AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
README = Path(ingest.demo.__file__).parent / "README.md"


@dataclass(frozen=True)
class Loaded:
    """A demo company and what the loader made of it."""

    home: Path
    company: DemoCompany
    files: list[LoadedFile]
    connection: duckdb.DuckDBPyConnection

    def truth(self, name: str) -> str:
        """The truth table as SQL names it."""
        return f"'{self.home}/demo/truth/{name}.parquet'"

    def rows(self, sql: str) -> list[tuple]:
        """Rows of a query over the raw views and, by `truth`, the planted tables."""
        return self.connection.execute(sql).fetchall()


def _load(home: Path, *, faults: bool, customers: int, chunk_customers: int = 10_000) -> Loaded:
    company = write_demo(home / "landing", customers=customers, seed=7, faults=faults, chunk_customers=chunk_customers)
    files = load_landing(home / "landing", home / "lake", reporting_timezone="UTC", loaded_at=LOADED_AT)
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    register_raw_views(connection, home / "lake")
    return Loaded(home, company, files, connection)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return _load(tmp_path_factory.mktemp("faulty"), faults=True, customers=500)


@pytest.fixture(scope="module")
def chunked(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Sound rows only, drawn in four chunks."""
    return _load(tmp_path_factory.mktemp("chunked"), faults=False, customers=500, chunk_customers=150)


def _digests(home: Path) -> dict[str, str]:
    files = (path for path in sorted(home.rglob("*")) if path.is_file())
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_demo(tmp_path / name / "landing", customers=200, seed=7)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")


def test_another_seed_writes_another_company(tmp_path: Path) -> None:
    for seed in (7, 8):
        write_demo(tmp_path / str(seed) / "landing", customers=200, seed=seed)
    one, two = _digests(tmp_path / "7"), _digests(tmp_path / "8")
    drawn = {
        file for file in one.keys() & two.keys() if re.search("orders_20|tickets_20|contacts_20..[.]|people", file)
    }
    assert len(drawn) > 10
    assert all(one[file] != two[file] for file in drawn if "import" not in file and "manual" not in file)


def test_sound_files_are_the_same_with_and_without_faults(tmp_path: Path) -> None:
    for name, faults in (("sound", False), ("faulty", True)):
        write_demo(tmp_path / name / "landing", customers=200, seed=7, faults=faults)
    sound, faulty = _digests(tmp_path / "sound" / "landing"), _digests(tmp_path / "faulty" / "landing")
    assert sound.items() < faulty.items()


def test_sound_company_breaks_no_contract(chunked: Loaded) -> None:
    assert {record.entity for record in chunked.files} == set(load_contracts())
    for record in chunked.files:
        assert (record.status, record.rows_quarantined, record.message) == ("loaded", 0, ""), record.file
        assert record.unknown_columns == [], record.file


def test_every_delivered_row_is_read(faulty: Loaded) -> None:
    planted = dict(faulty.rows(f"select file, row_count from {faulty.truth('files')}"))
    assert planted == faulty.company.rows
    read = {record.file: record.rows_read for record in faulty.files if record.status == "loaded" and record.rows_read}
    assert read == planted


def test_quarantine_holds_exactly_the_planted_faults(faulty: Loaded) -> None:
    found = faulty.rows('select file, "column", reason, row_count from quality.quarantined_values')
    planted = faulty.rows(
        f"""
        select file, column_name, detector, sum(row_count)::bigint from {faulty.truth("faults")}
        where detector_kind = 'quarantine' group by all
        """
    )
    assert len(planted) > 15
    assert Counter(found) == Counter(planted)


def test_files_that_do_not_load_are_those_planted(faulty: Loaded) -> None:
    found = {(record.file, record.status) for record in faulty.files if record.status != "loaded"}
    planted = faulty.rows(f"select file, detector from {faulty.truth('faults')} where detector_kind = 'load'")
    assert found == set(planted)


def test_expectations_named_by_faults_exist(faulty: Loaded) -> None:
    known = {
        f"{suite.layer}.{suite.table}.{rule.name}" for layer in LAYERS for suite in load_suites(layer)
        for rule in suite.expectations
    }  # fmt: skip
    named = faulty.rows(f"select detector from {faulty.truth('faults')} where detector_kind = 'expectation'")
    assert len(named) > 20
    assert {detector for (detector,) in named} <= known


def test_readme_and_faults_tell_the_same(faulty: Loaded) -> None:
    described = {
        match[1]: match[2] for match in re.finditer(r"^\| `(\w+)` \|(.*)$", README.read_text(encoding="utf-8"), re.M)
    }
    planted = faulty.rows(f"select distinct code, detector_kind, detector from {faulty.truth('faults')}")
    tables_of_truth = {path.stem for path in (faulty.home / "demo" / "truth").glob("*.parquet")}
    systems = {path.name for path in (faulty.home / "landing").iterdir()}
    assert {code for code, _, _ in planted} == described.keys() - tables_of_truth - systems - SHAPES.keys()
    assert tables_of_truth <= described.keys()
    assert systems <= described.keys()
    for code, kind, detector in planted:
        expected = "not one of" if detector.startswith("not one of") else detector.split(" (")[0]
        assert expected in described[code], (code, kind, detector)


def test_every_situation_happens(faulty: Loaded) -> None:
    rare = {"currency_changes", "pauses", "segment_changes", "ratings_changed", "deleted_tickets"}
    counts = faulty.rows(f"select code, row_count from {faulty.truth('faults')} where detector_kind = 'rule'")
    assert [code for code, rows in counts if rows == 0 and code not in rare] == []


def test_totals_equal_the_delivered_rows(chunked: Loaded) -> None:
    totals = dict(chunked.rows(f"from {chunked.truth('totals')}"))
    assert totals["persons"] == 500
    counted = {
        "orders": "select count(distinct order_id) from raw.generic__orders",
        "corrected_orders": "select count(*) - count(distinct order_id) from raw.generic__orders",
        "cancelled_orders": "select count(distinct order_id) from raw.generic__orders where status = 'cancelled'",
        "refunds": "select count(*) from raw.generic__refunds",
        "tickets": "select count(*) from raw.generic__tickets",
        "ticket_events": "select count(*) from raw.generic__ticket_events",
        "merged_tickets": "select count(*) from raw.generic__tickets where merged_into_ticket_id is not null",
        "spam_tickets": "select count(*) from raw.generic__tickets where is_spam",
        "deleted_tickets": "select count(*) from raw.generic__tickets where is_deleted",
        "agent_opened_tickets": "select count(*) from raw.generic__tickets where submitter_type = 'agent'",
        "follow_up_tickets": "select count(*) from raw.generic__tickets where follow_up_of_ticket_id is not null",
        "bot_replies": "select count(*) from raw.generic__ticket_events where actor_type = 'bot'",
        "private_notes": "select count(*) from raw.generic__ticket_events where not is_public",
        "invitations": "select count(*) from raw.generic__survey_invitations",
        "responses": "select count(*) from raw.generic__survey_responses",
        "partial_responses": "select count(*) from raw.generic__survey_responses where not is_complete",
        "answers": "select count(*) from raw.generic__survey_answers",
        "order_lines": "select count(*) from raw.generic__order_lines",
        "payments": "select count(*) from raw.generic__payments",
        "carts": "select count(*) from raw.generic__carts",
        "opportunities": "select count(*) from raw.generic__opportunities",
        "lost_opportunities": "select count(*) from raw.generic__opportunities where is_closed and not is_won",
        "posts_of_others": "select count(*) from raw.generic__social_posts where not is_own",
        "posts_of_two_brands": "select count(distinct post_id) from raw.generic__social_mentions",
        "interactions": "select count(*) from raw.generic__interactions",
        "calls_about_tickets": "select count(*) from raw.generic__interactions where ticket_id is not null",
        "qa_reviews": "select count(*) from raw.generic__qa_reviews",
        "targeted_reviews": "select count(*) from raw.generic__qa_reviews where sampling_method = 'targeted'",
        "qa_answers": "select count(*) from raw.generic__qa_answers",
        "answers_that_do_not_apply": "select count(*) from raw.generic__qa_answers where score is null",
        "failed_reviews": "select count(*) from raw.generic__qa_answers where item_id = 'PRIVACY' and score = 0",
        "cases": "select count(*) from raw.generic__cases",
        "closed_cases": "select count(*) from raw.generic__cases where closed_at is not null",
        "campaign_events": "select count(*) from raw.generic__campaign_events",
        "messages_sent": "select count(*) from raw.generic__campaign_events where event = 'sent'",
        "people_who_unsubscribed": """
            select count(distinct contact_id) from raw.generic__campaign_events where event = 'unsubscribed'
        """,
        "web_sessions": "select count(*) from raw.generic__web_sessions",
        "visits_with_order": "select count(*) from raw.generic__web_sessions where reached = 'order'",
        "visits_of_nobody": "select count(*) from raw.generic__web_sessions where contact_id is null",
        "days_of_use": "select count(*) from raw.generic__product_usage",
        "consents": "select count(*) from raw.generic__consents",
        "consents_withdrawn": """
            select count(*) - count(distinct contact_id) from raw.generic__consents where channel = 'email'
        """,
        "traits": "select count(*) from raw.generic__customer_traits",
        "referrals": "select count(*) from raw.generic__referrals",
        "referrals_that_brought_somebody": "select count(converted_at) from raw.generic__referrals",
        "subscription_periods": "select count(*) from raw.generic__subscriptions",
        "pauses": "select count(distinct subscription_id) from raw.generic__subscriptions where status = 'paused'",
    }
    assert {name: chunked.rows(sql)[0][0] for name, sql in counted.items()} == {name: totals[name] for name in counted}


def test_ids_are_unique_over_chunks(chunked: Loaded) -> None:
    for entity, key in (
        ("accounts", "account_id"),
        ("contacts", "contact_id"),
        ("tickets", "ticket_id"),
        ("ticket_events", "event_id"),
        ("survey_responses", "response_id"),
        ("survey_invitations", "invitation_id"),
        ("refunds", "refund_id"),
        ("subscriptions", "subscription_id, period_start"),
        ("order_lines", "order_id, line_number"),
        ("payments", "payment_id"),
        ("carts", "cart_id"),
        ("cart_lines", "cart_id, line_number"),
        ("opportunities", "opportunity_id"),
        ("social_posts", "post_id"),
        ("social_mentions", "post_id, brand"),
        ("social_metrics", "post_id, captured_at"),
        ("interactions", "interaction_id"),
        ("qa_items", "form_id, item_id, valid_from"),
        ("qa_reviews", "review_id"),
        ("qa_answers", "review_id, item_id"),
        ("trainings", "training_id"),
        ("cases", "case_id"),
        ("sla_policies", "policy_id, metric, priority, valid_from"),
        ("locations", "location_id"),
        ("campaign_events", "event_id"),
        ("web_sessions", "session_id"),
        ("product_usage", "account_id, contact_id, product_id, usage_date"),
        ("marketing_costs", "cost_id"),
        ("referrals", "referral_id"),
        ("consents", "contact_id, channel, purpose, effective_at"),
        ("customer_traits", "contact_id, trait_type, trait, valid_from"),
        ("feature_requests", "request_id"),
        ("goals", "goal_id"),
        ("actions", "action_id"),
        ("survey_populations", "survey_id, period_start, dimension, member"),
    ):
        twice = chunked.rows(
            f"""
            select _source_system, {key}, count(*) from raw.generic__{entity}
            where _file not like '%changes%' group by all having count(*) > 1
            """
        )
        assert twice == [], entity


def test_chunking_changes_no_proportions(faulty: Loaded, chunked: Loaded) -> None:
    """Two draws of the same company: counts of some thousands differ by a few per cent, not by factors."""
    one, two = (dict(each.rows(f"from {each.truth('totals')}")) for each in (faulty, chunked))
    for name in ("orders", "order_lines", "payments", "tickets", "ticket_events", "invitations", "answers"):
        assert two[name] == pytest.approx(one[name], rel=0.3), name


def test_references_between_sound_rows_resolve(chunked: Loaded) -> None:
    for child, column, parent, key in (
        ("orders", "contact_id", "contacts", "contact_id"),
        ("refunds", "order_id", "orders", "order_id"),
        ("tickets", "requester_id", "contacts", "contact_id"),
        ("tickets", "assignee_id", "agents", "agent_id"),
        ("tickets", "merged_into_ticket_id", "tickets", "ticket_id"),
        ("ticket_events", "ticket_id", "tickets", "ticket_id"),
        ("survey_answers", "response_id", "survey_responses", "response_id"),
        ("survey_responses", "invitation_id", "survey_invitations", "invitation_id"),
        ("subscriptions", "account_id", "accounts", "account_id"),
        ("subscriptions", "contact_id", "contacts", "contact_id"),
        ("account_contacts", "contact_id", "contacts", "contact_id"),
        ("order_lines", "order_id", "orders", "order_id"),
        ("order_lines", "product_id", "products", "product_id"),
        ("payments", "order_id", "orders", "order_id"),
        ("carts", "contact_id", "contacts", "contact_id"),
        ("carts", "order_id", "orders", "order_id"),
        ("cart_lines", "cart_id", "carts", "cart_id"),
        ("opportunities", "account_id", "accounts", "account_id"),
        ("opportunities", "contact_id", "contacts", "contact_id"),
        ("social_mentions", "post_id", "social_posts", "post_id"),
        ("social_metrics", "post_id", "social_posts", "post_id"),
        ("interactions", "agent_id", "agents", "agent_id"),
        ("interactions", "location_id", "locations", "location_id"),
        ("qa_reviews", "agent_id", "agents", "agent_id"),
        ("qa_reviews", "reviewer_id", "agents", "agent_id"),
        ("qa_reviews", "interaction_id", "interactions", "interaction_id"),
        ("qa_reviews", "form_id", "qa_items", "form_id"),
        ("qa_answers", "review_id", "qa_reviews", "review_id"),
        ("qa_answers", "item_id", "qa_items", "item_id"),
        ("trainings", "agent_id", "agents", "agent_id"),
        ("trainings", "item_id", "qa_items", "item_id"),
        ("cases", "owner", "agents", "agent_id"),
        ("campaign_events", "contact_id", "contacts", "contact_id"),
        ("web_sessions", "contact_id", "contacts", "contact_id"),
        ("product_usage", "contact_id", "contacts", "contact_id"),
        ("product_usage", "product_id", "products", "product_id"),
        ("referrals", "referrer_contact_id", "contacts", "contact_id"),
        ("referrals", "referred_contact_id", "contacts", "contact_id"),
        ("consents", "contact_id", "contacts", "contact_id"),
        ("feature_requests", "product_id", "products", "product_id"),
        ("actions", "goal_id", "goals", "goal_id"),
        ("survey_populations", "survey_id", "surveys", "survey_id"),
        ("customer_traits", "contact_id", "contacts", "contact_id"),
    ):
        lost = chunked.rows(
            f"""
            select count(*) from raw.generic__{child} as child
            where {column} is not null and not exists (
                select 1 from raw.generic__{parent} as parent
                where parent.{key} = child.{column} and parent._source_system = child._source_system
            )
            """
        )
        assert lost == [(0,)], (child, column)


def test_the_service_centre_names_records_of_other_systems(chunked: Loaded) -> None:
    for child, condition, column, system, parent, key in (
        ("interactions", "true", "ticket_id", "helpdesk", "tickets", "ticket_id"),
        ("interactions", "true", "opportunity_id", "crm", "opportunities", "opportunity_id"),
        ("interactions", "true", "email", "crm", "contacts", "lower(trim(email))"),
        ("qa_reviews", "true", "ticket_id", "helpdesk", "tickets", "ticket_id"),
        ("cases", "source_type = 'response'", "source_id", "survey_tool", "survey_responses", "response_id"),
        ("cases", "source_type = 'post'", "source_id", "social", "social_posts", "post_id"),
        ("cases", "source_type = 'ticket'", "source_id", "helpdesk", "tickets", "ticket_id"),
    ):
        [(named, lost)] = chunked.rows(
            f"""
            select count({column}), count(*) filter ({column} not in (
                select {key} from raw.generic__{parent} where _source_system = '{system}'
            ))
            from raw.generic__{child} where {condition}
            """
        )
        assert named > 0, (child, column)
        assert lost == 0, (child, column)


def test_nothing_is_dated_outside_the_24_months(chunked: Loaded) -> None:
    for entity, column in (
        ("orders", "ordered_at"),
        ("refunds", "refunded_at"),
        ("tickets", "created_at"),
        ("ticket_events", "occurred_at"),
        ("survey_invitations", "sent_at"),
        ("survey_responses", "responded_at"),
        ("subscriptions", "period_start"),
        ("contacts", "created_at"),
        ("payments", "attempted_at"),
        ("carts", "created_at"),
        ("opportunities", "created_at"),
        ("social_posts", "posted_at"),
        ("social_metrics", "captured_at"),
        ("interactions", "started_at"),
        ("qa_reviews", "reviewed_at"),
        ("cases", "created_at"),
        ("trainings", "completed_on"),
        ("campaign_events", "occurred_at"),
        ("web_sessions", "started_at"),
        ("product_usage", "usage_date"),
        ("marketing_costs", "period_start"),
        ("referrals", "referred_at"),
        ("consents", "effective_at"),
        ("customer_traits", "valid_from"),
        ("feature_requests", "shipped_on"),
        ("actions", "done_on"),
    ):
        [(first, last)] = chunked.rows(f"select min({column})::date, max({column})::date from raw.generic__{entity}")
        assert first >= date(2024, 7, 1), entity
        assert last <= chunked.company.as_of == date(2026, 6, 30), entity


def test_a_company_that_is_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 200"):
        write_demo(tmp_path / "landing", customers=199)
    assert list(tmp_path.iterdir()) == []


def test_other_sources_in_landing_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "landing" / "legacy" / "contacts" / "contacts.csv"
    stale = tmp_path / "landing" / "crm" / "contacts" / "contacts_1999.csv"
    for path in (other, stale):
        path.parent.mkdir(parents=True)
        path.write_text("contact_id\n1\n")
    write_demo(tmp_path / "landing", customers=200)
    assert other.read_text() == "contact_id\n1\n"
    assert not stale.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"landing", "demo", "demo.json"}


def test_files_are_private_to_the_user(tmp_path: Path) -> None:
    write_demo(tmp_path / "landing", customers=200)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "landing").rglob("*") if path.is_file()} == {0o600}
    assert (tmp_path / "landing").stat().st_mode & 0o777 == 0o700


def test_writing_needs_neither_orchestrator_nor_expectations() -> None:
    code = "import sys, ingest.demo; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"dagster", "dbt", "great_expectations", "expectations", "orchestration"} & set(loaded.split())


def test_lines_sum_to_their_orders_and_payments_to_what_was_charged(chunked: Loaded) -> None:
    orders = """
        select order_id, net_amount, net_amount + tax_amount + shipping_amount as charged, status
        from raw.generic__orders qualify row_number() over (partition by order_id order by updated_at desc) = 1
    """
    compared = {
        "lines": f"""
            select count(*), count(*) filter (lines.net is distinct from orders.net_amount) from ({orders}) as orders
            full join (
                select order_id, sum(quantity::decimal * unit_price - discount_amount) as net
                from raw.generic__order_lines group by order_id
            ) as lines using (order_id)
        """,
        "payments": f"""
            select count(*), count(*) filter (payments.paid is distinct from orders.charged)
            from (from ({orders}) where status = 'completed') as orders
            full join (
                select order_id, sum(amount) as paid from raw.generic__payments where status <> 'failed' group by all
            ) as payments using (order_id)
        """,
        "carts": """
            select count(*), count(*) filter (lines.value is distinct from carts.value)
            from raw.generic__carts as carts
            full join (
                select cart_id, sum(quantity::decimal * unit_price) as value
                from raw.generic__cart_lines group by cart_id
            ) as lines using (cart_id)
        """,
    }
    for name, sql in compared.items():
        [(count, different)] = chunked.rows(sql)
        assert count > 500, name
        assert different == 0, name
