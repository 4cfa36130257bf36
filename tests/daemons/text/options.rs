//! Option values that look like placeholders, or that mean something to the servers that are told of them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use amqprs::connection::{Connection, OpenConnectionArguments};
use fixtured::__command_line::Entry;
use fixtured::daemons;
use fixtured::{Acquire, ErrorKind};
use fixtured_tests::scratch_directory;
use postgres::{Client, NoTls};

/// Passwords that once were filled in, and then all that means something in some configuration.
const PASSWORDS: [&str; 4] = [
    "{password}",
    "a{port}{dir}{secret}{{}}",
    " a b'c\"d\\e#f;g%h%20i$j${k}@l:m/n?o,p&q<r>[s]*t|u~v`w!é\u{fdd0}",
    "line\nfeed\r\ttab",
];

/// What a server answers; it need not end the connection.
fn answer(port: u16, send: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(send).unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).unwrap();
    answer.truncate(length);
    answer
}

/// What a server answers to a request by HTTP.
fn got(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn auth(password: &str) -> Vec<u8> {
    let length = password.len();
    format!("*2\r\n$4\r\nAUTH\r\n${length}\r\n{password}\r\n").into()
}

#[test]
fn of_redis_and_valkey() {
    for password in PASSWORDS {
        let redis = daemons::redis().password(password).sentinel(true);
        let redis = redis.start().unwrap();
        assert_eq!(redis.password(), password);
        let valkey = daemons::valkey().password(password).start().unwrap();
        for port in [redis.port(), redis.sentinel_port(), valkey.port()] {
            assert_eq!(answer(port, &auth(password)), b"+OK\r\n", "{password}");
            assert!(answer(port, &auth("x")).starts_with(b"-WRONGPASS"));
        }
    }
}

#[test]
fn of_nats() {
    for password in PASSWORDS {
        let nats = daemons::nats().username("{port}\"").password(password);
        let nats = nats.start().unwrap();
        let login = serde_json::json!({"user": "{port}\"", "pass": password, "verbose": false});
        let mut stream = TcpStream::connect(("127.0.0.1", nats.port())).unwrap();
        write!(stream, "CONNECT {login}\r\nPING\r\n").unwrap();
        let mut said = String::new();
        while !said.contains("PONG") {
            let mut some = [0; 4096];
            let length = stream.read(&mut some).unwrap();
            assert!(length > 0 && !said.contains("-ERR"), "{password}: {said}");
            said += &String::from_utf8_lossy(&some[..length]);
        }
    }
}

#[test]
fn of_mosquitto() {
    for password in PASSWORDS {
        let mosquitto = daemons::mosquitto().username("{port}").password(password);
        let mosquitto = match mosquitto.start() {
            Ok(mosquitto) => mosquitto,
            // Its file of passwords has lines with a colon.
            Err(error) => {
                assert!(password.contains([':', '\n']), "{error}");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                continue;
            }
        };
        let field = |text: &str| [&[0, text.len() as u8], text.as_bytes()].concat();
        let body = [
            field("MQTT"),
            vec![4, 0xc2, 0, 60],
            field("c"),
            field("{port}"),
            field(password),
        ];
        let body = body.concat();
        let connect = [&[0x10, body.len() as u8], &body[..]].concat();
        assert_eq!(answer(mosquitto.port(), &connect), [0x20, 2, 0, 0]);
    }
}

#[test]
fn of_openldap() {
    for password in PASSWORDS.into_iter().chain(["{SSHA}x", "{"]) {
        let openldap = match daemons::openldap().password(password).start() {
            Ok(openldap) => openldap,
            Err(error) => {
                assert!(password.contains('\n'), "{error}");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                continue;
            }
        };
        let part = |tag: u8, text: &[u8]| [&[tag, text.len() as u8], text].concat();
        let bind = [
            part(2, &[3]),
            part(4, openldap.root_dn().as_bytes()),
            part(0x80, password.as_bytes()),
        ];
        let bind = [part(2, &[1]), part(0x60, &bind.concat())].concat();
        let answer = answer(openldap.port(), &part(0x30, &bind));
        assert_eq!(
            answer[..10],
            *b"0\x0c\x02\x01\x01a\x07\x0a\x01\0",
            "{password}"
        );
    }
}

#[test]
fn of_rabbitmq() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (username, password) = ("{username}'\"\\ #{port}", PASSWORDS.concat());
    let rabbitmq = daemons::rabbitmq().username(username).password(&password);
    let rabbitmq = rabbitmq.start().unwrap();
    assert_eq!(rabbitmq.password(), password);
    let (host, port) = (rabbitmq.host(), rabbitmq.port());
    let login = OpenConnectionArguments::new(host, port, username, &password);
    let connection = runtime.block_on(Connection::open(&login)).unwrap();
    runtime.block_on(connection.close()).unwrap();
}

