-- What a person said yes or no to, and when: the terms that she agreed to, and the kinds of SMS that she switched off or on again. The newest row of
-- a subject is how it stands. Written beside the account by a trigger, so that no way of agreeing can forget it.
CREATE TABLE consent (
    region     text NOT NULL,
    id         uuid NOT NULL DEFAULT uuidv7(),
    account_id uuid NOT NULL,
    what       text NOT NULL CHECK (what IN ('terms', 'sms')),
    subject    text NOT NULL,
    given      boolean NOT NULL,
    channel    text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
CREATE INDEX consent_of ON consent (region, account_id, what, subject, at DESC, id DESC);
CREATE TRIGGER consent_only_grows BEFORE UPDATE OR DELETE ON consent FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO consent (region, account_id, what, subject, given, at)
SELECT region, id, 'terms', terms_version, true, terms_at FROM account WHERE terms_version <> '';

CREATE FUNCTION keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent (region, account_id, what, subject, given, at) VALUES (NEW.region, NEW.id, 'terms', NEW.terms_version, true, NEW.terms_at);
    RETURN NULL;
END $$;
CREATE TRIGGER account_agreed AFTER INSERT ON account FOR EACH ROW WHEN (NEW.terms_version <> '') EXECUTE FUNCTION keep_agreement();
CREATE TRIGGER account_agreed_anew AFTER UPDATE OF terms_version ON account FOR EACH ROW
    WHEN (NEW.terms_version <> '' AND NEW.terms_version IS DISTINCT FROM OLD.terms_version) EXECUTE FUNCTION keep_agreement();
