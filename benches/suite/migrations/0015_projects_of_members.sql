ALTER TABLE projects ADD COLUMN members_id bigint REFERENCES members (id) ON DELETE CASCADE;
CREATE INDEX projects_members_id ON projects (members_id);
INSERT INTO projects (name, members_id) VALUES ('first', 1), ('second', 2);
