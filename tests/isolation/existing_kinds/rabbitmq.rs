//! RabbitMQ lends virtual hosts.

use fixtured::launch::{Command as Program, Launch, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon};
use fixtured_tests::{Holding, request};
use serde_json::{Value, json};

use super::Existing;

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
fn it_lends_a_virtual_host() {
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
            // One that is being deleted may have lost its name.
            let names = hosts.iter().filter_map(|host| host["name"].as_str());
            names.filter(|name| *name != "/").map(Into::into).collect()
        },
    }
    .check();
}
