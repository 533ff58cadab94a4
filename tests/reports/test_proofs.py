"""A proof holds as long as nothing of it was changed, and reads hostile text without breaking."""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_register.core.clock import SHANGHAI
from credit_register.core.plain_text import paragraphs
from credit_register.core.settings import SettingsError
from credit_register.reports.filing import Submission
from credit_register.reports.filing_proofs import PROVEN, WITHHELD
from credit_register.reports.proof_verdicts import verdicts
from credit_register.reports.proofs import (
    LONGEST,
    ProofKeys,
    Signature,
    Unreadable,
    content_document,
    key_id,
    read_content,
    read_proof,
)
from credit_register.transparency.services import canonical_json

ROOT = Path(__file__).parents[2]
FILED = datetime(2026, 3, 12, 10, 30, 5, 999, tzinfo=SHANGHAI)
FIELDS = {"kind": "report", "facts": "收费 3000 元。\n第二段", "files": ["0" * 64]}


def a_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


KEYS = ProofKeys([a_key()])
CONTENT = content_document(FIELDS, salt=bytes(range(16)))
PROOF = KEYS.sign(CONTENT, filed_at=FILED, site="https://xinyong.example.cn")


def changed(document: str, **values: Any) -> str:
    return canonical_json({**json.loads(document), **values})


def results(proof: str, content: str = "", keys: ProofKeys = KEYS) -> dict[str, str]:
    return {one.about: one.result for one in verdicts(keys, proof, content)}


def test_it_says_when_and_reveals_nothing_of_what() -> None:
    assert KEYS.judge(read_proof(PROOF)) is Signature.VALID
    assert json.loads(PROOF)["filed_at"] == "2026-03-12T02:30:05Z"
    assert set(json.loads(PROOF)) == {
        *("type", "version", "filed_at", "content_sha256", "site", "key", "signature"),
    }
    assert "2026-03-12 10:30:05" in verdicts(KEYS, PROOF, "")[0].sentence
    assert "3000" not in PROOF
    # Equal contents have different hashes, so that nobody finds one by trying.
    other = KEYS.sign(content_document(FIELDS, salt=secrets.token_bytes(16)), filed_at=FILED, site="")
    assert json.loads(other)["content_sha256"] != json.loads(PROOF)["content_sha256"]


def test_the_content_is_the_one_or_it_is_not() -> None:
    assert results(PROOF, CONTENT) == {"signature": "valid", "content": "same"}
    for other in (
        changed(CONTENT, content={**FIELDS, "facts": "收费 3001 元。\n第二段"}),
        changed(CONTENT, salt="00" * 16),
    ):
        assert results(PROOF, other) == {"signature": "valid", "content": "different"}


@pytest.mark.parametrize(
    "change",
    [
        {"filed_at": "2026-03-12T02:30:06Z"},
        {"content_sha256": "f" * 64},
        {"site": ""},
        {"signature": "A" * 86 + "=="},
    ],
)
def test_whatever_is_changed_breaks_the_signature(change: dict[str, str]) -> None:
    assert results(changed(PROOF, **change)) == {"signature": "invalid"}


def test_the_order_and_the_blanks_of_the_file_mean_nothing() -> None:
    loose = json.dumps(dict(reversed(json.loads(PROOF).items())), indent=4, ensure_ascii=True)
    assert results("\ufeff" + loose, json.dumps(json.loads(CONTENT), indent=1)) == {
        "signature": "valid",
        "content": "same",
    }


def test_a_new_key_signs_and_the_old_one_still_verifies_until_it_is_left_out() -> None:
    old, new = a_key(), a_key()
    proof = ProofKeys([old]).sign(CONTENT, filed_at=FILED, site="")
    both = ProofKeys([new, old])
    assert results(proof, keys=both) == {"signature": "valid"}
    fresh = both.sign(CONTENT, filed_at=FILED, site="")
    assert results(fresh, keys=ProofKeys([new])) == {"signature": "valid"}
    found = verdicts(ProofKeys([new]), proof, CONTENT)
    assert [one.result for one in found] == ["foreign", "same"]
    assert json.loads(proof)["key"] in found[0].sentence
    assert found[1].tone == "warning"
    assert "不能证明提交的时间" in found[1].sentence


