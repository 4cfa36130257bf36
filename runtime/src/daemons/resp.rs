//! Redis and Valkey, which differ in their names only.

use super::brand::{self, Brand};
use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::FileInit;
use super::login::encoded;
use super::period::Period;
use super::slot::Timeout;
use super::validation::without_nul;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Isolation, Launch, Process, Protocol, Quoting, Ready, Reuse, Seed, Site, Software,
    Step,
};

/// A [Redis](https://redis.io) server, and a [sentinel](https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/) if
/// [`sentinel`](Resp::sentinel) is set.
pub type Redis = Resp<brand::Redis>;

/// A [Valkey](https://valkey.io) server, and a [sentinel](https://valkey.io/topics/sentinel/) if [`sentinel`](Resp::sentinel) is set.
///
/// Its URL begins with `valkey://`. For clients that know `redis://` only, use [`redis_url`](crate::Instance::redis_url).
pub type Valkey = Resp<brand::Valkey>;

declare! {
    /// A [Redis](Redis) or [Valkey](Valkey) server, which keeps nothing on disk.
    ///
    /// It starts in about 10 ms, and in twice that with a sentinel. Tests do not share it: a numbered database would not isolate them, since
    /// `FLUSHALL`, the configuration, scripts and channels concern all databases of a server.
    ///
    /// In an existing server (`FIXTURED_REDIS_URL`, `FIXTURED_VALKEY_URL`), each test has a numbered database to itself, which its URL names. It is
    /// empty at first, and emptied afterwards. Only databases without data are used, never database 0, which records who has which. A test
    /// waits if none is free: servers have 16 by default. A cluster has only one.
    ///
    /// With [`init`](Self::init), tests start from the same data, which the server loads from a copy of a `dump.rdb`. It writes nothing to
    /// disk then either.
    ///
    /// The sentinel watches one server without replicas. Clients can find the server through it, but there is nothing to fail over to.
    #[title(B::TITLE)]
    #[a_test_gets("a dedicated server")]
    pub struct Resp<B: Brand> {
        /// Listen on this port instead of a leased one.
        #[pifpaf("6379")]
        port(u16): Option<u16>,
        /// Start a sentinel that watches the server.
        ///
        /// It knows the server as `mymaster` and as `pifpaf`. Default: off.
        sentinel(bool): bool,
        /// Make the sentinel listen on this port instead of a leased one.
        #[pifpaf("6380")]
        sentinel_port(u16): Option<u16>,
        /// Require this password of clients.
        ///
        /// The sentinel requires it too. Default: none.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Start from a copy of this `.rdb` file, or run this file of commands.
        ///
        /// A file of another name has a command in each line, as for `redis-cli <FILE`. It may also be a function, which fills a first
        /// server; see [`Init`].
        init<Kind>(impl Init<Kind>): FileInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Resp<B: Brand> {
    /// The password that the server and its sentinel require; empty if none.
    password: String,
    /// The server's Unix socket.
    socket: Path,
    /// The URL that all clients take, also those that know `redis://` only: `redis://localhost:6379`, with the password if there is one.
    redis_url: String,
    /// The URL of the sentinel: `redis://localhost:PORT`, with the password if there is one.
    ///
    /// # Panics
    ///
    /// Without [`sentinel`](Resp::sentinel).
    sentinel_url: Option<String>,
    /// The name by which clients ask the sentinel for the server: `mymaster`.
    ///
    /// # Panics
    ///
    /// Without [`sentinel`](Resp::sentinel).
    master: Option<String>,
} }

impl<B: Brand> crate::Instance<Resp<B>> {
    /// The port of the sentinel.
    ///
    /// # Panics
    ///
    /// Without [`sentinel`](Resp::sentinel).
    pub fn sentinel_port(&self) -> u16 {
        self.port_named("sentinel")
    }
}

impl<B: Brand> Resp<B> {
    fn reuse(&self, site: &Site) -> Reuse {
        let (authority, database) = (site.value("authority"), site.value("database"));
        let redis_url = format!("redis://{authority}/{database}");
        let variable = format!("FIXTURED_{}_URL", B::NAME.to_uppercase());
        let sentinel = "a test wants a `sentinel`, which would not watch it";
        Reuse::new(variable, 6379)
            .creates(Protocol::Redis)
            .values([("redis_url", redis_url)])
            .unless(self.sentinel.then_some(sentinel))
    }
}

/// The names that a sentinel has for the server: that of its manual, and pifpaf's.
const MASTERS: [&str; 2] = ["mymaster", "pifpaf"];

impl<B: Brand> Daemon for Resp<B> {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (name, program) = (B::NAME, format!("{}-server", B::NAME));
        let password = self.password.as_deref().unwrap_or_default();
        let login = match password {
            "" => String::new(),
            password => format!(":{}@", encoded(password)),
        };
        let redis_url = |port: &str| format!("redis://{login}localhost:{port}");
        let variable = |end: &str| format!("{}_{end}", name.to_uppercase());
        let (socket, data) = (format!("{dir}/socket"), format!("{dir}/data"));
        let settings = format!("unixsocket {}\nsave \"\"\nappendonly no\n", quoted(&socket));
        let server = Command::new(&program, [format!("{dir}/server.conf")]);
        let settings = match self.init.is_given() {
            true => format!(
                "{settings}dir {}\nrdbchecksum no\nrdbcompression no\n",
                quoted(&data)
            ),
            false => settings,
        };
        let ping = (["PING"].as_slice(), "\\+PONG");
        let watched = site.port_named("sentinel");

        let launch = Launch::new(name)
            .needs(Software::new(name, [&program]).apt(&program).brew(name))
            .run(process(server, site, port, settings, password, ping))
            .reuse(self.reuse(site))
            .fixed_port("", self.port)
            .url(format!("{name}://{login}localhost:{port}"))
            .values(Values {
                password: password.into(),
                socket,
                redis_url: redis_url(port),
                sentinel_url: self.sentinel.then(|| redis_url(&watched)),
                master: self.sentinel.then(|| MASTERS[0].into()),
            })
            .cli_variables([(variable("PORT"), *port)])
            .isolation(Isolation::Server)
            .invalid(without_nul("password", password));
        // With a save point, it saves when SIGTERM stops it.
        let saves = (["CONFIG", "SET", "save", "3600 1"].as_slice(), "\\+OK");
        let seed = Seed::new(&data)
            .file_name("dump.rdb")
            .save(Step::Wait(exchange(port, password, saves)));
        let commands = self.init.files().filter(|it| !it.path.ends_with(".rdb"));
        let seed = match commands.cloned() {
            Some(files) => seed.load(Step::load(
                Protocol::Redis,
                format!("127.0.0.1:{port}"),
                password,
                files,
            )),
            None => seed,
        };
        let launch = self.init.seeds(launch, seed);
        let launch = self.timeout.limit(launch);
        match self.sentinel {
            false => launch,
            true => launch
                .run(watcher(&program, site, &watched, password))
                .fixed_port("sentinel", self.sentinel_port)
                .cli_variables([(variable("SENTINEL_PORT"), watched)]),
        }
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

/// A sentinel, which is the same program. It writes what it finds out into its configuration.
fn watcher(program: &str, site: &Site, port: &str, password: &str) -> Process {
    let mut settings = String::new();
    for master in MASTERS {
        settings += &format!("sentinel monitor {master} 127.0.0.1 {} 1\n", site.port);
        if !password.is_empty() {
            settings += &format!("sentinel auth-pass {master} {}\n", quoted(password));
        }
    }
    let config = format!("{}/sentinel.conf", site.dir);
    let command = Command::new(program, [&config, "--sentinel"]);
    let question = ["SENTINEL", "get-master-addr-by-name", MASTERS[0]];
    process(
        command,
        site,
        port,
        settings,
        password,
        (&question, "\\*2\r\n"),
    )
    .named("sentinel")
}

/// A process that listens on this port, and whose first argument is its configuration; it is ready when it gives this answer to this
/// question.
fn process(
    command: Command,
    site: &Site,
    port: &str,
    settings: String,
    password: &str,
    exchanged: (&[&str], &str),
) -> Process {
    let mut text = format!(
        "bind 127.0.0.1\nport {port}\ndir {}\n{settings}",
        quoted(site.dir)
    );
    if !password.is_empty() {
        // In a file, where other users do not see it; in a command line they would.
        text += &format!("requirepass {}\n", quoted(password));
    }
    let ready = exchange(port, password, exchanged);
    let path = command.args.first().cloned().unwrap_or_default();
    Process::new(command, ready)
        .prepare(Step::write(path, text))
        .stopped_by("SIGKILL")
}

/// An answer to a question, from the server at this port with this password.
fn exchange(port: &str, password: &str, (question, answer): (&[&str], &str)) -> Ready {
    let (mut send, mut expect) = (request(question), answer.to_owned());
    if !password.is_empty() {
        send.insert_str(0, &request(&["AUTH", password]));
        expect.insert_str(0, "\\+OK\r\n");
    }
    Ready::exchange(format!("127.0.0.1:{port}"), send, expect)
}

/// A request in the server's protocol, where words may hold anything.
fn request(words: &[&str]) -> String {
    let words_of = words.iter();
    let texts = words_of.map(|word| format!("${}\r\n{word}\r\n", word.len()));
    format!("*{}\r\n{}", words.len(), texts.collect::<String>())
}

/// A value as the configuration file wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Escape.of(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::serialized;

    #[test]
    fn passwords_are_quoted_and_encoded() {
        assert_eq!(quoted("a \"b\\\n"), r#""a \"b\\\n""#);
        assert_eq!(request(&["AUTH", "pä"]), "*2\r\n$4\r\nAUTH\r\n$3\r\npä\r\n");
        let launch = Redis::default().password("p@ss").launch(Site::symbolic());
        assert_eq!(serialized(&launch.url), "redis://:p%40ss@localhost:{port}");
    }
}
