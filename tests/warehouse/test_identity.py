"""Who is who, from extracts to dim_identity_map and dim_customers."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.harness import build, rows

# Worked example IDN-01: r1 and r2 share an e-mail in two spellings, r2 and r3 a phone; r4 and r5 only a shared mailbox.
IDN_01 = [
    {"contact_id": "r1", "email": "a@x.com", "phone": "+1 202 555 0111"},
    {"contact_id": "r2", "email": " A@X.com ", "phone": "+1 202 555 0122"},
    {"contact_id": "r3", "email": None, "phone": "(202) 555-0122"},
    {"contact_id": "r4", "email": "info@shop.com", "phone": "+1 202 555 0199"},
    {"contact_id": "r5", "email": "info@shop.com", "phone": None},
]

# What tells who is who.
IDENTITY = ["dim_identity_map"]


def clusters(connection, source: str = "generic") -> set[frozenset[str]]:
    found = rows(
        connection,
        f"""
        select list(source_id) from core.dim_identity_map
        where entity = 'contacts' and source_system = '{source}' group by customer_id
        """,
    )
    return {frozenset(members) for (members,) in found}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One warehouse for many examples: each lives in a source system of its own, so that they cannot meet."""
    home = tmp_path_factory.mktemp("identity")
    return build(
        home,
        {
            "contacts": IDN_01,
            "crm/contacts": [
                {
                    "contact_id": "1",
                    "email": "kim@north.example",
                    "first_name": "Kim",
                    "segment": "smb",
                    "external_ids": '{"desk": "77"}',
                    "updated_at": "2026-01-01T00:00:00Z",
                },
                {
                    "contact_id": "1",
                    "email": "kim@north.example",
                    "first_name": "Kim",
                    "segment": "enterprise",
                    "external_ids": '{"desk": "77"}',
                    "updated_at": "2026-03-15T00:00:00Z",
                },
                # Dated after as_of: as if it did not exist.
                {
                    "contact_id": "1",
                    "email": "kim@north.example",
                    "segment": "giant",
                    "updated_at": "2026-07-01T00:00:00Z",
                },
                {"contact_id": "9", "email": "late@north.example", "created_at": "2026-07-01T00:00:00Z"},
            ],
            "desk/contacts": [{"contact_id": "77", "email": "kim.private@mail.example"}],
            "shop/orders": [
                {
                    "order_id": "o1",
                    "email": "KIM@north.example",
                    "ordered_at": "2026-02-01T10:00:00Z",
                    "currency": "USD",
                    "net_amount": "10",
                },
                {
                    "order_id": "o2",
                    "email": "guest@south.example",
                    "ordered_at": "2026-02-01T10:00:00Z",
                    "currency": "USD",
                    "net_amount": "10",
                },
                {
                    "order_id": "o3",
                    "email": "info@shop.com",
                    "ordered_at": "2026-02-01T10:00:00Z",
                    "currency": "USD",
                    "net_amount": "10",
                },
            ],
            # Seven people of one source behind one switchboard: over-used, so it joins nobody.
            "pbx/contacts": [{"contact_id": f"p{number}", "phone": "+48 22 555 01 23"} for number in range(7)],
            "nulls/contacts": [
                {"contact_id": "n1", "email": "n/a", "phone": "unknown", "first_name": "A"},
                {"contact_id": "n2", "email": "n/a", "phone": "unknown", "first_name": "B"},
            ],
            # No contacts delivered: the ids on its facts are all that is known of its people.
            "bare/orders": [
                {
                    "order_id": f"b{number}",
                    "contact_id": contact,
                    "ordered_at": "2026-02-01T10:00:00Z",
                    "currency": "USD",
                    "net_amount": "10",
                }
                for number, contact in enumerate(["x", "x", "y"])
            ],
            # Contacts delivered, but not this one.
            "merges/orders": [
                {
                    "order_id": "m1",
                    "contact_id": "nobody",
                    "ordered_at": "2026-02-01T10:00:00Z",
                    "currency": "USD",
                    "net_amount": "10",
                }
            ],
            "merges/contacts": [
                {"contact_id": "m1", "merged_into_id": "m2"},
                {"contact_id": "m2", "merged_into_id": "m3"},
                {"contact_id": "m3"},
            ],
        },
        as_of="2026-06-30",
    )


def test_records_are_joined_through_others_and_a_shared_mailbox_joins_nobody(world):
    assert clusters(world) == {frozenset({"r1", "r2", "r3"}), frozenset({"r4"}), frozenset({"r5"})}


def test_an_external_id_joins_two_systems(world):
    found = rows(
        world,
        """
        select count(distinct customer_id) from core.dim_identity_map
        where (source_system, source_id) in (('crm', '1'), ('desk', '77'))
        """,
    )
    assert found == [(1,)]


def test_an_over_used_phone_joins_nobody(world):
    assert len(clusters(world, "pbx")) == 7


def test_what_is_no_address_and_no_number_is_no_key(world):
    assert len(clusters(world, "nulls")) == 2


