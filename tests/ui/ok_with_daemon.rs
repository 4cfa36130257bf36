//! Every form of `#[with_daemon]`.
#![deny(warnings, clippy::all)]

use fixtured::{
    Instance,
    daemons::{Postgres, Program},
    fixture, with_daemon,
};

#[with_daemon(
    "python3 -m http.server {port}",
    http = "http://127.0.0.1:{port}/",
    status = "2\\d\\d"
)]
#[test]
fn a_command_line(url: &str, python3_port: u16, python3: &Instance<Program>) {
    let _ = (url, python3_port, python3);
}

#[with_daemon(["my-server", "--port", "{port:admin}"], tcp = "127.0.0.1:{port:admin}")]
#[test]
fn a_list(my_server_url: &str) {
    let _ = my_server_url;
}

#[with_daemon(bin = "api", args = ["--port", "{port}"], output = "listening on .*")]
#[test]
fn a_binary(api_url: &str) {
    let _ = api_url;
}

const COMMAND: &str = "my-server";

#[with_daemon(command = COMMAND as front, pid_file = "{dir}/pid", shell = true)]
#[with_daemon("my-server" as back, scope = "session", unix_socket = "{dir}/{front.port}")]
#[test]
fn names(front_url: &str, back: &Instance<Program>) {
    let _ = (front_url, back.url());
}

#[with_daemon(http = "http://127.0.0.1:8080/", status = 200, method = "POST", timeout = "30s",
              headers("X-Token" = "t"), payload(key = "value"))]
#[test]
fn somebody_elses(url: &str, server: &Instance<Program>) {
    let _ = (url, server);
}

#[fixture(postgres, port = 21_000)]
#[with_daemon(
    bin = "api",
    env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[test]
fn creates_a_user(api_url: &str, postgres: &Instance<Postgres>) {
    let _ = (api_url, postgres.url());
}

#[with_daemon(
    "my-server {api.url}",
    env(PORT = "{api.port}"),
    cwd = "/",
    expected_returncode = 3,
    stop_signal = "SIGINT",
    kill_signal = "SIGKILL"
)]
#[fixture(redis)]
#[with_daemon(bin = "api", args = ["--redis={redis.url}", "--regex=a{2}"])]
#[test]
fn a_chain(my_server_url: &str) {
    let _ = my_server_url;
}
