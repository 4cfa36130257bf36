//! Every daemon of the list: how long it takes from the request until it is ready, beside the same started by hand and beside pifpaf.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use fixtured::__command_line::{ALL, Entry};
use fixtured::Acquire;
use fixtured::launch::Launch;
use fixtured_benches::figures::Figures;
use fixtured_benches::rerun::Process;
use fixtured_benches::{Result, bare, by_hand, clock, room, running};

/// What is measured besides each daemon without options: a name and options for both command lines.
const VARIANTS: [(&str, &str); 3] = [
    ("redis", "sentinel"),
    ("etcd", "cluster"),
    ("rabbitmq", "cluster"),
];

/// Those that refuse to run as root under pifpaf.
const NOT_AS_ROOT: [&str; 7] = [
    "postgresql",
    "mysql",
    "mariadb",
    "memcached",
    "swift",
    "gnocchi",
    "aodh",
];

/// The command lines that start a daemon for a command.
struct Runners<'a> {
    ours: &'a str,
    pifpaf: &'a str,
}

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", name, option] => ours(name, option),
        ["compare", rounds, ours, pifpaf, ref names @ ..] => {
            compare(rounds.parse()?, &Runners { ours, pifpaf }, names)
        }
        _ => Err("usage: daemons compare ROUNDS FIXTURED PIFPAF [NAME…]".into()),
    }
}

fn launch(name: &str, option: &str) -> Result<Launch> {
    let entry = Entry::named(name).ok_or_else(|| format!("there is no daemon `{name}`"))?;
    let options: &[_] = if option.is_empty() {
        &[]
    } else {
        &[(option, "")]
    };
    Ok((entry.configured)(options)?)
}

/// Runs in the new process, which is a session of its own: milliseconds until ready and until stopped, and bytes of memory.
fn ours(name: &str, option: &str) -> Result<()> {
    let launch = launch(name, option)?;
    let began = clock::now()?;
    let instance = launch.start()?;
    let ready = clock::now()? - began;
    // Each process has a keeper above it, and the supervisor is above those; neither is the daemon.
    let supervisor = running::parent(running::parent(instance.pid())?)?;
    let keepers = running::children(supervisor).into_iter();
    let memory: u64 = keepers
        .flat_map(running::children)
        .map(room::of_processes)
        .sum();
    let began = clock::now()?;
    drop(instance);
    println!("{ready} {} {memory}", clock::now()? - began);
    Ok(())
}

#[derive(Default)]
struct Row {
    cold: Figures,
    warm: Figures,
    bare: Figures,
    run: Figures,
    pifpaf: Figures,
    stop: Figures,
    memory: Figures,
}

