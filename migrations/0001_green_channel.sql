-- The green channel: regions and their profiles, organisations, accounts, cards, catalogue, venues, cases, notifications.
-- The region comes first in every key, and foreign keys carry it along: a row can never point into another region (T02).
-- Constraints here are the guarantees of docs/security.md and promises R1, R2, R8, R10; Python only gives their violations a name.

CREATE TABLE region (
    code            text PRIMARY KEY,
    name            text NOT NULL,
    profile_version integer NOT NULL,
    loaded_at       timestamptz NOT NULL
);

CREATE TABLE profile_version (
    region    text NOT NULL,
    version   integer NOT NULL,
    digest    bytea NOT NULL,
    document  jsonb NOT NULL,
    loaded_at timestamptz NOT NULL,
    PRIMARY KEY (region, version),
    UNIQUE (region, digest)
);

CREATE TABLE organisation (
    region       text NOT NULL REFERENCES region,
    id           uuid NOT NULL,
    code         text NOT NULL,
    name         text NOT NULL,
    kind         text NOT NULL,
    parent_id    uuid,
    district     text,
    contact      text NOT NULL DEFAULT '',
    phone        text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT '',
    latitude     double precision,
    longitude    double precision,
    in_charge_of text[] NOT NULL DEFAULT '{}',
    state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, code),
    FOREIGN KEY (region, parent_id) REFERENCES organisation (region, id)
);
CREATE INDEX organisation_district ON organisation (region, kind, district);

CREATE TABLE account (
    region           text NOT NULL REFERENCES region,
    id               uuid NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('talent', 'unit', 'staff')),
    name             text NOT NULL,
    login_name       text NOT NULL,
    password_hash    text,
    phone_sealed     bytea,
    phone_index      bytea,
    id_number_sealed bytea,
    id_number_index  bytea,
    state            text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'closed')),
    created_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, login_name)
);
CREATE UNIQUE INDEX account_phone ON account (region, phone_index) WHERE phone_index IS NOT NULL;
CREATE UNIQUE INDEX account_id_number ON account (region, id_number_index) WHERE id_number_index IS NOT NULL;

CREATE TABLE role_grant (
    region          text NOT NULL,
    id              uuid NOT NULL,
    account_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    role            text NOT NULL,
    granted_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id)
);
CREATE UNIQUE INDEX role_grant_once ON role_grant (region, account_id, organisation_id, role) WHERE ended_at IS NULL;
CREATE INDEX role_grant_holders ON role_grant (region, organisation_id, role) WHERE ended_at IS NULL;

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    region     text NOT NULL,
    account_id uuid NOT NULL,
    channel    text NOT NULL CHECK (channel IN ('phone', 'desk', 'mini')),
    begun_at   timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    ended_at   timestamptz,
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE INDEX session_account ON session (region, account_id) WHERE ended_at IS NULL;
CREATE INDEX session_ends ON session (ends_at);

CREATE TABLE login_code (
    region      text NOT NULL REFERENCES region,
    id          uuid NOT NULL,
    purpose     text NOT NULL,
    phone_index bytea NOT NULL,
    code_mac    bytea NOT NULL,
    tries       smallint NOT NULL DEFAULT 0 CHECK (tries <= 5),
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX login_code_live ON login_code (region, phone_index, purpose) WHERE used_at IS NULL;

-- One row a bucket: a window opens with the first use. The bucket is a keyed hash, never a number or an address.
CREATE TABLE limit_use (
    bucket  bytea PRIMARY KEY,
    until   timestamptz NOT NULL,
    used    integer NOT NULL
);
CREATE INDEX limit_use_until ON limit_use (until);

CREATE TABLE wechat_binding (
    region        text NOT NULL,
    id            uuid NOT NULL,
    account_id    uuid NOT NULL,
    app_id        text NOT NULL,
    openid_sealed bytea NOT NULL,
    openid_index  bytea NOT NULL,
    bound_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE UNIQUE INDEX wechat_binding_once ON wechat_binding (region, app_id, openid_index) WHERE ended_at IS NULL;
CREATE INDEX wechat_binding_account ON wechat_binding (region, account_id) WHERE ended_at IS NULL;

CREATE TABLE card (
    region       text NOT NULL,
    id           uuid NOT NULL,
    number       text NOT NULL,
    holder_id    uuid NOT NULL,
    level        text NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'suspended', 'ended')),
    issued_on    date NOT NULL,
    valid_until  date NOT NULL,
    state_reason text NOT NULL DEFAULT '',
    state_at     timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, number),
    FOREIGN KEY (region, holder_id) REFERENCES account (region, id)
);
CREATE UNIQUE INDEX card_one_a_holder ON card (region, holder_id) WHERE state <> 'ended';

