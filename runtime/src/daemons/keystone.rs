//! Keystone, on a database file that has been set up once.

use super::declare::{declare, values};
use super::openstack::Service;
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{Command, Launch, Site, Step};

declare! {
    /// A [Keystone](https://docs.openstack.org/keystone/latest/) server, version 22 or later, with the user `admin` of the project `admin`.
    ///
    /// Tests share the server and its data, since it takes a second to start; begin names with [`prefix`](Instance::<Keystone>::prefix). Its data
    /// is an SQLite file, which `keystone-manage` sets up once and every server copies; each server has its own password and keys. Both ports
    /// serve the same API, version 3, one request at a time. Passwords are hashed with the fewest possible rounds.
    #[title("Keystone")]
    #[a_test_gets("a prefix for its names in a shared server")]
    pub struct Keystone {
        /// Listen on this port instead of a leased one.
        #[pifpaf("5000")]
        port(u16): Option<u16>,
        /// Serve administrators on this port instead of a leased one.
        ///
        /// The catalog lists it for them.
        #[pifpaf("35537")]
        admin_port(u16): Option<u16>,
    }
}

values! { Keystone {
    /// The URL of its API, from which clients find the rest.
    http_url: String,
    /// The administrator, of the domain `default`.
    username: String,
    /// The administrator's password, a random one for each server.
    password: String,
    /// The administrator's project, of the domain `default`.
    project: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

impl Instance<Keystone> {
    /// The port for administrators in the catalog.
    pub fn admin_port(&self) -> u16 {
        self.port_named("admin")
    }
}

const KEYSTONE: Service = Service {
    name: "keystone",
    program: "keystone-manage",
    pip: "keystone==30.0.0 waitress==3.0.2 SQLAlchemy==2.1.9 oslo.cache==4.3.0 oslo.db==18.1.1 pysaml2==7.5.5",
    script: concat!(
        include_str!("python/serve.py"),
        include_str!("python/keystone.py")
    ),
    env: &[
        ("EVENTLET_NO_GREENDNS", "yes"),
        ("PYTHONWARNINGS", "ignore"),
    ],
    health: "/v3",
};

const SETTLE: &str = include_str!("python/keystone_settle.py");

impl Daemon for Keystone {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let admin_port = site.port_named("admin");
        let data = format!("{dir}/data");
        let script = KEYSTONE.script_path(site);
        let [address, admin_address] = [*port, &admin_port].map(|port| format!("127.0.0.1:{port}"));
        let settle = KEYSTONE.python(["settle.py", port, port, &admin_port]);
        let serve = KEYSTONE.python([&*script, &address, &admin_address]);
        let http_url = KEYSTONE.http_url(site);

        KEYSTONE
            .launch(site, [])
            .prepare(Step::template(&data, set_up()))
            .write(config_path(&data), CONFIG)
            .prepare(Step::Run(on(&data, settle)))
            .write(script, KEYSTONE.script)
            .run(KEYSTONE.server(site, on(&data, serve)))
            .fixed_port("", self.port)
            .fixed_port("admin", self.admin_port)
            .values(Values {
                http_url: http_url.clone(),
                username: "admin".into(),
                password: (*secret).into(),
                project: "admin".into(),
                prefix: "test".into(),
            })
            .variables([
                ("OS_AUTH_URL", &*http_url),
                ("OS_PROJECT_NAME", "admin"),
                ("OS_USERNAME", "admin"),
                ("OS_PASSWORD", secret),
                ("OS_USER_DOMAIN_ID", "default"),
                ("OS_PROJECT_DOMAIN_ID", "default"),
                ("OS_REGION_NAME", "RegionOne"),
                ("OS_IDENTITY_API_VERSION", "3"),
            ])
            .cli_variables([("KEYSTONE_ADMIN_PORT", admin_port)])
    }
}

/// The directory of data that all servers start with, but for what is each one's own.
fn set_up() -> Vec<Step> {
    let data = Site::symbolic().template;
    let config = format!("--config-file={}", config_path(data));
    let manage = |args: &[&str]| {
        let args = [&[&*config], args].concat();
        Step::Run(on(data, KEYSTONE.command("keystone-manage", args)))
    };
    vec![
        Step::write(config_path(data), CONFIG),
        Step::write(format!("{data}/settle.py"), SETTLE),
        Step::Run(on(data, KEYSTONE.python(["settle.py"]))),
        manage(&["db_sync"]),
        manage(&[
            "bootstrap",
            "--bootstrap-service-name=keystone",
            "--bootstrap-region-id=RegionOne",
            "--bootstrap-admin-url=http://localhost/v3",
            "--bootstrap-internal-url=http://localhost/v3",
            "--bootstrap-public-url=http://localhost/v3",
        ]),
    ]
}

/// A command that works on the data in a directory.
fn on(data: &str, command: Command) -> Command {
    let secret = Site::symbolic().secret;
    command.cwd(data).envs([
        ("OS_KEYSTONE_CONFIG_DIR", data),
        ("OS_PASSWORD", secret),
        ("OS_BOOTSTRAP_PASSWORD", secret),
        // What is known about the packages that are installed, which takes a while to find out.
        ("XDG_CACHE_HOME", data),
    ])
}

fn config_path(data: &str) -> String {
    format!("{data}/keystone.conf")
}

/// Where everything is, as seen from the directory of data, and what makes it fast: one process keeps in its memory what it would ask its
/// database a hundred times for a token.
const CONFIG: &str = "\
[database]
connection = sqlite:///keystone.sqlite
sqlite_synchronous = false
[fernet_tokens]
key_repository = fernet
[fernet_receipts]
key_repository = receipts
[credential]
key_repository = credential
[cache]
enabled = true
backend = oslo_cache.dict
[identity]
password_hash_rounds = 4
";
