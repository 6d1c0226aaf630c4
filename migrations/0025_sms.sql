-- Which gateway took a message, how many parts it had and on whose account; numbers that get none; what people answer; how the two gateways share the work.

ALTER TABLE notification
    ADD COLUMN gateway   text NOT NULL DEFAULT 'first' CHECK (gateway IN ('first', 'second')),
    ADD COLUMN sender_id uuid,
    ADD COLUMN parts     smallint CHECK (parts BETWEEN 1 AND 20),
    ADD FOREIGN KEY (region, sender_id) REFERENCES organisation (region, id);
CREATE INDEX notification_sent ON notification (region, tried_at) WHERE channel = 'sms';

-- Numbers to which nothing goes out, codes neither: somebody who never was ours, or who asked for it by telephone.
CREATE TABLE sms_block (
    region        text NOT NULL REFERENCES region,
    id            uuid NOT NULL,
    phone_index   bytea NOT NULL,
    phone_sealed  bytea NOT NULL,
    reason_sealed bytea NOT NULL,
    made_by       uuid,
    made_at       timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    CONSTRAINT sms_block_once UNIQUE (region, phone_index),
    FOREIGN KEY (region, made_by) REFERENCES account (region, id)
);

-- Replies (SmsUp), matched by the number to whom we last wrote; the vendor repeats a push that was not taken, hence the key.
CREATE TABLE sms_reply (
    region          text NOT NULL REFERENCES region,
    id              uuid NOT NULL,
    key             bytea NOT NULL,
    account_id      uuid NOT NULL,
    organisation_id uuid,
    subject_id      uuid,
    words_sealed    bytea NOT NULL,
    stopped         boolean NOT NULL,
    at              timestamptz NOT NULL,
    taken_at        timestamptz NOT NULL,
    seen_at         timestamptz,
    seen_by         uuid,
    PRIMARY KEY (region, id),
    CONSTRAINT sms_reply_once UNIQUE (region, key),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, seen_by) REFERENCES account (region, id)
);
CREATE INDEX sms_reply_unseen ON sms_reply (region, organisation_id, at) WHERE seen_at IS NULL;
CREATE INDEX sms_reply_latest ON sms_reply (region, at);

-- One row: of a hundred messages so many go through the second gateway.
CREATE TABLE sms_share (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    second   smallint NOT NULL CHECK (second BETWEEN 0 AND 100),
    moved_at timestamptz NOT NULL
);
