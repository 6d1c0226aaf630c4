-- What somebody asked to have as a file: the row is the job, its owner's link, and what remains to be told of it.
-- «question_sealed»: names and numbers of persons are searched for. «scope»: the roles with which it was answered; who lost one gets nothing any more.
CREATE TABLE export (
    region          text NOT NULL,
    id              uuid NOT NULL,
    owner_id        uuid NOT NULL,
    kind            text NOT NULL,
    subject_id      uuid,
    question_sealed bytea NOT NULL,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'working', 'done', 'failed', 'expired')),
    done_rows       integer NOT NULL DEFAULT 0,
    total_rows      integer NOT NULL,
    scope           text[] NOT NULL DEFAULT '{}',
    reason          text NOT NULL DEFAULT '',
    file_id         uuid,
    attempts        smallint NOT NULL DEFAULT 0,
    lease           uuid,
    lease_until     timestamptz,
    made_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    expires_at      timestamptz,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, owner_id) REFERENCES account (region, id),
    FOREIGN KEY (region, file_id) REFERENCES file (region, id),
    CONSTRAINT export_file CHECK ((state = 'done') = (file_id IS NOT NULL)),
    CONSTRAINT export_expires CHECK (state <> 'done' OR expires_at IS NOT NULL),
    CONSTRAINT export_lease CHECK ((state = 'working') = (lease IS NOT NULL AND lease_until IS NOT NULL))
);
CREATE INDEX export_open ON export (made_at) WHERE state IN ('waiting', 'working');
CREATE INDEX export_of_owner ON export (region, owner_id, made_at DESC);
CREATE INDEX export_over ON export (expires_at) WHERE state = 'done';
