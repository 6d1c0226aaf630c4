-- A role that begins on a day to come is no role yet: until then it stands here, where nothing that asks for roles looks; the worker gives it.
CREATE TABLE role_to_come (
    region          text NOT NULL,
    id              uuid NOT NULL,
    account_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    role            text NOT NULL,
    starts_on       date NOT NULL,
    ends_on         date,
    made_at         timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, organisation_id) REFERENCES organisation (region, id),
    CONSTRAINT role_to_come_ends_later CHECK (ends_on >= starts_on)
);
CREATE UNIQUE INDEX role_to_come_once ON role_to_come (region, account_id, organisation_id, role);
CREATE INDEX role_to_come_due ON role_to_come (region, starts_on);
