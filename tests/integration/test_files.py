"""Uploaded files from end to end: what is kept of them, where they lie, who sees them, and what is left when something stops half-way."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sanic import Blueprint, HTTPResponse, Request, Sanic, json

from app import create_app
from config import clock
from config.keys import keys
from config.settings import settings
from models.account import Account, AccountKind
from models.database import connection, execute, new_id, rows
from models.dossier import Dossier, seal_version
from models.file import File
from qr import fonts
from services import cleaning, files
from services.files import FileRefused, Subject, quarantine, shelf
from services.regions import Region
from tests import builders, foreign_files
from tests.conftest import WORKER, serving
from tests.foreign_files import a_pdf, a_photo_from_a_phone, a_picture
from tests.security.callers import Caller, alike, caller
from web import access, uploads
from web.context import actor, now, region

MIB = 1024 * 1024


async def a_file(here: Region, owner: Account, data: bytes | None = None, *, name: str = "学位证.jpg", field: str = "degree",
                 subject: Subject = Subject.ACCOUNT, subject_id: UUID | None = None) -> File:
    return await files.put(here, await builders.the_actor(owner), subject, subject_id or owner.id, field, name, data or a_picture(), clock.now())


async def a_dossier(owner: Account) -> Dossier:
    dossier = Dossier(region=owner.region, id=new_id(), account_id=owner.id, updated_at=clock.now()).put_draft({})
    await dossier.save(force_create=True)
    return dossier


async def submitted(dossier: Dossier, number: int = 1) -> None:
    """Freeze a version, and let the owner's booking stand for a case that was submitted with it."""
    await execute("INSERT INTO dossier_version (region, dossier_id, number, content_sealed, facts, made_at) VALUES ($1, $2, $3, $4, '{}', $5)",
                  dossier.region, dossier.id, number, seal_version({}, dossier.region, dossier.id, number), clock.now())
    case = await builders.a_booking(holder=await Account.find(dossier.region, dossier.account_id))
    await execute("UPDATE cases SET dossier_id = $3, dossier_number = $4 WHERE region = $1 AND id = $2", case.region, case.id, dossier.id, number)


async def audited(act: str) -> list[str]:
    return [one["actor_name"] for one in await rows("SELECT actor_name FROM audit WHERE act = $1 ORDER BY at", act)]


def on_disk() -> list[Path]:
    return [path for path in (settings().data / "files").rglob("*") if path.is_file()]


async def the_window_clerk() -> Account:
    """Of the window that a booking of the builders goes to."""
    return await builders.a_staff(organisation=await builders.an_organisation(), name="王经办")


# What is kept


@pytest.mark.req("T27")
async def test_a_photo_stands_upright_and_says_nothing_of_where_it_was_taken(region: Region) -> None:
    kept = await a_file(region, await builders.a_talent(), a_photo_from_a_phone(), name="IMG_0001.HEIC")
    data = await files.content(kept)
    image = Image.open(BytesIO(data))
    assert (image.size, kept.media_type, kept.name) == ((480, 640), "image/jpeg", "IMG_0001.jpg")
    assert image.getpixel((240, 10))[0] < 60 < image.getpixel((240, 600))[0]  # the bar of the left edge is at the top now
    assert not image.getexif() and "icc_profile" not in image.info and b"GPSCANARY" not in data and b"Exif" not in data


async def test_a_huge_scan_is_kept_as_large_as_print_needs(region: Region) -> None:
    kept = await a_file(region, await builders.a_talent(), a_picture("PNG", (7000, 5000)))
    assert max(Image.open(BytesIO(await files.content(kept))).size) == quarantine.LONG_SIDE


@pytest.mark.parametrize("options", [{"kind": "PNG", "mode": "RGBA"}, {"kind": "PNG", "mode": "P"}, {"kind": "PNG", "mode": "I;16"},
                                     {"kind": "PNG", "mode": "1"}, {"kind": "PNG", "mode": "LA"}, {"kind": "JPEG", "mode": "CMYK"},
                                     {"kind": "JPEG", "mode": "L"}, {"kind": "WEBP"}, {"kind": "WEBP", "mode": "RGBA"}], ids=str)
