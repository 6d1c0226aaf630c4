"""``greenlane check``: what must hold of the whole database, whatever happened to it. It only reads, and all of it reads one moment; files apart.

Constraints and conditional updates keep these invariants (``docs/security.md``); this goes through the rows and says where one does not hold after
all: after a restore, after somebody's hand in the tables, after a defect. Every finding names its invariant, the region, the row, and what is wrong.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.keys import CannotOpen, keys
from models.database import rows, transaction
from services.files import shelf
from services.files.keeping import UNDER_WAY

#: A lease that ran out is taken up by the next settling, some seconds later; so late it is nobody's any more.
LEASE_GRACE = timedelta(minutes=10)
#: Sealed values that are opened of each column: the oldest, which the oldest keys sealed, and the newest.
SAMPLE = 500
#: How long one invariant may take on a large database; a page's statement may take ten seconds.
SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """One place where an invariant does not hold. ``where``: table and key."""

    invariant: str
    region: str
    where: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.region} {self.where}: {self.words}"


#: Invariant → a statement that gives region, place and words of every row that breaks it; ``$1``: now, less the grace of a lease.
INVARIANTS: dict[str, str] = {
    # R1
    "a slot's places are those of the cases that hold it": """
        SELECT s.region, 'slot ' || s.id AS place, format('%s taken of %s, held by %s cases', s.taken, s.capacity, count(c.id)) AS words
        FROM slot s LEFT JOIN cases c ON c.region = s.region AND c.slot_id = s.id
        GROUP BY s.region, s.id HAVING s.taken <> count(c.id) OR s.taken NOT BETWEEN 0 AND s.capacity""",
    "a case that ended without service holds no slot": """
        SELECT region, 'case ' || number AS place, state || ', but holds slot ' || slot_id AS words
        FROM cases WHERE slot_id IS NOT NULL AND state IN ('rejected', 'withdrawn')""",
    # R8: a visit that consumed a use knows how many were left
    "quota used is the number of admitted visits that were not undone": """
        WITH counted AS (
            SELECT v.region, v.card_id, v.category, extract(year FROM v.at AT TIME ZONE (p.document->>'zone'))::int AS year, count(*) AS visits
            FROM visit v JOIN region r ON r.code = v.region JOIN profile_version p ON p.region = r.code AND p.version = r.profile_version
            WHERE v.verdict = 'admitted' AND v.undone_at IS NULL AND v.quota_left IS NOT NULL GROUP BY 1, 2, 3, 4)
        SELECT region, format('card %s, %s %s', card_id, category, year) AS place, format('used %s, visits %s', coalesce(q.used, 0),
               coalesce(n.visits, 0)) AS words
        FROM quota_use q FULL JOIN counted n USING (region, card_id, category, year) WHERE coalesce(q.used, 0) <> coalesce(n.visits, 0)""",
    "a visit names a card of its holder, and a venue and a board of its region": """
        SELECT v.region, 'visit ' || v.id AS place, 'card, venue or board is somebody else''s or not there' AS words FROM visit v
        WHERE v.card_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM card c WHERE c.region = v.region AND c.id = v.card_id AND c.holder_id = v.holder_id)
           OR v.venue_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM venue p WHERE p.region = v.region AND p.id = v.venue_id)
           OR v.board_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM board b WHERE b.region = v.region AND b.id = v.board_id
                                                     AND b.venue_id = v.venue_id)""",
    "a replayed scan has one row": """
        SELECT region, format('visit of %s, nonce %s', holder_id, nonce) AS place, count(*) || ' rows' AS words
        FROM visit GROUP BY region, holder_id, nonce HAVING count(*) > 1""",
    # R2: a lost update would leave a gap, or an event without its version
    "a case's version counts its history, without gaps": """
        SELECT c.region, 'case ' || c.number AS place, format('version %s, %s events from %s to %s', c.version, count(e.seq), min(e.seq), max(e.seq))
               AS words
        FROM cases c LEFT JOIN case_event e ON e.region = c.region AND e.case_id = c.id
        GROUP BY c.region, c.id
        HAVING count(e.seq) <> c.version OR count(DISTINCT e.seq) <> c.version OR min(e.seq) IS DISTINCT FROM 1 OR max(e.seq) <> c.version""",
    "a case stands at the step that its last event led to": """
        SELECT c.region, 'case ' || c.number AS place, format('at %s, led to %s', c.step, e.to_step) AS words
        FROM cases c JOIN case_event e ON e.region = c.region AND e.case_id = c.id AND e.seq = c.version WHERE e.to_step IS DISTINCT FROM c.step""",
    "an open case is in the hands of an active organisation": """
        SELECT c.region, 'case ' || c.number AS place, coalesce('organisation ' || o.code || ' is ' || o.state, 'organisation is not there') AS words
        FROM cases c LEFT JOIN organisation o ON o.region = c.region AND o.id = c.handler_org
        WHERE c.closed_at IS NULL AND (o.id IS NULL OR o.state <> 'active' OR NOT c.handler_org = ANY (c.organisations))""",
    "a clock runs exactly while a case is handled": """
        SELECT region, 'case ' || number AS place, format('%s, due %s', state, coalesce(due_at::text, 'never')) AS words FROM cases
        WHERE (state = 'handling') <> (due_at IS NOT NULL) OR remind_at IS NOT NULL AND due_at IS NULL
           OR (state IN ('completed', 'rejected', 'withdrawn')) <> (closed_at IS NOT NULL)""",
    "an open case that needs a card is held exactly while its applicant's is suspended": """
        SELECT c.region, 'case ' || c.number AS place, format('%s, card %s', c.state, coalesce(k.state, 'none')) AS words
        FROM cases c JOIN profile_version p ON p.region = c.region AND p.version = c.profile_version
        LEFT JOIN card k ON k.region = c.region AND k.holder_id = c.applicant_id AND k.state <> 'ended'
        WHERE c.closed_at IS NULL AND (c.state = 'held') <> (k.state IS NOT DISTINCT FROM 'suspended'
              AND coalesce((p.document #> ARRAY['matters', c.matter, 'who', 'needs'])::jsonb ? 'active_card', false))""",
    # BZ-12
    "who stands on a roster waits at its step": """
        SELECT c.region, 'case ' || c.number AS place, format('roster %s is %s, the case at %s %s', r.number, r.state, c.step, c.state) AS words
        FROM roster_member m JOIN roster r ON (r.region, r.id) = (m.region, m.roster_id) JOIN cases c ON (c.region, c.id) = (m.region, m.case_id)
        WHERE m.live AND (r.state NOT IN ('open', 'stamped') OR c.step <> r.step OR c.state <> 'handling' OR c.handler_org <> r.organisation_id)""",
    "a holder has one card that is not ended": """
        SELECT region, 'account ' || holder_id AS place, count(*) || ' cards' AS words
        FROM card WHERE state <> 'ended' GROUP BY region, holder_id HAVING count(*) > 1""",
    # R6
    "a level of lateness is noted once for each person": """
        SELECT region, format('case %s, level %s, account %s', case_id, level, account_id) AS place, count(*) || ' reminders' AS words
        FROM reminder GROUP BY region, case_id, step_at, level, account_id HAVING count(*) > 1""",
    "the same thing is told once": """
        SELECT region, 'notification ' || dedupe_key AS place, count(*) || ' rows' AS words
        FROM notification GROUP BY region, dedupe_key HAVING count(*) > 1""",
    # R4
    "no message is stuck in sending": """
        SELECT region, 'notification ' || id AS place, 'leased until ' || coalesce(lease_until::text, 'ever') AS words
        FROM notification WHERE state = 'sending' AND (lease_until IS NULL OR lease_until < $1)""",
    "a service is rated once, by the one who was served": """
        SELECT r.region, 'rating ' || r.id AS place, 'rated twice, by somebody else, or before the end' AS words
        FROM rating r LEFT JOIN cases c ON c.region = r.region AND c.id = r.case_id LEFT JOIN visit v ON v.region = r.region AND v.id = r.visit_id
        WHERE coalesce(c.applicant_id, v.holder_id) IS DISTINCT FROM r.rater_id OR c.state <> 'completed' OR v.verdict <> 'admitted'
           OR EXISTS (SELECT 1 FROM rating o WHERE o.region = r.region AND o.id <> r.id AND (o.case_id = r.case_id OR o.visit_id = r.visit_id))""",
}

#: Sealed column → its table, its place as it was sealed, and how rows of it are read: the ends of the table, ``$1`` rows of each.
SEALED: dict[tuple[str, str], str] = {
    ("account", "phone"): """
        (SELECT region, id, phone_sealed AS token, phone_index AS index FROM account WHERE phone_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, phone_sealed, phone_index FROM account WHERE phone_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)""",
    ("account", "id_number"): """
        (SELECT region, id, id_number_sealed AS token, id_number_index AS index FROM account WHERE id_number_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, id_number_sealed, id_number_index FROM account WHERE id_number_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)""",
    ("wechat_binding", "openid"): """
        (SELECT region, id, openid_sealed AS token, NULL::bytea AS index FROM wechat_binding ORDER BY id LIMIT $1)
        UNION (SELECT region, id, openid_sealed, NULL FROM wechat_binding ORDER BY id DESC LIMIT $1)""",
    ("notification", "params"): """
        (SELECT region, id, params_sealed AS token, NULL::bytea AS index FROM notification ORDER BY region, id LIMIT $1)
        UNION (SELECT region, id, params_sealed, NULL FROM notification ORDER BY region DESC, id DESC LIMIT $1)""",
    ("notification", "recipient"): """
        (SELECT region, id, recipient_sealed AS token, NULL::bytea AS index FROM notification WHERE recipient_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, recipient_sealed, NULL FROM notification WHERE recipient_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)""",
    ("cases", "data"): """
        (SELECT region, id, data_sealed AS token, NULL::bytea AS index FROM cases WHERE data_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, data_sealed, NULL FROM cases WHERE data_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)""",
    ("case_event", "said"): """
        (SELECT region, case_id || ':' || seq AS id, said_sealed AS token, NULL::bytea AS index
         FROM case_event WHERE said_sealed IS NOT NULL ORDER BY case_id, seq LIMIT $1)
        UNION (SELECT region, case_id || ':' || seq, said_sealed, NULL
               FROM case_event WHERE said_sealed IS NOT NULL ORDER BY case_id DESC, seq DESC LIMIT $1)""",
    ("rating", "words"): """
        (SELECT region, id, words_sealed AS token, NULL::bytea AS index FROM rating WHERE words_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, words_sealed, NULL FROM rating WHERE words_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)""",
    **{(table, "reason"): f"""
        (SELECT region, id, reason_sealed AS token, NULL::bytea AS index FROM {table} WHERE reason_sealed IS NOT NULL ORDER BY id LIMIT $1)
        UNION (SELECT region, id, reason_sealed, NULL FROM {table} WHERE reason_sealed IS NOT NULL ORDER BY id DESC LIMIT $1)"""  # noqa: S608
       for table in ("card", "card_event", "visit", "audit")},
}
SEALED_OPENS = "a sealed value opens in its place, and is found by its index"


async def run(now: datetime) -> list[Finding]:
    """Everything that does not hold at this moment, in the order of :data:`INVARIANTS`; an empty list is good news."""
    async with transaction() as snapshot:
        await snapshot.execute_script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return await findings(now)


async def findings(now: datetime) -> list[Finding]:
    """As :func:`run`, in the caller's transaction."""
    found = [Finding(name, one["region"], one["place"], one["words"]) for name, sql in INVARIANTS.items()
             for one in await rows(sql, *([now - LEASE_GRACE] if "$1" in sql else []))]
    return found + [finding async for finding in _sealed()]


async def _sealed() -> AsyncIterator[Finding]:
    for (table, column), sql in SEALED.items():
        for one in await rows(sql, SAMPLE):
            if (words := _cannot_open(one["region"], table, column, str(one["id"]), bytes(one["token"]), one["index"])) is not None:
                yield Finding(SEALED_OPENS, one["region"], f"{table} {one['id']}", f"{column} {words}")


FILE_HAS_BYTES, BYTES_HAVE_FILE = "a file has its bytes", "bytes on the shelf belong to a file"
_KEYS = """
SELECT split_part(key, '/', 2) AS day, array_agg(key) AS keys FROM file
WHERE region = $1 AND NOT (removed_at IS NOT NULL AND held_at IS NOT NULL) GROUP BY 1
"""


async def of_files(now: datetime) -> list[Finding]:
    """The rows of files against what lies on the shelf, day by day. Each suspect is asked for once more: an upload, or a sweep, may be under way.

    Of a file that was found infected the row stays, and the bytes are gone.
    """
    return [finding for region in await rows("SELECT code FROM region ORDER BY code") async for finding in _files(region["code"], now)]


async def _files(region: str, now: datetime) -> AsyncIterator[Finding]:
    of_day = {one["day"]: set(one["keys"]) for one in await rows(_KEYS, region)}
    for day in sorted(of_day.keys() | await shelf.days_of(region)):
        known = of_day.get(day, set())
        lying = {one.key: one.since async for piece in shelf.of_day(region, day) for one in piece}
        for key in sorted(known - lying.keys()):
            if await rows("SELECT 1 FROM file WHERE key = $1", key) and not await shelf.has(key):
                yield Finding(FILE_HAS_BYTES, region, f"file {key}", "has none")
        for key in sorted(key for key in lying.keys() - known if lying[key] < now - UNDER_WAY):
            if not await rows("SELECT 1 FROM file WHERE key = $1", key) and await shelf.has(key):
                yield Finding(BYTES_HAVE_FILE, region, f"bytes {key}", "no row knows them")


def _cannot_open(region: str, table: str, column: str, id: str, token: bytes, index: bytes | None) -> str | None:
    """What is wrong with one sealed value; never the value."""
    try:
        value = keys().unseal(token, region, table, column, id)
    except (CannotOpen, IndexError, ValueError):  # of another place or key, cut short, or never sealed
        return "does not open with the key ring"
    if index is not None and bytes(index) != keys().blind_index(value, column):
        return "has an index that does not find it"
    return None
