//! Ceph, in memory.

use std::path::Path;

use super::held::without_nul;
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step,
};

/// A [Ceph](https://docs.ceph.com) cluster: a monitor, a manager, and an OSD that keeps at most 1 GiB, in memory. `ceph health` says
/// `HEALTH_OK`, and a pool exists.
///
/// All tests share the cluster, which starts in about half a second. Each test is given a RADOS [namespace](Instance::namespace) of its own: objects
/// are found only in the namespace that they were written in, so in it tests may use the same names. All else belongs to the cluster and is
/// shared: pools, users, settings, and what `rados df` counts; images of RBD are in the pool's own namespace unless they are told otherwise.
/// For those, begin names with what [`namespace`](Instance::namespace) says, or take `scope = "test"`.
///
/// Clients must present the key of the user `client.admin`, which is random for each cluster and is in a file that only the user of the tests
/// can read. They speak version 2 of Ceph's protocol, on loopback. As root it runs as root.
///
/// The manager's modules, written in Python, are left out: they take five seconds and 300 MB. So there is no autoscaler and no orchestrator, and
/// `ceph health detail` shows that the complaint about it is muted. File systems and object gateways are not there either.
#[derive(Clone, Debug)]
pub struct Ceph {
    port: Option<u16>,
    pool: String,
}

/// The cluster's number. It tells nobody apart here: whoever comes to another cluster has the wrong key for it.
const FSID: &str = "66697874-7572-6564-8000-000000000000";

/// What a key starts with, in base 64: its kind (AES), no date, and the length of 24 letters when they are read as base 64.
const KEY: &str = "AQAAAAAAAAAAABIA";

/// Options that hold wherever they stand (<https://docs.ceph.com/en/pacific/rados/configuration/>).
const SETTINGS: &str = "\
ms bind msgr1 = false
auth allow insecure global id reclaim = false
pid file =
log to file = false
log to stderr = true
err to stderr = true
mon cluster log to file = false
debug rocksdb = 1
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool delete = true
mon allow pool size one = true
mon warn on pool no redundancy = false
mon warn on pool no app = false
mon data avail warn = 0
mon data avail crit = 0
paxos propose interval = 0.02
paxos min wait = 0.01
osd objectstore = memstore
osd crush update on start = false
osd class update on start = false
mgr initial modules =
mgr tick period = 1
mgr stats period = 1
";

/// All of them that one of Ceph's versions has: names that it does not know do no harm.
const MODULES: &str = "alerts balancer cephadm cli_api crash dashboard devicehealth diskprediction_local feedback hello influx insights \
iostat k8sevents localpool mds_autoscaler mirroring nfs nvmeof orchestrator osd_perf_query osd_support pg_autoscaler progress prometheus \
rbd_support restful rgw rook selftest smb snap_schedule stats status telegraf telemetry test_orchestrator volumes zabbix";

impl Default for Ceph {
    fn default() -> Self {
        Self {
            port: None,
            pool: "rbd".into(),
        }
    }
}

impl Ceph {
    /// Has the monitor listen on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The name of the pool that exists. Default: `rbd`, as that of the program `rbd`.
    pub fn pool(mut self, name: impl Into<String>) -> Self {
        self.pool = name.into();
        self
    }
}

