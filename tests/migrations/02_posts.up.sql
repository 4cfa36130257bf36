CREATE TABLE posts (id serial PRIMARY KEY, author int REFERENCES users, text text);
CREATE FUNCTION count_posts() RETURNS bigint AS $$ SELECT count(*) FROM posts; $$ LANGUAGE sql;
