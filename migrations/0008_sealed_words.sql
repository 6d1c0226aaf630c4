-- What people write is sealed: the form of a case, what is said in its history, the words of a rating. Keys are in the process and not here, so
-- rows from before stay readable where they are until `greenlane keys seal` has sealed them. «facts»: what lists may know of a form.
ALTER TABLE cases ADD COLUMN data_sealed bytea, ADD COLUMN facts jsonb, ALTER COLUMN data SET DEFAULT '{}';
ALTER TABLE cases ADD CONSTRAINT case_sealed_whole CHECK ((data_sealed IS NULL) = (facts IS NULL) AND (data_sealed IS NULL OR data = '{}'));
ALTER TABLE case_event ADD COLUMN said_sealed bytea;
ALTER TABLE case_event ADD CONSTRAINT case_event_sealed_whole CHECK (said_sealed IS NULL OR opinion = '' AND NOT detail ? 'marks');
ALTER TABLE rating ADD COLUMN words_sealed bytea;
ALTER TABLE rating ADD CONSTRAINT rating_sealed_whole CHECK (words_sealed IS NULL OR words = '');

-- History only grows. Sealing what was said is the one change that is none; everything else of the row must stay as it was.
CREATE FUNCTION refuse_change_but_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.said_sealed IS NULL AND NEW.said_sealed IS NOT NULL AND (OLD.opinion <> '' OR OLD.detail ? 'marks')
       AND to_jsonb(NEW) - 'said_sealed' = to_jsonb(OLD) - 'said_sealed' || jsonb_build_object('opinion', '', 'detail', OLD.detail - 'marks') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER case_event_only_grows ON case_event;
CREATE TRIGGER case_event_only_grows BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing();
