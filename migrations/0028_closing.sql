-- Of a person who left: who she was, for the time in which the law has her cases kept. No page opens it.
ALTER TABLE account ADD COLUMN closed_sealed bytea;
ALTER TABLE account ADD CONSTRAINT account_closed CHECK (closed_sealed IS NULL OR state = 'closed' AND num_nonnulls(phone_index, id_number_index, email_index) = 0);

-- The last word to a number that is nobody's any more is taken away some days after it was sent.
CREATE INDEX notification_last_word ON notification (created_at) WHERE dedupe_key LIKE 'account_closed:%';
