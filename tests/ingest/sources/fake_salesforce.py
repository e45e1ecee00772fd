"""Salesforce's REST API as its documentation describes it, with records made in the test.

What is documented, and where, is said in ingest/sources/salesforce/README.md.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.ingest.sources import documented
from tests.ingest.sources.fake_server import Answer, FakeServer, Received

CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "consumer-1", "consumer-secret-2", "refresh-secret-3"
USERNAME = "integration@acme.example"

#: 2026-06-02T00:00:00Z.
NOW = 1_780_358_400
DATA = "/services/data/v65.0"

Record = dict[str, Any]

_QUERY = re.compile(
    r"SELECT (?P<fields>\S+) FROM (?P<kind>\w+) WHERE (Type = 'Queue' AND )?"
    r"(?P<changed>SystemModstamp|CreatedDate) >= (?P<since>\S+)( AND \w+ < (?P<until>\S+))?(?P<order> ORDER BY \w+,Id)?"
)


def refusal(status: int, code: str, message: str) -> Answer:
    """An answer that says no, as Salesforce words it: a list of errors."""
    return Answer(status, [{"message": message, "errorCode": code}])


class FakeSalesforce:
    """An organization.

    Attributes:
        records: what there is, by object; those in the recycle bin are among them.
        fields: what the user may see, by object; objects that are not named are not there.
        now: what time it is there.
        types: types of fields by name; of others their values tell.
        page_size: records in a page, and in a set of a job.
        looks: how often a job is looked at until it has ended.
        failure: why jobs fail; empty if they do not. One that has failed stays so.
        jobs: the jobs, each with the records that its query found when it was begun.
        public_key: what the certificate of the client holds, if it has one.
        uses_per_token: requests after which a token has expired.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = {}
        self.fields: dict[str, list[str]] = {}
        self.now = NOW
        self.types: dict[str, str] = {}
        self.page_size = 2
        self.looks = 2
        self.failure = ""
        self.jobs: dict[str, tuple[Record, list[str], list[Record]]] = {}
        self.looked: dict[str, int] = {}
        self.failed: dict[str, str] = {}
        self.public_key: RSAPublicKey | None = None
        self.uses_per_token = 1_000
        self.tokens: dict[str, int] = {}
        self.cursors: list[tuple[list[str], str, list[str]]] = []
        self.server = FakeServer(self.respond)

    @property
    def base_url(self) -> str:
        return f"{self.server.url}{DATA}"

    def queries(self) -> list[str]:
        """What was asked for, without the pages that followed."""
        return [request.params["q"] for request in self.server.requests if request.path == f"{DATA}/queryAll"]

    def job_queries(self) -> list[str]:
        """What jobs were begun for."""
        begun = [request for request in self.server.requests if request.method == "POST" and "/jobs/" in request.path]
        return [json.loads(request.body)["query"] for request in begun]

    def respond(self, request: Received) -> Answer:
        if request.path == "/services/oauth2/token":
            return self._token(request)
        shown = request.headers.get("authorization", "")
        if self.tokens.get(shown, 0) <= 0:
            return documented.refusal("salesforce", "expired_session.json")
        self.tokens[shown] -= 1
        match request.path.removeprefix(f"{DATA}/").split("/"):
            case ["query"] if request.params["q"].endswith("FROM Organization"):
                found = {"Name": "Acme", "OrganizationType": "Enterprise Edition", "IsSandbox": False}
                return Answer(body={"totalSize": 1, "done": True, "records": [found]})
            case ["sobjects", kind, "describe"] if kind in self.fields:
                fields = [{"name": name, "type": self._type(kind, name)} for name in self.fields[kind]]
                return Answer(body={"name": kind, "fields": fields})
            case ["queryAll"]:
                return self._query(request.params["q"])
            case ["query", locator]:
                return self._page(*map(int, locator.removeprefix("0r8x").split("-")))
            case ["jobs", "query"]:
                return self._begin(json.loads(request.body))
            case ["jobs", "query", job] if job in self.jobs:
                return self._look(job)
            case ["jobs", "query", job, "results"] if job in self.jobs:
                return self._set(job, int(request.params["maxRecords"]), request.params.get("locator", ""))
        return refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, request: Received) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()}
        if form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            if refused := self._refused(form["assertion"]):
                return Answer(400, {"error": "invalid_grant", "error_description": refused})
            return self._granted()
        if form.get("client_id") != CLIENT_ID:
            return Answer(400, {"error": "invalid_client_id", "error_description": "client identifier invalid"})
        if form.get("client_secret") != CLIENT_SECRET:
            return documented.refusal("salesforce", "wrong_secret.json")
        assert "scope" not in form
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != REFRESH_TOKEN:
            return documented.refusal("salesforce", "refresh_token_expired.json")
        return self._granted()

    def _granted(self) -> Answer:
        token = f"granted-secret-{len(self.tokens)}"
        self.tokens[f"Bearer {token}"] = self.uses_per_token
        # Salesforce does not say how long a token lasts.
        return Answer(body={"access_token": token, "instance_url": self.server.url, "token_type": "Bearer"})

    def _refused(self, assertion: str) -> str:
        """Why claims are not accepted; empty if they are."""
        head, claims, signature = (urlsafe_b64decode(part + "==") for part in assertion.split("."))
        assert json.loads(head) == {"alg": "RS256"}
        asked = json.loads(claims)
        assert asked.keys() == {"iss", "sub", "aud", "exp"}
        assert self.public_key is not None
        try:
            self.public_key.verify(signature, assertion.rpartition(".")[0].encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return "invalid assertion"
        if not time.time() < asked["exp"] <= time.time() + 180:
            return "expired authorization code"
        if asked["iss"] != CLIENT_ID or asked["aud"] != "https://login.salesforce.com":
            return "audience is invalid"
        return "" if asked["sub"] == USERNAME else "user hasn't approved this consumer"

    def _type(self, kind: str, name: str) -> str:
        values = [str(one.get(name)) for one in self.records.get(kind, [])]
        return self.types.get(name) or ("datetime" if any(value.endswith("+0000") for value in values) else "string")

    def _begin(self, body: Record) -> Answer:
        assert body["operation"] == "queryAll"
        asked = _QUERY.fullmatch(body["query"])
        assert asked, body
        assert not asked["order"]
        kind, names = asked["kind"], asked["fields"].split(",")
        assert kind != "CaseStatus"
        if any(self._type(kind, name) == "address" for name in names):
            return refusal(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
        there = sorted(self._found(asked), key=lambda one: one["Id"])
        number = f"750R0000000zh{len(self.jobs)}"
        at = f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
        job = {"id": number, "operation": "queryAll", "object": kind, "createdDate": at, "contentType": "CSV"}
        self.jobs[number] = job, names, [{name: one.get(name) for name in names} for one in there]
        return Answer(body=job | {"state": "UploadComplete"})

    def _look(self, number: str) -> Answer:
        job, _, found = self.jobs[number]
        self.looked[number] = self.looked.get(number, 0) + 1
        if self.looked[number] < self.looks:
            return Answer(body=job | {"state": "InProgress"})
        if failure := self.failed.setdefault(number, self.failure):
            return Answer(body=job | {"state": "Failed", "errorMessage": failure})
        return Answer(body=job | {"state": "JobComplete", "numberRecordsProcessed": len(found)})

    def _set(self, number: str, most: int, locator: str) -> Answer:
        _, names, found = self.jobs[number]
        start = int(locator.removeprefix("MTAw") or 0)
        end = start + min(most, self.page_size)
        file = io.StringIO()
        rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows.writerow(names)
        rows.writerows([_in_csv(one[name]) for name in names] for one in found[start:end])
        headers = {
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(len(found[start:end])),
            "Sforce-Locator": f"MTAw{end}" if end < len(found) else "null",
        }
        return Answer(200, file.getvalue().encode(), headers)

    def _query(self, query: str) -> Answer:
        asked = _QUERY.fullmatch(query)
        assert asked, query
        assert asked["order"]
        kind, fields, changed = asked["kind"], asked["fields"].split(","), asked["changed"]
        if unknown := [name for name in fields if name not in self.fields[kind]]:
            message = f"\n{query[:40]}\n ^\nERROR at Row:1:Column:8\nNo such column '{unknown[0]}' on entity '{kind}'."
            return refusal(400, "INVALID_FIELD", message)
        chosen = self._found(asked)
        chosen.sort(key=lambda one: (one[changed], one["Id"]))
        self.cursors.append(([one["Id"] for one in chosen], kind, fields))
        return self._page(len(self.cursors) - 1, 0)

    def _found(self, asked: re.Match[str]) -> list[Record]:
        since, until = (datetime.fromisoformat(asked[name] or "2200-01-01T00:00:00Z") for name in ("since", "until"))
        there = self.records.get(asked["kind"], [])
        return [one for one in there if since <= datetime.fromisoformat(one[asked["changed"]]) < until]

    def _page(self, cursor: int, start: int) -> Answer:
        """The records that the query found, as they are now."""
        ids, kind, fields = self.cursors[cursor]
        known = {one["Id"]: one for one in self.records.get(kind, [])}
        end = start + self.page_size
        records = [
            {"attributes": {"type": kind, "url": f"{DATA}/sobjects/{kind}/{one}"}}
            | {name: known[one].get(name) for name in fields}
            for one in ids[start:end]
        ]
        body = {"totalSize": len(ids), "done": end >= len(ids), "records": records}
        if end < len(ids):
            body["nextRecordsUrl"] = f"{DATA}/query/0r8x{cursor}-{end}"
        return Answer(body=body)


def _in_csv(value: Any) -> str:
    """A value as the Bulk API writes it: nothing for null, and Z for UTC."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"(T[\d:.]+)\+0000$", r"\1Z", text)
