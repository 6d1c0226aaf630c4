-- Whether the owner of an export that needed approval has seen what was decided: until then her menu says that there is something.
ALTER TABLE export ADD COLUMN heard_at timestamptz;
CREATE INDEX export_unheard ON export (region, owner_id) WHERE guarded AND heard_at IS NULL;

-- An office reads the follow-up of a bad rating of its own service, also where somebody else answers it.
UPDATE cases f SET organisations = f.organisations || served.organisation
FROM (
    SELECT r.region, r.follow_up_id, coalesce(c.handler_org, p.operator_id) AS organisation FROM rating r
    LEFT JOIN cases c ON (c.region, c.id) = (r.region, r.case_id)
    LEFT JOIN visit v ON (v.region, v.id) = (r.region, r.visit_id)
    LEFT JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
    WHERE r.follow_up_id IS NOT NULL
) served
WHERE (f.region, f.id) = (served.region, served.follow_up_id) AND served.organisation IS NOT NULL AND NOT served.organisation = ANY (f.organisations);
