//! The other session, to which nothing may happen.

use std::process::Command;

use fixtured_tests::{Holder, Holding, Process, alive, eventually, process, supervisor_of};
use postgres::{Client, NoTls};

/// A session with PostgreSQL that runs beside all rows.
pub(crate) struct Bystander {
    holder: Holder,
    holding: Holding,
    server: Process,
    supervisor: Process,
}

impl Bystander {
    pub(crate) fn new() -> Self {
        let mut holder = Holder::start(Command::new(env!("CARGO_BIN_EXE_hold"))).unwrap();
        let holding = holder.ask().unwrap();
        let mut client = Client::connect(&holding.url, NoTls).unwrap();
        let keep = "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')";
        client.batch_execute(keep).unwrap();
        Self {
            server: process(holding.server).unwrap(),
            supervisor: supervisor_of(&holding.session()).unwrap(),
            holder,
            holding,
        }
    }

    /// What has happened to it, if anything has.
    pub(crate) fn harm(&self) -> Option<String> {
        if !self.server.runs() {
            return Some(format!("the server (pid {}) is gone", self.server.pid));
        }
        if !self.supervisor.runs() {
            return Some("the supervisor is gone".into());
        }
        for path in [&self.holding.dir, &self.holding.log] {
            if !path.exists() {
                return Some(format!("{} is gone", path.display()));
            }
        }
        self.read().err()
    }

    fn read(&self) -> Result<(), String> {
        let failed = |error: postgres::Error| format!("the server says: {error}");
        let mut client = Client::connect(&self.holding.url, NoTls).map_err(failed)?;
        let row = client.query_one("SELECT word FROM kept", &[]);
        match row.map_err(failed)?.get(0) {
            "here" => Ok(()),
            other => Err(format!("the table has `{other}` in it")),
        }
    }

    /// Ends it, as a runner that ends by itself does.
    pub(crate) fn end(self) {
        let Self {
            holder, holding, ..
        } = self;
        drop(holder);
        let gone = || {
            let paths = [holding.session(), holding.dir.clone()];
            let processes = [self.server.pid, self.supervisor.pid];
            let left = paths.iter().any(|path| path.exists()) || processes.into_iter().any(alive);
            (!left).then_some(())
        };
        eventually("the other session leaves nothing either", gone);
    }
}
