"""What is particular about Stripe: lists newest first, whole or by creation; long invoices; a version; permissions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.contracts import vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.pull import PullResult, check
from ingest.sources.stripe import ENDPOINTS, VENDOR
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.ingest.sources.fake_stripe import API_KEY, NOW, TOO_MANY, FakeStripe
from tests.warehouse import stripe_company
from tests.warehouse.stripe_company import BASIC, charge, invoice, line

ENTITIES = [endpoint.entity for endpoint in ENDPOINTS]
ALWAYS = range(1, 30)
DAY = 86_400
README = Path(__file__).parents[3] / "ingest" / "sources" / "stripe" / "README.md"


@pytest.fixture
def account() -> Iterator[FakeStripe]:
    account = FakeStripe()
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, account: FakeStripe) -> Pulls:
    return pulls_of(account, tmp_path)


def pulls_of(account: FakeStripe, home: Path) -> Pulls:
    environ = {"CX360_STRIPE_BASE_URL": account.base_url, "CX360_STRIPE_API_KEY": API_KEY}
    return Pulls(home, source="stripe", account=account, environ=environ, entity="charges")


def sale(number: int, day: int = 0, **fields: Any) -> dict[str, Any]:
    """A charge of so many days before now, and of so many seconds after that."""
    return charge(number, "2026-01-01", 100 * number, **fields) | {"created": NOW - day * DAY - 10_000 + number}


def fill(account: FakeStripe) -> None:
    account.objects = {
        "customers": stripe_company.CUSTOMERS,
        "products": stripe_company.PRODUCTS,
        "prices": [*stripe_company.PRICES, stripe_company.FRACTION | {"active": False}],
        "subscriptions": stripe_company.SUBSCRIPTIONS,
        "invoices": stripe_company.INVOICES,
        "charges": stripe_company.CHARGES,
        "refunds": stripe_company.REFUNDS,
        "disputes": stripe_company.DISPUTES,
    }
    account.lines_per_invoice = 1


def rows(pulls: Pulls, entity: str) -> list[tuple[Any, ...]]:
    """What the loader makes of it, without the traces of the file, each row once."""
    columns = ", ".join(f'"{column.name}"' for column in vendor_contracts("stripe")[entity].columns)
    return pulls.loaded(f"select distinct {columns}, _extra from raw.stripe__{entity} order by all")


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    fill(pulls.account)
    pulled = {entity: pulls.pull(entity).records for entity in ENTITIES}
    there = {kind: len(objects) for kind, objects in pulls.account.objects.items()}
    # Ann's fourth invoice has three lines; Dan's first, both of Ray's and Sam's have two. One comes with each.
    assert pulled == there | {"invoice_lines": 6}
    loaded = {one.entity: one for one in pulls.load()}
    assert {entity: (one.status, one.rows_loaded, one.rows_quarantined) for entity, one in loaded.items()} == {
        entity: ("loaded", count, 0) for entity, count in pulled.items()
    }
    assert {tuple(one.unknown_columns) for one in loaded.values()} == {()}, "objects have more fields than are read"
    assert pulls.query("select created::varchar from raw.stripe__refunds where id = 're_1'") == [
        ("2026-03-20 00:00:00+00",)
    ]


def test_cancelled_subscriptions_and_archived_prices_are_asked_for(pulls: Pulls) -> None:
    fill(pulls.account)
    pulls.pull("subscriptions")
    pulls.pull("prices")
    assert "sub_bob" in pulls.ids("subscriptions")
    assert pulls.ids("prices")[-1] == "price_fraction"
    [file] = pulls.files("prices")
    assert ".full." in file


def test_what_is_no_longer_listed_is_gone_and_an_empty_list_is_no_news(pulls: Pulls) -> None:
    fill(pulls.account)
    pulls.pull("customers")
    pulls.account.objects["customers"] = stripe_company.CUSTOMERS[1:]
    pulls.later(days=1)
    pulls.pull("customers")
    pulls.account.objects["customers"] = []
    pulls.later(days=1)
    assert pulls.pull("customers").files == ()
    assert [one.rows_tombstoned for one in pulls.load()] == [0, 1]


def test_the_next_pull_asks_again_for_what_may_have_changed(pulls: Pulls) -> None:
    pulls.account.objects["charges"] = [sale(1, day=200), sale(2, day=80), sale(3)]
    pulls.pull()
    assert pulls.ids() == ["ch_3", "ch_2", "ch_1"]
    pulls.account.objects["charges"][1]["refunded"] = True
    pulls.later(days=1)
    pulls.pull()
    assert pulls.account.server.requests[-1].params["created[gte]"] == str(NOW - 90 * DAY)
    # The sale of 80 days ago may have changed since, that of 200 days ago no more.
    assert pulls.ids()[3:] == ["ch_3", "ch_2"]
    assert pulls.records()[-1]["refunded"] is True


def test_what_is_created_while_pages_are_asked_for_comes_with_the_next_pull(pulls: Pulls) -> None:
    pulls.account.objects["charges"] = [sale(1), sale(2), sale(3)]
    late = sale(4)

    def sell(_: PullResult) -> None:
        if late not in pulls.account.objects["charges"]:
            pulls.account.objects["charges"].append(late)

    pulls.pull(on_page=sell)
    assert pulls.ids() == ["ch_3", "ch_2", "ch_1"]
    pulls.later(hours=1)
    pulls.pull()
    assert pulls.ids()[3] == "ch_4"


def test_a_pull_that_is_cut_goes_on_where_it_ended(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.objects["charges"] = [sale(number) for number in range(1, 8)]
    pulls.account.server.fail(3, 4, 5, 6, fault=PASSING_FAULTS["closed connection"])
    assert "cannot be reached (4 attempts)" in pulls.sentence()
    pulls.account.objects["charges"].append(sale(8))
    pulls.later(days=1)
    pulls.pull()
    # What was sold in between is above where the list goes on, and comes with the pull after that.
    assert pulls.ids() == [f"ch_{number}" for number in (7, 6, 5, 4, 3, 2, 1)]
    pulls.later(hours=1)
    pulls.pull()
    assert pulls.ids()[7] == "ch_8"


def test_a_window_is_asked_for_from_both_sides(pulls: Pulls) -> None:
    pulls.account.objects["charges"] = [sale(1, day=3), sale(2, day=2), sale(3, day=1)]
    pulls.pull(since=pulls.now.replace(day=30, month=5), until=pulls.now.replace(day=31, month=5))
    # Of 30 May, 21:13.
    assert pulls.ids() == ["ch_2"]
    assert pulls.state() is None


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of pulls that met no fault."""
    account = FakeStripe()
    fill(account)
    calm = pulls_of(account, tmp_path_factory.mktemp("calm"))
    with account.server.running():
        for entity in ("charges", "subscriptions", "invoice_lines"):
            calm.pull(entity)
    return {entity: rows(calm, entity) for entity in ("charges", "subscriptions", "invoice_lines")}


