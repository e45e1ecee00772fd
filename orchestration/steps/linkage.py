"""The probable stage of identity: which records without a common key are one person all the same.

Belongs here: which records are compared, how (Splink), with which parameters, and which pairs count as links. Does not
belong here: exact keys, clusters and ids (`orchestration.steps.identity`), and audit tables.

Two records are compared if they agree on one of BLOCKS. Splink scores them by the model of Fellegi and Sunter: each
comparison adds a weight, by how often records of one person agree so (m) and how often records of two do (u). m and u
are learnt from the data where there are enough likely pairs, and else are DEFAULTS. A score is not enough to join two
people: what CONFLICT names parts them whatever the score, and what EVIDENCE names must be there, because a name that
two people share is no evidence, however rare it is.

Texts stay in the database. The result does not depend on the order of rows: records are numbered by their order in the
registry, samples are taken by digest, parameters are rounded.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from orchestration.steps.linkage_memory import LinkageMemory

# Likely pairs that it takes to learn parameters from.
_LIKELY_PAIRS_TO_LEARN = 50
# Pairs with another given name (or birth date) that it takes to tell whether that is a slip.
_SLIPS_TO_TELL = 10
# What share of all true pairs the likely ones are taken to be.
_RECALL_OF_LIKELY_PAIRS = 0.7
_HIGHEST_DEFAULT_PRIOR = 0.001
# Records whose pairs tell how often two people agree (u), and pairs of one block that tell how often records of one do.
_SAMPLE_RECORDS = 2_500
_MAX_TRAINING_PAIRS = 1_000_000
_SMALL = 100_000
# How far the scores may raise the prior odds above those of the likely pairs.
_MAX_PRIOR_BITS = 5.0


@dataclass(frozen=True)
class LinkageSettings:
    """The business settings of the stage; `docs/settings.md` says what each means."""

    is_on: bool = True
    match_probability: float = 0.9
    near_miss_probability: float = 0.5
    max_block_size: int = 100
    max_cluster_size: int = 100
    retrain_growth: float = 0.1

    @classmethod
    def from_vars(cls, business: Mapping[str, Any]) -> LinkageSettings:
        """Of the dbt vars; what is not among them has its default."""
        found = {name: business[var] for name, var in SETTINGS.items() if var in business}
        return cls(**found)


# What is compared of a record.
_TEXTS = ("given", "family", "born", "street", "postal_code", "city", "email", "phone")

# The business setting behind each field.
SETTINGS = {
    "is_on": "identity_linkage",
    "match_probability": "identity_match_probability",
    "near_miss_probability": "identity_near_miss_probability",
    "max_block_size": "identity_max_block_size",
    "max_cluster_size": "identity_max_cluster_size",
    "retrain_growth": "identity_retrain_growth",
}


def fault_of(business: Mapping[str, Any]) -> str | None:
    """Which of the dbt vars cannot be used, in one sentence without its full stop; None if all can."""
    for name in ("match_probability", "near_miss_probability"):
        value = business.get(SETTINGS[name], 0.5)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 <= value < 1:
            return f"{SETTINGS[name]} is {value!r}; it must be a probability from 0.5 up and below 1"
    for name in ("max_block_size", "max_cluster_size"):
        value = business.get(SETTINGS[name], 2)
        if isinstance(value, bool) or not isinstance(value, int) or value < 2:
            return f"{SETTINGS[name]} is {value!r}; it must be a whole number from 2 up"
    growth = business.get(SETTINGS["retrain_growth"], 0)
    if isinstance(growth, bool) or not isinstance(growth, int | float) or growth < 0:
        return f"{SETTINGS['retrain_growth']} is {growth!r}; it must be a share from 0 up"
    if not isinstance(business.get(SETTINGS["is_on"], True), bool):
        return f"{SETTINGS['is_on']} is {business[SETTINGS['is_on']]!r}; it must be true or false"
    return None


# --- What is compared -------------------------------------------------------------------------------------------------

# The one name in the field of the other, on both sides and with a slip at most.
_SWAPPED = (
    "(given_l <> given_r and family_l <> family_r"
    " and jaro_winkler_similarity(given_l, family_r) >= 0.9 and jaro_winkler_similarity(family_l, given_r) >= 0.9)"
)


def _close(name: str) -> str:
    """One slip of the pen, or the same beginning and much of the rest."""
    return (
        f"(damerau_levenshtein({name}_l, {name}_r) <= 1 and least(length({name}_l), length({name}_r)) >= 4)"
        f" or jaro_winkler_similarity({name}_l, {name}_r) >= 0.92"
    )


def _similar(name: str) -> str:
    return (
        f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.8"
        f" or (damerau_levenshtein({name}_l, {name}_r) <= 1 and least(length({name}_l), length({name}_r)) = 3)"
        f" or starts_with({name}_l, {name}_r) or starts_with({name}_r, {name}_l)"
    )


_DAY_AND_MONTH_SWAPPED = (
    "(substr(born_l, 1, 4) = substr(born_r, 1, 4)"
    " and substr(born_l, 6, 2) = substr(born_r, 9, 2) and substr(born_l, 9, 2) = substr(born_r, 6, 2))"
)
_SIMILAR_POSTAL_CODE = "coalesce(damerau_levenshtein(postal_code_l, postal_code_r) <= 1, false)"
_SIMILAR_CITY = "coalesce(jaro_winkler_similarity(city_l, city_r) >= 0.88, false)"

# Per comparison its levels from the best down: condition, m and u that hold where nothing is learnt, and the column
# whose rare values count for more. What is null on either side says nothing.
COMPARISONS: Mapping[str, tuple[str, Sequence[tuple[str, float, float, str | None]]]] = {
    "given": (
        "given_l is null or given_r is null",
        [
            ("given_l = given_r", 0.83, 0.008, "given"),
            (_SWAPPED, 0.02, 0.00001, None),
            (_close("given"), 0.08, 0.004, None),
            (_similar("given"), 0.04, 0.015, None),
            ("ELSE", 0.03, 0.97299, None),
        ],
    ),
    "family": (
        f"family_l is null or family_r is null or coalesce({_SWAPPED}, false)",
        [
            ("family_l = family_r", 0.85, 0.003, "family"),
            (_close("family"), 0.09, 0.002, None),
            (_similar("family"), 0.03, 0.015, None),
            ("ELSE", 0.03, 0.98, None),
        ],
    ),
    "born": (
        "born_l is null or born_r is null",
        [
            ("born_l = born_r", 0.88, 0.00005, "born"),
            (f"damerau_levenshtein(born_l, born_r) <= 1 or {_DAY_AND_MONTH_SWAPPED}", 0.08, 0.001, None),
            (
                "damerau_levenshtein(born_l, born_r) <= 2"
                " and abs(substr(born_l, 1, 4)::integer - substr(born_r, 1, 4)::integer) <= 10",
                0.02, 0.015, None,
            ),
            ("ELSE", 0.02, 0.98395, None),
        ],
    ),
    "street": (
        "street_l is null or street_r is null",
        [
            ("street_l = street_r", 0.7, 0.0001, None),
            (
                "damerau_levenshtein(street_l, street_r) <= 2 or jaro_winkler_similarity(street_l, street_r) >= 0.92",
                0.13, 0.0002, None,
            ),
            ("jaro_winkler_similarity(street_l, street_r) >= 0.8", 0.04, 0.01, None),
            ("ELSE", 0.13, 0.9897, None),
        ],
    ),
    "place": (
        "(postal_code_l is null or postal_code_r is null) and (city_l is null or city_r is null)",
        [
            ("postal_code_l = postal_code_r", 0.68, 0.001, "postal_code"),
            (f"{_SIMILAR_POSTAL_CODE} and {_SIMILAR_CITY}", 0.1, 0.0005, None),
            ("city_l = city_r", 0.08, 0.01, "city"),
            (_SIMILAR_CITY, 0.04, 0.01, None),
            ("ELSE", 0.1, 0.9785, None),
        ],
    ),
    "email": (
        "email_l is null or email_r is null",
        [
            ("email_l = email_r", 0.3, 0.00001, None),
            ("split_part(email_l, '@', 1) = split_part(email_r, '@', 1)", 0.2, 0.0001, None),
            # anna.nowak1@ and anna.nowak2@ are two people.
            (
                "damerau_levenshtein(email_l, email_r) <= 2 and digits_l = digits_r"
                " and least(length(email_l), length(email_r)) >= 10",
                0.25, 0.0005, None,
            ),
            ("ELSE", 0.25, 0.99939, None),
        ],
    ),
    "phone": (
        "phone_l is null or phone_r is null",
        [
            ("phone_l = phone_r", 0.3, 0.00001, None),
            # Colleagues have numbers next to each other.
            ("damerau_levenshtein(phone_l, phone_r) <= 1", 0.1, 0.002, None),
            ("ELSE", 0.6, 0.99799, None),
        ],
    ),
}  # fmt: skip

# By what records meet: they are compared if a text of one block is the same, and not too many have it. Texts of one
# block may be several, so that a name finds its like on the other side also where the two names were exchanged.
BLOCKS: Sequence[Sequence[str]] = (
    ("born || '|' || given", "born || '|' || family"),
    ("least(given, family) || '|' || greatest(given, family)",),
    ("postal_code || '|' || given", "postal_code || '|' || family"),
    ("city || '|' || given", "city || '|' || family"),
    ("street || '|' || given", "street || '|' || family"),
    ("born || '|' || postal_code",),
    ("born || '|' || city",),
    ("born || '|' || street",),
    ("born || '|' || left(given, 1)", "born || '|' || left(family, 1)"),
    ("street || '|' || postal_code",),
    ("given || '|' || left(family, 1) || '|' || left(born, 4)",),
    ("family || '|' || left(given, 1) || '|' || left(born, 4)",),
    ("left(given, 2) || '|' || left(family, 2) || '|' || left(born, 7)",),
    ("given || '|' || left(city, 3) || '|' || left(born, 4)", "family || '|' || left(city, 3) || '|' || left(born, 4)"),
    ("given || '|' || substr(born, 6)", "family || '|' || substr(born, 6)"),
    ("given || '|' || left(email, 3)", "family || '|' || left(email, 3)"),
    ("left(given, 3) || '|' || left(family, 3) || '|' || substr(born, 1, 4)",),
    ("left(given, 3) || '|' || left(family, 3) || '|' || substr(born, 6)",),
    ("left(given, 3) || '|' || left(family, 3) || '|' || postal_code",),
    ("split_part(email, '@', 1)",),
    ("split_part(email, '@', 2) || '|' || given", "split_part(email, '@', 2) || '|' || family"),
    ("split_part(email, '@', 2) || '|' || left(born, 4)",),
)


# --- The stage --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """Parameters of one training: Splink's settings, and whether slips of the pen reach given names and birth dates.
    `bits` is by how much the scores raised the prior odds, null before there are scores.
    """

    settings: Mapping[str, Any]
    is_learnt: bool
    given_may_differ: bool
    born_may_differ: bool
    records: int
    likely_pairs: int
    prior: float
    bits: float | None = None


def write_probable_links(
    connection: duckdb.DuckDBPyConnection, memory: LinkageMemory, settings: LinkageSettings
) -> Model | None:
    """Score the records of `numbered_records` that `exact_clusters` has not joined.

    Reads `numbered_records` (record_key, position) and `exact_clusters` (record_key, position, founder). Writes the
    temporary tables `scored_pairs` (left_position, right_position, probability, is_link, refused_because), with the
    pairs of the near-miss probability and above, and an empty `apart_pairs` (left_position, right_position). Returns
    the parameters; None where there was nothing to compare.

    Compared are records that the memory has not seen with these texts, with all others; all are, with parameters
    learnt anew, once the records have grown by the setting's share. A pair that was a link stays one while both
    records keep their texts, so that new parameters alone part nobody.
    """
    connection.execute(
        "create or replace temp table scored_pairs (left_position integer, right_position integer,"
        " probability double, is_link boolean, refused_because varchar)"
    )
    connection.execute("create or replace temp table apart_pairs (left_position integer, right_position integer)")
    if not settings.is_on:
        return None
    _write_units(connection)
    version = {
        "comparisons": {name: [unknown, list(levels)] for name, (unknown, levels) in COMPARISONS.items()},
        "blocks": BLOCKS,
        "settings": [settings.near_miss_probability, settings.max_block_size],
    }
    kept = memory.model(version)
    model = Model(**kept) if kept else None
    if model and _count(connection, "linkage_units") > model.records * (1 + settings.retrain_growth):
        model = None
    _write_new_units(connection, memory.seen if model else None)
    _write_candidates(connection, settings.max_block_size)
    connection.execute(
        "create or replace temp table judged_pairs"
        " (left_unit integer, right_unit integer, probability double, refused_because varchar)"
    )
    learnt = None
    if model or _count(connection, "candidate_pairs"):
        with _memory_schema(connection):
            if model is None:
                model = _train(connection)
                model = _score(connection, model, settings.near_miss_probability)
                model = _with_slips(connection, model, settings)
                learnt = {"version": version, "parameters": asdict(model)}
            elif _count(connection, "temp.candidate_pairs"):
                _score(connection, model, settings.near_miss_probability)
            if _count(connection, "temp.candidate_pairs"):
                _decide(connection, model)
    _write_scored_pairs(connection, memory, settings, keep_only_links=learnt is not None)
    if model and (learnt or _count(connection, "new_units")):
        memory.remember(connection, pairs=_PAIRS_TO_REMEMBER, seen=_UNITS_TO_REMEMBER, learnt=learnt)
    return model


# Of pairs that were links under parameters of before, all are remembered: they are links still.
_PAIRS_TO_REMEMBER = """
    select
        lefts.record_key as left_key, lefts.digest as left_digest,
        rights.record_key as right_key, rights.digest as right_digest,
        pairs.probability, pairs.refused_because
    from pairs_to_remember as pairs
    inner join linkage_records as lefts on pairs.left_position = lefts.position
    inner join linkage_records as rights on pairs.right_position = rights.position
    order by all
