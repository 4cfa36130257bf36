//! httpbin.

use super::declare::declare;
use crate::daemon::Daemon;
use crate::launch::{Command, Launch, Process, Ready, Reuse, Site, Software};

declare! {
    /// [httpbin](https://httpbin.org), a server that tells HTTP clients what they requested.
    ///
    /// It keeps nothing between two requests, so tests share it. It starts in about 200 ms and serves each connection in a separate thread.
    #[title("httpbin")]
    #[a_test_gets("the shared server, which keeps no state")]
    pub struct Httpbin {
        /// Listen on this port instead of a leased one.
        #[pifpaf("5000")]
        port(u16): Option<u16>,
    }
}

/// Has Python say whether it has the module, and which version.
const HAS: &str = "import importlib.util as u, importlib.metadata as m; \
                   print('with-httpbin ' + m.version('httpbin') if u.find_spec('httpbin') else 'no httpbin')";

impl Daemon for Httpbin {
    fn launch(&self, Site { port, .. }: &Site) -> Launch {
        let url = format!("http://127.0.0.1:{port}");
        let software = Software::new("httpbin", ["python3"]).pip("httpbin==0.10.4");
        let command = Command::new("python3", ["-m", "httpbin.core", "--port", port]);
        let server = Process::new(command, Ready::get(format!("{url}/get")));
        Launch::new("httpbin")
            // It is a module, and every machine has a Python that lacks it.
            .needs(
                software
                    .version(Some("with-httpbin"))
                    .version_args(["-c", HAS]),
            )
            .run(server.stopped_by("SIGKILL"))
            .reuse(Reuse::new("FIXTURED_HTTPBIN_URL", 80))
            .fixed_port("", self.port)
            .url(url)
            .cli_variables([("HTTPBIN_PORT", *port)])
    }
}
