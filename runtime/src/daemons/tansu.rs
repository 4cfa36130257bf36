//! Tansu, a broker with Kafka's API.

use super::declare::{declare, values};
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software};

declare! {
    /// A [Tansu](https://github.com/tansu-io/tansu) broker, which speaks Kafka's protocol and keeps everything in memory.
    ///
    /// It starts in a few milliseconds, so tests do not share it: topics and groups belong to the broker. Producing, idempotently too, consuming in
    /// groups and the administration of topics work with Kafka's clients; **transactions do not**, and a consumer that goes on in the middle of
    /// a batch is not given the rest of it (seen with Tansu 0.6.0). It listens on 127.0.0.1 only, and as root it runs as root.
    #[title("Tansu (Kafka's API)")]
    #[a_test_gets("a dedicated broker")]
    pub struct Tansu {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
    }
}

values! { Tansu {
    /// The address, as clients of Kafka take it for `bootstrap.servers`: `127.0.0.1:9092`.
    bootstrap_servers: String,
} }

/// Asks which requests it knows: the length, the request's number, its version, the number of the question, and who asks.
const API_VERSIONS: &str = "\0\0\0\x0b\0\x12\0\0\0\0\0\x01\0\x01f";

impl Daemon for Tansu {
    fn launch(&self, Site { port, .. }: &Site) -> Launch {
        let address = format!("127.0.0.1:{port}");
        let listener = format!("tcp://{address}");
        let command = Command::new("tansu", ["broker", "--listener-url", &listener])
            .args(["--advertised-listener-url", &listener])
            .args(["--storage-engine", "memory://tansu/"]);
        // Its length, the number of the question, and no error.
        let ready = Ready::exchange(&address, API_VERSIONS, r"(?s)....\x00\x00\x00\x01\x00\x00");
        let software = Software::new("tansu", ["tansu"]);
        let package = "tansu --version 0.6.0 --locked --features dynostore";

        Launch::new("tansu")
            .needs(software.cargo(package))
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_TANSU_URL",
                "its topics and groups belong to all its clients",
            ))
            .fixed_port("", self.port)
            .url(format!("kafka://{address}"))
            .cli_variables([("TANSU_PORT", *port)])
            .values(Values {
                bootstrap_servers: address,
            })
            .isolation(Isolation::Server)
    }
}
