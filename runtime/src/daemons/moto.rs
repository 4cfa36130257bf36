//! AWS, by moto.

use super::aws::{REGION, apart, variables};
use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::launch::{Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software};

declare! {
    /// The APIs of AWS, served by [moto](https://docs.getmoto.org): S3, SQS, SNS, DynamoDB, SSM, KMS, Secrets Manager and
    /// [many more](https://docs.getmoto.org/en/latest/docs/services/index.html), all at one URL.
    ///
    /// Tests share the server, which keeps everything in memory and takes about half a second to start. Each has an account, with buckets, queues,
    /// tables, topics, parameters, keys and secrets that no other test sees, whatever their names; it is removed when the test ends. Unlike in AWS, two
    /// accounts can have buckets of the same name. A request for one that is not signed at all finds the one that was created last;
    /// `scope = "test"` starts a dedicated server.
    ///
    /// The [`variables`](crate::Instance::variables) hold all that the AWS SDKs and the AWS CLI need, and keep them away from `~/.aws`, other
    /// profiles and the metadata of a cloud's machine.
    ///
    /// Signatures and permissions are not checked. It listens on 127.0.0.1 only, where anybody on the machine can use it. What needs Docker, such as
    /// running Lambda functions, does not work without it.
    #[title("AWS")]
    #[a_test_gets("an account in a shared server")]
    pub struct Aws {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Have clients use this region.
        ///
        /// It is for [`region`](crate::Instance::<Aws>::region) and the variables; the server has all regions. Default: `us-east-1`.
        #[value("REGION")]
        region(impl Into<String>): Option<String>,
    }
}

values! { Aws {
    /// The URL that clients take as the endpoint of each service: `http://127.0.0.1:5000`.
    endpoint_url: String,
    /// The test's account, 12 digits; `123456789012` in a dedicated server.
    account: String,
    /// The access key, whose requests belong to the account.
    access_key: String,
    /// The secret key.
    secret_key: String,
    /// The session token; empty in a dedicated server, which needs none.
    session_token: String,
    /// The region.
    region: String,
} }

/// The account of keys that the server does not know.
const ACCOUNT: &str = "123456789012";

/// Both keys of a dedicated server.
const KEY: &str = "fixtured";

/// Services whose clients take a URL from a variable of their own, which precedes that for all.
const SERVICES: [&str; 9] = [
    "S3",
    "SQS",
    "SNS",
    "DYNAMODB",
    "DYNAMODB_STREAMS",
    "SSM",
    "KMS",
    "SECRETS_MANAGER",
    "STS",
];

impl Daemon for Aws {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let region = self.region.as_deref().unwrap_or(REGION);
        let url = format!("http://127.0.0.1:{port}");
        let software = Software::python("aws", ["moto_server"]).pip("'moto[server]==5.2.5'");
        let version = "import importlib.metadata as m; print(m.version('moto'))";
        let script = format!("{dir}/aws.py");
        let command = Command::new(software.program("python3"), [&script, *port]);
        let [account, access_key, secret_key, token] =
            ["account", "access_key", "secret_key", "session_token"].map(|name| site.value(name));
        let of_services = SERVICES.map(|name| (format!("AWS_ENDPOINT_URL_{name}"), &url));

        let launch = Launch::new("aws")
            .needs(software.version(Some("5")).version_args(["-c", version]))
            .write(script, include_str!("python/aws.py"))
            .run(
                Process::new(command, Ready::get(format!("{url}/moto-api/"))).stopped_by("SIGKILL"),
            )
            .reuse(Reuse::impossible(
                "FIXTURED_AWS_URL",
                "what a test leaves in an account could not be removed",
            ))
            .fixed_port("", self.port)
            .url(&url);
        apart(launch, site)
            .variables(variables(&url, &access_key, &secret_key))
            .variables(of_services)
            .variables([
                ("AWS_SESSION_TOKEN", &*token),
                ("AWS_SECURITY_TOKEN", &token),
                ("AWS_ACCOUNT_ID", &account),
                ("AWS_REGION", region),
                ("AWS_DEFAULT_REGION", region),
            ])
            .cli_variables([("AWS_PORT", *port), ("AWS_ACCOUNT", &account)])
            .values(Values {
                endpoint_url: url,
                account: ACCOUNT.into(),
                access_key: KEY.into(),
                secret_key: KEY.into(),
                session_token: String::new(),
                region: region.into(),
            })
            .isolation(Databases::new(
                Protocol::Aws,
                format!("127.0.0.1:{port}"),
                "",
                "",
            ))
            .invalid(problem(region))
    }
}

/// What is wrong with the name of a region.
fn problem(name: &str) -> Option<String> {
    let usual =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let right = !name.is_empty() && name.chars().all(usual);
    (!right).then(|| format!("`{name}` cannot be the name of a region, such as `eu-central-1`"))
}
