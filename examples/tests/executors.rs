//! Without macros: processes and daemons from ordinary code, such as a benchmark or a custom harness.

use std::env;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpListener;

use fixtured::{Acquire, ErrorKind, HttpExecutor, Instance, OutputExecutor, daemons};
use postgres::{Client, NoTls};

/// Cargo sets the path of this package's binary.
const NOTES: &str = env!("CARGO_BIN_EXE_notes");

#[test]
fn the_service_survives_an_outage() -> Result<(), Box<dyn Error>> {
    let mut service =
        HttpExecutor::new([NOTES], "http://127.0.0.1:{port}/health").env("PORT", "{port}");
    service.start()?;
    let before = service.pid()?;
    let health = format!("http://127.0.0.1:{}/health", service.port()?);
    ureq::get(&health).call()?;

    service.stopped(|| assert!(ureq::get(&health).call().is_err()))?;
    assert!(service.running());
    assert_ne!(service.pid()?, before);
    Ok(())
}

#[test]
fn the_output_can_be_read() -> Result<(), Box<dyn Error>> {
    let mut service = OutputExecutor::new([NOTES], "^listening on ").env("PORT", "{port}");
    service.start()?.stop()?;
    // The reader starts after the line that the executor waited for.
    let mut rest = String::new();
    service.output()?.read_to_string(&mut rest)?;
    assert_eq!(rest, "");
    Ok(())
}

#[test]
fn a_service_that_cannot_start_says_why() -> Result<(), Box<dyn Error>> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    let mut service = OutputExecutor::new([NOTES], "^listening on ").env("PORT", port.to_string());
    let error = service.start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert_eq!(error.code(), Some(1));
    assert!(error.to_string().contains("notes: cannot listen on "));
    Ok(())
}

/// Without a macro, the test itself decides what to do if the daemon is not installed.
fn installed<D>(acquired: fixtured::Result<Instance<D>>) -> fixtured::Result<Option<Instance<D>>> {
    let may_skip = env::var("FIXTURED_MISSING").is_ok_and(|missing| missing == "skip");
    match acquired {
        Err(error) if error.kind() == ErrorKind::NotInstalled && may_skip => {
            // Unlike `eprintln!`, this is also shown for a test that passes.
            let _ = writeln!(io::stderr(), "SKIPPED: {error}");
            Ok(None)
        }
        acquired => acquired.map(Some),
    }
}

#[test]
fn a_database_is_acquired() -> Result<(), Box<dyn Error>> {
    let Some(postgres) = installed(daemons::postgres().acquire())? else {
        return Ok(());
    };
    let mut client = Client::connect(postgres.url(), NoTls)?;
    let name: String = client
        .query_one("SELECT current_database()", &[])?
        .try_get(0)?;
    assert_eq!(name, postgres.database());
    Ok(())
}
