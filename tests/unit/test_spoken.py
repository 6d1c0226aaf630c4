"""What the account says, as WeChat gets it (wechat/bot/spoken.py)."""

from wechat.bot.spoken import LONGEST_BYTES, leads, pieces

SITE = "https://rc.example.cn"


def test_marked_words_become_a_link_and_nothing_else_does() -> None:
    assert pieces(f"办件一\n{leads('在网页查看', f'{SITE}/here/cases/1?a=1&b=2')}。", SITE) == \
        [f'办件一\n<a href="{SITE}/here/cases/1?a=1&b=2">在网页查看</a>。']


def test_what_a_person_wrote_leads_nowhere() -> None:
    typed = '<a href="https://evil.example">领取补贴</a>'
    marked = leads("领取补贴", "https://evil.example/") + leads("也不行", f"{SITE}.evil.example/") + leads("引号", f'{SITE}/"x')
    said = "\n".join(pieces(f"意见：{typed}{marked}", f"{SITE}/"))
    assert "<" not in said
    assert not set(said) & {"\ue000", "\ue001", "\ue002"}
    assert "领取补贴" in said


def test_a_long_text_is_said_in_pieces_of_whole_lines() -> None:
    lines = [f"{number}. {'窗口名称' * 12}" for number in range(1, 40)] + [leads("查看全部窗口", f"{SITE}/{'x' * 300}")]
    said = pieces("\n".join(lines), SITE)
    assert len(said) > 2
    assert all(len(piece.encode()) <= LONGEST_BYTES for piece in said)
    assert "\n".join(said).splitlines()[:-1] == lines[:-1]
    assert said[-1].endswith("查看全部窗口</a>")


def test_a_line_that_no_message_holds_is_cut_between_signs() -> None:
    said = pieces("好" * 1500, SITE)
    assert "".join(said) == "好" * 1500
    assert [len(piece.encode()) <= LONGEST_BYTES for piece in said] == [True] * 3


def test_nothing_to_say_is_no_message() -> None:
    assert pieces("", SITE) == []
