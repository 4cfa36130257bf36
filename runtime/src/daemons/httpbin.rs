//! httpbin.

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software,
};

/// [httpbin](https://httpbin.org), the server that tells HTTP clients what they have asked.
///
/// It keeps nothing between two requests, so tests share it. It starts in some 200 ms, and serves each connection by a thread of its own.
#[derive(Clone, Debug, Default)]
pub struct Httpbin {
    port: Option<u16>,
}

/// Has Python say whether it has the module, and which version.
const HAS: &str = "import importlib.util as u, importlib.metadata as m; \
                   print('with-httpbin ' + m.version('httpbin') if u.find_spec('httpbin') else 'no httpbin')";

impl Httpbin {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

impl Daemon for Httpbin {
    fn launch(&self, site: &Site) -> Launch {
        let Site { port, .. } = site;
        let url = format!("http://127.0.0.1:{port}");
        let mut launch = Launch::new("httpbin");
        launch.software.push(Software {
            // It is a module, and every machine has a Python that lacks it.
            version: Some("with-httpbin".into()),
            version_args: vec!["-c".into(), HAS.into()],
            install: Install {
                pip: "httpbin==0.10.4".into(),
                ..Install::default()
            },
            ..Software::new("httpbin", ["python3"])
        });
        let command = Command::new("python3", ["-m", "httpbin.core", "--port", port]);
        let ready = Ready::Http(HttpProbe::get(format!("{url}/get")));
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        let of_user = self.port.map(|port| (String::new(), port));
        launch.fixed_ports.extend(of_user);
        launch.cli_variables = [("HTTPBIN_PORT".to_owned(), (*port).to_owned())].into();
        launch.url = url;
        launch.isolation = Isolation::None;
        launch
    }
}

impl Options for Httpbin {
    const OPTIONS: &'static [Opt<Self>] =
        &[Opt::port("port", "listens on this port", Self::port).as_pifpaf("5000")];
}
