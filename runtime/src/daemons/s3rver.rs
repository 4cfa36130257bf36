//! S3rver.

use super::aws::{REGION, accessors, variables};
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software,
};

/// [S3rver](https://github.com/jamhall/s3rver), a server for [S3](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html) in Node.js.
/// Where nothing speaks for it, [`S3`](super::S3) starts faster.
///
/// Tests share it, since it takes some 200 ms to start. Each has a word of its own, [`prefix`](Instance::<S3rver>::prefix), to begin its
/// buckets' names with; a list of all buckets shows those of others too. Nobody removes what a test leaves until the test run ends. Access key
/// and secret key are both `S3RVER`, and whoever signs nothing is let in.
#[derive(Clone, Debug, Default)]
pub struct S3rver {
    port: Option<u16>,
}

/// The only account that it knows; both its keys are this.
const KEY: &str = "S3RVER";

impl S3rver {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

impl Daemon for S3rver {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let data = format!("{dir}/data");
        let url = format!("http://127.0.0.1:{port}");
        let mut launch = Launch::new("s3rver");
        launch.software.push(Software {
            install: Install {
                npm: "s3rver@3.7.1".into(),
                ..Install::default()
            },
            ..Software::new("s3rver", ["s3rver"])
        });
        let address = ["--address", "127.0.0.1", "--port", port];
        let command = Command::new("s3rver", [&address[..], &["--directory", &data]].concat());
        let ready = Ready::Http(HttpProbe::get(&url));
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        let of_user = self.port.map(|port| (String::new(), port));
        launch.fixed_ports.extend(of_user);
        launch.variables = variables(&url, KEY, KEY);
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        launch.cli_variables = [("S3RVER_PORT", *port), ("HTTP_URL", &url)]
            .map(owned)
            .into();
        let values = [
            ("http_url", url.as_str()),
            ("access_key", KEY),
            ("secret_key", KEY),
            ("region", REGION),
            ("prefix", "test"),
        ];
        launch.values = values.map(owned).into();
        launch.url = format!("s3://localhost:{port}");
        launch.isolation = Isolation::Prefix;
        launch
    }
}

impl Options for S3rver {
    const TITLE: &'static str = "S3rver";
    const GETS: &'static str = "a prefix for its buckets in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![Opt::port("port", "listens on this port", Self::port).pifpaf("4568")]
    }
}

accessors!(S3rver);

impl Instance<S3rver> {
    /// The word with which the names of the test's buckets should begin; no other test of the session has the same in this server.
    pub fn prefix(&self) -> &str {
        self.value("prefix")
    }
}
