CREATE INDEX accounts_created_at ON accounts (created_at);
INSERT INTO accounts (name) VALUES ('first'), ('second');
