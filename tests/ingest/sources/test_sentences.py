"""What a person reads when a source is not set up, refuses or does not answer."""

from __future__ import annotations

import re
import socket

import pytest

from ingest.sources.errors import SourceError
from ingest.sources.pull import check
from ingest.sources.vendor import configured_sources, load_vendor, pulled_vendors, template
from tests.ingest.sources.conftest import Pulls, ticket
from tests.ingest.sources.documented import refusal
from tests.ingest.sources.fake_server import PASSING_FAULTS, Answer, Fault
from tests.ingest.sources.fake_zendesk import ACCESS_TOKEN, API_TOKEN, CLIENT_ID, CLIENT_SECRET, EMAIL

ALWAYS = range(1, 30)


def refuse(pulls: Pulls, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(Answer(status, body, headers or {})))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "set CX360_ZENDESK_SUBDOMAIN (the first part of your address: acme for acme.zendesk.com)"),
        ({"SUBDOMAIN": "acme"}, "set CX360_ZENDESK_CLIENT_ID and CX360_ZENDESK_CLIENT_SECRET (an OAuth client), "),
        ({"SUBDOMAIN": "acme", "CLIENT_ID": "x"}, "set CX360_ZENDESK_CLIENT_SECRET (the secret of the OAuth client)"),
        ({"SUBDOMAIN": "acme", "EMAIL": "x"}, "set CX360_ZENDESK_API_TOKEN (the API token)"),
        ({"SUBDOMAIN": "acme", "API_TOKEN": "x"}, "set CX360_ZENDESK_EMAIL (the e-mail of the administrator "),
        ({"SUBDOMAIN": "acme.zendesk.com"}, "CX360_ZENDESK_SUBDOMAIN is 'acme.zendesk.com', but must be the first"),
        ({"BASE_URL": "http://acme.example/api"}, "CX360_ZENDESK_BASE_URL must begin with https://"),
        ({"SUBDOMAIN": "acme", "ACCESS_TOKEN": "x", "START": "spring"}, "CX360_ZENDESK_START is 'spring', which is no"),
        ({"SUBDOMAIN": "acme", "ACCESS_TOKEN": "x", "PAGE_SIZE": "-1"}, "CX360_ZENDESK_PAGE_SIZE is no number of"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(pulls: Pulls, environ: dict[str, str], expected: str) -> None:
    pulls.environ = {f"CX360_ZENDESK_{name}": value for name, value in environ.items()}
    assert pulls.sentence().startswith(f"zendesk: {expected}")


def test_the_settings_of_another_account_are_its_own(pulls: Pulls) -> None:
    assert pulls.sentence(source="zendesk_emea").startswith("zendesk_emea: set CX360_ZENDESK_EMEA_SUBDOMAIN")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ATTEMPTS", "many", "CX360_PULL_ATTEMPTS is 'many', which is no number"),
        ("PAGES_PER_FILE", "0", "CX360_PULL_PAGES_PER_FILE is 0, but must be more than nothing"),
    ],
)
def test_patience_that_makes_no_sense_is_named(pulls: Pulls, name: str, value: str, expected: str) -> None:
    pulls.environ[f"CX360_PULL_{name}"] = value
    assert pulls.sentence() == expected


def test_an_unknown_source_or_entity_is_answered_with_those_that_there_are(pulls: Pulls) -> None:
    assert pulls.sentence(source="zendesky") == (
        f"zendesky is no source that can be pulled: its name begins with one of {', '.join(pulled_vendors())}"
    )
    assert pulls.sentence(entity="ticket").startswith(
        "zendesk has no entity named ticket: choose from tickets, ticket_events, users, "
    )


