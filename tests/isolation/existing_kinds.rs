//! What tests get in existing servers of each kind.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use fixtured::launch::{Command as Program, Launch, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon, daemons};
use fixtured_tests::{
    Holder, Holding, eventually, request, scratch_directory, supervisor_of, without_runner,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// An existing server, and clients that use what tests get there.
struct Existing<'a> {
    name: &'a str,
    url: &'a str,
    /// Writes something.
    put: &'a dyn Fn(&Holding),
    /// Whether it can be read.
    has: &'a dyn Fn(&Holding) -> bool,
    /// All that tests have in the server, whatever it is.
    left: &'a dyn Fn() -> Vec<String>,
}

impl Existing<'_> {
    fn holder(&self, more: &[(&str, &str)]) -> Holder {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        command
            .env(
                format!("FIXTURED_{}_URL", self.name.to_uppercase()),
                self.url,
            )
            .envs(more.iter().copied());
        Holder::start(command).unwrap()
    }

    fn check(&self) {
        self.check_isolation();
        self.check_crash();
    }

    fn check_isolation(&self) {
        let [mut first, mut second] = [self.holder(&[]), self.holder(&[])];
        let given = [
            first.ask_for(self.name).unwrap(),
            second.ask_for(self.name).unwrap(),
            second.ask_for(self.name).unwrap(),
        ];
        let parts = given.iter().map(|it| (&it.url, &it.prefix));
        assert_eq!(parts.collect::<BTreeSet<_>>().len(), 3, "{given:?}");
        for holding in &given {
            assert!(!(self.has)(holding), "{holding:?}");
            (self.put)(holding);
        }
        assert!(given.iter().all(|holding| (self.has)(holding)));
        drop(first);
        // What another session has there is left alone.
        assert!(given.iter().skip(1).all(|holding| (self.has)(holding)));
        assert!(!(self.left)().is_empty());
        drop(second);
        eventually("nothing is left in the server", || {
            (self.left)().is_empty().then_some(())
        });
    }

    /// After a supervisor that was killed, the next session cleans up.
    fn check_crash(&self) {
        // A directory of its own, so that no other session sweeps it first.
        let dir = scratch_directory(&format!("existing-{}", self.name)).unwrap();
        let environment = [("FIXTURED_DIR", dir.to_str().unwrap())];
        let mut first = self.holder(&environment);
        let holding = first.ask_for(self.name).unwrap();
        (self.put)(&holding);
        let supervisor = supervisor_of(&holding.session()).unwrap();
        kill(Pid::from_raw(supervisor.pid as i32), Signal::SIGKILL).unwrap();
        drop(first);
        assert!(!(self.left)().is_empty());
        eventually("a later session has removed it", || {
            // What has been killed may hold its locks for a moment.
            drop(self.holder(&environment).ask_for(self.name).unwrap());
            (self.left)().is_empty().then_some(())
        });
    }
}

/// What a program prints.
fn printed(program: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn redis(cli: &str, name: &str, url: &str) {
    let ask = |url: &str, input: &str| {
        let url = url.replace("valkey://", "redis://");
        printed(cli, &["-u", &url, "--no-auth-warning"], input)
    };
    // The data of others is in databases that could be lent, too.
    ask(url, "SET others 0\nSELECT 2\nSET others 2\n");
    let every: String = (0..16)
        .map(|number| format!("SELECT {number}\nKEYS *\n"))
        .collect();
    Existing {
        name,
        url,
        put: &|holding| drop(ask(&holding.url, "SET key mine\n")),
        has: &|holding| ask(&holding.url, "GET key\n").contains("mine"),
        left: &|| {
            let all = ask(url, &every);
            let mine = all
                .lines()
                .filter(|line| !["OK", "", "others"].contains(line));
            mine.map(Into::into).collect()
        },
    }
    .check();
    let others = ask(url, "GET others\nSELECT 2\nGET others\n");
    assert_eq!(others, "0\nOK\n2\n");
}

#[test]
fn redis_lends_a_numbered_database() {
    let server = daemons::redis().password("p@ss").start().unwrap();
    // The program wants a user with a password.
    let url = server.url().replace(":p%40ss", "default:p%40ss");
    redis("redis-cli", "redis", &url);
}

#[test]
fn valkey_lends_a_numbered_database() {
    let server = daemons::valkey().start().unwrap();
    redis("valkey-cli", "valkey", server.url());
}

/// A server has few of them.
#[test]
fn a_test_waits_for_a_numbered_database() {
    let server = daemons::redis().start().unwrap();
    let fill: String = (3..16)
        .map(|number| format!("SELECT {number}\nSET others 1\n"))
        .collect();
    printed("redis-cli", &["-u", server.url()], &fill);
    let existing = |command: &mut Command| {
        command.env("FIXTURED_REDIS_URL", server.url());
    };
    let holder = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        existing(&mut command);
        Holder::start(command).unwrap()
    };
    let [mut first, mut second, mut third] = [holder(), holder(), holder()];
    let given = [
        first.ask_for("redis").unwrap(),
        second.ask_for("redis").unwrap(),
    ];
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| third.ask_for("redis").unwrap());
        assert!(!waits.is_finished());
        drop(first);
        assert_eq!(waits.join().unwrap().url, given[0].url);
    });
}

