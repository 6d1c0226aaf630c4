-- The office before the card: who registers, dossiers and their versions, files, rosters, bindings.

-- «provisional»: registered by herself and not yet approved. May log in, may do no business (BZ-03, WH-13, GL-04).
ALTER TABLE organisation ADD COLUMN unit_code text;
ALTER TABLE organisation ADD COLUMN provisional boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX organisation_unit_code ON organisation (region, unit_code) WHERE unit_code IS NOT NULL;
CREATE INDEX organisation_units ON organisation (region, name) WHERE kind = 'unit';

ALTER TABLE account ADD COLUMN unit_id uuid;
ALTER TABLE account ADD COLUMN provisional boolean NOT NULL DEFAULT false;
ALTER TABLE account ADD COLUMN email_sealed bytea;
ALTER TABLE account ADD COLUMN email_index bytea;
ALTER TABLE account ADD COLUMN terms_version text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN terms_at timestamptz;
ALTER TABLE account ADD CONSTRAINT account_unit FOREIGN KEY (region, unit_id) REFERENCES organisation (region, id);
ALTER TABLE account ADD CONSTRAINT account_terms CHECK ((terms_version = '') = (terms_at IS NULL));
CREATE INDEX account_of_unit ON account (region, unit_id, name) WHERE unit_id IS NOT NULL;

-- Of a person or of a unit. The draft is what stands on the owner's pages; «admitted» is the version in force (WH-27).
CREATE TABLE dossier (
    region          text NOT NULL,
    id              uuid NOT NULL,
    account_id      uuid,
    organisation_id uuid,
    draft_sealed    bytea NOT NULL,
    admitted        integer,
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, account_id),
    UNIQUE (region, organisation_id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    CONSTRAINT dossier_of_one_owner CHECK (num_nonnulls(account_id, organisation_id) = 1)
);

-- What was submitted stays as it was: a case, a print and a roster point at it. «facts» are the values that routing and lists may know.
CREATE TABLE dossier_version (
    region         text NOT NULL,
    dossier_id     uuid NOT NULL,
    number         integer NOT NULL,
    content_sealed bytea NOT NULL,
    facts          jsonb NOT NULL,
    made_at        timestamptz NOT NULL,
    PRIMARY KEY (region, dossier_id, number),
    FOREIGN KEY (region, dossier_id) REFERENCES dossier (region, id)
);
CREATE TRIGGER dossier_version_only_grows BEFORE UPDATE OR DELETE ON dossier_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE dossier ADD CONSTRAINT dossier_admitted FOREIGN KEY (region, id, admitted) REFERENCES dossier_version (region, dossier_id, number);

-- Whom a case is about, when that is not the applicant; the unit that she belonged to; and the version of the dossier that was submitted.
ALTER TABLE cases ADD COLUMN about_id uuid;
ALTER TABLE cases ADD COLUMN unit_id uuid;
ALTER TABLE cases ADD COLUMN dossier_id uuid;
ALTER TABLE cases ADD COLUMN dossier_number integer;
ALTER TABLE cases ADD CONSTRAINT case_about FOREIGN KEY (region, about_id) REFERENCES account (region, id);
ALTER TABLE cases ADD CONSTRAINT case_unit FOREIGN KEY (region, unit_id) REFERENCES organisation (region, id);
ALTER TABLE cases ADD CONSTRAINT case_dossier FOREIGN KEY (region, dossier_id, dossier_number) REFERENCES dossier_version (region, dossier_id, number);
CREATE INDEX cases_about ON cases (region, about_id, created_at) WHERE about_id IS NOT NULL;
CREATE INDEX cases_unit ON cases (region, unit_id, created_at) WHERE unit_id IS NOT NULL;
CREATE INDEX cases_dossier ON cases (region, dossier_id) WHERE dossier_id IS NOT NULL;

-- A form that is filled in and not yet submitted. «dossier_number»: the admitted version that 数据同步 copied last (WH-30).
CREATE TABLE draft (
    region         text NOT NULL,
    id             uuid NOT NULL,
    account_id     uuid NOT NULL,
    matter         text NOT NULL,
    about_id       uuid,
    data_sealed    bytea NOT NULL,
    dossier_number integer,
    updated_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    CONSTRAINT draft_once UNIQUE NULLS NOT DISTINCT (region, account_id, matter, about_id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, about_id) REFERENCES account (region, id)
);

