//! Starts servers of its own that are prepared with data from the cache: `made DIRECTORY COUNT`, all at once. Each time data is made, a
//! line is added to `made` in the directory, and the half of it waits until `go` is there. A server that has not all of its data ends
//! with 9. Tells about each in a line: that it started, or why it did not.

use std::thread;
use std::time::Duration;

use fixtured::launch::{Command, Launch, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon};

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [directory, count] = &words[..] else {
        eprintln!("where, and how many?");
        std::process::exit(2);
    };
    let failed = thread::scope(|scope| {
        let starting = (0..count.parse().unwrap())
            .map(|_| scope.spawn(|| start(directory)))
            .collect::<Vec<_>>();
        let started = starting.into_iter().map(|thread| thread.join().unwrap());
        started.filter(|well| !well).count()
    });
    std::process::exit(i32::from(failed > 0));
}

/// Both halves have to be there, and 40 files between them.
const MAKE: &str = r#"
echo made >>"$2/made"
mkdir -p "$1/more" && echo first >"$1/first"
until test -e "$2/go"; do sleep 0.02; done
for i in $(seq 40); do echo $i >"$1/more/$i"; done
echo last >"$1/last"
"#;

const SERVE: &str = r#"
test "$(cat data/first data/last)" = "$(printf 'first\nlast')" || exit 9
test "$(cat data/more/* | sort -n | tr '\n' ' ')" = "$(seq 40 | tr '\n' ' ')" || exit 9
echo serving; exec sleep 1000
"#;

/// A server of the directory.
struct Made(String);

impl Daemon for Made {
    fn launch(&self, site: &Site) -> Launch {
        let mut launch = Launch::new("made");
        launch.timeout = Duration::from_secs(40);
        let make = Command::new("sh", ["-c", MAKE, "make", site.template, &self.0]);
        launch.prepare.push(Step::template(
            format!("{}/data", site.dir),
            [Step::Run(make)],
        ));
        let serve = Command::new("sh", ["-c", SERVE]);
        let ready = Ready::Output("serving".into());
        launch.processes.push(Process::new(serve, ready));
        launch
    }
}

/// Says on one line how the start went, and whether it went well.
fn start(directory: &str) -> bool {
    let started = Made(directory.into()).start();
    match &started {
        Ok(_) => println!("started"),
        Err(error) => println!("{}", error.to_string().replace('\n', "  ")),
    }
    started.is_ok()
}
