"""The nine roles and what each of them may do."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing that somebody may do; a view names exactly one."""

    STAFF_HOME = "staff_home"
    INSTITUTION_READ = "institution_read"
    INSTITUTION_EDIT = "institution_edit"
    INSTITUTION_STATUS = "institution_status"
    IMPORT_READ = "import_read"
    INSTITUTION_IMPORT = "institution_import"
    CALENDAR_READ = "calendar_read"
    CALENDAR_IMPORT = "calendar_import"
    AUDIT_READ = "audit_read"
    ACCOUNT_READ = "account_read"
    ACCOUNT_MANAGE = "account_manage"
    WORKSPACE = "workspace"
    REGISTRATION_READ = "registration_read"
    REGISTRATION_REVIEW = "registration_review"
    COMMITMENT_READ = "commitment_read"
    COMMITMENT_WITHDRAW = "commitment_withdraw"
    REPORT_READ = "report_read"
    REPORT_HANDLE = "report_handle"
    REPORT_REVIEW = "report_review"
    REPORTER_REVEAL = "reporter_reveal"
    WARNING_READ = "warning_read"
    WARNING_PROPOSE = "warning_propose"
    WARNING_CONFIRM = "warning_confirm"
    OUTCOME_READ = "outcome_read"
    OUTCOME_PROPOSE = "outcome_propose"
    OUTCOME_CONFIRM = "outcome_confirm"
    SPOTCHECK_READ = "spotcheck_read"
    SPOTCHECK_RECORD = "spotcheck_record"
    SPOTCHECK_CONFIRM = "spotcheck_confirm"
    LETTER_READ = "letter_read"
    LETTER_DRAFT = "letter_draft"
    LETTER_ISSUE = "letter_issue"
    RECORD_READ = "record_read"
    RECORD_IMPORT = "record_import"
    RECORD_CONFIRM = "record_confirm"
    LEDGER_READ = "ledger_read"
    LEDGER_WORK = "ledger_work"
    LEDGER_EXIT = "ledger_exit"
    LEDGER_PRUNE = "ledger_prune"
    LEDGER_CLOSE = "ledger_close"
    REPAIR_READ = "repair_read"
    REPAIR_RECORD = "repair_record"
    REPAIR_CONFIRM = "repair_confirm"
    SETTING_READ = "setting_read"
    SETTING_DECIDE = "setting_decide"
    CASES_READ = "cases_read"


class Role(StrEnum):
    """A role as `user create --role` takes it."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    LOCAL = "local"
    INSPECTOR = "inspector"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    SYSADMIN = "sysadmin"
    AGENT = "agent"
    LEGAL_REP = "legal_rep"

    @property
    def label(self) -> str:
        """The Chinese name that pages show."""
        return ROLE_LABELS[self]

    @property
    def is_staff(self) -> bool:
        """Staff of an office, as against people of an institution."""
        return self not in (Role.AGENT, Role.LEGAL_REP)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this role may do."""
        return MATRIX[self]


ROLE_LABELS = {
    Role.NATIONAL: "国家级主管人员",
    Role.PROVINCIAL: "省级牵头单位人员",
    Role.LOCAL: "市县牵头单位人员",
    Role.INSPECTOR: "核查人员",
    Role.REVIEWER: "登记审核人员",
    Role.AUDITOR: "审计人员",
    Role.SYSADMIN: "系统管理员",
    Role.AGENT: "机构经办人",
    Role.LEGAL_REP: "机构法定代表人",
}

PERMISSION_LABELS = {
    Permission.STAFF_HOME: "进入工作台",
    Permission.INSTITUTION_READ: "查看辖区机构的登记信息",
    Permission.INSTITUTION_EDIT: "更正辖区机构的登记信息和服务产品",
    Permission.INSTITUTION_STATUS: "变更辖区机构的登记状态",
    Permission.IMPORT_READ: "查看批量导入的记录",
    Permission.INSTITUTION_IMPORT: "批量导入机构名单和服务产品",
    Permission.CALENDAR_READ: "查看工作日历和时限规则",
    Permission.CALENDAR_IMPORT: "导入年度节假日安排",
    Permission.AUDIT_READ: "查看操作记录",
    Permission.ACCOUNT_READ: "查看账号",
    Permission.ACCOUNT_MANAGE: "管理账号",
    Permission.WORKSPACE: "进入机构工作台",
    Permission.REGISTRATION_READ: "查看辖区机构的登记申请",
    Permission.REGISTRATION_REVIEW: "审核辖区机构的登记申请",
    Permission.COMMITMENT_READ: "查看辖区机构的承诺书",
    Permission.COMMITMENT_WITHDRAW: "撤下已公示的承诺书",
    Permission.REPORT_READ: "查看辖区的举报、质疑和异议（不含举报人身份）",
    Permission.REPORT_HANDLE: "办理辖区的举报、质疑和异议",
    Permission.REPORT_REVIEW: "复核处理结果、批准延长期限、移交经办人的事项",
    Permission.REPORTER_REVEAL: "查看实名举报人的身份（每次留痕）",
    Permission.WARNING_READ: "查看辖区的冒名警示",
    Permission.WARNING_PROPOSE: "拟定冒名警示",
    Permission.WARNING_CONFIRM: "复核并公布、撤下冒名警示",
    Permission.OUTCOME_READ: "查看辖区举报办理结果的公开",
    Permission.OUTCOME_PROPOSE: "拟定公开的举报办理结果",
    Permission.OUTCOME_CONFIRM: "复核并公开、撤下举报办理结果",
    Permission.SPOTCHECK_READ: "查看辖区的核查记录",
    Permission.SPOTCHECK_RECORD: "开展核查、责令改正",
    Permission.SPOTCHECK_CONFIRM: "复核并公布、撤下核查结论",
    Permission.LETTER_READ: "查看辖区的提示函",
    Permission.LETTER_DRAFT: "起草提示函，登记送达、反馈和催办",
    Permission.LETTER_ISSUE: "签发提示函",
    Permission.RECORD_READ: "查看辖区机构的信用记录和批次",
    Permission.RECORD_IMPORT: "接收信用记录批次",
    Permission.RECORD_CONFIRM: "复核确认信用记录批次，撤下、恢复信用记录",
    Permission.LEDGER_READ: "查看辖区的专项治理台账",
    Permission.LEDGER_WORK: "纳入治理对象，登记约谈等治理措施，提出退出",
    Permission.LEDGER_EXIT: "复核退出台账和治理措施的公示",
    Permission.LEDGER_PRUNE: "剔除、恢复治理对象，改派地区",
    Permission.LEDGER_CLOSE: "月度关账、更正和上报台账",
    Permission.REPAIR_READ: "查看辖区的信用修复进展",
    Permission.REPAIR_RECORD: "登记信用修复的申请和决定",
    Permission.REPAIR_CONFIRM: "复核确认信用修复结果",
    Permission.SETTING_READ: "查看主管单位的规则设置",
    Permission.SETTING_DECIDE: "决定主管单位的规则设置",
    Permission.CASES_READ: "检索辖区的案件（只含有权查看的种类）",
}

