//! S3, by a server that keeps objects in files.

use super::aws::{REGION, accessors, variables};
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// Object storage as [S3](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html) offers it, from the server
/// [s3s-fs](https://crates.io/crates/s3s-fs): buckets, objects with metadata, ranges, copies, listings page by page, uploads in parts, and
/// signed URLs. It has no versions, tags, policies or life cycles.
///
/// Each test has a server of its own, which starts in some 5 ms, with one bucket in it. The access key is `fixtured`, the secret key is
/// another for each server; it is in the server's command line, which other users of the machine can read.
///
/// The [`variables`](Instance::variables) are those from which AWS's clients take all that they need: `AWS_ENDPOINT_URL`,
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`. Since the URL has an address for its host, they name buckets in the path.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    port: Option<u16>,
    bucket: Option<String>,
}

const ACCESS_KEY: &str = "fixtured";

impl S3 {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The name of the bucket that is there from the start. Default: `test`.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.bucket = Some(name.into());
        self
    }
}

impl Daemon for S3 {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let data = format!("{dir}/data");
        let bucket = self.bucket.as_deref().unwrap_or("test");
        let url = format!("http://127.0.0.1:{port}");
        let mut launch = Launch::new("s3");
        launch.software.push(Software {
            install: Install {
                cargo: "s3s-fs@0.14.1 --features binary".into(),
                ..Install::default()
            },
            ..Software::new("s3", ["s3s-fs"])
        });
        // A bucket is a directory.
        let made = Step::Directory(format!("{data}/{bucket}"));
        launch.prepare.push(made);
        let address = ["--host", "127.0.0.1", "--port", port];
        let login = ["--access-key", ACCESS_KEY, "--secret-key", secret];
        let command = Command::new("s3s-fs", [&address[..], &login, &[&data]].concat());
        // Whoever does not sign a request is refused.
        let ready = Ready::Http(HttpProbe {
            status: "403".into(),
            ..HttpProbe::get(&url)
        });
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        let of_user = self.port.map(|port| (String::new(), port));
        launch.fixed_ports.extend(of_user);
        launch.variables = variables(&url, ACCESS_KEY, secret);
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        let prefixed = [
            ("S3_PORT", *port),
            ("S3_BUCKET", bucket),
            ("HTTP_URL", &url),
        ];
        launch.cli_variables = prefixed.map(owned).into();
        let values = [
            ("http_url", url.as_str()),
            ("access_key", ACCESS_KEY),
            ("secret_key", secret),
            ("region", REGION),
            ("bucket", bucket),
        ];
        launch.values = values.map(owned).into();
        launch.url = url;
        launch.isolation = Isolation::Server;
        if !is_name_of_bucket(bucket) {
            let rule = "3 to 63 small letters, digits, hyphens and dots, the first and the last a letter or a digit";
            launch.invalid = Some(format!("`{bucket}` cannot be the name of a bucket: {rule}"));
        }
        launch
    }
}

/// Whether S3 accepts it (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>), as far as the server looks.
fn is_name_of_bucket(name: &str) -> bool {
    let is_small = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.starts_with(is_small)
        && name.ends_with(is_small)
        && name
            .chars()
            .all(|letter| is_small(letter) || "-.".contains(letter))
}

impl Options for S3 {
    const TITLE: &'static str = "S3";
    const GETS: &'static str = "a server of its own, with a bucket";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port),
            Opt::text(
                "bucket",
                "NAME",
                "has this bucket from the start",
                |it, name| match is_name_of_bucket(name) {
                    true => Ok(it.bucket(name)),
                    false => Err("that cannot be the name of a bucket".into()),
                },
            ),
        ]
    }
}

accessors!(S3);

impl Instance<S3> {
    /// The bucket that is there from the start.
    pub fn bucket(&self) -> &str {
        self.value("bucket")
    }
}
