"""Password or login name changed, every session is over (GL-06): this one's cookie goes, and the login page says why it is shown."""

from sanic import HTTPResponse, Request, redirect

from web import sessions
from web.context import LOGIN, face, region

WORDS = {
    "password": "密码已修改，所有设备都已退出，请用新密码登录。",
    "login_name": "用户名已修改，所有设备都已退出，请用新用户名登录。",
    "reset": "新密码已设置，所有设备都已退出，请用新密码登录。",
}


def log_in_again(request: Request, why: str) -> HTTPResponse:
    """Lead to the login page of this face; ``why`` is a key of :data:`WORDS`."""
    there = f"{LOGIN[face(request)].format(region=region(request).code)}?way=password&again={why}"
    return sessions.drop_token(request, redirect(there, status=303))


def greeting(request: Request) -> str:
    """What the login page says to who was led to it so; to others nothing."""
    return WORDS.get(str(request.args.get("again") or ""), "")