def test_a_wrong_key(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_API_TOKEN"] = "wrong"
    assert pulls.sentence() == (
        "zendesk: 127.0.0.1 does not accept the credentials (401: Couldn't authenticate you): "
        "check CX360_ZENDESK_EMAIL and CX360_ZENDESK_API_TOKEN"
    )
    assert len(pulls.account.server.requests) == 1


def test_an_expired_token(pulls: Pulls) -> None:
    pulls.environ["CX360_ZENDESK_ACCESS_TOKEN"] = ACCESS_TOKEN
    pulls.account.tokens = {f"Bearer {ACCESS_TOKEN}": 1}
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    assert pulls.sentence() == (
        "zendesk: the access token is expired, revoked or wrong (401: invalid_token: The access token provided is "
        "expired, revoked, malformed or invalid for other reasons.): make a new one and set CX360_ZENDESK_ACCESS_TOKEN"
    )
    assert pulls.ids() == [1, 2]


def test_a_client_that_gets_no_token(pulls: Pulls) -> None:
    pulls.environ |= {"CX360_ZENDESK_CLIENT_ID": "somebody", "CX360_ZENDESK_CLIENT_SECRET": CLIENT_SECRET}
    assert re.fullmatch(
        r"zendesk: 127\.0\.0\.1 gives no access token \(401: invalid_client: .*\): "
        "check CX360_ZENDESK_CLIENT_ID and CX360_ZENDESK_CLIENT_SECRET",
        pulls.sentence(),
    )


def test_a_client_whose_tokens_are_refused(pulls: Pulls) -> None:
    pulls.environ |= {"CX360_ZENDESK_CLIENT_ID": CLIENT_ID, "CX360_ZENDESK_CLIENT_SECRET": CLIENT_SECRET}
    pulls.account.uses_per_token = 0
    assert pulls.sentence().endswith("check CX360_ZENDESK_CLIENT_ID and CX360_ZENDESK_CLIENT_SECRET")
    # A token, a request, one more of each, and no more.
    assert len(pulls.account.server.requests) == 4


def test_a_missing_scope(pulls: Pulls) -> None:
    pulls.account.refused["incremental/tickets/cursor"] = refusal("zendesk", "missing_scope.json")
    assert pulls.sentence() == (
        "zendesk: tickets is refused (403: Forbidden: You are missing the following required scopes: read): it needs "
        "an administrator's account, the OAuth scope read where a token is used"
    )


def test_a_plan_without_the_endpoint(pulls: Pulls) -> None:
    said = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    pulls.account.refused["slas/policies"] = Answer(403, said)
    assert pulls.sentence("sla_policies") == (
        "zendesk: sla_policies is refused (403: Forbidden: You do not have access to this page.): it needs an "
        "administrator's account, the OAuth scope read where a token is used, the plan Support Professional or Suite "
        "Growth, or one above"
    )
    pulls.account.refused["slas/policies"] = Answer(404, {"error": "InvalidEndpoint", "description": "Not found"})
    assert pulls.sentence("sla_policies").startswith(
        "zendesk: 127.0.0.1 does not offer sla_policies (404: InvalidEndpoint: Not found): it needs "
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Answer(404, {"error": {"title": "No help desk at nobody.zendesk.com", "message": "There is none."}}),
            "zendesk: there is no account at 127.0.0.1 (404: No help desk at nobody.zendesk.com: There is none.): "
            "check CX360_ZENDESK_BASE_URL",
        ),
        (
            Answer(404, b"<html>nothing here</html>"),
            "zendesk: there is no account at 127.0.0.1 (404): check CX360_ZENDESK_BASE_URL",
        ),
        (
            Answer(301, b"", {"Location": "https://other.zendesk.com/api/v2"}),
            "zendesk: 127.0.0.1 sends requests on to other.zendesk.com (301), which gets no credentials: "
            "check CX360_ZENDESK_BASE_URL",
        ),
    ],
)
def test_a_wrong_address(pulls: Pulls, answer: Answer, expected: str) -> None:
    pulls.account.server.fail(*ALWAYS, fault=Fault(answer))
    assert pulls.sentence() == expected


def test_a_token_request_is_not_sent_on(pulls: Pulls) -> None:
    pulls.environ |= {"CX360_ZENDESK_CLIENT_ID": "cx360", "CX360_ZENDESK_CLIENT_SECRET": CLIENT_SECRET}
    refuse(pulls, 307, b"", {"Location": f"{pulls.account.server.url}/elsewhere"})
    assert "sends requests on to 127.0.0.1 (307), which gets no credentials" in pulls.sentence()
    assert [request.path for request in pulls.account.server.requests] == ["/oauth/tokens"]


