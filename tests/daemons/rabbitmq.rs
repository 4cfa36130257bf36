//! RabbitMQ, with a client for AMQP and the programs of RabbitMQ and Erlang.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use amqprs::channel::{BasicPublishArguments, ConfirmSelectArguments, QueueDeclareArguments};
use amqprs::{BasicProperties, FieldTable, FieldValue};
use fixtured::daemons::{self, Rabbitmq};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{eventually, marked, scratch_directory, without_runner};

use super::amqp::{Client, RUNTIME};

/// Runs a program that finds the broker by its variables, and returns what it prints.
fn run(program: &str, args: &[&str], rabbitmq: &Instance<Rabbitmq>) -> String {
    // The one that Debian has on `PATH` changes the user.
    let real = Path::new("/usr/lib/rabbitmq/bin").join(program);
    let program = if real.exists() { real } else { program.into() };
    let output = Command::new(&program)
        .args(args)
        .envs(rabbitmq.variables())
        .env("HOME", rabbitmq.dir())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    printed.trim().to_owned()
}

#[fixture(rabbitmq)]
fn what_is_published_is_read_back(rabbitmq: &Instance<Rabbitmq>, url: &str, vhost: &str) {
    let (port, password) = (rabbitmq.port(), rabbitmq.password());
    assert_eq!(
        url,
        format!("amqp://guest:{password}@127.0.0.1:{port}/{vhost}")
    );
    assert_eq!(
        rabbitmq.rabbit_url(),
        format!("rabbit://guest:{password}@localhost:{port}/{vhost}")
    );
    assert_eq!(
        (rabbitmq.amqp_url(), rabbitmq.urls()),
        (url, Vec::from([url]))
    );
    let client = Client::connect(url).unwrap();
    client.declare(QueueDeclareArguments::new("jobs"));
    client.publish("jobs", "the first");
    client.publish("jobs", "the second");
    assert_eq!(client.get("jobs"), "the first");
    assert_eq!(client.get("jobs"), "the second");
}

#[test]
fn a_test_has_a_virtual_host_of_its_own_which_is_deleted() {
    let [first, second] = [(), ()].map(|()| daemons::rabbitmq().acquire().unwrap());
    assert_eq!(first.port(), second.port());
    assert_ne!(first.vhost(), second.vhost());
    let in_first = Client::connect(first.url()).unwrap();
    in_first.declare(QueueDeclareArguments::new("jobs"));
    let in_second = Client::connect(second.url()).unwrap();
    in_second.declare(QueueDeclareArguments::new("others"));
    assert!(in_first.knows("jobs"));
    assert!(!in_second.knows("jobs"));

    let url = first.url().to_owned();
    drop(first);
    eventually("the virtual host is deleted", || {
        Client::connect(&url).err()
    });
    eventually("who was connected to it is not any more", || {
        (!in_first.is_open()).then_some(())
    });
    assert!(Client::connect(second.url()).unwrap().knows("others"));
}

/// As `GET /api/definitions/VHOST` writes it.
const DEFINITIONS: &str = r#"{
    "rabbit_version": "3.10.8", "parameters": [], "policies": [],
    "queues": [{"name": "orders", "durable": true, "auto_delete": false, "arguments": {}}],
    "exchanges": [{"name": "shop", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}],
    "bindings": [{"source": "shop", "destination": "orders", "destination_type": "queue", "routing_key": "order.#", "arguments": {}}]
}"#;

#[test]
fn definitions_are_those_of_each_virtual_host() {
    let scratch = scratch_directory("definitions").unwrap();
    let file = scratch.join("definitions.json");
    std::fs::write(&file, DEFINITIONS).unwrap();
    let daemon = || daemons::rabbitmq().init(&file);
    let [first, second] = [(), ()].map(|()| daemon().acquire().unwrap());
    assert_eq!(first.port(), second.port());
    for rabbitmq in [first, second, daemon().start().unwrap()] {
        let client = Client::connect(rabbitmq.url()).unwrap();
        assert!(client.knows("orders"));
        let published = client.channel().basic_publish(
            BasicProperties::default(),
            b"an apple".to_vec(),
            BasicPublishArguments::new("shop", "order.new"),
        );
        RUNTIME.block_on(published).unwrap();
        assert_eq!(client.get("orders"), "an apple");
    }
    std::fs::write(&file, "{").unwrap();
    let error = daemon().acquire().map(drop).unwrap_err().to_string();
    assert!(error.contains("cannot import the definitions: "), "{error}");
}

/// A process, until it is dropped: a runner, or a test that has a virtual host.
struct Neighbour {
    child: Child,
    url: String,
}

impl Neighbour {
    /// Does nothing, so that a session can be its own.
    fn runner() -> Self {
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let url = String::new();
        Self { child, url }
    }