async def test_every_kind_of_image_that_people_have_is_taken(region: Region, options: dict[str, str]) -> None:
    kept = await a_file(region, await builders.a_talent(), a_picture(**options))
    image = Image.open(BytesIO(await files.content(kept)))
    assert image.size == (640, 480) and image.mode in ("RGB", "RGBA", "L") and kept.media_type in ("image/png", "image/jpeg")


async def test_a_pdf_stays_as_it_is_so_that_seals_on_it_stay_valid(region: Region) -> None:
    sent = a_pdf(pages=3)
    kept = await a_file(region, await builders.a_talent(), sent, name="学位证")
    assert (await files.content(kept), kept.pages, kept.media_type, kept.name) == (sent, 3, "application/pdf", "学位证.pdf")


async def test_the_same_file_sent_twice_is_one_file(region: Region) -> None:
    owner = await builders.a_talent()
    first, second = await asyncio.gather(a_file(region, owner), a_file(region, owner))
    other_field = await a_file(region, owner, field="photo")
    assert first.id == second.id != other_field.id
    assert {path.name for path in on_disk()} == {str(first.id), str(other_field.id)}


@pytest.mark.timeout(180)
async def test_of_many_uploads_at_once_a_field_takes_as_many_as_it_may(region: Region) -> None:
    owner = await builders.a_talent()
    who, at = await builders.the_actor(owner), clock.now()

    async def one(number: int) -> bool:
        with contextlib.suppress(FileRefused):
            await files.put(region, who, Subject.ACCOUNT, owner.id, "degree", "证", a_picture(size=(64 + number, 64)), at, most=3)
            return True
        return False

    assert sum(await asyncio.gather(*(one(number) for number in range(8)))) == 3
    assert len(await files.of_subject(region.code, Subject.ACCOUNT, owner.id)) == len(on_disk()) == 3


# At rest


@pytest.mark.req("T36")
async def test_nothing_of_a_file_can_be_read_where_it_lies(region: Region) -> None:
    kept = await a_file(region, await builders.a_talent(), a_pdf())
    lying = settings().data / "files" / kept.key
    assert b"%PDF" not in lying.read_bytes() and b"STSong" not in lying.read_bytes()
    assert lying.name == str(kept.id) and lying.stat().st_size > kept.size


@pytest.mark.parametrize("how", ["altered", "exchanged", "gone", "cut off"])
async def test_bytes_that_are_not_the_ones_that_were_sealed_are_not_shown(region: Region, how: str) -> None:
    owner = await builders.a_talent()
    kept, other = await a_file(region, owner), await a_file(region, owner, a_pdf())
    lying = settings().data / "files" / kept.key
    sealed = lying.read_bytes()
    match how:
        case "altered":
            lying.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        case "exchanged":
            lying.write_bytes((settings().data / "files" / other.key).read_bytes())
        case "cut off":
            lying.write_bytes(sealed[:9])
        case _:
            lying.unlink()
    with pytest.raises(files.Damaged):
        await files.content(kept)


def test_sealed_bytes_open_at_their_own_place_alone() -> None:
    sealed = keys().seal_bytes(b"\x00\xffbytes", "r", "file", "content", "1")
    assert keys().unseal_bytes(sealed, "r", "file", "content", "1") == b"\x00\xffbytes"
    with pytest.raises(ValueError, match="sealed value"):
        keys().unseal_bytes(sealed, "r", "file", "content", "2")


def test_the_quarantine_draws_with_the_fonts_of_all_printed_pages() -> None:
    assert fonts.FONTS == quarantine.FONTS


# What is left over


async def test_bytes_without_a_row_are_swept_and_those_under_way_are_left(region: Region) -> None:
    kept, later = await a_file(region, await builders.a_talent()), clock.now() + timedelta(hours=2)
    await shelf.put(shelf.key_for(region.code, new_id(), clock.now()), b"left behind")
    assert (await cleaning.clean(clock.now()))["orphans"] == 0
    assert (await cleaning.clean(later))["orphans"] == 1
    assert [path.name for path in on_disk()] == [str(kept.id)] and (await cleaning.clean(later))["orphans"] == 0


