//! The attributes, run for real.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use fixtured::daemons::{Postgres, Program};
use fixtured::launch::{Command, Launch, Process, Ready, Site};
use fixtured::{Daemon, Instance, fixture, with_daemon};

/// The status line of the answer to a request.
fn get(url: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[with_daemon(
    "python3 -m http.server {port} --bind 127.0.0.1",
    http = "http://127.0.0.1:{port}/",
    status = "2\\d\\d"
)]
#[test]
fn serves(url: &str, port: u16) {
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    assert_eq!(get(url), "HTTP/1.0 200 OK");
}

#[with_daemon(["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1"], tcp = "127.0.0.1:{port}")]
fn a_list_is_a_command_and_the_test_attribute_is_added(
    python3: &Instance<Program>,
    host: String,
    python3_url: &str,
) {
    assert_eq!((host.as_str(), python3_url), ("127.0.0.1", python3.url()));
    TcpStream::connect((python3.host(), python3.port())).unwrap();
}

#[with_daemon(
    "sh -c 'echo started on {port} {port:admin}; exec sleep 1000'",
    output = "^started",
    timeout = "20s"
)]
fn output_is_waited_for_and_ports_have_names(
    sh: &Instance<Program>,
    log: &Path,
    dir: PathBuf,
    pid: u32,
) {
    let (port, admin) = (sh.port(), sh.port_named("admin"));
    assert_ne!(port, admin);
    assert_eq!(
        std::fs::read_to_string(log).unwrap(),
        format!("started on {port} {admin}\n")
    );
    assert!(dir.is_dir());
    assert_eq!(pid, sh.pid());
}

#[with_daemon(
    "redis-server --port 0 --save '' --unixsocket {dir}/s",
    unix_socket = "{dir}/s"
)]
fn a_unix_socket_is_waited_for(url: &str, dir: &Path) {
    assert_eq!(url, format!("unix:{}/s", dir.display()));
}

#[with_daemon("sh -c 'touch $0; exec sleep 1000' {dir}/pid", pid_file = "{dir}/pid")]
fn a_pid_file_is_waited_for(dir: &Path) {
    assert!(dir.join("pid").exists());
}

#[with_daemon("echo \"$GREETING from $PWD\"; exec sleep 1000" as greeter, shell = true, env(GREETING = "hello"), cwd = "/", output = "hello from /$")]
fn environment_and_directory_reach_the_program(greeter: &Instance<Program>) {
    assert!(greeter.log().exists());
}

#[fixture(postgres)]
#[with_daemon(
    "sh -c 'psql $0 -XAtc \"CREATE TABLE made_by AS SELECT 42 AS n\" && echo done && exec sleep 1000' {postgres.url}" as maker,
    output = "^done$",
    env(DATA = "{postgres.dir}", NUMBER = "{postgres.port}")
)]
fn one_fixture_uses_another(
    postgres: &Instance<Postgres>,
    maker: &Instance<Program>,
) -> Result<(), postgres::Error> {
    let mut client = postgres::Client::connect(postgres.url(), postgres::NoTls)?;
    assert_eq!(
        client
            .query_one("SELECT n FROM made_by", &[])?
            .get::<_, i32>(0),
        42
    );
    let environment = std::fs::read_to_string(format!("/proc/{}/environ", maker.pid())).unwrap();
    assert!(environment.contains(&format!("DATA={}", postgres.dir().display())));
    Ok(())
}

/// A server of somebody else's: the test only waits for it.
fn somebody_elses() -> &'static TcpListener {
    static LISTENER: std::sync::OnceLock<TcpListener> = std::sync::OnceLock::new();
    LISTENER.get_or_init(|| TcpListener::bind("127.0.0.1:0").unwrap())
}

#[with_daemon(tcp = somebody_elses().local_addr().unwrap().to_string())]
fn a_server_of_somebody_elses_is_waited_for(port: u16, url: &str) {
    assert_eq!(port, somebody_elses().local_addr().unwrap().port());
    assert_eq!(url, format!("tcp://127.0.0.1:{port}"));
}

/// A daemon of the user's own.
struct Web {
    directory: &'static str,
}

impl Web {
    fn directory(mut self, directory: &'static str) -> Self {
        self.directory = directory;
        self
    }
}

impl Daemon for Web {
    fn launch(&self, site: &Site) -> Launch {
        let Site { port, .. } = site;
        let args = [
            "-m",
            "http.server",
            port,
            "--bind",
            "127.0.0.1",
            "--directory",
            self.directory,
        ];
        let mut launch = Launch::new("web");
        launch.url = format!("http://127.0.0.1:{port}");
        launch.processes.push(Process::new(
            Command::new("python3", args),
            Ready::Tcp(format!("127.0.0.1:{port}")),
        ));
        launch
    }
}

fn web() -> Web {
    Web { directory: "/" }
}

#[fixture(self::web, directory = "/proc")]
fn a_daemon_of_ones_own_is_one_too(web: &Instance<Web>) {
    assert_eq!(get(web.url()), "HTTP/1.0 200 OK");
}

/// A daemon that is asked by a program of its own, as many servers come with one.
struct Asked;

impl Daemon for Asked {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let server = Command::new(
            "redis-server",
            [
                "--bind",
                "127.0.0.1",
                "--port",
                port,
                "--save",
                "",
                "--dir",
                dir,
            ],
        );
        let client = Command::new("redis-cli", ["-e", "-p", port, "ping"]);
        let mut launch = Launch::new("asked");
        launch.url = format!("redis://127.0.0.1:{port}");
        launch
            .processes
            .push(Process::new(server, Ready::Command(client)));
        launch
    }
}

fn asked() -> Asked {
    Asked
}

#[fixture(crate::attributes::asked, scope = "test")]
fn a_command_can_tell_that_a_server_is_ready(port: u16) {
    TcpStream::connect(("127.0.0.1", port)).unwrap();
}

#[fixture(crate::attributes::web, scope = "session")]
mod in_a_module {
    use super::*;

    #[test]
    fn every_test_has_the_fixture(url: &str) {
        assert_eq!(get(url), "HTTP/1.0 200 OK");
    }

    mod further_in {
        #[test]
        fn also_here(web_port: u16) {
            assert_ne!(web_port, 0);
        }
    }

    #[fixture(redis)]
    #[test]
    fn beside_others(web_port: u16, redis_port: u16) {
        assert_ne!(web_port, redis_port);
    }
}

#[fixture(redis, scope = "test")]
#[tokio::test(flavor = "multi_thread")]
async fn asynchronous(port: u16) {
    let connect = move || TcpStream::connect(("127.0.0.1", port)).is_ok();
    assert!(tokio::task::spawn_blocking(connect).await.unwrap());
}

#[fixture(redis)]
#[test]
#[should_panic(expected = "as it should")]
fn panics(port: u16) {
    assert_ne!(port, 0);
    panic!("as it should");
}
