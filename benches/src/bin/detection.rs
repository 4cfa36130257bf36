//! How long it takes to notice that a server is ready: from the moment at which it is until `start()` returns.

use std::path::PathBuf;
use std::time::Duration;

use fixtured::launch::{Command, HttpProbe, Launch, Process, Ready, Site};
use fixtured::{Acquire, Daemon};
use fixtured_benches::figures::Table;
use fixtured_benches::stamps::{Stamps, noted};
use fixtured_benches::{Result, clock};

/// How late the server becomes ready.
const EARLIEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_millis(200);

const KINDS: [&str; 8] = [
    "tcp",
    "http",
    "http-503",
    "output",
    "unix-socket",
    "pid-file",
    "command",
    "exchange",
];

/// The late server, ready in one of the ways there are.
struct Late {
    kind: &'static str,
    stamp: PathBuf,
    late: Duration,
}

impl Daemon for Late {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let address = format!("127.0.0.1:{port}");
        let target = match self.kind {
            "output" | "unix-socket" | "pid-file" | "command" => format!("{dir}/target"),
            _ => address.clone(),
        };
        let ready = match self.kind {
            "tcp" => Ready::Tcp(address),
            "http" | "http-503" => Ready::Http(HttpProbe::new(format!("http://{address}/"))),
            "output" => Ready::Output("^ready".into()),
            "unix-socket" => Ready::UnixSocket(target.clone()),
            "pid-file" => Ready::PidFile(target.clone()),
            "command" => Ready::Command(Command::new("test", ["-e", &target])),
            _ => Ready::exchange(address, "PING\r\n", "+PONG"),
        };
        let program = std::env::current_exe()
            .unwrap_or_default()
            .with_file_name("late-server");
        let late = self.late.as_micros().to_string();
        let args = [self.kind, &target, &self.stamp.display().to_string(), &late];
        let mut launch = Launch::new("late");
        let command = Command::new(program.display().to_string(), args);
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
    }
}

fn main() -> Result<()> {
    let rounds: usize = std::env::args()
        .nth(1)
        .ok_or("usage: detection ROUNDS")?
        .parse()?;
    let stamps = Stamps::new()?;
    let mut table = Table::default();
    let mut delays = clock::spread(EARLIEST, LATEST);
    for round in 0..rounds {
        for kind in KINDS {
            let stamp = stamps.path(&format!("{kind}-{round}"));
            let late = delays.next().unwrap_or(EARLIEST);
            let instance = Late {
                kind,
                stamp: stamp.clone(),
                late,
            }
            .start()?;
            let noticed = clock::now()?;
            table.add(kind, noticed - noted(&stamp)?);
            drop(instance);
        }
    }
    println!("{table}");
    Ok(())
}
