-- Why staff stopped a card, or did what the audit keeps, is free words that may name people: sealed, like opinions. Rows from before stay readable
-- where they are until `greenlane keys seal` has sealed them.
ALTER TABLE card ADD COLUMN reason_sealed bytea;
ALTER TABLE card ADD CONSTRAINT card_sealed_whole CHECK (reason_sealed IS NULL OR state_reason = '');
ALTER TABLE card_event ADD COLUMN reason_sealed bytea, ALTER COLUMN reason SET DEFAULT '';
ALTER TABLE card_event ADD CONSTRAINT card_event_sealed_whole CHECK (reason_sealed IS NULL OR reason = '');
ALTER TABLE visit ADD COLUMN reason_sealed bytea;
ALTER TABLE visit ADD CONSTRAINT visit_sealed_whole CHECK (reason_sealed IS NULL OR undone_reason = '');
ALTER TABLE audit ADD COLUMN reason_sealed bytea;
ALTER TABLE audit ADD CONSTRAINT audit_sealed_whole CHECK (reason_sealed IS NULL OR NOT detail ? 'reason');

-- The audit only grows, too: sealing is the one change that is none.
CREATE FUNCTION refuse_change_but_sealing_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.reason_sealed IS NULL AND NEW.reason_sealed IS NOT NULL AND OLD.detail ? 'reason'
       AND to_jsonb(NEW) - 'reason_sealed' = to_jsonb(OLD) - 'reason_sealed' || jsonb_build_object('detail', OLD.detail - 'reason') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER audit_only_grows ON audit;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change_but_sealing_a_reason();