"""
_UNITS_TO_REMEMBER = """
    select records.record_key, records.digest
    from new_units
    inner join linkage_records as records on new_units.unit = records.position
    order by all
"""


def _write_scored_pairs(
    connection: duckdb.DuckDBPyConnection, memory: LinkageMemory, settings: LinkageSettings, *, keep_only_links: bool
) -> None:
    """scored_pairs: those judged now, and those remembered of records whose texts are as they were then."""
    connection.execute(
        f"""
        create or replace temp table known_pairs as
        select
            least(lefts.position, rights.position) as left_position,
            greatest(lefts.position, rights.position) as right_position,
            max(known.probability) as probability,
            min(known.refused_because) as refused_because
        from ({memory.pairs}) as known
        inner join linkage_records as lefts
            on known.left_key = lefts.record_key and known.left_digest = lefts.digest
        inner join linkage_records as rights
            on known.right_key = rights.record_key and known.right_digest = rights.digest
        where not ? or (known.refused_because is null and known.probability >= ?)
        group by all
        """,
        [keep_only_links, settings.match_probability],
    )
    connection.execute(
        """
        create or replace temp table pairs_to_remember as
        select judged.left_unit as left_position, judged.right_unit as right_position, judged.probability,
            judged.refused_because
        from judged_pairs as judged
        """
    )
    if keep_only_links:
        connection.execute(
            """
            delete from pairs_to_remember where (left_position, right_position) in (
                select (left_position, right_position) from known_pairs
            );
            insert into pairs_to_remember select * from known_pairs
            """
        )
    connection.execute(
        """
        insert into scored_pairs
        with pairs as (
            select * from pairs_to_remember
            union all
            select known.* from known_pairs as known
            where (known.left_position, known.right_position) not in (
                select (left_position, right_position) from pairs_to_remember
            )
        )
        select
            left_position, right_position, probability,
            refused_because is null and probability >= ?,
            coalesce(refused_because, case when probability < ? then 'below the threshold' end)
        from pairs
        """,
        [settings.match_probability, settings.match_probability],
    )


def _write_units(connection: duckdb.DuckDBPyConnection) -> None:
    """linkage_units: one row per exact cluster and set of texts, under the position of its first record.

    A person known to five systems with the same texts is compared once. Values that are blocked as shared are left
    out: they are nobody's.
    """
    connection.execute(
        f"""
        create or replace temp table linkage_records as
        with people as (
            select
                record_key,
                birth_date,
                {_letters("first_name", "")} as given,
                {_letters("last_name", "")} as family,
                {_letters("street", " ")} as street,
                {_letters("postal_code", "")} as postal_code,
                {_letters("city", " ")} as city
            from intermediate.int_identity_records
            where first_name is not null or last_name is not null
        ),
        own_keys as (
            select
                record_key,
                min(key_value) filter (where key_type = 'email') as email,
                min(key_value) filter (where key_type = 'phone') as phone
            from steps.identity_keys
            where kind = 'person' and not is_blocked and key_type in ('email', 'phone')
            group by record_key
        ),
        texts as (
            select
                numbered.record_key,
                numbered.position::integer as position,
                numbered.founder::integer as founder,
                people.given,
                people.family,
                cast(people.birth_date as varchar) as born,
                people.street,
                people.postal_code,
                people.city,
                own_keys.email,
                regexp_replace(own_keys.email, '[^0-9]', '', 'g') as digits,
                own_keys.phone
            from people
            inner join exact_clusters as numbered on people.record_key = numbered.record_key
            left join own_keys on people.record_key = own_keys.record_key
            where people.given is not null or people.family is not null
        )
        select
            *,
            md5(concat_ws('|', {", ".join(f"coalesce({name}, '')" for name in _TEXTS)})) as digest
        from texts
        where (born is not null)::integer + (street is not null)::integer
            + (email is not null)::integer + (phone is not null)::integer > 0
        """
    )
    connection.execute(
        f"""
        create or replace temp table linkage_units as
        select min(position) as unit, founder, {", ".join(_TEXTS)}, digits
        from linkage_records
        group by all
        order by unit
        """
    )


def _write_new_units(connection: duckdb.DuckDBPyConnection, seen: str | None) -> None:
    """new_units: the units of which no record has been compared with these texts; all, where nothing was seen."""
    known = "select null::integer as unit where false"
    if seen is not None:
        known = f"""
            select units.unit
            from linkage_units as units
            inner join linkage_records as records
                on units.founder = records.founder
                and {" and ".join(f"units.{name} is not distinct from records.{name}" for name in _TEXTS)}
            semi join ({seen}) as seen on records.record_key = seen.record_key and records.digest = seen.digest
        """
    connection.execute(
        f"create or replace temp table new_units as select unit from linkage_units anti join ({known}) using (unit)"
    )


def _letters(column: str, between: str) -> str:
    """SQL for the letters and digits of a text in lower case, without accents; null if it has none."""
    return f"nullif(trim(regexp_replace(strip_accents(lower({column})), '[^\\p{{L}}\\p{{N}}]+', '{between}', 'g')), '')"


def _write_candidates(connection: duckdb.DuckDBPyConnection, max_block_size: int) -> None:
    """candidate_pairs: pairs of units of different clusters, of which one is new, that meet in a block of no more than
    the limit.
    """
    is_partial = _count(connection, "new_units") < _count(connection, "linkage_units")
    connection.execute("create or replace temp table met_pairs (left_unit integer, right_unit integer)")
    for block in BLOCKS:
        texts = " union all ".join(
            f"select unit, founder, hash({text}) as met from linkage_units where ({text}) is not null" for text in block
        )
        of_new = f"semi join (select met from ({texts}) semi join new_units using (unit)) as wanted using (met)"
        connection.execute(
            f"""
            create or replace temp table members as
            with texts as (select distinct unit, founder, met from ({texts}) {of_new if is_partial else ""})
            select * from texts
            semi join (select met from texts group by met having count(*) between 2 and ?) as blocks using (met)
            """,
            [max_block_size],
        )
        connection.execute(
            f"""
            insert into met_pairs
            select distinct lefts.unit, rights.unit
            from members as lefts
            inner join members as rights
                on lefts.met = rights.met and lefts.unit < rights.unit and lefts.founder <> rights.founder
            {"where lefts.unit in (from new_units) or rights.unit in (from new_units)" if is_partial else ""}
            """
        )
    connection.execute(
        "create or replace temp table candidate_pairs as"
        " select distinct left_unit, right_unit from met_pairs order by left_unit, right_unit"
    )
    connection.execute("drop table met_pairs; drop table members")


@contextmanager
def _memory_schema(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Splink's tables are made in memory (which spills), and leave with this block."""
    [(database, schema)] = connection.execute("select current_database(), current_schema()").fetchall()
    connection.execute("attach if not exists ':memory:' as linkage; use linkage")
    try:
        yield
    finally:
        connection.execute(f'use "{database}"."{schema}"; detach linkage')


