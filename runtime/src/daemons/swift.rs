//! Swift, on one disk that is a directory.

use super::Memcached;
use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// OpenStack's [Swift](https://docs.openstack.org/swift/latest/): proxy, account, container and object server, with one replica of all, and
    /// its own [`Memcached`] for tokens.
    ///
    /// Tests share the servers, which start in about half a second. Each test has an account with its own containers and objects:
    /// [`account`](Instance::account), at [`storage_url`](Instance::storage_url). A client that asks for a token is told the account `AUTH_test`,
    /// the same for all tests, so tell it `storage_url` instead (`swift --os-storage-url`, `OS_STORAGE_URL`).
    ///
    /// The users are those of Swift's [all in one](https://docs.openstack.org/swift/latest/development_saio.html): `test:tester` with the password
    /// `testing`, who may do everything in every account, `admin:admin` (`admin`), `test2:tester2` (`testing2`) and `test:tester3` (`testing3`).
    /// Anybody on the machine can use them; the servers listen on loopback only. As root they run as root.
    ///
    /// There are no background processes: an expired object can no longer be read, but is still listed. Data is lost with the servers. It must be
    /// on a file system with extended attributes, which a tmpfs has since Linux 6.6; else set `FIXTURED_DIR`.
    #[title("Swift")]
    #[a_test_gets("an account in shared servers")]
    pub struct Swift {
        /// Listen on this port instead of a leased one.
        ///
        /// It is the port of the proxy server, which clients talk to.
        #[pifpaf("8080")]
        port(u16): Option<u16>,
        /// Make the account server listen on this port instead of a leased one.
        #[pifpaf("5060")]
        account_port(u16): Option<u16>,
        /// Make the container server listen on this port instead of a leased one.
        #[pifpaf("5061")]
        container_port(u16): Option<u16>,
        /// Make the object server listen on this port instead of a leased one.
        #[pifpaf("5062")]
        object_port(u16): Option<u16>,
        /// Make its Memcached listen on this port instead of a leased one.
        #[pifpaf("5063")]
        memcached_port(u16): Option<u16>,
    }
}

values! { Swift {
    /// The URL that gives tokens, by version 1 of Swift's authentication: `http://localhost:8080/auth/v1.0`.
    auth_url: String,
    /// The user, `test:tester`.
    username: String,
    /// The user's password.
    password: String,
    /// The URL of the proxy server: `http://localhost:8080`.
    http_url: String,
    /// The word that tells the test's account from those of other tests.
    prefix: String,
} }

impl Instance<Swift> {
    /// The test's account, to which no user belongs. It exists as soon as it is used.
    pub fn account(&self) -> String {
        format!("AUTH_own-{}", self.prefix())
    }

    /// The URL of the test's account: `http://localhost:8080/v1/AUTH_own-test1`.
    pub fn storage_url(&self) -> String {
        format!("{}/v1/{}", self.http_url(), self.account())
    }
}

const USERNAME: &str = "test:tester";
const PASSWORD: &str = "testing";

impl Daemon for Swift {
    fn launch(&self, site: &Site) -> Launch {
        let port = site.port;
        let software = Software::python("swift", ["swift-proxy-server"]).pip(
            "swift==2.38.3 python-swiftclient==4.11.0 eventlet==0.41.3 pyeclib==1.8.0 PasteDeploy==3.1.0 xattr==1.3.0",
        );
        let url = format!("swift://test%3Atester:{PASSWORD}@localhost:{port}/auth/v1.0");
        let auth_url = format!("http://localhost:{port}/auth/v1.0");
        let python = software.program("python3");

        Launch::new("swift")
            .needs(software)
            .include("memcached", Memcached::default().launch(site))
            .run(servers(python, site))
            .reuse(Reuse::impossible(
                "FIXTURED_SWIFT_URL",
                "accounts belong to its identity service",
            ))
            .fixed_port("", self.port)
            .fixed_port("account", self.account_port)
            .fixed_port("container", self.container_port)
            .fixed_port("object", self.object_port)
            .fixed_port("memcached", self.memcached_port)
            .url(&url)
            .values(Values {
                auth_url: auth_url.clone(),
                username: USERNAME.into(),
                password: PASSWORD.into(),
                http_url: format!("http://localhost:{port}"),
                prefix: "test".into(),
            })
            .variables([
                ("ST_AUTH", &*auth_url),
                ("ST_USER", USERNAME),
                ("ST_KEY", PASSWORD),
            ])
            .cli_variables([
                ("SWIFT_PORT", port),
                ("SWIFT_USERNAME", USERNAME),
                ("SWIFT_PASSWORD", PASSWORD),
                ("SWIFT_AUTH_URL", &auth_url),
                ("SWIFT_URL", &url),
            ])
            .isolation(Isolation::Prefix)
    }
}

/// The servers, forks of one process.
fn servers(python: String, site: &Site) -> Process {
    let Site { dir, port, .. } = site;
    let script = format!("{dir}/swift.py");
    let servers = ["object", "container", "account"].map(|name| (name, site.port_named(name)));
    let ports = servers.iter().map(|(name, port)| format!("{name}={port}"));
    let command = Command::new(python, ["-I", "-W", "ignore", &*script, dir])
        .args(ports)
        // Nobody needs names of other machines, and loading what finds them takes longer than loading Swift.
        .env("EVENTLET_NO_GREENDNS", "yes");
    let token = HttpProbe::get(format!("http://127.0.0.1:{port}/auth/v1.0"))
        .header("X-Auth-User", USERNAME)
        .header("X-Auth-Key", PASSWORD);
    let secret = "[swift-hash]\nswift_hash_path_suffix = fixtured\n";
    let process = Process::new(command, Ready::Http(token))
        .stopped_by("SIGKILL")
        .prepare(Step::write(script, include_str!("python/swift.py")))
        .prepare(Step::write(format!("{dir}/swift.conf"), secret))
        .prepare(Step::write(format!("{dir}/proxy.conf"), proxy_conf(site)));
    servers.iter().fold(process, |process, (name, port)| {
        let healthy = Ready::get(format!("http://127.0.0.1:{port}/healthcheck"));
        process
            .prepare(Step::write(
                format!("{dir}/{name}.conf"),
                server_conf(name, port),
            ))
            .after_ready(Step::Wait(healthy))
    })
}

/// What all servers are told: where they are, as seen from the directory in which they run, and to start no processes of their own.
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

/// What a request goes through on its way to the proxy server, and back.
const PIPELINE: &str = "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl formpost tempauth staticweb \
copy container-quotas account-quotas slo dlo versioned_writes symlink proxy-logging";

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
