-- Cases at one step of a route, and those that were closed in a time: as usual questions as those that 0018_asking gave an index.
CREATE INDEX cases_step ON cases (region, step, created_at);
CREATE INDEX cases_closed ON cases (region, closed_at) WHERE closed_at IS NOT NULL;
