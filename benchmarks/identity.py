"""Who is who, measured: precision, recall and F1 over pairs, next to Splink's documented settings; time and memory.

    python -m benchmarks.identity [--data DIR] [--records N]

Belongs here: the three public data sets with known persons, made people of any number, and what is counted. Both sides
see the same columns in the same run. The step is the real one (`orchestration.steps.identity`), on tables as dbt leaves
them. `--records N` measures N made records instead: a full run, and one with 1/365 more.
"""

from __future__ import annotations

import json
import logging
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import duckdb

from orchestration.steps.identity import resolve_identities
from orchestration.steps.linkage import LinkageSettings

RESULTS = Path(__file__).with_name("results") / "identity.json"
DATA = Path(__file__).parents[2] / "shared" / "data"
SETS = ("febrl1", "febrl4", "fake_1000")
LOADED_AT = datetime(2026, 7, 1, tzinfo=UTC)
#: Splink gets the best of these for each set, by the truth, which a company does not have.
SPLINK_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
_COLUMNS = "contact_id, first_name, last_name, email, birth_date::date as birth_date, street, postal_code, city"


def warehouse(home: Path, contacts: str, *, memory_gb: int | None = None) -> duckdb.DuckDBPyConnection:
    """A warehouse as dbt leaves it before the identity step; `contacts` is a query of _COLUMNS and `loaded_at`."""
    connection = duckdb.connect(str(home / "warehouse.duckdb"))
    if memory_gb:
        connection.execute(f"set memory_limit = '{memory_gb}GB'")
    connection.execute("set timezone = 'UTC'; create schema intermediate; create schema settings")
    connection.execute(
        f"""
        create table intermediate.int_identity_records as
        select
            md5(contact_id) as record_key, 'crm' as source_system, 'contacts' as entity, contact_id as source_id,
            contact_id, lower(trim(email)) as email, null::varchar as phone, null::varchar as phone_country,
            null::varchar as external_ids, null::varchar as social_handles, null::varchar as merged_into_id,
            first_name, last_name, birth_date, street, postal_code, city, loaded_at as first_loaded_at
        from ({contacts});
        create table intermediate.int_account_records as
        select
            null::varchar as record_key, null::varchar as source_system, null::varchar as entity,
            null::varchar as source_id, null::varchar as domain, null::varchar as external_ids,
            null::varchar as merged_into_id, null::timestamptz as first_loaded_at
        where false;
        create table settings.identity_blocklist (key_type varchar, pattern varchar, reason varchar);
        create table settings.identity_overrides (
            rule varchar, entity varchar, left_source_system varchar, left_source_id varchar,
            right_source_system varchar, right_source_id varchar, reason varchar
        );
        """
    )
    return connection


