//! `notes`: a small HTTP service to test.
//!
//! | request | answer |
//! |---|---|
//! | `GET /health` | 204 |
//! | `POST /notes` with the text as the body | 201, the note's ID |
//! | `GET /notes` | 200, one note per line |
//! | `GET /notes/ID` | 200 and the text, or 404 |
//! | `DELETE /notes/ID` | 204, or 404 |
//!
//! It listens on port `PORT` of the loopback interface. It stores the notes in the PostgreSQL database `DATABASE_URL` if that
//! is set, otherwise in memory.

mod answer;
mod settings;
mod store;

use std::error::Error;
use std::process::ExitCode;

use settings::Settings;
use tiny_http::{Response, Server};

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_environment()?;
    let mut store = store::open(settings.database_url.as_deref())?;
    let address = settings.address;
    let server =
        Server::http(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    println!("listening on http://{address}");

    for mut request in server.incoming_requests() {
        let (status, text) = answer::to(&mut request, store.as_mut()).unwrap_or_else(|error| {
            eprintln!("{} {}: {error}", request.method(), request.url());
            (500, error.to_string())
        });
        // Keep serving if a client has disconnected.
        let _ = request.respond(Response::from_string(text).with_status_code(status));
    }
    Ok(())
}
