//! Swift, on one disk that is a directory.

use super::Memcached;
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// OpenStack's [Swift](https://docs.openstack.org/swift/latest/): proxy, account, container and object server, with one replica of all, and a
/// [`Memcached`] of its own for tokens.
///
/// All tests share the servers, which start in about half a second. Each test has an account of its own, with its own containers and objects:
/// [`account`](Instance::account), at [`storage_url`](Instance::storage_url). A client that asks for a token is told the account `AUTH_test`,
/// which is the same for all, so tell it `storage_url` instead (`swift --os-storage-url`, `OS_STORAGE_URL`). Who uses `AUTH_test` nevertheless
/// shares it.
///
/// Users are as in Swift's own [all in one](https://docs.openstack.org/swift/latest/development_saio.html): `test:tester` with the password
/// `testing`, who may do everything in every account, `admin:admin` (`admin`), `test2:tester2` (`testing2`) and `test:tester3` (`testing3`).
/// Anybody on the machine can use them; it listens on loopback only. As root it runs as root.
///
/// Nothing goes on in the background: what has expired cannot be had any more, but is still listed. Data is lost with the servers. It must be on a
/// file system with extended attributes, which a tmpfs is since Linux 6.6; else set `FIXTURED_DIR`.
#[derive(Clone, Debug, Default)]
pub struct Swift {
    port: Option<u16>,
    account_port: Option<u16>,
    container_port: Option<u16>,
    object_port: Option<u16>,
    memcached_port: Option<u16>,
}

const SERVE: &str = include_str!("python/swift.py");

/// What a request goes through on its way to the proxy server, and back.
const PIPELINE: &str = "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl formpost tempauth staticweb \
copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-logging";

impl Swift {
    /// Has the proxy server, which clients talk to, listen on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Has the account server listen on this port, rather than on a leased one.
    pub fn account_port(mut self, port: u16) -> Self {
        self.account_port = Some(port);
        self
    }

    /// Has the container server listen on this port, rather than on a leased one.
    pub fn container_port(mut self, port: u16) -> Self {
        self.container_port = Some(port);
        self
    }

    /// Has the object server listen on this port, rather than on a leased one.
    pub fn object_port(mut self, port: u16) -> Self {
        self.object_port = Some(port);
        self
    }

    /// Has its Memcached listen on this port, rather than on a leased one.
    pub fn memcached_port(mut self, port: u16) -> Self {
        self.memcached_port = Some(port);
        self
    }
}

impl Daemon for Swift {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let software = Software {
            install: Install {
                pip: "swift==2.38.3 python-swiftclient==4.11.0 eventlet==0.41.3 pyeclib==1.8.0 \
                      PasteDeploy==3.1.0 xattr==1.3.0"
                    .into(),
                ..Install::default()
            },
            ..Software::python("swift", ["swift-proxy-server"])
        };
        let servers = ["object", "container", "account"].map(|name| (name, site.port_named(name)));

        let serve = format!("{dir}/swift.py");
        let words = ["-I", "-W", "ignore", &serve, dir].map(str::to_owned);
        let ports = servers.iter().map(|(name, port)| format!("{name}={port}"));
        let mut command = Command::new(software.program("python3"), words.into_iter().chain(ports));
        // Nobody needs names of other machines, and loading what finds them takes longer than loading Swift.
        command.env = [("EVENTLET_NO_GREENDNS".to_owned(), "yes".to_owned())].into();

        let auth_url = format!("http://localhost:{port}/auth/v1.0");
        let ready = Ready::Http(HttpProbe {
            headers: [("X-Auth-User", "test:tester"), ("X-Auth-Key", "testing")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..HttpProbe::get(format!("http://127.0.0.1:{port}/auth/v1.0"))
        });
        let mut proxy = Process::new(command, ready).stopped_by("SIGKILL");
        proxy.prepare = vec![
            write(dir, "swift.py", SERVE.into()),
            write(
                dir,
                "swift.conf",
                "[swift-hash]\nswift_hash_path_suffix = fixtured\n".into(),
            ),
            write(dir, "proxy.conf", proxy_conf(site)),
        ];
        for (name, port) in &servers {
            let file = format!("{name}.conf");
            let text = server_conf(name, port);
            proxy.prepare.push(write(dir, &file, text));
            let healthy = HttpProbe::get(format!("http://127.0.0.1:{port}/healthcheck"));
            proxy.after_ready.push(Step::Wait(Ready::Http(healthy)));
        }

        let mut launch = Launch::new("swift");
        launch.software.push(software);
        launch.include("memcached", Memcached::default().launch(site));
        launch.processes.push(proxy);
        let ports = [
            ("", self.port),
            ("account", self.account_port),
            ("container", self.container_port),
            ("object", self.object_port),
            ("memcached", self.memcached_port),
        ];
        let fixed = ports
            .into_iter()
            .filter_map(|(name, port)| Some((name.to_owned(), port?)));
        launch.fixed_ports.extend(fixed);
        launch.url = format!("swift://test%3Atester:testing@localhost:{port}/auth/v1.0");
        let values = [
            ("username", "test:tester"),
            ("password", "testing"),
            ("auth_url", &auth_url),
            ("http_url", &format!("http://localhost:{port}")),
            // In servers of a test's own.
            ("prefix", "test"),
        ];
        let texts = |texts: &[(&str, &str)]| {
            let texts = texts.iter();
            texts
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect::<Vec<_>>()
        };
        launch.values.extend(texts(&values));
        launch.variables.extend(texts(&[
            ("ST_AUTH", &auth_url),
            ("ST_USER", "test:tester"),
            ("ST_KEY", "testing"),
        ]));
        launch.cli_variables.extend(texts(&[
            ("SWIFT_PORT", port),
            ("SWIFT_USERNAME", "test:tester"),
            ("SWIFT_PASSWORD", "testing"),
            ("SWIFT_AUTH_URL", &auth_url),
            ("SWIFT_URL", &launch.url),
        ]));
        launch.isolation = Isolation::Prefix;
        launch
    }
}