def test_chained_merges_end_in_one_customer(world):
    assert clusters(world, "merges") == {frozenset({"m1", "m2", "m3"})}


def test_a_guest_order_finds_the_known_customer_and_else_makes_one(world):
    found = dict(
        rows(
            world,
            """
            select orders.order_id, coalesce(map.source_system || ':' || map.source_id, orders.customer_id)
            from core.fct_orders as orders
            left join core.dim_identity_map as map on orders.customer_id = map.customer_id and map.source_system = 'crm'
            """,
        )
    )
    assert found["o1"] == "crm:1"
    assert found["o2"].startswith("c_")
    assert found["o3"] == "-1", "a shared mailbox says nothing of who ordered"


def test_ids_of_a_source_without_contacts_are_people_and_a_dangling_id_is_not(world):
    found = dict(rows(world, "select source_system || ':' || order_id, customer_id from core.fct_orders"))
    assert found["bare:b0"] == found["bare:b1"] != found["bare:b2"]
    assert "-1" not in (found["bare:b0"], found["bare:b2"])
    assert found["merges:m1"] == "-1"


def test_what_happened_after_as_of_does_not_exist(world):
    assert rows(world, "select count(*) from core.dim_identity_map where source_id = '9'") == [(0,)]
    assert rows(world, "select count(*) from core.dim_customers where segment = 'giant'") == [(0,)]


def test_attributes_are_those_of_the_event_and_the_first_version_reaches_back(world):
    # SCD-01: SMB until 15 March 2026, ENT from then on.
    found = rows(
        world,
        """
        select segment, cast(valid_from as date), is_current from core.dim_customers
        where customer_id = (
            select customer_id from core.dim_identity_map where source_system = 'crm' and source_id = '1'
        )
        order by valid_from
        """,
    )
    assert [(segment, str(start), current) for segment, start, current in found] == [
        ("smb", "1900-01-01", False),
        ("enterprise", "2026-03-15", True),
    ]


def test_versions_neither_overlap_nor_leave_gaps(world):
    broken = rows(
        world,
        """
        select customer_id from (
            select
                customer_id,
                valid_to,
                lead(valid_from) over (partition by customer_id order by valid_from) as next_from
            from core.dim_customers
        ) where next_from is not null and next_from <> valid_to
        """,
    )
    assert broken == []
    assert (
        rows(
            world,
            "select customer_id from core.dim_customers group by 1 having count(*) filter (where is_current) <> 1",
        )
        == []
    )


def ids(connection) -> dict[str, str]:
    return dict(
        rows(
            connection,
            """
            select source_system || ':' || source_id, customer_id
            from core.dim_identity_map where entity = 'contacts'
            """,
        )
    )


def test_ids_survive_shuffling_a_later_match_and_a_rebuild(tmp_path: Path):
    shuffled = IDN_01.copy()
    random.Random(7).shuffle(shuffled)
    first = ids(build(tmp_path / "a", {"contacts": IDN_01}, as_of="2026-06-30", needs=IDENTITY))
    assert ids(build(tmp_path / "b", {"contacts": shuffled}, as_of="2026-06-30", needs=IDENTITY)) == first

    # A second day joins r4 to r1's person through a new source: the older id stays, nobody else moves.
    second = build(
        tmp_path / "a",
        {"aaa/contacts": [{"contact_id": "0", "email": "a@x.com", "phone": "+1 202 555 0199"}]},
        as_of="2026-06-30",
        needs=IDENTITY,
        loaded_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    later = ids(second)
    assert {later["generic:r1"], later["generic:r4"], later["aaa:0"]} == {first["generic:r1"]}
    assert later["generic:r5"] == first["generic:r5"]
    assert rows(second, "select previous_id, current_id from quality.identity_merges") == [
        (first["generic:r4"], first["generic:r1"])
    ]
    second.close()

    (tmp_path / "a" / "warehouse" / "warehouse.duckdb").unlink()
    rebuilt = build(tmp_path / "a", as_of="2026-06-30", needs=IDENTITY, loaded_at=datetime(2026, 11, 3, tzinfo=UTC))
    assert ids(rebuilt) == later


def test_a_corrected_row_replaces_the_old_one_and_a_complete_list_deletes(tmp_path: Path):
    build(
        tmp_path,
        {"contacts": [{"contact_id": "a", "country": "PL"}, {"contact_id": "b", "country": "PL"}]},
        as_of="2026-06-30",
        needs=["dim_customers", "dim_identity_map"],
    ).close()
    folder = tmp_path / "landing" / "generic" / "contacts"
    (folder / "second.full.csv").write_text("contact_id,country\na,DE\n", encoding="utf-8")
    connection = build(
        tmp_path,
        as_of="2026-06-30",
        needs=["dim_customers", "dim_identity_map"],
        loaded_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    found = rows(
        connection,
        """
        select map.source_id, customers.country, customers.is_deleted
        from core.dim_customers as customers
        inner join core.dim_identity_map as map using (customer_id)
        where customers.is_current order by 1
        """,
    )
    assert found == [("a", "DE", False), ("b", "PL", True)]
