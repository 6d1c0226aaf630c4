-- The day's digest in the official account's chat. «wrote_at»: since then WeChat lets us speak for two days; who wants none there says so in the chat.

ALTER TABLE wechat_binding ADD COLUMN wrote_at timestamptz;
ALTER TABLE consent DROP CONSTRAINT consent_what_check;
ALTER TABLE consent ADD CONSTRAINT consent_what_check CHECK (what IN ('terms', 'sms', 'chat'));
CREATE INDEX notification_chat ON notification (region, provider_id) WHERE channel = 'chat';