async def test_a_row_that_cannot_be_written_leaves_no_bytes(region: Region) -> None:
    owner = await builders.a_talent()
    who = await builders.the_actor(owner)
    await connection().execute_script("ALTER TABLE file ADD CONSTRAINT broken CHECK (field <> 'degree')")
    try:
        with pytest.raises(Exception, match="broken"):
            await files.put(region, who, Subject.ACCOUNT, owner.id, "degree", "证", a_picture(), clock.now())
    finally:
        await connection().execute_script("ALTER TABLE file DROP CONSTRAINT broken")
    assert on_disk() == [] and await audited("file.put") == []


async def test_a_store_that_is_full_refuses_kindly_and_leaves_no_row(region: Region) -> None:
    owner = await builders.a_talent()
    (settings().data / "files" / region.code).write_text("a file stands where the folder must be")
    try:
        with pytest.raises(files.ShelfAway):
            await a_file(region, owner)
    finally:
        (settings().data / "files" / region.code).unlink()
    assert await files.of_subject(region.code, Subject.ACCOUNT, owner.id) == []


async def test_what_was_taken_back_before_anybody_saw_it_is_destroyed_and_what_was_submitted_stays(region: Region) -> None:
    owner = (await Account.of(region.code, id=(await builders.a_card()).holder_id))[0]
    dossier, who = await a_dossier(owner), await builders.the_actor(owner)
    shown = await a_file(region, owner, a_pdf(), subject=Subject.DOSSIER, subject_id=dossier.id)
    await submitted(dossier)
    drafted = await a_file(region, owner, subject=Subject.DOSSIER, subject_id=dossier.id)
    for one in (shown, drafted):
        await files.remove(region, who, Subject.DOSSIER, dossier.id, one.id, clock.now())
    assert await files.of_subject(region.code, Subject.DOSSIER, dossier.id) == []
    assert (await cleaning.clean(clock.now() + timedelta(days=2)))["files"] == 1
    assert [path.name for path in on_disk()] == [str(shown.id)]
    clerk = await builders.the_actor(await the_window_clerk(), "desk")
    assert (await files.download(region, clerk, shown.id, clock.now())).data == a_pdf()  # she handles the case in which it was submitted


# Who sees them


async def seen_by(here: Region, account: Account, file: File) -> bool:
    return await files.may_read(here, await builders.the_actor(account, "desk"), await files.find(here, file.id))


@pytest.mark.req("T01")
async def test_a_dossiers_file_is_for_its_owner_and_whoever_handles_a_case_in_which_it_was_submitted(region: Region) -> None:
    owner = (await Account.of(region.code, id=(await builders.a_card()).holder_id))[0]
    clerk, elsewhere = await the_window_clerk(), await builders.a_staff(organisation="rongcheng_window", name="孙经办")
    dossier = await a_dossier(owner)
    file = await a_file(region, owner, subject=Subject.DOSSIER, subject_id=dossier.id)
    assert await seen_by(region, owner, file) and not await seen_by(region, clerk, file)  # a draft is the owner's alone
    await submitted(dossier)
    later = await a_file(region, owner, a_pdf(), subject=Subject.DOSSIER, subject_id=dossier.id)
    assert await seen_by(region, clerk, file) and not await seen_by(region, clerk, later)
    assert not await seen_by(region, elsewhere, file) and not await seen_by(region, await builders.a_talent(name="别人"), file)


