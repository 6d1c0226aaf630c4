"""The desk's frame: its menu, its addresses, and the word that follows an act to the next page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field
from sanic import HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from config.vocabulary import Action, Permission
from services import bindings, deputies, export_approvers, exports, mailbox, organisations, replies, roster_lists, todo, units
from services.actors import Actor
from services.cases import undoing
from services.cases.deadlines import standing
from services.cases.undoing import Offer
from services.catalogue import EditedMeanwhile
from services.regions import Region
from services.todo import Counts
from web import pages
from web.bodies import Body
from web.context import actor, now, region
from web.live import MOST_TOPICS


@dataclass(frozen=True)
class Entry:
    """One line of the menu; shown to who has any of ``needs``, or to everybody, and where ``shown`` says so. ``{card}`` is the card's name."""

    path: str
    label: str
    icon: str
    needs: tuple[Permission, ...] = ()
    shown: Callable[[Region, Actor], bool] = lambda here, who: True


def _of_unit(here: Region, who: Actor) -> bool:
    return who.is_of_unit


def _binds(here: Region, who: Actor) -> bool:
    return who.is_of_unit and bool(bindings.specialist_roles(here))


def _cards(here: Region, who: Actor) -> bool:
    return here.profile.issues_cards or not here.profile.classes


def _classes_alone(here: Region, who: Actor) -> bool:
    return bool(here.profile.classes) and not here.profile.issues_cards


def _classes_too(here: Region, who: Actor) -> bool:
    return bool(here.profile.classes) and here.profile.issues_cards


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("工作台", (
        Entry("", "用户中心", "layout-dashboard"),
        Entry("todo", "待办事项", "inbox"),
        Entry("query", "综合查询", "search", (Permission.QUERY_OWN, Permission.QUERY_REGION), lambda here, who: who.is_staff),
        Entry("query", "申报信息查询", "search", (Permission.QUERY_OWN,), _of_unit),
        Entry("talents", "人才管理", "users", (Permission.QUERY_OWN, Permission.QUERY_REGION), lambda here, who: who.is_staff),
        Entry("rosters", "名单上报", "clipboard-list", shown=lambda here, who: bool(roster_lists.gatherings(here, who))),
        Entry("overdue", "超时督办", "alarm", (Permission.SUPERVISE,)),
        Entry("figures", "统计分析", "chart-bar", (Permission.SUPERVISE,)),
        Entry("mailbox", "平台邮箱", "mail"),
        Entry("notices", "通报公告", "speakerphone"),
        Entry("approvals", "导出审批", "clipboard-check", (Permission.APPROVE_EXPORTS,)),
        Entry("exports", "我的导出", "download", (Permission.QUERY_OWN, Permission.QUERY_REGION, Permission.QUERY_CARDS)),
        Entry("information", "信息栏目", "books", shown=lambda here, who: bool(here.profile.information)),
    )),
    ("本单位", (
        Entry("unit", "单位信息", "building", shown=_of_unit),
        Entry("people", "人员管理", "users", shown=_of_unit),
        Entry("bindings", "服务专员", "user-check", shown=_binds),
        Entry("colleagues", "单位用户", "id-badge", shown=units.keeps_people),
    )),
    ("人才服务", (
        Entry("cards", "{card}管理", "id", (Permission.QUERY_CARDS,), _cards),
        Entry("standings", "{card}管理", "award", (Permission.QUERY_CARDS,), _classes_alone),
        Entry("standings", "人才分类名单", "award", (Permission.QUERY_CARDS,), _classes_too),
        Entry("venues", "服务场所", "building", (Permission.MANAGE_VENUES,)),
        Entry("offline-checks", "离线核验", "wifi-off", (Permission.MANAGE_VENUES,)),
        Entry("benefits", "权益配置", "gift", (Permission.MANAGE_VENUES,)),
        Entry("windows", "服务窗口", "map-pin", (Permission.MANAGE_WINDOWS,)),
        Entry("catalogue", "服务目录", "list-check", (Permission.MANAGE_CATALOGUE,)),
    )),
    ("系统管理", (
        Entry("organisations", "机构管理", "building-bank", (Permission.MANAGE_ACCOUNTS,)),
        Entry("staff", "账号与角色", "users", (Permission.MANAGE_ACCOUNTS,)),
        Entry("flows", "办理流程", "arrows-exchange", (Permission.MANAGE_ACCOUNTS,)),
        Entry("calendar", "工作日历", "calendar", (Permission.MANAGE_ACCOUNTS,)),
        Entry("texts", "通知文字", "edit", (Permission.MANAGE_ACCOUNTS,)),
        Entry("messages", "短信记录", "message-circle", (Permission.SUPERVISE,)),
        Entry("replies", "短信回复", "message-circle", (Permission.HANDLE_CASES, Permission.SUPERVISE), lambda here, who: who.is_staff),
        Entry("audit", "操作日志", "history", (Permission.MANAGE_ACCOUNTS,)),
        Entry("deputies", "请假代办", "user-check"),
        Entry("phrases", "常用意见", "message-circle"),
        Entry("security", "安全中心", "lock"),
    )),
)

