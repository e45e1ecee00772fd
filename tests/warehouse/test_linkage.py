"""Who is one person without a common key, from extracts to dim_identity_map."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.harness import build, rows

IDENTITY = ["dim_identity_map"]
ANNA = {
    "first_name": "Annamaria",
    "last_name": "Kowalczyk",
    "birth_date": "1984-03-12",
    "street": "Polna 17",
    "postal_code": "30-059",
    "city": "Kraków",
    "country": "PL",
}


def person(number: str, **changes: str | None) -> dict[str, str | None]:
    return {"contact_id": number, **ANNA, **changes}


def joined(connection) -> set[frozenset[str]]:
    """The customers of more than one record."""
    found = rows(
        connection,
        "select list(source_system || ':' || source_id) from core.dim_identity_map group by customer_id"
        " having count(*) > 1",
    )
    return {frozenset(members) for (members,) in found}


PAIRS = {
    # One slip in the family name.
    "slip": ({}, {"last_name": "Kowalcyk"}, True),
    "exchanged": ({}, {"first_name": "Kowalczyk", "last_name": "Annamaria"}, True),
    "month_and_day": ({}, {"birth_date": "1984-12-03"}, True),
    "digit_of_the_birth_date": ({}, {"birth_date": "1984-03-13", "street": None}, True),
    "accents": ({}, {"first_name": "ANNAMARÍA", "city": "Krakow"}, True),
    "moved": ({}, {"street": "Długa 3", "postal_code": "00-238", "city": "Warszawa"}, True),
    "slip_in_the_address": (
        {"email": "annamaria.kowalczyk84@mail.example"},
        {"email": "annamaria.kowalczk84@mail.example", "street": None, "postal_code": None, "city": None},
        True,
    ),
    # Twins: all but the given name.
    "twins": ({}, {"first_name": "Zofia"}, False),
    # A mother and a daughter of one name at one address.
    "mother_and_daughter": ({}, {"birth_date": "2009-11-30"}, False),
    "mother_and_daughter_of_one_day": ({}, {"birth_date": "2009-03-12"}, False),
    "couple": ({"birth_date": None}, {"first_name": "Piotr", "birth_date": None}, False),
    "namesakes": (
        {"street": None, "postal_code": None, "city": None, "birth_date": None},
        {"street": None, "postal_code": None, "city": None, "birth_date": None},
        False,
    ),
    "numbered": (
        {"birth_date": None, "street": None, "last_name": "Sample11", "email": "annamaria.sample11@mail.example"},
        {"birth_date": None, "street": None, "last_name": "Sample12", "email": "annamaria.sample12@mail.example"},
        False,
    ),
    "nothing_in_common": (
        {},
        {"first_name": "Tom", "last_name": "Baker", "birth_date": "1951-07-01", "street": "High Street 2",
         "postal_code": "SW1A 1AA", "city": "London", "country": "GB"},
        False,
    ),
    "only_nulls_in_common": (
        dict.fromkeys(ANNA) | {"first_name": "Annamaria"},
        dict.fromkeys(ANNA) | {"first_name": "Annamaria"},
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_pair(case: str, tmp_path: Path) -> None:
    left, right, is_one = PAIRS[case]
    connection = build(
        tmp_path,
        {"crm/contacts": [person("1", **left)], "shop/contacts": [person("9", **right)]},
        as_of="2026-06-30",
        needs=IDENTITY,
    )
    assert joined(connection) == ({frozenset({"crm:1", "shop:9"})} if is_one else set())
