"""What offices write, for tests: notices, entries of the lists of information, letters."""

from config import clock
from models.account import Account
from models.notice import Mail, Notice
from models.organisation import Organisation
from services import letters, notice_keeping, notices
from services.regions import Region
from tests.builders import the_actor

TITLE = "关于开展职称评审的通知"
BODY = "各有关单位：\n\n请于月底前申报。<b>不是标记</b>\n网址 https://rsj.example.gov.cn/a?b=1&c=2。"


async def a_notice(region: Region, author: Account, title: str = TITLE, *, category: str = notices.NOTICES, publish: bool = True,
                   pinned: bool = False) -> Notice:
    """Published unless it is to stay a draft; ``category``: a list of information instead."""
    said = notice_keeping.Written(title, BODY, pinned)
    return await notice_keeping.write(region, await the_actor(author), category, said, clock.now(), publish=publish)


async def a_letter(region: Region, author: Account, to: Organisation, subject: str = "报送名单") -> Mail:
    return await letters.send(region, await the_actor(author), letters.Written(subject, BODY, [to.id]), [], clock.now())