def _splink(connection: duckdb.DuckDBPyConnection, settings: Mapping[str, Any], table: str) -> Any:
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    return Linker(api.register(table), dict(settings), log_level=None, validate_settings=False), api


def _default_settings() -> dict[str, Any]:
    comparisons = []
    for name, (null_level, levels) in COMPARISONS.items():
        described: list[dict[str, Any]] = [
            {"sql_condition": null_level, "label_for_charts": "null", "is_null_level": True}
        ]
        for condition, m, u, rare in levels:
            level: dict[str, Any] = {
                "sql_condition": condition,
                "label_for_charts": condition[:40],
                "m_probability": m,
                "u_probability": u,
            }
            if rare:
                level["tf_adjustment_column"] = rare
            described.append(level)
        comparisons.append({"output_column_name": name, "comparison_levels": described})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unit",
        "probability_two_random_records_match": 0.0001,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


def _train(connection: duckdb.DuckDBPyConnection) -> Model:
    """Learn the parameters from the units, or say that there were too few likely pairs and take the defaults."""
    settings = _default_settings()
    units = _count(connection, "linkage_units")
    likely = _scalar(
        connection,
        """
        select count(*) from (
            select lefts.unit, rights.unit
            from temp.linkage_units as lefts
            inner join temp.linkage_units as rights
                on lefts.born = rights.born and lefts.given = rights.given and lefts.family = rights.family
                and lefts.unit < rights.unit
            union
            select lefts.unit, rights.unit
            from temp.linkage_units as lefts
            inner join temp.linkage_units as rights
                on lefts.street = rights.street and lefts.given = rights.given and lefts.family = rights.family
                and lefts.unit < rights.unit
            union
            select lefts.unit, rights.unit
            from temp.linkage_units as lefts
            inner join temp.linkage_units as rights
                on lefts.email = rights.email and lefts.given = rights.given and lefts.born = rights.born
                and lefts.unit < rights.unit
        )
        """,
    )
    all_pairs = units * (units - 1) / 2
    is_learnt = likely >= _LIKELY_PAIRS_TO_LEARN
    prior = max(likely, 1) / _RECALL_OF_LIKELY_PAIRS / max(all_pairs, 1)
    # Of three records one pair in three would be one person before anything is compared.
    prior = min(prior, 0.5 if is_learnt else _HIGHEST_DEFAULT_PRIOR)
    settings["probability_two_random_records_match"] = _rounded(prior)
    if is_learnt:
        settings = _learn(connection, settings, units)
    else:
        # In a handful of records every name is rare or common by chance.
        for level in (level for comparison in settings["comparisons"] for level in comparison["comparison_levels"]):
            level.pop("tf_adjustment_column", None)
    return Model(settings, is_learnt, False, False, units, likely, _rounded(prior))


