"""What strangers may post at the callback, and what people may type: refused in order, or carried through unharmed (T17, T18)."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from wechat import codec

TOKEN, AES_KEY, APP_ID = "demo_token_2024", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA", "wx1234567890abcdef"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PLAIN = ("<xml><ToUserName>gh_1</ToUserName><FromUserName>oPERSON</FromUserName><CreateTime>1795397400</CreateTime>"
         "<MsgType>text</MsgType><Content>你好</Content><MsgId>1</MsgId></xml>")
OURS = codec.Codec(TOKEN, AES_KEY, APP_ID)

Posted = tuple[dict[str, str], bytes]


def posted(plain: str = PLAIN, *, app_id: str = APP_ID, at: datetime = NOW, sender: codec.Codec | None = None) -> Posted:
    """A callback as WeChat would post it: query and body."""
    sealed = (sender or codec.Codec(TOKEN, AES_KEY, app_id)).encrypt(plain, b"0123456789abcdef")
    return vouched(sealed, at), f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def vouched(sealed: str, at: datetime = NOW) -> dict[str, str]:
    timestamp, nonce = str(int(at.timestamp())), "nonce"
    return {"signature": codec.signature(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes",
            "msg_signature": codec.signature(TOKEN, timestamp, nonce, sealed)}


def test_a_callback_of_ours_opens() -> None:
    message = OURS.open(*posted(), NOW)
    assert (message.openid, message.kind, message.content, message.msg_id) == ("oPERSON", "text", "你好", "1")


@pytest.mark.parametrize("name", ["signature", "msg_signature"])
def test_a_wrong_signature_is_refused(name: str) -> None:
    query, body = posted()
    for forged in (query | {name: query[name][:-1] + "g"}, query | {name: ""}, {k: v for k, v in query.items() if k != name}):
        with pytest.raises(codec.CallbackForged):
            OURS.open(forged, body, NOW)


def test_a_signature_is_looked_at_before_anything_is_parsed() -> None:
    query, _ = posted()
    with pytest.raises(codec.CallbackForged):
        OURS.open(query | {"signature": "0" * 40}, b"<not xml", NOW)


def test_a_body_altered_on_its_way_is_refused() -> None:
    query, body = posted()
    with pytest.raises(codec.CallbackForged):
        OURS.open(query, body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA"), NOW)


def test_a_timestamp_may_be_five_minutes_off_and_no_more() -> None:
    OURS.open(*posted(at=NOW - timedelta(seconds=300)), NOW)
    OURS.open(*posted(at=NOW + timedelta(seconds=300)), NOW)
    for stale in (NOW - timedelta(seconds=301), NOW + timedelta(seconds=301), NOW - timedelta(hours=1), NOW + timedelta(hours=1)):
        with pytest.raises(codec.CallbackStale) as refused:
            OURS.open(*posted(at=stale), NOW)
        assert refused.value.status_code == 403


def test_a_callback_of_another_account_is_refused() -> None:
    with pytest.raises(codec.CallbackForged):
        OURS.open(*posted(app_id="wxffffffffffffffff"), NOW)


def test_nobody_talks_us_down_to_clear_text() -> None:
    query, _ = posted()
    for encrypt_type in ("", "raw"):
        with pytest.raises(codec.CallbackForged):
            OURS.open(query | {"encrypt_type": encrypt_type}, PLAIN.encode(), NOW)


@pytest.mark.parametrize("prologue", [
    '<!DOCTYPE xml [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    "<!DOCTYPE xml>",
])
def test_a_document_type_is_refused_outside_and_inside_and_at_once(prologue: str) -> None:
    hostile = prologue + PLAIN.replace("你好", "&e;" if "ENTITY" in prologue else "x")
    query, body = posted(hostile)
    began = time.perf_counter()
    for attempt in ((query, body), (query, prologue.encode() + body)):
        with pytest.raises(codec.CallbackRefused):
            OURS.open(*attempt, NOW)
    assert time.perf_counter() - began < 1


def test_an_oversized_body_is_refused_before_it_is_read() -> None:
    query, _ = posted()
    with pytest.raises(codec.CallbackTooLarge) as refused:
        OURS.open(query, b"<xml>" + b"a" * codec.MAX_BYTES, NOW)
    assert refused.value.status_code == 413


def test_deep_nesting_is_refused() -> None:
    for hostile in (b"<a>" * 9000, b"<a>" * 9000 + b"</a>" * 9000, b'{"a":' * 9000 + b"1" + b"}" * 9000):
        with pytest.raises(codec.CallbackRefused):
            codec.read_document(hostile)


@pytest.mark.parametrize("plain", ["", "{}", "[]", "<xml/>", "<xml>text</xml>", "<xml><FromUserName>o</FromUserName></xml>", "null",
                                   PLAIN.replace("1795397400", "yesterday"), '<?xml version="1.0" encoding="nobody-knows"?><xml/>'])
def test_what_is_sealed_but_no_message_is_refused(plain: str) -> None:
    with pytest.raises(codec.CallbackRefused):
        OURS.open(*posted(plain), NOW)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_our_own_words(body: bytes) -> None:
    query = vouched(str(_encrypt_of(body)))
    with pytest.raises(codec.CallbackRefused):
        OURS.open(query, body, NOW)


def _encrypt_of(body: bytes) -> object:
    try:
        return codec.read_document(body).get("Encrypt", "")
    except codec.CallbackRefused:
        return ""


@given(st.text(max_size=200))
def test_any_sealed_text_is_refused_in_our_own_words(sealed: str) -> None:
    body = json.dumps({"Encrypt": sealed}).encode()
    with pytest.raises(codec.CallbackRefused):
        OURS.open(vouched(sealed), body, NOW)


@given(st.binary(min_size=16, max_size=160).filter(lambda plain: len(plain) % 16 == 0))
def test_any_padding_and_length_inside_is_refused_in_our_own_words(plain: bytes) -> None:
    import base64

    encryptor = OURS._cipher().encryptor()
    with pytest.raises(codec.CallbackRefused):
        OURS.decrypt(base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode())


@given(st.text(max_size=300))
def test_what_we_seal_another_program_opens(text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = "x"
    sealed = OURS.encrypt(text or "x", b"0123456789abcdef")
    timestamp, nonce = "1", "n"
    other = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    opened = other.decrypt_message({"Encrypt": sealed}, codec.signature(TOKEN, timestamp, nonce, sealed), timestamp, nonce)
    assert opened == (text or "x")


@pytest.mark.parametrize("typed", ["a]]>b", "]]>", "]]]]>>", "<b>&amp;</b>", "一\n二\t三", "🎫", "]]><Content><![CDATA[injected"])
def test_s8_06_a_reply_reads_back_as_one_text(typed: str) -> None:
    to = OURS.open(*posted(), NOW)
    rendered = codec.text_reply(to, typed, NOW)
    reply = codec.read_document(rendered.encode())
    assert reply["Content"] == typed
    assert (reply["ToUserName"], reply["FromUserName"]) == ("oPERSON", "gh_1")
    assert parse_message(rendered).content == typed


def test_s8_06_control_characters_leave_a_reply_before_it_is_rendered() -> None:
    to = OURS.open(*posted(), NOW)
    reply = codec.read_document(codec.text_reply(to, "a\x00b\x0bc\x1bd\ud800e\ufffef\tg", NOW).encode())
    assert reply["Content"] == "abcdef\tg"


def test_a_sealed_reply_carries_its_own_signature() -> None:
    envelope = codec.read_document(OURS.seal("<xml><a>1</a></xml>", NOW).encode())
    assert envelope["MsgSignature"] == codec.signature(TOKEN, envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
    assert OURS.decrypt(envelope["Encrypt"]) == b"<xml><a>1</a></xml>"
    assert OURS.seal("x", NOW) != OURS.seal("x", NOW)


def test_two_people_with_one_message_id_are_two() -> None:
    first, second = (OURS.open(*posted(PLAIN.replace("oPERSON", who)), NOW) for who in ("oA", "oB"))
    assert first.dedupe_key(APP_ID) != second.dedupe_key(APP_ID)


def test_two_events_in_one_second_are_two() -> None:
    event = ("<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
             "<Event>CLICK</Event><EventKey>{key}</EventKey></xml>")
    keys = {codec.incoming(codec.read_document(event.format(key=key).encode())).dedupe_key(APP_ID) for key in ("A", "B")}
    assert keys == {f"wx:dup:{APP_ID}:o:1:click:A", f"wx:dup:{APP_ID}:o:1:click:B"}


def test_a_scan_by_a_follower_and_a_subscription_by_code_tell_the_same_scene() -> None:
    event = ("<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
             "<Event>{event}</Event><EventKey>{key}</EventKey></xml>")
    for name, key in (("SCAN", "e42"), ("subscribe", "qrscene_e42")):
        assert codec.incoming(codec.read_document(event.format(event=name, key=key).encode())).scene == "e42"


@pytest.mark.parametrize("entries", ["<List><TemplateId>A</TemplateId></List>", "<List><TemplateId>A</TemplateId></List>" * 2])
def test_one_consent_and_several_have_one_shape(entries: str) -> None:
    plain = ("<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
             f"<Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>{entries}</SubscribeMsgPopupEvent></xml>")
    message = codec.incoming(codec.read_document(plain.encode()))
    assert [entry["TemplateId"] for entry in message.consents] == ["A"] * entries.count("<List>")


def test_neither_person_nor_words_stand_in_a_log() -> None:
    shown = repr(OURS.open(*posted(), NOW))
    assert "oPERSON" not in shown
    assert "你好" not in shown


def test_a_short_key_is_no_key() -> None:
    with pytest.raises(ValueError, match="43 characters"):
        codec.Codec(TOKEN, "QUJD" * 8 + "QUI", APP_ID)
