"""Files that people hand in: checked by content, sealed as they came, handed out cleaned."""

from credit_register.core.files.errors import (
    FileBroken,
    FileError,
    FileKindRefused,
    FileMissing,
    FileRefused,
    FileTooLarge,
    NameContradictsContent,
    StorageFull,
    StorageUnavailable,
    TooManyFiles,
)
from credit_register.core.files.models import DOCUMENTS, PICTURES, SHEETS, FileKind, FilePolicy, StoredFile
from credit_register.core.files.services import (
    download_response_headers,
    file_store,
    init_files,
    open_clean,
    open_original,
    remove,
    store_upload,
    store_uploads,
    sweep_orphans,
)
from credit_register.core.files.store import FileStore, LocalFileStore, store_for

__all__ = [
    "DOCUMENTS",
    "PICTURES",
    "SHEETS",
    "FileBroken",
    "FileError",
    "FileKind",
    "FileKindRefused",
    "FileMissing",
    "FilePolicy",
    "FileRefused",
    "FileStore",
    "FileTooLarge",
    "LocalFileStore",
    "NameContradictsContent",
    "StorageFull",
    "StorageUnavailable",
    "StoredFile",
    "TooManyFiles",
    "download_response_headers",
    "file_store",
    "init_files",
    "open_clean",
    "open_original",
    "remove",
    "store_for",
    "store_upload",
    "store_uploads",
    "sweep_orphans",
]
