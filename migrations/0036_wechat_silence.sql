-- WeChat may say nothing of a message. A send whose answer was lost never learnt its number: its receipt finds it by the phone that it went to and
-- by its template. What stays in doubt waits for the office.

ALTER TABLE wechat_receipt ADD COLUMN openid_index bytea;
ALTER TABLE wechat_receipt ADD COLUMN template text NOT NULL DEFAULT '';
CREATE INDEX wechat_receipt_whose ON wechat_receipt (region, app_id, openid_index, at);
CREATE INDEX notification_wechat_doubtful ON notification (region, tried_at) WHERE channel = 'wechat' AND state IN ('sending', 'unknown');
CREATE INDEX notification_try_nameless ON notification_try (region, tried_at) WHERE state = 'unknown' AND provider_id IS NULL;
