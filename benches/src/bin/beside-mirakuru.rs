//! How long fixtured's executors and mirakuru's take to notice that a server is ready, each kind beside its counterpart.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fixtured::executor::Kind;
use fixtured::{
    ExecutorOf, HttpExecutor, OutputExecutor, PidExecutor, TcpExecutor, UnixSocketExecutor,
};
use fixtured_benches::figures::{Figures, Table};
use fixtured_benches::mirakuru::Mirakuru;
use fixtured_benches::stamps::{Stamps, noted};
use fixtured_benches::{Result, clock};

/// How late the server becomes ready.
const EARLIEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_millis(200);

const KINDS: [&str; 6] = [
    "output",
    "tcp",
    "unix-socket",
    "http",
    "http-503",
    "pid-file",
];

/// mirakuru's option `sleep`, in seconds: its default, and one that looks a hundred times as often.
const SLEEPS: [&str; 2] = ["", "0.001"];

/// Below those that clients are given (`ip_local_port_range` in ip(7)): whoever looks for a server on one of these again and again
/// connects to himself sooner or later.
const PORTS: std::ops::Range<u16> = 10_000..20_000;

/// A start of the late server.
struct Start {
    kind: &'static str,
    target: String,
    stamp: PathBuf,
    command: Vec<String>,
}

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [rounds, python] = &args[..] else {
        return Err("usage: beside-mirakuru ROUNDS PYTHON".into());
    };
    let mut mirakuru = Mirakuru::new(Path::new(python))?;
    let stamps = Stamps::new()?;
    let mut ours = Table::default();
    let mut theirs = SLEEPS.map(|sleep| (sleep, Table::default()));
    let mut delays = clock::spread(EARLIEST, LATEST);
    let mut ports = PORTS.cycle();
    for round in 0..rounds.parse()? {
        for kind in KINDS {
            let late = delays.next().unwrap_or(EARLIEST);
            let mut next = |who: &str| {
                let port = ports
                    .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
                    .ok_or("no port is free")?;
                Start::new(kind, late, port, |name| {
                    stamps.path(&format!("{who}-{kind}-{round}-{name}"))
                })
            };
            let start = next("fixtured")?;
            ours.add(kind, start.by_fixtured()?);
            for (sleep, table) in &mut theirs {
                let start = next(&format!("mirakuru{sleep}"))?;
                let started = mirakuru.start(sleep, kind, &start.target, &start.command)?;
                table.add(kind, started - noted(&start.stamp)?);
                mirakuru.stop()?;
            }
        }
    }
    for (sleep, table) in &theirs {
        let peer = match *sleep {
            "" => "mirakuru".into(),
            sleep => format!("mirakuru, `sleep={sleep}`"),
        };
        print(&ours, &peer, table);
    }
    Ok(())
}

impl Start {
    /// With paths of its own, which `path` makes of a name.
    fn new(
        kind: &'static str,
        late: Duration,
        port: u16,
        path: impl Fn(&str) -> PathBuf,
    ) -> Result<Self> {
        let target = match kind {
            "tcp" | "http" | "http-503" => format!("127.0.0.1:{port}"),
            _ => path("target").display().to_string(),
        };
        let stamp = path("stamp");
        let server = std::env::current_exe()?.with_file_name("late-server");
        let command = vec![
            server.display().to_string(),
            kind.into(),
            target.clone(),
            stamp.display().to_string(),
            late.as_micros().to_string(),
        ];
        Ok(Self {
            kind,
            target,
            stamp,
            command,
        })
    }

    /// Starts it with fixtured, stops it again, and returns how long it was ready before `start()` returned.
    fn by_fixtured(&self) -> Result<f64> {
        let (target, command) = (&self.target, self.command.clone());
        let url = format!("http://{target}/");
        match self.kind {
            "output" => self.noticed(OutputExecutor::new(command, "^ready")),
            "unix-socket" => self.noticed(UnixSocketExecutor::new(command, target)),
            "pid-file" => self.noticed(PidExecutor::new(command, target)),
            "tcp" => {
                let (host, port) = target.split_once(':').ok_or("no port")?;
                self.noticed(TcpExecutor::new(command, host, port))
            }
            _ => self.noticed(HttpExecutor::new(command, url)),
        }
    }

    fn noticed<K: Kind>(&self, executor: ExecutorOf<K>) -> Result<f64> {
        let mut executor = executor.timeout("60s").stop_signal("SIGKILL");
        executor.start()?;
        let started = clock::now()?;
        // A server that is stopped at once has no time for its note.
        let late = started - noted(&self.stamp)?;
        executor.stop()?;
        Ok(late)
    }
}

fn print(ours: &Table, name: &str, theirs: &Table) {
    println!("| milliseconds | fixtured, median | p95 | {name}, median | p95 | ratio of medians |");
    println!("|---|---:|---:|---:|---:|---:|");
    let cells = |figures: &Figures| {
        let p95 = figures.quantile(0.95);
        format!("{:.2} | {p95:.2}", figures.median())
    };
    for kind in KINDS {
        let (a, b) = (ours.row(kind), theirs.row(kind));
        let ratio = b.median() / a.median();
        println!("| {kind} | {} | {} | {ratio:.1} |", cells(&a), cells(&b));
    }
    println!();
}
