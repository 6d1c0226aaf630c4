-- The plain office: notices and lists of information that everybody reads (WH-41, WH-56), and the mail between organisations (WH-40).

-- «category»: a list of information of the profile; empty for a notice 通报公告. Words are plain text: links are made of them on the page.
CREATE TABLE notice (
    region          text NOT NULL REFERENCES region,
    id              uuid NOT NULL,
    category        text NOT NULL DEFAULT '',
    organisation_id uuid NOT NULL,
    title           text NOT NULL,
    body            text NOT NULL,
    pinned          boolean NOT NULL DEFAULT false,
    state           text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'withdrawn')),
    written_by      uuid NOT NULL,
    edited_at       timestamptz NOT NULL,
    published_by    uuid,
    published_at    timestamptz,
    withdrawn_at    timestamptz,
    withdraw_reason text NOT NULL DEFAULT '',
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, written_by) REFERENCES account (region, id),
    FOREIGN KEY (region, published_by) REFERENCES account (region, id),
    CONSTRAINT notice_published CHECK ((published_at IS NULL) = (published_by IS NULL) AND (state = 'draft' OR published_at IS NOT NULL)),
    CONSTRAINT notice_withdrawn CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (state = 'withdrawn') = (withdraw_reason <> ''))
);
CREATE INDEX notice_shown ON notice (region, category, pinned DESC, published_at DESC) WHERE state = 'published';
CREATE INDEX notice_kept ON notice (region, category, organisation_id, edited_at DESC);

CREATE TABLE notice_read (
    region     text NOT NULL,
    notice_id  uuid NOT NULL,
    account_id uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, notice_id, account_id),
    FOREIGN KEY (region, notice_id) REFERENCES notice (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);

-- What was sent stays as it was. Its files are rows of «file» with the subject «mail». The body may speak of persons: sealed, and not searched.
CREATE TABLE mail (
    region          text NOT NULL REFERENCES region,
    id              uuid NOT NULL,
    organisation_id uuid NOT NULL,
    sender_id       uuid NOT NULL,
    subject         text NOT NULL,
    body_sealed     bytea NOT NULL,
    sent_at         timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, sender_id) REFERENCES account (region, id)
);
CREATE INDEX mail_outbox ON mail (region, organisation_id, sent_at DESC);
CREATE TRIGGER mail_only_grows BEFORE UPDATE OR DELETE ON mail FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- «opened»: when somebody of the organisation opened it first, for the sender. «sent_at» stands here too: the inbox is read from its index.
CREATE TABLE mail_to (
    region          text NOT NULL,
    mail_id         uuid NOT NULL,
    organisation_id uuid NOT NULL,
    sent_at         timestamptz NOT NULL,
    opened_at       timestamptz,
    opened_by       uuid,
    PRIMARY KEY (region, mail_id, organisation_id),
    FOREIGN KEY (region, mail_id) REFERENCES mail (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, opened_by) REFERENCES account (region, id),
    CONSTRAINT mail_opened CHECK ((opened_at IS NULL) = (opened_by IS NULL))
);
CREATE INDEX mail_inbox ON mail_to (region, organisation_id, sent_at DESC);

-- An inbox is its organisation's; what is new in it is each person's own.
CREATE TABLE mail_read (
    region     text NOT NULL,
    mail_id    uuid NOT NULL,
    account_id uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, mail_id, account_id),
    FOREIGN KEY (region, mail_id) REFERENCES mail (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
