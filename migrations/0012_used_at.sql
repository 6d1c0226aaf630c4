-- «used_at»: the category of venues where a service is used on a scan, so that its page can say what a card still gives there (WH-50, WH-55).
ALTER TABLE service ADD COLUMN used_at text NOT NULL DEFAULT '';