impl Daemon for Ceph {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir,
            port,
            template,
            ..
        } = site;
        let file = format!("{dir}/ceph.conf");
        let run = |line: &str| {
            let mut words = line.split(' ');
            let program = words.next().unwrap_or_default();
            // As seen from the instance's directory: what separates several would be a part of a path.
            Command::new(program, ["-c", "ceph.conf"].into_iter().chain(words))
        };

        let mut launch = Launch::new("ceph");
        launch.software.push(Software {
            install: Install {
                apt: "ceph-mon ceph-osd ceph-mgr ceph-common".into(),
                ..Install::default()
            },
            ..Software::new(
                "ceph",
                ["ceph-mon", "ceph-osd", "ceph-mgr", "osdmaptool", "ceph"],
            )
        });
        launch.prepare = vec![
            write(&file, configuration(site)),
            write(&format!("{dir}/keyring"), keyring(site)),
            Step::Directory(format!("{dir}/mon")),
            // The same for all clusters: what makes a difference to it is said here. With a map that has the OSD, nobody has to ask the
            // monitor for one before it starts.
            Step::Template {
                into: format!("{dir}/template"),
                build: vec![
                    Step::Directory(format!("{template}/osd")),
                    Step::Run(run(&format!(
                        "osdmaptool --createsimple 1 --osd-crush-chooseleaf-type 0 --clobber {template}/osdmap",
                    ))),
                    Step::Run(run(&format!(
                        "ceph-osd -i 0 --mkfs --no-mon-config --osd-objectstore memstore --fsid {FSID} --osd-uuid {FSID} --osd-data {template}/osd"
                    ))),
                ],
            },
            Step::Run(run("ceph-mon -i a --mkfs --osdmap template/osdmap")),
        ];

        let process = |name: &str, line: &str, status: &str, answer: &str| {
            let ready = Ready::Exchange {
                address: format!("{dir}/{name}.socket"),
                send: format!("{{\"prefix\":\"{status}\"}}\0"),
                // The answer's length comes first.
                expect: format!("(?s)....\\{{.*{answer}"),
            };
            let process = Process::new(run(line), ready).named(name);
            process.stopped_by("SIGKILL")
        };
        let mon = process(
            "mon",
            "ceph-mon -f -i a",
            "mon_status",
            r#""state": "leader""#,
        );
        let mut mgr = process(
            "mgr",
            "ceph-mgr -f -i a",
            "mgr_status",
            r#""initialized": true"#,
        );
        // What the monitor would tell it is in the file.
        let line = "ceph-osd -f -i 0 --no-mon-config";
        let mut osd = process("osd", line, "status", r#""state": "active""#);
        osd.concurrent = true;
        // Both start while the monitor, which they would have asked in vain before it was ready, is told what to do.
        osd.after_ready = vec![Step::Wait(mgr.ready)];
        mgr.ready = Ready::Started;
        let mut create = run("ceph --keyring keyring osd pool create");
        create.args.push(self.pool.clone());
        let mute = run("ceph --keyring keyring health mute MGR_MODULE_ERROR --sticky");
        mgr.after_ready = vec![Step::Run(create), Step::Run(mute)];
        launch.processes = vec![mon, mgr, osd];

        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("ceph://localhost:{port}");
        launch.values = [
            ("conf", file.clone()),
            ("keyring", format!("{dir}/keyring")),
            ("pool", self.pool.clone()),
            // The namespace that clients use who name none; that of a test takes its place.
            ("prefix", String::new()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.variables = [("CEPH_CONF".to_owned(), file)].into();
        launch.cli_variables = launch.variables.clone();
        launch.invalid = without_nul("pool", &self.pool);
        if self.pool.is_empty() || self.pool.starts_with('-') {
            let pool = &self.pool;
            launch.invalid = Some(format!("`{pool}` is no name for a pool"));
        }
        launch.isolation = Isolation::Prefix;
        launch
    }
}

fn write(path: &str, text: String) -> Step {
    Step::Write {
        path: path.into(),
        text,
    }
}

fn configuration(site: &Site) -> String {
    let Site { dir, port, .. } = site;
    let [osd, cluster, heartbeat, mgr] =
        ["osd", "cluster", "heartbeat", "mgr"].map(|name| site.port_named(name));
    // For clients, who are elsewhere. It is a list, in which a comma, a semicolon or a space begins the next.
    let keyring = Quoting::Comment.of(format!("{dir}/keyring"));
    format!(
        "[global]
fsid = {FSID}
mon host = v2:127.0.0.1:{port}
keyring = \"{keyring}\"
{SETTINGS}mgr disabled modules = {MODULES}

# Paths of daemons, which run in this directory.
[mon]
keyring = keyring
run dir = .
crash dir = crash
mon data = mon
admin socket = mon.socket

[mgr]
keyring = keyring
run dir = .
crash dir = crash
mgr data = .
admin socket = mgr.socket
public addr = v2:127.0.0.1:{mgr}

# An OSD listens for heartbeats on two addresses, those of the other two listeners, and on a port from a range: with two addresses, one
# port is enough for both.
[osd]
keyring = keyring
run dir = .
crash dir = crash
osd data = template/osd
admin socket = osd.socket
public addr = v2:127.0.0.1:{osd}
cluster addr = v2:127.0.0.2:{cluster}
ms bind port min = {heartbeat}
ms bind port max = {heartbeat}
"
    )
}

/// The users, all with the same key: each could read those of the others here.
fn keyring(site: &Site) -> String {
    let users = [
        ("mon.", "caps mon = \"allow *\"\n"),
        (
            "client.admin",
            "caps mon = \"allow *\"\ncaps osd = \"allow *\"\ncaps mds = \"allow *\"\ncaps mgr = \"allow *\"\n",
        ),
        (
            "mgr.a",
            "caps mon = \"allow profile mgr\"\ncaps osd = \"allow *\"\ncaps mds = \"allow *\"\n",
        ),
        (
            "osd.0",
            "caps mon = \"allow profile osd\"\ncaps osd = \"allow *\"\ncaps mgr = \"allow profile osd\"\n",
        ),
    ];
    let secret = site.secret;
    users
        .map(|(user, caps)| format!("[{user}]\nkey = {KEY}{secret}\n{caps}"))
        .concat()
}

impl Options for Ceph {
    const TITLE: &'static str = "Ceph";
    const GETS: &'static str = "a RADOS namespace of its own in a cluster that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "has its monitor listen on this port", Self::port).pifpaf("6790"),
            Opt::text(
                "pool",
                "NAME",
                "has this pool, rather than `rbd`",
                |ceph, name| Ok(ceph.pool(name)),
            ),
        ]
    }
}

impl Instance<Ceph> {
    /// The configuration file for clients, which says where the cluster and the key are; the variable `CEPH_CONF` names it too.
    pub fn conf(&self) -> &Path {
        Path::new(self.value("conf"))
    }

    /// The file with the key of the user `client.admin`.
    pub fn keyring(&self) -> &Path {
        Path::new(self.value("keyring"))
    }

    /// The pool that exists.
    pub fn pool(&self) -> &str {
        self.value("pool")
    }

    /// The RADOS namespace of the test; in a cluster of its own the usual one, which has no name.
    pub fn namespace(&self) -> &str {
        self.value("prefix")
    }
}