def test_a_name_that_is_not_known(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    del pulls.environ["CX360_ZENDESK_BASE_URL"]
    pulls.environ["CX360_ZENDESK_SUBDOMAIN"] = "acme"
    assert pulls.sentence() == (
        "zendesk: the name acme.zendesk.com is not known: check CX360_ZENDESK_SUBDOMAIN and that this machine has a "
        "network"
    )


def test_the_proxy_of_the_environment_is_used_unless_the_address_is_excepted(
    pulls: Pulls, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulls.account.tickets = [ticket(1), ticket(2), ticket(3)]
    for variable in ("no_proxy", "http_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
        assert "the proxy does not let requests through to 127.0.0.1: check HTTPS_PROXY" in pulls.sentence()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert pulls.pull().records == 3


def test_no_network(pulls: Pulls) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        pulls.environ["CX360_ZENDESK_BASE_URL"] = f"http://127.0.0.1:{free.getsockname()[1]}/api/v2"
        assert pulls.sentence() == (
            "zendesk: 127.0.0.1 cannot be reached (4 attempts): check the network and CX360_ZENDESK_BASE_URL"
        )


def test_a_rate_limit_with_a_wait_beyond_the_ceiling(pulls: Pulls) -> None:
    refuse(pulls, 429, {"error": "TooManyRequests"}, {"Retry-After": "900"})
    with pytest.raises(SourceError) as raised:
        pulls.pull()
    assert str(raised.value) == (
        "zendesk: the rate limit of 127.0.0.1 is used up (429): wait 900 seconds and pull again, it continues where "
        "this pull ended"
    )
    assert raised.value.wait_seconds == 900
    assert len(pulls.account.server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("429 with Retry-After", "the rate limit of 127.0.0.1 is used up (429): wait a minute and pull again"),
        ("429 without Retry-After", "the rate limit of 127.0.0.1 is used up (429): wait a minute and pull again"),
        ("500", "127.0.0.1 failed to answer for tickets 4 times (500: InternalError): pull again later"),
        ("503 with Retry-After", "127.0.0.1 failed to answer for tickets 4 times (503): pull again later"),
        ("truncated body", "127.0.0.1 broke off its answer for tickets 4 times: pull again later"),
        ("closed connection", "127.0.0.1 cannot be reached (4 attempts): check the network"),
        ("silence", "127.0.0.1 did not answer for tickets in time, 4 times: check the network, or set a smaller"),
        ("invalid JSON", "127.0.0.1 answers for tickets with something that is not JSON (application/json, 13 bytes)"),
        ("a page of HTML", "127.0.0.1 answers for tickets with something that is not JSON (text/html, 26 bytes)"),
    ],
)
def test_a_fault_that_does_not_pass(pulls: Pulls, fault: str, expected: str) -> None:
    pulls.account.tickets = [ticket(1)]
    pulls.account.server.fail(*ALWAYS, fault=PASSING_FAULTS[fault])
    assert pulls.sentence().startswith(f"zendesk: {expected}")
    assert len(pulls.account.server.requests) == 4
    assert pulls.lines() == []


def test_a_cursor_that_the_vendor_no_longer_knows(pulls: Pulls) -> None:
    refuse(pulls, 422, {"error": "InvalidValue", "description": "Invalid cursor"})
    assert pulls.sentence().endswith("may be too old, so remove lake/pulls/zendesk/tickets.json and pull again")


def test_an_answer_without_the_records(pulls: Pulls) -> None:
    refuse(pulls, 200, {"count": 0})
    assert pulls.sentence().startswith("zendesk: the answer for tickets has no list tickets: check CX360_ZENDESK_")


@pytest.mark.parametrize("body", [[], None, "welcome", 3])
def test_an_answer_that_is_no_object(pulls: Pulls, body: object) -> None:
    refuse(pulls, 200, body)
    assert pulls.sentence().startswith("zendesk: the answer for tickets has no list tickets: check CX360_ZENDESK_")
    with pytest.raises(SourceError, match=r"^zendesk: the answer for who is asking is not as documented \(Attri"):
        check("zendesk", pulls.environ)


def test_the_vendors_words_are_short_and_without_secrets(pulls: Pulls) -> None:
    refuse(pulls, 403, {"error": f"token {API_TOKEN} of\n{EMAIL} " + "x" * 1000})
    said = re.search(r"\(403: (.*?)\)", pulls.sentence())
    assert said is not None
    assert said[1].startswith(f"token *** of {EMAIL} xxx")
    assert len(said[1]) == 200


def test_check_says_who_one_is(pulls: Pulls) -> None:
    assert check("zendesk", pulls.environ) == f"zendesk: Ann ({EMAIL}), role admin at {pulls.account.base_url}"
    address = pulls.account.base_url.replace("//", f"//ann:{API_TOKEN}@")
    assert API_TOKEN not in check("zendesk", pulls.environ | {"CX360_ZENDESK_BASE_URL": address})
    pulls.account.refused["users/me"] = Answer(200, {"user": {"id": None, "name": "Anonymous user"}})
    with pytest.raises(SourceError, match=r"does not accept the credentials: check CX360_ZENDESK_EMAIL and CX360_"):
        check("zendesk", pulls.environ)


def test_check_does_not_let_one_wait(pulls: Pulls) -> None:
    pulls.account.server.fail(*ALWAYS, fault=PASSING_FAULTS["500"])
    with pytest.raises(SourceError, match="failed to answer for who is asking 2 times"):
        check("zendesk", pulls.environ)


def test_check_does_not_speak_of_a_pull(pulls: Pulls) -> None:
    refuse(pulls, 429, {"error": "TooManyRequests"}, {"Retry-After": "900"})
    with pytest.raises(SourceError, match=r"is used up \(429\): wait 900 seconds and check again$"):
        check("zendesk", pulls.environ)
    pulls.account.server.heal()
    refuse(pulls, 500)
    with pytest.raises(SourceError, match=r"who is asking 2 times \(500\): check again later$"):
        check("zendesk", pulls.environ)


def test_the_template_names_every_variable_of_the_source() -> None:
    text = template("zendesk_emea")
    for variable in load_vendor("zendesk").variables:
        assert f"# {variable.description}\n# CX360_ZENDESK_EMEA_{variable.name}=\n" in text
    assert all(line.startswith("#") for line in text.splitlines())


def test_a_vendor_without_pulls_says_where_its_files_go() -> None:
    with pytest.raises(
        SourceError, match="sprout_emea cannot be pulled: put its export files into landing/sprout_emea/"
    ):
        template("sprout_emea")
    assert configured_sources({"CX360_SPROUT_ACCESS_TOKEN": "x"}) == []
