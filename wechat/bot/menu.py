"""The account's menu: what a tap means is what a word means, so a button's key is the word itself."""

from typing import Any


def buttons(public_url: str, region: str) -> list[dict[str, Any]]:
    """For ``Platform.create_menu``: at most three, each with at most five below."""
    home = f"{public_url.rstrip('/')}/{region}"
    return [
        {"name": "绿色通道", "sub_button": [
            {"type": "view", "name": "服务目录", "url": f"{home}/"},
            {"type": "view", "name": "扫码服务", "url": f"{home}/scan"},
            {"type": "view", "name": "服务窗口", "url": f"{home}/windows"}]},
        {"type": "click", "name": "我的办件", "key": "我的办件"},
        {"name": "更多", "sub_button": [
            {"type": "click", "name": "待办", "key": "待办"},
            {"type": "click", "name": "绑定账号", "key": "绑定"},
            {"type": "click", "name": "帮助", "key": "帮助"}]},
    ]
