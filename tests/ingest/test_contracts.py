"""The contracts are sound, and what is derived from them is up to date."""

from __future__ import annotations

import ast
import re

import pytest

from ingest import dbt_sources
from ingest.contracts import GENERIC, load_contracts, vendor_contracts
from ingest.custom_fields import KEPT
from ingest.sources import VENDORS, vendor_of


def test_every_entity_of_the_canonical_format_has_a_contract():
    assert list(load_contracts()) == [
        "account_contacts",
        "accounts",
        "actions",
        "agents",
        "campaign_events",
        "cart_lines",
        "carts",
        "cases",
        "consents",
        "contacts",
        "customer_traits",
        "exchange_rates",
        "feature_requests",
        "goals",
        "holidays",
        "interactions",
        "locations",
        "marketing_costs",
        "opportunities",
        "order_lines",
        "orders",
        "payments",
        "product_usage",
        "products",
        "qa_answers",
        "qa_items",
        "qa_reviews",
        "referrals",
        "refunds",
        "schedules",
        "sla_policies",
        "social_mentions",
        "social_metrics",
        "social_posts",
        "subscriptions",
        "survey_answers",
        "survey_invitations",
        "survey_populations",
        "survey_questions",
        "survey_responses",
        "surveys",
        "ticket_events",
        "tickets",
        "trainings",
        "web_sessions",
    ]


def test_every_entity_takes_updated_at_and_is_deleted_last():
    for contract in load_contracts().values():
        assert [column.name for column in contract.columns[-2:]] == ["updated_at", "is_deleted"]


@pytest.mark.parametrize(
    ("source", "vendor"),
    [("zendesk", "zendesk"), ("zendesk_emea", "zendesk"), ("zendesks", None), ("my_zendesk", None), ("shop", None)],
)
def test_a_source_is_a_vendors_by_its_name(source, vendor):
    assert vendor_of(source) == vendor


def test_descriptions_are_sentences():
    contracts = [contract for vendor in (GENERIC, *VENDORS) for contract in vendor_contracts(vendor).values()]
    for contract in contracts:
        for text in [contract.description, *(column.description for column in contract.columns)]:
            assert text.endswith("."), f"{contract.entity}: {text}"
            assert len(text.split()) > 2, f"{contract.entity}: {text}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("entity: b\ndescription: x\nkey: [a]\ncolumns: []\n", "name of the file"),
        ("entity: a\ndescription: x\nkey: [b]\ncolumns:\n  - {name: a, type: string, description: x}\n", "`key`"),
        ("entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: text, description: x}\n", "type text"),
        ("entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: string}\n", "no description"),
        (
            "entity: a\ndescription: x\nkey: [a]\ntakes_any: true\ncolumns:\n  - {name: a, type: string, "
            "description: x}\n",
            "takes_any",
        ),
        (
            "entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: string, requird: true, "
            "description: x}\n",
            "requird",
        ),
        (
            "entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: string, epoch: milliseconds, "
            "description: x}\n",
            "`epoch`",
        ),
        (
            "entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: date, formats: [y], description: x}\n",
            "`formats`",
        ),
        (
            "entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: money, thousands: _, description: x}\n",
            "`thousands`",
        ),
        (
            'entity: a\ndescription: x\nkey: [a]\ncolumns:\n  - {name: a, type: integer, without_prefix: "\'", '
            "description: x}\n",
            "`without_prefix`",
        ),
        (
            "entity: a\ndescription: x\nkey: [a]\nspread: a\ncolumns:\n  - {name: a, type: string, description: x}\n",
            "`spread`",
        ),
        (
            "entity: a\ndescription: x\nkey: [is_deleted]\ncolumns:\n  - {name: is_deleted, type: string, "
            "description: x}\n",
            "twice",
        ),
    ],
)
def test_a_broken_contract_is_refused_with_its_file_and_column(tmp_path, content, message):
    (tmp_path / "a.yml").write_text(content)
    with pytest.raises(ValueError, match=message):
        load_contracts(tmp_path)


def test_committed_dbt_files_are_those_of_the_contracts():
    contracts = load_contracts()
    expected = {
        dbt_sources.STAGING_FOLDER / "_generic__sources.yml": dbt_sources.sources_yml(contracts),
        dbt_sources.STAGING_FOLDER / "_generic__models.yml": dbt_sources.models_yml(contracts),
        dbt_sources.CURRENT_FOLDER / "_current__models.yml": dbt_sources.current_yml(contracts),
    }
    for vendor in VENDORS:
        path = dbt_sources.STAGING_FOLDER.parent / vendor / f"_{vendor}__sources.yml"
        expected[path] = dbt_sources.sources_yml(vendor_contracts(vendor))
    for path, text in expected.items():
        assert path.read_text(encoding="utf-8") == text, "run `python -m ingest.dbt_sources`"


def test_every_entity_is_judged_by_the_key_of_its_contract():
    model = (dbt_sources.CURRENT_FOLDER / "int_versions_judged.sql").read_text(encoding="utf-8")
    judged = ast.literal_eval(re.search(r"set keys = (\{.*?\}) -%", model, flags=re.DOTALL).group(1))
    assert judged == {contract.entity: list(contract.key) for contract in load_contracts().values()}


def test_the_staging_models_of_vendors_are_those_that_the_unions_take():
    macros = (dbt_sources.STAGING_FOLDER.parents[2] / "macros" / "staging_models.sql").read_text(encoding="utf-8")
    named = ast.literal_eval(re.search(r"return\((\{.*?\})\)", macros, flags=re.DOTALL).group(1))
    for vendor in VENDORS:
        folder = dbt_sources.STAGING_FOLDER.parent / vendor
        prefix = f"stg_{vendor}__"
        assert named[vendor] == sorted(path.stem.removeprefix(prefix) for path in folder.glob(f"{prefix}*.sql"))
    assert set(named) == set(VENDORS)


def test_entities_whose_custom_fields_are_kept_are_those_of_the_model():
    model = (dbt_sources.STAGING_FOLDER.parents[1] / "core" / "custom_field_values.sql").read_text(encoding="utf-8")
    assert tuple(re.findall(r'^    "(\w+)": \(', model, flags=re.MULTILINE)) == KEPT
