-- Where somebody is in her chat with the account: the list that its numbers mean, and what she is in the middle of. Sealed: it may hold her own words.
CREATE TABLE talk (
    region       text NOT NULL REFERENCES region,
    app_id       text NOT NULL,
    openid_index bytea NOT NULL,
    state_sealed bytea,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (region, app_id, openid_index)
);
CREATE INDEX talk_age ON talk (changed_at);
