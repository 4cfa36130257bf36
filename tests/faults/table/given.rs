//! What the victim was given, and what is left of it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use fixtured_tests::{Process, leased, process, processes, supervisor_of};
use postgres::{Client, NoTls};

use super::memory::SharedMemory;

/// What the victim was given, as it was found before anything was struck.
#[derive(Debug)]
pub(crate) struct Given {
    mark: String,
    pub(crate) session: PathBuf,
    pub(crate) test: Process,
    pub(crate) supervisor: Process,
    pub(crate) keepers: Vec<Process>,
    /// The process of each daemon, by its name.
    pub(crate) daemons: BTreeMap<String, Process>,
    /// What descends from the daemons.
    descendants: Vec<Process>,
    ports: Vec<u16>,
    directories: Vec<PathBuf>,
    sockets: Vec<PathBuf>,
    pub(crate) memory: SharedMemory,
    database: String,
    /// Where the server of the session is, if the session goes on without the test.
    goes_on: Option<String>,
    /// The keeper of that server.
    server_keeper: Option<u32>,
}

/// What is left, one list for each column of the table.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) processes: Vec<String>,
    pub(crate) directories: Vec<String>,
    pub(crate) ports: Vec<String>,
    pub(crate) sockets: Vec<String>,
    pub(crate) memory: Vec<String>,
}

impl Left {
    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            processes,
            directories,
            ports,
            sockets,
            memory,
        } = self;
        [processes, directories, ports, sockets, memory]
            .iter()
            .all(|left| left.is_empty())
    }
}

impl Given {
    /// Reads the victim's record and looks at what is there. `None` means that the record is not written yet.
    pub(crate) fn read(record: &Path, mark: &str) -> Option<Self> {
        let record = fs::read_to_string(record).ok()?;
        let values = |wanted: &str| -> Vec<&str> {
            record
                .lines()
                .filter_map(|line| line.split_once(' '))
                .filter(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
                .collect()
        };
        let paths = |wanted| values(wanted).into_iter().map(PathBuf::from).collect();
        let one = |name: &str| -> Process {
            let pid = values(name)[0].parse().unwrap();
            process(pid).unwrap_or_else(|| panic!("{name} (pid {pid}) is not there"))
        };
        let session = PathBuf::from(values("session")[0]);
        let supervisor = supervisor_of(&session).expect("the session has a supervisor");
        let names = ["postgres", "redis", "stubborn", "detaching"];
        let mut given = Self {
            mark: mark.into(),
            test: one("test"),
            daemons: names.map(|name| (name.to_owned(), one(name))).into(),
            keepers: Vec::new(),
            descendants: Vec::new(),
            ports: values("port")
                .iter()
                .map(|port| port.parse().unwrap())
                .collect(),
            directories: paths("directory"),
            sockets: paths("socket"),
            memory: SharedMemory::default(),
            database: values("database")[0].into(),
            goes_on: None,
            server_keeper: None,
            session,
            supervisor,
        };
        given.memory = SharedMemory::of(&given.directories);
        given.sockets.push(given.session.join("socket"));
        given.directories.push(given.session.clone());
        given.look();
        Some(given)
    }

    /// Forgets what belongs to the session, which goes on without the test. `url` is where its server is.
    pub(crate) fn forget_the_session(&mut self, url: &str) {
        self.server_keeper = Some(self.keeper("postgres").pid);
        self.daemons.remove("postgres");
        let port = url.rsplit([':', '/']).find_map(|part| part.parse().ok());
        self.ports.retain(|leased| Some(*leased) != port);
        let of_server = self.sockets[0].parent().unwrap().to_owned();
        self.directories
            .retain(|path| *path != of_server && *path != self.session);
        self.sockets.clear();
        self.memory = SharedMemory::default();
        self.goes_on = Some(url.into());
        self.look();
    }

    /// Adds a daemon that the test is starting or stopping: its command line says where it was put.
    pub(crate) fn add_late(&mut self, way: &str) -> Option<&Process> {
        let pattern = format!("{way} {} ", self.mark);
        let (late, directory, port) = processes().into_iter().find_map(|process| {
            let (_, place) = process.command.split_once(&pattern)?;
            // Others that misbehave in the same way are not told where they were put.
            let (directory, port) = place.trim().split_once(' ')?;
            let (directory, port) = (directory.into(), port.parse().ok()?);
            Some((process, directory, port))
        })?;
        if !self.daemons.contains_key("late") {
            self.directories.push(directory);
            self.ports.push(port);
            self.daemons.insert("late".into(), late);
            self.look();
        }
        self.daemons.get("late")
    }

    /// Finds the keepers and what descends from the daemons, however it is related to them.
    fn look(&mut self) {
        let all = processes();
        let children = |parent: &Process| -> Vec<Process> {
            let of_parent = all.iter().filter(|process| process.parent == parent.pid);
            of_parent.cloned().collect()
        };
        self.descendants = self.daemons.values().flat_map(children).collect();
        let keepers = children(&self.supervisor);
        self.keepers = keepers
            .into_iter()
            .filter(|keeper| Some(keeper.pid) != self.server_keeper)
            .collect();
    }

    /// The keeper of a daemon.
    pub(crate) fn keeper(&self, daemon: &str) -> &Process {
        let parent = self.daemons[daemon].parent;
        let mut keepers = self.keepers.iter();
        keepers.find(|keeper| keeper.pid == parent).unwrap()
    }

    /// The processes of one daemon.
    pub(crate) fn of_daemon(&self, daemon: &str) -> Vec<Process> {
        let daemon = &self.daemons[daemon];
        let children = self.descendants.iter();
        let children = children.filter(|process| process.parent == daemon.pid);
        children.chain([daemon]).cloned().collect()
    }

    /// Everything that runs for the test; the test itself and its runner are not of it.
    fn known(&self) -> impl Iterator<Item = &Process> {
        let supervisor = Some(&self.supervisor).filter(|_| self.goes_on.is_none());
        self.keepers.iter().chain(supervisor).chain(self.kept())
    }

    /// What the keepers keep.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Process> {
        self.daemons.values().chain(&self.descendants)
    }

