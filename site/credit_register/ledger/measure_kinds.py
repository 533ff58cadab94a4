"""The kinds of measures, and the words for where one stands."""

from __future__ import annotations

from enum import StrEnum


class MeasureKind(StrEnum):
    """What an office does about a case."""

    INTERVIEW = "interview"
    ORDER = "order"
    SUPERVISION = "supervision"
    CIRCULAR = "circular"
    PUBLICATION = "publication"
    HANDOVER = "handover"
    JOINT = "joint"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {
            MeasureKind.INTERVIEW: "约谈",
            MeasureKind.ORDER: "责令限期纠正",
            MeasureKind.SUPERVISION: "重点监管",
            MeasureKind.CIRCULAR: "通报批评",
            MeasureKind.PUBLICATION: "公示失信信息",
            MeasureKind.HANDOVER: "移送监管部门",
            MeasureKind.JOINT: "建议联合惩戒",
        }[self]


class InterviewForm(StrEnum):
    """The two interviews (发改办财金〔2021〕156号 附件3)."""

    REMINDER = "reminder"
    WARNING = "warning"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {InterviewForm.REMINDER: "提示约谈", InterviewForm.WARNING: "警示约谈"}[self]


class MeasureState(StrEnum):
    """Where a measure stands; `done` is held, fulfilled or, for key supervision, in force.

    `ended` is no longer in force: lifted by an office, or ended with its case, then perhaps never held or fulfilled.
    `missed` is an interview to which the institution did not come: it was announced and did not take place.
    """

    ANNOUNCED = "announced"
    RESPONDED = "responded"
    DONE = "done"
    MISSED = "missed"
    ENDED = "ended"
    CANCELLED = "cancelled"


class PublicState(StrEnum):
    """Whether a measure stands in the public record of the institution."""

    HIDDEN = "hidden"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
