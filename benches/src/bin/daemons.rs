//! Every daemon of the list: how long it takes from the request until it is ready, beside the same started by hand and beside pifpaf.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use fixtured::Acquire;
use fixtured::daemons::{ALL, Entry};
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
const NOT_AS_ROOT: [&str; 2] = ["postgresql", "memcached"];

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", name, option] => ours(name, option),
        ["compare", rounds, pifpaf, ref names @ ..] => compare(rounds.parse()?, pifpaf, names),
        _ => Err("usage: daemons compare ROUNDS PIFPAF [NAME…]".into()),
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
    pifpaf: Figures,
    stop: Figures,
    memory: Figures,
}

fn compare(rounds: usize, pifpaf: &str, names: &[&str]) -> Result<()> {
    println!(
        "| daemon | cold | warm | by hand | warm / by hand | pifpaf | pifpaf / warm | memory | stop |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let plain = ALL.iter().map(|entry| (entry.name(), ""));
    let all = plain.chain(VARIANTS);
    for (name, option) in all.filter(|(name, _)| names.is_empty() || names.contains(name)) {
        let title = match option {
            "" => format!("`{name}`"),
            option => format!("`{name}`, {option}"),
        };
        eprintln!("{title}");
        match measure(name, option, rounds, pifpaf) {
            Ok(row) => println!("| {title} | {}", cells(&row)),
            Err(error) => {
                let error = error.to_string();
                let line = error.lines().next().unwrap_or_default();
                println!("| {title} | could not be measured: {line} ||||||||");
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
        ms(&row.pifpaf),
        ratio(&row.pifpaf, &row.warm),
        format!("{:.0} MB", row.memory.median() / 1e6),
        ms(&row.stop),
    ];
    cells.join(" | ") + " |"
}

fn measure(name: &str, option: &str, rounds: usize, pifpaf: &str) -> Result<Row> {
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
        let peer = match round {
            1 => beside(name, option, pifpaf),
            2 if row.pifpaf.count() > 0 => beside(name, option, pifpaf),
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
            if let Some(peer) = peer {
                row.pifpaf.add(peer);
            }
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

/// The wall time of `pifpaf run NAME -- true`, if it knows the daemon and can start it here.
fn beside(name: &str, option: &str, pifpaf: &str) -> Option<f64> {
    let entry = Entry::named(name)?;
    let listed = Command::new(pifpaf).arg("list").output().ok()?;
    let listed = String::from_utf8(listed.stdout).ok()?;
    let name = entry
        .names
        .iter()
        .find(|name| listed.lines().any(|line| line == **name))?;
    let mut command = Command::new("timeout");
    command.arg("120");
    if NOT_AS_ROOT.contains(name) && nix::unistd::geteuid().is_root() {
        command.args([
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
        ]);
        command.args(["env", "HOME=/tmp", "TMPDIR=/tmp"]);
    }
    command.args([pifpaf, "run", name]);
    if !option.is_empty() {
        command.arg(format!("--{option}"));
    }
    command.args(["--", "true"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Where `tests/provision` puts what needs no root.
    let home = std::env::var("HOME").unwrap_or_default();
    let own = ALL.iter().map(|entry| {
        let own = format!("{home}/.local/share/fixtured/{}", entry.name());
        format!("{own}/bin:{own}/node_modules/.bin")
    });
    let path = std::env::var("PATH").unwrap_or_default();
    let system = format!("{path}:/usr/sbin:/usr/lib/rabbitmq/bin");
    let path = std::iter::once(system)
        .chain(own)
        .collect::<Vec<_>>()
        .join(":");
    command.env("PATH", path).current_dir("/tmp");
    let began = Instant::now();
    let status = command.status().ok()?;
    status
        .success()
        .then(|| began.elapsed().as_secs_f64() * 1e3)
}
