//! A test process that does as it is told, one line of its standard input after the other, and answers each with a line: `up NAME PID PORT`,
//! `done`, or `error` and what went wrong. Its arguments are the program that misbehaves and a mark for the processes that it starts.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write, stdin};
use std::net::TcpStream;
use std::process;
use std::time::Duration;

use fixtured::daemons::{self, Memcached, Postgres, Redis};
use fixtured::executor::Kind;
use fixtured::{
    Acquire, ErrorKind, ExecutorOf, HttpExecutor, Instance, OutputExecutor, TcpExecutor,
};
use fixtured_tests::marked;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

type Attempt<T> = Result<T, Box<dyn Error>>;

/// Something that runs.
struct Thing {
    held: Box<dyn Held>,
    name: String,
    pid: u32,
    /// Whether it will run until somebody stops it.
    stays: bool,
}

/// What the actor does with something that runs.
trait Held {
    fn write(&mut self, value: &str) -> Attempt<()>;
    /// The value that was written.
    fn read(&mut self, value: &str) -> Attempt<String>;
}

fn main() {
    let mut things = Vec::new();
    for line in stdin().lines().map_while(Result::ok) {
        let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match act(word, argument, &mut things) {
            Ok(answer) => answer,
            Err(error) => format!("error {line}: {}", error.to_string().replace('\n', " | ")),
        };
        println!("{answer}");
    }
}

fn act(word: &str, argument: &str, things: &mut Vec<Thing>) -> Attempt<String> {
    let chosen = argument.parse::<usize>().unwrap_or(0) % things.len().max(1);
    match word {
        "redis" => {
            let redis = daemons::redis().acquire()?;
            let (pid, port) = (redis.pid(), redis.port());
            return Ok(up(things, word, redis, pid, port, true));
        }
        "memcached" => {
            let memcached = daemons::memcached().acquire()?;
            let (pid, port) = (memcached.pid(), memcached.port());
            return Ok(up(things, word, memcached, pid, port, true));
        }
        "postgres" => {
            let postgres = daemons::postgres().acquire()?;
            let (pid, port) = (postgres.pid(), postgres.port());
            return Ok(up(things, word, postgres, pid, port, true));
        }
        "run" => return run(argument.split(' ').next().unwrap_or_default(), things),
        "write" => {
            for thing in things.iter_mut().filter(|thing| thing.stays) {
                let written = thing.held.write(argument);
                written.map_err(|error| format!("{} {}: {error}", thing.name, thing.pid))?;
            }
        }
        "read" => {
            for thing in things.iter_mut().filter(|thing| thing.stays) {
                let read = thing.held.read(argument);
                let read =
                    read.map_err(|error| format!("{} {}: {error}", thing.name, thing.pid))?;
                if read != argument {
                    Err(format!("{} {}: it has {read}", thing.name, thing.pid))?;
                }
            }
        }
        "stop" if !things.is_empty() => stop(things.swap_remove(chosen))?,
        // A shared server is not the actor's to kill.
        "crash" if !things.is_empty() && things[chosen].name != "postgres" => {
            let thing = &mut things[chosen];
            let mark = env::var("FIXTURED_DIR")?;
            if thing.stays && marked(&mark).iter().any(|it| it.pid == thing.pid) {
                kill(Pid::from_raw(thing.pid as i32), Signal::SIGKILL)?;
                thing.stays = false;
            }
        }
        "panic" => panic!("as it was told"),
        "abort" => process::abort(),
        "exit" => process::exit(3),
        _ => {}
    }
    Ok("done".into())
}

fn up(
    things: &mut Vec<Thing>,
    name: &str,
    held: impl Held + 'static,
    pid: u32,
    port: u16,
    stays: bool,
) -> String {
    things.push(Thing {
        held: Box::new(held),
        name: name.into(),
        pid,
        stays,
    });
    format!("up {name} {pid} {port}")
}

/// Gives it back; what was not shared is gone then.
fn stop(thing: Thing) -> Attempt<()> {
    let Thing {
        held, name, pid, ..
    } = thing;
    drop(held);
    let mark = env::var("FIXTURED_DIR")?;
    let runs = || marked(&mark).into_iter().any(|it| it.pid == pid);
    if name != "postgres" && runs() {
        Err(format!("{name} {pid} runs although it was stopped"))?;
    }
    Ok(())
}

