"""注销账号: a person asks that her account be closed and what need not be kept be erased (个人信息保护法 第四十七条).

The request is a case of the one engine: the profile's matter whose end has the effect ``close_account``. Whoever asks proves who she is by a code to
her number. What is under way, and a card in force, stand in the way, when she asks and again when the office completes it.

What must be kept stays where it is: cases and their history, submitted versions of the dossier (sealed), visits, consents, the audit. Who she was is
sealed beside the account, and no page opens it. ``ERASED`` and ``KEPT`` name every table that points at an account; a test asks the database.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound
from config.routes import Matter
from config.vocabulary import Effect, NotificationKind
from models.account import Account
from models.case import Case
from models.database import execute, row, rows, transaction
from models.dossier import Dossier
from models.sealed import seal
from services import audit, codes, confirming, notifications
from services.actors import Actor
from services.cases import engine
from services.cases.engine import Outcome
from services.codes import Given, Purpose, Sender
from services.regions import Region
from services.verbs import verb

LONGEST_REASON = 200
#: What lists say of a person who left.
LEFT = "已注销用户"


class StandsInTheWay(Conflict):
    """现在还不能注销账号。"""

    code = "stands_in_the_way"


def matter_of(region: Region) -> Matter | None:
    """What a request for deletion is here, if the region has it."""
    return next((matter for matter in region.profile.matters.values() if matter.effect is Effect.CLOSE_ACCOUNT), None)


_OPEN = """
SELECT number, matter FROM cases
WHERE region = $1 AND (applicant_id = $2 OR about_id = $2) AND closed_at IS NULL AND id IS DISTINCT FROM $3 ORDER BY created_at LIMIT 20
"""


async def in_the_way(region: Region, account: UUID, besides: UUID | None = None) -> list[str]:
    """Sentences that say what must come to its end first; ``besides``: the request itself."""
    found = await rows(_OPEN, region.code, account, besides)
    internal = {matter.code for matter in region.profile.matters.values() if matter.is_internal}
    own, followed = [one["number"] for one in found if one["matter"] not in internal], [one for one in found if one["matter"] in internal]
    card = await row("SELECT number FROM card WHERE region = $1 AND holder_id = $2 AND state <> 'ended'", region.code, account)
    told = [f"还有 {len(own)} 件办件没有办结（{'、'.join(own)}），请等办结，或先撤回。"] if own else []
    told += ["有一条评价正在跟进处理，处理结束后可以办理。"] if followed else []
    return told + ([f"{region.profile.card.name}（{card['number']}）还有效，请先致电 {region.phone} 办理终止。"] if card else [])


async def asked(region: Region, actor: Actor) -> UUID | None:
    """Her request that is under way."""
    matter = matter_of(region)
    found = await row("SELECT id FROM cases WHERE region = $1 AND applicant_id = $2 AND matter = $3 AND closed_at IS NULL",
                      region.code, actor.account_id, matter.code) if matter else None
    return found["id"] if found else None


@verb
async def request_code(region: Region, actor: Actor, sender: Sender, now: datetime) -> UUID:
    """A code to her number, by which she says that it is she who asks; its challenge. Raises :class:`Conflict` without a number, and what
    :func:`confirming.require_settled` raises."""
    await confirming.require_settled(actor, now)
    return await codes.request(region, Purpose.CLOSE_ACCOUNT, await _number(actor), sender, now, to_known=False)


@verb
async def ask(region: Region, actor: Actor, reason: str, given: Given, now: datetime) -> Outcome:
    """The request itself. Raises :class:`NotFound` where the region has no such matter or the actor is no talent, :class:`StandsInTheWay`, also when
    it is asked for already, ``codes.CodeWrong``, :class:`Invalid`, and what :func:`confirming.require_settled` raises."""
    await confirming.require_settled(actor, now)
    matter = matter_of(region)
    if matter is None or not actor.is_talent or actor.account_id is None:
        raise NotFound
    if len(reason) > LONGEST_REASON:
        raise Invalid({"reason": f"请控制在 {LONGEST_REASON} 字以内。"})
    await _require_free(region, actor.account_id)
    await codes.use(region.code, Purpose.CLOSE_ACCOUNT, await _number(actor), given, now)
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, actor.account_id)
        await _require_free(region, actor.account_id)
        form = {"reason": reason} if reason and matter.field("reason") else {}
        outcome = await engine.start(region, actor, matter, form, subject=matter.name, now=now)
    await engine.announce(region, outcome)
    return outcome


async def _require_free(region: Region, account: UUID, besides: UUID | None = None) -> None:
    if told := await in_the_way(region, account, besides):
        raise StandsInTheWay(f"现在还不能注销账号：{''.join(told)}")


async def _number(actor: Actor) -> str:
    assert actor.account_id is not None, "only a person asks for herself"
    if (number := (await Account.find(actor.region, actor.account_id)).phone) is None:
        raise Conflict("您还没有登记手机号，请先在设置里登记，再申请注销。")
    return number


#: Table → what becomes of her rows; $1 the region, $2 the account, $3 now where it is asked for.
ERASED: Mapping[str, str] = {
    "session": "DELETE FROM session WHERE region = $1 AND account_id = $2",
    "password_reset": "DELETE FROM password_reset WHERE region = $1 AND account_id = $2",
    # Of her WeChat, before it is unbound: what she let it send her, and where she was in a chat.
    "subscription_credit": "DELETE FROM subscription_credit s USING wechat_binding b WHERE b.region = $1 AND b.account_id = $2 "
                           "AND (s.region, s.app_id, s.openid_index) = (b.region, b.app_id, b.openid_index)",
    "subscription_answer": "DELETE FROM subscription_answer s USING wechat_binding b WHERE b.region = $1 AND b.account_id = $2 "
                           "AND (s.region, s.app_id, s.openid_index) = (b.region, b.app_id, b.openid_index)",
    "talk": "DELETE FROM talk t USING wechat_binding b WHERE b.region = $1 AND b.account_id = $2 "
            "AND (t.region, t.app_id, t.openid_index) = (b.region, b.app_id, b.openid_index)",
    "wechat_binding": "DELETE FROM wechat_binding WHERE region = $1 AND account_id = $2",
    "draft": "DELETE FROM draft WHERE region = $1 AND account_id = $2",
    "idempotency_key": "DELETE FROM idempotency_key WHERE region = $1 AND account_id = $2",
    "notice_read": "DELETE FROM notice_read WHERE region = $1 AND account_id = $2",
    "sms_reply": "DELETE FROM sms_reply WHERE region = $1 AND account_id = $2",
    # That she was told stays, as a number; what she was told goes, and what waits is not sent any more.
    "notification": "UPDATE notification SET params_sealed = '', state = CASE WHEN state = 'pending' THEN 'dropped' ELSE state END, "
                    "settled_at = coalesce(settled_at, $3) WHERE region = $1 AND account_id = $2",
    # The stars count; her words are hers.
    "rating": "UPDATE rating SET words = '', words_sealed = NULL WHERE region = $1 AND rater_id = $2",
    # The worker destroys what is over, bytes and row: a file that was never submitted, a copy that she ordered.
    "export": "UPDATE export SET expires_at = $3 WHERE region = $1 AND owner_id = $2 AND state = 'done'",
    "file": "UPDATE file SET removed_at = CASE WHEN subject IN ('dossier', 'draft', 'account') THEN coalesce(removed_at, $3) ELSE removed_at END, "
            r"name = '附件' || coalesce(substring(name FROM '\.[A-Za-z0-9]{1,5}$'), '') WHERE region = $1 AND owner_id = $2",
    "binding": "UPDATE binding SET ended_at = $3 WHERE region = $1 AND talent_id = $2 AND ended_at IS NULL",
}
#: What stays as it is → the tables that point at an account for it. Of a dossier the draft is emptied; what was submitted belongs to the archive.
KEPT: Mapping[str, str] = {
    "办件档案": "cases case_event case_undo dossier roster",
    "发卡档案和服务结算依据": "card card_event visit day_pass",
    "同意的证明": "consent",
    "工作人员的职务、处理和工具": "role_grant role_to_come deputy reminder offline_check phrase saved_question chosen_columns "
                                 "chosen_shortcuts sms_block",
    "机构之间的信件和公告": "mail mail_to mail_read mail_away mail_draft notice",
}


async def close_account(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The effect: the account is closed, what need not be kept is erased, the rest is nobody's to find by her name or numbers.

    Raises :class:`StandsInTheWay`: then the office's act did not happen.
    """
    await _require_free(region, case.applicant_id, case.id)
    account = await Account.find(region.code, case.applicant_id)
    if (number := account.phone) is not None:  # the last word goes to the number that is erased here; ``services.cleaning`` takes it away
        params = {"subject": case.subject, "number": case.number, "organisation": region.scheme, "opinion": "账号已注销"}
        await notifications.tell(region, NotificationKind.CASE_COMPLETED, dedupe_key=f"account_closed:{account.id}", params=params, phone=number,
                                 subject_id=case.id, now=now)
    for sql in ERASED.values():
        await execute(sql, region.code, account.id, *([now] if "$3" in sql else []))
    await execute("DELETE FROM login_code WHERE region = $1 AND phone_index = ANY ($2::bytea[])", region.code, _indexes(account))
    await _empty_dossier(region, account.id, now)
    await execute(_CLOSE, region.code, account.id, LEFT, f"closed-{account.id}", _sealed(account, case))
    await audit.record(actor, "account.close", "account", account.id, {"case": case.number}, now)


