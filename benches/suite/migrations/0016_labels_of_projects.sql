ALTER TABLE labels ADD COLUMN projects_id bigint REFERENCES projects (id) ON DELETE CASCADE;
CREATE INDEX labels_projects_id ON labels (projects_id);
INSERT INTO labels (name, projects_id) VALUES ('first', 1), ('second', 2);
