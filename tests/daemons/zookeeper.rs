//! ZooKeeper, with its own client program.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use fixtured::daemons::{self, Zookeeper};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::eventually;

/// What ZooKeeper's client prints, given these commands, one a line. It takes a Java machine, so each test needs few.
fn client(zookeeper: &Instance<Zookeeper>, server: &str, commands: &str) -> String {
    // The same Java, with the same class path, as the server's.
    let process = format!("/proc/{}", zookeeper.pid());
    let java = fs::read_link(format!("{process}/exe")).unwrap();
    let line = fs::read_to_string(format!("{process}/cmdline")).unwrap();
    let path = line
        .split('\0')
        .skip_while(|word| *word != "-cp")
        .nth(1)
        .unwrap();
    let mut client = Command::new(java)
        .args(["-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", path])
        .args(["org.apache.zookeeper.ZooKeeperMain", "-server", server])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(commands.as_bytes()).unwrap();
    drop(stdin);
    let output = client.wait_with_output().unwrap();
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{commands}: {texts:?}");
    texts.concat()
}

/// The answer to a four-letter word.
fn answer(zookeeper: &Instance<Zookeeper>, word: &str) -> String {
    let mut stream = TcpStream::connect((zookeeper.host(), zookeeper.port())).unwrap();
    stream.write_all(word.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[fixture(zookeeper)]
#[test]
fn a_client_reads_back_what_it_wrote(zookeeper: &Instance<Zookeeper>, url: &str, prefix: &str) {
    let port = zookeeper.port();
    assert_eq!(url, format!("zookeeper://localhost:{port}"));
    assert_eq!(
        zookeeper.connect_string(),
        format!("127.0.0.1:{port}{prefix}")
    );
    // The prefix is this client's root, and is there.
    let commands = "create /key some-value\nget /key\n";
    let said = client(zookeeper, zookeeper.connect_string(), commands);
    assert!(said.lines().any(|line| line == "some-value"), "{said}");
    let commands = format!("get {prefix}/key\n");
    let said = client(zookeeper, &format!("127.0.0.1:{port}"), &commands);
    assert!(said.lines().any(|line| line == "some-value"), "{said}");
}

#[test]
fn a_node_is_empty_again_after_a_reset() {
    let zookeeper = daemons::zookeeper().acquire().unwrap();
    let address = zookeeper.connect_string().to_owned();
    client(&zookeeper, &address, "create /a\ncreate /a/b\n");
    zookeeper.reset().unwrap();
    assert_eq!(zookeeper.connect_string(), address);
    let said = client(&zookeeper, &address, "ls /\ncreate /a\n");
    assert!(
        said.contains("\n[]") && said.contains("Created /a"),
        "{said}"
    );
}

#[test]
fn tests_share_a_server_and_have_roots_of_their_own_which_are_deleted() {
    let [one, other] = [(); 2].map(|()| daemons::zookeeper().acquire().unwrap());
    assert_eq!((one.pid(), one.url()), (other.pid(), other.url()));
    assert_ne!(one.prefix(), other.prefix());
    let nodes = "create /a\ncreate /a/b\ncreate /a/b/c x\ncreate /a/d\nls -R /\n";
    let said = client(&one, one.connect_string(), nodes);
    assert!(said.contains("\n/a/b/c\n"), "{said}");
    let said = client(&other, other.connect_string(), "get /a\nls /\n");
    assert!(
        said.contains("does not exist: /a") && said.contains("\n[]"),
        "{said}"
    );

    let own = one.prefix().trim_start_matches('/').to_owned();
    drop(one);
    let server = format!("127.0.0.1:{}", other.port());
    eventually("its nodes are deleted", || {
        let said = client(&other, &server, "ls /\n");
        assert!(
            said.contains(other.prefix().trim_start_matches('/')),
            "{said}"
        );
        (!said.contains(&own)).then_some(())
    });
}

#[fixture(zookeeper)]
#[test]
fn it_serves_any_number_of_clients_and_short_sessions(zookeeper: &Instance<Zookeeper>) {
    let settings = answer(zookeeper, "conf");
    for wanted in [
        "maxClientCnxns=0",
        "minSessionTimeout=1000",
        "maxSessionTimeout=60000",
    ] {
        assert!(settings.contains(wanted), "{wanted}: {settings}");
    }
    assert_eq!(answer(zookeeper, "ruok"), "imok");
}

#[test]
fn one_of_ones_own_listens_on_a_fixed_port_and_leaves_nothing_elsewhere() {
    let leased = daemons::zookeeper().start().unwrap();
    let port = leased.port();
    drop(leased);
    let zookeeper = daemons::zookeeper().port(port).start().unwrap();
    assert_eq!(zookeeper.port(), port);
    let said = client(
        &zookeeper,
        zookeeper.connect_string(),
        "create /key\nls /\n",
    );
    assert!(said.contains("[key, zookeeper]"), "{said}");
    assert_eq!(zookeeper.connect_string(), format!("127.0.0.1:{port}"));
    assert_eq!(zookeeper.prefix(), "");
    let variables = zookeeper.variables();
    let settings = fs::read_to_string(&variables["ZOOCFG"]).unwrap();
    assert!(
        settings.contains(&format!("clientPort={port}\n")),
        "{settings}"
    );
    assert!(fs::metadata(&variables["ZOO_LOG_DIR"]).unwrap().is_dir());
    // Java machines that are killed leave a file there, unless they make none.
    let pid = zookeeper.pid().to_string();
    let directories = fs::read_dir("/tmp").unwrap().flatten();
    let left: Vec<_> = directories
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("hsperfdata_")
        })
        .map(|entry| entry.path().join(&pid))
        .filter(|path| path.exists())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