#: Entries whose number follows live: where an open page asks for it again, and the event of the stream that says so.
COUNTED = {"mailbox": ("unread", "mail"), "approvals": ("waiting", "approval"), "exports": ("unheard", "export")}

#: What somebody may use whose unit, or who herself, is not approved yet (BZ-04): where it stands, what everybody is told, and her own account.
BEFORE_APPROVAL = frozenset({"", "unit", "notices", "information", "security"})

#: What the next page says after an act: ``?done=`` carries the key, never the words.
DONE = {
    Action.APPROVE: "已办理，办件进入下一环节，申请人会收到通知。",
    Action.COMPLETE: "已办结，申请人会收到通知并可以评价。",
    "reviewed": "已审核通过，申请人会收到通知。",
    Action.RETURN: "已退回，申请人会收到您写的原因。",
    Action.REJECT: "已办结为不通过，申请人会收到通知。",
    Action.TRANSFER: "已转办，办件已出现在接收机构的待办里，申请人会收到通知。",
    Action.CLAIM: "已认领，由您办理。",
    Action.RELEASE: "已放回，本机构其他同事可以办理。",
    Action.SUPPLEMENT: "已补充到办理记录。",
    Action.REMIND: "已督办，承办机构会收到短信。",
    "list_kept": "已存为常用筛选，点名称就能再看。",
    "list_removed": "已删除这个常用筛选。",
    "shortcuts_kept": "已保存，用户中心照这个次序排列。",
    "phrase_kept": "已存为常用意见，写意见时点一下就填入。",
    "phrase_removed": "已删除。",
    "deputy_named": "已安排，到开始那天自动生效，到期自动结束。",
    "deputy_ended": "已结束，即刻生效。",
    Action.UNDO: "已撤销，办件回到原来的环节；那一步要发的短信不会发出。",
    "saved": "已保存，手机端即时生效。",
    "kept_at_once": "已保存，即刻生效。",
    "number_blocked": "已停发，即刻生效；点“恢复发送”可以恢复。",
    "number_lifted": "已恢复，下一条短信起照常发送。",
    "reply_seen": "已标为处理过。",
    "sent_as_sms": "已改发短信，几秒钟内发出（夜间等到早上）。",
    "day_said": "已登记，新的期限即刻按它计算，已经算好的期限在一分钟内改好。",
    "text_kept": "已保存，从下一条短信起用新的文字。",
    "text_back": "已恢复方案原文，从下一条短信起生效。",
    "text_tried": "已发到您的手机，一般几秒钟到。没有收到请看短信记录。",
    "office_made": "已新增机构。请接着为它新建账号，没有人的机构无人办理。",
    "venue_made": "已新增场所。请接着制作引导图，打印张贴后持卡人就能扫码使用。",
    "category_made": "已新增类别。里面有了上架的服务，手机上才显示这一类。",
    "service_made": "已新增服务，持卡人现在就能在手机上看到（下架的除外）。",
    "office_closed": "已撤销机构，不再有办件送到这里。",
    "office_open": "已恢复机构，办件重新送到这里。",
    "taken_back": "已撤销这项修改，内容恢复成修改以前的样子。",
    "suspended": "已停用，即刻生效。",
    "enabled": "已启用，即刻生效。",
    "roster_made": "名单已生成，请导出打印、盖章，再上传扫描件。",
    "roster_contact": "联系人已保存，会印在表上。",
    "roster_stamped": "二维码核对无误，扫描件已收下。请汇总提交。",
    "roster_submitted": "已汇总提交，名单上的申请已进入下一环节。",
    "roster_void": "名单已作废，名单上的人回到等待上报。",
    "roster_remade": "原名单已作废，其余的人已生成这份新名单，请重新导出盖章。",
    "card_renewed": "已续期，持卡人会收到短信。",
    "card_replaced": "已换发新卡号，旧卡号即刻终止，持卡人会收到短信。",
    "card_ended": "已终止，即刻生效，持卡人会收到短信。",
    "issued": "已制作新的引导图，请下载打印并张贴。",
    "revoked": "已停用这块引导图，扫描它的人会被告知。",
    "replaced": "旧引导图已停用，新的已制作，请下载打印并更换。",
    "renewed": "已更换场所链接，旧链接即刻失效，请把新链接交给场所。",
    "submitted": "已提交，审核有进展时会通知您。",
    "kept": "已保存。全部填好后，请提交审核。",
    "removed": "已删除这一条。",
    "bound": "已绑定，正在办理的材料随之转给这位服务专员。",
    Action.BIND: "已绑定服务专员，办件进入下一环节。",
    Action.CONFIRM_PAPER: "已确认收到纸质材料，可以继续审核。",
    Action.WITHDRAW: "已撤回。",
    "drafted": "已存为草稿，只有本机构能看到。",
    "published": "已发布，所有人都能看到。",
    "withdrawn": "已撤回，其他人不再看到。",
    "sent": "已发送，对方登录后在收件箱里看到。",
    "mail_away": "已移到“已删除”，只影响您自己，同事和对方仍能看到。",
    "mail_back": "已放回原来的信箱。",
    "mail_read": "已标为已读，发件单位不会因此显示为已打开。",
    "mail_none": "没有选择任何信，请先勾选。",
    "mail_kept": "已存为草稿，只有您自己能看到。",
    "mail_dropped": "草稿已删除。",
    "scheduled": "已定时，到时自动发布，在此之前只有能管理的人看到。",
    "question_kept": "已保存，下次点名称就能查。",
    "question_forgotten": "已删除这个查询。",
    "export_approved": "已批准，正在生成，只有申请人能下载。",
    "export_declined": "已退回，申请人会看到原因。",
    "granted": "已授予角色；即刻生效的，对方下一次操作起就有。",
    "ended": "已收回角色，即刻生效。",
    "details_kept": "已保存。换了手机号的，对方已退出登录，新旧两个号码都会收到短信。",
    "name": "姓名已修改。",
    "email": "邮箱已登记，其他设备已退出登录。",
    "phone": "手机号已更换，其他设备已退出登录。",
    "session": "已退出那台设备。",
    "everywhere": "其他设备均已退出登录。",
}


