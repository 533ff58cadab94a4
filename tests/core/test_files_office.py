"""Word and Excel files come out without who wrote them, when, where, and on which machine; text and pictures stay."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image

from credit_register.core.files import FileBroken, FileKindRefused, FileRefused, office
from credit_register.core.files.office_xml import Anonymiser, Malformed, Pseudonyms, rewritten
from tests.core.handmade_files import RELATIONS, document, photograph, picture, relation, take, workbook

W = 'xmlns:w="urn:w" xmlns:w14="urn:w14"'
BODY = f"""<?xml version="1.0" encoding="UTF-8"?><!-- Secret comment --><w:document {W}><w:body>
<w:p w:rsidR="00Secret1" w:rsidRDefault="00Secret2" w14:paraId="1A"><w:ins w:id="1" w:author="Secret 甲" w:date="2026-03-01T09:12:00Z">
<w:r><w:t xml:space="preserve"> 收了 3 万元 &lt;合同&gt; &amp; author="x" </w:t></w:r></w:ins>
<w:del w:id="2" w:author="Secret 乙" w:date="2026-03-01T09:13:00Z"><w:r><w:delText>删去的话</w:delText></w:r></w:del></w:p>
<w:permStart w:id="3" w:ed="secret@example.cn"/><w:sdt><w:date w:fullDate="2026-03-01"/></w:sdt>
<wp:docPr xmlns:wp="urn:wp" id="1" name="图片 1" descr="C:\\Users\\Secret\\IMG_1.jpg" title="Secret"/>
<pic:cNvPr xmlns:pic="urn:pic" id="0" name="IMG_Secret.jpg"/></w:body></w:document>"""


def parts(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def related(*lines: tuple[str, str]) -> bytes:
    return RELATIONS.format(
        "".join(
            f'<Relationship Id="r{number}" Type="urn:x/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(lines)
        )
    ).encode()


def of_a_named_author() -> bytes:
    author = 'w:author="Secret 乙" w:initials="Sec" w:date="2026-03-01T09:13:00Z"'
    return document(
        {
            "_rels/.rels": related(
                ("officeDocument", "word/document.xml"),
                ("thumbnail", "docProps/thumbnail.jpeg"),
                ("core-properties", "package/secret.psmdcp"),
            ),
            "package/secret.psmdcp": b"<x>Secret</x>",
            "docProps/thumbnail.jpeg": photograph("JPEG"),
            "docProps/custom.xml": b"<x>Secret</x>",
            "word/document.xml": BODY.encode(),
            "word/_rels/document.xml.rels": related(
                ("image", "media/image1.jpeg"),
                ("comments", "comments.xml"),
                ("people", "people.xml"),
                ("customXml", "../customXml/item1.xml"),
                ("fontTable", "fontTable.xml"),
            ),
            "word/comments.xml": f'<w:comments {W}><w:comment w:id="1" {author}><w:p>批注的话</w:p></w:comment></w:comments>'.encode(),
            "word/commentsExtensible.xml": b'<x xmlns:c="urn:c"><c:y c:dateUtc="Secret"/></x>',
            "word/people.xml": b'<p xmlns:w15="urn:w15"><w15:person w15:author="Secret"/></p>',
            "word/settings.xml": f'<w:settings {W}><w:rsids><w:rsid w:val="Secret"/></w:rsids><w:docVars><w:docVar w:val="Secret"/>'
            f'</w:docVars><w14:docId w14:val="Secret"/><w:zoom w:percent="100"/></w:settings>'.encode(),
            "word/fontTable.xml": b'<f xmlns:r="urn:r"><embedRegular r:id="r1"/><font/></f>',
            "word/_rels/fontTable.xml.rels": related(("font", "fonts/font1.odttf")),
            "word/fonts/font1.odttf": b"Secret font",
            "word/media/image1.jpeg": photograph("JPEG"),
            "customXml/item1.xml": b"<x>Secret</x>",
            "customXml/_rels/item1.xml.rels": related(("customXmlProps", "itemProps1.xml")),
        }
    )


def test_a_word_file_loses_everything_that_tells_of_people_machines_and_places() -> None:
    kept = parts(take(of_a_named_author(), "a.docx"))
    for name, content in kept.items():
        assert not any(word in content for word in (b"Secret", b"secret", b"Exif", b"2026-03-01T")), name
    assert set(kept) == {
        "[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels", "word/comments.xml",
        "word/commentsExtensible.xml", "word/settings.xml", "word/fontTable.xml", "word/_rels/fontTable.xml.rels",
        "word/media/image1.jpeg",
    }  # fmt: skip
    assert b"media/image1.jpeg" in kept["word/_rels/document.xml.rels"]
    assert b"people" not in kept["word/_rels/document.xml.rels"]
    assert b"percent" in kept["word/settings.xml"]


def test_the_text_stays_to_the_letter_and_two_authors_stay_two() -> None:
    kept = parts(take(of_a_named_author(), "a.docx"))
    body = kept["word/document.xml"].decode()
    assert '<w:t xml:space="preserve"> 收了 3 万元 &lt;合同&gt; &amp; author="x" </w:t>' in body
    assert '<w:ins w:id="1" w:author="作者1">' in body
    assert '<w:del w:id="2" w:author="作者2"><w:r><w:delText>删去的话</w:delText></w:r></w:del>' in body
    assert 'w:fullDate="2026-03-01"' in body  # a date that the text shows
    assert (
        '<w:comment w:id="1" w:author="作者2" w:initials=""><w:p>批注的话</w:p>'
        in kept["word/comments.xml"].decode()
    )


def test_a_picture_in_a_document_is_drawn_anew_and_lies_as_its_pixels_lay() -> None:
    for kind, mode in (("JPEG", "RGB"), ("PNG", "P"), ("GIF", "P"), ("BMP", "RGB"), ("WEBP", "RGB")):
        content = photograph("JPEG") if kind == "JPEG" else picture(kind, mode)
        [clean] = [
            part
            for name, part in parts(take(document({"word/media/image1.x": content}), "a.docx")).items()
            if "media" in name
        ]
        with Image.open(io.BytesIO(clean)) as opened:
            assert (opened.format, opened.size) == (kind, (40, 20))
            assert not opened.getexif()


def test_a_workbook_loses_its_authors_and_can_still_be_read() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["机构名称", "=1+1"])
    sheet["A1"].comment = Comment("Secret 甲:\n这里不对", "Secret 甲")
    sheet["B1"].comment = Comment("同意", "Secret 乙")
    sheet.add_image(SheetImage(io.BytesIO(photograph("JPEG"))), "C3")
    target = io.BytesIO()
    book.save(target)
    with ZipFile(target, "a") as archive:
        archive.writestr("xl/printerSettings/printerSettings1.bin", b"\\\\Secret\\printer")
        archive.writestr(
            "xl/worksheets/_rels/sheet2.xml.rels",
            related(("printerSettings", "../printerSettings/printerSettings1.bin")),
        )
        archive.writestr(
            "xl/worksheets/sheet2.xml", b'<x xmlns:r="urn:r"><pageSetup paperSize="9" r:id="rId1"/></x>'
        )
        archive.writestr(
            "xl/persons/person.xml",
            b'<l><person displayName="Secret" userId="S::secret" providerId="AD" id="{1}"/></l>',
        )
        archive.writestr("xl/tables/table1.xml", '<table displayName="名单"/>'.encode())
    clean = take(target.getvalue(), "a.xlsx")
    kept = parts(clean)
    for name, content in kept.items():
        assert not any(word in content for word in (b"Secret", b"secret", b"Exif")), name
    assert b'<pageSetup paperSize="9"/>' in kept["xl/worksheets/sheet2.xml"]
    assert "名单" in kept["xl/tables/table1.xml"].decode()
    sheet = load_workbook(io.BytesIO(clean)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == ["机构名称", "=1+1"]
    comments = [cell.comment for cell in sheet[1]]
    assert [(comment.author, comment.text) for comment in comments if comment] == [
        ("作者1", "作者1:\n这里不对"),
        ("作者2", "同意"),
    ]


@pytest.mark.parametrize(
    ("extra", "error", "says"),
    [
        (
            {"word/media/image1.emf": b"\x01\x00\x00\x00" + bytes(50)},
            FileKindRefused,
            "EMF、WMF、SVG.*另存为 PDF",
        ),
        ({"word/media/image1.svg": b"<svg onload='x'/>"}, FileKindRefused, "EMF、WMF、SVG"),
        ({"word/media/image1.xml": b"<svg/>"}, FileKindRefused, "EMF、WMF、SVG"),
        ({"word/media/a.exe": b"MZ\x90"}, FileKindRefused, "EMF、WMF、SVG"),
        ({"word/media/a.mp4": b"\x00\x00\x00\x18ftypisom"}, FileKindRefused, "EMF、WMF、SVG"),
        ({"word/a.exe": b"MZ\x90"}, FileKindRefused, "内嵌其他文件"),
        ({"word/a.html": b"<html/>"}, FileKindRefused, "内嵌其他文件"),
        (relation("aFChunk", "x.html", "Internal") | {"word/x.html": b"x"}, FileKindRefused, "内嵌其他文件"),
        (
            relation("aFChunk", "x.xml", "Internal") | {"word/x.xml": b"<html/>"},
            FileKindRefused,
            "内嵌其他文件",
        ),
        (relation("oleObject", "x.xml", "Internal"), FileKindRefused, "内嵌其他文件"),
        (relation("webextension", "x.xml", "Internal"), FileKindRefused, "内嵌其他文件"),
        ({"word/media/image1.jpeg": photograph("JPEG")[:200]}, FileBroken, "图片已损坏"),
        ({"word/styles.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, FileBroken, "已损坏"),
        ({"word/styles.xml": b"<x><y></x>"}, FileBroken, "已损坏"),
    ],
)
def test_what_cannot_be_cleaned_is_refused_with_what_to_do(
    extra: dict[str, bytes], error: type[FileRefused], says: str
) -> None:
    with pytest.raises(error, match=says):
        take(document(extra), "a.docx")


def test_the_effort_for_one_document_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    two = document({f"word/media/image{number}.png": picture("PNG", size=(100, 100)) for number in (1, 2)})
    spend = office._Effort
    monkeypatch.setattr(office, "_Effort", lambda: spend(pixels=20_000))
    assert take(two, "a.docx")
    monkeypatch.setattr(office, "_Effort", lambda: spend(pixels=19_999))
    with pytest.raises(FileBroken, match="图片太多"):
        take(two, "a.docx")
    monkeypatch.setattr(office, "_Effort", lambda: spend(xml=500))
    with pytest.raises(FileBroken, match="解压后过大"):
        take(document({"word/styles.xml": b"<x>%s</x>" % (b"y" * 500)}), "a.docx")


def test_xml_of_any_encoding_and_form_is_seen_through() -> None:
    wide = '<?xml version="1.0" encoding="UTF-16"?><a x:author="张三" xmlns:x="u">甲<b/><![CDATA[<1&>]]></a>'.encode(
        "utf-16"
    )
    kept = rewritten(wide, Anonymiser(Pseudonyms())).decode()
    assert kept.endswith('<a x:author="作者1" xmlns:x="u">甲<b/>&lt;1&amp;&gt;</a>')
    marks = b'<a b="1&#10;2&quot;&lt;&#9;">x&#13;\n</a>'
    assert rewritten(marks, Anonymiser(Pseudonyms())).endswith(b'<a b="1&#10;2&quot;&lt;&#9;">x&#13;\n</a>')
    for hostile in (b"<!DOCTYPE a><a/>", b"<a>" * 2_000 + b"</a>" * 2_000):
        with pytest.raises(Malformed):
            rewritten(hostile, Anonymiser(Pseudonyms()))


def test_the_same_file_gives_the_same_copy() -> None:
    content = of_a_named_author()
    assert take(content, "a.docx") == take(content, "a.docx")


def test_an_office_file_loses_its_author_and_keeps_its_text_and_links() -> None:
    clean = take(document(relation("hyperlink", "https://example.cn")), "a.docx")
    with ZipFile(io.BytesIO(clean)) as archive:
        assert "正文".encode() in archive.read("word/document.xml")
        assert b"https://example.cn" in archive.read("word/_rels/document.xml.rels")
        assert all("张三".encode() not in archive.read(name) for name in archive.namelist())
    with ZipFile(io.BytesIO(take(workbook(), "a.xlsx"))) as archive:
        assert all("张三".encode() not in archive.read(name) for name in archive.namelist())


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def field_of(*pieces: str) -> str:
    """A field whose instruction stands in these pieces, each in a run of its own."""
    runs = "".join(f"<w:r>{piece}</w:r>" for piece in pieces)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f"{begin}{runs}{end}"


def instruction(text: str) -> str:
    return f"<w:instrText>{text}</w:instrText>"


def story(inner: str, encoding: str = "UTF-8", namespace: str = WORD) -> bytes:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><w:document xmlns:w="{namespace}">{inner}</w:document>'
    ).encode(encoding)


ACTIVE = {
    "another prefix": f'<x:d xmlns:x="{WORD}"><x:instrText>DDEAUTO c:\\x</x:instrText></x:d>'.encode(),
    "no prefix": f'<d xmlns="{WORD}"><instrText>DDEAUTO c:\\x</instrText></d>'.encode(),
    "references to characters": story(instruction("D&#68;EAUTO c:\\x")),
    "a wide encoding": story(instruction("DDEAUTO c:\\x"), "UTF-16"),
    "the strict namespace": story(
        instruction("DDEAUTO x"), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main"
    ),
    "single quotes": f"<w:d xmlns:w='{WORD}'><w:fldSimple w:instr='DDE x'/></w:d>".encode(),
    "a comment within": story(instruction("DD<!-- -->EAUTO x")),
    "marked text": story(instruction("<![CDATA[DDEAUTO x]]>")),
    "after another field": story(field_of(instruction("PAGE")) + field_of(instruction("DDEAUTO x"))),
    "split by a field": story(
        field_of(instruction("D"), field_of(instruction("PAGE")), instruction("DEAUTO x"))
    ),
    "within a field": story(field_of(instruction("IF 1=1"), field_of(instruction("INCLUDETEXT x")))),
    "as text": story(field_of("<w:t>DDE</w:t>", "<w:t>AUTO x</w:t>")),
    "never ended": story('<w:fldChar w:fldCharType="begin"/>' + instruction("DDEAUTO x")),
    "deleted": story("<w:delInstrText>DDEAUTO x</w:delInstrText>"),
    "a link": story(field_of(instruction(" LINK Excel.Sheet.8 x "))),
}


@pytest.mark.parametrize("part", ["word/document.xml", "word/kopf.xml", "other/x.xml", "xl/worksheets/x.xml"])
@pytest.mark.parametrize("active", sorted(ACTIVE))
def test_a_field_that_fetches_is_found_however_and_wherever_it_is_written(active: str, part: str) -> None:
    with pytest.raises(FileKindRefused, match="自动取数的域"):
        take(document({part: ACTIVE[active]}), "a.docx")


def test_harmless_fields_and_words_that_look_like_one_that_fetches_stay() -> None:
    harmless = story(
        field_of(instruction(' TOC \\o "1-3" '), '<w:fldChar w:fldCharType="separate"/>', "<w:t>DDE</w:t>")
        + field_of(instruction('HYPERLINK "https://example.cn/hi'), instruction('dden"'))
        + field_of(instruction("PAGE"))
        + "<w:r><w:t>DDEAUTO 是什么，LINK 又是什么</w:t></w:r>"
    )
    kept = parts(take(document({"word/document.xml": harmless}), "a.docx"))["word/document.xml"].decode()
    assert "DDEAUTO 是什么" in kept
    assert kept.count("instrText>") == 8
