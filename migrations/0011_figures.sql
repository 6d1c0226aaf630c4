-- What follows from a bad rating, and the daily figures behind the chief's page.

-- The case that a bad rating began.
ALTER TABLE rating ADD COLUMN follow_up_id uuid;
ALTER TABLE rating ADD CONSTRAINT rating_follow_up FOREIGN KEY (region, follow_up_id) REFERENCES cases (region, id);
CREATE UNIQUE INDEX rating_follow_up ON rating (region, follow_up_id) WHERE follow_up_id IS NOT NULL;
CREATE INDEX rating_at ON rating (region, at);

-- Counts of one day, filled by the worker again and again until the day is over: how many, of which kind, of which organisation, about what.
-- «part»: the hour, the stars, the bucket of a duration; «over»: how many of them later than their limit. No personal data.
CREATE TABLE figure (
    region          text NOT NULL REFERENCES region,
    kind            text NOT NULL CHECK (kind IN ('begun', 'acted', 'ended', 'visited', 'used', 'rated')),
    day             date NOT NULL,
    organisation_id uuid,
    subject         text NOT NULL,
    part            text NOT NULL DEFAULT '',
    count           integer NOT NULL,
    over            integer NOT NULL DEFAULT 0,
    CONSTRAINT figure_once UNIQUE NULLS NOT DISTINCT (region, day, kind, organisation_id, subject, part)
);

-- Which days are counted, and when they were last.
CREATE TABLE figure_day (
    region text NOT NULL REFERENCES region,
    day    date NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (region, day)
);

-- Both only grow at their end: the days of a month are found by a few pages of index, and writing costs next to nothing.
CREATE INDEX case_event_at ON case_event USING brin (at) WITH (autosummarize = on);
CREATE INDEX visit_at ON visit USING brin (at) WITH (autosummarize = on);
