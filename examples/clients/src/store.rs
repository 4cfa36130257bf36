//! Users and notes in a database.

use serde::Serialize;
use sqlx::PgPool;

/// A user who writes notes.
#[derive(Serialize)]
pub(crate) struct User {
    id: i64,
    name: String,
}

/// A user's note.
#[derive(Serialize)]
pub(crate) struct Note {
    id: i64,
    text: String,
    done: bool,
}

/// A connection pool for the database, shared by all requests.
#[derive(Clone)]
pub(crate) struct Store {
    pool: PgPool,
}

impl Store {
    /// Connects at once, so that a wrong URL fails the start, and applies the migrations that the database lacks.
    pub(crate) async fn connect(url: &str) -> sqlx::Result<Self> {
        let pool = PgPool::connect(url).await?;
        sqlx::migrate!().run(&pool).await?;
        Ok(Self { pool })
    }

    /// Checks that the database answers.
    pub(crate) async fn check(&self) -> sqlx::Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Adds a user. The name must be unique.
    pub(crate) async fn add_user(&self, name: String) -> sqlx::Result<User> {
        let id = sqlx::query_scalar("INSERT INTO users (name) VALUES ($1) RETURNING id")
            .bind(&name)
            .fetch_one(&self.pool)
            .await?;
        Ok(User { id, name })
    }

    /// Adds a note for a user.
    pub(crate) async fn add_note(&self, author: i64, text: String) -> sqlx::Result<Note> {
        let (id, done) =
            sqlx::query_as("INSERT INTO notes (author, text) VALUES ($1, $2) RETURNING id, done")
                .bind(author)
                .bind(&text)
                .fetch_one(&self.pool)
                .await?;
        Ok(Note { id, text, done })
    }

    /// All notes of a user, the oldest first.
    pub(crate) async fn notes(&self, author: i64) -> sqlx::Result<Vec<Note>> {
        let rows = sqlx::query_as("SELECT id, text, done FROM notes WHERE author = $1 ORDER BY id")
            .bind(author)
            .fetch_all(&self.pool)
            .await?;
        let note = |(id, text, done)| Note { id, text, done };
        Ok(rows.into_iter().map(note).collect())
    }
}
