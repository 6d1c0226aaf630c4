-- Filters of the to-do list and questions are kept alike: under a name, one's own or shared with one's organisation, and sealed, for both may name
-- persons. «asked» is what stands in the rows of before: keys are in the process and not here.
ALTER TABLE saved_question ALTER COLUMN question_sealed DROP NOT NULL;
ALTER TABLE saved_question ADD COLUMN asked text;
ALTER TABLE saved_question ADD CONSTRAINT saved_question_once_said CHECK (num_nonnulls(asked, question_sealed) = 1);
INSERT INTO saved_question (region, id, owner_id, subject, name, asked, made_at)
SELECT region, id, account_id, 'todo', name, asked, made_at FROM saved_list;
DROP TABLE saved_list;