CREATE TABLE card_event (
    region   text NOT NULL,
    id       uuid NOT NULL,
    card_id  uuid NOT NULL,
    act      text NOT NULL CHECK (act IN ('issue', 'suspend', 'enable', 'end')),
    actor_id uuid,
    reason   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, card_id) REFERENCES card (region, id)
);
CREATE INDEX card_event_story ON card_event (region, card_id, at);

CREATE TABLE category (
    region   text NOT NULL REFERENCES region,
    id       uuid NOT NULL,
    code     text NOT NULL,
    name     text NOT NULL,
    icon     text NOT NULL DEFAULT 'star',
    position integer NOT NULL DEFAULT 0,
    state    text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'withdrawn')),
    version  integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, code)
);

CREATE TABLE service (
    region          text NOT NULL,
    id              uuid NOT NULL,
    code            text NOT NULL,
    category_id     uuid NOT NULL,
    position        integer NOT NULL DEFAULT 0,
    name            text NOT NULL,
    icon            text NOT NULL DEFAULT 'star',
    summary         text NOT NULL,
    for_whom        text NOT NULL DEFAULT '',
    guide           text NOT NULL,
    materials       text[] NOT NULL DEFAULT '{}',
    takes           text NOT NULL DEFAULT '',
    levels          text[] NOT NULL DEFAULT '{}',
    bookable        boolean NOT NULL DEFAULT true,
    every_window    boolean NOT NULL DEFAULT true,
    slot_minutes    integer,
    slot_capacity   integer,
    slot_days_ahead integer,
    state           text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'withdrawn')),
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, code),
    FOREIGN KEY (region, category_id) REFERENCES category (region, id),
    CONSTRAINT service_slots_whole CHECK (num_nulls(slot_minutes, slot_capacity, slot_days_ahead) IN (0, 3))
);

CREATE TABLE service_window (
    region          text NOT NULL,
    service_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    PRIMARY KEY (region, service_id, organisation_id),
    FOREIGN KEY (region, service_id) REFERENCES service (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id)
);

CREATE TABLE slot (
    region          text NOT NULL,
    id              uuid NOT NULL,
    service_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    capacity        integer NOT NULL,
    taken           integer NOT NULL DEFAULT 0,
    PRIMARY KEY (region, id),
    UNIQUE (region, service_id, organisation_id, starts_at),
    FOREIGN KEY (region, service_id) REFERENCES service (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    CONSTRAINT slot_in_order CHECK (ends_at > starts_at),
    CONSTRAINT slot_never_overbooked CHECK (taken BETWEEN 0 AND capacity)
);

CREATE TABLE venue (
    region       text NOT NULL REFERENCES region,
    id           uuid NOT NULL,
    serial       bigint GENERATED BY DEFAULT AS IDENTITY,
    code         text NOT NULL,
    name         text NOT NULL,
    category     text NOT NULL,
    operator_id  uuid,
    address      text NOT NULL,
    phone        text NOT NULL DEFAULT '',
    latitude     double precision,
    longitude    double precision,
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    link_version integer NOT NULL DEFAULT 1,
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, code),
    UNIQUE (region, serial),
    FOREIGN KEY (region, operator_id) REFERENCES organisation (region, id)
);

