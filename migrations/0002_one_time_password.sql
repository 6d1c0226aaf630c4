-- A password that the office hands out opens the account once; after that the person has one of her own, or logs in by a code.
ALTER TABLE account ADD COLUMN password_once boolean NOT NULL DEFAULT false;