#[test]
fn of_influxdb() {
    for name in ["{database}", "a{port} \"b#c'd;%e"] {
        let influxdb = daemons::influxdb().database(name).start().unwrap();
        assert_eq!(influxdb.database(), name);
        let said = got(influxdb.port(), "/query?q=SHOW+DATABASES");
        let wanted = serde_json::json!([[name]]).to_string();
        assert!(said.contains(&wanted), "{said}");
    }
}

#[test]
fn of_postgres() {
    let path = "\"{database}\", \"a{port} b'c\\\\d#e$f\"";
    let postgres = daemons::postgres().setting("search_path", path);
    let postgres = postgres.roles(["{username}"]).acquire().unwrap();
    let mut client = Client::connect(postgres.url(), NoTls).unwrap();
    let shown = client.query_one("SHOW search_path", &[]).unwrap();
    assert_eq!(shown.get::<_, String>(0), path);
    let found = "SELECT 1 FROM pg_roles WHERE rolname = '{username}'";
    assert_eq!(client.query(found, &[]).unwrap().len(), 1);
}

#[test]
fn of_nginx() {
    let scratch = scratch_directory("text-nginx").unwrap();
    let root = scratch.join("a {port} b\"c\\d$e;f#g'h${i}");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("x"), "found").unwrap();
    let nginx = daemons::nginx().root(&root).start().unwrap();
    assert_eq!(nginx.root(), root);
    assert!(got(nginx.port(), "/x").ends_with("found"));
    // Placeholders are for those that are said to be some.
    let text = "server { listen 127.0.0.1:{port}; return 200 '{password}{root}{secret}'; }";
    let nginx = daemons::nginx().config(text).start().unwrap();
    let said = got(nginx.port(), "/x");
    assert!(said.ends_with("{password}{root}{secret}"), "{said}");
}

#[test]
fn what_a_format_cannot_hold_is_refused_by_name() {
    for (name, option, value) in [
        ("redis", "password", "a\0b"),
        ("valkey", "password", "a\0b"),
        ("nats", "password", "a\0b"),
        ("nats", "token", "a\0b"),
        ("mosquitto", "password", "a\nb"),
        ("mosquitto", "password", "a\0b"),
        ("openldap", "password", "a\nb"),
        ("openldap", "suffix", "dc=a\nb"),
        ("openldap", "root-dn", "cn=a\nb"),
        ("rabbitmq", "username", "a\nb"),
        ("influxdb", "database", "a\\b"),
        ("influxdb", "database", "a\nb"),
        ("postgres", "setting", "search_path=a\0b"),
        ("mysql", "setting", "init-connect=a\0b"),
        ("gnocchi", "indexer-url", "postgresql://a\nb"),
        ("gnocchi", "storage-url", "file:///a%0Ab"),
        ("aodh", "database-url", "postgresql://a\nb"),
        ("ceph", "pool", "a\0b"),
    ] {
        let entry = Entry::named(name).unwrap();
        let problem = (entry.configured)(&[(option, value)]).unwrap_err();
        let option = option.replace('-', "_");
        assert!(
            problem.contains(&format!("`{option}`")),
            "{name}: {problem}"
        );
    }
}