@pytest.mark.parametrize(
    ("entity", "fault"),
    [
        *(("charges", fault) for fault in PASSING_FAULTS),
        ("subscriptions", "truncated body"),
        ("invoice_lines", "closed connection"),
    ],
)
def test_a_passing_fault_leaves_the_rows_of_a_pull_without_it(
    pulls: Pulls, faultless: dict[str, list[tuple[Any, ...]]], entity: str, fault: str
) -> None:
    fill(pulls.account)
    pulls.account.page_size = 5
    pulls.account.server.fail(2, fault=PASSING_FAULTS[fault])
    pulls.pull(entity)
    assert len(faultless[entity]) >= 6
    assert rows(pulls, entity) == faultless[entity]


def test_an_earlier_page_in_place_of_the_next_does_not_end_the_list(pulls: Pulls) -> None:
    pulls.account.objects["charges"] = [sale(number) for number in range(1, 8)]
    pulls.account.server.fail(3, fault=Fault(repeats=1))
    pulls.pull()
    assert sorted(set(pulls.ids())) == [f"ch_{number}" for number in range(1, 8)]


def long_invoice(name: str, day: str, count: int) -> dict[str, Any]:
    lines = [line(name, BASIC, "2026-05-01", "2026-06-01", item=item) for item in range(1, count + 1)]
    return invoice(name, day, *lines)


def test_the_lines_of_a_long_invoice_are_all_there(pulls: Pulls) -> None:
    pulls.account.objects["invoices"] = [long_invoice("ann", "2026-05-01", 15), long_invoice("bob", "2026-05-02", 3)]
    pulls.pull("invoices")
    pulls.pull("invoice_lines")
    assert pulls.loaded("select json_array_length(lines, '$.data') from raw.stripe__invoices order by 1") == [
        (3,),
        (10,),
    ]
    assert pulls.query("select distinct invoice from raw.stripe__invoice_lines") == [("in_ann2026-05-01",)]
    assert pulls.query("select count(distinct id) from raw.stripe__invoice_lines") == [(5,)]


