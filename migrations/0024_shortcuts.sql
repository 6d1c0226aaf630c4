-- Shortcuts 快捷入口 of the user centre: the pages that somebody put there, in her order. No row: those of her roles.
CREATE TABLE chosen_shortcuts (
    region     text NOT NULL,
    account_id uuid NOT NULL,
    pages      text[] NOT NULL CHECK (pages <> '{}'),
    PRIMARY KEY (region, account_id),
    FOREIGN KEY (region, account_id) REFERENCES account (region, id)
);
