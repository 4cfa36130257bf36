ALTER TABLE tasks ADD COLUMN labels_id bigint REFERENCES labels (id) ON DELETE CASCADE;
CREATE INDEX tasks_labels_id ON tasks (labels_id);
INSERT INTO tasks (name, labels_id) VALUES ('first', 1), ('second', 2);
