"""Proofs of filing: a signed hash of what was sent and when, which anybody can verify and which reveals nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from credit_register.core.settings import SettingsError
from credit_register.transparency.services import canonical_json

PROOF_TYPE: Final = "filing-proof"
CONTENT_TYPE: Final = "filing-content"
KEYS_TYPE: Final = "filing-proof-keys"
VERSION: Final = 1
SALT_BYTES: Final = 16
LONGEST: Final = 256 * 1024  # characters of a document; the longest report with its files has far fewer

_PRIVATE_BYTES: Final = 32
_PROOF_FIELDS: Final = {
    "type": re.compile(PROOF_TYPE),
    "filed_at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII),
    "content_sha256": re.compile("[0-9a-f]{64}"),
    "site": re.compile(r"[^\x00-\x20]{0,300}"),
    "key": re.compile("[0-9a-f]{16}"),
    "signature": re.compile("[A-Za-z0-9+/]{86}=="),
}
_SALT: Final = re.compile(f"[0-9a-f]{{{2 * SALT_BYTES}}}")


class Unreadable(Exception):
    """A text is not the document that it should be; the sentence says why and what to do."""


class Signature(StrEnum):
    """What the signature of a proof says."""

    VALID = "valid"
    INVALID = "invalid"
    FOREIGN = "foreign"  # by a key that this site does not have


@dataclass(frozen=True)
class Proof:
    """A proof as it was read; what it says is true only when its signature is valid."""

    filed_at: datetime
    content_sha256: str
    site: str
    key: str
    signature: bytes
    signed: bytes


@dataclass(frozen=True)
class Content:
    """What was sent, and the salt that keeps its hash from being found by trying."""

    fields: Mapping[str, Any]
    sha256: str


class ProofKeys:
    """The keys of the site: the first signs, each verifies."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._private = [Ed25519PrivateKey.from_private_bytes(_seed(key)) for key in keys]
        self._public = {key_id(each.public_key()): each.public_key() for each in self._private}

    def sign(self, content: str, *, filed_at: datetime, site: str) -> str:
        """The proof document of a content document; `filed_at` is aware and written to the second."""
        signer = self._private[0]
        claims = {
            "type": PROOF_TYPE,
            "version": VERSION,
            "filed_at": filed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "content_sha256": read_content(content).sha256,
            "site": site,
            "key": key_id(signer.public_key()),
        }
        signature = base64.b64encode(signer.sign(canonical_json(claims).encode())).decode("ascii")
        return canonical_json({**claims, "signature": signature})

    def judge(self, proof: Proof) -> Signature:
        """Whether one of these keys has signed it."""
        public = self._public.get(proof.key)
        if public is None:
            return Signature.FOREIGN
        try:
            public.verify(proof.signature, proof.signed)
        except InvalidSignature:
            return Signature.INVALID
        return Signature.VALID

    def published(self) -> dict[str, Any]:
        """The public keys, the signing one first, for whoever verifies elsewhere."""
        keys = [
            {"key": name, "algorithm": "Ed25519", "public_key": base64.b64encode(_raw(key)).decode("ascii")}
            for name, key in self._public.items()
        ]
        return {"type": KEYS_TYPE, "keys": keys}


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the public key's 32 bytes."""
    return hashlib.sha256(_raw(public)).hexdigest()[:16]


def content_document(fields: Mapping[str, Any], *, salt: bytes) -> str:
    """What was sent, as the holder may show it; the salt belongs to it."""
    return canonical_json(
        {"type": CONTENT_TYPE, "version": VERSION, "salt": salt.hex(), "content": dict(fields)}
    )


def read_proof(text: str) -> Proof:
    """A proof document from outside; raises Unreadable."""
    found = _object(text)
    if found.keys() != _PROOF_FIELDS.keys() | {"version"} or type(found["version"]) is not int:
        raise Unreadable("这不是存证凭证，或者内容不完整。请使用回执页下载的“存证凭证”文件，不要改动。")
    if found["version"] != VERSION:
        raise Unreadable("这份存证凭证的版本本系统不认识，请确认它是由本系统签发的。")
    for name, shape in _PROOF_FIELDS.items():
        if not isinstance(found[name], str) or not shape.fullmatch(found[name]):
            raise Unreadable(f"存证凭证中的 {name} 写法不对，可能被改动过。请使用原来下载的文件。")
    try:
        filed_at = datetime.strptime(found["filed_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable("存证凭证中的 filed_at 不是一个时间，可能被改动过。请使用原来下载的文件。") from None
    claims = {name: value for name, value in found.items() if name != "signature"}
    return Proof(
        filed_at=filed_at,
        content_sha256=found["content_sha256"],
        site=found["site"],
        key=found["key"],
        signature=base64.b64decode(found["signature"]),
        signed=canonical_json(claims).encode(),
    )


def read_content(text: str) -> Content:
    """A content document from outside; raises Unreadable."""
    found = _object(text)
    content = found.get("content")
    if (
        found.keys() != {"type", "version", "salt", "content"}
        or found["type"] != CONTENT_TYPE
        or type(found["version"]) is not int
        or found["version"] != VERSION
        or not isinstance(content, dict)
    ):
        raise Unreadable("这不是内容副本，或者内容不完整。请使用回执页下载的“内容副本”文件，不要改动。")
    if not isinstance(found["salt"], str) or not _SALT.fullmatch(found["salt"]):
        raise Unreadable("内容副本中的 salt 写法不对，可能被改动过。请使用原来下载的文件。")
    salted = bytes.fromhex(found["salt"]) + canonical_json(content).encode()
    return Content(content, hashlib.sha256(salted).hexdigest())


def _seed(key: str) -> bytes:
    try:
        seed = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != _PRIVATE_BYTES:
        raise SettingsError("PROOF_KEYS 须为以逗号分隔的密钥，每个是 32 字节的 base64 写法，第一个用于签发")
    return seed


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _object(text: str) -> dict[str, Any]:
    """One JSON object in which each name stands once, without fractions and half characters; raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable("内容太长，不是本系统签发的文件。请核对选的是哪个文件。")
    try:
        found = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_each_name_once,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        canonical_json({"": found}).encode()  # half a character cannot be written
    except (ValueError, RecursionError):
        raise Unreadable(
            "读不出内容：这不是完整的 JSON 文本。请上传原来下载的文件，或把全文复制进来。"
        ) from None
    if not isinstance(found, dict):
        raise Unreadable("读不出内容：全文应从 { 开始、到 } 结束。请上传原来下载的文件，或把全文复制进来。")
    return found


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("同一个名称在文件中写了两次，本系统签发的文件不会这样。请使用原来下载的文件。")
    return found


def _no_number(text: str) -> Any:
    raise Unreadable("文件中有小数，本系统签发的文件不会这样。请使用原来下载的文件。")
