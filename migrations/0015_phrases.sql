-- Sentences that handlers write again and again: a person's own, or those of an office, kept by who manages it.
CREATE TABLE phrase (
    region          text NOT NULL,
    id              uuid NOT NULL,
    account_id      uuid,
    organisation_id uuid,
    action          text NOT NULL,
    words           text NOT NULL CHECK (words <> ''),
    made_at         timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    CONSTRAINT phrase_of_somebody CHECK (num_nonnulls(account_id, organisation_id) = 1)
);
CREATE UNIQUE INDEX phrase_once_a_person ON phrase (region, account_id, action, words) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX phrase_once_an_office ON phrase (region, organisation_id, action, words) WHERE organisation_id IS NOT NULL;
