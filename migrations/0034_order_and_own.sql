-- Many cases fall due at the same minute, the end of an office's day: what is late is read in its order, without sorting all that fell due together.
DROP INDEX cases_due;
CREATE INDEX cases_due ON cases (region, due_at, id) WHERE state = 'handling';

-- Of whom, and of which unit, a busy office had cases is asked person by person: the index answers, and no case has to be fetched for it.
DROP INDEX cases_applicant;
CREATE INDEX cases_applicant ON cases (region, applicant_id, created_at) INCLUDE (organisations);
DROP INDEX cases_about;
CREATE INDEX cases_about ON cases (region, about_id, created_at) INCLUDE (organisations) WHERE about_id IS NOT NULL;
DROP INDEX cases_unit;
CREATE INDEX cases_unit ON cases (region, unit_id, created_at) INCLUDE (organisations, closed_at) WHERE unit_id IS NOT NULL;
