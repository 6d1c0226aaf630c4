"""The terms 用户须知: whoever has not agreed to the version in force reads it first, and nothing else opens before.

At registration they stand under the form. Here are those who never saw that form, because their unit made the account (GL-07), and everybody
when the version changes. Staff of the offices agree to nothing: their accounts are given to them.
"""

from datetime import datetime

from config.errors import Invalid, NotPermitted
from config.forms import Terms
from models.account import AccountKind
from models.database import execute, transaction
from services import audit
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

AGREEING = frozenset({AccountKind.TALENT, AccountKind.UNIT})


class TermsOwed(NotPermitted):
    """请先阅读并同意用户须知，再继续办理。"""

    code = "terms_owed"


def owed(region: Region, actor: Actor) -> Terms | None:
    """What the actor must agree to before anything else."""
    terms = region.profile.terms
    return terms if terms is not None and actor.kind in AGREEING and actor.terms != terms.version else None


def require(region: Region, actor: Actor) -> None:
    """Raises :class:`TermsOwed`."""
    if (terms := owed(region, actor)) is not None:
        raise TermsOwed(f"请先阅读并同意《{terms.title}》，再继续办理。", context={"version": terms.version, "title": terms.title})


@verb
async def agree(region: Region, actor: Actor, version: str, now: datetime) -> None:
    """Keep the version and the moment, as registration does. ``version``: what stood on the page and was ticked.

    Raises :class:`Invalid` when that is not the version in force. Agreeing twice keeps the first moment.
    """
    terms = region.profile.terms
    if terms is None or version != terms.version:
        raise Invalid({"agreed": f"请阅读并同意《{terms.title}》。" if terms else "现在没有需要同意的须知。"})
    async with transaction():
        if await execute("UPDATE account SET terms_version = $3, terms_at = $4, version = version + 1 WHERE region = $1 AND id = $2 "
                         "AND terms_version <> $3", region.code, actor.account_id, terms.version, now):
            await audit.record(actor, "agree", "account", actor.account_id, {"terms": terms.version}, now)
