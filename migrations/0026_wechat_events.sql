-- What WeChat tells us afterwards: who follows the account, which messages arrived. And an answer in a chat is somebody's own: sealed from now on.

ALTER TABLE callback_seen ADD COLUMN answer_sealed bytea;
ALTER TABLE callback_seen DROP COLUMN answer;

-- «told_at»: WeChat's own time of what was heard last, because events overtake each other.
ALTER TABLE wechat_binding ADD COLUMN follows boolean NOT NULL DEFAULT true;
ALTER TABLE wechat_binding ADD COLUMN told_at timestamptz;

-- A receipt may be faster than the answer that tells us the message's number, so it is kept by itself until its message is known.
CREATE TABLE wechat_receipt (
    region     text NOT NULL REFERENCES region,
    app_id     text NOT NULL,
    message_id text NOT NULL,
    delivered  boolean NOT NULL,
    code       text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (region, app_id, message_id)
);
CREATE INDEX notification_wechat ON notification (region, provider_id) WHERE channel = 'wechat';
