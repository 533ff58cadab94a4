"""Chinese words for what the audit records, as the page and its filter show them."""

from __future__ import annotations

from typing import Any

from credit_register.access.roles import ROLE_LABELS, Role
from credit_register.core.lifecycle import Lifecycle

ACTION_LABELS = {
    "account.sign_in": "登录",
    "account.sign_in_failed": "登录失败",
    "account.sign_out": "退出登录",
    "account.create": "建立账号",
    "account.open_own": "本人开立账号",
    "account.confirm": "确认账号代表机构",
    "account.open": "启用账号",
    "account.close": "停用账号",
    "account.reset_password": "重置密码",
    "account.reset_second_factor": "重置动态验证",
    "account.change_password": "修改密码",
    "account.change_second_factor": "更换动态验证",
    "account.new_recovery_codes": "生成恢复码",
    "account.use_recovery_code": "使用恢复码登录",
    "institution.create": "新增登记机构",
    "institution.edit": "更正登记信息",
    "institution.status": "变更登记状态",
    "product.save": "保存服务产品",
    "product.withdraw": "撤下服务产品",
    "import.preview": "上传批量导入文件",
    "import.institutions": "批量导入登记机构",
    "import.products": "批量导入服务产品",
    "import.discard": "放弃批量导入",
    "calendar.import": "导入节假日安排",
    "registration.save": "登记申请：保存草稿",
    "registration.remind": "登记申请：提醒补正",
    "commitment.start": "承诺书：生成",
    "commitment.remind": "承诺书：提醒到期",
}
SUBJECT_LABELS = {
    "account": "账号",
    "institution": "登记机构",
    "import_batch": "导入批次",
    "import_file": "导入文件",
    "calendar_year": "工作日历",
}
DETAIL_LABELS = {
    "accepted": "有效行",
    "batch": "批次",
    "changed": "变更行",
    "codes": "数量",
    "days": "天数",
    "deadlines_moved": "调整时限",
    "duplicate": "重复行",
    "fields": "内容",
    "file": "文件",
    "file_name": "文件",
    "from": "原状态",
    "from_region": "原办理地区",
    "handler": "原经办人",
    "holidays": "放假",
    "kind": "类型",
    "lead": "牵头件",
    "makeup_days": "调休上班",
    "mark": "标注内容",
    "matter": "事项分类",
    "merged": "并入件",
    "name": "名称",
    "new": "新增行",
    "number": "编号",
    "outcome": "处理结论",
    "party": "签署方",
    "published": "公示机构",
    "reason": "原因",
    "referral": "告知的渠道",
    "rejected": "需改正行",
    "role": "角色",
    "sha256": "文件指纹",
    "source": "来源",
    "stars": "评分",
    "tag": "标签",
    "to": "新状态",
    "to_region": "转往地区",
    "unchanged": "未变行",
    "unknown_institution": "暂存行",
    "uscc": "统一社会信用代码",
}
_VALUE_LABELS = {
    "kind": {
        "institutions": "机构名单",
        "products": "服务产品与收费标准",
        "report": "举报",
        "question": "质疑",
        "objection": "异议",
    },
    "role": {role.value: label for role, label in ROLE_LABELS.items()},
}
_HASH_DIGITS = 12  # enough to tell files apart; the row itself keeps all of them
_NO_ACCOUNT = {"operator": "系统运维", "public": "举报渠道"}  # who acted without an account


# After these a page about a case that was opened before is old: all moves, and what else counts the version on.
STEPS: set[str] = set()


def register_case(
    kind: str, label: str, lifecycle: Lifecycle[Any], *, other_steps: tuple[str, ...] = ()
) -> None:
    """Name a kind of case and all its moves; its domain calls this beside its lifecycle table.

    `other_steps` are deeds that are no moves and count the version of the row on all the same.
    """
    SUBJECT_LABELS[kind] = label
    for move in lifecycle.moves:
        ACTION_LABELS[f"{kind}.{move.name}"] = f"{label}：{move.label}"
    STEPS.update(f"{kind}.{name}" for name in (*other_steps, *(move.name for move in lifecycle.moves)))


def action_label(action: str) -> str:
    """The Chinese name of a recorded action; one that has none yet is shown as recorded."""
    return ACTION_LABELS.get(action, action)


def role_label(role: str) -> str:
    """The Chinese name of the role in which somebody acted."""
    return _NO_ACCOUNT.get(role) or ROLE_LABELS[Role(role)]


def detail_lines(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """What was recorded beside the deed, as label and text."""
    return [(DETAIL_LABELS.get(name, name), _text(name, value)) for name, value in detail.items()]


def _text(name: str, value: Any) -> str:
    if name == "sha256":
        return str(value)[:_HASH_DIGITS]
    if isinstance(value, str) and value in _VALUE_LABELS.get(name, {}):
        return _VALUE_LABELS[name][value]
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    return "—" if value is None else str(value)