class Asked(Body):
    """Base of every query string of the desk."""

    done: str = ""
    undo: str = ""
    page: int = Field(1, ge=1, le=10_000)


def address(request: Request, path: str = "", **asked: Any) -> str:
    """``/{region}/console/{path}?…``, without what is empty."""
    given = {name: value for name, value in asked.items() if value not in (None, "", False)}
    return f"/{region(request).code}/console/{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")


def away(request: Request, path: str = "", **asked: Any) -> HTTPResponse:
    """Lead to another page after an act was done; ``done=`` is a key of :data:`DONE`."""
    return redirect(address(request, path, **asked), status=303)


async def page(request: Request, template: str, status: int = 200, *, block: str | None = None, **context: Any) -> HTTPResponse:
    """A page in the frame, or the ``block`` of it that htmx asks for.

    Templates have ``desk`` (the root of all addresses), ``due(moment, closed)`` → (light, words), ``may(permission)``, ``errors`` and ``typed``, and
    ``kept(name, value)``: what stands in a field of a form that edits a row, the row's value or what was typed over it (:func:`_keeper`).
    """
    if block is None or not pages.asks_for_part(request):
        request.ctx.nav = await menu(request)
        if words := DONE.get(str(request.args.get("done") or "")):
            request.ctx.flash = {"kind": "done", "text": words}
        if "undo" not in context:
            context["undo"] = await _just_done(request)
    seen = _seen(request, context.get("typed", {}), context.get("meanwhile", False))
    return pages.render(request, f"desk/{template}", status, block=block, **seen | context)