#[test]
fn etcd_lends_a_prefix() {
    let server = daemons::etcd().start().unwrap();
    let ask = |args: &[&str]| {
        let endpoint = format!("--endpoints={}", server.http_url());
        printed("etcdctl", &[&[&*endpoint], args].concat(), "")
    };
    ask(&["put", "t_others/key", "1"]);
    let key = |holding: &Holding| format!("{}key", holding.prefix);
    Existing {
        name: "etcd",
        url: server.http_url(),
        put: &|holding| drop(ask(&["put", &key(holding), "mine"])),
        has: &|holding| ask(&["get", &key(holding)]).contains("mine"),
        left: &|| {
            let all = ask(&["get", "--prefix", "", "--keys-only"]);
            let mine = all
                .lines()
                .filter(|line| !["", "t_others/key"].contains(line));
            mine.map(Into::into).collect()
        },
    }
    .check();
    assert!(ask(&["get", "t_others/key"]).contains('1'));
}

#[test]
fn consul_lends_a_prefix() {
    let server = daemons::consul().start().unwrap();
    let url = server.http_url();
    let ask = |method: &str, path: &str, body: &Value| {
        request(method, &format!("{url}/v1/{path}"), &[], body)
    };
    ask("PUT", "kv/t_others-key", &json!(1));
    Existing {
        name: "consul",
        url,
        put: &|holding| {
            ask("PUT", &format!("kv/{}key", holding.prefix), &json!(1));
            let service = json!({ "Name": format!("{}web", holding.prefix), "ID": "any" });
            ask("PUT", "agent/service/register", &service);
        },
        has: &|holding| {
            let keys = ask("GET", "kv/?keys", &Value::Null).to_string();
            keys.contains(&holding.prefix)
        },
        left: &|| {
            let keys = ask("GET", "kv/?keys", &Value::Null);
            let keys = keys.as_array().cloned().unwrap_or_default();
            let keys = keys.iter().filter_map(Value::as_str);
            let services = ask("GET", "agent/services", &Value::Null);
            let services = services.as_object().cloned().unwrap_or_default();
            let keys = keys.filter(|key| *key != "t_others-key").map(Into::into);
            keys.chain(services.keys().cloned()).collect()
        },
    }
    .check();
    assert!(!ask("GET", "kv/t_others-key", &Value::Null).is_null());
}

#[test]
fn influxdb_lends_a_database() {
    let server = daemons::influxdb().start().unwrap();
    let ask = |method: &str, path: &str, args: &[&str]| {
        let url = format!("{}/{path}", server.http_url());
        printed("curl", &[&["-sSf", "-X", method, &url], args].concat(), "")
    };
    let database = |holding: &Holding| holding.url.rsplit('/').next().unwrap().to_owned();
    Existing {
        name: "influxdb",
        url: server.http_url(),
        put: &|holding| {
            let path = format!("write?db={}", database(holding));
            ask("POST", &path, &["--data-binary", "heat,room=one value=1"]);
        },
        has: &|holding| {
            let path = format!("query?db={}", database(holding));
            let read = ask(
                "GET",
                &path,
                &["-G", "--data-urlencode", "q=SELECT * FROM heat"],
            );
            read.contains("one")
        },
        left: &|| {
            let all = ask(
                "GET",
                "query",
                &["-G", "--data-urlencode", "q=SHOW DATABASES"],
            );
            let all: Value = serde_json::from_str(&all).unwrap();
            let rows = all["results"][0]["series"][0]["values"].as_array().cloned();
            let names = rows
                .unwrap_or_default()
                .into_iter()
                .map(|row| row[0].as_str().unwrap().to_owned());
            names.filter(|name| name != "test").collect()
        },
    }
    .check();
}

/// A broker with the management plugin, as its container image `rabbitmq:management` has it.
#[derive(Clone, Debug)]
struct Broker;

