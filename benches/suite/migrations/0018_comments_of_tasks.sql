ALTER TABLE comments ADD COLUMN tasks_id bigint REFERENCES tasks (id) ON DELETE CASCADE;
CREATE INDEX comments_tasks_id ON comments (tasks_id);
INSERT INTO comments (name, tasks_id) VALUES ('first', 1), ('second', 2);
