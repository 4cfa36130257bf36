ALTER TABLE teams ADD COLUMN users_id bigint REFERENCES users (id) ON DELETE CASCADE;
CREATE INDEX teams_users_id ON teams (users_id);
INSERT INTO teams (name, users_id) VALUES ('first', 1), ('second', 2);
