//! WireMock.

use std::path::Path;

use super::declare::{declare, values};
use super::file::located;
use super::slot::{FileTexts, Settings};
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, Init, Launch, Process, Protocol, Ready, Reuse, Script, Site, Software,
};

declare! {
    /// A [WireMock](https://wiremock.org) server, version 3: a stand-in for HTTP services, whose answers a test chooses.
    ///
    /// Tests share it, since it takes about a second to start and 100 MB. Each has a path of its own: the URL is
    /// `http://127.0.0.1:PORT/PREFIX`, and the URLs of a test's stubs start with its [`prefix`](crate::Instance::<Self>::prefix), as in
    /// `{"request": {"urlPath": "PREFIX/users"}, "response": {"status": 200}}`. A test adds them by a `POST` request to the `mappings` of
    /// [`admin_url`](crate::Instance::<Self>::admin_url). Its stubs, their scenarios and its requests are removed when it ends.
    ///
    /// What belongs to the whole server, such as `POST /__admin/reset`, global settings and a stub for any URL, would disturb other tests.
    /// `scope = "test"` starts a dedicated server, in which the prefix is empty.
    ///
    /// With `FIXTURED_WIREMOCK_URL` tests use an existing server in the same way. A login in the URL is that of its administration API.
    ///
    /// It listens on 127.0.0.1 only. As root it runs as root. It needs Java 11 or later.
    #[title("WireMock")]
    #[a_test_gets("a path for its stubs in a shared server")]
    pub struct Wiremock {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Add the stubs of this file for each test.
        ///
        /// A file as WireMock has them in its directory `mappings`: a stub, or `{"mappings": [...]}` as the administration API exports them. Their
        /// URLs follow the test's prefix, so that `/users` is `PREFIX/users`; the names of scenarios follow the prefix without its slash and a
        /// space. Several files add up. A relative path starts from the package's directory.
        init(impl AsRef<Path>): FileTexts = located,
        /// Set an [option](https://wiremock.org/docs/standalone/java-jar/#command-line-options) of its command line.
        ///
        /// For example `setting("proxy-all", "http://127.0.0.1:8080")`. An empty value is for an option that takes none, such as
        /// `global-response-templating`.
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
    }
}

values! { Wiremock {
    /// The start of the paths that belong to the test, such as `/t_orders_1`; empty in a dedicated server.
    prefix: String = "database",
    /// The URL of the [administration API](https://wiremock.org/docs/standalone/admin-api-reference/).
    admin_url: String,
} }

/// Runs what the package of npm contains without Node.js in front of it. Other programs of that name start Java themselves. What Java writes
/// without being asked stays in the instance's directory.
const SCRIPT: &str = r#"
for jar in "$(dirname "$(readlink -f "$0")")"/build/wiremock-standalone-*.jar; do
    [ -e "$jar" ] || exec "$0" "$@"
    command -v java >/dev/null || { echo "java is not on PATH; install it (Debian: default-jre-headless)" >&2; exit 127; }
    exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -XX:-UsePerfData -Djava.io.tmpdir=. -jar "$jar" "$@"
done
"#;

impl Daemon for Wiremock {
    fn launch(&self, site: &Site) -> Launch {
        let Site { port, .. } = site;
        let address = format!("127.0.0.1:{port}");
        let admin_url = format!("http://{address}/__admin");
        let prefix = site.value("database");
        let there = site.value("address");
        let command = Command::new("wiremock", ["--port", port, "--bind-address", "127.0.0.1"])
            .arg("--disable-banner")
            .args(self.setting.as_arguments())
            // Java reads the names of files by it.
            .env("LC_ALL", "C.UTF-8")
            .script(SCRIPT);
        let mut init = Init::default();
        let stubs = self.init.texts().map(|text| Script::new("stubs", text));
        init.scripts.extend(stubs);
        let ready = Ready::get(format!("{admin_url}/mappings?limit=1"));

        Launch::new("wiremock")
            .needs(Software::new("wiremock", ["wiremock"]).npm("wiremock@3.13.2"))
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(
                Reuse::new("FIXTURED_WIREMOCK_URL", 8080)
                    .url(format!("http://{there}{prefix}"))
                    .values([("admin_url", format!("http://{there}/__admin"))]),
            )
            .fixed_port("", self.port)
            .url(format!("http://{address}{prefix}"))
            .cli_variables([("WIREMOCK_PORT", *port), ("WIREMOCK_ADMIN_URL", &admin_url)])
            .values(Values {
                prefix: String::new(),
                admin_url,
            })
            .isolation(Databases::new(Protocol::Wiremock, address, "", "").init(init))
            .invalid(self.init.problem("init"))
    }
}
