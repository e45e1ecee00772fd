"""What is particular about Shopify: pages by header, the leaking bucket, changes, scopes and the token of an app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.contracts import vendor_contracts
from ingest.sources.pull import check
from ingest.sources.shopify import ENDPOINTS, VENDOR
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.ingest.sources.fake_shopify import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, DAY, FakeShopify, too_many
from tests.warehouse import shopify_company
from tests.warehouse.shopify_company import line, movement

ENTITIES = [endpoint.entity for endpoint in ENDPOINTS]
ALWAYS = range(1, 30)
JUNE_1 = datetime(2026, 6, 1, tzinfo=UTC)
README = Path(__file__).parents[3] / "ingest" / "sources" / "shopify" / "README.md"


@pytest.fixture
def account() -> Iterator[FakeShopify]:
    account = FakeShopify()
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, account: FakeShopify) -> Pulls:
    environ = {"CX360_SHOPIFY_BASE_URL": account.base_url, "CX360_SHOPIFY_ACCESS_TOKEN": ACCESS_TOKEN}
    return Pulls(tmp_path, source="shopify", account=account, environ=environ, entity="customers")


def use_client(pulls: Pulls, secret: str = CLIENT_SECRET) -> None:
    del pulls.environ["CX360_SHOPIFY_ACCESS_TOKEN"]
    pulls.environ |= {"CX360_SHOPIFY_CLIENT_ID": CLIENT_ID, "CX360_SHOPIFY_CLIENT_SECRET": secret}


def at(second: int) -> str:
    """So many seconds into the day."""
    return datetime.fromtimestamp(DAY + second, UTC).isoformat()


def customer(number: int, second: int | None = None, **fields: Any) -> dict[str, Any]:
    changed = at(number if second is None else second)
    return shopify_company.customer(number, updated_at=changed, **fields)


def order(number: int, **fields: Any) -> dict[str, Any]:
    return shopify_company.order(number, line(11, "10.00"), updated_at=at(number), **fields)


def requests(pulls: Pulls) -> list[dict[str, str]]:
    return [request.params for request in pulls.account.server.requests]


def rows(pulls: Pulls) -> list[tuple[Any, ...]]:
    """What the loader makes of it, without the traces of the file; a record that came twice is one."""
    columns = ", ".join(f'"{column.name}"' for column in vendor_contracts("shopify")["customers"].columns)
    return pulls.loaded(f"select distinct {columns}, _extra from raw.shopify__customers order by all")


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    pulls.account.records = {
        "customers": shopify_company.CUSTOMERS,
        "products": shopify_company.PRODUCTS,
        "orders": shopify_company.ORDERS,
        "checkouts": shopify_company.CHECKOUTS,
        "tender_transactions": shopify_company.MOVEMENTS,
        "events": shopify_company.EVENTS,
    }
    pulled = {entity: pulls.pull(entity).records for entity in ENTITIES}
    assert pulled == {name: len(records) for name, records in pulls.account.records.items()} | {"shop": 1}
    assert {one.entity: (one.status, one.rows_loaded, one.unknown_columns) for one in pulls.load()} == {
        entity: ("loaded", count, []) for entity, count in pulled.items()
    }


def test_pages_are_followed_by_the_header_and_asked_for_by_its_parameter_alone(pulls: Pulls) -> None:
    pulls.account.records["orders"] = [order(number) for number in (1, 2, 3, 4, 5)]
    pulls.pull("orders")
    assert pulls.ids("orders") == [1, 2, 3, 4, 5]
    scopes, first, *others = requests(pulls)
    assert scopes == {}
    assert first.pop("fields").startswith("id,name,order_number,test,")
    assert first == {"status": "any", "updated_at_min": "1970-01-01T00:00:00Z", "limit": "250"}
    assert [set(one) for one in others] == [{"fields", "limit", "page_info"}] * 2


def test_the_fields_of_the_contract_are_asked_for_and_nothing_else(pulls: Pulls) -> None:
    pulls.pull()
    [asked] = requests(pulls)
    assert asked["fields"] == (
        "id,email,phone,first_name,last_name,state,note,tags,currency,verified_email,tax_exempt,orders_count,"
        "total_spent,last_order_id,email_marketing_consent,sms_marketing_consent,default_address,created_at,updated_at"
    )


def test_what_changed_is_asked_for_from_an_hour_before_the_last_pull(pulls: Pulls) -> None:
    pulls.account.records["customers"] = [customer(1), customer(2)]
    pulls.pull()
    pulls.later(days=1)
    # One changed an hour and a second before the first pull, the other half an hour before it and became visible late.
    pulls.account.records["customers"] += [customer(3, 86_400 - 3_601), customer(4, 86_400 - 1_800)]
    pulls.pull()
    assert requests(pulls)[1]["updated_at_min"] == "2026-06-01T23:00:00Z"
    assert pulls.ids() == [1, 2, 4]


def test_a_window_has_an_end(pulls: Pulls) -> None:
    pulls.account.records["tender_transactions"] = [
        movement(number, 1, "5.00", processed_at=at(number * 3_600)) for number in (1, 2, 3)
    ]
    window = {"since": JUNE_1 + timedelta(hours=2), "until": JUNE_1 + timedelta(hours=2, minutes=30)}
    pulls.pull("tender_transactions", **window)
    assert pulls.ids("tender_transactions") == [2]
    assert pulls.state("tender_transactions") is None


def test_a_cut_pull_goes_on_and_the_next_begins_where_the_first_began(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.records["customers"] = [customer(number) for number in (1, 2, 3, 4, 5)]
    pulls.account.server.fail(2, fault=Fault(Answer(400, {"errors": "no"})))
    assert "400: no" in pulls.sentence()
    assert pulls.ids() == [1, 2]
    begun = pulls.now
    pulls.later(hours=5)
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4, 5]
    assert pulls.state()["cursor"] == {"updated_at_min": begun.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_an_empty_answer_leaves_what_there_is(pulls: Pulls) -> None:
    pulls.account.records["customers"] = [customer(1)]
    pulls.pull()
    pulls.account.records["customers"] = []
    pulls.later(days=1)
    assert pulls.pull().files == ()
    assert pulls.ids() == [1]


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("fault", [*PASSING_FAULTS, "full bucket"])
def test_a_passing_fault_leaves_the_rows_of_a_pull_without_it(
    pulls: Pulls, tmp_path: Path, fault: str, nth: int
) -> None:
    pulls.account.records["customers"] = [customer(number) for number in (1, 2, 3)]
    calm = Pulls(tmp_path / "calm", source="shopify", account=pulls.account, environ=pulls.environ, entity="customers")
    calm.pull()
    pulls.account.server.fail(nth, fault=PASSING_FAULTS.get(fault) or Fault(too_many()))
    pulls.pull()
    assert len(pulls.account.server.requests) == 2 + 2 + 1
    expected = rows(calm)
    assert len(expected) == 3
    assert rows(pulls) == expected


@pytest.mark.parametrize(("nth", "instead"), [(2, 1), (3, 1), (3, 2)])
def test_an_earlier_page_in_place_of_the_next_does_not_end_the_list(pulls: Pulls, nth: int, instead: int) -> None:
    pulls.account.records["customers"] = [customer(number) for number in range(1, 8)]
    pulls.account.server.fail(nth, fault=Fault(repeats=instead))
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4, 5, 6, 7]


def test_a_full_bucket_that_asks_for_too_long_a_wait_ends_the_pull(pulls: Pulls) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(too_many("900.0")))
    assert pulls.sentence() == (
        "shopify: the rate limit of 127.0.0.1 is used up (429): wait 900 seconds and pull again, it continues where "
        "this pull ended"
    )
    assert len(pulls.account.server.requests) == 1


def test_without_the_scope_for_older_orders_the_pull_says_so(pulls: Pulls) -> None:
    pulls.account.records["orders"] = [order(1)]
    assert pulls.pull("orders").passed_over == ()
    pulls.account.scopes.remove("read_all_orders")
    assert pulls.pull("orders").passed_over == (
        "orders older than 60 days are not delivered: the app lacks the scope read_all_orders",
    )


def test_a_missing_scope_is_named(pulls: Pulls) -> None:
    pulls.account.scopes.remove("read_customers")
    assert pulls.sentence() == (
        "shopify: customers is refused (403: [API] This action requires merchant approval for read_customers scope.): "
        "it needs the OAuth scope read_customers where a token is used"
    )
    assert len(pulls.account.server.requests) == 1


def test_deletions_are_asked_for_as_events(pulls: Pulls) -> None:
    pulls.account.records["events"] = [shopify_company.EVENTS[0] | {"created_at": at(1)}]
    pulls.pull("events")
    [asked] = requests(pulls)
    assert (asked["filter"], asked["verb"], asked["created_at_min"]) == (
        "Order,Product",
        "destroy",
        "1970-01-01T00:00:00Z",
    )


def test_a_token_is_fetched_and_renewed_when_it_expires_midway(pulls: Pulls) -> None:
    use_client(pulls)
    pulls.account.uses_per_token = 2
    pulls.account.records["customers"] = [customer(number) for number in range(1, 7)]
    pulls.pull()
    assert pulls.ids() == [1, 2, 3, 4, 5, 6]
    asked = [request.path.rpartition("/")[2] for request in pulls.account.server.requests]
    # Two pages, a third that is refused, a new token, and the third again.
    assert asked == ["access_token", *["customers.json"] * 3, "access_token", "customers.json"]
    assert all("authorization" not in request.headers for request in pulls.account.server.requests[1:])


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    use_client(pulls)
    pulls.account.records["customers"] = [customer(1)]
    pulls.pull()
    pulls.pull("shop")
    contents = pulls.contents()
    assert len(contents) == 4
    assert not any(secret in content for secret in (b"-secret-", b"grant_type") for content in contents)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {},
            "set CX360_SHOPIFY_SHOP (the first part of the shop's permanent address: acme for acme.myshopify.com) in ",
        ),
        ({"SHOP": "acme.com", "ACCESS_TOKEN": "x"}, "CX360_SHOPIFY_SHOP is 'acme.com', but must be the first part of"),
        ({"SHOP": "acme"}, "set CX360_SHOPIFY_CLIENT_ID and CX360_SHOPIFY_CLIENT_SECRET (an app of your own, from "),
        ({"SHOP": "acme", "CLIENT_ID": "x"}, "set CX360_SHOPIFY_CLIENT_SECRET (the secret of the app) in the "),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_SHOPIFY_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"shopify: {expected}")


def test_a_wrong_token(pulls: Pulls) -> None:
    pulls.environ["CX360_SHOPIFY_ACCESS_TOKEN"] = "another-secret"
    assert pulls.sentence() == (
        "shopify: 127.0.0.1 does not accept the credentials (401: [API] Invalid API key or access token (unrecognized "
        "login or wrong password)): check CX360_SHOPIFY_ACCESS_TOKEN"
    )


def test_a_client_that_gets_no_token(pulls: Pulls) -> None:
    use_client(pulls, "worn-secret-9")
    assert pulls.sentence() == (
        "shopify: 127.0.0.1 gives no access token (400: invalid_client: Client authentication failed.): check "
        "CX360_SHOPIFY_CLIENT_ID and CX360_SHOPIFY_CLIENT_SECRET"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Answer(404, {"errors": "Not Found"}),
            "there is no account at 127.0.0.1 (404: Not Found): check CX360_SHOPIFY_BASE_URL",
        ),
        (
            Answer(402, {"errors": "Unavailable Shop"}),
            "customers is refused (402: Unavailable Shop): the shop is frozen until its owner pays what is owed "
            "to Shopify",
        ),
        (
            Answer(423, {"errors": "Locked"}),
            "customers is refused (423: Locked): the shop is locked: ask Shopify's support",
        ),
    ],
)
def test_a_shop_that_is_not_there_or_closed(pulls: Pulls, answer: Answer, expected: str) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(answer))
    assert pulls.sentence() == f"shopify: {expected}"


def test_check_says_which_shop_it_is(pulls: Pulls) -> None:
    assert check("shopify", pulls.environ) == (
        f"shopify: Apple Computers (apple.myshopify.com), plan basic at {pulls.account.base_url}"
    )


def test_the_readme_names_every_entity_and_setting() -> None:
    text = README.read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:CX360_SHOPIFY_)?(\w+)`", text))
    assert {*ENTITIES, *vendor_contracts("shopify")} <= named
    assert {variable.name for variable in VENDOR.variables} <= named