impl Daemon for Broker {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (epmd, management) = (site.port_named("epmd"), site.port_named("management"));
        let settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\nlog.console = true\n"
        );
        let path = |name: &str| format!("{dir}/{name}");
        let server = Program::new("/usr/lib/rabbitmq/bin/rabbitmq-server", [""; 0])
            .env("HOME", *dir)
            .env("ERL_EPMD_PORT", &epmd)
            .env("RABBITMQ_NODENAME", "existing@localhost")
            .env("RABBITMQ_DIST_PORT", site.port_named("distribution"))
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("log"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", path("config"))
            .env("RABBITMQ_FEATURE_FLAGS_FILE", path("features"))
            .env("RABBITMQ_PID_FILE", path("pid"));
        let api = format!("http://guest:guest@127.0.0.1:{management}/api/overview");
        let ready = Ready::Http(fixtured::launch::HttpProbe::get(api).status("200|401"));
        Launch::new("broker")
            .write(path("rabbitmq.conf"), settings)
            .write(path("plugins"), "[rabbitmq_management].\n")
            .prepare(Step::Directory(path("config")))
            .run(Process::new(server, ready).stopped_by("SIGKILL"))
            .url(format!(
                "amqp://guest:guest@127.0.0.1:{port}?management_port={management}"
            ))
            .values([("api", format!("http://127.0.0.1:{management}/api"))])
    }
}

#[test]
fn rabbitmq_lends_a_virtual_host() {
    let broker = Broker.start().unwrap();
    let api = broker.values()["api"].clone();
    let ask = |method: &str, path: &str, body: &Value| {
        request(
            method,
            &format!("{api}/{path}"),
            &["-u", "guest:guest"],
            body,
        )
    };
    let vhost = |holding: &Holding| holding.url.rsplit('/').next().unwrap().to_owned();
    Existing {
        name: "rabbitmq",
        url: broker.url(),
        put: &|holding| {
            assert!(holding.url.starts_with("amqp://guest:guest@127.0.0.1:"));
            assert!(!holding.url.contains("management_port"));
            let path = format!("queues/{}/mine", vhost(holding));
            ask("PUT", &path, &json!({ "durable": true }));
            // The user may use it.
            let exchange = format!("exchanges/{}/amq.default/publish", vhost(holding));
            let message = json!({ "properties": {}, "routing_key": "mine", "payload": "1", "payload_encoding": "string" });
            assert_eq!(ask("POST", &exchange, &message)["routed"], true);
        },
        has: &|holding| {
            let queues = ask("GET", &format!("queues/{}", vhost(holding)), &Value::Null);
            queues.to_string().contains("\"mine\"")
        },
        left: &|| {
            let hosts = ask("GET", "vhosts", &Value::Null);
            let hosts = hosts.as_array().cloned().unwrap_or_default();
            let names = hosts.iter().map(|host| host["name"].as_str().unwrap().to_owned());
            names.filter(|name| name != "/").collect()
        },
    }
    .check();
}

/// Its client takes a second for each command, so this is about what is left only.
#[test]
fn zookeeper_lends_a_node() {
    let server = daemons::zookeeper().start().unwrap();
    let ask = |words: &str| {
        let address = format!("127.0.0.1:{}", server.port());
        let words = words.split(' ');
        let arguments: Vec<_> = ["-server", &address].into_iter().chain(words).collect();
        printed("/usr/share/zookeeper/bin/zkCli.sh", &arguments, "")
    };
    Existing {
        name: "zookeeper",
        url: server.url(),
        put: &|holding| {
            let path = format!("{}/mine", holding.prefix);
            ask(&format!("create {path} 1"));
        },
        has: &|_| true,
        left: &|| {
            let all = ask("ls /");
            let list = all.lines().find_map(|line| line.strip_prefix('['));
            let names = list.unwrap().trim_end_matches(']').split(", ");
            names
                .filter(|name| *name != "zookeeper")
                .map(Into::into)
                .collect()
        },
    }
    .check_crash();
}

/// What the program `acquire` says about PostgreSQL is tested elsewhere; here it is what a daemon says that cannot use such a server.
#[test]
fn where_there_is_none_for_tests_it_is_said() {
    let said = |name: &str, url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        without_runner(&mut command);
        let mut child = command
            .env(format!("FIXTURED_{}_URL", name.to_uppercase()), url)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{name}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for (name, url, wanted) in [
        (
            "nginx",
            "http://127.0.0.1:1",
            "cannot start `nginx`: FIXTURED_NGINX_URL names an existing server, but its configuration is what a test wants; unset it to start a server",
        ),
        (
            "redis",
            "rediss://127.0.0.1:1",
            "FIXTURED_REDIS_URL names a server that wants TLS (`rediss://`), which fixtured speaks only with PostgreSQL; name one without it",
        ),
        (
            "rabbitmq",
            "amqp://guest:guest@127.0.0.1?management_port=x",
            "FIXTURED_RABBITMQ_URL is not a server URL: `management_port` is no port",
        ),
    ] {
        let said = said(name, url);
        assert!(said.contains(wanted), "{said}");
    }
}
