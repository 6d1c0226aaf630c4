-- What a region says in place of its profile, without a programmer: the texts of its notifications, the days of its calendar.
-- «said_version» counts each change, whoever makes it, so that every process knows when to read these anew.

ALTER TABLE region ADD COLUMN said_version integer NOT NULL DEFAULT 0;

-- «id» is made of region and kind, so that the history of a text is found also while the profile's own is in force.
CREATE TABLE own_text (
    region       text NOT NULL REFERENCES region,
    id           uuid NOT NULL,
    kind         text NOT NULL,
    text         text NOT NULL,
    sms_template text NOT NULL DEFAULT '',
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, id),
    UNIQUE (region, kind)
);

CREATE TABLE own_day (
    region  text NOT NULL REFERENCES region,
    id      uuid NOT NULL,
    day     date NOT NULL,
    working boolean NOT NULL,
    reason  text NOT NULL,
    PRIMARY KEY (region, id),
    UNIQUE (region, day)
);

-- Deadlines that a changed calendar moves: one job waits a region, with the own days as they were before the first change that it is for.
CREATE TABLE recount (
    region  text NOT NULL REFERENCES region,
    id      uuid NOT NULL DEFAULT uuidv7(),
    before  jsonb NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    cases   integer,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX recount_waits ON recount (region) WHERE done_at IS NULL;

-- Before the first row of a change is there: the table is still as it was.
CREATE FUNCTION note_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recount (region, before)
    SELECT coalesce(NEW.region, OLD.region), coalesce((SELECT jsonb_object_agg(day, working) FROM own_day WHERE region = coalesce(NEW.region, OLD.region)), '{}')
    ON CONFLICT (region) WHERE done_at IS NULL DO NOTHING;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER own_day_moves_deadlines BEFORE INSERT OR UPDATE OR DELETE ON own_day FOR EACH ROW EXECUTE FUNCTION note_calendar();

CREATE FUNCTION count_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE region SET said_version = said_version + 1 WHERE code = coalesce(NEW.region, OLD.region);
    RETURN NULL;
END $$;
CREATE TRIGGER own_text_counts AFTER INSERT OR UPDATE OR DELETE ON own_text FOR EACH ROW EXECUTE FUNCTION count_said();
CREATE TRIGGER own_day_counts AFTER INSERT OR UPDATE OR DELETE ON own_day FOR EACH ROW EXECUTE FUNCTION count_said();
