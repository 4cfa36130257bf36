//! `notes-axum`: users and their notes, with axum and sqlx.
//!
//! | request | answer |
//! |---|---|
//! | `GET /health` | 204 |
//! | `POST /users` with `{"name": …}` | 201 and the user, or 409 if the name is taken |
//! | `POST /users/ID/notes` with `{"text": …}` | 201 and the note, or 404 if there is no such user |
//! | `GET /users/ID/notes` | 200 and all notes of the user, the oldest first |
//!
//! It listens on port `PORT` of the loopback interface, and stores everything in the PostgreSQL database `DATABASE_URL`. It applies
//! its migrations when it starts.

mod problem;
mod routes;
mod settings;
mod store;

use std::error::Error;
use std::process::ExitCode;

use settings::Settings;
use store::Store;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notes-axum: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_environment()?;
    // The URL may contain a password, so it must not be logged.
    let store = Store::connect(&settings.database_url)
        .await
        .map_err(|error| format!("DATABASE_URL: {error}"))?;
    let listener = TcpListener::bind(settings.address)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", settings.address))?;
    println!("listening on http://{}", settings.address);
    Ok(axum::serve(listener, routes::all(store)).await?)
}