-- Minutes since midnight in the region's own time; 1440 is the end of the day. For a window or for a venue.
CREATE TABLE opening (
    region          text NOT NULL,
    id              uuid NOT NULL,
    organisation_id uuid,
    venue_id        uuid,
    weekday         smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens           smallint NOT NULL,
    closes          smallint NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, venue_id) REFERENCES venue (region, id),
    CONSTRAINT opening_of_one_place CHECK (num_nonnulls(organisation_id, venue_id) = 1),
    CONSTRAINT opening_in_order CHECK (0 <= opens AND opens < closes AND closes <= 1440)
);
CREATE INDEX opening_venue ON opening (region, venue_id, weekday) WHERE venue_id IS NOT NULL;
CREATE INDEX opening_organisation ON opening (region, organisation_id, weekday) WHERE organisation_id IS NOT NULL;

CREATE TABLE closed_day (
    region          text NOT NULL,
    id              uuid NOT NULL,
    organisation_id uuid,
    venue_id        uuid,
    day             date NOT NULL,
    reason          text NOT NULL DEFAULT '',
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, venue_id) REFERENCES venue (region, id),
    CONSTRAINT closed_day_of_one_place CHECK (num_nonnulls(organisation_id, venue_id) = 1)
);
CREATE UNIQUE INDEX closed_day_venue ON closed_day (region, venue_id, day) WHERE venue_id IS NOT NULL;
CREATE UNIQUE INDEX closed_day_organisation ON closed_day (region, organisation_id, day) WHERE organisation_id IS NOT NULL;

CREATE TABLE board (
    region     text NOT NULL,
    id         uuid NOT NULL,
    serial     bigint GENERATED BY DEFAULT AS IDENTITY,
    venue_id   uuid NOT NULL,
    place      text NOT NULL DEFAULT '',
    issued_at  timestamptz NOT NULL,
    issued_by  uuid,
    revoked_at timestamptz,
    revoked_by uuid,
    reason     text NOT NULL DEFAULT '',
    PRIMARY KEY (region, id),
    UNIQUE (region, serial),
    FOREIGN KEY (region, venue_id) REFERENCES venue (region, id)
);
CREATE INDEX board_venue ON board (region, venue_id);

CREATE TABLE benefit (
    region     text NOT NULL REFERENCES region,
    id         uuid NOT NULL,
    category   text NOT NULL,
    level      text NOT NULL,
    yearly     integer CHECK (yearly >= 0),
    companions integer NOT NULL DEFAULT 0 CHECK (companions >= 0),
    version    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, category, level)
);

CREATE TABLE quota_use (
    region   text NOT NULL,
    card_id  uuid NOT NULL,
    category text NOT NULL,
    year     smallint NOT NULL,
    used     integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (region, card_id, category, year),
    FOREIGN KEY (region, card_id) REFERENCES card (region, id)
) WITH (fillfactor = 80);

-- A scan that was answered, admitted or not. One nonce a (holder, board, tap): the same nonce has the same answer.
CREATE TABLE visit (
    region        text NOT NULL,
    id            uuid NOT NULL DEFAULT uuidv7(),
    holder_id     uuid NOT NULL,
    card_id       uuid,
    venue_id      uuid,
    board_id      uuid,
    board_serial  bigint NOT NULL,
    nonce         uuid NOT NULL,
    verdict       text NOT NULL,
    category      text,
    level         text,
    companions    smallint NOT NULL,
    quota_left    integer,
    at            timestamptz NOT NULL,
    confirmed_at  timestamptz,
    undone_at     timestamptz,
    undone_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (region, id),
    CONSTRAINT visit_nonce UNIQUE (region, holder_id, nonce),
    FOREIGN KEY (region, holder_id) REFERENCES account (region, id)
);
CREATE INDEX visit_venue ON visit (region, venue_id, at);
CREATE INDEX visit_holder ON visit (region, holder_id, at);

