-- Conditions of the to-do list that somebody set, named and kept: each person's own.
CREATE TABLE saved_list (
    region     text NOT NULL,
    id         uuid NOT NULL,
    account_id uuid NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    asked      text NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE UNIQUE INDEX saved_list_name ON saved_list (region, account_id, name);
