//! Ceph, in memory.

use super::ceph_conf::{FSID, configuration, keyring};
use super::declare::{declare, values};
use super::validation::without_nul;
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step};

declare! {
    /// A [Ceph](https://docs.ceph.com) cluster: a monitor, a manager, and an OSD that keeps up to 1 GiB in memory. `ceph health` says
    /// `HEALTH_OK`, and a pool exists.
    ///
    /// Tests share the cluster, which starts in about half a second. Each test gets a RADOS [namespace](crate::Instance::<Ceph>::namespace): objects are found only
    /// in the namespace in which they were written, so tests may use the same names. All else belongs to the cluster and is shared: pools, users,
    /// settings, and the counts of `rados df`; RBD images are in the pool's own namespace unless told otherwise. For those, begin names with
    /// [`namespace`](crate::Instance::<Ceph>::namespace), or use `scope = "test"`.
    ///
    /// Clients must present the key of the user `client.admin`, which is random for each cluster and kept in a file that only the user of the tests
    /// can read. They speak version 2 of Ceph's protocol, on loopback. As root it runs as root.
    ///
    /// The manager runs without its modules, which are written in Python and take five seconds and 300 MB. So there is no autoscaler and no
    /// orchestrator; `ceph health detail` shows that the warning about it is muted. There are no file systems or object gateways either.
    #[title("Ceph")]
    #[a_test_gets("a RADOS namespace in a shared cluster")]
    pub struct Ceph {
        /// Make the monitor listen on this port instead of a leased one.
        #[pifpaf("6790")]
        port(u16): Option<u16>,
        /// Create this pool instead of `rbd`.
        ///
        /// The program `rbd` expects a pool of that name.
        #[value("NAME")]
        pool(impl Into<String>): Option<String>,
    }
}

values! { Ceph {
    /// The configuration file for clients, with the addresses of the cluster and the path of the key; the variable `CEPH_CONF` names it too.
    conf: Path,
    /// The file with the key of the user `client.admin`.
    keyring: Path,
    /// The pool that exists.
    pool: String,
    /// The RADOS namespace of the test; in a dedicated cluster the default one, which has no name.
    namespace: String = "prefix",
} }

impl Daemon for Ceph {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir,
            port,
            template,
            ..
        } = site;
        let pool = self.pool.as_deref().unwrap_or("rbd");
        let [conf, key] = ["ceph.conf", "keyring"].map(|name| format!("{dir}/{name}"));
        // The same for all clusters: their differences are in the configuration. With a map that has the OSD, nobody has to ask the monitor
        // for one before it starts.
        let template = [
            Step::Directory(format!("{template}/osd")),
            Step::Run(run(&format!(
                "osdmaptool --createsimple 1 --osd-crush-chooseleaf-type 0 --clobber {template}/osdmap",
            ))),
            Step::Run(run(&format!(
                "ceph-osd -i 0 --mkfs --no-mon-config --osd-objectstore memstore --fsid {FSID} --osd-uuid {FSID} --osd-data {template}/osd"
            ))),
        ];
        let answers = |name, question, answer| answers(site, name, question, answer);
        let leads = answers("mon", "mon_status", r#""state": "leader""#);
        let manages = answers("mgr", "mgr_status", r#""initialized": true"#);
        let stores = answers("osd", "status", r#""state": "active""#);
        let create = run("ceph --keyring keyring osd pool create").arg(pool);
        let mute = run("ceph --keyring keyring health mute MGR_MODULE_ERROR --sticky");

        Launch::new("ceph")
            .needs(
                Software::new(
                    "ceph",
                    ["ceph-mon", "ceph-osd", "ceph-mgr", "osdmaptool", "ceph"],
                )
                .apt("ceph-mon ceph-osd ceph-mgr ceph-common"),
            )
            .write(&conf, configuration(site))
            .write(&key, keyring(site))
            .prepare(Step::Directory(format!("{dir}/mon")))
            .prepare(Step::template(format!("{dir}/template"), template))
            .prepare(Step::Run(run(
                "ceph-mon -i a --mkfs --osdmap template/osdmap",
            )))
            .run(process("mon", "ceph-mon -f -i a", leads))
            // Manager and OSD would ask the monitor in vain before it is ready. They start while it is told what to do.
            .run(
                process("mgr", "ceph-mgr -f -i a", Ready::Started)
                    .after_ready(Step::Run(create))
                    .after_ready(Step::Run(mute)),
            )
            // What the monitor would tell it is in the file.
            .run(
                process("osd", "ceph-osd -f -i 0 --no-mon-config", stores)
                    .concurrent()
                    .after_ready(Step::Wait(manages)),
            )
            .fixed_port("", self.port)
            .url(format!("ceph://localhost:{port}"))
            .values(Values {
                conf: conf.clone(),
                keyring: key,
                pool: pool.into(),
                namespace: String::new(),
            })
            .variables([("CEPH_CONF", &conf)])
            .cli_variables([("CEPH_CONF", conf)])
            .reuse(Reuse::impossible(
                "FIXTURED_CEPH_URL",
                "its pools and users belong to the whole cluster",
            ))
            .isolation(Isolation::Prefix)
            .invalid(self.problem())
    }
}

impl Ceph {
    fn problem(&self) -> Option<String> {
        let pool = self.pool.as_deref()?;
        match pool.is_empty() || pool.starts_with('-') {
            true => Some(format!("invalid name `{pool}` for a pool")),
            false => without_nul("pool", pool),
        }
    }
}

/// A command by its words, separated by spaces.
fn run(line: &str) -> Command {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    // As seen from the instance's directory: what separates several would be a part of a path.
    Command::new(program, ["-c", "ceph.conf"]).args(words)
}

/// A daemon of the cluster.
fn process(name: &str, line: &str, ready: Ready) -> Process {
    let process = Process::new(run(line), ready).named(name);
    process.stopped_by("SIGKILL")
}

/// That a daemon of the cluster gives this answer to this question.
fn answers(site: &Site, name: &str, question: &str, answer: &str) -> Ready {
    Ready::exchange(
        format!("{}/{name}.socket", site.dir),
        format!("{{\"prefix\":\"{question}\"}}\0"),
        // The answer's length comes first.
        format!("(?s)....\\{{.*{answer}"),
    )
}
