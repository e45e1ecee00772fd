"""An HTTP server on 127.0.0.1 that answers like a vendor and fails by plan.

A fake vendor is a function from a request to an answer. The kit around it keeps the requests, and lets the n-th of
them meet a fault: what the client sees then is what a real socket shows, not what a mock says.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """A request as it came in; `at` is when, in seconds of a clock that only goes forward."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass(frozen=True)
class Answer:
    """What goes back; `body` is written as JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of its answer, or to its answer.

    Attributes:
        answer: sent instead.
        repeats: the answer to that request (1 is the first) is sent instead.
        keep: share of the body that is sent before the connection closes.
        closes: the connection closes without a word.
        seconds: silence before the answer.
        alters: makes what is sent of the answer.
    """

    answer: Answer | None = None
    repeats: int = 0
    keep: float = 1.0
    closes: bool = False
    seconds: float = 0.0
    alters: Callable[[Answer], Answer] | None = None


#: Faults that a vendor recovers from by itself; each leaves the pull as if it had not been.
PASSING_FAULTS = {
    "429 with Retry-After": Fault(Answer(429, {"error": "TooManyRequests"}, {"Retry-After": "0"})),
    "429 without Retry-After": Fault(Answer(429, {"error": "TooManyRequests"})),
    "500": Fault(Answer(500, {"error": "InternalError"})),
    "503 with Retry-After": Fault(Answer(503, b"<html>maintenance</html>", {"Retry-After": "0"})),
    "truncated body": Fault(keep=0.5),
    "closed connection": Fault(closes=True),
    "silence": Fault(seconds=0.6),
    "invalid JSON": Fault(Answer(200, b'{"tickets": [')),
    "a page of HTML": Fault(Answer(200, b"<html>be right back</html>", {"Content-Type": "text/html"})),
    "NaN": Fault(Answer(200, b'{"tickets": [{"id": NaN}]}')),
}


class FakeServer:
    """The running server.

    Attributes:
        url: its address, without a path.
        requests: what came in, in order.
    """

    def __init__(self, respond: Callable[[Received], Answer]) -> None:
        self.requests: list[Received] = []
        self._respond = respond
        self._faults: dict[int, Fault] = {}
        self._answers: list[Answer] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, *nth: int, fault: Fault) -> None:
        """Lets the n-th requests from now on (1 is the next) meet the fault."""
        for number in nth:
            self._faults[len(self.requests) + number] = fault

    def heal(self) -> None:
        """Lets no further request meet a fault."""
        self._faults.clear()

    @contextmanager
    def running(self) -> Iterator[FakeServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _receive(self, request: Received) -> tuple[Answer, Fault]:
        with self._lock:
            self.requests.append(request)
            fault = self._faults.get(len(self.requests), Fault())
            # A request whose answer gets lost was answered all the same.
            answer = fault.answer or self._respond(request)
            self._answers.append(answer)
            if fault.repeats:
                answer = self._answers[fault.repeats - 1]
            if fault.alters:
                answer = fault.alters(answer)
        return answer, fault

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement of its headers

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                request = Received(
                    method=self.command,
                    path=parts.path,
                    params=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                    at=time.monotonic(),
                )
                answer, fault = server._receive(request)
                time.sleep(fault.seconds)
                if fault.closes:
                    self.close_connection = True
                    return
                content = answer.content
                sent = content[: int(len(content) * fault.keep)]
                try:
                    self.send_response(answer.status)
                    for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(sent)
                except (BrokenPipeError, ConnectionResetError):  # the client lost its patience
                    self.close_connection = True
                if len(sent) < len(content):
                    self.close_connection = True

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Says nothing: pytest's output is for tests."""

        return Handler
