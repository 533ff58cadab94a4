"""The proof of each report: signed with the report, kept for the holder of the receipt, and given to nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask, current_app
from sqlalchemy import select

from credit_register.core.database import db
from credit_register.reports.models import FilingProof, Report
from credit_register.reports.proofs import SALT_BYTES, ProofKeys, content_document

if TYPE_CHECKING:
    from credit_register.reports.filing import Submission

# Each field of what a citizen sends is in the one list or in the other; a test asks for it.
PROVEN: Final = (
    *("kind", "matter", "subject_uscc", "subject_name"),
    *("subject_site", "subject_phone", "subject_account", "subject_contract"),
    *("disputed_key", "region", "facts"),
)
# Who shows the content shows the matter: it must not tell who reported, nor whether the office knows it. Of files
# there are the hashes.
WITHHELD: Final = (
    *("anonymous", "contact_name", "contact_phone", "contact_address"),
    *("uploads", "held", "proof"),
)


class Part(StrEnum):
    """What the holder of a receipt may take along; the values stand in addresses."""

    PROOF = "proof"
    CONTENT = "content"


def init_proofs(app: Flask, keys: Sequence[str]) -> None:
    """Give the application its signing keys; raises SettingsError where one is malformed."""
    app.extensions["proof_keys"] = ProofKeys(keys)


def proof_keys() -> ProofKeys:
    """The keys of the current application."""
    return cast(ProofKeys, current_app.extensions["proof_keys"])


def proof_of(
    report: Report, submission: Submission, *, files: Sequence[str], now: datetime
) -> FilingProof | None:
    """What was sent, signed; None where the citizen wants none. `files` are the SHA-256 of the files as they came.

    The caller names the report once it has a number: signing needs no lock of the database.
    """
    if not submission.proof:
        return None
    content = content_document(_content(report, submission, files), salt=secrets.token_bytes(SALT_BYTES))
    site: str = current_app.extensions["settings"].public_url
    document = proof_keys().sign(content, filed_at=now, site=site)
    return FilingProof(document=document, content=content)


def part_of(report_id: int, part: Part) -> str | None:
    """The document as it was made; None where the citizen wanted none. The caller has checked who asks."""
    column = FilingProof.document if part is Part.PROOF else FilingProof.content
    return db.session.scalar(select(column).where(FilingProof.report_id == report_id))


def has_proof(report_id: int) -> bool:
    """Whether there is anything to take along."""
    wanted = select(FilingProof.report_id).where(FilingProof.report_id == report_id)
    return db.session.scalar(wanted) is not None


def _content(report: Report, submission: Submission, files: Sequence[str]) -> dict[str, Any]:
    """The facts as the office keeps them, so that whoever shows the content does not name the sender with it."""
    typed = {name: str(getattr(submission, name)) for name in PROVEN}
    return {**typed, "facts": report.facts, "files": list(files)}
