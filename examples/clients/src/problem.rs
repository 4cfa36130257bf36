//! What a client is told when the database refuses something.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sqlx::error::ErrorKind;

/// An error of the database, on its way to the client.
pub(crate) struct Problem(sqlx::Error);

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let answer = match self.0.as_database_error().map(|error| error.kind()) {
            Some(ErrorKind::UniqueViolation) => (StatusCode::CONFLICT, "the name is taken"),
            Some(ErrorKind::ForeignKeyViolation) => (StatusCode::NOT_FOUND, "no such user"),
            Some(ErrorKind::CheckViolation) => (StatusCode::BAD_REQUEST, "the name is empty"),
            _ => {
                // What exactly went wrong is nothing for a client, but for the log.
                eprintln!("{}", self.0);
                (StatusCode::INTERNAL_SERVER_ERROR, "the database failed")
            }
        };
        answer.into_response()
    }
}
