//! S3, by a server that keeps objects in files.

use super::aws::{REGION, apart, variables};
use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::period::Period;
use super::slot::Timeout;
use super::validation::without_nul;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Ready, Reuse, Seed, Site, Software, Step,
};

declare! {
    /// Object storage with the [S3 API](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html), served by
    /// [s3s-fs](https://crates.io/crates/s3s-fs).
    ///
    /// It has buckets, objects with metadata, ranges, copies, paginated listings, multipart uploads and presigned URLs, but no versions, tags,
    /// policies or life cycles. It starts in about 5 ms, so tests do not share it. The access key is `fixtured`; the secret key is random for each
    /// server. It is part of the server's command line, which other users of the machine can read.
    ///
    /// The [`variables`](crate::Instance::variables) are those from which AWS's clients take all that they need: `AWS_ENDPOINT_URL`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`. The host in the URL is an address, so clients use path-style requests.
    #[title("S3")]
    #[a_test_gets("a dedicated server with a bucket")]
    pub struct S3 {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Create this bucket.
        ///
        /// Default: `test`.
        #[value("NAME")]
        bucket(impl Into<String>): Option<String>,
        /// Use this secret key.
        ///
        /// A function that [`init`](Self::init) names needs to know it. Default: a random one for each server.
        #[value("KEY")]
        secret_key(impl Into<String>): Option<String>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. A directory contains one for each bucket, with the objects as files.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { S3 {
    /// The URL that clients of S3, such as the crates `object_store` and `rust-s3`, take as their endpoint.
    http_url: String,
    /// The access key.
    access_key: String,
    /// The secret key.
    secret_key: String,
    /// A region for clients that require one: `us-east-1`. The server accepts any.
    region: String,
    /// The bucket that exists.
    bucket: String,
} }

const ACCESS_KEY: &str = "fixtured";

impl Daemon for S3 {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let data = format!("{dir}/data");
        let secret = self.secret_key.as_deref().unwrap_or(secret);
        let bucket = self.bucket.as_deref().unwrap_or("test");
        let url = format!("http://127.0.0.1:{port}");
        let address = ["--host", "127.0.0.1", "--port", port];
        let login = ["--access-key", ACCESS_KEY, "--secret-key", secret];
        let command = Command::new("s3s-fs", [&address[..], &login, &[&data]].concat());
        // Whoever does not sign a request is refused.
        let ready = Ready::Http(HttpProbe::get(&url).status("403"));
        let software = Software::new("s3", ["s3s-fs"]);
        // A bucket is a directory.
        let bucket_exists = Step::Directory(format!("{data}/{bucket}"));
        let server = Process::new(command, ready)
            .prepare(bucket_exists)
            .stopped_by("SIGKILL");
        let launch = Launch::new("s3")
            .needs(software.cargo("s3s-fs@0.14.1 --features binary"))
            .run(server)
            .reuse(Reuse::impossible(
                "FIXTURED_S3_URL",
                "requests to it would have to be signed, which fixtured cannot do",
            ))
            .fixed_port("", self.port)
            .url(&url);
        let launch = apart(launch, site)
            .variables(variables(&url, ACCESS_KEY, secret))
            .cli_variables([
                ("S3_PORT", *port),
                ("S3_BUCKET", bucket),
                ("HTTP_URL", &url),
            ])
            .values(Values {
                http_url: url,
                access_key: ACCESS_KEY.into(),
                secret_key: secret.into(),
                region: REGION.into(),
                bucket: bucket.into(),
            })
            .isolation(Isolation::Server)
            .invalid(problem(bucket))
            .invalid(without_nul("secret_key", secret));
        self.timeout.limit(self.init.seeds(launch, Seed::new(data)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

/// What S3 has against the name of a bucket (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>), as far as the
/// server looks.
fn problem(name: &str) -> Option<String> {
    let is_small = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let usual = |letter: char| is_small(letter) || "-.".contains(letter);
    let right = (3..=63).contains(&name.len())
        && name.starts_with(is_small)
        && name.ends_with(is_small)
        && name.chars().all(usual);
    let rule = "3 to 63 small letters, digits, hyphens and dots, the first and the last a letter or a digit";
    (!right).then(|| format!("`{name}` cannot be the name of a bucket: {rule}"))
}
