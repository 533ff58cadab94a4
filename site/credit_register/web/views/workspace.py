"""The workspace of an institution: what to do next, and its public record as clients see it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.commitments.queries import unsigned_of
from credit_register.core import regions
from credit_register.core.clock import today
from credit_register.institutions import staff_queries as queries
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.queries import own_cases
from credit_register.ledger.lifecycle import RUNNING_STATES
from credit_register.ledger.measures.own_queries import own_to_do
from credit_register.ledger.measures.queries import ordered_until
from credit_register.ledger.models import MeasureKind
from credit_register.notices.queries import unread_count
from credit_register.registrations.application import gone, why_gone
from credit_register.registrations.models import State
from credit_register.registrations.queries import latest_registration, review_deadline
from credit_register.repairs.guidance import Standing
from credit_register.repairs.queries import guides, own_records
from credit_register.reports.outcomes.queries import own_to_answer
from credit_register.reports.workspace_queries import open_inquiries
from credit_register.spotchecks.models import State as CheckState
from credit_register.spotchecks.queries import own_checks

blueprint = Blueprint("workspace", __name__)


@dataclass(frozen=True)
class Task:
    """One thing to do next, or to wait for; `waits` when it is somebody else's turn."""

    title: str
    text: str
    url: str
    button: str
    waits: bool = False


@blueprint.get("/workspace")
@access(Permission.WORKSPACE)
def home() -> ResponseReturnValue:
    """What to do next, and the public record of the person's own institution."""
    actor = current_actor()
    institution = queries.own_institution(actor)
    barred = why_gone(institution) if institution is not None and gone(institution) else ""
    return render_template(
        "workspace/home.html",
        actor=actor,
        institution=institution,
        barred=barred,
        tasks=_tasks(actor, institution, barred=bool(barred)),
        gaps=queries.gaps(institution, on=today()) if institution and not barred else [],
        versions=queries.versions(institution)[:5] if institution else [],
    )


def _tasks(actor: Actor, institution: Institution | None, *, barred: bool) -> list[Task]:
    found = [] if barred else _about_the_registration(actor, institution)
    if institution is not None and actor.confirmed:
        found += _about_measures(actor)
        if not barred:
            found += _about_the_commitment(actor, institution)
        found += _about_governance(actor)
        found += [*_about_checks(actor), *_about_inquiries(actor), *_about_results(actor)]
        found += _about_repairs(actor)
    unread = unread_count(actor)
    if unread:
        text = "审核结果、到期提醒等都在消息里。"
        found.append(Task(f"{unread} 条未读消息", text, url_for("notices.index"), "查看消息"))
    return found


def _about_the_registration(actor: Actor, institution: Institution | None) -> list[Task]:
    registration, url = latest_registration(actor), url_for("registration.show")
    state = State(registration.state) if registration is not None else None
    if registration is not None and state is State.SUBMITTED:
        deadline = review_deadline(registration)
        until = f"，最迟 {deadline.due_on} 办结" if deadline is not None else ""
        office = f"{regions.full_name(registration.office_region)}信用主管部门"
        return [Task("登记申请正在审核", f"由{office}审核{until}。", url, "查看或撤回修改", waits=True)]
    if state is State.RETURNED:
        return [Task("登记申请已退回", "请按退回原因补正，然后重新提交。", url, "查看原因并补正")]
    if state is State.DRAFT:
        return [Task("登记申请草稿尚未提交", "草稿只有您自己能看到，提交后才会审核。", url, "接着填写")]
    if state is State.REFUSED and not (institution is not None and actor.confirmed):
        return [Task("登记申请未通过", "请查看原因；情况有变化的，可以重新申请。", url, "查看原因")]
    if institution is None:
        text = "填写登记信息、上传营业执照，由所在地主管部门审核。通过后即在名录公示。"
        return [Task("申请登记", text, url, "填写登记申请")]
    if not actor.confirmed:
        text = "核对名录中的登记信息、上传营业执照，审核通过后即可办理承诺、答复核查和变更信息。"
        return [Task("认领名录中的登记", text, url, "核对并认领")]
    return []


def _about_the_commitment(actor: Actor, institution: Institution) -> list[Task]:
    url = url_for("commitments_workspace.index")
    unsigned = unsigned_of(actor)
    if unsigned is not None:
        url = url_for("commitments_workspace.sign", commitment_id=unsigned.id)
        return [Task("信用承诺书待签署", "机构和法定代表人都签署后，承诺书在名录公示。", url, "查看并签署")]
    if not institution.committed:
        text = "机构和法定代表人签署信用承诺书，在名录公示，客户查询时可以看到。"
        return [Task("签署信用承诺书", text, url, "签署信用承诺书")]
    return []


def _about_governance(actor: Actor) -> list[Task]:
    if not any(case.state in RUNNING_STATES for case in own_cases(actor)):
        return []
    text = "请查看尚未满足的退出条件，逐项办理；全部满足后由主管部门办理退出。"
    return [Task("本机构在专项治理台账中", text, url_for("ledger_workspace.governance"), "查看退出条件")]


def _about_measures(actor: Actor) -> list[Task]:
    found = []
    for measure in own_to_do(actor):
        url = url_for("measures_workspace.show", measure_id=measure.id)
        if measure.kind == MeasureKind.INTERVIEW:
            when = f"{measure.planned_on} {measure.hour}".strip()
            found.append(Task("主管部门通知约谈", f"时间：{when}；地点：{measure.place}。", url, "查看通知"))
        else:
            until = ordered_until(measure)
            text = f"请在 {until} 前（含当日）纠正，并报告纠正情况。" if until else "请尽快纠正并报告。"
            found.append(Task("责令限期纠正", text, url, "查看并报告"))
    return found


def _about_checks(actor: Actor) -> list[Task]:
    ordered = [check for check in own_checks(actor) if check.state == CheckState.ORDERED.value]
    if not ordered:
        return []
    text = "请在期限内改正，并报告改正情况。"
    return [
        Task(f"{len(ordered)} 项核查须限期改正", text, url_for("spotchecks_workspace.index"), "查看并答复")
    ]


def _about_results(actor: Actor) -> list[Task]:
    count = own_to_answer(actor, on=today())
    if not count:
        return []
    text = "对本机构的举报经查属实，结果公开前可以答复，答复一并公开。"
    return [Task(f"{count} 项办理结果拟公开", text, url_for("outcomes_workspace.index"), "查看并答复")]


def _about_inquiries(actor: Actor) -> list[Task]:
    waiting = open_inquiries(actor)
    if not waiting:
        return []
    text = "主管部门核查时提出的问题，请在期限内如实答复。"
    return [Task(f"{waiting} 件核实函待答复", text, url_for("reports_workspace.inquiry_index"), "查看并答复")]


def _about_repairs(actor: Actor) -> list[Task]:
    told = guides(own_records(actor), on=today())
    possible = [each for each in told.values() if each.standing in (Standing.CAN_APPLY, Standing.PREPARE)]
    if not possible:
        return []
    text = "请查看所缺的条件、两项材料和办理的地方，不收费。"
    url = url_for("repairs_workspace.index")
    return [Task(f"{len(possible)} 条信用记录已到可申请修复的日期", text, url, "查看修复指引")]


@blueprint.get("/workspace/products")
@access(Permission.WORKSPACE)
def products() -> ResponseReturnValue:
    """The published products and fees of the person's own institution, for reading."""
    actor = current_actor()
    return render_template("workspace/products.html", actor=actor, institution=queries.own_institution(actor))