/// Starts a program that misbehaves, and knows what comes of it.
fn run(way: &str, things: &mut Vec<Thing>) -> Attempt<String> {
    let words = [
        env::args().nth(1).unwrap_or_default(),
        way.to_owned(),
        env::args().nth(2).unwrap_or_default(),
    ];
    let [program, _, mark] = words.clone();
    let serving = [program.clone(), way.into(), "{port}".into(), mark.clone()];
    let flooding = [program, way.into(), "1000000".into(), mark];
    let url = "http://127.0.0.1:{port}/";
    let ready = || OutputExecutor::new(words.clone(), "^ready$");
    match way {
        "ready-then-die" => begin(ready(), way, false, things),
        "flood" => begin(OutputExecutor::new(flooding, "^done"), way, true, things),
        "close-streams" | "bind-late" => {
            let executor = TcpExecutor::new(serving, "127.0.0.1", "{port}");
            begin(executor, way, true, things)
        }
        "unavailable-first" => begin(HttpExecutor::new(serving, url), way, true, things),
        "bind-then-exit" => fail(
            HttpExecutor::new(serving, url),
            ErrorKind::ProcessExitedWithError,
        ),
        "exit" => fail(ready(), ErrorKind::ProcessExitedWithError),
        "never" => fail(ready().timeout("200ms"), ErrorKind::TimeoutExpired),
        _ => begin(ready(), way, true, things),
    }
}

fn begin<K: Kind + 'static>(
    executor: ExecutorOf<K>,
    way: &str,
    stays: bool,
    things: &mut Vec<Thing>,
) -> Attempt<String> {
    let mut executor = executor.grace("100ms");
    executor.start()?;
    let (pid, port) = (executor.pid()?, executor.port().unwrap_or(0));
    Ok(up(things, way, executor, pid, port, stays))
}

/// Starts what cannot start.
fn fail<K: Kind>(mut executor: ExecutorOf<K>, wanted: ErrorKind) -> Attempt<String> {
    match executor.start().map(drop) {
        Err(error) if error.kind() == wanted => Ok("done".into()),
        Err(error) => Err(error.into()),
        Ok(()) => Err("it started".into()),
    }
}

/// Sends a request and returns that line of the answer.
fn ask(port: u16, request: &str, line: usize) -> Attempt<String> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    (&stream).write_all(request.as_bytes())?;
    let answer = BufReader::new(stream).lines().nth(line);
    Ok(answer.ok_or("it hung up")??)
}

fn expect(answer: &str, wanted: &str) -> Attempt<()> {
    match answer == wanted {
        true => Ok(()),
        false => Err(format!("it answered {answer}").into()),
    }
}

impl Held for Instance<Redis> {
    fn write(&mut self, value: &str) -> Attempt<()> {
        expect(
            &ask(self.port(), &format!("SET key {value}\r\n"), 0)?,
            "+OK",
        )
    }

    fn read(&mut self, _: &str) -> Attempt<String> {
        ask(self.port(), "GET key\r\n", 1)
    }
}

impl Held for Instance<Memcached> {
    fn write(&mut self, value: &str) -> Attempt<()> {
        let request = format!("set key 0 0 {}\r\n{value}\r\n", value.len());
        expect(&ask(self.port(), &request, 0)?, "STORED")
    }

    fn read(&mut self, _: &str) -> Attempt<String> {
        ask(self.port(), "get key\r\n", 1)
    }
}

impl Held for Instance<Postgres> {
    fn write(&mut self, value: &str) -> Attempt<()> {
        let mut client = Client::connect(self.url(), NoTls)?;
        client.batch_execute(&format!(
            "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT '{value}'::text AS value"
        ))?;
        Ok(())
    }

    fn read(&mut self, _: &str) -> Attempt<String> {
        let mut client = Client::connect(self.url(), NoTls)?;
        Ok(client.query_one("SELECT value FROM kept", &[])?.get(0))
    }
}

/// Those that misbehave keep nothing, but they run.
impl<K: Kind> Held for ExecutorOf<K> {
    fn write(&mut self, _: &str) -> Attempt<()> {
        Ok(())
    }

    fn read(&mut self, value: &str) -> Attempt<String> {
        match self.running() {
            true => Ok(value.into()),
            false => Err("it does not run".into()),
        }
    }
}
