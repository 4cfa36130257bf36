//! Beanstalkd.

use super::declare::declare;
use super::init::Init;
use super::init_slot::DataInit;
use super::period::Period;
use super::slot::Timeout;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Seed, Site, Software};

declare! {
    /// A [beanstalkd](https://beanstalkd.github.io) work queue.
    ///
    /// It starts in about 5 ms, so tests do not share it: any client may see, take and delete the jobs of every tube. It listens on 127.0.0.1
    /// only and has no write-ahead log unless tests start from jobs. As root it runs as `nobody`.
    #[title("beanstalkd")]
    #[a_test_gets("a dedicated server")]
    pub struct Beanstalkd {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Limit the size of a job, in bytes.
        ///
        /// Default: 65,535. The server allows at most 1 GiB.
        #[value("BYTES")]
        max_job_size(u64): Option<u64>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`].
        /// The directory is that of a write-ahead log (`-b`). Jobs that were reserved are ready again.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

impl Daemon for Beanstalkd {
    fn launch(&self, Site { dir, port, .. }: &Site) -> Launch {
        let limit = self
            .max_job_size
            .map(|bytes| ["-z".to_owned(), bytes.to_string()]);
        let log = format!("{dir}/log");
        let logged = self.init.is_given().then(|| ["-F", "-b", &log]);
        let command = Command::new("beanstalkd", ["-l", "127.0.0.1", "-p", port])
            .args(limit.into_iter().flatten())
            .args(logged.into_iter().flatten())
            .as_root("nobody");
        let ready = Ready::exchange(format!("127.0.0.1:{port}"), "list-tubes\r\n", "OK ");
        let software = Software::new("beanstalkd", ["beanstalkd"]).version_args(["-v"]);
        let launch = Launch::new("beanstalkd")
            .needs(software.apt("beanstalkd").brew("beanstalkd"))
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_BEANSTALKD_URL",
                "its tubes belong to all its clients",
            ))
            .fixed_port("", self.port)
            .url(format!("beanstalk://127.0.0.1:{port}"))
            .cli_variables([("BEANSTALKD_PORT", *port)])
            .isolation(Isolation::Server);
        self.timeout.limit(self.init.seeds(launch, Seed::new(log)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}