_CLOSE = """
UPDATE account SET state = 'closed', name = $3, login_name = $4, closed_sealed = $5, password_hash = NULL, password_once = false, phone_sealed = NULL,
       phone_index = NULL, id_number_sealed = NULL, id_number_index = NULL, email_sealed = NULL, email_index = NULL, unit_id = NULL,
       version = version + 1
WHERE region = $1 AND id = $2
"""


def _sealed(account: Account, case: Case) -> bytes:
    """Who she was: for the time in which the law has cases kept."""
    who = {"name": account.name, "login_name": account.login_name, "phone": account.phone, "id_number": account.id_number, "case": case.number}
    return seal(who, account.region, "account", "closed", account.id)


def _indexes(account: Account) -> Sequence[Any]:
    return [bytes(index) for index in (account.phone_index, account.email_index) if index is not None]


async def _empty_dossier(region: Region, account: UUID, now: datetime) -> None:
    found = await row("SELECT * FROM dossier WHERE region = $1 AND account_id = $2", region.code, account)
    if found is not None:
        dossier = Dossier.read(found).put_draft({})
        await execute("UPDATE dossier SET draft_sealed = $3, standing = '', updated_at = $4, version = version + 1 WHERE region = $1 AND id = $2",
                      region.code, dossier.id, dossier.draft_sealed, now)