-- «case» is a word of SQL, hence the plural. Every column that a list, a sweep or a guard reads stands beside «data»;
-- «organisations» are all that have had the case so far.
CREATE TABLE cases (
    region          text NOT NULL,
    id              uuid NOT NULL,
    matter          text NOT NULL,
    number          text NOT NULL,
    subject         text NOT NULL,
    applicant_id    uuid NOT NULL,
    service_id      uuid,
    slot_id         uuid,
    state           text NOT NULL CHECK (state IN ('handling', 'returned', 'held', 'completed', 'rejected', 'withdrawn')),
    held_from       text CHECK (held_from IN ('handling', 'returned')),
    step            text NOT NULL,
    handler_org     uuid NOT NULL,
    handler_role    text NOT NULL,
    organisations   uuid[] NOT NULL,
    claimed_by      uuid,
    step_at         timestamptz NOT NULL,
    due_at          timestamptz,
    due_left        integer,
    remind_at       timestamptz,
    remind_plan     timestamptz[] NOT NULL DEFAULT '{}',
    version         integer NOT NULL DEFAULT 1,
    profile_version integer NOT NULL,
    data            jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (region, number),
    FOREIGN KEY (region, applicant_id) REFERENCES account (region, id),
    FOREIGN KEY (region, service_id) REFERENCES service (region, id),
    FOREIGN KEY (region, slot_id) REFERENCES slot (region, id),
    FOREIGN KEY (region, handler_org) REFERENCES organisation (region, id),
    FOREIGN KEY (region, profile_version) REFERENCES profile_version (region, version),
    CONSTRAINT case_clock CHECK ((state = 'handling') = (due_at IS NOT NULL)),
    CONSTRAINT case_hold CHECK ((state = 'held') = (held_from IS NOT NULL)),
    CONSTRAINT case_end CHECK ((state IN ('completed', 'rejected', 'withdrawn')) = (closed_at IS NOT NULL))
) WITH (fillfactor = 85);
CREATE SEQUENCE case_number;
CREATE INDEX cases_todo ON cases (region, handler_org, handler_role, due_at, id) WHERE state = 'handling';
CREATE INDEX cases_remind ON cases (remind_at) WHERE state = 'handling';
CREATE INDEX cases_due ON cases (region, due_at) WHERE state = 'handling';
CREATE INDEX cases_applicant ON cases (region, applicant_id, created_at);
CREATE INDEX cases_open ON cases (region, applicant_id, matter) WHERE closed_at IS NULL;
CREATE INDEX cases_created ON cases (region, created_at);
CREATE INDEX cases_organisation ON cases (region, handler_org, created_at);
CREATE INDEX cases_organisations ON cases USING gin (organisations);