def test_the_published_keys_are_the_public_ones_with_the_signing_one_first() -> None:
    keys = ProofKeys([a_key(), a_key()])
    signed = json.loads(keys.sign(CONTENT, filed_at=FILED, site=""))
    assert keys.published()["keys"][0]["key"] == signed["key"]
    assert len({key["public_key"] for key in keys.published()["keys"]}) == 2
    assert len(key_id(keys._private[0].public_key())) == 16


@pytest.mark.parametrize("key", ["", "short", "信", "A" * 43 + "!", base64.b64encode(bytes(31)).decode()])
def test_a_malformed_key_is_told_at_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="PROOF_KEYS"):
        ProofKeys([key])


HOSTILE = [
    "null",
    "[]",
    "{}",
    "1" * 5000,
    "{" * 1000,
    "[" * 100_000 + "]" * 100_000,
    "NaN",
    '{"type": "filing-proof", "type": "filing-proof"}',
    '{"a": "\\ud800"}',
    '{"a": {"b": 1, "b": 2}}',
    "信" * (LONGEST + 1),
    "\x00",
    PROOF[:-2],
    PROOF + PROOF,
    changed(PROOF, version=1.0),
    changed(PROOF, version=True),
    changed(PROOF, version=2),
    changed(PROOF, version=10**400),
    changed(PROOF, more=1),
    changed(PROOF, filed_at="2026-02-30T00:00:00Z"),
    changed(PROOF, filed_at="２０２６-03-12T02:30:05Z"),
    changed(PROOF, filed_at=7),
    changed(PROOF, key="KEY"),
    changed(PROOF, signature="x"),
    changed(PROOF, site="信 用"),
    CONTENT,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_proof_gets_a_sentence(text: str) -> None:
    (found,) = verdicts(KEYS, text, CONTENT)
    assert (found.about, found.result) == ("signature", "unreadable")
    assert found.sentence.endswith("。")


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE[:12],
        PROOF,
        changed(CONTENT, salt="0" * 31),
        changed(CONTENT, salt=None),
        changed(CONTENT, content=[]),
        changed(CONTENT, content={"a": 0.5}),
        changed(CONTENT, version="1"),
    ],
    ids=range(18),
)
def test_a_hostile_content_gets_a_sentence(text: str) -> None:
    assert results(PROOF, text) == {"signature": "valid", "content": "unreadable"}


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    for read in (read_proof, read_content):
        with pytest.raises(Unreadable):
            read(text)


@given(st.text(min_size=1).map(paragraphs))
def test_what_was_typed_survives_being_copied_into_the_form(facts: str) -> None:
    document = content_document({"facts": facts}, salt=bytes(16))
    assert read_content(paragraphs(document)).sha256 == read_content(document).sha256


def test_each_field_that_is_sent_is_proved_or_withheld() -> None:
    assert sorted(PROVEN + WITHHELD) == sorted(field.name for field in fields(Submission))


def test_the_documented_program_verifies_a_proof_elsewhere(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "filing-proof.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert program
    assert program[1].count("\n") <= 15

    def run(proof: str, content: str) -> subprocess.CompletedProcess[str]:
        texts = {"verify.py": program[1], "proof": proof, "content": content}
        texts["keys"] = json.dumps(KEYS.published())
        for name, text in texts.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "verify.py", "keys", "proof", "content"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run(PROOF, CONTENT).stdout.splitlines() == [
        "signed, filed at 2026-03-12T02:30:05Z",
        "content is the same: True",
    ]
    assert "content is the same: False" in run(PROOF, changed(CONTENT, salt="00" * 16)).stdout
    assert "InvalidSignature" in run(changed(PROOF, site=""), CONTENT).stderr
