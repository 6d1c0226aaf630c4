-- Whether the holder of a session proved who she is (T39): NULL for a login by the number alone that is doubtful, until she proves it.
-- «cools_until»: what could hand the account over waits until then.
ALTER TABLE session ADD COLUMN confirmed_at timestamptz;
ALTER TABLE session ADD COLUMN cools_until timestamptz;
UPDATE session SET confirmed_at = begun_at;
-- Asked at every login by the number alone: the cool-downs of the account, of sessions that ended too, and whether a WeChat was ever bound.
CREATE INDEX session_cooling ON session (region, account_id, cools_until) WHERE cools_until IS NOT NULL;
DROP INDEX wechat_binding_account;
CREATE INDEX wechat_binding_account ON wechat_binding (region, account_id);