CREATE TABLE case_event (
    region            text NOT NULL,
    case_id           uuid NOT NULL,
    seq               integer NOT NULL,
    actor_id          uuid,
    actor_name        text NOT NULL,
    organisation_id   uuid,
    organisation_name text NOT NULL DEFAULT '',
    channel           text NOT NULL,
    action            text NOT NULL,
    from_step         text,
    to_step           text,
    opinion           text NOT NULL DEFAULT '',
    detail            jsonb NOT NULL DEFAULT '{}',
    at                timestamptz NOT NULL,
    PRIMARY KEY (region, case_id, seq),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
CREATE INDEX case_event_actor ON case_event (region, actor_id, at) WHERE actor_id IS NOT NULL;

-- Each level of lateness is told to each person once (R6); «told_in» is the digest that carried it.
CREATE TABLE reminder (
    region     text NOT NULL,
    case_id    uuid NOT NULL,
    step_at    timestamptz NOT NULL,
    level      smallint NOT NULL,
    account_id uuid NOT NULL,
    at         timestamptz NOT NULL,
    told_in    uuid,
    PRIMARY KEY (region, case_id, step_at, level, account_id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE INDEX reminder_untold ON reminder (region, account_id) WHERE told_in IS NULL;

CREATE TABLE rating (
    region   text NOT NULL,
    id       uuid NOT NULL,
    case_id  uuid,
    visit_id uuid,
    rater_id uuid NOT NULL,
    stars    smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words    text NOT NULL DEFAULT '',
    at       timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id),
    FOREIGN KEY (region, visit_id) REFERENCES visit (region, id),
    FOREIGN KEY (region, rater_id) REFERENCES account (region, id),
    CONSTRAINT rating_of_one_thing CHECK (num_nonnulls(case_id, visit_id) = 1)
);
CREATE UNIQUE INDEX rating_once_a_case ON rating (region, case_id) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX rating_once_a_visit ON rating (region, visit_id) WHERE visit_id IS NOT NULL;

-- The ledger of what must be told: a row first, in the transaction of the act; the worker drains it.
CREATE TABLE notification (
    region           text NOT NULL REFERENCES region,
    id               uuid NOT NULL,
    kind             text NOT NULL,
    channel          text NOT NULL DEFAULT 'sms',
    account_id       uuid,
    recipient_sealed bytea,
    subject_id       uuid,
    params_sealed    bytea NOT NULL,
    dedupe_key       text NOT NULL,
    state            text NOT NULL DEFAULT 'pending'
                     CHECK (state IN ('pending', 'sending', 'unknown', 'accepted', 'delivered', 'failed', 'dropped')),
    attempts         smallint NOT NULL DEFAULT 0,
    next_at          timestamptz NOT NULL,
    expires_at       timestamptz,
    lease            uuid,
    lease_until      timestamptz,
    provider_id      text,
    provider_code    text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    tried_at         timestamptz,
    settled_at       timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (region, dedupe_key),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    CONSTRAINT notification_to_somebody CHECK (num_nonnulls(account_id, recipient_sealed) = 1),
    CONSTRAINT notification_leased CHECK ((state = 'sending') = (lease IS NOT NULL))
) WITH (fillfactor = 85);
CREATE INDEX notification_due ON notification (next_at) WHERE state = 'pending';
CREATE INDEX notification_doubtful ON notification (next_at) WHERE state IN ('unknown', 'accepted');
CREATE INDEX notification_leases ON notification (lease_until) WHERE state = 'sending';
CREATE INDEX notification_provider ON notification (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX notification_account ON notification (region, account_id, created_at);
CREATE INDEX notification_subject ON notification (region, subject_id) WHERE subject_id IS NOT NULL;

-- Written in the transaction of the effect itself; who is in flight holds an advisory lock, which dies with its process (R10).
CREATE TABLE idempotency_key (
    region     text NOT NULL,
    account_id uuid NOT NULL,
    key        text NOT NULL,
    request    bytea NOT NULL,
    answer     bytea NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (region, account_id, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (made_at);

-- Callbacks that were handled: WeChat repeats what is not answered in time, and an answer must not act twice (T18).
CREATE TABLE callback_seen (
    region text NOT NULL,
    key    bytea NOT NULL,
    at     timestamptz NOT NULL,
    answer text,
    PRIMARY KEY (region, key)
);

CREATE TABLE audit (
    region     text NOT NULL REFERENCES region,
    id         uuid NOT NULL DEFAULT uuidv7(),
    actor_id   uuid,
    actor_name text NOT NULL,
    act        text NOT NULL,
    subject    text NOT NULL,
    subject_id uuid,
    detail     jsonb NOT NULL DEFAULT '{}',
    address    text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX audit_subject ON audit (region, subject_id);
CREATE INDEX audit_actor ON audit (region, actor_id, at);

-- What was written stays written: history and audit only grow.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER case_event_only_grows BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