-- An uploaded file; its bytes lie sealed in the store under «key». «owner_id»: the account that uploaded it; «subject_id»: what it belongs to.
CREATE TABLE file (
    region     text NOT NULL REFERENCES region,
    id         uuid NOT NULL,
    owner_id   uuid NOT NULL,
    subject    text NOT NULL,
    subject_id uuid NOT NULL,
    field      text NOT NULL DEFAULT '',
    name       text NOT NULL,
    media_type text NOT NULL,
    size       integer NOT NULL CHECK (size > 0),
    pages      integer,
    digest     bytea NOT NULL,
    key        text NOT NULL,
    made_at    timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (key),
    FOREIGN KEY (region, owner_id) REFERENCES account (region, id)
);
CREATE INDEX file_subject ON file (region, subject_id) WHERE removed_at IS NULL;

-- A talent and the specialist of her unit who looks after her applications (SD-04).
CREATE TABLE binding (
    region        text NOT NULL,
    id            uuid NOT NULL,
    talent_id     uuid NOT NULL,
    specialist_id uuid NOT NULL,
    unit_id       uuid NOT NULL,
    bound_by      uuid NOT NULL,
    bound_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, talent_id) REFERENCES account (region, id),
    FOREIGN KEY (region, specialist_id) REFERENCES account (region, id),
    FOREIGN KEY (region, unit_id) REFERENCES organisation (region, id),
    CONSTRAINT binding_of_two CHECK (talent_id <> specialist_id)
);
CREATE UNIQUE INDEX binding_once ON binding (region, talent_id) WHERE ended_at IS NULL;
CREATE INDEX binding_specialist ON binding (region, specialist_id) WHERE ended_at IS NULL;

-- A batch of approved cases that is exported, stamped on paper, uploaded and sent on together. Any change of a member voids it.
CREATE TABLE roster (
    region          text NOT NULL,
    id              uuid NOT NULL,
    number          text NOT NULL,
    matter          text NOT NULL,
    step            text NOT NULL,
    organisation_id uuid NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'stamped', 'submitted', 'void')),
    digest          bytea NOT NULL,
    made_by         uuid NOT NULL,
    made_at         timestamptz NOT NULL,
    file_id         uuid,
    stamped_at      timestamptz,
    contact         text NOT NULL DEFAULT '',
    contact_sealed  bytea,
    submitted_at    timestamptz,
    void_reason     text NOT NULL DEFAULT '',
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, number),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    FOREIGN KEY (region, made_by) REFERENCES account (region, id),
    FOREIGN KEY (region, file_id) REFERENCES file (region, id),
    CONSTRAINT roster_stamped CHECK (state NOT IN ('stamped', 'submitted') OR file_id IS NOT NULL)
);
CREATE TABLE roster_member (
    region       text NOT NULL,
    roster_id    uuid NOT NULL,
    case_id      uuid NOT NULL,
    position     integer NOT NULL,
    case_version integer NOT NULL,
    live         boolean NOT NULL DEFAULT true,
    PRIMARY KEY (region, roster_id, case_id),
    FOREIGN KEY (region, roster_id) REFERENCES roster (region, id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id)
);
-- Never in two rosters at once; a void roster lets its members go.
CREATE UNIQUE INDEX roster_member_once ON roster_member (region, case_id) WHERE live;

-- Numbers without gaps, one row a sequence: cards by year, rosters by year.
CREATE TABLE counter (
    region text NOT NULL REFERENCES region,
    name   text NOT NULL,
    value  bigint NOT NULL,
    PRIMARY KEY (region, name)
);

-- One use, gone after an hour; the table knows a hash of what the mail carried (DZ-10).
CREATE TABLE password_reset (
    token_hash bytea PRIMARY KEY,
    region     text NOT NULL,
    account_id uuid NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE INDEX password_reset_expires ON password_reset (expires_at);

ALTER TABLE card_event DROP CONSTRAINT card_event_act_check;
ALTER TABLE card_event ADD CONSTRAINT card_event_act_check CHECK (act IN ('issue', 'suspend', 'enable', 'end', 'renew', 'replace'));
