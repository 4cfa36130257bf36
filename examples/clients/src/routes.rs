//! Requests and their responses.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use crate::problem::Problem;
use crate::store::{Note, Store, User};

/// All routes of the service.
pub(crate) fn all(store: Store) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/users", post(add_user))
        .route("/users/{id}/notes", get(notes).post(add_note))
        .with_state(store)
}

#[derive(Deserialize)]
struct NewUser {
    name: String,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

async fn health(State(store): State<Store>) -> Result<StatusCode, Problem> {
    store.check().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_user(
    State(store): State<Store>,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let user = store.add_user(new.name).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

async fn add_note(
    State(store): State<Store>,
    Path(author): Path<i64>,
    Json(new): Json<NewNote>,
) -> Result<(StatusCode, Json<Note>), Problem> {
    let note = store.add_note(author, new.text).await?;
    Ok((StatusCode::CREATED, Json(note)))
}

async fn notes(
    State(store): State<Store>,
    Path(author): Path<i64>,
) -> Result<Json<Vec<Note>>, Problem> {
    Ok(Json(store.notes(author).await?))
}
