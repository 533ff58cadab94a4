"""What Flask-Security says, in Chinese: its own translation has gaps, and often does not say what to do next."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "SECURITY_MSG_API_ERROR": ("提交的内容无法识别，请返回上一页重试。", "error"),
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": ("邮箱或密码不正确，请核对后重新输入。", "error"),
    "SECURITY_MSG_UNAUTHORIZED": ("当前账号不能办理此事项。", "error"),
    "SECURITY_MSG_UNAUTHENTICATED": ("请先登录。", "info"),
    "SECURITY_MSG_LOGIN": ("请先登录。", "info"),
    "SECURITY_MSG_REFRESH": ("此操作涉及账号安全，请再次输入密码。", "info"),
    "SECURITY_MSG_REAUTHENTICATION_REQUIRED": ("此操作涉及账号安全，请再次输入密码。", "info"),
    "SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL": ("密码正确，请继续。", "success"),
    "SECURITY_MSG_INVALID_REDIRECT": ("只能转到本站的页面。", "error"),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("请填写登录邮箱", "error"),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": ("邮箱格式不正确，例如 name@example.cn", "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("请填写密码", "error"),
    "SECURITY_MSG_INVALID_PASSWORD": ("密码不正确，请重新输入", "error"),
    "SECURITY_MSG_RETYPE_PASSWORD_MISMATCH": ("两次输入的新密码不一致，请重新输入", "error"),
    "SECURITY_MSG_PASSWORD_IS_THE_SAME": ("新密码不能与原密码相同", "error"),
    "SECURITY_MSG_PASSWORD_CHANGE": ("密码已修改，其他设备上的登录已全部退出。", "success"),
    "SECURITY_MSG_INVALID_INPUT": ("填写的内容无效", "error"),
    "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (
        "验证码不正确或已用过，请等待验证器显示新的 6 位数字后再输入",
        "error",
    ),
    "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": ("动态验证通过，已登录。", "success"),
    "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": ("验证器已设置，下次登录时使用。", "success"),
    "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": ("登录已中断，请重新输入邮箱和密码。", "warning"),
    "SECURITY_MSG_TWO_FACTOR_METHOD_NOT_AVAILABLE": ("请选择验证器", "error"),
    "SECURITY_MSG_TWO_FACTOR_DISABLED": ("已停用动态验证。", "success"),
    "SECURITY_MSG_TWO_FACTOR_SETUP_EXPIRED": ("设置未在 %(within)s 内完成，请重新开始。", "error"),
    "SECURITY_MSG_INVALID_RECOVERY_CODE": ("恢复码不正确或已用过，请核对后重新输入", "error"),
    "SECURITY_MSG_NO_RECOVERY_CODES_SETUP": ("还没有生成恢复码。", "info"),
}
