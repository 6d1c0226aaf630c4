-- What WeChat tells: whose consent buys how many messages, which channel told what, and whether it was read.

-- One accept buys one message of a template. The openid is kept as elsewhere: by its blind index.
CREATE TABLE subscription_credit (
    region       text NOT NULL REFERENCES region,
    app_id       text NOT NULL,
    openid_index bytea NOT NULL,
    template     text NOT NULL,
    left_over    integer NOT NULL CHECK (left_over >= 0),
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (region, app_id, openid_index, template)
);

-- What she answered when she was asked. One answer is told twice, by her phone («client») and by WeChat («event»), in either order:
-- «twin» is the other one, and of the two only the first counts.
CREATE TABLE subscription_answer (
    region       text NOT NULL REFERENCES region,
    id           uuid NOT NULL DEFAULT uuidv7(),
    app_id       text NOT NULL,
    openid_index bytea NOT NULL,
    template     text NOT NULL,
    answer       text NOT NULL CHECK (answer IN ('accept', 'reject', 'ban', 'filter')),
    source       text NOT NULL CHECK (source IN ('client', 'event')),
    at           timestamptz NOT NULL,
    twin         uuid,
    PRIMARY KEY (region, id)
);
CREATE INDEX subscription_answer_of ON subscription_answer (region, app_id, openid_index, template, at);
-- WeChat delivers an event again until it is answered; it has the time of the tap, and nobody answers one question twice in a second.
CREATE UNIQUE INDEX subscription_answer_event ON subscription_answer (region, app_id, openid_index, template, at) WHERE source = 'event';

-- «read_at»: her own page showed it. What a channel did before another one took over stays in «notification_try», with its receipt.
ALTER TABLE notification ADD COLUMN read_at timestamptz;
CREATE TABLE notification_try (
    region          text NOT NULL REFERENCES region,
    notification_id uuid NOT NULL,
    channel         text NOT NULL,
    state           text NOT NULL,
    provider_id     text,
    provider_code   text NOT NULL DEFAULT '',
    tried_at        timestamptz,
    settled_at      timestamptz,
    PRIMARY KEY (region, notification_id, channel),
    FOREIGN KEY (region, notification_id) REFERENCES notification (region, id) ON DELETE CASCADE
);
CREATE INDEX notification_try_provider ON notification_try (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX notification_under_way ON notification (region, tried_at) WHERE channel = 'wechat' AND state IN ('accepted', 'unknown', 'delivered', 'failed');
