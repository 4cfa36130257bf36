//! A service that is started for each test on a free port, and stopped after it.

use fixtured::with_daemon;

fn write(url: &str, text: &str) -> Result<String, ureq::Error> {
    let mut answer = ureq::post(format!("{url}/notes")).send(text)?;
    answer.body_mut().read_to_string()
}

fn read(url: &str, path: &str) -> Result<String, ureq::Error> {
    let mut answer = ureq::get(format!("{url}{path}")).call()?;
    answer.body_mut().read_to_string()
}

// Ready as soon as the request is answered. The test needs no sleeps and no retries.
#[with_daemon(
    bin = "notes",
    env(PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[test]
fn a_note_can_be_read_back(url: &str) {
    let id = write(url, "buy milk").unwrap();
    assert_eq!(read(url, &format!("/notes/{id}")).unwrap(), "buy milk");
}

// Ready as soon as a line of its output matches.
#[with_daemon(bin = "notes", env(PORT = "{port}"), output = "^listening on ")]
#[test]
fn a_removed_note_is_gone(port: u16) {
    let url = format!("http://127.0.0.1:{port}");
    let id = write(&url, "buy milk").unwrap();
    let note = format!("{url}/notes/{id}");
    ureq::delete(&note).call().unwrap();

    let again = ureq::get(&note).call();
    assert!(matches!(again, Err(ureq::Error::StatusCode(404))));
}

// On a module, the attribute applies to each test inside.
#[with_daemon(
    bin = "notes",
    env(PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
mod in_a_new_service {
    use super::{read, write};

    #[test]
    fn there_are_no_notes(url: &str) {
        assert_eq!(read(url, "/notes").unwrap(), "");
    }

    #[test]
    fn notes_are_listed_in_order(url: &str) {
        write(url, "buy milk").unwrap();
        write(url, "drink it").unwrap();
        assert_eq!(read(url, "/notes").unwrap(), "buy milk\ndrink it\n");
    }
}
