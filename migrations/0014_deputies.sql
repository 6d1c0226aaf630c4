-- Who handles the cases of somebody who is away, from when to when; it begins and ends by itself.
CREATE TABLE deputy (
    region     text NOT NULL,
    id         uuid NOT NULL,
    account_id uuid NOT NULL,
    deputy_id  uuid NOT NULL,
    from_at    timestamptz NOT NULL,
    until_at   timestamptz NOT NULL,
    named_by   uuid NOT NULL,
    named_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id),
    FOREIGN KEY (region, deputy_id) REFERENCES account (region, id),
    FOREIGN KEY (region, named_by) REFERENCES account (region, id),
    CONSTRAINT deputy_is_somebody_else CHECK (account_id <> deputy_id),
    CONSTRAINT deputy_has_time CHECK (from_at < until_at)
);
CREATE INDEX deputy_stands_in ON deputy (region, deputy_id) WHERE ended_at IS NULL;
CREATE INDEX deputy_of ON deputy (region, account_id) WHERE ended_at IS NULL;
