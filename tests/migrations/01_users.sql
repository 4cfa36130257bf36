-- Users; each has a name.
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO users (name) VALUES ('root; not a statement');