@pytest.mark.req("T01")
async def test_a_rosters_scan_is_for_its_organisation_and_for_those_who_had_one_of_its_cases(region: Region) -> None:
    case, office = await builders.a_booking(), await builders.an_organisation("city_bureau")
    maker, clerk = await builders.a_staff(organisation=office, name="陈汇总"), await the_window_clerk()
    elsewhere, roster = await builders.a_staff(organisation="rongcheng_window"), new_id()
    await execute("INSERT INTO roster (region, id, number, matter, step, organisation_id, state, digest, made_by, made_at) "
                  "VALUES ($1, $2, 'R-1', 'card', 'first', $3, 'open', '', $4, $5)", region.code, roster, office.id, maker.id, clock.now())
    await execute("INSERT INTO roster_member (region, roster_id, case_id, position, case_version) VALUES ($1, $2, $3, 1, 1)",
                  region.code, roster, case.id)
    scan = await a_file(region, maker, a_pdf(), subject=Subject.ROSTER, subject_id=roster)
    assert await seen_by(region, maker, scan) and await seen_by(region, clerk, scan) and await seen_by(region, await builders.a_city_staff(), scan)
    assert not await seen_by(region, elsewhere, scan)
    assert not await seen_by(region, await Account.find(region.code, case.applicant_id), scan)


async def test_who_acted_for_an_organisation_and_left_sees_nothing_any_more(region: Region) -> None:
    clerk, case = await the_window_clerk(), await builders.a_booking()
    file = await a_file(region, clerk, subject=Subject.CASE, subject_id=case.id)
    assert await seen_by(region, clerk, file)
    await execute("UPDATE role_grant SET ended_at = $2 WHERE account_id = $1", clerk.id, clock.now())
    assert not await seen_by(region, clerk, file)


async def test_files_of_a_draft_become_those_of_its_case(region: Region) -> None:
    owner, draft = await builders.a_talent(), new_id()
    file = await a_file(region, owner, subject=Subject.DRAFT, subject_id=draft)
    case = await builders.a_booking(holder=await Account.find(region.code, (await builders.a_card(holder=owner)).holder_id))
    assert await files.hand_over(region, Subject.DRAFT, draft, Subject.CASE, case.id) == 1
    assert await seen_by(region, await the_window_clerk(), file)


# On their way out


async def opened(who: Caller, path: str) -> httpx.Response:
    return await who.ask("GET", path)


@pytest.mark.req("T26")
async def test_a_download_is_the_file_itself_and_no_browser_runs_it(client: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent(name="周敏")
    file = await a_file(region, owner, a_pdf(), name="../学位证\r\nX-Evil: 1\u202efdp.html")
    answer = await opened(await caller(client, region, owner), f"/{region.code}/files/{file.id}")
    assert answer.content == a_pdf() and answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    assert "sandbox" in answer.headers["content-security-policy"] and "x-evil" not in answer.headers
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment; filename=\"file.pdf\"; filename*=UTF-8''") and said.isascii() and said.endswith(".pdf")
    assert await audited("file.download") == ["周敏"]