async def _just_done(request: Request) -> Offer | None:
    """What she may take back; ``?undo=`` names the case on which she has just acted."""
    found = ids(request.args.get("undo"))
    return await undoing.offer(region(request), actor(request), found[0], now(request)) if found else None


def _seen(request: Request, typed: dict[str, Any], meanwhile: bool) -> dict[str, Any]:
    here, moment = region(request), now(request)
    return {
        "desk": address(request).rstrip("/"), "errors": {}, "typed": typed,
        "mail_topics": lambda: mail_topics(request),
        "stands_in_for": deputies.names(actor(request)) if request.ctx.actor else [],
        "due": lambda at, closed=False: standing(here.profile, at, moment, closed=closed, by_day=True),
        "kept": _keeper(typed, meanwhile),
        "may": lambda name: actor(request).may(Permission(name), here.profile),
    }


class Typed(str):
    """What was typed over a value that somebody else changed in the meantime. ``stands``: what the row holds now, which the field says beside it."""

    stands: Any


class Ticked(list[Any]):
    """The same of several boxes."""

    stands: Any


def _keeper(typed: Mapping[str, Any], meanwhile: bool) -> Callable[[str, Any], Any]:
    """Of a form that was refused. ``meanwhile``: because of what somebody else did, which stands on the page now; whoever saves again has seen it."""
    def kept(name: str, value: Any) -> Any:
        if "seen" not in typed:
            return value
        if not meanwhile:
            return typed.get(name, "")
        return value if name == "seen" else _beside(typed.get(name, ""), "" if value is None else value)

    return kept


def _beside(given: Any, stands: Any) -> Any:
    if isinstance(stands, list):
        found: Typed | Ticked = Ticked([given] if isinstance(given, str) and given else given or [])
        same = {str(one) for one in found} == {str(one) for one in stands}
    else:
        found = Typed(given)
        same = bool(given) is stands if isinstance(stands, bool) else found.replace("\r\n", "\n") == str(stands)
    if not same:
        found.stands = stands
    return found


def told(refusal: Refusal, typed: dict[str, Any]) -> dict[str, Any]:
    """For a form that is shown again: what was typed, and what is wrong, beside its field or, when it has none, on top."""
    return {"errors": refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text}, "typed": typed,
            "meanwhile": isinstance(refusal, EditedMeanwhile)}


def level_options(request: Request) -> list[tuple[str, str]]:
    """The card's levels to choose from, best first."""
    return [(level.code, level.name) for level in region(request).profile.card.levels]


def role_options(request: Request) -> list[tuple[str, str]]:
    return [(code, role.name) for code, role in region(request).profile.roles.items()]


