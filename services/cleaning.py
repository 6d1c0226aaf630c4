"""What is over is taken away: limits, codes, sessions, keys, callbacks. Cases, visits, history and audit are never touched here."""

from datetime import datetime, timedelta

from models.database import execute
from services import codes, export_writing, files, limits, talks
from services.cases import undoing

SESSIONS_KEPT = timedelta(days=30)
KEYS_KEPT = timedelta(days=2)
CALLBACKS_KEPT = timedelta(days=7)
LAST_WORDS_KEPT = timedelta(days=7)


async def clean(now: datetime) -> dict[str, int]:
    """Delete what nobody can use any more; how many rows of each. Harmless twice."""
    cleared = await files.clear(now)
    return {
        "limits": await limits.sweep(now),
        "codes": await codes.sweep(now),
        "sessions": await execute("DELETE FROM session WHERE ends_at < $1 OR ended_at < $1", now - SESSIONS_KEPT),
        "resets": await execute("DELETE FROM password_reset WHERE expires_at < $1", now - KEYS_KEPT),
        "keys": await execute("DELETE FROM idempotency_key WHERE made_at < $1", now - KEYS_KEPT),
        "callbacks": await execute("DELETE FROM callback_seen WHERE at < $1", now - CALLBACKS_KEPT),
        "wechat_receipts": await execute("DELETE FROM wechat_receipt WHERE at < $1", now - CALLBACKS_KEPT),
        "last_words": await execute("DELETE FROM notification WHERE dedupe_key LIKE 'account_closed:%' AND created_at < $1",
                                    now - LAST_WORDS_KEPT),
        "talks": await talks.sweep(now),
        "job_errors": await execute("DELETE FROM job_error WHERE at < $1", now - SESSIONS_KEPT),
        "undo": await undoing.sweep(now),
        "exports": await export_writing.clear(now),
        "files": cleared.removed,
        "orphans": cleared.orphans,
    }