    /// What still runs.
    pub(crate) fn running(&self) -> Vec<Process> {
        let known: Vec<_> = self.known().filter(|known| known.runs()).cloned().collect();
        // Looking at all processes takes its time, so it is done when those that are known are gone.
        if known.is_empty() {
            return self.marked();
        }
        known
    }

    /// What has the mark in its command line, however it is related.
    pub(crate) fn marked(&self) -> Vec<Process> {
        let all = processes().into_iter();
        all.filter(|process| process.command.contains(&self.mark))
            .collect()
    }

    /// What is not there that ought to be, as long as nothing was struck.
    pub(crate) fn missing(&self) -> Vec<String> {
        // A server's own children come and go.
        let lasting = self.daemons.values().chain(&self.keepers);
        let lasting = lasting.chain([&self.supervisor, &self.test]);
        let gone = lasting.filter(|process| !process.runs());
        let mut missing: Vec<_> = gone.map(|process| process.command.clone()).collect();
        let paths = self.directories.iter().chain(&self.sockets);
        missing.extend(
            paths
                .filter(|path| !path.exists())
                .map(|path| path.display().to_string()),
        );
        // The late one leases a port, but does not listen on it.
        let recorded = self.ports.iter().take(2);
        let free = recorded.filter(|port| leased(**port) != (true, true));
        missing.extend(free.map(|port| format!("port {port}")));
        // The forking daemon is not among those that are known.
        if self.keepers.len() <= self.daemons.len() {
            missing.push(format!("a keeper, of {}", self.keepers.len()));
        }
        if self.goes_on.is_none() && self.memory.left().is_empty() {
            missing.push("a segment of shared memory".into());
        }
        if self.marked().len() < 3 {
            missing.push("marked processes".into());
        }
        missing
    }

    pub(crate) fn left(&self) -> Left {
        let mut left = Left::default();
        let name = |process: &Process| format!("{} `{}`", process.pid, process.command.trim());
        left.processes = self.running().iter().map(name).collect();
        left.directories = existing(&self.directories);
        match &self.goes_on {
            None => left.directories.extend(self.elsewhere()),
            Some(url) => left.directories.extend(self.kept_database(url)),
        }
        left.sockets = existing(&self.sockets);
        left.memory = self.memory.left();
        for port in &self.ports {
            match leased(*port) {
                (false, false) => {}
                (true, _) => left.ports.push(format!("{port} is in use")),
                (false, true) => left.ports.push(format!("{port} is leased")),
            }
        }
        left
    }

    /// The test's own database in the server that goes on.
    fn kept_database(&self, url: &str) -> Option<String> {
        let found = Client::connect(url, NoTls).and_then(|mut client| {
            let find = "SELECT 1 FROM pg_database WHERE datname = $1";
            client.query(find, &[&self.database])
        });
        match found {
            Ok(rows) if rows.is_empty() => None,
            Ok(_) => Some(format!("the database {}", self.database)),
            Err(error) => Some(format!("an unknown database: {error}")),
        }
    }

    /// Directories with the session's name, of whichever user, that nobody has told about.
    fn elsewhere(&self) -> Vec<String> {
        let roots = [env::temp_dir(), PathBuf::from("/dev/shm")];
        let entries = roots
            .iter()
            .flat_map(|root| fs::read_dir(root).into_iter().flatten().flatten());
        let of_users = entries.filter(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(b"fixtured-")
        });
        let name = self.session.file_name().unwrap();
        let of_session: Vec<_> = of_users.map(|user| user.path().join(name)).collect();
        let unknown = |path: &&PathBuf| !self.directories.contains(path);
        existing(of_session.iter().filter(unknown))
    }
}

fn existing<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Vec<String> {
    let paths = paths.into_iter().filter(|path| path.exists());
    paths.map(|path| path.display().to_string()).collect()
}