async def organisation_options(request: Request) -> list[tuple[UUID, str]]:
    return [(one.id, one.name) for one in await organisations.every(region(request))]


#: Of somebody who works for more offices, the pages follow so many live.
MOST_OFFICES = MOST_TOPICS // 2 - 2


def office_topics(request: Request) -> str:
    """What the lists of the actor's offices follow live (``web.live``)."""
    return ",".join(f"org:{organisation}" for organisation in actor(request).offices[:MOST_OFFICES])


def mail_topics(request: Request) -> str:
    """What every page that is live follows beside its own things: the number of unread letters in the menu."""
    who = actor(request)
    return ",".join([f"account:{who.account_id}", *(f"mail:{organisation}" for organisation in who.organisations[:MOST_OFFICES])])


def ids(given: Any) -> list[UUID]:
    """What of a field that was typed, one value or several, is an id."""
    several = given if isinstance(given, (list, tuple)) else [given] if given else []
    return [one for one in map(_as_id, several) if one]


def _as_id(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


async def counts(request: Request) -> Counts:
    """What waits for the one who is logged in, asked once for the menu and the page."""
    if not hasattr(request.ctx, "todo_counts"):
        request.ctx.todo_counts = await todo.counts(region(request), actor(request), now(request))
    return cast(Counts, request.ctx.todo_counts)


async def menu(request: Request) -> list[dict[str, Any]]:
    """The groups of the menu for the one who is logged in, with the counts of what waits for her."""
    who, here = actor(request), region(request)
    numbers = {"todo": (await counts(request)).all, "mailbox": await mailbox.unread(here, who), "replies": await replies.unseen(here, who),
               "approvals": await export_approvers.waiting(here, who), "exports": len(await exports.unheard(here, who))}
    return [{"title": title, "items": [_item(request, entry, here, numbers) for entry in entries]} for title, entries in await open_entries(request)]


async def open_entries(request: Request) -> list[tuple[str, list[Entry]]]:
    """The groups of the menu with what the reader may open; a group of nothing is none."""
    here, who = region(request), actor(request)
    approved = await units.is_approved(here, who)
    groups = [(title, [entry for entry in entries if may_open(who, entry, here) and (approved or entry.path in BEFORE_APPROVAL)])
              for title, entries in MENU]
    return [(title, entries) for title, entries in groups if entries]


def may_open(who: Actor, entry: Entry, here: Region) -> bool:
    return entry.shown(here, who) and (not entry.needs or any(who.may(permission, here.profile) for permission in entry.needs))


def _item(request: Request, entry: Entry, here: Region, counts: dict[str, int]) -> dict[str, Any]:
    at = request.path.removeprefix(address(request)).partition("/")[0]
    return {"href": address(request, entry.path), "label": entry.label.format(card=here.profile.card.name), "icon": entry.icon,
            "count": counts.get(entry.path, 0), "ask": address(request, f"{entry.path}/{COUNTED[entry.path][0]}") if entry.path in COUNTED else "",
            "on": COUNTED[entry.path][1] if entry.path in COUNTED else "",
            "current": at == entry.path or (at == "cases" and entry.path == "todo")}


def ways(request: Request, path: str, number: int, more: bool, asked: dict[str, Any]) -> dict[str, str | None]:
    """Addresses of the page before and the page after, for lists that nobody counts (``desk/ways.html``)."""
    return {"before": address(request, path, **asked, page=number - 1) if number > 1 else None,
            "after": address(request, path, **asked, page=number + 1) if more else None}


def pager(request: Request, path: str, number: int, size: int, total: int, asked: dict[str, Any]) -> dict[str, Any]:
    """For ``ui.pager``; the conditions stay in the addresses."""
    last = max(1, -(-total // size))
    return {"number": number, "pages": last, "total": total,
            "previous": address(request, path, **asked | {"page": number - 1}) if number > 1 else None,
            "next": address(request, path, **asked | {"page": number + 1}) if number < last else None}
