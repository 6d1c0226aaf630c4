-- Where a case stood before its last act, as long as whoever did it may take it back. One row a case; what is over is cleared away.
CREATE TABLE case_undo (
    region  text NOT NULL,
    case_id uuid NOT NULL,
    seq     integer NOT NULL,
    by_id   uuid NOT NULL,
    until   timestamptz NOT NULL,
    place   jsonb NOT NULL,
    PRIMARY KEY (region, case_id),
    FOREIGN KEY (region, case_id) REFERENCES cases (region, id),
    FOREIGN KEY (region, by_id) REFERENCES account (region, id)
);
CREATE INDEX case_undo_until ON case_undo (until);
