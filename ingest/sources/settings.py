"""The settings of a source: variables named after it, and how patient a pull is.

`CX360_<SOURCE>_<NAME>` in upper case, so that each account has its own (`CX360_ZENDESK_EMEA_SUBDOMAIN`). Which names
there are is data of the vendor (`ingest.sources.vendor`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ingest.sources.errors import SourceError


@dataclass(frozen=True)
class Settings:
    """The variables of one source in an environment."""

    source: str
    environ: Mapping[str, str]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.source):
            raise SourceError(f"{self.source}: a source's name has small letters, digits and underscores only")

    def variable(self, name: str) -> str:
        """The full name of the variable."""
        return f"CX360_{self.source.upper()}_{name}"

    def get(self, name: str, default: str = "") -> str:
        """The value without spaces around it; the default if it is not set or empty."""
        return self.environ.get(self.variable(name), "").strip() or default

    def require(self, name: str, what: str) -> str:
        """The value.

        Raises:
            SourceError: it is not set; the message names the variable and says `what` belongs there.
        """
        value = self.get(name)
        if not value:
            raise SourceError(f"{self.source}: set {self.variable(name)} ({what}) in the environment or in .env")
        return value

    def part_of_address(self, name: str, what: str, only: str, pattern: str = r"[A-Za-z0-9][A-Za-z0-9-]*") -> str:
        """The value in small letters, from which the vendor's address is made.

        Raises:
            SourceError: it is not set (`what` belongs there), or is more than that: the message says what it must be
                (`only`).
        """
        value = self.require(name, what)
        if not re.fullmatch(pattern, value):
            raise SourceError(f"{self.source}: {self.variable(name)} is {value!r}, but must be {only}")
        return value.lower()

    def instant(self, name: str) -> datetime | None:
        """The value as an instant (ISO 8601, without offset UTC), or None if it is not set.

        Raises:
            SourceError: it is no instant.
        """
        text = self.get(name)
        if not text:
            return None
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise SourceError(
                f"{self.source}: {self.variable(name)} is {text!r}, which is no date such as 2024-01-31"
            ) from None
        return value if value.tzinfo else value.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Patience:
    """How long a pull waits and tries; the same for all sources.

    Attributes:
        attempts: how often a request is tried when the vendor fails or the network does.
        backoff_seconds: wait after the first failure; it doubles with each.
        longest_wait_seconds: a vendor that asks for more ends the pull instead.
        timeout_seconds: silence on the line after which an attempt has failed.
        pages_per_file: pages of one file, which is also what a killed pull asks for again. Fifty pages of an export
            that allows ten requests a minute are five minutes.
    """

    attempts: int = 7
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 300.0
    timeout_seconds: float = 120.0
    pages_per_file: int = 50

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Patience:
        """Reads `CX360_PULL_ATTEMPTS` and the like; what is not set has its default.

        Raises:
            SourceError: a value is no positive number (no negative one for the back-off).
        """
        patience = cls()
        for name in cls.__dataclass_fields__:
            variable = f"CX360_PULL_{name.upper()}"
            text = environ.get(variable, "").strip()
            if not text:
                continue
            kind = type(getattr(patience, name))
            try:
                value = kind(text)
            except ValueError:
                raise SourceError(f"{variable} is {text!r}, which is no number") from None
            if value < 0 or (value == 0 and name != "backoff_seconds"):
                raise SourceError(f"{variable} is {text}, but must be more than nothing")
            patience = replace(patience, **{name: value})
        return patience
