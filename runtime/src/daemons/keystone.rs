//! Keystone, on a database file that has been set up once.

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// A [Keystone](https://docs.openstack.org/keystone/latest/) server, version 22 or later, with the user `admin` of the project `admin`.
///
/// All tests share one server with all that is in it, since it takes a second to start; names that begin with the value `prefix` are a test's
/// own. Its data is an SQLite file, set up once by `keystone-manage` and copied from then on; password and keys are each server's own. Both
/// ports serve the same API, of version 3, one request after the other. Passwords are hashed with the fewest rounds that there are.
#[derive(Clone, Debug, Default)]
pub struct Keystone {
    port: Option<u16>,
    admin_port: Option<u16>,
}

const SERVE: &str = concat!(
    include_str!("python/serve.py"),
    include_str!("python/keystone.py")
);
const SETTLE: &str = include_str!("python/keystone_settle.py");

impl Keystone {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Listens on this port too, rather than on a leased one; the catalog has it for administrators.
    pub fn admin_port(mut self, port: u16) -> Self {
        self.admin_port = Some(port);
        self
    }
}

/// A command that works on the data in a directory.
fn on(data: &str, program: &str, args: &[&str]) -> Command {
    let secret = Site::symbolic().secret;
    let mut command = Command::new(program, args.iter().copied());
    command.cwd = Some(data.into());
    let env = [
        ("OS_KEYSTONE_CONFIG_DIR", data),
        ("OS_PASSWORD", secret),
        ("OS_BOOTSTRAP_PASSWORD", secret),
        // What is known about the packages that are installed, which takes a while to find out.
        ("XDG_CACHE_HOME", data),
        ("EVENTLET_NO_GREENDNS", "yes"),
        ("PYTHONWARNINGS", "ignore"),
    ];
    command.env = env
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    command
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

fn config(data: &str) -> Step {
    Step::Write {
        path: format!("{data}/keystone.conf"),
        text: CONFIG.into(),
    }
}

/// The directory that all servers start with, but for what is each one's own.
fn set_up(python: &str) -> Vec<Step> {
    let data = Site::symbolic().template;
    let config_file = format!("--config-file={data}/keystone.conf");
    let manage = |args: &[&str]| {
        let args: Vec<_> = [&[config_file.as_str()], args].concat();
        Step::Run(on(data, "keystone-manage", &args))
    };
    let urls = ["admin", "internal", "public"]
        .map(|interface| format!("--bootstrap-{interface}-url=http://localhost/v3"));
    let bootstrap = [
        "bootstrap",
        "--bootstrap-service-name=keystone",
        "--bootstrap-region-id=RegionOne",
    ];
    let bootstrap: Vec<_> = bootstrap
        .into_iter()
        .chain(urls.iter().map(String::as_str))
        .collect();
    vec![
        config(data),
        Step::Write {
            path: format!("{data}/settle.py"),
            text: SETTLE.into(),
        },
        Step::Run(on(data, python, &["settle.py"])),
        manage(&["db_sync"]),
        manage(&bootstrap),
    ]
}

impl Daemon for Keystone {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let software = Software {
            install: Install {
                pip: "keystone==30.0.0 waitress==3.0.2 SQLAlchemy==2.1.9 oslo.cache==4.3.0 \
                      oslo.db==18.1.1 pysaml2==7.5.5"
                    .into(),
                ..Install::default()
            },
            ..Software::python("keystone", ["keystone-manage"])
        };
        let python = software.program("python3");
        let admin_port = site.port_named("admin");
        let data = format!("{dir}/data");
        let serve = format!("{dir}/serve.py");
        let addresses = [*port, &admin_port].map(|port| format!("127.0.0.1:{port}"));
        let command = on(&data, &python, &[&serve, &addresses[0], &addresses[1]]);
        let http_url = format!("http://localhost:{port}");
        let ready = Ready::Http(HttpProbe::get(format!("http://{}/v3", addresses[0])));

        let mut launch = Launch::new("keystone");
        launch.software.push(software);
        launch.prepare = vec![
            Step::Template {
                into: data.clone(),
                build: set_up(&python),
            },
            config(&data),
            Step::Run(on(&data, &python, &["settle.py", port, port, &admin_port])),
            Step::Write {
                path: serve,
                text: SERVE.into(),
            },
        ];
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        let ports = [("", self.port), ("admin", self.admin_port)];
        let fixed = ports
            .into_iter()
            .filter_map(|(name, port)| Some((name.to_owned(), port?)));
        launch.fixed_ports = fixed.collect();
        launch.url = format!("keystone://localhost:{port}");
        let texts = |texts: &[(&str, &str)]| {
            let texts = texts.iter();
            texts
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        launch.values = texts(&[
            ("http_url", &http_url),
            ("username", "admin"),
            ("password", secret),
            ("project", "admin"),
            // In a server of a test's own.
            ("prefix", "test"),
        ]);
        launch.variables = texts(&[
            ("OS_AUTH_URL", &http_url),
            ("OS_PROJECT_NAME", "admin"),
            ("OS_USERNAME", "admin"),
            ("OS_PASSWORD", secret),
            ("OS_USER_DOMAIN_ID", "default"),
            ("OS_PROJECT_DOMAIN_ID", "default"),
            ("OS_REGION_NAME", "RegionOne"),
            ("OS_IDENTITY_API_VERSION", "3"),
        ]);
        launch.cli_variables = texts(&[
            ("KEYSTONE_PORT", port),
            ("KEYSTONE_ADMIN_PORT", &admin_port),
            ("KEYSTONE_HTTP_URL", &http_url),
        ]);
        launch.isolation = Isolation::Prefix;
        launch
    }
}

impl Options for Keystone {
    const TITLE: &'static str = "Keystone";
    const GETS: &'static str = "a prefix for its names in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("5000"),
            Opt::port("admin-port", "listens on this port too", Self::admin_port).pifpaf("35537"),
        ]
    }
}

impl Instance<Keystone> {
    /// The URL by HTTP, from which clients find the rest.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The administrator, of the domain `default`.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The administrator's password, a random one for each server.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The administrator's project, of the domain `default`.
    pub fn project(&self) -> &str {
        self.value("project")
    }

    /// The port that the catalog has for administrators.
    pub fn admin_port(&self) -> u16 {
        self.port_named("admin")
    }

    /// What the names of what this test makes begin with, to tell it from what others make.
    pub fn prefix(&self) -> &str {
        self.value("prefix")
    }
}
