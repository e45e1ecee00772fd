"""What a company reads that makes a mistake in a seed: which one, where in it, and what to do."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from orchestration import cli
from orchestration.dbt import DbtProject
from orchestration.seeds import seed_faults
from orchestration.settings import PROJECT_ROOT, Settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project of its own: the seeds, and the models that say which columns a condition may name."""
    folder = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT / "seeds", folder / "seeds")
    (folder / "models").symlink_to(DBT_PROJECT / "models")
    return folder


def edit(project: Path, seed: str, old: str, new: str) -> None:
    path = project / "seeds" / f"{seed}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_seeds_of_the_project_have_no_fault() -> None:
    assert seed_faults(DBT_PROJECT) == []


def test_seeds_saved_by_a_spreadsheet_with_a_byte_order_mark_have_none_either(project: Path) -> None:
    path = project / "seeds" / "targets.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert seed_faults(project) == []


def test_columns_of_the_companys_own_are_no_fault(project: Path) -> None:
    edit(project, "role_access", "dimension_value", "dimension_value,why")
    assert seed_faults(project) == []


@pytest.mark.parametrize(
    ("seed", "old", "new", "fault"),
    [
        (
            "targets",
            "nps,all,all,40,1900-01-01,",
            "nps,all,all,40,31/02/2026,",
            "line 2: valid_from is '31/02/2026', which is no day; write it as YYYY-MM-DD.",
        ),
        (
            "targets",
            "nps,all,all,40,",
            "nps,all,all,forty,",
            "line 2: target_value is 'forty', which is no number; write it as 12.5.",
        ),
        (
            "targets",
            "nps,all,all,40,",
            "npss,all,all,40,",
            "line 2: metric is 'npss', but metric_definitions has no such metric;"
            " write 'nps' if that is meant, else add it there.",
        ),
        (
            "targets",
            "nps,all,all,40,1900-01-01,\n",
            "nps,all,all,40,2026-01-01,2026-01-01\n",
            "line 2: a target ends after it begins, and here it does not.",
        ),
        (
            "targets",
            "csat_ticket,all,all,85",
            "csat,all,all,80",
            "lines 3 and 4: they are the same metric csat, dimension all, dimension_value all, valid_from 1900-01-01;"
            " keep one of them.",
        ),
        (
            "personas",
            "persona,name,segment",
            "persona,title,segment",
            "line 1: there is no column name;"
            " the header must have persona, name, segment, goals, frustrations, channels.",
        ),
        ("contact_reasons", "login,", "defect,", "lines 15 and 16: they are the same reason defect; keep one of them."),
        (
            "segments",
            "segment = 'smb'",
            "size = 'smb'",
            "line 3: rule is \"size = 'smb'\", which is no condition on customer_360:"
            ' Referenced column "size" not found in FROM clause.',
        ),
        (
            "touchpoints",
            "subscription_id is null",
            "amount",
            "line 12: filter is 'amount', which is no condition on payments:"
            " it gives a DECIMAL(18,4) and neither true nor false.",
        ),
        (
            "touchpoints",
            "Marketing,true",
            ",true",
            "line 2: owner is empty; fill it in.",
        ),
        (
            "touchpoints",
            "in_person,consideration",
            "meeting,consideration",
            "line 8: channel is 'meeting', but channels has no such channel; add it there or write another.",
        ),
        (
            "bad_experiences",
            "fct_payments",
            "fct_payment",
            "line 11: entity is 'fct_payment', and there is no such table; write the name of one.",
        ),
        (
            "channels",
            "email,digital",
            "email,online",
            "line 2: channel_group is 'online'; it must be one of digital, physical, voice, social.",
        ),
        (
            "channels",
            "email,digital,false",
            "email,digital,sometimes",
            "line 2: is_personal is 'sometimes', which is neither true nor false; write one of them.",
        ),
        (
            "journey_map",
            "Learn that we can help",
            "Learn that, in short, we can help",
            "line 2: there are 11 values for 9 columns; put a text that has commas into double quotes,"
            " and a comma for each value that is left empty.",
        ),
        (
            "identity_blocklist",
            "^[+]?0*",
            "^[+?0*",
            "line 3: pattern is '^[+?0*(1234567|12345678|123456789|1234567890|0+)$', which is no regular expression:"
            " missing ]: [+?0*(1234567|12345678|123456789|1234567890|0+)$.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(project: Path, seed: str, old: str, new: str, fault: str) -> None:
    edit(project, seed, old, new)
    place = f"dbt_project/seeds/{seed}.csv, "
    assert seed_faults(project) == [place + fault]


def test_a_seed_that_is_missing_empty_or_saved_otherwise_says_so(project: Path) -> None:
    seeds = project / "seeds"
    (seeds / "segments.csv").write_text("segment;name;priority;rule;valid_from\n", encoding="utf-8")
    (seeds / "channels.csv").write_bytes("channel,channel_group\nfilé,digital\n".encode("latin-1"))
    (seeds / "role_access.csv").write_text("", encoding="utf-8")
    (seeds / "rfm_segments.csv").unlink()
    found = {fault.split(".csv", 1)[0].rsplit("/", 1)[-1]: fault.split(".csv", 1)[1] for fault in seed_faults(project)}
    assert found == {
        "channels": " is not UTF-8; save it as CSV in UTF-8.",
        "rfm_segments": " is missing; put it back, with no more than its header if it is to be empty:"
        " recency_score,frequency_score,rfm_segment.",
        "role_access": " is empty; put back its header: role,principal,dimension,dimension_value.",
        "segments": ", line 1: there is no column segment;"
        " the header must have segment, name, priority, rule, valid_from and commas between them, no semicolons.",
    }


def test_the_command_refuses_to_run_with_exit_code_2(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project, "targets", "nps,all,all,40", "npss,all,all,40")
    edit(project, "channels", "email,digital", "email,online")
    shutil.copy(DBT_PROJECT / "dbt_project.yml", project)
    monkeypatch.setenv("CX360_HOME", str(tmp_path / "home"))

    @dataclass(frozen=True)
    class Elsewhere(Settings):
        dbt_project: Path = project

    monkeypatch.setattr(cli, "Settings", Elsewhere)
    outcome = CliRunner().invoke(cli.main, ["run"])
    assert outcome.exit_code == 2
    assert outcome.output.splitlines() == [
        "Error: dbt_project/seeds/channels.csv, line 2: channel_group is 'online';"
        " it must be one of digital, physical, voice, social.",
        "dbt_project/seeds/targets.csv, line 2: metric is 'npss', but metric_definitions has no such metric;"
        " write 'nps' if that is meant, else add it there.",
    ]


def test_every_seed_is_made_anew_by_each_run(parsed: DbtProject) -> None:
    # dbt loads a file into a table that is there already by the place of its columns, whatever they are called.
    seeds = [node for node in parsed.manifest["nodes"].values() if node["resource_type"] == "seed"]
    assert seeds
    assert all(node["config"]["full_refresh"] for node in seeds)


def test_every_seed_and_column_is_described_and_typed(parsed: DbtProject) -> None:
    for node in parsed.manifest["nodes"].values():
        if node["resource_type"] == "seed":
            header = (DBT_PROJECT / node["original_file_path"]).read_text(encoding="utf-8").splitlines()[0].split(",")
            assert node["description"].endswith("."), node["name"]
            assert list(node["config"]["column_types"]) == header, node["name"]
            described = {column["name"]: column["description"] for column in node["columns"].values()}
            assert list(described) == header, node["name"]
            assert all(text.endswith(".") for text in described.values()), node["name"]


def test_the_entities_of_touchpoints_are_those_that_the_macro_knows(parsed: DbtProject) -> None:
    # The closed list of the seed stands beside it, the instants of each entity in macros/touchpoints.sql.
    [allowed] = [
        node["test_metadata"]["kwargs"]["values"]
        for node in parsed.manifest["nodes"].values()
        if node.get("test_metadata", {}).get("name") == "accepted_values" and "touchpoints_entity" in node["name"]
    ]
    macro = parsed.manifest["macros"]["macro.cx360.touchpoint_entities"]["macro_sql"]
    assert sorted(allowed) == sorted(re.findall(r'"(\w+)": \{"happened_at"', macro))


def test_conditions_of_the_seed_decide_where_rows_belong_that_name_no_touchpoint(published_home: Path) -> None:
    # Orders and tickets of the demo name their touchpoint; posts, refunds and opportunities have no column for it.
    expected = {
        "social_post": "select min(posted_at), max(posted_at) from core.fct_social_posts where is_own",
        "review": "select min(posted_at), max(posted_at) from core.fct_social_posts"
        " where not is_own and post_type = 'review'",
        "refund": "select min(refunded_at), max(refunded_at) from core.fct_refunds",
        "sales_talk": "select min(created_at), max(created_at) from core.fct_opportunities",
        "purchase": "select min(seen_at), max(seen_at) from (select ordered_at as seen_at from core.fct_orders"
        " union all select created_at from core.fct_carts where touchpoint = 'purchase')",
        "store_purchase": "select null, null",
    }
    with duckdb.connect(str(published_home / "published" / "cx360.duckdb"), read_only=True) as connection:
        seen = {
            touchpoint: (first, last)
            for touchpoint, first, last in connection.execute(
                "select touchpoint, first_seen_at, last_seen_at from core.dim_touchpoints"
            ).fetchall()
        }
        for touchpoint, query in expected.items():
            assert seen[touchpoint] == connection.execute(query).fetchone(), touchpoint
        undocumented = "select touchpoint from core.dim_touchpoints where not is_documented"
        assert connection.execute(undocumented).fetchall() == [("unknown",)]