def score(found: Iterable[tuple[Any, Any]]) -> dict[str, float]:
    """Precision, recall and F1 over pairs; `found` gives of each record its true person and its cluster."""
    persons, clusters, both = Counter[Any](), Counter[Any](), Counter[Any]()
    for person, cluster in found:
        persons[person] += 1
        clusters[cluster] += 1
        both[person, cluster] += 1

    def pairs(counts: Counter[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    right, claimed, true = pairs(both), pairs(clusters), pairs(persons)
    return {
        "precision": right / claimed if claimed else 1.0,
        "recall": right / true,
        "f1": 2 * right / (claimed + true),
    }


def ours(contacts: str, truth: str) -> dict[str, float]:
    """What the step makes of the contacts with its default settings."""
    with tempfile.TemporaryDirectory() as home, warehouse(Path(home), contacts) as connection:
        resolve_identities(connection, Path(home, "lake"), loaded_at=LOADED_AT)
        return score(
            connection.execute(
                f"select truth.entity, clusters.cluster_id from ({truth}) as truth"
                " inner join steps.identity_clusters as clusters on truth.contact_id = clusters.source_id"
            ).fetchall()
        )


def splinks(contacts: str, truth: str) -> dict[str, float]:
    """What Splink's tutorial makes of them: its comparisons, its way of training, its blocking, on these columns."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table contacts as select * replace (birth_date::varchar as birth_date) from ({contacts})"
        )
        used = {
            name
            for name in ("email", "street", "postal_code", "city")
            if connection.execute(f"select count({name}) from contacts").fetchall() != [(0,)]
        }
        comparisons = [
            cl.NameComparison("first_name"),
            cl.NameComparison("last_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            *([cl.EmailComparison("email")] if "email" in used else []),
            *([cl.JaroWinklerAtThresholds("street")] if "street" in used else []),
            *([cl.PostcodeComparison("postal_code")] if "postal_code" in used else []),
            *([cl.ExactMatch("city").configure(term_frequency_adjustments=True)] if "city" in used else []),
        ]
        rules = [
            block_on("first_name", "last_name"),
            block_on("last_name", "birth_date"),
            block_on("first_name", "birth_date"),
            *([block_on("email")] if "email" in used else []),
            *(
                [block_on("postal_code", "last_name"), block_on("postal_code", "first_name")]
                if "postal_code" in used
                else []
            ),
            *([block_on("first_name", "city")] if "city" in used else []),
            *([block_on("street")] if "street" in used else []),
        ]
        api = DuckDBAPI(connection)
        linker = Linker(
            api.register("contacts"),
            SettingsCreator(
                link_type="dedupe_only",
                unique_id_column_name="contact_id",
                comparisons=comparisons,
                blocking_rules_to_generate_predictions=rules,
            ),
            log_level=None,
        )
        linker.training.estimate_probability_two_random_records_match(
            [block_on("first_name", "last_name", "birth_date"), *([block_on("email")] if "email" in used else [])],
            recall=0.7,
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
        for rule in (block_on("first_name", "last_name"), block_on("birth_date")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        predictions = linker.inference.predict(threshold_match_probability=min(SPLINK_THRESHOLDS))
        best: dict[str, float] = {"f1": -1.0}
        for threshold in SPLINK_THRESHOLDS:
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
            found = score(
                connection.execute(
                    f"select entity, cluster_id from ({truth}) join {clusters.physical_name} using (contact_id)"
                ).fetchall()
            )
            best = max(best, found | {"threshold": threshold}, key=lambda result: result["f1"])
        return best


def made(records: int, more: int = 0) -> str:
    """People with Zipf-like names, one in five of whom has a second record with a slip; one in a hundred is a twin.

    The truth is in contact_id: what stands before the dash.
    """
    letters = "'bcdfghklmnprstvz'"
    vowels = "'aeiou'"

    def name(seed: str, count: int, syllables: int) -> str:
        rank = f"floor(pow({count}, (hash({seed}) % 1000000) / 1000000.0))::bigint"
        parts = [
            f"substr({letters}, (hash({rank}, {place}) % 16 + 1)::int, 1)"
            f" || substr({vowels}, (hash({rank}, {place}, 1) % 5 + 1)::int, 1)"
            for place in range(syllables)
        ]
        return " || ".join(parts)

    people = (records + more) * 5 // 6
    return f"""
        with people as (
            select
                i as person,
                case when i % 100 = 1 then i - 1 else i end as household
            from range({people}) as numbers (i)
        ),
        lives as (
            select
                person,
                {name("person, 'given'", 3000, 3)} as first_name,
                {name("household, 'family'", 60000, 4)} as last_name,
                date '1940-01-01' + (hash(household, 'born') % 25000)::int as birth_date,
                (hash(household, 'number') % 120 + 1) || ' ' || {name("household, 'street'", 5000, 4)} || ' street'
                    as street,
                lpad((hash(household, 'code') % 30000)::varchar, 5, '0') as postal_code,
                {name("hash(household, 'code') % 30000", 3000, 4)} as city
            from people
        ),
        delivered as (
            select person || '-0' as contact_id, * exclude (person), hash(person, 'kind') % 5 as slip from lives
            union all
            select
                person || '-1',
                case when kind = 0 then left(first_name, 2) || substr(first_name, 4) when kind = 1 then last_name
                    else first_name end,
                case when kind = 1 then first_name when kind = 2 then left(last_name, 3) || 'x' || substr(last_name, 5)
                    else last_name end,
                case when kind = 3 then birth_date + 1 when kind = 4 then null else birth_date end,
                case when kind = 5 then null else street end,
                case when kind = 6 then left(postal_code, 4) || '0' else postal_code end,
                city, 9
            from (select *, hash(person, 'slip') % 8 as kind from lives where hash(person, 'twice') % 5 = 0)
        )
        select contact_id, first_name, last_name, null::varchar as email, birth_date, street, postal_code, city
        from delivered
    """


def measure_made(records: int, memory_gb: int | None) -> dict[str, Any]:
    """A full run and one with 1/365 more records: seconds of CPU, wall and peak memory of this process."""
    extra = max(records // 365, 1)
    result: dict[str, Any] = {"records": records}
    with tempfile.TemporaryDirectory() as home:
        contacts = f"select *, timestamptz '2026-07-01' as loaded_at from ({made(records, extra)})"
        with warehouse(Path(home), contacts, memory_gb=memory_gb) as connection:
            # The last people come with the second day.
            connection.execute(
                f"""
                create table everyone as from intermediate.int_identity_records;
                delete from intermediate.int_identity_records
                where split_part(source_id, '-', 1)::bigint >= {(records) * 5 // 6}
                """
            )
            for day in ("full", "next_day"):
                if day == "next_day":
                    connection.execute(
                        "create or replace table intermediate.int_identity_records as from everyone;"
                        " drop table everyone"
                    )
                cpu, wall = time.process_time(), time.perf_counter()
                resolve_identities(
                    connection,
                    Path(home, "lake"),
                    loaded_at=LOADED_AT,
                    linkage_settings=LinkageSettings(retrain_growth=0.1),
                )
                result[day] = {
                    "cpu_seconds": round(time.process_time() - cpu, 1),
                    "wall_seconds": round(time.perf_counter() - wall, 1),
                    "records": connection.execute("select count(*) from steps.identity_clusters").fetchall()[0][0],
                    **score(
                        connection.execute(
                            "select split_part(source_id, '-', 1)::bigint, hash(cluster_id)"
                            " from steps.identity_clusters"
                        ).fetchall()
                    ),
                }
    result["share_of_full_cpu"] = result["next_day"]["cpu_seconds"] / result["full"]["cpu_seconds"]
    result["peak_memory_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2)
    return result


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Folder of the public data sets.")
@click.option("--records", type=int, help="Measure so many made records instead of the data sets.")
@click.option("--memory-gb", type=int, help="Memory that a statement may use before it spills.")
def main(data: Path, records: int | None, memory_gb: int | None) -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if records:
        results[f"made_{records}"] = measure_made(records, memory_gb)
        click.echo(json.dumps(results[f"made_{records}"], indent=1))
    else:
        for name in SETS:
            file = f"read_csv('{data}/{name}/landing/generic/contacts/{name}.csv', all_varchar = true)"
            contacts = f"select {_COLUMNS}, timestamptz '2026-07-01' as loaded_at from {file}"
            truth = f"select contact_id, entity from read_csv('{data}/{name}/truth.csv', all_varchar = true)"
            results[name] = {"cx360": ours(contacts, truth), "splink": splinks(contacts, truth)}
            click.echo(f"{name}: {results[name]}")
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
