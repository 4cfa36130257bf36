//! Azurite, keeping nothing.

use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Launch, Lender, Process, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// [Azurite](https://github.com/Azure/Azurite), Microsoft's server for the APIs of Azure Storage: blobs, queues and tables.
    ///
    /// Tests share the server, since it takes more than a second to start. Each has a storage account with its own containers, queues and tables,
    /// which are removed when the test ends. The account of a dedicated server is `test`. The key is random for each server, and the same for all
    /// its accounts.
    ///
    /// Everything is kept in memory. It serves every version of the API and reports no usage. It listens on 127.0.0.1 only; URLs name the account in
    /// their path: `http://127.0.0.1:10000/test1`.
    #[title("Azurite")]
    #[a_test_gets("a storage account in a shared server")]
    pub struct Azurite {
        /// Serve blobs on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve queues on this port instead of a leased one.
        queue_port(u16): Option<u16>,
        /// Serve tables on this port instead of a leased one.
        table_port(u16): Option<u16>,
    }
}

values! { Azurite {
    /// All that a client must know: `DefaultEndpointsProtocol=http;AccountName=test1;…`.
    connection_string: String,
    /// The name of the test's account.
    account: String,
    /// The key of the account.
    account_key: String,
    /// The URL of the account's blobs; the same as [`url`](crate::Instance::url).
    blob_url: String,
    /// The URL of the account's queues.
    queue_url: String,
    /// The URL of the account's tables.
    table_url: String,
} }

/// What clients might take from the user's environment for another account
/// (<https://learn.microsoft.com/cli/azure/azure-cli-configuration>).
const NEUTRAL: [(&str, &str); 3] = [
    ("AZURE_STORAGE_SAS_TOKEN", ""),
    ("AZURE_STORAGE_AUTH_MODE", "key"),
    ("AZURE_STORAGE_SERVICE_ENDPOINT", ""),
];

impl Daemon for Azurite {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let account = site.value("account");
        let services = [
            ("blob", (*port).to_owned()),
            ("queue", site.port_named("queue")),
            ("table", site.port_named("table")),
        ];
        let options = services.iter().flat_map(|(service, port)| {
            let option = |what| format!("--{service}{what}");
            [
                option("Host"),
                "127.0.0.1".into(),
                option("Port"),
                port.clone(),
            ]
        });
        let command = Command::new("azurite", OPTIONS)
            .args(options)
            .env("NODE_OPTIONS", "--require ./lender.js")
            .env("STORAGE_KEY", *secret);
        let [blob, queue, table] = services.map(|(_, port)| {
            // Whoever names no account is refused.
            let ready = HttpProbe::get(format!("http://127.0.0.1:{port}/")).status("400");
            (
                Ready::Http(ready),
                format!("http://127.0.0.1:{port}/{account}"),
            )
        });
        let connection_string = format!(
            "DefaultEndpointsProtocol=http;AccountName={account};AccountKey={secret};BlobEndpoint={};QueueEndpoint={};TableEndpoint={};",
            blob.1, queue.1, table.1
        );
        let server = Process::new(command, blob.0)
            .after_ready(Step::Wait(queue.0))
            .after_ready(Step::Wait(table.0));

        Launch::new("azurite")
            .needs(Software::new("azurite", ["azurite"]).npm("azurite@3.37.0"))
            .write(format!("{dir}/lender.js"), include_str!("azurite.js"))
            .run(server.stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_AZURITE_URL",
                "its accounts are set when it starts",
            ))
            .fixed_port("", self.port)
            .fixed_port("queue", self.queue_port)
            .fixed_port("table", self.table_port)
            .url(&blob.1)
            .variables(NEUTRAL)
            .variables([
                ("AZURE_STORAGE_CONNECTION_STRING", &*connection_string),
                ("AZURE_STORAGE_ACCOUNT", &account),
                ("AZURE_STORAGE_KEY", secret),
            ])
            .cli_variables([
                ("AZURITE_PORT", *port),
                ("AZURITE_QUEUE_URL", &queue.1),
                ("AZURITE_TABLE_URL", &table.1),
            ])
            .values(Values {
                connection_string,
                account: "test".into(),
                account_key: (*secret).into(),
                blob_url: blob.1,
                queue_url: queue.1,
                table_url: table.1,
            })
            .isolation(Lender::new(format!("{dir}/lender"), ["account"]))
    }
}

/// What no test needs.
const OPTIONS: [&str; 4] = [
    "--inMemoryPersistence",
    "--silent",
    "--skipApiVersionCheck",
    "--disableTelemetry",
];
