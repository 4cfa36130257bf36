//! A terminal program inside keeps its terminal, and the keys of the terminal reach it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use fixtured_tests::eventually;

use super::world::World;

/// A terminal with a program in it.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    /// Opens one by way of script(1), in which a shell reads what is typed.
    fn new(world: &World) -> Self {
        let start = world.directory.join("bashrc");
        std::fs::write(&start, "PS1='ready> '\n").unwrap();
        let shell = format!("exec bash --rcfile {} --noediting -i", start.display());
        let mut command = world.command("script");
        command
            .args(["-qc", &shell, "/dev/null"])
            .env("TERM", "xterm");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (keys, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let shown = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&shown);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                let text = String::from_utf8_lossy(bytes.get(..read).unwrap()).into_owned();
                to.lock().unwrap().push_str(&text);
            }
        });
        let terminal = Self { child, keys, shown };
        terminal.shows("ready> ");
        terminal
    }

    fn types(&mut self, keys: &str) {
        self.shown.lock().unwrap().clear();
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until this has appeared since the last keys, and returns all of it, without colours.
    #[track_caller]
    fn shows(&self, text: &str) -> String {
        eventually(&format!("{text:?} is shown"), || self.has_shown(text)).0
    }

    fn has_shown(&self, text: &str) -> Option<String> {
        let shown = self.shown.lock().unwrap().clone();
        let plain = shown
            .replace("\x1b[0m", "")
            .replace("\x1b[1m", "")
            .replace("\x1b[32m", "");
        plain.contains(text).then_some(shown)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if thread::panicking() {
            let shown = self.shown.lock().unwrap().escape_debug().to_string();
            eprintln!(
                "shown last: {}",
                shown.chars().take(2000).collect::<String>()
            );
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn keys_interrupt_stop_and_continue_the_command() {
    let world = World::new("keys");
    let mut terminal = Terminal::new(&world);
    terminal.types("fixtured run redis -- cat; echo code=$?\n");
    terminal.shows("ready on port");
    terminal.shows("s)");
    world.runs("cat");
    terminal.types("hello\n");
    terminal.shows("hello\r\nhello");
    // Ctrl-Z, and back again.
    terminal.types("\x1a");
    terminal.shows("Stopped");
    assert!(!world.left().is_empty());
    terminal.types("fg\n");
    terminal.shows("fixtured run redis -- cat");
    terminal.types("again\n");
    terminal.shows("again\r\nagain");
    // Ctrl-C.
    terminal.types("\x03");
    terminal.shows("ready> ");
    world.becomes_empty();
    terminal.types("fixtured run redis -q -- sh -c 'trap \"echo one INT\" INT; echo trapped; read x; read y; exit 6'; echo code=$?\n");
    terminal.shows("trapped\r\n");
    terminal.types("\x03");
    terminal.shows("one INT");
    terminal.types("\n\n");
    let shown = terminal.shows("code=");
    assert!(
        shown.contains("code=6") && !shown.contains("INT\r\none"),
        "{shown}"
    );
    world.is_empty();
}

#[test]
fn a_shell_inside_has_jobs_and_can_be_suspended() {
    let world = World::new("tty-shell");
    let mut terminal = Terminal::new(&world);
    terminal.types("PS1='inner> ' fixtured run redis -q -- bash --norc --noediting -i\n");
    terminal.shows("inner> ");
    terminal.types("redis-cli -u $FIXTURED_URL ping\n");
    terminal.shows("PONG");
    terminal.types("cat\n");
    world.runs("cat");
    terminal.types("\x1a");
    terminal.shows("Stopped");
    terminal.types("fg\n");
    terminal.shows("cat\r\n");
    terminal.types("hello\n");
    terminal.shows("hello\r\nhello");
    terminal.types("\x03");
    terminal.shows("inner> ");
    // The shell inside stops itself, and the one outside has the terminal again.
    terminal.types("suspend\n");
    terminal.shows("ready> ");
    terminal.types("fg\n");
    terminal.types("echo $((40 + 2))\n");
    terminal.shows("42\r\n");
    terminal.types("exit 9\n");
    terminal.shows("ready> ");
    terminal.types("echo code=$?\n");
    terminal.shows("code=9");
    world.is_empty();
}

#[test]
fn psql_is_at_the_terminal() {
    let world = World::new("tty-psql");
    let mut terminal = Terminal::new(&world);
    terminal.types("PAGER=cat PSQLRC=/dev/null fixtured run postgresql -q -- psql; echo code=$?\n");
    terminal.shows("postgres=# ");
    terminal.types("select 'a' || 'b';\n");
    terminal.shows("ab");
    // Ctrl-C ends a query, not psql.
    terminal.types("do $$ begin raise notice 'asleep'; perform pg_sleep(1000); end $$;\n");
    terminal.shows("NOTICE:  asleep");
    terminal.types("\x03");
    terminal.shows("canceling statement due to user request");
    terminal.types("\\q\n");
    terminal.shows("code=0");
    world.is_empty();
}

#[test]
fn a_closed_terminal_leaves_nothing() {
    let world = World::new("closed");
    for command in [
        "fixtured run redis+memcached -- cat",
        "fixtured run redis+memcached -- bash -i",
        "FIXTURED_REDIS_BIN=$PWD fixtured run redis",
    ] {
        let mut terminal = Terminal::new(&world);
        let never_ready = world.directory.join("redis-server");
        std::fs::write(&never_ready, "#!/bin/sh\nexec sleep 1000\n").unwrap();
        std::fs::set_permissions(
            &never_ready,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        terminal.types(&format!(
            "cd {}; PATH=/usr/bin:/bin:$PATH {command}\n",
            world.directory.display()
        ));
        eventually("it runs", || {
            let runs = world.processes().iter().any(|process| {
                let command = &process.command;
                ["cat", "bash -i", "sleep 1000"]
                    .iter()
                    .any(|wanted| command.starts_with(wanted))
            });
            runs.then_some(())
        });
        drop(terminal);
        world.becomes_empty();
    }
}

#[test]
fn progress_is_shown_and_replaced_by_one_line() {
    let world = World::new("progress");
    let mut terminal = Terminal::new(&world);
    terminal.types("stty cols 80; fixtured run postgresql -- true; echo code=$?\n");
    let shown = terminal.shows("code=0");
    assert!(
        shown.contains("\x1b[1mpostgresql\x1b[0m is \x1b[32mready\x1b[0m on port "),
        "{shown:?}"
    );
    terminal.types("NO_COLOR=1 fixtured run postgresql -- true; echo code=$?\n");
    assert!(!terminal.shows("code=0").contains("\x1b[1m"));
    world.is_empty();
}
