-- A day pass 当日通行证: one holder, one venue, one day, one use. It is prepared while there is a network and shown where there is none.
-- «visit_id» is set once, behind a lock on the row: however and from wherever it is shown, it counts once.
CREATE TABLE day_pass (
    region      text NOT NULL,
    id          uuid NOT NULL,
    holder_id   uuid NOT NULL,
    card_id     uuid NOT NULL,
    venue_id    uuid NOT NULL,
    day         date NOT NULL,
    companions  smallint NOT NULL,
    issued_at   timestamptz NOT NULL,
    visit_id    uuid,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, holder_id) REFERENCES account (region, id),
    FOREIGN KEY (region, card_id) REFERENCES card (region, id),
    FOREIGN KEY (region, venue_id) REFERENCES venue (region, id),
    FOREIGN KEY (region, visit_id) REFERENCES visit (region, id)
);
CREATE UNIQUE INDEX day_pass_one_open ON day_pass (region, holder_id, venue_id, day) WHERE visit_id IS NULL;
CREATE INDEX day_pass_venue ON day_pass (region, venue_id, day);

-- What an attendant let in without a network, as her device reported it afterwards. The nonce is the device's: sent again, the same answer.
-- «counted»: kept as a visit like any other; «conflict»: she let it in, and the server would not have; «rejected»: not a pass of that place and time.
CREATE TABLE offline_check (
    region        text NOT NULL,
    id            uuid NOT NULL,
    venue_id      uuid NOT NULL,
    nonce         uuid NOT NULL,
    pass_id       uuid,
    visit_id      uuid,
    checked_at    timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('counted', 'conflict', 'rejected')),
    reason        text NOT NULL DEFAULT '',
    settled_at    timestamptz,
    settled_by    uuid,
    settled_words text NOT NULL DEFAULT '',
    PRIMARY KEY (region, id),
    CONSTRAINT offline_check_nonce UNIQUE (region, venue_id, nonce),
    FOREIGN KEY (region, venue_id) REFERENCES venue (region, id),
    FOREIGN KEY (region, pass_id) REFERENCES day_pass (region, id),
    FOREIGN KEY (region, visit_id) REFERENCES visit (region, id),
    FOREIGN KEY (region, settled_by) REFERENCES account (region, id)
);
CREATE INDEX offline_check_open ON offline_check (region, received_at) WHERE outcome <> 'counted' AND settled_at IS NULL;
CREATE INDEX offline_check_visit ON offline_check (region, visit_id) WHERE visit_id IS NOT NULL;
