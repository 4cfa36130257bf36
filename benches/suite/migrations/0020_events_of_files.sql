ALTER TABLE events ADD COLUMN files_id bigint REFERENCES files (id) ON DELETE CASCADE;
CREATE INDEX events_files_id ON events (files_id);
INSERT INTO events (name, files_id) VALUES ('first', 1), ('second', 2);
