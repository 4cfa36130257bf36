//! Redis and Valkey, which are to do the same, with their own client programs.

use std::fs;
use std::net::TcpListener;

use fixtured::{Acquire, Instance, daemons, fixture};
use fixtured_tests::{alive, client, eventually, free_port};

macro_rules! server {
    ($name:ident, $definition:ident, $client:literal) => {
        mod $name {
            use super::*;
            use daemons::$definition;

            fn ask(url: &str, words: &[&str]) -> String {
                client($client, &[&["-u", url], words].concat())
            }

            fn ask_with(password: &str, port: u16, words: &[&str]) -> String {
                let port = port.to_string();
                let login = ["-p", &port, "--no-auth-warning", "-a", password];
                client($client, &[&login, words].concat())
            }

            #[fixture($name)]
            fn a_client_reads_back_what_it_wrote($name: &Instance<$definition>, url: &str) {
                let port = $name.port();
                assert_eq!(url, format!("{}://localhost:{port}", stringify!($name)));
                assert_eq!($name.redis_url(), format!("redis://localhost:{port}"));
                ask(url, &["SET", "key", "value"]);
                let socket = $name.socket().to_str().unwrap();
                assert_eq!(client($client, &["-s", socket, "GET", "key"]), "value");
                assert_eq!(ask(url, &["CONFIG", "GET", "save"]), "save");
                let server = ask(url, &["INFO", "server"]);
                let itself = concat!(stringify!($name), "_version:");
                assert!(server.contains(itself), "{server}");
            }

            #[fixture($name)]
            #[fixture($name as other)]
            fn two_are_two($name: &Instance<$definition>, other: &Instance<$definition>) {
                ask($name.url(), &["SET", "key", "value"]);
                assert_eq!(ask(other.url(), &["GET", "key"]), "");
            }

            #[fixture($name, password = "p@ss \"wörd\"")]
            fn a_password_is_required($name: &Instance<$definition>, url: &str) {
                let port = $name.port();
                let wanted = format!(
                    "{}://:p%40ss%20%22w%C3%B6rd%22@localhost:{port}",
                    stringify!($name)
                );
                assert_eq!(url, wanted);
                let refused = client($client, &["-p", &port.to_string(), "PING"]);
                assert!(refused.starts_with("NOAUTH"), "{refused}");
                assert_eq!(ask_with($name.password(), port, &["PING"]), "PONG");
                let command = fs::read_to_string(format!("/proc/{}/cmdline", $name.pid()));
                assert!(!command.unwrap().contains("p@ss"));
            }

            #[fixture($name, sentinel = true)]
            fn a_sentinel_knows_the_server($name: &Instance<$definition>, sentinel_url: &str) {
                assert_eq!(
                    sentinel_url,
                    format!("redis://localhost:{}", $name.sentinel_port())
                );
                for master in [$name.master(), "pifpaf"] {
                    let found = ask(
                        sentinel_url,
                        &["SENTINEL", "get-master-addr-by-name", master],
                    );
                    assert_eq!(found, format!("127.0.0.1\n{}", $name.port()));
                }
                assert!(ask(sentinel_url, &["ROLE"]).starts_with("sentinel"));
                // The instance is the server, not who watches it.
                let server = ask($name.url(), &["INFO", "server"]);
                assert!(
                    server.contains(&format!("process_id:{}\r", $name.pid())),
                    "{server}"
                );
            }

            #[fixture($name, sentinel = true)]
            fn the_sentinel_has_its_own_log($name: &Instance<$definition>) {
                let [server, sentinel] = ["", "sentinel"].map(|name| $name.process(name));
                assert_eq!($name.log(), server.log().unwrap());
                for process in [server, sentinel] {
                    let log = fs::read_to_string(process.log().unwrap()).unwrap();
                    let start = format!("{}:", process.pid().unwrap());
                    let lines = || {
                        log.lines()
                            .filter(|line| line.starts_with(char::is_numeric))
                    };
                    assert!(lines().count() > 0, "{log}");
                    assert!(lines().all(|line| line.starts_with(&start)), "{log}");
                }
            }

            #[fixture($name, sentinel = true, password = "p@ss \"wörd\"")]
            fn a_sentinel_has_the_password($name: &Instance<$definition>, sentinel_port: u16) {
                let (password, masters) = ($name.password(), ["SENTINEL", "masters"]);
                let refused = client(
                    $client,
                    &[&["-p", &sentinel_port.to_string()], &masters[..]].concat(),
                );
                assert!(refused.starts_with("NOAUTH"), "{refused}");
                eventually("it is logged in to the server", || {
                    let master = ask_with(
                        password,
                        sentinel_port,
                        &["SENTINEL", "master", $name.master()],
                    );
                    let mut words = master.lines().skip_while(|word| *word != "flags");
                    (words.nth(1) == Some("master")).then_some(())
                });
                let clients = ask_with(password, $name.port(), &["CLIENT", "LIST"]);
                assert!(clients.contains("name=sentinel-"), "{clients}");
            }

            #[test]
            fn a_sentinel_is_where_it_is_wanted_and_ends_with_the_server() {
                let port = free_port();
                let there = daemons::$name().sentinel(true).sentinel_port(port);
                let there = there.start().unwrap();
                assert_eq!(there.sentinel_port(), port);
                let sentinel = ask(there.sentinel_url(), &["INFO", "server"]);
                let pid = sentinel
                    .lines()
                    .find_map(|line| line.strip_prefix("process_id:"));
                let pid = pid.unwrap().trim_end().parse().unwrap();
                assert_ne!(there.pid(), pid);
                drop(there);
                assert!(!alive(pid));
                TcpListener::bind(("127.0.0.1", port)).unwrap();
            }

            #[test]
            #[should_panic(expected = "has no port named `sentinel`")]
            fn without_a_sentinel_there_is_no_port_of_it() {
                daemons::$name().acquire().unwrap().sentinel_port();
            }
        }
    };
}

server!(redis, Redis, "redis-cli");
server!(valkey, Valkey, "valkey-cli");
