ALTER TABLE files ADD COLUMN comments_id bigint REFERENCES comments (id) ON DELETE CASCADE;
CREATE INDEX files_comments_id ON files (comments_id);
INSERT INTO files (name, comments_id) VALUES ('first', 1), ('second', 2);
