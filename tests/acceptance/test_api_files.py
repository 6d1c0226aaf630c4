"""附件 from the mini program (WH-20, WH-51): one file a request, beside its field where it is refused, and read again by whoever may."""

import httpx
import pytest

from config.vocabulary import Action
from models.account import Account
from models.case import Case
from models.file import File
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api, logged_in
from tests.acceptance.test_api_bookings import a_holder, a_request, a_service
from tests.foreign_files import a_pdf, a_photo_from_a_phone

FIELD = "attachments"


async def a_booker(client: httpx.AsyncClient) -> Api:
    return await logged_in(client, await a_holder())


@pytest.mark.req("WH-51", "WH-61")
async def test_a_file_goes_along_with_a_booking_and_another_with_the_answer_to_its_return(client: httpx.AsyncClient, region: Region) -> None:
    mine, window = await a_booker(client), await builders.an_organisation("window")
    asked = await a_request(window)
    sent = await mine.upload(f"services/{asked['service']}/files", FIELD, "行程单.pdf", a_pdf())
    assert sent.status_code == 201, sent.text
    assert (sent.json()["name"], sent.json()["pages"]) == ("行程单.pdf", 2)
    booked = await mine.post("bookings", {**asked, "form": {**asked["form"], FIELD: [sent.json()["id"]]}})
    assert booked.status_code == 201, booked.text
    case = await builders.acted(await Case.find(region.code, booked.json()["id"]), Action.RETURN, "请补车票")
    more = await mine.upload(f"bookings/{case.id}/files", FIELD, "票.jpg", a_photo_from_a_phone())
    assert more.status_code == 201, more.text
    story = (await mine.get(f"bookings/{case.id}")).json()
    again = await mine.post(f"bookings/{case.id}/resubmit", {"seen": story["version"], "form": {**story["values"], FIELD: [more.json()["id"]]}})
    assert again.status_code == 200, again.text
    shown = next(one for one in (await mine.get(f"bookings/{case.id}")).json()["form"] if one["field"] == FIELD)
    assert [one["name"] for one in shown["files"]] == ["票.jpg"]
    staff = await logged_in(client, await builders.a_staff(organisation=window))
    there = next(one for one in (await staff.get(f"desk/cases/{case.id}")).json()["form"] if one["field"] == FIELD)
    read = await staff.get(f"files/{there['files'][0]['id']}")
    assert (read.status_code, read.headers["content-type"]) == (200, "image/jpeg")
    assert (await staff.get(f"files/{there['files'][0]['id']}/pages/1")).headers["content-type"] == "image/jpeg"
    assert (await (await a_booker(client)).get(f"files/{more.json()['id']}")).status_code == 404


@pytest.mark.req("WH-20")
async def test_proof_is_uploaded_for_a_row_which_then_names_it(client: httpx.AsyncClient, region: Region) -> None:
    mine = await logged_in(client, await builders.a_talent(region=region.code))
    section, field = next((section, field) for section in region.profile.sections_of("person") if section.repeats
                          for field in section.fields if field.type == "files" and not field.when)
    sent = await mine.upload(f"dossier/{section.section}/files", field.field, "证书.pdf", a_pdf())
    assert sent.status_code == 201, sent.text
    seen = (await mine.get(f"dossier/{section.section}")).json()["version"]
    saved = await mine.post(f"dossier/{section.section}/rows", {"seen": seen, "values": {field.field: [sent.json()["id"]]}})
    assert saved.status_code == 200, saved.text
    (row,) = (await mine.get(f"dossier/{section.section}")).json()["filled"]
    assert [one["name"] for one in row["files"][field.field]] == ["证书.pdf"]


@pytest.mark.req("T26")
@pytest.mark.parametrize(("name", "data", "status", "words"), [
    ("行程单.pdf", b"MZ no document", 415, "只能上传照片"), ("空.pdf", b"", 400, "空文件"), ("大.jpg", b"\xff\xd8" + bytes(10_500_000), 413, "10 MB"),
])
async def test_a_file_that_is_refused_stands_beside_the_field_that_it_was_for(client: httpx.AsyncClient, region: Region, name: str, data: bytes,
                                                                             status: int, words: str) -> None:
    mine, service = await a_booker(client), await a_service(slot_minutes__isnull=True)
    refused = await mine.upload(f"services/{service.id}/files", FIELD, name, data)
    assert refused.status_code == status, refused.text
    fields = refused.json()["error"]["context"]["fields"]
    assert set(fields) == {FIELD} and words in fields[FIELD] and name in fields[FIELD]
    assert not await File.of(region.code).exists()


async def test_a_field_that_takes_no_file_and_a_body_without_one_keep_nothing(client: httpx.AsyncClient, region: Region) -> None:
    mine, service = await a_booker(client), await a_service(slot_minutes__isnull=True)
    assert (await mine.upload(f"services/{service.id}/files", "need", "行程单.pdf", a_pdf())).status_code == 404
    bare = await client.post(f"/{region.code}/api/services/{service.id}/files", data={"field": FIELD}, files={"other": ("", b"")},
                             headers={"Authorization": f"Bearer {mine.token}"})
    assert bare.status_code == 400 and FIELD in bare.json()["error"]["context"]["fields"]
    assert (await Api(client, region.code).upload(f"services/{service.id}/files", FIELD, "行程单.pdf", a_pdf())).status_code == 401
    assert await Account.of(region.code).exists() and not await File.of(region.code).exists()
