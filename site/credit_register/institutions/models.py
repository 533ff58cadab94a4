"""Rows of the register."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from credit_register.core.database import Model, Versioned, one_of
from credit_register.core.files.models import StoredFile
from credit_register.institutions.fees import Basis, Fee, FeeAmount


class Status(StrEnum):
    """The state of an entry of the register."""

    REGISTERED = "registered"
    SUSPENDED = "suspended"
    DEREGISTERED = "deregistered"
    WITHDRAWN = "withdrawn"


class Institution(Model, Versioned):
    """A credit service agency; its code is its permanent address."""

    __tablename__ = "institution"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        CheckConstraint("length(region_code) = 6", name="region_length"),
        CheckConstraint("length(name) > 0", name="name_present"),
        Index(None, "region_code", "status"),
        Index(None, "status", "registered_on"),
        Index(None, "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    former_names: Mapped[list[str]] = mapped_column(default=list)
    short_name: Mapped[str] = mapped_column(String(60), default="")
    legal_representative: Mapped[str] = mapped_column(String(60), default="")
    founded_on: Mapped[date | None]
    region_code: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    chief_supervisor: Mapped[str] = mapped_column(String(60), default="")
    conduct_title: Mapped[str] = mapped_column(String(120), default="")
    conduct_version: Mapped[str] = mapped_column(String(40), default="")
    conduct_date: Mapped[date | None]
    conduct_file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    introduction: Mapped[str] = mapped_column(Text, default="")
    voluntary: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default=Status.REGISTERED.value)
    status_reason: Mapped[str] = mapped_column(String(400), default="")
    status_since: Mapped[date]
    registered_on: Mapped[date]
    committed: Mapped[bool] = mapped_column(default=False)
    committed_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime]

    conduct_file: Mapped[StoredFile | None] = relationship()
    categories: Mapped[list[InstitutionCategory]] = relationship(
        back_populates="institution",
        cascade="all, delete-orphan",
        order_by="InstitutionCategory.code",
        lazy="selectin",
    )
    products: Mapped[list[ServiceProduct]] = relationship(
        back_populates="institution",
        cascade="all, delete-orphan",
        order_by="(ServiceProduct.category, ServiceProduct.name)",
        lazy="selectin",
    )


class InstitutionCategory(Model):
    """What an institution is registered for, with the licence or filing that the category needs."""

    __tablename__ = "institution_category"
    __table_args__ = (Index(None, "code"),)

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    licence_number: Mapped[str] = mapped_column(String(80), default="")
    licence_issuer: Mapped[str] = mapped_column(String(120), default="")
    licence_expires_on: Mapped[date | None]
    verified_on: Mapped[date | None]

    institution: Mapped[Institution] = relationship(back_populates="categories")


class ProductColumns:
    """What is kept of a service product, whether its institution is in the register or not yet."""

    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(2))
    basis: Mapped[str] = mapped_column(String(20))
    fee_low: Mapped[Any] = mapped_column(FeeAmount, nullable=True)
    fee_high: Mapped[Any] = mapped_column(FeeAmount, nullable=True)
    unit: Mapped[str] = mapped_column(String(40), default="")
    included: Mapped[str] = mapped_column(String(1000), default="")

    @property
    def fee(self) -> Fee:
        """The fee standard."""
        return Fee(Basis(self.basis), self.fee_low, self.fee_high, self.unit)


class ServiceProduct(ProductColumns, Model):
    """One service product with its fee standard."""

    __tablename__ = "service_product"
    __table_args__ = (
        UniqueConstraint("institution_id", "name", "category"),
        one_of("basis", Basis),
        CheckConstraint("fee_high >= fee_low AND fee_low >= 0", name="fee_range"),
        CheckConstraint("(basis = 'negotiable') = (fee_low IS NULL)", name="negotiable_without_amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"), index=True)

    institution: Mapped[Institution] = relationship(back_populates="products")


class UnmatchedProduct(ProductColumns, Model):
    """A good product row whose institution is not in the register yet; it is matched when it appears.

    `region_code` is the region of the office that sent the row: it is matched only inside that region,
    so that no office can lay products in wait for an institution of another.
    """

    __tablename__ = "unmatched_product"
    __table_args__ = (UniqueConstraint("uscc", "name", "category", "region_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    region_code: Mapped[str] = mapped_column(String(6))
    received_at: Mapped[datetime]


class InstitutionVersion(Model):
    """What was published of an institution after one change; never altered."""

    __tablename__ = "institution_version"
    __table_args__ = (UniqueConstraint("institution_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime]
    by_label: Mapped[str] = mapped_column(String(80))
    by_account_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(400))
    content: Mapped[dict[str, Any]]


class BatchState(StrEnum):
    """The state of an uploaded file."""

    PREVIEWED = "previewed"
    IMPORTED = "imported"
    DISCARDED = "discarded"


class ImportBatch(Model, Versioned):
    """A file that staff uploaded, waiting for its preview to be confirmed, or done.

    `sha256` (hexadecimal) is that of the bytes that were previewed; `summary` holds the counts of the preview,
    and of the import once it is done.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("kind IN ('institutions', 'products')", name="kind"),
        one_of("state", BatchState),
        CheckConstraint("(state = 'previewed') = (finished_at IS NULL)", name="finished"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    region_code: Mapped[str] = mapped_column(String(6), index=True)
    account_id: Mapped[int | None]
    account_name: Mapped[str] = mapped_column(String(120))
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[str] = mapped_column(String(120), default="")
    summary: Mapped[dict[str, Any]]


class ImportNote(Model):
    """One remark on a row of an uploaded file: why it is rejected, what to look at, or what it changes."""

    __tablename__ = "import_note"
    __table_args__ = (
        CheckConstraint("level IN ('rejected', 'duplicate', 'warning', 'change')", name="level"),
        Index(None, "batch_id", "level", "row_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"))
    level: Mapped[str] = mapped_column(String(10))
    row_number: Mapped[int]
    column: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(String(1000))
