"""What a pull of Salesforce lands, however the network and the organization behave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ingest.contracts import COMMON_COLUMNS, vendor_contracts
from ingest.sources.errors import SourceError
from ingest.sources.pull import PullResult, check
from ingest.sources.salesforce import ENDPOINTS, VENDOR
from ingest.sources.settings import Settings
from ingest.sources.vendor import JwtBearer
from tests.ingest.sources.conftest import Pulls
from tests.ingest.sources.fake_salesforce import (
    CLIENT_ID,
    CLIENT_SECRET,
    NOW,
    REFRESH_TOKEN,
    USERNAME,
    FakeSalesforce,
    refusal,
)
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.warehouse import salesforce_company

README = Path(__file__).resolve().parents[3] / "ingest" / "sources" / "salesforce" / "README.md"
ENTITIES = [endpoint.entity for endpoint in ENDPOINTS]
ALWAYS = range(1, 30)
FEATURES = {"CurrencyIsoCode", "IsPersonAccount", "PersonContactId", "BillingCountryCode", "MailingCountryCode"}
FEATURES |= {"CountryCode"}


def kind(entity: str) -> str:
    """The object behind an entity: `case_statuses` is CaseStatus."""
    singular = {"opportunities": "opportunity", "case_statuses": "case_status", "opportunity_history": ""}.get(entity)
    singular = singular or (entity if entity.endswith("history") else entity.removesuffix("s"))
    return "".join(part.capitalize() for part in singular.split("_"))


def fields(entity: str) -> list[str]:
    """What every organization shows of an object, and a field that nobody asks for."""
    columns = vendor_contracts("salesforce")[entity].columns
    names = [column.name for column in columns if column not in COMMON_COLUMNS and column.name != "attributes"]
    found = {"".join(part.capitalize() for part in name.split("_")) for name in names}
    return [*sorted(found - FEATURES), "Other__c"]


@pytest.fixture
def account() -> Iterator[FakeSalesforce]:
    account = FakeSalesforce()
    account.fields = {kind(entity): fields(entity) for entity in ENTITIES}
    with account.server.running():
        yield account


@pytest.fixture
def pulls(tmp_path: Path, account: FakeSalesforce) -> Pulls:
    environ = {
        "CX360_SALESFORCE_BASE_URL": account.base_url,
        "CX360_SALESFORCE_CLIENT_ID": CLIENT_ID,
        "CX360_SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
    }
    return Pulls(tmp_path, source="salesforce", account=account, environ=environ, entity="groups")


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def signing(pulls: Pulls, key: RSAPrivateKey) -> Pulls:
    """Pulls of a client that signs for whom it asks."""
    file = pulls.home / "client.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    del pulls.environ["CX360_SALESFORCE_CLIENT_SECRET"]
    pulls.environ |= {"CX360_SALESFORCE_USERNAME": USERNAME, "CX360_SALESFORCE_PRIVATE_KEY_FILE": str(file)}
    pulls.account.public_key = key.public_key()
    return pulls


def at(minute: float) -> str:
    """So many minutes after the first of June, as Salesforce writes it."""
    return f"{datetime.fromtimestamp(NOW - 86_400 + minute * 60, UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def queue(number: int, minute: float | None = None, **values: Any) -> dict[str, Any]:
    """A queue that changed so many minutes into the day, by default as many as its number."""
    stamp = at(number if minute is None else minute)
    return {"Id": f"00G{number:015}", "Name": f"Queue {number}", "Type": "Queue", "SystemModstamp": stamp} | values


def numbers(pulls: Pulls) -> list[int]:
    return [int(one["Id"][3:]) for one in pulls.records()]


def test_everything_is_pulled_and_loaded(pulls: Pulls) -> None:
    pulls.account.records = {kind(entity): records for entity, records in salesforce_company.RECORDS.items()}
    pulled = {entity: pulls.pull(entity).records for entity in ENTITIES}
    assert pulled == {entity: len(records) for entity, records in salesforce_company.RECORDS.items()}
    loaded = {one.entity: one for one in pulls.load()}
    assert {entity: (one.status, one.rows_loaded, one.rows_quarantined) for entity, one in loaded.items()} == {
        entity: ("loaded", count, 0) for entity, count in pulled.items()
    }
    # Deleted and merged records come along.
    found = pulls.query("select id, master_record_id from raw.salesforce__contacts where is_deleted")
    assert found == [(salesforce_company.ANA_AGAIN, salesforce_company.ANA)]
    [(closed_at, attributes)] = pulls.query(
        f"select closed_date, attributes from raw.salesforce__cases where id = '{salesforce_company.CASE}'"
    )
    assert closed_at == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert json.loads(attributes)["type"] == "Case"


def test_a_query_names_the_fields_and_the_window(pulls: Pulls) -> None:
    pulls.pull("groups")
    pulls.pull("case_history", since=datetime(2026, 6, 1, tzinfo=UTC), until=datetime(2026, 6, 2, tzinfo=UTC))
    assert pulls.account.queries() == [
        "SELECT Id,Name,DeveloperName,Type,Email,CreatedDate,CreatedById,LastModifiedDate,SystemModstamp FROM Group "
        "WHERE Type = 'Queue' AND SystemModstamp >= 1970-01-01T00:00:00Z ORDER BY SystemModstamp,Id",
        "SELECT Id,IsDeleted,CaseId,Field,DataType,OldValue,NewValue,CreatedDate,CreatedById FROM CaseHistory "
        "WHERE CreatedDate >= 2026-06-01T00:00:00Z AND CreatedDate < 2026-06-02T00:00:00Z ORDER BY CreatedDate,Id",
    ]


def test_the_next_pull_asks_for_what_changed_since_and_a_little_before(pulls: Pulls) -> None:
    pulls.account.records["Group"] = [queue(1), queue(2), queue(60)]
    pulls.pull()
    pulls.later(days=1)
    # The first became visible late.
    pulls.account.records["Group"] += [queue(4, 50), queue(5, 2000)]
    pulls.pull()
    assert "SystemModstamp >= 2026-06-01T00:45:00Z" in pulls.account.queries()[-1]
    assert numbers(pulls) == [1, 2, 60, 4, 60, 5]
    pulls.later(days=1)
    pulls.pull()
    # Nothing has changed, and the place is kept.
    state = pulls.state()
    assert state is not None
    assert (state["cursor"], state["is_complete"]) == ({"since": NOW - 86_400 + 2000 * 60}, True)


def test_a_cut_pull_continues_with_the_last_change_that_came(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.records["Group"] = [queue(number) for number in range(1, 8)]
    # Token, fields, two pages.
    pulls.account.server.fail(5, 6, 7, 8, fault=PASSING_FAULTS["closed connection"])
    assert "cannot be reached (4 attempts)" in pulls.sentence()
    assert numbers(pulls) == [1, 2, 3, 4]
    pulls.pull()
    assert "SystemModstamp >= 2026-06-01T00:04:00Z" in pulls.account.queries()[-1]
    assert numbers(pulls) == [1, 2, 3, 4, 4, 5, 6, 7]


def test_a_record_that_changes_during_the_pull_does_not_hide_those_after_it(pulls: Pulls) -> None:
    pulls.environ["CX360_PULL_PAGES_PER_FILE"] = "1"
    pulls.account.records["Group"] = [queue(number) for number in range(1, 8)]

    def change(result: PullResult) -> None:
        # The last record of the second page shows an instant after the pull began.
        pulls.account.records["Group"][3] = queue(4, 24 * 60 + 1)

    pulls.account.server.fail(5, 6, 7, 8, fault=PASSING_FAULTS["closed connection"])
    with pytest.raises(SourceError):
        pulls.pull(on_page=change)
    pulls.later(minutes=5)
    pulls.pull()
    assert set(numbers(pulls)) == {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_passing_fault_leaves_the_rows_of_a_pull_without_it(pulls: Pulls, fault: str) -> None:
    pulls.account.records["Group"] = [queue(number) for number in range(1, 8)]
    # Token, fields, four pages.
    pulls.account.server.fail(2, 5, fault=PASSING_FAULTS[fault])
    pulls.pull()
    assert len(pulls.account.server.requests) == 6 + 2
    names = pulls.loaded("select name from raw.salesforce__groups order by 1")
    assert names == [(f"Queue {number}",) for number in range(1, 8)]


def test_an_earlier_page_in_place_of_the_next_does_not_end_the_list(pulls: Pulls) -> None:
    pulls.account.records["Group"] = [queue(number) for number in range(1, 8)]
    pulls.account.server.fail(5, fault=Fault(repeats=4))
    pulls.pull()
    assert numbers(pulls) == [1, 2, 3, 4, 5, 6, 7]


def test_fields_of_features_and_of_the_settings_come_if_there_are_such(pulls: Pulls) -> None:
    pulls.environ["CX360_SALESFORCE_FIELDS"] = "Group.Plan__c, Account.Tier__c"
    pulls.account.fields["Group"] += ["Plan__c"]
    pulls.account.fields["Account"] += ["Tier__c", "CurrencyIsoCode"]
    pulls.account.records["Group"] = [queue(1, Plan__c="gold")]
    pulls.pull("groups")
    pulls.pull("accounts")
    groups, accounts = (query.partition(" FROM ")[0] for query in pulls.account.queries())
    assert groups.endswith(",Plan__c")
    assert ",CurrencyIsoCode," in accounts
    assert "IsPersonAccount" not in accounts
    assert pulls.loaded("select _extra from raw.salesforce__groups") == [('{"plan__c":"gold"}',)]


def test_fields_that_the_user_may_not_see_are_named(pulls: Pulls) -> None:
    for name in ("Origin", "SuppliedPhone"):
        pulls.account.fields["Case"].remove(name)
    assert pulls.sentence("cases") == (
        "salesforce: cases is not pulled, because the user may not see Case.Origin, Case.SuppliedPhone: give the user "
        "read access to them, or name them in CX360_SALESFORCE_HIDDEN_FIELDS to do without"
    )
    pulls.environ["CX360_SALESFORCE_HIDDEN_FIELDS"] = "Case.Origin,Case.SuppliedPhone"
    pulls.pull("cases")
    assert "Origin" not in pulls.account.queries()[0]


def test_a_field_of_nothing_is_named(pulls: Pulls) -> None:
    pulls.environ["CX360_SALESFORCE_FIELDS"] = "Severity__c"
    assert pulls.sentence().startswith(
        "salesforce: CX360_SALESFORCE_FIELDS has 'Severity__c', but must name fields such as Case.Severity__c, each of "
    )


@pytest.mark.parametrize("grant", ["client credentials", "refresh token"])
def test_a_token_is_fetched_and_renewed_when_it_expires_midway(pulls: Pulls, grant: str) -> None:
    if grant == "refresh token":
        pulls.environ["CX360_SALESFORCE_REFRESH_TOKEN"] = REFRESH_TOKEN
    pulls.account.uses_per_token = 3
    pulls.account.records["Group"] = [queue(number) for number in range(1, 8)]
    pulls.pull()
    assert numbers(pulls) == [1, 2, 3, 4, 5, 6, 7]
    asked = [request.path.split("/")[2] for request in pulls.account.server.requests]
    # The fields and two pages, one that is refused, and the last two pages.
    assert asked == ["oauth2", *["data"] * 4, "oauth2", *["data"] * 2]
    for secret in ("-secret-", "grant_type", "authorization", "Bearer"):
        assert not any(secret.encode() in content for content in pulls.contents())


def test_a_client_that_signs_is_given_tokens_and_signs_again_when_one_expires(signing: Pulls) -> None:
    signing.account.uses_per_token = 3
    signing.account.records["Group"] = [queue(number) for number in range(1, 8)]
    signing.pull()
    assert numbers(signing) == [1, 2, 3, 4, 5, 6, 7]
    assert len(signing.account.tokens) == 2


def test_a_signature_of_another_key_and_an_unknown_user_get_no_token(signing: Pulls) -> None:
    advice = (
        "check CX360_SALESFORCE_CLIENT_ID and CX360_SALESFORCE_USERNAME and CX360_SALESFORCE_PRIVATE_KEY_FILE and "
        "CX360_SALESFORCE_BASE_URL"
    )
    signing.environ["CX360_SALESFORCE_USERNAME"] = "somebody@acme.example"
    assert signing.sentence() == (
        "salesforce: 127.0.0.1 gives no access token (400: invalid_grant: user hasn't approved this consumer): "
        f"{advice}"
    )
    signing.account.public_key = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    assert signing.sentence() == (
        f"salesforce: 127.0.0.1 gives no access token (400: invalid_grant: invalid assertion): {advice}"
    )


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read (No such file"), (b"x", "holds no RSA key in PEM without a pass")]
)
def test_a_file_without_a_private_key_is_named(signing: Pulls, content: bytes | None, reason: str) -> None:
    file = Path(signing.environ["CX360_SALESFORCE_PRIVATE_KEY_FILE"])
    file.unlink() if content is None else file.write_bytes(content)
    assert signing.sentence().startswith(f"salesforce: the file that CX360_SALESFORCE_PRIVATE_KEY_FILE names {reason}")


@pytest.mark.parametrize(("domain", "login"), [("acme", "login"), ("acme--uat.sandbox", "test")])
def test_the_claims_are_for_the_kind_of_organization(signing: Pulls, domain: str, login: str) -> None:
    del signing.environ["CX360_SALESFORCE_BASE_URL"]
    signing.environ["CX360_SALESFORCE_MY_DOMAIN"] = domain
    credentials = VENDOR.credentials(Settings("salesforce", signing.environ))
    assert isinstance(credentials, JwtBearer)
    assert credentials.audience == f"https://{login}.salesforce.com"
    assert credentials.token_url == f"https://{domain}.my.salesforce.com/services/oauth2/token"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_SALESFORCE_MY_DOMAIN (the first part of your address: acme for acme.my.salesforce.com)"),
        (
            {"MY_DOMAIN": "acme.my.salesforce.com"},
            "CX360_SALESFORCE_MY_DOMAIN is 'acme.my.salesforce.com', but",
        ),
        ({"MY_DOMAIN": "acme"}, "set CX360_SALESFORCE_CLIENT_ID (the consumer key of the external client app)"),
        (
            {"MY_DOMAIN": "acme--uat.sandbox", "CLIENT_ID": "x"},
            "set CX360_SALESFORCE_CLIENT_SECRET (the consumer",
        ),
        (
            {"MY_DOMAIN": "acme", "CLIENT_ID": "x", "USERNAME": "y"},
            "set CX360_SALESFORCE_PRIVATE_KEY_FILE (the file of the key",
        ),
    ],
)
def test_a_missing_or_wrong_setting_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_SALESFORCE_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"salesforce: {expected}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CLIENT_ID", "invalid_client_id: client identifier invalid"),
        ("CLIENT_SECRET", "invalid_client: "),
    ],
)
def test_a_client_that_gets_no_token(pulls: Pulls, name: str, expected: str) -> None:
    pulls.environ[f"CX360_SALESFORCE_{name}"] = "wrong"
    text = pulls.sentence()
    assert text.startswith(f"salesforce: 127.0.0.1 gives no access token (400: {expected}")
    assert text.endswith(
        "check CX360_SALESFORCE_CLIENT_ID and CX360_SALESFORCE_CLIENT_SECRET and CX360_SALESFORCE_BASE_URL"
    )


def test_a_client_whose_tokens_are_refused(pulls: Pulls) -> None:
    pulls.account.uses_per_token = 0
    assert pulls.sentence() == (
        "salesforce: 127.0.0.1 does not accept the credentials (401: Session expired or invalid): check "
        "CX360_SALESFORCE_CLIENT_ID and CX360_SALESFORCE_CLIENT_SECRET and CX360_SALESFORCE_BASE_URL"
    )
    # A token, a request, one more of each, and no more.
    assert len(pulls.account.server.requests) == 4


@pytest.mark.parametrize(
    ("answer", "expected", "requests"),
    [
        (
            refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            "the daily limit of 127.0.0.1 is used up (403: TotalRequests Limit exceeded.): pull again tomorrow",
            1,
        ),
        (
            refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
            "groups is refused (403: ConcurrentPerOrgLongTxn Limit exceeded.): too many requests are under way: pull "
            "again in some minutes, it continues where this pull ended",
            1,
        ),
        (
            refusal(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
            "groups is refused (403: The REST API is not enabled for this Organization.): it needs an edition with "
            "access to the API: Enterprise, Unlimited, Developer, or Professional with the add-on",
            1,
        ),
        (
            refusal(400, "INVALID_TYPE", "sObject type 'Group' is not supported."),
            "groups is refused (400: sObject type 'Group' is not supported.): the organization does not have the "
            "object, or the user may not read it: give the user read access to it, or leave it out of "
            "CX360_SALESFORCE_ENTITIES",
            1,
        ),
        (
            refusal(400, "QUERY_TIMEOUT", "Your query request was running for too long."),
            "groups is refused (400: Your query request was running for too long.): the query takes Salesforce too "
            "long: set CX360_SALESFORCE_BULK_FROM to 0, and it is pulled by a job",
            1,
        ),
        (
            refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
            "groups is refused (400: invalid query locator): the list that was begun is no longer kept: pull again, it "
            "continues where this pull ended",
            1,
        ),
        (
            Answer(503, b""),
            "127.0.0.1 failed to answer for groups 4 times (503): pull again later, it continues where this pull ended",
            4,
        ),
    ],
)
def test_a_fault_that_does_not_pass(pulls: Pulls, answer: Answer, expected: str, requests: int) -> None:
    # After the token.
    pulls.account.server.fail(*range(2, 30), fault=Fault(answer))
    assert pulls.sentence() == f"salesforce: {expected}"
    assert len(pulls.account.server.requests) == 1 + requests


def test_a_field_that_is_hidden_between_two_requests_is_named_by_salesforce(pulls: Pulls) -> None:
    hidden = refusal(400, "INVALID_FIELD", "\nId,Name FROM Group\n ^\nNo such column 'Email' on entity 'Group'.")
    pulls.account.server.fail(3, fault=Fault(hidden))
    assert pulls.sentence() == (
        "salesforce: groups is refused (400: Id,Name FROM Group ^ No such column 'Email' on entity 'Group'.): give the "
        "user read access to the field, or name it in CX360_SALESFORCE_HIDDEN_FIELDS to do without"
    )


def test_an_object_that_is_not_there(pulls: Pulls) -> None:
    del pulls.account.fields["AccountContactRelation"]
    assert pulls.sentence("account_contact_relations").startswith(
        "salesforce: account_contact_relations is refused (404: The requested resource does not exist): the "
        "organization does not have the object, or the user may not read it"
    )


def test_check_says_whose_account_it_is(pulls: Pulls) -> None:
    assert check("salesforce", pulls.environ) == (
        f"salesforce: Acme (Enterprise Edition, production) at {pulls.account.base_url}"
    )


def test_the_readme_names_every_entity_and_variable() -> None:
    text = README.read_text(encoding="utf-8")
    assert [entity for entity in ENTITIES if f"| `{entity}` |" not in text] == []
    assert [variable.name for variable in VENDOR.variables if f"_{variable.name}`" not in text] == []
