ALTER TABLE users ADD COLUMN accounts_id bigint REFERENCES accounts (id) ON DELETE CASCADE;
CREATE INDEX users_accounts_id ON users (accounts_id);
INSERT INTO users (name, accounts_id) VALUES ('first', 1), ('second', 2);
