-- The plain query and 综合查询 are one: files that were ordered of the former, which live for a day, are ordered anew.
UPDATE export SET expires_at = now() WHERE kind IN ('cases', 'talents') AND state = 'done';
UPDATE export SET state = 'failed', reason = '查询方式已更新，请重新导出。', ended_at = now(), lease = NULL
WHERE kind IN ('cases', 'talents') AND state IN ('asked', 'waiting', 'working');
UPDATE export SET kind = 'ask.cases' WHERE kind IN ('cases', 'talents');
