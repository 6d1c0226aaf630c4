"""One base for every refusal: a stable ``code``, a sentence for people, and what the client may know of it.

Faces never build error answers themselves: ``web.errors`` turns any :class:`Refusal` into the one JSON shape,
or into the page for people. ``context`` goes to the client; ``extra`` goes to the log only.
"""

from typing import Any, ClassVar

from sanic.exceptions import SanicException


class Refusal(SanicException):
    """这件事现在办不了，请稍后再试。"""

    status_code = 400
    code: ClassVar[str] = "refused"
    quiet = True

    def __init__(self, message: str | None = None, *, context: dict[str, Any] | None = None,
                 extra: dict[str, Any] | None = None) -> None:
        """``message`` defaults to the class docstring, which is written for people."""
        text = message or (type(self).__doc__ or "").strip()
        super().__init__(text, context=context or {}, extra=extra or {})
        self.text = text


class Invalid(Refusal):
    """有内容需要修改，请看标出的地方。"""

    status_code = 400
    code = "invalid"

    def __init__(self, fields: dict[str, str], message: str | None = None) -> None:
        """``fields``: name of the field as the form knows it → sentence that stands beside it."""
        super().__init__(message, context={"fields": fields})
        self.fields = fields


class NotLoggedIn(Refusal):
    """请先登录，登录后会回到刚才的页面。"""

    status_code = 401
    code = "not_logged_in"


class NotPermitted(Refusal):
    """您的账号没有办理这件事的权限。"""

    status_code = 403
    code = "not_permitted"


class NotFound(Refusal):
    """没有找到您要看的内容，可能已被撤下，或不属于您。"""

    status_code = 404
    code = "not_found"


class Conflict(Refusal):
    """内容刚刚有变化，请刷新后再看。"""

    status_code = 409
    code = "conflict"


class TooMany(Refusal):
    """操作太频繁了，请稍后再试。"""

    status_code = 429
    code = "too_many"

    def __init__(self, message: str | None = None, *, retry_after: int, extra: dict[str, Any] | None = None) -> None:
        """``retry_after``: seconds until it is worth another try."""
        super().__init__(message, context={"retry_after": retry_after}, extra=extra)
        self.headers = {"Retry-After": str(retry_after)}


class Unavailable(Refusal):
    """系统正在恢复，您填写的内容没有丢失，请过一会儿再试。"""

    status_code = 503
    code = "unavailable"
