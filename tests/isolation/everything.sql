-- Something of every kind that pg_dump writes.
CREATE EXTENSION citext;
CREATE EXTENSION hstore SCHEMA public;
COMMENT ON EXTENSION hstore IS 'key and value';
CREATE SCHEMA "Other schema" AUTHORIZATION app;
CREATE TYPE mood AS ENUM ('ok', 'it''s fine', 'sad;');
CREATE TYPE pair AS (first int, second text);
CREATE TYPE spans AS RANGE (subtype = float8);
CREATE DOMAIN even AS int DEFAULT 2 CONSTRAINT is_even CHECK (VALUE % 2 = 0);
CREATE COLLATION plain (provider = libc, locale = 'C');
CREATE SEQUENCE numbers START 7 INCREMENT 3 CYCLE MAXVALUE 100;
CREATE TABLE authors (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name citext UNIQUE NOT NULL, feels mood DEFAULT 'ok',
    length int GENERATED ALWAYS AS (length(name::text)) STORED, made pair, code even, tags hstore, data bytea, raw jsonb,
    words tsvector, "odd "" column" text COLLATE plain DEFAULT 'a;b'
);
COMMENT ON COLUMN authors."odd "" column" IS 'odd; isn''t it?
-- in two lines \ and more';
CREATE TABLE books (id serial PRIMARY KEY, author int REFERENCES authors ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, title text, n int DEFAULT nextval('numbers'));
ALTER TABLE books ALTER title SET STORAGE external, ALTER title SET STATISTICS 50;
CREATE TABLE events (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX ON events (day);
CREATE TABLE parent (a int CHECK (a > 0) NO INHERIT);
CREATE TABLE child (b int) INHERITS (parent);
CREATE UNLOGGED TABLE "Other schema"."semi;colon" (a int);
CREATE INDEX part ON books (lower(title)) INCLUDE (n) WHERE n > 1;
CREATE INDEX words ON authors USING gin (words);
CREATE STATISTICS many (dependencies) ON author, n FROM books;
CREATE FUNCTION quoted(a text, VARIADIC b text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN
    -- it's; $$ a comment
    RETURN a || ';' || array_to_string(b, '\');
END
$body$;
CREATE FUNCTION atomic(i int) RETURNS text LANGUAGE sql
BEGIN ATOMIC
    SELECT 1;
    SELECT CASE WHEN i > 1 THEN CASE i WHEN 2 THEN 'two;' ELSE 'more' END ELSE 'one' END;
END;
CREATE PROCEDURE add(named text) LANGUAGE sql BEGIN ATOMIC INSERT INTO authors (name) VALUES (named); END;
CREATE AGGREGATE longest (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.second';
CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS ASSIGNMENT;
CREATE FUNCTION near(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2';
CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = near, COMMUTATOR = ~~~);
CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO events VALUES (''2020-02-02'', TG_OP); RETURN NULL; END';
CREATE TRIGGER logs AFTER INSERT OR DELETE ON books FOR EACH STATEMENT EXECUTE FUNCTION log_it();
CREATE VIEW names AS SELECT name, feels FROM authors WHERE name <> ';' WITH CHECK OPTION;
CREATE RULE twice AS ON UPDATE TO names DO ALSO (NOTIFY one; NOTIFY two);
CREATE MATERIALIZED VIEW counted AS SELECT author, count(*) FROM books GROUP BY author WITH DATA;
CREATE UNIQUE INDEX ON counted (author);
ALTER TABLE authors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON authors FOR SELECT TO app USING (name = current_user::citext);
CREATE TEXT SEARCH DICTIONARY simple_one (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION mine (COPY = english);
ALTER TEXT SEARCH CONFIGURATION mine ALTER MAPPING FOR asciiword WITH simple_one;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER far FOREIGN DATA WRAPPER nothing OPTIONS (host 'a;b');
CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'x', password 'y''s');
CREATE FOREIGN TABLE far_away (a int) SERVER far;
CREATE FUNCTION watched() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', TG_TAG; END';
CREATE EVENT TRIGGER watches ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION watched();
CREATE PUBLICATION changes FOR TABLE books, events;
ALTER TABLE books OWNER TO app;
GRANT SELECT (id, name), UPDATE (name) ON authors TO app, "Some one" WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION quoted FROM public;
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES TO "Some one";
INSERT INTO authors (name, made, code, tags, data, raw, words) VALUES
    ('Ann', (1, 'a'), 4, 'a=>"b;"', '\x00ff5c', '{"a": "\\ \n"}', to_tsvector('a fat cat')),
    (E'tab\there\nnew line\\ \\. ''quoted'' "twice" é 🦀;', NULL, 2, NULL, NULL, NULL, NULL),
    (E'\\.', NULL, 2, '', '', 'null', ''), ('carriage;', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO books (author, title) VALUES (1, '\N'), (2, NULL), (2, '');
REFRESH MATERIALIZED VIEW counted;
SELECT lo_from_bytea(4711, '\xdeadbeef');
COMMENT ON LARGE OBJECT 4711 IS 'large;';
SELECT nextval('numbers');
