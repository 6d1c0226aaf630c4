-- What can be asked of everything at once: saved questions, chosen columns, exports that somebody else must approve, and the indexes that keep a
-- question's cost flat however many rows there are.

-- A question that somebody keeps under a name; sealed, for it may name persons. «shared_with»: an organisation whose people see it too.
CREATE TABLE saved_question (
    region          text NOT NULL REFERENCES region,
    id              uuid NOT NULL,
    owner_id        uuid NOT NULL,
    shared_with     uuid,
    subject         text NOT NULL,
    name            text NOT NULL CHECK (name <> ''),
    question_sealed bytea NOT NULL,
    made_at         timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    UNIQUE (region, owner_id, subject, name),
    FOREIGN KEY (region, owner_id) REFERENCES account (region, id),
    FOREIGN KEY (region, shared_with) REFERENCES organisation (region, id)
);
CREATE INDEX saved_question_shared ON saved_question (region, shared_with, subject) WHERE shared_with IS NOT NULL;

-- The columns that somebody wants to see of a subject.
CREATE TABLE chosen_columns (
    region     text NOT NULL,
    account_id uuid NOT NULL,
    subject    text NOT NULL,
    columns    text[] NOT NULL,
    PRIMARY KEY (region, account_id, subject),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);

-- Whole numbers, and more rows than one may take alone, wait for somebody else's word (T30, T40); what was not approved is never written.
ALTER TABLE export DROP CONSTRAINT export_state_check;
ALTER TABLE export ADD CONSTRAINT export_state_check
    CHECK (state IN ('asked', 'declined', 'waiting', 'working', 'done', 'failed', 'expired'));
ALTER TABLE export ADD COLUMN guarded boolean NOT NULL DEFAULT false;
ALTER TABLE export ADD COLUMN purpose_sealed bytea;
ALTER TABLE export ADD COLUMN decided_by uuid;
ALTER TABLE export ADD COLUMN decided_at timestamptz;
ALTER TABLE export ADD CONSTRAINT export_decider FOREIGN KEY (region, decided_by) REFERENCES account (region, id);
ALTER TABLE export ADD CONSTRAINT export_by_another CHECK (decided_by <> owner_id);
ALTER TABLE export ADD CONSTRAINT export_approved
    CHECK (NOT guarded OR purpose_sealed IS NOT NULL AND (decided_by IS NOT NULL OR state IN ('asked', 'declined')));
CREATE INDEX export_asked ON export (region, made_at) WHERE state = 'asked';

-- Newest first of each subject; of cases also by what narrows them most.
CREATE INDEX cases_matter ON cases (region, matter, created_at);
CREATE INDEX cases_state_rare ON cases (region, state, created_at) WHERE state NOT IN ('handling', 'completed');
CREATE INDEX cases_service ON cases (region, service_id, created_at) WHERE service_id IS NOT NULL;
CREATE INDEX cases_district ON cases (region, (coalesce(facts, data) ->> 'district'), created_at);
CREATE INDEX account_talents ON account (region, created_at, id) WHERE kind = 'talent';
CREATE INDEX card_newest ON card (region, issued_on, id);
CREATE INDEX card_ending ON card (region, valid_until, id);
CREATE INDEX visit_newest ON visit (region, at, id);
CREATE INDEX dossier_standing ON dossier (region, standing) WHERE standing <> '';
CREATE INDEX rating_stars ON rating (region, stars, at);
