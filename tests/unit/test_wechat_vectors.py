"""Every case of the reference vectors, the refusals included: what other programs sealed and signed, ours reads, and the reverse."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aliyunsdkcore.auth.composer import rpc_signature_composer

from sandbox.aliyun import rpc_signature
from sms.signed import signature
from wechat import codec, session_crypto
from wechat.platform import Platform, WechatSession

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "wechat_vectors.json").read_text())
CRYPTO = VECTORS["callback_crypto"]
OFFICIAL_KEY = VECTORS["official_safe_mode"]["encoding_aes_key"]


def at(timestamp: str | int) -> datetime:
    return datetime.fromtimestamp(int(timestamp), UTC)


def own_codec() -> codec.Codec:
    return codec.Codec(CRYPTO["token"], CRYPTO["encoding_aes_key"], CRYPTO["appid"])


def official_codec() -> codec.Codec:
    vector = VECTORS["official_safe_mode"]
    return codec.Codec(vector["token"], OFFICIAL_KEY, vector["appid"])


def query_of(case: dict[str, Any], token: str) -> dict[str, str]:
    if "post_query" in case:
        return dict(parse_qsl(case["post_query"]))
    return {"signature": codec.signature(token, case["timestamp"], case["nonce"]), "timestamp": case["timestamp"], "nonce": case["nonce"],
            "encrypt_type": "aes", "msg_signature": case["msg_signature"]}


def xml_envelope(sealed: str) -> bytes:
    return f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def test_s8_01_every_vector_of_the_file_is_named_in_a_test() -> None:
    source = Path(__file__).read_text()
    assert [name for name in VECTORS if not name.startswith("_") and f'"{name}"' not in source] == []


@pytest.mark.parametrize("name", ["official_url_verify", "url_verify"])
def test_registering_the_address_is_answered_with_the_echo_to_the_letter(name: str) -> None:
    vector = VECTORS[name]
    reader = codec.Codec(vector["token"], OFFICIAL_KEY, "wx1234567890abcdef")
    query = {key: vector[key] for key in ("signature", "timestamp", "nonce", "echostr")}

    assert reader.verify_url(query, at(vector["timestamp"])) == vector.get("expected_http_response_body", vector["echostr"])
    with pytest.raises(codec.CallbackForged):
        reader.verify_url(query | {"signature": vector["signature"][:-1] + "x"}, at(vector["timestamp"]))


def test_the_concatenation_is_sorted() -> None:
    vector = VECTORS["url_verify"]
    assert "".join(sorted((vector["token"], vector["timestamp"], vector["nonce"]))) == vector["sorted_concat"]


def test_plain_signature_equals_the_official_sample() -> None:
    vector = VECTORS["official_plain_mode"]
    assert codec.signature(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]


def test_the_official_safe_mode_request_opens() -> None:
    vector = VECTORS["official_safe_mode"]
    query = {"signature": vector["signature_url_param"], "msg_signature": vector["msg_signature"], "timestamp": vector["timestamp"],
             "nonce": vector["nonce"], "encrypt_type": "aes"}
    body = json.dumps({"ToUserName": "gh", "Encrypt": vector["encrypt_base64"]}).encode()

    message = official_codec().open(query, body, at(vector["timestamp"]))

    assert message.raw == json.loads(vector["plain_json"])
    assert (message.event, message.openid) == ("debug_demo", "o9AgO5Kd5ggOC-bXrbNODIiE3bGY")


def test_the_official_reply_is_sealed_byte_for_byte() -> None:
    vector = VECTORS["official_safe_mode_reply"]
    sealed = official_codec().encrypt(vector["plain_json"], vector["random16"].encode())
    assert sealed == vector["encrypt_base64"]
    assert codec.signature(vector["token"], vector["timestamp"], vector["nonce"], sealed) == vector["msg_signature"]


def test_the_key_and_its_start_as_vector_are_what_the_file_says() -> None:
    key = base64.b64decode(CRYPTO["encoding_aes_key"] + "=")
    assert (key.hex(), key[:16].hex()) == (CRYPTO["aes_key_hex"], CRYPTO["iv_hex"])


@pytest.mark.parametrize("case", CRYPTO["cases"], ids=lambda case: case["name"])
def test_a_callback_opens_to_its_message(case: dict[str, Any]) -> None:
    plain = case.get("plain_xml") or case["plain_json"]

    message = own_codec().open(query_of(case, CRYPTO["token"]), case["post_body"].encode(), at(case["timestamp"]))

    assert message == codec.incoming(codec.read_document(plain.encode()))
    assert len(plain.encode()) == case["plain_len_bytes"]


@pytest.mark.parametrize("case", CRYPTO["cases"], ids=lambda case: case["name"])
def test_sealing_gives_the_same_cipher_text_and_envelope(case: dict[str, Any]) -> None:
    sealed = own_codec().encrypt(case.get("plain_xml") or case["plain_json"], case["random16"].encode())
    assert sealed == case["encrypt_base64"]
    assert codec.signature(CRYPTO["token"], case["timestamp"], case["nonce"], sealed) == case["msg_signature"]
    if "reply_envelope" in case:
        assert codec.envelope(sealed, case["msg_signature"], case["timestamp"], case["nonce"]) == case["reply_envelope"]


def test_a_text_with_emoji_and_markup_arrives_whole() -> None:
    case = next(case for case in CRYPTO["cases"] if case["name"] == "text")
    message = own_codec().open(query_of(case, CRYPTO["token"]), case["post_body"].encode(), at(case["timestamp"]))
    parsed = case["wechatpy_parsed"]
    assert (message.kind, message.content, message.msg_id) == (parsed["type"], parsed["content"], str(parsed["id"]))


def test_a_subscription_by_qr_code_tells_its_scene() -> None:
    case = next(case for case in CRYPTO["cases"] if case["name"] == "subscribe_qrscene")
    message = own_codec().open(query_of(case, CRYPTO["token"]), case["post_body"].encode(), at(case["timestamp"]))
    assert (message.kind, message.event, message.scene) == ("event", "subscribe", case["wechatpy_parsed"]["scene_id"])


def test_a_json_push_tells_the_consents() -> None:
    case = next(case for case in CRYPTO["cases"] if case["name"] == "miniprogram_json_push")
    message = own_codec().open(query_of(case, CRYPTO["token"]), case["post_body"].encode(), at(case["timestamp"]))
    assert message.consents == [{"TemplateId": "TPL_1", "SubscribeStatusString": "accept", "PopupScene": "2"}]


@pytest.mark.parametrize("case", CRYPTO["negative"], ids=lambda case: case["name"])
def test_the_negative_cases_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(codec.CallbackForged) as refused:
        own_codec().open(query_of(case, CRYPTO["token"]), xml_envelope(case["encrypt_base64"]), at(case["timestamp"]))
    assert refused.value.status_code == 403


def test_a_sealed_phone_opens_for_its_own_app_only() -> None:
    vector = VECTORS["encrypted_phone"]
    now = at(vector["decrypted"]["watermark"]["timestamp"])

    opened = session_crypto.open_sealed(vector["encryptedData"], vector["iv"], vector["session_key"], vector["appid"], now)

    assert opened == vector["decrypted"] == json.loads(vector["plain"])
    assert vector["wrong_appid"]["must"] == "reject"
    with pytest.raises(session_crypto.SealedDataInvalid):
        session_crypto.open_sealed(vector["encryptedData"], vector["iv"], vector["session_key"], "wx0000000000000000", now)


def test_a_sealed_phone_opens_with_neither_a_replaced_key_nor_after_ten_minutes() -> None:
    vector = VECTORS["encrypted_phone"]
    made = vector["decrypted"]["watermark"]["timestamp"]
    other_key = base64.b64encode(bytes(range(16))).decode()
    own_key = vector["session_key"]
    for key, now in ((other_key, at(made)), (own_key, at(made + 601)), (own_key, at(made - 601)), ("?", at(made))):
        with pytest.raises(session_crypto.SealedDataInvalid):
            session_crypto.open_sealed(vector["encryptedData"], vector["iv"], key, vector["appid"], now)


def test_the_number_of_the_button_is_read_from_what_it_sealed() -> None:
    vector = VECTORS["encrypted_phone"]
    mini, session = Platform(vector["appid"], "secret"), WechatSession("o-x", None, vector["session_key"])
    now = at(vector["decrypted"]["watermark"]["timestamp"])
    assert mini.phone_of_sealed(vector["encryptedData"], vector["iv"], session, now) == vector["decrypted"]["purePhoneNumber"]
    with pytest.raises(session_crypto.SealedDataInvalid):
        Platform("wx0000000000000000", "secret").phone_of_sealed(vector["encryptedData"], vector["iv"], session, now)


def test_raw_data_is_believed_with_its_signature_only() -> None:
    vector = VECTORS["raw_data_signature"]
    assert session_crypto.raw_data_signed(vector["rawData"], vector["session_key"], vector["signature"])
    assert not session_crypto.raw_data_signed(vector["rawData"] + " ", vector["session_key"], vector["signature"])


def test_a_session_key_is_proved_by_its_hmac() -> None:
    vector = VECTORS["session_check_signature"]
    assert session_crypto.session_signature(vector["session_key"]) == vector["signature"]


def test_a_page_is_signed_as_in_the_official_sample_and_without_its_fragment() -> None:
    vector = VECTORS["jsapi_signature"]
    for url in (vector["url"], vector["url"] + "#top"):
        assert session_crypto.jsapi_signature(vector["jsapi_ticket"], vector["noncestr"], vector["timestamp"], url) == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["aliyun_rpc_signature"], ids=lambda vector: vector["method"])
def test_the_sms_signature_equals_the_published_one_in_the_sandbox_and_in_the_sdk(vector: dict[str, Any]) -> None:
    text = vector["string_to_sign"]
    assert rpc_signature_composer.__compose_string_to_sign(vector["method"], vector["params"]) == text
    assert rpc_signature_composer.__get_signature(text, vector["secret"]) == vector["signature"]
    assert rpc_signature(vector["method"], vector["params"], vector["secret"]) == vector["signature"]
    assert signature(vector["params"], vector["secret"], vector["method"]) == vector["signature"]


def test_a_request_recorded_from_the_sdk_is_signed_the_same_way() -> None:
    recorded = VECTORS["aliyun_sdk_recorded_request"]
    params = dict(parse_qsl(recorded["path"].partition("?")[2], keep_blank_values=True))
    given = params.pop("Signature")
    assert rpc_signature(recorded["method"], params, "testsecret") == given


def test_duplicates_are_known_by_person_and_message() -> None:
    keys = [entry["key"].replace("{appid}", "wx1") for entry in VECTORS["dedupe_keys"]]
    messages = [codec.incoming(codec.read_document(case["plain_xml"].encode())) for case in CRYPTO["cases"][:2]]
    assert [message.dedupe_key("wx1") for message in messages] == keys
