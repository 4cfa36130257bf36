//! Fake S3.

use super::aws::{REGION, apart, variables};
use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software};

declare! {
    /// [Fake S3](https://github.com/jubos/fake-s3), a server for the [S3 API](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html) in Ruby.
    ///
    /// Version 0.2.5 is the last that needs no license key. Prefer [`S3`](super::S3), which starts faster, unless you need Fake S3 itself. Tests
    /// share the server, since it takes about 200 ms to start. Each has a [`prefix`](crate::Instance::<Fakes3>::prefix) for the names of its buckets;
    /// a list of all buckets shows those of other tests too. What a test leaves behind stays until the test run ends.
    ///
    /// It listens on 127.0.0.1 only, and accepts any keys and requests without them. As root it runs as root.
    #[title("Fake S3")]
    #[a_test_gets("a prefix for its buckets in a shared server")]
    pub struct Fakes3 {
        /// Listen on this port instead of a leased one.
        #[pifpaf("8989")]
        port(u16): Option<u16>,
    }
}

values! { Fakes3 {
    /// The URL that clients of S3 take as their endpoint.
    http_url: String,
    /// An access key, since clients require one; the server accepts any.
    access_key: String,
    /// A secret key, since clients require one; the server accepts any.
    secret_key: String,
    /// A region for clients that require one: `us-east-1`. The server accepts any.
    region: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

const KEY: &str = "fixtured";

impl Daemon for Fakes3 {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let url = format!("http://127.0.0.1:{port}");
        // By default it listens on all addresses.
        let command = Command::new("fakes3", ["server", "--address", "127.0.0.1"]).args([
            "--port",
            port,
            "--root",
            &format!("{dir}/data"),
            "--quiet",
        ]);
        // Newer versions of Ruby no longer contain all that it needs.
        let software = Software::new("fakes3", ["fakes3"])
            .version_args(["version"])
            .gem("fakes3:0.2.5 webrick sorted_set");
        let launch = Launch::new("fakes3")
            .needs(software)
            .run(Process::new(command, Ready::get(&url)).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_FAKES3_URL",
                "it has a single account, in which what tests leave behind could not be told apart",
            ))
            .fixed_port("", self.port)
            .url(format!("s3://localhost:{port}"));
        apart(launch, site)
            .variables(variables(&url, KEY, KEY))
            .cli_variables([("FAKES3_PORT", *port), ("HTTP_URL", &url)])
            .values(Values {
                http_url: url,
                access_key: KEY.into(),
                secret_key: KEY.into(),
                region: REGION.into(),
                prefix: "test".into(),
            })
            .isolation(Isolation::Prefix)
    }
}