fn compare(rounds: usize, runners: &Runners<'_>, names: &[&str]) -> Result<()> {
    println!(
        "| daemon | cold | warm | by hand | warm / by hand | run | pifpaf | pifpaf / run | memory | stop |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let plain = ALL.iter().map(|entry| (entry.name(), ""));
    let all = plain.chain(VARIANTS);
    for (name, option) in all.filter(|(name, _)| names.is_empty() || names.contains(name)) {
        let title = match option {
            "" => format!("`{name}`"),
            option => format!("`{name}`, {option}"),
        };
        eprintln!("{title}");
        match measure(name, option, rounds, runners) {
            Ok(row) => println!("| {title} | {}", cells(&row)),
            Err(error) => {
                let error = error.to_string();
                let line = error.lines().next().unwrap_or_default();
                println!("| {title} | could not be measured: {line} |||||||||");
            }
        }
    }
    Ok(())
}

fn cells(row: &Row) -> String {
    let ms = |figures: &Figures| match figures.count() {
        0 => "–".into(),
        _ => format!("{:.0}", figures.median()),
    };
    let ratio = |a: &Figures, b: &Figures| match a.count().min(b.count()) {
        0 => "–".into(),
        _ => format!("{:.2} ×", a.median() / b.median()),
    };
    let cells = [
        ms(&row.cold),
        ms(&row.warm),
        ms(&row.bare),
        ratio(&row.warm, &row.bare),
        ms(&row.run),
        ms(&row.pifpaf),
        ratio(&row.pifpaf, &row.run),
        format!("{:.0} MB", row.memory.median() / 1e6),
        ms(&row.stop),
    ];
    cells.join(" | ") + " |"
}

fn measure(name: &str, option: &str, rounds: usize, runners: &Runners<'_>) -> Result<Row> {
    let site = bare::Site::new()?;
    let launch = launch(name, option)?;
    let mut row = Row::default();
    let templates = std::env::temp_dir().join(format!("benches-by-hand-{}", std::process::id()));
    std::fs::create_dir_all(&templates)?;
    for round in 0..=rounds {
        // What is measured with nothing cached is measured less often: it can take very long.
        if round < 2 {
            let cache = site.path("cache");
            let [ready, ..] = session(name, option, Some(&cache))?;
            row.cold.add(ready);
            let _ = std::fs::remove_dir_all(&cache);
        }
        let [ready, stop, memory] = session(name, option, None)?;
        let began = Instant::now();
        let by_hand = by_hand::start(&launch, &site.path(&round.to_string()), &templates);
        let bare = began.elapsed().as_secs_f64() * 1e3;
        let run = wall(runners.ours, name, option);
        // One that pifpaf cannot start is not tried again: that can take very long.
        let peer = match round {
            1 => runners.peer(name, option),
            2 if row.pifpaf.count() > 0 => runners.peer(name, option),
            _ => None,
        };
        // The first round fills caches, of the machine as well.
        if round > 0 {
            row.warm.add(ready);
            row.stop.add(stop);
            row.memory.add(memory);
            match by_hand {
                Ok(_) => row.bare.add(bare),
                Err(error) => eprintln!("by hand: {error}"),
            }
            run.into_iter().for_each(|run| row.run.add(run));
            peer.into_iter().for_each(|peer| row.pifpaf.add(peer));
        }
    }
    std::fs::remove_dir_all(&templates)?;
    Ok(row)
}

fn session(name: &str, option: &str, cache: Option<&Path>) -> Result<[f64; 3]> {
    let cache = cache.map(|cache| ("XDG_CACHE_HOME", cache));
    let mut process = Process::with(&["ours", name, option], None, cache)?;
    let numbers = process.numbers()?;
    process.finish()?;
    Ok(numbers.try_into().map_err(|_| "it said something else")?)
}

impl Runners<'_> {
    /// The wall time of `pifpaf run NAME -- true`, if it knows the daemon and can start it here.
    fn peer(&self, name: &str, option: &str) -> Option<f64> {
        let listed = Command::new(self.pifpaf).arg("list").output().ok()?;
        let listed = String::from_utf8(listed.stdout).ok()?;
        let known = |name: &&&str| listed.lines().any(|line| line == **name);
        let name = Entry::named(name)?.names.iter().find(known)?;
        wall(self.pifpaf, name, option)
    }
}

/// The wall time of `RUNNER run NAME -- true`, if it succeeds.
fn wall(runner: &str, name: &str, option: &str) -> Option<f64> {
    let mut command = Command::new("timeout");
    command.arg("120");
    let refuses = runner.ends_with("pifpaf") && NOT_AS_ROOT.contains(&name);
    if refuses && nix::unistd::geteuid().is_root() {
        let user = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        command.arg("setpriv").args(user);
        command.args(["env", "HOME=/tmp", "TMPDIR=/tmp"]);
    }
    command.args([runner, "run", name]);
    if !option.is_empty() {
        command.arg(format!("--{option}"));
    }
    command.args(["--", "true"]).current_dir("/tmp");
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // For pifpaf, which looks nowhere else: its own environment, where `tests/provision` puts things, and where distributions do.
    let home = std::env::var("HOME").unwrap_or_default();
    let own = Path::new(runner).parent().map(Path::display);
    let own = own.map_or_else(String::new, |own| own.to_string());
    let path = std::env::var("PATH").unwrap_or_default();
    let share = format!("{home}/.local/share/fixtured");
    let s3rver = format!("{share}/s3rver/node_modules/.bin:{share}/consul/bin");
    let system = "/usr/sbin:/usr/lib/rabbitmq/bin:/usr/share/zookeeper/bin";
    command.env("PATH", format!("{path}:{own}:{system}:{s3rver}"));
    let began = Instant::now();
    let status = command.status().ok()?;
    let wall = began.elapsed().as_secs_f64() * 1e3;
    status.success().then_some(wall)
}
