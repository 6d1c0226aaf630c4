-- A profile is read as it was written: jsonb puts the keys of options and results into an order of its own, and pages show them in it.
ALTER TABLE profile_version ALTER COLUMN document TYPE json USING document::json;
