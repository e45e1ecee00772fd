"""Whatever goes wrong while a vendor is asked, the rows that hold in the end are those of a pull without it.

Each vendor has an entity that is asked for by what changed, if it has such a one, and one that comes whole. Both are
pulled once, so that no later pull makes up for a loss, except where the vendor can tell the rest only then. What the
loader made of it is compared, each key once as the warehouse takes it: by its latest change, else by its latest
delivery.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from ingest.contracts import vendor_contracts
from ingest.sources.errors import SourceError
from tests.ingest.sources import (
    fake_freshdesk,
    fake_hubspot,
    fake_qualtrics,
    fake_salesforce,
    fake_shopify,
    fake_stripe,
    fake_surveymonkey,
    fake_zendesk,
    test_freshdesk,
    test_hubspot,
    test_salesforce,
    test_shopify,
    test_stripe,
)
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.documented import refusal
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.warehouse import freshdesk_company, shopify_company, stripe_company, zendesk_company

NUMBERS = range(1, 8)
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Case:
    """A vendor's account with seven of everything, in pages of two.

    Attributes:
        account: makes the account.
        environ: the settings besides `BASE_URL`, without the name of the source.
        entities: what is pulled, and which request of its pull asks for the second page.
        change: changes a record of the first page, an instant before the pull.
        short_lived: settings of a client whose tokens are renewed; None if the vendor has keys that somebody makes.
    """

    account: Callable[[], Any]
    environ: dict[str, str]
    entities: dict[str, int]
    change: Callable[[Any], None]
    short_lived: dict[str, str] | None = None


def zendesk() -> Any:
    account = fake_zendesk.FakeZendesk()
    account.tickets = [zendesk_ticket(number) for number in NUMBERS]
    account.groups = [zendesk_company.GROUPS[0] | {"id": number} for number in NUMBERS]
    return account


def zendesk_ticket(number: int, second: int | None = None, **fields: Any) -> dict[str, Any]:
    changed = fake_zendesk.DAY + (number if second is None else second)
    return zendesk_company.ticket(number, generated_timestamp=changed, **fields)


def change_zendesk(account: Any) -> None:
    account.tickets[0] = zendesk_ticket(1, 100, subject="Changed", updated_at="2026-06-01T00:01:40Z")


def hubspot() -> Any:
    account = fake_hubspot.FakeHubSpot()
    live = [test_hubspot.ticket(number) for number in NUMBERS]
    account.records["tickets"] = [*live, *(test_hubspot.archived(test_hubspot.ticket(number)) for number in (8, 9, 10))]
    return account


def change_hubspot(account: Any) -> None:
    account.records["tickets"][0] = test_hubspot.ticket(1, hs_ticket_priority="HIGH")


def qualtrics() -> Any:
    account = fake_qualtrics.FakeQualtrics()
    account.surveys = [fake_qualtrics.survey(number) for number in (1, 2, 3)]
    account.responses = {
        "SV_1": [fake_qualtrics.response(number, number / 10) for number in NUMBERS],
        "SV_3": [fake_qualtrics.response(8, 0.8)],
    }
    account.distributions = {"SV_1": [{"id": f"EMD_{number}", "requestType": "Invite"} for number in NUMBERS]}
    account.looks = 1
    return account


def change_qualtrics(account: Any) -> None:
    account.responses["SV_1"][0] = fake_qualtrics.response(1, 0.1, changed=0.99, QID1=3)


def salesforce() -> Any:
    account = fake_salesforce.FakeSalesforce()
    account.fields = {"Group": test_salesforce.fields("groups")}
    account.records["Group"] = [test_salesforce.queue(number) for number in NUMBERS]
    return account


def change_salesforce(account: Any) -> None:
    account.records["Group"][0] = test_salesforce.queue(1, 100, Name="Changed")


def freshdesk() -> Any:
    account = fake_freshdesk.FakeFreshdesk()
    account.tickets = [test_freshdesk.ticket(number) for number in NUMBERS]
    account.lists = {"agents": [freshdesk_company.AGENTS[0] | {"id": number} for number in NUMBERS]}
    return account


def change_freshdesk(account: Any) -> None:
    account.tickets[0] = test_freshdesk.ticket(1, 100, status=5)


def surveymonkey() -> Any:
    account = fake_surveymonkey.FakeSurveyMonkey()
    account.surveys = [fake_surveymonkey.survey(number) for number in (301, 302, 303)]
    account.responses = {"301": [fake_surveymonkey.response(number, 301, number / 10) for number in NUMBERS]}
    account.contacts = {"active": [{"id": str(number)} for number in NUMBERS]}
    return account


def change_surveymonkey(account: Any) -> None:
    account.responses["301"][0] = fake_surveymonkey.response(1, 301, 0.9, response_status="partial")


def shopify() -> Any:
    account = fake_shopify.FakeShopify()
    account.records["customers"] = [test_shopify.customer(number) for number in NUMBERS]
    account.records["products"] = [
        shopify_company.PRODUCTS[0] | {"id": number, "updated_at": test_shopify.at(number)} for number in NUMBERS
    ]
    return account


def change_shopify(account: Any) -> None:
    account.records["customers"][0] = test_shopify.customer(1, 86_000, note="Changed")


def stripe() -> Any:
    account = fake_stripe.FakeStripe()
    account.objects = {
        "charges": [test_stripe.sale(number) for number in NUMBERS],
        "customers": [stripe_company.CUSTOMERS[0] | {"id": f"cus_{number}"} for number in NUMBERS],
    }
    return account


def change_stripe(account: Any) -> None:
    # The newest, which comes first.
    account.objects["charges"][-1] = test_stripe.sale(7, refunded=True)


#: Of Salesforce the token and the fields come before the pages; of the surveys of Qualtrics and SurveyMonkey there are
#: two pages, and the second is asked for before any response is.
CASES = {
    "zendesk": Case(
        zendesk,
        {"EMAIL": fake_zendesk.EMAIL, "API_TOKEN": fake_zendesk.API_TOKEN},
        {"tickets": 2, "groups": 2},
        change_zendesk,
        {"CLIENT_ID": fake_zendesk.CLIENT_ID, "CLIENT_SECRET": fake_zendesk.CLIENT_SECRET},
    ),
    "hubspot": Case(
        hubspot,
        {"ACCESS_TOKEN": fake_hubspot.ACCESS_TOKEN},
        {"tickets": 2},
        change_hubspot,
        {
            "CLIENT_ID": fake_hubspot.CLIENT_ID,
            "CLIENT_SECRET": fake_hubspot.CLIENT_SECRET,
            "REFRESH_TOKEN": fake_hubspot.REFRESH_TOKEN,
        },
    ),
    "qualtrics": Case(
        qualtrics,
        {"API_TOKEN": fake_qualtrics.API_TOKEN},
        {"responses": 2, "distributions": 4},
        change_qualtrics,
        {
            "CLIENT_ID": fake_qualtrics.CLIENT_ID,
            "CLIENT_SECRET": fake_qualtrics.CLIENT_SECRET,
            "ENTITIES": "responses,distributions",
        },
    ),
    "salesforce": Case(
        salesforce,
        {"CLIENT_ID": fake_salesforce.CLIENT_ID, "CLIENT_SECRET": fake_salesforce.CLIENT_SECRET},
        {"groups": 4},
        change_salesforce,
        {"CLIENT_ID": fake_salesforce.CLIENT_ID, "CLIENT_SECRET": fake_salesforce.CLIENT_SECRET},
    ),
    "freshdesk": Case(freshdesk, {"API_KEY": fake_freshdesk.API_KEY}, {"tickets": 2, "agents": 2}, change_freshdesk),
    "surveymonkey": Case(
        surveymonkey,
        {"ACCESS_TOKEN": fake_surveymonkey.ACCESS_TOKEN},
        {"responses": 4, "contacts": 2},
        change_surveymonkey,
    ),
    "shopify": Case(
        shopify,
        {"ACCESS_TOKEN": fake_shopify.ACCESS_TOKEN},
        {"customers": 2, "products": 2},
        change_shopify,
        {"CLIENT_ID": fake_shopify.CLIENT_ID, "CLIENT_SECRET": fake_shopify.CLIENT_SECRET},
    ),
    "stripe": Case(stripe, {"API_KEY": fake_stripe.API_KEY}, {"charges": 2, "customers": 2}, change_stripe),
}


def connected(vendor: str, home: Path, settings: dict[str, str] | None = None) -> Pulls:
    case = CASES[vendor]
    account = case.account()
    named = {"BASE_URL": getattr(account, "base_url", account.server.url)} | (settings or case.environ)
    environ = {f"CX360_{vendor.upper()}_{name}": value for name, value in named.items()}
    return Pulls(home, source=vendor, account=account, environ=environ)


def held(pulls: Pulls) -> Rows:
    """The row that holds of each key, without the traces of the file; nothing was quarantined or taken as deleted."""
    files = pulls.load()
    assert {(one.status, one.rows_quarantined, one.rows_tombstoned) for one in files} <= {
        ("loaded", 0, 0),
        ("skipped", 0, 0),
    }
    found = {}
    # The lake's own files: views of all that any vendor may deliver would take more time than the pulls.
    with duckdb.connect() as connection:
        for entity in CASES[pulls.source].entities:
            contract = vendor_contracts(pulls.source)[entity]
            columns = ", ".join(f'"{column.name}"' for column in contract.columns)
            found[entity] = connection.execute(
                f"select {columns}, _extra from read_parquet(?, union_by_name = true) qualify row_number() over"
                f" (partition by {', '.join(contract.key)} order by updated_at desc nulls last, _load_sequence desc,"
                " _row_number desc) = 1 order by all",
                [f"{pulls.lake}/raw/{pulls.source}/{entity}/**/*.parquet"],
            ).fetchall()
            assert len(found[entity]) >= len(NUMBERS)
    return found


@cache
def faultless(vendor: str, is_changed: bool = False) -> Rows:
    """What holds after pulls that met no fault."""
    with TemporaryDirectory() as home:
        pulls = connected(vendor, Path(home))
        if is_changed:
            CASES[vendor].change(pulls.account)
        with pulls.account.server.running():
            for entity in CASES[vendor].entities:
                pulls.pull(entity)
            return held(pulls)


@pytest.mark.parametrize("fault", ["429 with Retry-After", "503 with Retry-After", "truncated body"])
@pytest.mark.parametrize("vendor", CASES)
def test_a_fault_of_each_second_request_changes_nothing(vendor: str, fault: str, tmp_path: Path) -> None:
    pulls = connected(vendor, tmp_path)
    with pulls.account.server.running():
        pulls.account.server.fail(*range(2, 60, 2), fault=PASSING_FAULTS[fault])
        for entity in CASES[vendor].entities:
            pulls.pull(entity)
        pulls.account.server.heal()
        assert held(pulls) == faultless(vendor)


@pytest.mark.parametrize("vendor", CASES)
def test_an_earlier_page_in_place_of_the_second_changes_nothing(vendor: str, tmp_path: Path) -> None:
    pulls = connected(vendor, tmp_path)
    with pulls.account.server.running():
        for entity, nth in CASES[vendor].entities.items():
            before = len(pulls.account.server.requests)
            pulls.account.server.fail(nth, fault=Fault(repeats=before + nth - 1))
            pulls.pull(entity)
        if (
            vendor == "zendesk"
        ):  # the page has the cursor that was just asked for: its export goes on with the next pull
            pulls.pull("tickets")
        assert held(pulls) == faultless(vendor)


def backwards(answer: Answer) -> Answer:
    """The answer with the records of its page in the opposite order, the first of them twice."""
    if isinstance(answer.body, bytes):
        return answer
    content = json.loads(json.dumps(answer.body))
    lists = [content] if isinstance(content, list) else _lists_in(content)
    for one in lists:
        one.reverse()
        one += one[:1]
    return replace(answer, body=content)


def _lists_in(content: dict[str, Any]) -> list[list[Any]]:
    found = [value for value in content.values() if isinstance(value, list)]
    return found or [one for value in content.values() if isinstance(value, dict) for one in _lists_in(value)]


@pytest.mark.parametrize("vendor", CASES)
def test_pages_in_another_order_with_a_record_twice_change_nothing(vendor: str, tmp_path: Path) -> None:
    pulls = connected(vendor, tmp_path)
    with pulls.account.server.running():
        pulls.account.server.fail(*range(1, 60), fault=Fault(alters=backwards))
        for entity in CASES[vendor].entities:
            pulls.pull(entity)
        pulls.account.server.heal()
        assert held(pulls) == faultless(vendor)


@pytest.mark.parametrize("vendor", CASES)
def test_a_record_that_changes_after_its_page_came_is_there_as_it_is_now(vendor: str, tmp_path: Path) -> None:
    pulls = connected(vendor, tmp_path)
    case, told = CASES[vendor], []

    def change(_: object) -> None:
        if not told:
            case.change(pulls.account)
        told.append(1)

    with pulls.account.server.running():
        for entity in case.entities:
            pulls.pull(entity, on_page=change)
        pulls.later(hours=1)
        for entity in case.entities:
            pulls.pull(entity)
        found = held(pulls)
    assert found == faultless(vendor, is_changed=True)
    assert found != faultless(vendor)


@pytest.mark.parametrize("vendor", CASES)
def test_a_token_that_expires_midway_changes_nothing(vendor: str, tmp_path: Path) -> None:
    case = CASES[vendor]
    pulls = connected(vendor, tmp_path, case.short_lived)
    with pulls.account.server.running():
        if case.short_lived is None:
            _pull_with_a_key_that_is_revoked(pulls)
        else:
            pulls.account.uses_per_token = 3
            for entity in case.entities:
                pulls.pull(entity)
            granted = [one for one in pulls.account.server.requests if one.method == "POST" and "token" in one.path]
            assert len(granted) > len(case.entities)
        assert held(pulls) == faultless(vendor)


def _pull_with_a_key_that_is_revoked(pulls: Pulls) -> None:
    """Of each entity the second page is refused; then somebody sets a new key, and the next pull brings the rest."""
    # After each page the state says where to go on.
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    for entity, nth in CASES[pulls.source].entities.items():
        pulls.account.server.fail(nth, fault=Fault(refusal(pulls.source, "wrong_key.json")))
        with pytest.raises(SourceError, match="401"):
            pulls.pull(entity)
        pulls.pull(entity)
