"""A file is taken for what its content is; what could run, spy or hide is refused with what to do instead."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image

from credit_register.core.files import (
    FileBroken,
    FileKind,
    FileKindRefused,
    FilePolicy,
    FileRefused,
    NameContradictsContent,
)
from credit_register.core.files.names import content_disposition, display_name, extension_of
from credit_register.core.files.recognition import cleaned, recognise

ALL = FilePolicy(max_bytes=10**7, max_count=5, kinds=frozenset(FileKind))
PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
GPS_LATITUDE = 2
GPS_BLOCK = 0x8825


def take(content: bytes, name: str, policy: FilePolicy = ALL) -> bytes:
    return cleaned(content, recognise(content, name, policy), policy)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 1).save(target, kind, **options)
    return target.getvalue()


def photograph(kind: str) -> bytes:
    """A picture lying on its side that tells where, when and by whom it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(GPS_BLOCK)[GPS_LATITUDE] = (39.0, 54.0, 26.0)
    options: dict[str, object] = {"exif": exif, "icc_profile": b"SecretProfile", "xmp": b"<x:SecretXmp/>"}
    if kind == "PNG":
        options.pop("xmp")
    if kind == "JPEG":
        options["comment"] = b"SecretComment"
    return picture(kind, **options)


def document(extra: dict[str, bytes] | None = None, main: str = WORD_TYPE) -> bytes:
    parts = {
        "[Content_Types].xml": f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'.encode(),
        "_rels/.rels": RELATIONS.format("").encode(),
        "word/document.xml": "<w:document>正文</w:document>".encode(),
        "docProps/core.xml": "<x>作者张三</x>".encode(),
    }
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in (parts | (extra or {})).items():
            archive.writestr(name, content)
    return target.getvalue()


def relation(kind: str, target: str, mode: str = "External") -> dict[str, bytes]:
    line = f'<Relationship Id="r1" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return {"word/_rels/document.xml.rels": RELATIONS.format(line).encode()}


def workbook() -> bytes:
    target = io.BytesIO()
    book = Workbook()
    book.properties.creator = "张三"
    assert book.active is not None
    book.active.append(["机构名称"])
    book.save(target)
    return target.getvalue()


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
                {"word/document.xml": b"<w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\x</w:instrText>"}
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_loses_what_it_tells_beside_the_picture_and_stands_upright(kind: str) -> None:
    content = photograph(kind)
    assert b"SecretPhone" in content
    clean = take(content, "照片.jpg")
    assert b"Secret" not in clean
    assert b"Exif" not in clean
    with Image.open(io.BytesIO(clean)) as opened:
        assert opened.format == kind
        assert opened.size == (20, 40)
        assert not opened.getexif()
        assert not set(opened.info) & {"exif", "icc_profile", "xmp", "comment"}


@pytest.mark.parametrize(
    ("kind", "mode", "kept"),
    [
        ("PNG", "P", "RGBA"),
        ("PNG", "LA", "LA"),
        ("PNG", "RGBA", "RGBA"),
        ("PNG", "1", "1"),
        ("PNG", "I;16", "RGB"),
        ("JPEG", "CMYK", "RGB"),
        ("JPEG", "L", "L"),
    ],
)
def test_pictures_of_every_colour_mode_are_drawn_anew(kind: str, mode: str, kept: str) -> None:
    with Image.open(io.BytesIO(take(picture(kind, mode), "a"))) as opened:
        assert opened.mode == kept


def test_what_hides_behind_a_picture_is_gone() -> None:
    assert b"PK\x03\x04" not in take(picture("PNG") + document(), "a.png")


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    with pytest.raises(FileBroken):
        take(bomb, "a.png")
    large = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8_000, 8_000, 8, 2, 0, 0, 0))
    with pytest.raises(FileBroken, match="超过 6000 万像素"):
        take(large + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""), "a.png")


def objects(hidden: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    body = zlib.compress(hidden) if filters else hidden
    stream = (
        b"5 0 obj\n<</Type/ObjStm/N 1/First 4" + filters + b">>\nstream\n" + body + b"\nendstream\nendobj\n"
    )
    return PDF.replace(b"trailer", stream + b"trailer")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root"), "密码"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "脚本"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript/JS(x)>>"), "脚本"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(x.exe)>>"), "启动程序"),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 3 0 R>>"), "内嵌其他文件"),
        (PDF.replace(b"/Catalog", b"/Catalog/AcroForm<</XFA 3 0 R>>"), "动态表单"),
        (objects(b"1 0 <</S/JavaScript>>"), "脚本"),
        (objects(b"1 0 <</S/#4Aava#53cript>>"), "脚本"),
        (objects(b"1 0 <</S/Launch>>", b""), "启动程序"),
        (objects(b"1 0 <</S/JavaScript>>").replace(b"/ObjStm", b"/#4fbjStm"), "脚本"),
        (objects(b"1 0 <</S/JavaScript>>").replace(b"/N 1", b"/N 1/A(endobj)"), "脚本"),
        (objects(b"x").replace(b"/FlateDecode", b"/ASCIIHexDecode").replace(b"x\x9c", b"zz"), "无法检查"),
        (objects(bytes(70 * 1024**2)), "解压后过大"),
        (PDF.replace(b"trailer", b"#41" * 100_000 + b"trailer"), "过于复杂"),
        (objects(b"x").replace(b"trailer", b"stream " * 200_001 + b"trailer"), "过于复杂"),
    ],
)
def test_a_pdf_that_is_locked_or_acts_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        take(content, "a.pdf")


def test_a_pdf_that_only_shows_is_kept_as_it_is() -> None:
    content = objects(b"1 0 <</Type/Pages/Kids[]>>")
    assert take(content, "a.pdf") == content


def test_an_office_file_loses_its_author_and_keeps_its_text_and_links() -> None:
    clean = take(document(relation("hyperlink", "https://example.cn")), "a.docx")
    with ZipFile(io.BytesIO(clean)) as archive:
        assert "正文".encode() in archive.read("word/document.xml")
        assert b"https://example.cn" in archive.read("word/_rels/document.xml.rels")
        assert all("张三".encode() not in archive.read(name) for name in archive.namelist())
    with ZipFile(io.BytesIO(take(workbook(), "a.xlsx"))) as archive:
        assert all("张三".encode() not in archive.read(name) for name in archive.namelist())


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
