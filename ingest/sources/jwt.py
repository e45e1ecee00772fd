"""JSON Web Tokens signed with RS256, which some vendors take in exchange for an access token (RFC 7523)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def private_key(pem: bytes) -> RSAPrivateKey:
    """The RSA key that a PEM file holds.

    Raises:
        ValueError: it holds none, or one that a passphrase protects.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def signed(claims: Mapping[str, Any], key: RSAPrivateKey) -> str:
    """The claims and their signature as one text."""
    text = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256"}, dict(claims)))
    return b".".join([text, _encoded(key.sign(text, PKCS1v15(), SHA256()))]).decode()


def _encoded(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")
