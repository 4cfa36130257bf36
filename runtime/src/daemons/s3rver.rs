//! S3rver.

use super::aws::{REGION, apart, variables};
use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::period::Period;
use super::slot::Timeout;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Seed, Site, Software};

declare! {
    /// [S3rver](https://github.com/jamhall/s3rver), a server for the [S3 API](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html) in
    /// Node.js.
    ///
    /// Prefer [`S3`](super::S3), which starts faster, unless you need S3rver itself. Tests share the server, since it takes about 200 ms to start.
    /// Each has a [`prefix`](crate::Instance::<S3rver>::prefix) for the names of its buckets; a list of all buckets shows those of other tests too.
    /// What a test leaves behind stays until the test run ends. The access key and the secret key are both `S3RVER`, and unsigned requests
    /// are accepted.
    #[title("S3rver")]
    #[a_test_gets("a prefix for its buckets in a shared server")]
    pub struct S3rver {
        /// Listen on this port instead of a leased one.
        #[pifpaf("4568")]
        port(u16): Option<u16>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. Each test gets a dedicated server then. The directory contains one for each bucket, as S3rver has left them.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { S3rver {
    /// The URL that clients of S3, such as the crates `object_store` and `rust-s3`, take as their endpoint.
    http_url: String,
    /// The access key.
    access_key: String,
    /// The secret key.
    secret_key: String,
    /// A region for clients that require one: `us-east-1`. The server accepts any.
    region: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

/// The only account that it knows; both its keys are this.
const KEY: &str = "S3RVER";

impl Daemon for S3rver {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let data = format!("{dir}/data");
        let url = format!("http://127.0.0.1:{port}");
        let address = ["--address", "127.0.0.1", "--port", port];
        let command = Command::new("s3rver", [&address[..], &["--directory", &data]].concat());
        let launch = Launch::new("s3rver")
            .needs(Software::new("s3rver", ["s3rver"]).npm("s3rver@3.7.1"))
            .run(Process::new(command, Ready::get(&url)).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_S3RVER_URL",
                "it has a single account, in which what tests leave behind could not be told apart",
            ))
            .fixed_port("", self.port)
            .url(format!("s3://localhost:{port}"));
        let launch = apart(launch, site)
            .variables(variables(&url, KEY, KEY))
            .cli_variables([("S3RVER_PORT", *port), ("HTTP_URL", &url)])
            .values(Values {
                http_url: url,
                access_key: KEY.into(),
                secret_key: KEY.into(),
                region: REGION.into(),
                prefix: "test".into(),
            })
            .isolation(Isolation::Prefix);
        self.timeout.limit(self.init.seeds(launch, Seed::new(data)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}
