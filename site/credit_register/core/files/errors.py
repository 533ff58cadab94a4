"""Why a file was not taken, each with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable


class FileError(Exception):
    """Something about a file went wrong; the text is a Chinese sentence for the person who sent or opened it."""


class FileRefused(FileError):
    """The file cannot be taken as it is; it is for the sender to change it."""


class FileTooLarge(FileRefused):
    """The file is larger than the policy allows."""

    def __init__(self, max_bytes: int) -> None:
        size = f"{max_bytes / 1024**2:.0f} MB" if max_bytes >= 1024**2 else f"{max_bytes / 1024:.0f} KB"
        super().__init__(f"文件超过 {size}。请压缩图片、拆分文件后再上传")


class TooManyFiles(FileRefused):
    """More files than the policy allows."""

    def __init__(self, max_count: int) -> None:
        super().__init__(f"最多上传 {max_count} 个文件。请去掉多余的文件，或合并为一个 PDF 后再上传")


class FileKindRefused(FileRefused):
    """The content is of a kind that is not taken here, or contains what is never taken."""

    def __init__(self, reason: str, accepted: Iterable[str]) -> None:
        super().__init__(f"{reason}。可以上传的文件：{'、'.join(accepted)}")


class FileBroken(FileRefused):
    """The content begins like a kind that is taken, and cannot be read."""

    def __init__(self, reason: str = "文件已损坏或不完整，请重新生成后再上传") -> None:
        super().__init__(reason)


class NameContradictsContent(FileRefused):
    """The extension promises something else than the content is."""

    def __init__(self, extension: str, content: str) -> None:
        super().__init__(f"文件名以“{extension}”结尾，内容却是{content}。请上传原始文件，不要改扩展名")


class VirusFound(FileRefused):
    """The scanner found a virus in a file that was being handed in; nothing was stored."""

    def __init__(self) -> None:
        super().__init__(
            "查毒程序提示这个文件可能带有病毒，没有保存。"
            "可以把内容截图后上传，或用杀毒软件检查设备后换一份文件再上传"
        )


class StorageFull(FileError):
    """There is no room left; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("服务器存储空间不足，文件未能保存。请稍后再试，或联系网站管理单位")


class StorageUnavailable(FileError):
    """The store cannot be written or read now; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("文件服务暂时不可用，请稍后再试，或联系网站管理单位")


class FileInfected(FileError):
    """A virus was found in a stored file; it stays sealed and is handed out to nobody."""

    def __init__(self) -> None:
        super().__init__(
            "查毒时发现这个文件带有病毒，不能打开。需要其中内容的，请联系提供文件的一方，换一份没有病毒的文件重新提交"
        )


class FileMissing(FileError):
    """The row is there and its content is not."""

    def __init__(self) -> None:
        super().__init__("文件内容暂时无法读取，请联系网站管理单位")
