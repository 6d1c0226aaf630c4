-- The office's pages in full: notices with an audience, a day, formatted words and files (WH-41); letters that answer others, drafts, and what
-- somebody put away for herself (WH-40).

-- «written_as»: «marks» is plain text with simple marks, «html» came from the editor and was cleaned before it was kept. «plain»: its words, searched.
-- «within_id»: only staff of that organisation and of those below it. A notice whose «published_at» still lies ahead is not shown yet.
ALTER TABLE notice
    ADD COLUMN written_as text NOT NULL DEFAULT 'marks' CHECK (written_as IN ('marks', 'html')),
    ADD COLUMN plain      text NOT NULL DEFAULT '',
    ADD COLUMN audience   text NOT NULL DEFAULT 'everyone' CHECK (audience IN ('everyone', 'staff', 'units', 'talents')),
    ADD COLUMN within_id  uuid,
    ADD FOREIGN KEY (region, within_id) REFERENCES organisation (region, id),
    ADD CONSTRAINT notice_within CHECK (within_id IS NULL OR audience = 'staff');
UPDATE notice SET plain = body;

-- «answers_id»: the letter that it answers; both ends of the answer may read both.
ALTER TABLE mail
    ADD COLUMN answers_id uuid,
    ADD FOREIGN KEY (region, answers_id) REFERENCES mail (region, id);

-- A letter that somebody no longer wants to see in her boxes; her colleagues still do.
CREATE TABLE mail_away (
    region     text NOT NULL,
    mail_id    uuid NOT NULL,
    account_id uuid NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, mail_id, account_id),
    FOREIGN KEY (region, mail_id) REFERENCES mail (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE INDEX mail_away_of ON mail_away (region, account_id, at DESC);

-- A letter that is not sent yet: its author's alone. Its files are rows of «file» with the subject «mail_draft».
CREATE TABLE mail_draft (
    region          text NOT NULL REFERENCES region,
    id              uuid NOT NULL,
    account_id      uuid NOT NULL,
    organisation_id uuid,
    subject         text NOT NULL DEFAULT '',
    body_sealed     bytea NOT NULL,
    to_ids          uuid[] NOT NULL DEFAULT '{}',
    answers_id      uuid,
    edited_at       timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, answers_id) REFERENCES mail (region, id)
);
CREATE INDEX mail_draft_of ON mail_draft (region, account_id, edited_at DESC);
