//! Responses to database errors.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sqlx::error::ErrorKind;

/// A database error, converted to a response.
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
                // The details belong in the log, not in the response.
                eprintln!("{}", self.0);
                (StatusCode::INTERNAL_SERVER_ERROR, "the database failed")
            }
        };
        answer.into_response()
    }
}
