//! A server started by hand, with databases to clone that scripts have made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::postgres::Connection;
use crate::{Result, bare, launches};

/// The twenty migrations of the suite, which are measured everywhere.
pub const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite/migrations");

/// PostgreSQL, as people run it for tests: it was started once, by hand, with the same settings as fixtured's.
#[derive(Debug)]
pub struct Peer {
    socket: PathBuf,
    port: u16,
    dir: PathBuf,
    // The server goes before its directory.
    server: bare::Server,
    _site: bare::Site,
}

impl Peer {
    /// Starts the server and waits until it answers.
    pub fn new() -> Result<Self> {
        let site = bare::Site::new()?;
        let launch = launches::of("postgres")?;
        let dir = site.path("server");
        let port = bare::free_port()?;
        bare::make_dir(&launch, &dir)?;
        bare::make_template(&launch, &dir.join("data"))?;
        let socket = dir.join(format!(".s.PGSQL.{port}"));
        let mut server = bare::Server::start(&launch, &dir, port)?;
        server.answers(|| Connection::answered(&socket, "postgres"))?;
        Ok(Self {
            socket,
            port,
            dir,
            server,
            _site: site,
        })
    }

    /// Makes a database of this name that all migrations have been applied to.
    pub fn migrate(&self, name: &str) -> Result<()> {
        let mut scripts: Vec<_> = fs::read_dir(MIGRATIONS)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        scripts.sort();
        self.prepare(name, &scripts)
    }

    /// Makes a database of this name that these scripts have been applied to.
    pub fn prepare<P: AsRef<Path>>(&self, name: &str, scripts: &[P]) -> Result<()> {
        self.connect()?
            .execute(&format!("CREATE DATABASE {name}"))?;
        let mut connection = Connection::open(&self.socket, name)?;
        for script in scripts {
            connection.execute(&fs::read_to_string(script)?)?;
        }
        Ok(())
    }

    /// A new connection, not to what is cloned.
    pub fn connect(&self) -> Result<Connection> {
        Connection::open(&self.socket, "postgres")
    }

    /// Where its data are.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The number of the server's process.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// A URL for clients that know libpq's parameters, by way of the socket, where no password is asked for.
    pub fn url(&self) -> String {
        let directory = self.dir.display();
        format!(
            "postgresql:///postgres?host={directory}&port={}&user=postgres",
            self.port
        )
    }
}
