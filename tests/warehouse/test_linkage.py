"""Who is one person without a common key, from extracts to dim_identity_map."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expectations.gate import check
from expectations.suites import RunContext, load_suites
from tests.warehouse.harness import PROJECT, build, rows

IDENTITY = ["dim_identity_map"]

# People who have nothing in common, one for each example.
# fmt: off
GIVEN = [
    "Annamaria", "Bartholomew", "Clementine", "Dominik", "Eleonora", "Ferdinand", "Guinevere", "Hieronim", "Isolde",
    "Joachim", "Klementyna", "Leopold", "Marcelina", "Nikodem", "Olimpia", "Przemysl", "Ruprecht", "Seweryna",
    "Tymoteusz", "Urszula",
]
FAMILY = [
    "Kowalczyk", "Abernathy", "Fitzwilliam", "Grzybowski", "Hollingsworth", "Jablonski", "Lindqvist", "Mazurkiewicz",
    "Nightingale", "Oleksiak", "Pemberton", "Rutkowska", "Szczepaniak", "Thistlewood", "Underwood", "Vandenberg",
    "Wojciechowski", "Zimmermann", "Yardley", "Ostrowska",
]
STREETS = [
    "Polna", "Kwiatowa", "Lipowa", "Brzozowa", "Akacjowa", "Topolowa", "Wierzbowa", "Jesionowa", "Modrzewiowa",
    "Cisowa", "Bukowa", "Grabowa", "Olchowa", "Klonowa", "Kasztanowa", "Jarzebinowa", "Leszczynowa", "Sosnowa",
    "Wiazowa", "Jodlowa",
]
CITIES = [
    "Krakow", "Lublin", "Gniezno", "Sopot", "Poznan", "Zamosc", "Elblag", "Torun", "Opole",
    "Kielce", "Radom", "Gdynia", "Tychy", "Bytom", "Plock", "Leszno", "Konin", "Ostroda", "Brzeg", "Nysa",
]
# fmt: on


def base(number: int) -> dict[str, str | None]:
    return {
        "first_name": GIVEN[number],
        "last_name": FAMILY[number],
        "birth_date": f"{1950 + 3 * number}-{number % 12 + 1:02}-{(7 * number) % 11 + 15:02}",
        "street": f"{STREETS[number]} {11 + 7 * number}",
        "postal_code": f"{11 + 4 * number}-{(number * 317 + 59) % 900 + 100}",
        "city": CITIES[number],
        "country": "PL",
    }


NO_ADDRESS = {"street": None, "postal_code": None, "city": None}

# What differs between two records of different systems, and whether they are one person.
PAIRS = {
    "a slip in the family name": ({}, {"last_name": "Kowalcyk"}, True),
    "names exchanged": ({}, {"first_name": "Abernathy", "last_name": "Bartholomew"}, True),
    "month and day exchanged": ({"birth_date": "1956-03-09"}, {"birth_date": "1956-09-03"}, True),
    "a digit of the birth date, no address": (
        {"birth_date": "1959-04-14"},
        {"birth_date": "1959-04-15"} | NO_ADDRESS,
        True,
    ),
    "accents and capitals": ({}, {"first_name": "ELÉONORA", "last_name": "hollingsworth"}, True),
    "moved": ({}, {"street": "Dluga 3", "postal_code": "00-238", "city": "Warszawa"}, True),
    "a slip in the address": (
        {"email": "guinevere.lindqvist84@mail.example"},
        {"email": "guinevere.lindqvst84@mail.example"} | NO_ADDRESS,
        True,
    ),
    "no birth date, same address": ({}, {"birth_date": None}, True),
    "twins": ({}, {"first_name": "Zofia"}, False),
    "mother and daughter": ({}, {"birth_date": "2009-11-30"}, False),
    "mother and daughter born on one day of the year": (
        {"birth_date": "1980-11-20"},
        {"birth_date": "2009-11-20"},
        False,
    ),
    "married": ({}, {"last_name": "Quentin"}, True),
    "colleagues born a day apart": (
        {"birth_date": "1980-01-02", "email": "a@x.example", "phone": "+48225550101"} | NO_ADDRESS,
        {"birth_date": "1980-01-03", "email": "b@x.example", "phone": "+48225550102", "last_name": "Quist"}
        | NO_ADDRESS,
        False,
    ),
    "a couple": ({"birth_date": None}, {"first_name": "Piotr", "birth_date": None}, False),
    "namesakes": ({"birth_date": None} | NO_ADDRESS, {"birth_date": None} | NO_ADDRESS, False),
    "numbered accounts": (
        {"birth_date": None, "last_name": "Sample11", "email": "nikodem.sample11@mail.example"} | NO_ADDRESS,
        {"birth_date": None, "last_name": "Sample12", "email": "nikodem.sample12@mail.example"} | NO_ADDRESS,
        False,
    ),
    "nothing but country": ({"country": "PL"}, base(19), False),
    "nulls": (
        dict.fromkeys(base(0)) | {"first_name": "Ruprecht"},
        dict.fromkeys(base(0)) | {"first_name": "Ruprecht"},
        False,
    ),
    "a shared mailbox": (
        {"first_name": "Ruprecht", "email": "info@office.example"} | NO_ADDRESS,
        {"first_name": "Zofia", "last_name": "Kern", "birth_date": "1977-01-01", "email": "info@office.example"}
        | NO_ADDRESS,
        False,
    ),
}


def pair(number: int, case: str) -> tuple[dict[str, str | None], dict[str, str | None]]:
    left, right, _ = PAIRS[case]
    return {"contact_id": str(number)} | base(number) | left, {"contact_id": f"s{number}"} | base(number) | right


def joined(connection) -> set[frozenset[str]]:
    """The customers of more than one record."""
    found = rows(
        connection, "select list(source_id) from core.dim_identity_map group by customer_id having count(*) > 1"
    )
    return {frozenset(members) for (members,) in found}


CRM, SHOP = zip(*(pair(number, case) for number, case in enumerate(PAIRS)), strict=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return build(
        tmp_path_factory.mktemp("linkage"),
        {"crm/contacts": CRM, "shop/contacts": SHOP},
        as_of="2026-06-30",
        needs=IDENTITY,
    )


@pytest.mark.parametrize("case", PAIRS)
def test_pair(world, case: str) -> None:
    number = list(PAIRS).index(case)
    members = [group for group in joined(world) if group & {str(number), f"s{number}"}]
    assert members == ([frozenset({str(number), f"s{number}"})] if PAIRS[case][2] else [])


def test_map_says_by_what_and_how_surely(world) -> None:
    found = rows(
        world,
        "select match_rule, confidence between 0.9 and 0.999999 from core.dim_identity_map where source_id = 's0'",
    )
    assert found == [("probable_match", True)]
    assert rows(world, "select match_rule, confidence from core.dim_identity_map where source_id = 's8'") == [
        ("only_record", 1.0)
    ]


def test_audit_says_what_was_not_joined_and_with_which_parameters(world) -> None:
    found = dict(
        rows(
            world,
            """
            select map.source_id, reason
            from quality.identity_near_misses as misses
            inner join core.dim_identity_map as map on misses.right_record_key = map.record_key
            """,
        )
    )
    assert found["s8"] == "another given name"
    assert found["s9"] == "another birth date"
    assert rows(world, "select value from quality.identity_linkage where name = 'is_learnt'") == [(0.0,)]
    assert rows(world, "select sum(record_count * cluster_count) from quality.identity_cluster_sizes") == [
        (2 * len(PAIRS),)
    ]
    # Both mailboxes are on the blocklist; who has no e-mail has no key.
    assert rows(
        world,
        "select without_key_count, only_blocked_key_count from quality.identity_records_without_keys"
        " where source_system = 'crm'",
    ) == [(len(PAIRS) - 4, 1)]


def clusters(connection) -> dict[str, str]:
    return dict(rows(connection, "select source_id, customer_id from core.dim_identity_map"))


def test_order_of_rows_changes_nothing_and_null_never_equals_null(world, tmp_path: Path) -> None:
    shuffled = list(zip(CRM, SHOP, strict=True))
    random.Random(7).shuffle(shuffled)
    crm, shop = zip(*shuffled, strict=True)
    again = build(tmp_path, {"shop/contacts": shop[::-1], "crm/contacts": crm}, as_of="2026-06-30", needs=IDENTITY)
    everything = "select * from core.dim_identity_map order by record_key"
    assert rows(again, everything) == rows(world, everything)
    linkage = "select * from quality.identity_linkage order by all"
    assert rows(again, linkage) == rows(world, linkage)


def test_switched_off_only_keys_join(tmp_path: Path) -> None:
    connection = build(
        tmp_path,
        {"crm/contacts": CRM[:3], "shop/contacts": SHOP[:3]},
        as_of="2026-06-30",
        needs=IDENTITY,
        vars={"identity_linkage": False},
    )
    assert joined(connection) == set()
    assert rows(connection, "select count(*) from quality.identity_near_misses") == [(0,)]


def test_a_later_match_keeps_the_oldest_id_and_is_logged(tmp_path: Path) -> None:
    first = clusters(build(tmp_path, {"shop/contacts": [SHOP[0]]}, as_of="2026-06-30", needs=IDENTITY))
    second = build(
        tmp_path,
        # Another record that shares nothing: it is new, and stays alone.
        {"aaa/contacts": [CRM[0], CRM[1]]},
        as_of="2026-06-30",
        needs=IDENTITY,
        loaded_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    later = clusters(second)
    assert later["0"] == later["s0"] == first["s0"] != later["1"]
    assert rows(second, "select count(*) from quality.identity_merges") == [(0,)], "nobody had an id to give up"
    second.close()

    # A third record is like both of two customers, whom it makes one.
    (tmp_path / "late").mkdir()
    home = tmp_path / "late"
    far = {"contact_id": "far", **base(2), "birth_date": None, "street": None, "postal_code": None, "city": None}
    far |= {"email": "clementine.fitz@mail.example"}
    known = clusters(build(home, {"shop/contacts": [SHOP[2], far]}, as_of="2026-06-30", needs=IDENTITY))
    assert known["s2"] != known["far"]
    third = build(
        home,
        {"aaa/contacts": [CRM[2] | {"email": "clementine.fitz@mail.example"}]},
        as_of="2026-06-30",
        needs=IDENTITY,
        loaded_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    later = clusters(third)
    assert later["s2"] == later["far"] == later["2"] == min(known.values(), key=lambda found: found != known["far"])
    assert rows(third, "select previous_id, current_id, record_count from quality.identity_merges") == [
        (known["s2"], known["far"], 1)
    ]


def test_a_day_compares_only_what_is_new_and_ends_with_the_same_customers(world, tmp_path: Path) -> None:
    options = {"as_of": "2026-06-30", "needs": IDENTITY, "vars": {"identity_retrain_growth": 1.0}}
    build(tmp_path, {"crm/contacts": CRM, "shop/contacts": SHOP[:8]}, **options).close()
    # A record turns out to be that of a twin: what was said of it before holds no longer.
    second = build(
        tmp_path,
        {"shop/contacts": [*SHOP[8:], SHOP[7] | {"first_name": "Zofia", "birth_date": "1971-08-20"}]},
        **options,
        loaded_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    assert joined(second) == joined(world) - {frozenset({"7", "s7"})}
    folder = tmp_path / "lake" / "identity" / "linkage"
    first, later = (
        rows(second, f"select count(*) from '{folder}/1-00000{number}.seen.parquet'")[0][0] for number in range(2)
    )
    # Namesakes and nulls are bare names, of which nothing is compared. The second day has the corrected record besides.
    assert (first, later) == (len(PAIRS) + 8 - 2, len(PAIRS) - 8 - 2 + 1)
    second.close()

    (tmp_path / "warehouse" / "warehouse.duckdb").unlink()
    rebuilt = build(tmp_path, **options, loaded_at=datetime(2026, 11, 3, tzinfo=UTC))
    assert joined(rebuilt) == joined(world) - {frozenset({"7", "s7"})}
    assert len(list(folder.glob("*.parquet"))) == 4, "a run with nothing new remembers nothing"


@contextmanager
def overrides(*lines: tuple[str, str, str]) -> Iterator[None]:
    """The seed with rows (rule, record of the CRM, record of the shop), and afterwards as it was."""
    path = PROJECT / "seeds" / "identity_overrides.csv"
    before = path.read_text(encoding="utf-8")
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            (rule, "contacts", "crm", left, "shop", right, "seen by a person") for rule, left, right in lines
        )
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def test_overrides_join_and_part_whatever_else_says_so(tmp_path: Path) -> None:
    email = {"email": "eleonora@mail.example"}
    with overrides(("cannot_link", "0", "s0"), ("must_link", "8", "s8"), ("cannot_link", "4", "s4")):
        connection = build(
            tmp_path,
            {
                "crm/contacts": [CRM[0], CRM[1], CRM[8], CRM[4] | email],
                "shop/contacts": [SHOP[0], SHOP[1], SHOP[8], SHOP[4] | email],
                # Like both records of two people whom a person has told apart: it is one of the two, never both.
                "till/contacts": [{"contact_id": "between", **base(0)}, {"contact_id": "both", **base(4)} | email],
            },
            as_of="2026-06-30",
            needs=IDENTITY,
        )
    found = clusters(connection)
    assert found["8"] == found["s8"], "must link joins twins"
    assert found["1"] == found["s1"]
    assert found["0"] != found["s0"], "cannot link wins over likeness"
    assert found["between"] in (found["0"], found["s0"])
    assert found["4"] != found["s4"], "cannot link wins over an e-mail"
    assert found["both"] == found["4"], "of equal keys the link to the record that was first holds"
    assert rows(connection, "select match_rule from core.dim_identity_map where source_id = 's8'") == [("must_link",)]


def test_twins_are_not_joined_through_a_record_without_a_given_name(tmp_path: Path) -> None:
    nameless = {"contact_id": "between", **base(8), "first_name": None}
    connection = build(
        tmp_path,
        {"crm/contacts": [CRM[8]], "shop/contacts": [SHOP[8]], "till/contacts": [nameless]},
        as_of="2026-06-30",
        needs=IDENTITY,
    )
    found = clusters(connection)
    assert found["8"] != found["s8"]
    assert found["between"] in (found["8"], found["s8"])


def test_a_crowd_that_is_one_customer_fails_the_gate(tmp_path: Path) -> None:
    crowd = [{"contact_id": f"c{number}"} | base(0) for number in range(4)]

    def gate(limit: int) -> list[str]:
        home = tmp_path / str(limit)
        connection = build(
            home,
            {"crm/contacts": crowd},
            as_of="2026-06-30",
            needs=IDENTITY,
            vars={"identity_max_cluster_size": limit},
        )
        suites = [suite for suite in load_suites("core") if suite.table == "dim_identity_map"]
        result, _ = check(connection, "core", suites, RunContext(datetime(2026, 6, 30).date()))
        return [row.expectation for row in result.critical_failures]

    assert gate(4) == []
    assert gate(3) == ["no_customer_is_a_crowd"]