async def test_every_page_is_shown_under_the_name_of_who_looks(client: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent()
    who = await caller(client, region, owner)
    paper, photo = await a_file(region, owner, a_pdf(pages=2)), await a_file(region, owner)
    plain = quarantine.draw(a_pdf(), "application/pdf", 1, " ")[1]
    pages = [await opened(who, f"/{region.code}/files/{paper.id}/pages/{number}") for number in (1, 2, 3, 0)]
    assert [page.status_code for page in pages] == [200, 200, 404, 404]
    assert pages[0].headers["content-type"] == "image/jpeg" and pages[0].headers["content-disposition"].startswith("inline")
    drawn, bare = (Image.open(BytesIO(data)).convert("L") for data in (pages[0].content, plain))
    assert drawn.size == bare.size == (1240, 1754)
    assert sum(drawn.histogram()[:110]) > 5_000  # the page's own words, in a font that it did not bring
    assert sum(drawn.histogram()[180:235]) > 20 * sum(bare.histogram()[180:235])  # and the faint ones over them
    assert (await opened(who, f"/{region.code}/files/{photo.id}/pages/1")).status_code == 200
    assert (await opened(who, f"/{region.code}/files/{photo.id}/pages/2")).status_code == 404
    assert len(await audited("file.view")) == 6


@pytest.mark.req("T01")
@pytest.mark.req("T02")
async def test_somebody_elses_file_is_answered_as_one_that_is_not_there(client: httpx.AsyncClient, region: Region) -> None:
    file, unknown = await a_file(region, await builders.a_talent()), new_id()
    for stranger in (await builders.a_talent(name="孙宁"), await builders.a_staff()):
        who = await caller(client, region, stranger)
        for place in ("files/{id}", "files/{id}/pages/1", "console/files/{id}", "console/files/{id}/pages/1"):
            theirs, nobodys = [await opened(who, f"/{region.code}/{place.format(id=id)}") for id in (file.id, unknown)]
            assert alike(theirs, file.id) == alike(nobodys, unknown) and theirs.status_code == 404
    assert await audited("file.view") == await audited("file.download") == []


async def test_nobody_is_led_to_the_login(client: httpx.AsyncClient, region: Region) -> None:
    answer = await (await caller(client, region)).ask("GET", f"/{region.code}/files/{new_id()}")
    assert answer.status_code == 303 and "login" in answer.headers["location"]


# On their way in

SENT = 21 * MIB


def taking() -> Blueprint:
    """A page of the tests' own that takes files, as the product's pages do."""
    page = Blueprint("taking")

    @page.post("/<region:str>/taking", ctx_permission="talent", ctx_body=SENT, stream=True)
    async def take(request: Request) -> HTTPResponse:
        who = actor(request)
        assert who.account_id is not None
        kept = [await files.put(region(request), who, Subject.ACCOUNT, who.account_id, one.field, one.name, one.data, now(request))
                for one in uploads.received(request)]
        return json({"files": [file.name for file in kept], "words": request.form.get("words")})

    return page


@asynccontextmanager
async def taking_product() -> AsyncIterator[str]:
    app = create_app(settings(), f"greenlane-taking-{WORKER}-{new_id().hex[:6]}")
    app.blueprint(taking())
    access.check_routes(app)
    async with serving(app) as address:
        yield address
    Sanic.unregister_app(app)


@pytest.fixture
async def taker(database: None) -> AsyncIterator[httpx.AsyncClient]:
    async with taking_product() as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield client


def headers_of(who: Account | None, token: str) -> dict[str, str]:
    from services import sessions

    return {"Cookie": f"gl_phone={token}", "X-CSRF-Token": Caller._csrf(sessions.hash_token(token)), "Accept": "application/json"}


async def said_to(taker: httpx.AsyncClient, region: Region, headers: dict[str, str], body: bytes, *, hang_up: bool = False) -> bytes:
    """What the product answers to the first bytes of a request, which no polite client would leave at that."""
    head = f"POST /{region.code}/taking HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in ({"Host": "x"} | headers).items()) + "\r\n"
    reader, writer = await asyncio.open_connection(taker.base_url.host, taker.base_url.port)
    writer.write(head.encode() + body)
    await writer.drain()
    answer = b"" if hang_up else await asyncio.wait_for(reader.readline(), 30)
    await asyncio.sleep(0.1)
    writer.transport.abort()
    return answer


async def test_files_and_fields_of_one_form_arrive_together(taker: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent()
    sent = [("degree", ("学位证.pdf", a_pdf(), "text/html")), ("degree", ("a.jpg", a_picture(), "image/jpeg")), ("photo", ("", b"", ""))]
    headers = headers_of(owner, await builders.a_session(owner))
    answer = await taker.post(f"/{region.code}/taking", files=sent, data={"words": "您好"}, headers=headers)
    assert answer.json() == {"files": ["学位证.pdf", "a.jpg"], "words": "您好"}
    assert {file.field for file in await files.of_subject(region.code, Subject.ACCOUNT, owner.id)} == {"degree"}


@pytest.mark.parametrize(("sent", "status", "code"), [
    (("a.jpg", b"<html><script>alert(1)</script></html>"), 415, "file_kind"),
    (("a.jpg", b"\xff\xd8\xff" + bytes(11 * MIB)), 413, "file_size"),
    (("a.jpg", b""), 400, "file_empty"),
])
async def test_what_is_wrong_with_a_file_stands_beside_its_field(
        taker: httpx.AsyncClient, region: Region, sent: tuple[str, bytes], status: int, code: str) -> None:
    owner = await builders.a_talent()
    answer = await taker.post(f"/{region.code}/taking", files={"degree": sent}, headers=headers_of(owner, await builders.a_session(owner)))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code) and error["context"]["fields"]["degree"].startswith("a.jpg：")
    assert on_disk() == []


@pytest.mark.parametrize(("content_type", "body", "status"), [
    ("application/json", b"{}", 415), ("application/x-www-form-urlencoded", b"a=1", 415),
    ("multipart/form-data", b"--x--", 400), ("multipart/form-data; boundary=x", b"nonsense", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 300 + b"--x--", 400),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"X-Y: z\r\n" * 100_000 + b"\r\n1\r\n--x--", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--x--", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + bytes(70_000) + b"\r\n--x--", 413),
])
async def test_a_body_that_is_no_form_with_files_is_refused(
        taker: httpx.AsyncClient, region: Region, content_type: str, body: bytes, status: int) -> None:
    owner = await builders.a_talent()
    headers = headers_of(owner, await builders.a_session(owner)) | {"Content-Type": content_type}
    assert (await taker.post(f"/{region.code}/taking", content=body, headers=headers)).status_code == status


async def test_what_is_too_much_is_refused_before_and_while_it_arrives(taker: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent()
    headers = headers_of(owner, await builders.a_session(owner)) | {"Content-Type": "multipart/form-data; boundary=x"}
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"
        while taken < 4 * SENT:
            taken += MIB
            yield bytes(MIB)

    with contextlib.suppress(httpx.WriteError, httpx.ReadError):  # the server has answered and gone
        assert (await taker.post(f"/{region.code}/taking", content=endless(), headers=headers)).status_code == 413
    assert taken < 3 * SENT
    assert (await said_to(taker, region, headers | {"Content-Length": str(SENT + 1)}, b"--x")).startswith(b"HTTP/1.1 413 ")


async def test_nobody_sends_a_large_body_without_being_let_in(taker: httpx.AsyncClient, region: Region) -> None:
    taken = 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < SENT:
            taken += MIB
            yield bytes(MIB)

    with contextlib.suppress(httpx.WriteError, httpx.ReadError):
        answer = await taker.post(f"/{region.code}/taking", content=large(), headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 303
    assert taken < SENT


async def test_a_form_that_did_not_come_from_a_page_of_ours_keeps_nothing(taker: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent()
    headers = headers_of(owner, await builders.a_session(owner)) | {"X-CSRF-Token": "wrong"}
    assert (await taker.post(f"/{region.code}/taking", files={"degree": ("a.jpg", a_picture())}, headers=headers)).status_code == 403
    assert on_disk() == []


@pytest.mark.timeout(180)
async def test_a_connection_that_drops_in_mid_upload_leaves_nothing(taker: httpx.AsyncClient, region: Region) -> None:
    owner = await builders.a_talent()
    said = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(5 * MIB)}
    said |= headers_of(owner, await builders.a_session(owner))
    body = b"--x\r\nContent-Disposition: form-data; name=degree; filename=a.jpg\r\n\r\n" + a_picture(size=(3000, 2000))
    for share in (0.1, 0.5, 1.0):
        await said_to(taker, region, said, body[:int(len(body) * share)], hang_up=True)
    await asyncio.sleep(0.3)
    assert on_disk() == [] and await files.of_subject(region.code, Subject.ACCOUNT, owner.id) == []
    answer = await taker.post(f"/{region.code}/taking", files={"degree": ("a.jpg", a_picture())},
                              headers=headers_of(owner, await builders.a_session(owner)))
    assert answer.status_code == 200


@pytest.fixture(autouse=True)
def an_empty_shelf() -> None:
    """Files of another test are none of this one's."""
    for folder in (settings().data / "files").glob("*"):
        shutil.rmtree(folder)


def test_builders_make_what_they_say() -> None:
    exif = Image.open(BytesIO(a_photo_from_a_phone())).getexif()
    assert exif.get_ifd(foreign_files.GPS) and exif[foreign_files.ORIENTATION] == 6 and AccountKind.TALENT