def _learn(connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], units: int) -> dict[str, Any]:
    connection.execute(
        "create or replace table sample as select * from temp.linkage_units"
        f" order by md5(unit::varchar), unit limit {_SAMPLE_RECORDS}"
    )
    connection.execute("create or replace table units as select * from temp.linkage_units order by unit")
    sampled, _ = _splink(connection, settings, "sample")
    sampled.training.estimate_u_using_random_sampling(
        max_pairs=_SAMPLE_RECORDS**2, min_count_per_level=None, num_chunks=1
    )
    learnt = _completed(settings, sampled.misc.save_model_to_json(), ("u_probability",))
    linker, _ = _splink(connection, learnt, "units")
    limit = {"max_pairs": _MAX_TRAINING_PAIRS, "record_sample_proportion": 0.1} if units > _SMALL else {}
    for rule in ("l.born = r.born", "l.given = r.given and l.family = r.family"):
        if _scalar(connection, f"select count(*) from units as l inner join units as r on {rule} and l.unit < r.unit"):
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True, **limit
            )
    return _completed(learnt, linker.misc.save_model_to_json(), ("m_probability",))


def _completed(settings: Mapping[str, Any], learnt: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The settings with what was learnt; what was not seen keeps its default, and nothing is certain."""
    result: dict[str, Any] = json.loads(json.dumps(settings))
    for comparison, found in zip(result["comparisons"], learnt["comparisons"], strict=True):
        for level, values in zip(comparison["comparison_levels"], found["comparison_levels"], strict=True):
            for name in names:
                value = values.get(name)
                if isinstance(value, int | float) and math.isfinite(value) and not level.get("is_null_level"):
                    level[name] = _rounded(min(max(value, 1e-6), 0.999999))
    return result


def _rounded(value: float) -> float:
    """To five significant digits: sums of floats depend on the order of rows in their last ones."""
    return float(f"{value:.4e}")


def _score(connection: duckdb.DuckDBPyConnection, model: Model, near_miss: float) -> Model:
    """scores: unit_l, unit_r, probability and the level of each comparison, from the near-miss probability up.

    How many pairs are one person (the prior) is first told by the likely pairs alone. The scores tell it better: it is
    set so that the probabilities of all pairs add up to it.
    """
    connection.execute("create or replace table units as select * from temp.linkage_units order by unit")
    connection.execute(
        "create or replace table pairs as"
        " select left_unit as join_key_l, right_unit as join_key_r, '0' as match_key from temp.candidate_pairs"
    )
    linker, api = _splink(connection, model.settings, "units")
    linker.table_management.register_blocked_pairs_for_predict(api.register("pairs"))
    lowest = math.log2(near_miss / (1 - near_miss)) - (_MAX_PRIOR_BITS if model.is_learnt else 0)
    scores = linker.inference.predict(threshold_match_weight=lowest, warning_mode="never").physical_name
    bits = model.bits
    if bits is None:
        bits = _prior_bits(connection, scores, model) if model.is_learnt else 0.0
    prior = model.settings["probability_two_random_records_match"]
    connection.execute(
        f"""
        create or replace table scores as
        select
            unit_l, unit_r, least(round(1 / (1 + pow(2, -(match_weight + {bits}))), 6), 0.999999) as probability,
            {", ".join(f"gamma_{name}" for name in COMPARISONS)}
        from {scores}
        where match_weight + {bits} >= {math.log2(near_miss / (1 - near_miss))}
        """
    )
    return replace(model, bits=bits, prior=_rounded(1 / (1 + (1 / prior - 1) * 2**-bits)))


def _prior_bits(connection: duckdb.DuckDBPyConnection, scores: str, model: Model) -> float:
    """By how many bits the prior odds must rise so that probabilities add up to it; rounded weights suffice."""
    weights = connection.execute(
        f"select round(match_weight, 1) as weight, count(*) from {scores} group by weight order by weight"
    ).fetchall()
    expected = model.settings["probability_two_random_records_match"] * model.records * (model.records - 1) / 2
    bits = 0.0
    for _ in range(20):
        found = sum(count / (1 + 2 ** -(weight + bits)) for weight, count in weights)
        bits = min(max(math.log2(max(found, 1) / expected), 0.0), _MAX_PRIOR_BITS)
    return round(bits, 2)


# --- What a score alone does not decide -------------------------------------------------------------------------------

# Levels as Splink numbers them: 0 is the last of COMPARISONS, -1 unknown.
_SAME_HOUSEHOLD = """(
    coalesce(lefts.street = rights.street, true)
    and coalesce(lefts.postal_code = rights.postal_code, true)
    and coalesce(lefts.city = rights.city, true)
)"""
# Both names differ, or one does and the other is unknown; with exchanged names the family name is not compared.
_OTHER_NAMES = "(gamma_given <= 0 and gamma_family <= 0 and (gamma_given = 0 or gamma_family = 0))"
_OTHER_NUMBER_IN_NAME = """(
    gamma_family between 1 and 2 and regexp_matches(lefts.family || rights.family, '[0-9]')
    and regexp_replace(lefts.family, '[^0-9]', '', 'g') <> regexp_replace(rights.family, '[^0-9]', '', 'g')
)"""
_BOTH_NAMES_AGREE = "(gamma_given = 3 or (gamma_given >= 2 and gamma_family >= 2))"
_BOTH_NAMES_EQUAL = "(gamma_given = 3 or (gamma_given = 4 and gamma_family = 3))"
_A_NAME_AGREES = "(gamma_given >= 2 or gamma_family >= 2)"
_CONTACT_AGREES = "(gamma_street >= 2 or gamma_email = 1 or (gamma_phone = 1 and gamma_given >= 3))"


def _with_slips(connection: duckdb.DuckDBPyConnection, model: Model, settings: LinkageSettings) -> Model:
    """Whether another given name, or another birth date, is a slip of the pen in these data.

    Twins share all but the given name, a father and a son of one name all but the birth date. Where most pairs that
    differ there agree in all else, they are such people. Where they differ elsewhere too, as records with slips do, the
    one more slip parts nobody. Without learnt parameters that is never assumed.
    """
    if not model.is_learnt:
        return model
    twins = f"gamma_given = 0 and gamma_family = 3 and gamma_born = 3 and {_SAME_HOUSEHOLD}"
    namesakes = f"gamma_born = 0 and gamma_given = 4 and gamma_family = 3 and {_SAME_HOUSEHOLD}"
    [(given, alike_but_given, born, alike_but_born)] = connection.execute(
        f"""
        select
            count(*) filter (gamma_given = 0 and gamma_family >= 2 and gamma_born >= 1),
            count(*) filter ({twins}),
            count(*) filter (gamma_born = 0 and {_A_NAME_AGREES}),
            count(*) filter ({namesakes})
        from scores
        inner join units as lefts on scores.unit_l = lefts.unit
        inner join units as rights on scores.unit_r = rights.unit
        where probability >= ?
        """,
        [settings.match_probability],
    ).fetchall()
    return replace(
        model,
        given_may_differ=given >= _SLIPS_TO_TELL and alike_but_given <= given / 2,
        born_may_differ=born >= _SLIPS_TO_TELL and alike_but_born <= born / 2,
    )


def _decide(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """judged_pairs: of each pair of the near-miss probability and above why it is no link; null where nothing is."""
    connection.execute(
        f"""
        insert into temp.judged_pairs
        select
            unit_l, unit_r, probability,
            case
                when {_OTHER_NAMES} and not ({model.given_may_differ} and gamma_born >= 2 and gamma_street >= 2)
                    then 'other names'
                when {_OTHER_NUMBER_IN_NAME} then 'other names'
                when
                    gamma_given = 0
                    and (not {model.given_may_differ} or gamma_born < 1 or gamma_email = 0 or gamma_phone = 0)
                    then 'another given name'
                -- Who marries keeps the given name, the birth date and, for a while, the address.
                when
                    gamma_family = 0 and not {model.given_may_differ}
                    and not (gamma_given = 4 and gamma_born = 3 and gamma_street >= 2)
                    then 'another family name'
                when gamma_born = 0 and not {model.born_may_differ} then 'another birth date'
                when gamma_born >= 1 then null
                when gamma_born = 0 and {_A_NAME_AGREES} then null
                when {_BOTH_NAMES_AGREE} and {_CONTACT_AGREES} then null
                when {_BOTH_NAMES_AGREE} and gamma_street >= 1 and gamma_place >= 2 then null
                -- The same given name at the same address; a family name may change, if slips may reach it.
                when gamma_given >= 2 and gamma_street >= 2 and gamma_place >= 2
                    and (gamma_family <> 0 or {model.given_may_differ}) then null
                when {_BOTH_NAMES_EQUAL} and gamma_place >= 3 then null
                when {_BOTH_NAMES_AGREE} and gamma_place >= 3 and {model.given_may_differ} then null
                else 'too little in common'
            end as refused_because
        from scores
        inner join units as lefts on scores.unit_l = lefts.unit
        inner join units as rights on scores.unit_r = rights.unit
        """
    )


def write_apart_pairs(connection: duckdb.DuckDBPyConnection, joined: str, model: Model) -> None:
    """apart_pairs: units that links through others would join, and that are two people by their own texts.

    `joined` names a table of exact clusters (founder) and the component to which links lead (component). Components of
    more than a hundred clusters are left to the check of cluster sizes.
    """
    may_differ = {"given": model.given_may_differ, "born": model.born_may_differ}
    apart = [
        " and ".join([f"not ({unknown})", *(f"not coalesce({condition}, false)" for condition, *_ in levels[:-1])])
        for name, (unknown, levels) in COMPARISONS.items()
        if not may_differ.get(name, True)
    ]
    if not apart:
        return
    values = ", ".join(f"lefts.{name} as {name}_l, rights.{name} as {name}_r" for name in ("given", "family", "born"))
    connection.execute(
        f"""
        insert into apart_pairs
        with components as (
            select component from {joined} group by component having count(*) between 3 and 100
        ),
        members as (
            select units.*, joined.component
            from linkage_units as units
            inner join {joined} as joined on units.founder = joined.founder
            inner join components on joined.component = components.component
        ),
        pairs as (
            select lefts.unit as left_unit, rights.unit as right_unit, {values}
            from members as lefts
            inner join members as rights
                on lefts.component = rights.component and lefts.unit < rights.unit and lefts.founder <> rights.founder
        )
        select left_unit, right_unit
        from pairs
        where {" or ".join(f"({condition})" for condition in apart)}
        """
    )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return _scalar(connection, f"select count(*) from {table}")


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    # All rows are fetched: Splink's statements find an unfinished result in their way.
    [(value,)] = connection.execute(query).fetchall()
    return int(value)
