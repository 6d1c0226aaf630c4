-- Administration: what was changed can be taken back, roles that end on a day, an audit that is searched at one cost however long it is.

-- Of an audit line that changed something: its rows before and after, sealed as a whole, for they may hold names and numbers.
-- «touched»: table and key of each of them, by which whatever was built on it since is found. «taken_back_in»: the audit line of the act that did.
CREATE TABLE change (
    region        text NOT NULL REFERENCES region,
    id            uuid NOT NULL,
    permission    text NOT NULL,
    steps_sealed  bytea NOT NULL,
    touched       text[] NOT NULL,
    at            timestamptz NOT NULL,
    taken_back_in uuid,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, id) REFERENCES audit (region, id),
    FOREIGN KEY (region, taken_back_in) REFERENCES audit (region, id)
);
CREATE INDEX change_touched ON change USING gin (touched);

-- The last day of a role that was given for a time; the worker takes it back.
ALTER TABLE role_grant ADD COLUMN ends_on date;
CREATE INDEX role_grant_ending ON role_grant (ends_on) WHERE ends_on IS NOT NULL AND ended_at IS NULL;
CREATE INDEX role_grant_of_account ON role_grant (region, account_id, granted_at);

-- Sessions are cleared away after some weeks; when somebody last came in is asked for longer.
ALTER TABLE account ADD COLUMN last_login_at timestamptz;
CREATE INDEX account_named ON account (region, name);

-- Each question of the audit's page has an index in the order in which it is read.
CREATE INDEX audit_newest ON audit (region, at DESC, id DESC);
CREATE INDEX audit_acts ON audit (region, act, at DESC, id DESC);
DROP INDEX audit_subject;
CREATE INDEX audit_subject ON audit (region, subject_id, at DESC, id DESC);
DROP INDEX audit_actor;
CREATE INDEX audit_actor ON audit (region, actor_id, at DESC, id DESC);
CREATE INDEX audit_actor_acts ON audit (region, actor_id, act, at DESC, id DESC);
