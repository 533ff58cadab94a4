"""A PDF comes out with what its pages show and nothing else; one that acts, hides or cannot be read is refused."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from credit_register.core.files import FileBroken, FileRefused, StorageUnavailable, pdf_pages
from credit_register.core.files import pdf as pdf_cleaning
from tests.core.handmade_files import PDF, objects, pdf, photograph, picture, stream, take

IMAGE = b"/Type/XObject/Subtype/Image/Width 40/Height 20/ColorSpace/DeviceRGB/BitsPerComponent 8"
SHOWN = b"/Resources<</XObject<</I 5 0 R>>>>"


def first_page(content: bytes) -> Any:
    return PdfReader(io.BytesIO(content), strict=True).pages[0]


def image_of(content: bytes) -> Any:
    return first_page(content)["/Resources"]["/XObject"]["/I"]


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root"), "密码"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "脚本"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript/JS(x)>>"), "脚本"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(x.exe)>>"), "启动程序"),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 3 0 R>>"), "内嵌其他文件"),
        (PDF.replace(b"/Catalog", b"/Catalog/AcroForm<</XFA 3 0 R>>"), "动态表单"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/GoToR/F(x.pdf)>>"), "打开其他文件"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/GoTo#45/T<<>>>>"), "打开其他文件"),
        (objects(b"1 0 <</S/GoToE>>"), "打开其他文件"),
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


def test_properties_of_document_page_and_picture_are_gone() -> None:
    content = pdf(
        stream(
            IMAGE + b"/Metadata 6 0 R/PieceInfo<</X(Secret tool)>>/Filter/FlateDecode",
            zlib.compress(bytes(2400)),
        ),
        stream(b"/Type/Metadata/Subtype/XML", b"<x:SecretXmp/>"),
        b"<</Author(Secret author)/Creator(Secret program)/CreationDate(D:20260301Secret)>>",
        catalog=b"/Metadata 6 0 R/PieceInfo<</X(Secret)>>/Outlines<</Title(Secret)>>/PageLabels<</Nums[0<</P(Secret)>>]>>",
        page=b"/Metadata 6 0 R/LastModified(Secret)/Thumb 5 0 R" + SHOWN,
        trailer=b"/Info 7 0 R/ID[(Secret)(Secret)]",
    )
    assert b"Secret" in content
    clean = take(content, "a.pdf")
    assert b"Secret" not in clean
    read = PdfReader(io.BytesIO(clean), strict=True)
    assert not read.metadata
    assert first_page(clean).get_contents().get_data() == b"0 0 50 50 re f"
    assert image_of(clean).get_data() == bytes(2400)


def test_a_photograph_of_a_scanner_loses_its_place_and_keeps_every_pixel() -> None:
    photo = photograph("JPEG")
    # Telephones keep a second picture behind the first, with a place of its own.
    for filters, body in (
        (b"/Filter/DCTDecode", photo + photo),
        (b"/Filter[/FlateDecode/DCTDecode]/DecodeParms[null<</ColorTransform 1>>]", zlib.compress(photo)),
    ):
        clean = take(pdf(stream(IMAGE + filters, body), page=SHOWN), "a.pdf")
        image = image_of(clean)
        assert image["/Filter"] == "/DCTDecode"
        data = image.get_data()
        assert not any(word in data for word in (b"Secret", b"Exif", b"ICC_PROFILE"))
        with Image.open(io.BytesIO(data)) as kept, Image.open(io.BytesIO(photo)) as sent:
            assert not kept.getexif()
            assert kept.tobytes() == sent.tobytes()


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"subsampling": 0}, {"optimize": True}, {"restart_marker_blocks": 1}]
)
def test_every_kind_of_jpeg_survives_the_removal_of_its_segments(options: dict[str, Any]) -> None:
    target = io.BytesIO()
    Image.radial_gradient("L").convert("CMYK").save(target, "JPEG", comment=b"Secret", **options)
    bare = pdf_pages.bare_jpeg(target.getvalue())
    assert b"Secret" not in bare
    with Image.open(io.BytesIO(bare)) as kept, Image.open(target) as sent:
        assert (kept.mode, kept.tobytes()) == (sent.mode, sent.tobytes())
    assert pdf_pages.bare_jpeg(target.getvalue()[:-2]) == bare  # some scanners leave the end out


def test_a_jpeg_2000_loses_the_boxes_that_tell_of_the_camera() -> None:
    target = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(target, "JPEG2000")
    content = target.getvalue()
    clean = take(
        pdf(stream(IMAGE + b"/Filter/JPXDecode", content + box(b"uuid", b"SecretPlace")), page=SHOWN), "a.pdf"
    )
    assert image_of(clean).get_data() == content


@pytest.mark.parametrize("broken", [b"", b"\xff\xd8\xff", b"none", picture("JPEG")[:30]])
def test_a_picture_that_cannot_be_read_through_is_refused(broken: bytes) -> None:
    for kind in (b"/DCTDecode", b"/JPXDecode"):
        with pytest.raises(FileBroken, match="打印为 PDF"):
            take(pdf(stream(IMAGE + b"/Filter" + kind, broken), page=SHOWN), "a.pdf")


def test_what_would_act_on_opening_is_gone_and_a_link_to_the_web_stays() -> None:
    act = b"<</S/URI/URI(http://secret.example)>>"
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/T(Secret)/A<</S/URI/URI(%s)>>>>"
    content = pdf(
        catalog=b"/OpenAction%s/AA<</WC%s>>/Names<</Dests<</Names[(secret) 3 0 R]>>>>" % (act, act),
        page=b"/AA<</O%s>>/Annots[%s%s<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Dest[3 0 R/Fit]>>"
        b"<</Type/Annot/Subtype/Screen/Rect[0 0 9 9]/A%s>>]"
        % (act, link % b"https://example.cn/a", link % b"file:///c:/secret", act),
    )
    clean = take(content, "a.pdf")
    assert b"secret" not in clean.lower()
    [kept] = first_page(clean)["/Annots"]
    assert kept.get_object()["/A"]["/URI"] == "https://example.cn/a"


def test_notes_and_stamps_stay_without_who_made_them_and_when() -> None:
    seal = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/LastModified(Secret)", b"0 0 9 9 re f")
    note = (
        b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(see page 2)/T(Secret person)/M(Secret)/NM(Secret)"
        b"/CreationDate(Secret)/RC(Secret)/Popup 6 0 R>>"
    )
    signature = (
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Secret)/Rect[0 0 9 9]/AP<</N 5 0 R>>/V<</Name(Secret)>>>>"
    )
    popup = b"<</Type/Annot/Subtype/Popup/Contents(Secret)/Rect[0 0 9 9]>>"
    content = pdf(
        seal, popup, page=b"/Annots[%s%s 6 0 R]" % (note, signature), catalog=b"/AcroForm<</Fields[]>>"
    )
    clean = take(content, "a.pdf")
    assert b"Secret" not in clean
    shown = [each.get_object() for each in first_page(clean)["/Annots"]]
    assert [each["/Subtype"] for each in shown] == ["/Text", "/Stamp"]
    assert shown[0]["/Contents"] == "see page 2"
    assert shown[1]["/AP"]["/N"].get_data() == b"0 0 9 9 re f"


def test_an_answer_that_stands_only_in_the_form_is_not_lost_in_silence() -> None:
    field = b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/Parent 5 0 R>>"
    with pytest.raises(FileBroken, match="填写过的表单"):
        take(pdf(b"<</FT/Tx/V(answer)>>", page=b"/Annots[%s]" % field), "a.pdf")
    assert take(pdf(b"<</FT/Tx/V()>>", page=b"/Annots[%s]" % field), "a.pdf")


def test_what_an_earlier_revision_said_is_gone() -> None:
    first = pdf(drawn=b"(Secret draft) Tj")
    second = b"4 0 obj\n" + stream(b"", b"0 0 1 1 re f") + b"\nendobj\n"
    start = first.rindex(b"startxref\n") + 10
    previous = int(first[start : first.index(b"\n", start)])
    whole = first + second
    whole += b"xref\n4 1\n%010d 00000 n \n" % len(first)
    whole += b"trailer<</Root 1 0 R/Size 5/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        previous,
        len(first + second),
    )
    clean = take(whole, "a.pdf")
    assert b"Secret" not in clean
    assert first_page(clean).get_contents().get_data() == b"0 0 1 1 re f"


def test_names_of_glyphs_and_colours_are_no_keys_to_be_dropped() -> None:
    table = bytes(range(40, 88))
    content = pdf(
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/CharProcs<</A 4 0 R/F 4 0 R/P 4 0 R>>>>",
        stream(
            IMAGE.replace(b"/DeviceRGB", b"[/Indexed/DeviceRGB 15<%s>]" % table.hex().encode()), bytes(800)
        ),
        page=b"/Resources<</Font<</A 5 0 R/F 5 0 R>>/XObject<</I 6 0 R>>>>",
    )
    clean = take(content, "a.pdf")
    fonts = first_page(clean)["/Resources"]["/Font"]
    assert set(fonts) == {"/A", "/F"}
    assert set(fonts["/A"]["/CharProcs"]) == {"/A", "/F", "/P"}
    assert image_of(clean)["/ColorSpace"][3].original_bytes == table


def test_what_pages_inherit_comes_along_and_layers_lose_their_names() -> None:
    inherited = b"/Kids[5 0 R]/Count 2/Rotate 90/Resources<</ProcSet[/PDF]/Properties<</L 6 0 R>>>>"
    content = pdf(
        b"<</Type/Pages/Parent 2 0 R/Kids[3 0 R 3 0 R]/Count 2/MediaBox[0 0 7 7]>>",
        b"<</Type/OCG/Name(Secret)/Usage<</CreatorInfo<</Creator(Secret)>>>>>>",
        pages=inherited,
        catalog=b"/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]/Creator(Secret)>>>>",
    )
    clean = take(content, "a.pdf")
    read = PdfReader(io.BytesIO(clean), strict=True)
    assert [(page["/Rotate"], page["/MediaBox"][2]) for page in read.pages] == [(90, 200), (90, 200)]
    assert read.root_object["/OCProperties"]["/D"]["/ON"][0].get_object()["/Type"] == "/OCG"
    assert b"Secret" not in clean


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7\nnothing\nstartxref\n9\n%%EOF\n", "PDF 无法读取，请用“打印为 PDF”另存后再上传"),
        (pdf(pages=b"/Kids[]/Count 0"), "没有页面"),
        (pdf(pages=b"/Kids[2 0 R]/Count 1"), "无法读取"),
        (pdf(pages=b"/Kids[%s]/Count 1" % (b"3 0 R " * 2_001)), "过于复杂"),
        (pdf(page=b"/Resources" + b"<</A" * 100 + b" 0" + b">>" * 100), "过于复杂"),
        (pdf(page=b"/Resources" + b"[" * 5_000 + b"]" * 5_000), "打印为 PDF"),
    ],
)
def test_a_pdf_that_cannot_be_read_or_is_too_much_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(FileBroken, match=says):
        take(content, "a.pdf")


def test_a_pdf_of_very_many_objects_is_refused() -> None:
    numbers = range(5, 200_005)
    listed = b" ".join(b"%d 0 R" % number for number in numbers)
    with pytest.raises(FileBroken, match="PDF"):
        take(pdf(*[b"<<>>"] * len(numbers), page=b"/Resources[%s]" % listed), "a.pdf")


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import time; time.sleep(9)", FileBroken),
        ("import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1))\nwhile True: pass", FileBroken),
        ("raise MemoryError", FileBroken),
    ],
)
def test_reading_that_takes_too_much_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, error: type[FileRefused]
) -> None:
    script = tmp_path / "program.py"
    script.write_text(program, encoding="utf-8")
    monkeypatch.setattr(pdf_pages, "__file__", str(script))
    monkeypatch.setattr(pdf_cleaning, "_LONGEST_WAIT", 2)
    with pytest.raises(error, match="过于复杂"):
        take(PDF, "a.pdf")


def test_a_machine_without_room_for_the_work_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no process")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(StorageUnavailable):
        take(PDF, "a.pdf")
