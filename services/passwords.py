"""Passwords: argon2id in threads of their own, so that nobody else waits for a hash; an unknown account costs as much as a known one (T11, T13)."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import Invalid, TooMany
from config.settings import settings

SHORTEST, LONGEST_BYTES = 10, 128
MOST_WAITING = 64
_hasher = PasswordHasher()
_waiting = 0
T = TypeVar("T")


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings().argon_threads, thread_name_prefix="argon2")


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(24))


async def hash_password(password: str) -> str:
    """For the account's row. Raises :class:`Invalid` for one that is too short, too long or too plain."""
    if complaint := weakness(password):
        raise Invalid({"password": complaint})
    return await _in_thread(_hasher.hash, _normal(password))


def weakness(password: str) -> str:
    """A sentence on what is wrong with a new password, or nothing."""
    text = _normal(password)
    if len(text) < SHORTEST or len(set(text)) < 5:
        return f"密码至少 {SHORTEST} 位，请同时使用字母、数字或符号。"
    return f"密码最多 {LONGEST_BYTES} 个字节。" if len(text.encode()) > LONGEST_BYTES else ""


async def verify(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the stored one; without a stored one the same work is done, and the answer is no."""
    text = _normal(password)
    if len(text.encode()) > LONGEST_BYTES:
        return False
    right = await _in_thread(_matches, stored or await _in_thread(_nobodys_hash), text)
    return right and stored is not None


def _matches(stored: str, text: str) -> bool:
    try:
        return _hasher.verify(stored, text)
    except (VerificationError, InvalidHashError):
        return False


async def _in_thread(work: Callable[..., T], *args: object) -> T:
    global _waiting
    if _waiting >= MOST_WAITING:
        raise TooMany(retry_after=5, extra={"limit": "argon2 queue"})
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads(), work, *args)
    finally:
        _waiting -= 1


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