fn write(dir: &str, name: &str, text: String) -> Step {
    Step::Write {
        path: format!("{dir}/{name}"),
        text,
    }
}

/// What all servers have to be told: where they are, as seen from the directory in which they run, and that no processes of their own are wanted.
fn common(port: &str) -> String {
    format!("[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nswift_dir = .\n")
}

fn server_conf(name: &str, port: &str) -> String {
    let common = common(port);
    format!(
        "{common}devices = devices\nmount_check = false\ndisable_fallocate = true\nfallocate_reserve = 0\nlog_level = WARNING\n\
         [pipeline:main]\npipeline = healthcheck {name}-server\n\
         [app:{name}-server]\nuse = egg:swift#{name}\n\
         [filter:healthcheck]\nuse = egg:swift#healthcheck\n"
    )
}

fn proxy_conf(site: &Site) -> String {
    let memcached = site.port_named("memcached");
    let mut text = common(site.port);
    text += &format!(
        "[pipeline:main]\npipeline = {PIPELINE} proxy-server\n\
         [app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\n"
    );
    let mut filters: Vec<_> = PIPELINE.split(' ').collect();
    filters.sort_unstable();
    filters.dedup();
    for filter in filters {
        // Names of programs have underscores.
        let (program, settings) = match filter {
            "cache" => (
                "memcache".into(),
                format!("memcache_servers = 127.0.0.1:{memcached}\n"),
            ),
            "tempauth" => (
                "tempauth".into(),
                "user_admin_admin = admin .admin .reseller_admin\n\
                 user_test_tester = testing .admin .reseller_admin\n\
                 user_test2_tester2 = testing2 .admin\n\
                 user_test_tester3 = testing3\n"
                    .into(),
            ),
            "versioned_writes" => (filter.into(), "allow_object_versioning = true\n".into()),
            other => (other.replace('-', "_"), String::new()),
        };
        text += &format!("[filter:{filter}]\nuse = egg:swift#{program}\n{settings}");
    }
    text
}

impl Options for Swift {
    const TITLE: &'static str = "Swift";
    const GETS: &'static str = "an account of its own in servers that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("8080"),
            Opt::port(
                "account-port",
                "has its account server listen on this port",
                Self::account_port,
            )
            .pifpaf("5060"),
            Opt::port(
                "container-port",
                "has its container server listen on this port",
                Self::container_port,
            )
            .pifpaf("5061"),
            Opt::port(
                "object-port",
                "has its object server listen on this port",
                Self::object_port,
            )
            .pifpaf("5062"),
            Opt::port(
                "memcached-port",
                "has its Memcached listen on this port",
                Self::memcached_port,
            )
            .pifpaf("5063"),
        ]
    }
}

impl Instance<Swift> {
    /// Where tokens are given: `http://localhost:8080/auth/v1.0`, version 1 of Swift's authentication.
    pub fn auth_url(&self) -> &str {
        self.value("auth_url")
    }

    /// The user, `test:tester`.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The user's password.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The proxy server: `http://localhost:8080`.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The test's own account, which no user has by himself. It exists as soon as somebody uses it.
    pub fn account(&self) -> String {
        format!("AUTH_own-{}", self.value("prefix"))
    }

    /// The URL of the test's own account: `http://localhost:8080/v1/AUTH_own-test1`.
    pub fn storage_url(&self) -> String {
        format!("{}/v1/{}", self.http_url(), self.account())
    }
}