def test_a_pull_of_lines_that_is_cut_leaves_out_none(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.page_size = 1
    pulls.account.lines_per_invoice = 1
    pulls.account.objects["invoices"] = [long_invoice(name, "2026-05-01", 3) for name in ("ann", "bob", "cat")]
    # A page of invoices, two of lines, a page of invoices, one of lines; and then nothing.
    pulls.account.server.fail(6, 7, 8, 9, fault=PASSING_FAULTS["closed connection"])
    assert "cannot be reached" in pulls.sentence("invoice_lines")
    pulls.pull("invoice_lines")
    assert len(set(pulls.ids("invoice_lines"))) == 6


def test_no_secret_reaches_a_file(pulls: Pulls) -> None:
    fill(pulls.account)
    for entity in ENTITIES:
        pulls.pull(entity)
    contents = pulls.contents()
    assert len(contents) == 2 * len(ENTITIES)
    for secret in ("-secret-", "authorization", "Bearer"):
        assert not any(secret.encode() in content for content in contents)


def test_a_missing_key_is_named(pulls: Pulls) -> None:
    del pulls.environ["CX360_STRIPE_API_KEY"]
    assert pulls.sentence() == (
        "stripe: set CX360_STRIPE_API_KEY (a restricted or secret key: rk_live_... or sk_live_...) in the environment "
        "or in .env"
    )


def test_a_wrong_key(pulls: Pulls) -> None:
    pulls.environ["CX360_STRIPE_API_KEY"] = "wrong"
    assert pulls.sentence() == (
        "stripe: the access token is expired, revoked or wrong (401: Invalid API Key provided: rk_live_*****ng): make "
        "a new one and set CX360_STRIPE_API_KEY"
    )
    assert len(pulls.account.server.requests) == 1


def test_a_missing_permission_is_named_by_both(pulls: Pulls) -> None:
    pulls.account.permissions.remove("rak_charge_read")
    text = pulls.sentence()
    assert text.startswith("stripe: charges is refused (403: The provided key 'rk_live_***")
    assert text.endswith(
        "): it needs the permission Charges and Refunds: Read where the key is restricted; 127.0.0.1 names "
        "rak_charge_read"
    )
    assert len(pulls.account.server.requests) == 1


@pytest.mark.parametrize(
    ("entity", "answer", "expected"),
    [
        (
            "charges",
            TOO_MANY,
            "the rate limit of 127.0.0.1 is used up (429): wait a minute and pull again, it continues where this pull "
            "ended",
        ),
        (
            "customers",
            Answer(500, {"error": {"message": "An error occurred.", "type": "api_error"}}),
            "127.0.0.1 failed to answer for customers 4 times (500: An error occurred.): pull again later, it begins "
            "anew",
        ),
    ],
)
def test_a_fault_that_does_not_pass(pulls: Pulls, entity: str, answer: Answer, expected: str) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(answer))
    assert pulls.sentence(entity) == f"stripe: {expected}"


def test_an_answer_that_lacks_what_it_is_read_for(pulls: Pulls) -> None:
    pulls.account.server.fail(1, fault=Fault(Answer(body={"data": [{"id": "in_1"}], "has_more": False})))
    assert pulls.sentence("invoice_lines") == (
        "stripe: the answer for invoice_lines is not as documented (KeyError: 'lines'): check CX360_STRIPE_BASE_URL; "
        "if it is right, the vendor has changed its API"
    )


def test_check_says_whether_the_account_is_real(pulls: Pulls) -> None:
    pulls.account.objects["products"] = [stripe_company.PRODUCTS[0] | {"livemode": True}]
    assert check("stripe", pulls.environ) == f"stripe: a live account at {pulls.account.base_url}"
    pulls.account.objects["products"][0]["livemode"] = False
    assert "a test mode or sandbox" in check("stripe", pulls.environ)
    pulls.account.server.fail(1, fault=Fault(Answer(body={})))
    with pytest.raises(SourceError, match="does not accept the credentials: check CX360_STRIPE_API_KEY"):
        check("stripe", pulls.environ)


def test_the_readme_names_every_entity_permission_and_variable() -> None:
    text = README.read_text(encoding="utf-8")
    assert [entity for entity in ENTITIES if f"| `{entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
    assert [endpoint.scope for endpoint in ENDPOINTS if endpoint.scope not in text] == []