_OFFICE = frozenset(
    {
        Permission.STAFF_HOME,
        Permission.INSTITUTION_READ,
        Permission.INSTITUTION_EDIT,
        Permission.INSTITUTION_STATUS,
        Permission.IMPORT_READ,
        Permission.INSTITUTION_IMPORT,
        Permission.CALENDAR_READ,
        Permission.REGISTRATION_READ,
        Permission.REGISTRATION_REVIEW,
        Permission.COMMITMENT_READ,
        Permission.COMMITMENT_WITHDRAW,
        Permission.REPORT_READ,
        Permission.REPORT_HANDLE,
        Permission.REPORT_REVIEW,
        Permission.REPORTER_REVEAL,
        Permission.WARNING_READ,
        Permission.WARNING_PROPOSE,
        Permission.WARNING_CONFIRM,
        Permission.OUTCOME_READ,
        Permission.OUTCOME_PROPOSE,
        Permission.OUTCOME_CONFIRM,
        Permission.SPOTCHECK_READ,
        Permission.SPOTCHECK_RECORD,
        Permission.SPOTCHECK_CONFIRM,
        Permission.LETTER_READ,
        Permission.LETTER_DRAFT,
        Permission.LETTER_ISSUE,
        Permission.RECORD_READ,
        Permission.RECORD_IMPORT,
        Permission.RECORD_CONFIRM,
        Permission.LEDGER_READ,
        Permission.LEDGER_WORK,
        Permission.LEDGER_EXIT,
        Permission.LEDGER_CLOSE,
        Permission.REPAIR_READ,
        Permission.REPAIR_RECORD,
        Permission.REPAIR_CONFIRM,
        Permission.SETTING_READ,
        Permission.SETTING_DECIDE,
        Permission.CASES_READ,
    }
)

# Separation of duties (GB/T 22239): the administrator manages accounts and settings and sees no case;
# the auditor reads all and changes nothing.
MATRIX: dict[Role, frozenset[Permission]] = {
    # The province, not its cities, decides who is pruned (发改办财金〔2021〕156号 二（一）).
    Role.NATIONAL: _OFFICE | {Permission.LEDGER_PRUNE},
    Role.PROVINCIAL: _OFFICE | {Permission.LEDGER_PRUNE},
    Role.LOCAL: _OFFICE,
    Role.INSPECTOR: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.INSTITUTION_READ,
            Permission.CALENDAR_READ,
            Permission.COMMITMENT_READ,
            Permission.REPORT_READ,
            Permission.REPORT_HANDLE,
            Permission.WARNING_READ,
            Permission.WARNING_PROPOSE,
            Permission.OUTCOME_READ,
            Permission.OUTCOME_PROPOSE,
            Permission.SPOTCHECK_READ,
            Permission.SPOTCHECK_RECORD,
            Permission.LETTER_READ,
            Permission.LETTER_DRAFT,
            Permission.RECORD_READ,
            Permission.LEDGER_READ,
            Permission.LEDGER_WORK,
            Permission.REPAIR_READ,
            Permission.REPAIR_RECORD,
            Permission.CASES_READ,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.INSTITUTION_READ,
            Permission.INSTITUTION_EDIT,
            Permission.CALENDAR_READ,
            Permission.REGISTRATION_READ,
            Permission.REGISTRATION_REVIEW,
            Permission.COMMITMENT_READ,
            Permission.CASES_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.INSTITUTION_READ,
            Permission.IMPORT_READ,
            Permission.CALENDAR_READ,
            Permission.AUDIT_READ,
            Permission.ACCOUNT_READ,
            Permission.REGISTRATION_READ,
            Permission.COMMITMENT_READ,
            Permission.REPORT_READ,
            Permission.WARNING_READ,
            Permission.OUTCOME_READ,
            Permission.SPOTCHECK_READ,
            Permission.LETTER_READ,
            Permission.RECORD_READ,
            Permission.LEDGER_READ,
            Permission.REPAIR_READ,
            Permission.SETTING_READ,
            Permission.CASES_READ,
        }
    ),
    Role.SYSADMIN: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.CALENDAR_READ,
            Permission.CALENDAR_IMPORT,
            Permission.ACCOUNT_READ,
            Permission.ACCOUNT_MANAGE,
        }
    ),
    Role.AGENT: frozenset({Permission.WORKSPACE}),
    Role.LEGAL_REP: frozenset({Permission.WORKSPACE}),
}
