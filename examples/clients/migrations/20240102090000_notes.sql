CREATE TABLE notes (
    id bigserial PRIMARY KEY,
    author bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    text text NOT NULL
);
CREATE INDEX notes_by_author ON notes (author, id);
