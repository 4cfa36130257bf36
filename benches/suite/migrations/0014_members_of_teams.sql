ALTER TABLE members ADD COLUMN teams_id bigint REFERENCES teams (id) ON DELETE CASCADE;
CREATE INDEX members_teams_id ON members (teams_id);
INSERT INTO members (name, teams_id) VALUES ('first', 1), ('second', 2);
