"""A file is taken for what its content is; what could run, spy or hide is refused with what to do instead."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_register.core.files import (
    FileBroken,
    FileKind,
    FileKindRefused,
    FilePolicy,
    FileRefused,
    NameContradictsContent,
)
from credit_register.core.files.names import content_disposition, display_name, extension_of
from credit_register.core.files.recognition import recognise
from tests.core.handmade_files import (
    ALL,
    PDF,
    document,
    objects,
    photograph,
    picture,
    relation,
    take,
    workbook,
)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (picture("JPEG"), "照片.JPG", FileKind.JPEG),
        (picture("PNG"), "截图.png", FileKind.PNG),
        (picture("WEBP"), "图.webp", FileKind.WEBP),
        (picture("WEBP"), "微信图片.jpg", FileKind.WEBP),
        (picture("JPEG"), "没有扩展名", FileKind.JPEG),
        (PDF, "执照.pdf", FileKind.PDF),
        (document(), "承诺书.docx", FileKind.DOCX),
        (workbook(), "名单.xlsx", FileKind.XLSX),
        ("事实经过".encode(), "经过.txt", FileKind.TEXT),
        ("\ufeff甲,乙\n1,2\n".encode(), "表.csv", FileKind.CSV),
        ("机构名称,住所\n甲,成都\n".encode("gb18030"), "表.csv", FileKind.CSV),
        ("若 a<b 则 <3 元".encode(), "经过.txt", FileKind.TEXT),
    ],
)
def test_usual_files_are_taken_for_what_they_are(content: bytes, name: str, kind: FileKind) -> None:
    assert recognise(content, name, ALL) is kind
    assert take(content, name)


@pytest.mark.parametrize(
    ("content", "name", "error", "says"),
    [
        (b"", "a.pdf", FileBroken, "文件是空的"),
        (PDF, "a.jpg", NameContradictsContent, "以“.jpg”结尾，内容却是PDF 文档"),
        (picture("PNG"), "a.pdf", NameContradictsContent, "PNG 图片"),
        (picture("JPEG"), "a.jpg.exe", NameContradictsContent, "不要改扩展名"),
        (workbook(), "a.docx", NameContradictsContent, "Excel 表格"),
        (b"PK\x03\x04abc", "a.zip", FileKindRefused, "解压后逐个上传"),
        (b"PK\x05\x06" + bytes(18), "a.docx", FileKindRefused, "解压后逐个上传"),
        (b"Rar!\x1a\x07\x00", "a.rar", FileKindRefused, "压缩包"),
        (b"7z\xbc\xaf\x27\x1c", "a.jpg", FileKindRefused, "压缩包"),
        (b"\x1f\x8b\x08", "a.gz", FileKindRefused, "压缩包"),
        (bytes(257) + b"ustar" + bytes(250), "a.tar", FileKindRefused, "压缩包"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "a.doc", FileKindRefused, "旧版 Office"),
        (b"MZ\x90\x00", "a.jpg", FileKindRefused, "程序"),
        (b"\x7fELF\x02", "a", FileKindRefused, "程序"),
        (b"#!/bin/sh\nrm -rf /\n", "a.txt", FileKindRefused, "脚本"),
        (b"<html><script>", "a.txt", FileKindRefused, "网页"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html>", "a.csv", FileKindRefused, "网页"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", FileKindRefused, "SVG"),
        (b"<?xml version='1.0'?><x/>", "a.xml", FileKindRefused, "标记语言"),
        (b"a,b\n" * 9000 + b"<script>alert(1)</script>", "a.csv", FileKindRefused, "网页"),
        (b"alert(1)", "a.js", FileKindRefused, "不接受这种文件"),
        (b"print(1)", "a.py", FileKindRefused, "不接受这种文件"),
        (b"x" * 30, "", FileKindRefused, "不接受这种文件"),
        (b" \n ", "a.txt", FileKindRefused, "没有内容"),
        (b"abc\x00def", "a.txt", FileKindRefused, "无法识别"),
        ("中文".encode("gb18030"), "a.txt", FileBroken, "UTF-8"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), "a.heic", FileKindRefused, "HEIC"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(20), "a.mp4", FileKindRefused, "音频、视频"),
        (picture("GIF", "L"), "a.gif", FileKindRefused, "JPEG 或 PNG"),
        (picture("BMP"), "a.bmp", FileKindRefused, "JPEG 或 PNG"),
        (picture("JPEG")[:300], "a.jpg", FileBroken, "图片已损坏"),
        (b"\xff\xd8\xff" + b"x" * 90, "a.jpg", FileBroken, "图片已损坏"),
        (PDF[:-8], "a.pdf", FileBroken, "PDF 不完整"),
        (
            document(main="application/vnd.ms-word.document.macroEnabled.main+xml"),
            "a.docx",
            FileKindRefused,
            "含宏",
        ),
        (document({"word/vbaProject.bin": b"x"}), "a.docx", FileKindRefused, "含有宏"),
        (document({"word/embeddings/oleObject1.bin": b"x"}), "a.docx", FileKindRefused, "内嵌其他文件"),
        (document({"xl/externalLinks/externalLink1.xml": b"x"}), "a.docx", FileKindRefused, "外部链接"),
        (document({"xl/connections.xml": b"x"}), "a.docx", FileKindRefused, "外部链接"),
        (
            document(relation("image", "http://evil.example/x.png")),
            "a.docx",
            FileKindRefused,
            "引用了外部内容",
        ),
        (
            document(relation("attachedTemplate", "file:///c:/x.dotm")),
            "a.docx",
            FileKindRefused,
            "引用了外部内容",
        ),
        (document(relation("hyperlink", "file://host/share")), "a.docx", FileKindRefused, "引用了外部内容"),
        (document(relation("hyperlink", "javascript:x")), "a.docx", FileKindRefused, "引用了外部内容"),
        (document(relation("image", "\\\\host\\x", "Internal")), "a.docx", FileKindRefused, "引用了外部内容"),
        (
            document(
                {
                    "word/document.xml": b"<w:p xmlns:w='w'><w:instrText>DDE</w:instrText>"
                    b"<w:instrText>AUTO c:\\x</w:instrText></w:p>"
                }
            ),
            "a.docx",
            FileKindRefused,
            "域",
        ),
        (document({"../x": b"x"}), "a.docx", FileBroken, "结构异常"),
        (document({"WORD/document.xml": b"x"}), "a.docx", FileBroken, "结构异常"),
        (document({"_rels/.rels": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "a.docx", FileBroken, "已损坏"),
        (document({"word/media/a.bmp": bytes(40_000_000)}), "a.docx", FileBroken, "压缩方式异常"),
        (document({"word/media/a.bmp": bytes(210_000_000)}), "a.docx", FileBroken, "解压后过大"),
    ],
)
def test_what_is_not_taken_is_refused_with_what_to_do(
    content: bytes, name: str, error: type[FileRefused], says: str
) -> None:
    with pytest.raises(error, match=says):
        take(content, name)


def test_a_table_is_handed_out_in_the_encoding_that_its_header_names() -> None:
    text = "机构名称,住所\n甲,成都\n"
    assert take(text.encode("gb18030"), "表.csv").decode("utf-8-sig") == text
    for encoding in ("utf-8", "utf-8-sig"):
        assert take(text.encode(encoding), "表.csv") == text.encode(encoding)


def test_a_kind_that_the_purpose_does_not_take_is_refused_with_those_that_it_takes() -> None:
    only = FilePolicy(max_bytes=10**6, max_count=1, kinds=frozenset({FileKind.PDF, FileKind.JPEG}))
    with pytest.raises(FileKindRefused) as refused:
        take(picture("PNG"), "a.png", only)
    assert str(refused.value) == "这里不接受PNG 图片。可以上传的文件：JPEG 图片、PDF 文档"
    assert only.extensions == [".jpg", ".jpeg", ".jpe", ".jfif", ".pdf"]


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_damaged_file_is_taken_or_refused_and_nothing_worse(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SOUND))
    target = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, max(len(target) - 1, 0)))
        target[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    with suppress(FileRefused):
        take(bytes(target), data.draw(st.sampled_from(["a", "a.jpg", "a.pdf", "a.docx", "a.xlsx", "a.txt"])))


SOUND = [
    photograph("JPEG"),
    photograph("PNG"),
    photograph("WEBP"),
    PDF,
    objects(b"x"),
    document(),
    workbook(),
    b"x",
]


@pytest.mark.parametrize(
    ("sent", "kind", "shown"),
    [
        ("营业执照.JPG", FileKind.JPEG, "营业执照.jpg"),
        ("C:\\fakepath\\执照.pdf", FileKind.PDF, "执照.pdf"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("执照\u202efdp.exe.pdf", FileKind.PDF, "执照fdp.exe.pdf"),
        ("微信图片.jpg", FileKind.WEBP, "微信图片.webp"),
        ('a"b;c\r\n.txt', FileKind.TEXT, "a_b_c.txt"),
        ("", FileKind.PDF, "文件.pdf"),
        (".pdf", FileKind.PDF, "pdf.pdf"),
        ("  ..  ", FileKind.PDF, "文件.pdf"),
        ("长" * 300 + ".pdf", FileKind.PDF, "长" * 96 + ".pdf"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(sent: str, kind: FileKind, shown: str) -> None:
    assert display_name(sent, kind) == shown


@given(st.text(max_size=300), st.sampled_from(list(FileKind)))
def test_no_name_breaks_a_page_or_a_header(sent: str, kind: FileKind) -> None:
    name = display_name(sent, kind)
    assert 0 < len(name) <= 100
    assert extension_of(name) in kind.extensions
    assert not set(name) & set('/\\"<>\r\n\0;%')
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_the_attachment_name_is_given_to_new_and_to_old_clients() -> None:
    assert content_disposition("营业执照 2021.pdf") == (
        "attachment; filename=\"2021.pdf\"; filename*=UTF-8''%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7%202021.pdf"
    )
    assert content_disposition("执照.pdf").startswith('attachment; filename="file.pdf"; ')
