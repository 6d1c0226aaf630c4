"""The account's menu as its region's profile says it: what a tap means is what a word means, so a button's key is the word itself."""

from typing import Any

from config.menu import Button, Item
from config.profile import Profile


def buttons(public_url: str, profile: Profile, mini_app_id: str) -> list[dict[str, Any]]:
    """For ``Platform.create_menu``. ``mini_app_id``: of the mini program whose pages some buttons open."""
    home = f"{public_url.rstrip('/')}/{profile.code}/"
    return [_button(one, home, mini_app_id) for one in profile.menu]


def differences(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[str]:
    """Names of buttons that are otherwise at WeChat (``Platform.menu``) than they should be, elsewhere, missing or too many there; none: the menu
    stands."""
    there, ours = _flat(found), _flat(wanted)
    other = [name for name in dict.fromkeys((*ours, *there)) if there.get(name) != ours.get(name)]
    return other or [name for name, instead in zip(ours, there, strict=True) if name != instead]


def _button(one: Button | Item, home: str, mini_app_id: str) -> dict[str, Any]:
    name = one.name
    if isinstance(one, Button) and one.below:
        return {"name": name, "sub_button": [_button(item, home, mini_app_id) for item in one.below]}
    if one.says:
        return {"type": "click", "name": name, "key": one.says}
    if one.mini:
        return {"type": "miniprogram", "name": name, "url": home, "appid": mini_app_id, "pagepath": one.mini}
    return {"type": "view", "name": name, "url": home + one.opens.strip("/")}


def _flat(buttons: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By name, with those above and below: what each does."""
    found: dict[str, dict[str, Any]] = {}
    for one in buttons:
        below = one.get("sub_button") or []
        found[str(one.get("name"))] = {"below": [item.get("name") for item in below]} if below else \
            {key: one.get(key) for key in ("type", "key", "url", "appid", "pagepath") if one.get(key)}
        found |= _flat(below)
    return found
