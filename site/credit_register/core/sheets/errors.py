"""Why a sheet could not be read, each with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class SheetError(Exception):
    """The file cannot be read as a sheet; the text is a Chinese sentence for the person who sent it."""


class UnreadableFile(SheetError):
    """There is no such file, or it may not be read."""

    def __init__(self, name: str) -> None:
        super().__init__(f"无法打开文件“{name}”。请确认文件存在并有读取权限")


class WrongFileType(SheetError):
    """The content is no csv and no xlsx, whatever the name says."""

    def __init__(self, found: str = "") -> None:
        seen = f"文件内容是{found}" if found else "文件内容不是表格"
        super().__init__(f"{seen}，无法读取。请用 WPS 或 Excel 另存为 .xlsx 或 .csv 后重新导入")


class LegacyWorkbook(SheetError):
    """An .xls workbook of the old binary format."""

    def __init__(self) -> None:
        super().__init__(
            "这是旧版 Excel（.xls）文件，无法读取。请用 WPS 或 Excel 打开，另存为 .xlsx 后重新导入"
        )


class EncryptedWorkbook(SheetError):
    """The workbook is protected by an opening password."""

    def __init__(self) -> None:
        super().__init__("工作簿设有打开密码，无法读取。请取消密码并另存为 .xlsx 后重新导入")


class MacroWorkbook(SheetError):
    """The workbook carries macros, under whatever name."""

    def __init__(self) -> None:
        super().__init__(
            "工作簿含有宏，出于安全考虑未读取。请用 WPS 或 Excel 打开，另存为不含宏的 .xlsx 后重新导入"
        )


class BrokenSheet(SheetError):
    """The file begins like a sheet and then makes no sense."""

    def __init__(self, detail: str = "") -> None:
        reason = f"（{detail}）" if detail else ""
        super().__init__(f"文件已损坏或不完整{reason}，无法读取。请重新导出或另存一份后再导入")


class SheetTooLarge(SheetError):
    """The file, its unpacked content or its number of rows is beyond the limit."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"文件过大（{detail}），未读取。请拆成几个较小的文件分别导入")


class SuspiciousWorkbook(SheetError):
    """The workbook unpacks to far more than its size explains."""

    def __init__(self) -> None:
        super().__init__(
            "工作簿的压缩方式异常，出于安全考虑未读取。请用 WPS 或 Excel 打开并另存为 .xlsx 后重新导入"
        )


class EmptySheet(SheetError):
    """There is nothing in the file."""

    def __init__(self) -> None:
        super().__init__("文件中没有内容。请确认选对了文件")


class UndecodableText(SheetError):
    """The text is neither UTF-8 nor GB18030."""

    def __init__(self) -> None:
        super().__init__("无法识别文件的文字编码。请另存为“CSV UTF-8（逗号分隔）”或 .xlsx 后重新导入")


class NoHeader(SheetError):
    """None of the first rows looks like the header."""

    def __init__(self, wanted: Sequence[str], searched_rows: int) -> None:
        super().__init__(f"前 {searched_rows} 行中没有找到表头。表头应含有：{'、'.join(wanted)}")
        self.wanted = tuple(wanted)


class MissingColumns(SheetError):
    """The header lacks columns that the import cannot do without."""

    def __init__(self, missing: Sequence[str], seen: Sequence[str]) -> None:
        shown = "、".join(text if len(text) <= 20 else text[:20] + "…" for text in seen[:30])
        more = f" 等 {len(seen)} 列" if len(seen) > 30 else ""
        super().__init__(
            f"表头缺少：{'、'.join(missing)}。文件中的表头是：{shown}{more}。请补上所缺的列后重新导入"
        )
        self.missing = tuple(missing)
        self.seen = tuple(seen)