    /// Asks for a virtual host; of those who do so in the session of this runner, it is the one with this number.
    fn test(runner: &Self, number: usize) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        let mut child = command
            .args(["shared", "rabbitmq"])
            .env("FIXTURED_SESSION", runner.child.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.as_mut().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let login = Path::new(told["dir"].as_str().unwrap()).join("login");
        let login = std::fs::read_to_string(login).unwrap().replace('\n', ":");
        let port = &told["ports"][""];
        let url = format!("amqp://{login}@127.0.0.1:{port}/test{number}");
        Self { child, url }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn the_virtual_host_of_a_killed_test_is_deleted() {
    let runner = Neighbour::runner();
    let [first, second] = [1, 2].map(|number| Neighbour::test(&runner, number));
    for neighbour in [&first, &second] {
        assert!(Client::connect(&neighbour.url).unwrap().is_open());
    }
    let url = second.url.clone();
    drop(second);
    eventually("the virtual host is deleted", || {
        Client::connect(&url).err()
    });
    assert!(Client::connect(&first.url).unwrap().is_open());
}

#[test]
fn only_who_knows_the_password_comes_in() {
    let rabbitmq = daemons::rabbitmq().acquire().unwrap();
    let wrong = rabbitmq.url().replace(rabbitmq.password(), "guest");
    assert!(Client::connect(&wrong).is_err());
    let commands = marked(rabbitmq.dir().to_str().unwrap());
    assert!(commands.iter().any(|it| it.command.contains("beam")));
    for process in commands {
        assert!(
            !process.command.contains(rabbitmq.password()),
            "{process:?}"
        );
    }
}

#[test]
fn the_broker_is_as_it_was_asked_for() {
    let rabbitmq = daemons::rabbitmq()
        .nodename("hare")
        .username("me@work")
        .password("p@ss \"wörd\"/\n{}")
        .start()
        .unwrap();
    assert_eq!(
        (rabbitmq.nodename(), rabbitmq.vhost(), rabbitmq.username()),
        ("hare@localhost", "/", "me@work")
    );
    assert!(Client::connect(rabbitmq.url()).unwrap().is_open());
    assert_eq!(
        rabbitmq.url(),
        format!(
            "amqp://me%40work:p%40ss%20%22w%C3%B6rd%22%2F%0A%7B%7D@127.0.0.1:{}/%2F",
            rabbitmq.port()
        )
    );
    let names = run("epmd", &["-names"], &rabbitmq);
    let listens = format!("name hare at port {}", rabbitmq.port_named("distribution1"));
    assert!(names.contains(&listens), "{names}");
}

#[test]
fn a_cluster_goes_on_without_a_node_that_comes_back() {
    let cluster = daemons::rabbitmq().cluster(true).start().unwrap();
    let urls: Vec<_> = cluster.urls().into_iter().map(str::to_owned).collect();
    let [first, second, third] = &urls[..] else {
        panic!("not three nodes: {urls:?}");
    };
    let ports = [
        cluster.port(),
        cluster.port_named("2"),
        cluster.port_named("3"),
    ];
    let authority = |port: &u16| format!("guest:{}@localhost:{port}", cluster.password());
    let authorities = ports.each_ref().map(authority).join(",");
    assert_eq!(cluster.rabbit_url(), format!("rabbit://{authorities}//"));

    let client = Client::connect(first).unwrap();
    let replicated = |name| {
        let mut arguments = QueueDeclareArguments::durable_client_named(name);
        let mut kind = FieldTable::new();
        kind.insert(
            "x-queue-type".try_into().unwrap(),
            FieldValue::S("quorum".try_into().unwrap()),
        );
        arguments.arguments(kind);
        arguments
    };
    client.declare(replicated("jobs"));
    let confirmed = client
        .channel()
        .confirm_select(ConfirmSelectArguments::default());
    RUNTIME.block_on(confirmed).unwrap();
    client.publish("jobs", "before");
    let elsewhere = Client::connect(third).unwrap();
    assert_eq!(elsewhere.get("jobs"), "before");

    cluster.node(2).stop().unwrap();
    assert!(!cluster.node(2).runs().unwrap());
    assert!(Client::connect(second).is_err());
    client.publish("jobs", "meanwhile");
    assert_eq!(elsewhere.get("jobs"), "meanwhile");
    client.declare(QueueDeclareArguments::new("new"));
    client.publish("new", "for the one who returns");

    cluster.node(2).start().unwrap();
    let back = Client::connect(second).unwrap();
    assert_eq!(back.get("new"), "for the one who returns");
    client.publish("jobs", "after");
    assert_eq!(back.get("jobs"), "after");
    let status = run(
        "rabbitmqctl",
        &["-q", "cluster_status", "--formatter", "json"],
        &cluster,
    );
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let running = status["running_nodes"].as_array().unwrap();
    assert_eq!(running.len(), 3, "{status}");

    let mark = cluster.dir().to_str().unwrap().to_owned();
    let others = ["epmd", "distribution1", "distribution2", "distribution3"];
    let others = others.map(|name| cluster.port_named(name));
    let ports: BTreeSet<_> = ports.into_iter().chain(others).collect();
    assert_eq!(ports.len(), 7);
    assert!(marked(&mark).iter().any(|it| it.command.contains("epmd")));
    drop((client, elsewhere, back, cluster));
    assert_eq!(marked(&mark), []);
    for port in ports {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}

#[test]
fn what_cannot_be_is_refused_at_once() {
    let refused = [
        (
            daemons::rabbitmq().nodename("a@b"),
            "`a@b` is not a valid node name",
        ),
        (
            daemons::rabbitmq().nodename(""),
            "`` is not a valid node name",
        ),
        (
            daemons::rabbitmq().username(""),
            "a `username` is one line that is not empty",
        ),
        (
            daemons::rabbitmq().cluster(true).port(65534),
            "no two ports follow 65534",
        ),
    ];
    for (rabbitmq, wanted) in refused {
        let error = rabbitmq.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn tests_that_share_a_cluster_have_virtual_hosts_of_their_own_in_all_nodes() {
    let cluster = || daemons::rabbitmq().cluster(true).acquire().unwrap();
    let (first, second) = (cluster(), cluster());
    assert_ne!(first.urls(), second.urls());
    let urls = first.urls();
    assert_eq!(urls.len(), 3);
    Client::connect(urls[0])
        .unwrap()
        .declare(QueueDeclareArguments::new("jobs"));
    for (url, other) in urls.into_iter().zip(second.urls()) {
        assert!(Client::connect(url).unwrap().knows("jobs"));
        assert!(!Client::connect(other).unwrap().knows("jobs"));
    }
}
