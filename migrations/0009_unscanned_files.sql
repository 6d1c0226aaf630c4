-- A file that came while the virus scanner was away waits here, unread by anybody; one that was found infected later keeps this and is removed.
ALTER TABLE file ADD COLUMN held_at timestamptz;
CREATE INDEX file_held ON file (held_at) WHERE held_at IS NOT NULL AND removed_at IS NULL;
