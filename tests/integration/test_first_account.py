"""The account that makes all others: the one thing that cannot be done at the desk."""

import asyncio
import sys
from pathlib import Path

import pytest

from models.account import Account, AccountKind, RoleGrant
from services import passwords
from tests.builders import REGION

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean(database: None) -> None:
    """Every test begins with the shipped region and no account."""


async def first_account(*changes: str) -> tuple[int, str, str]:
    """Code, output and errors of the command; later options win over earlier ones."""
    said = ("first-account", REGION, "zhangwei", "张伟", "19900001234", "--at", "weihai_hrss", "--role", "city_staff", *changes)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", *said, cwd=ROOT,
                                                   stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    output, errors = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode or 0, output.decode(), errors.decode()


async def test_it_may_manage_accounts_and_its_password_opens_it_once() -> None:
    code, output, _ = await first_account()
    account = await Account.of(REGION).get(login_name="zhangwei")
    password = output.strip().splitlines()[-1].split()[1]
    assert code == 0
    assert (account.kind, account.password_once) == (AccountKind.STAFF, True)
    assert await passwords.verify(account.password_hash, password)
    assert [grant.role for grant in await RoleGrant.of(REGION, account_id=account.id)] == ["city_staff"]


async def test_a_second_one_of_the_same_name_is_refused() -> None:
    await first_account()
    code, output, errors = await first_account()
    assert (code, output) == (1, "")
    assert "已经有账号" in errors


@pytest.mark.parametrize(("wrong", "said"), [(("--role", "clerk"), "one of city_staff"), (("--at", "nowhere"), "the code of an organisation")])
async def test_it_says_what_does_not_fit_and_makes_nothing(wrong: tuple[str, str], said: str) -> None:
    code, _, errors = await first_account(*wrong)
    assert code == 1 and said in errors
    assert await Account.of(REGION).count() == 0
