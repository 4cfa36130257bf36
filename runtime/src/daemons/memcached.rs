//! Memcached.

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::launch::{Command, Install, Isolation, Launch, Process, Ready, Site, Software};

/// A [Memcached](https://memcached.org) server.
///
/// Each test has a server of its own, which starts in some 5 ms. There is nothing inside a server that could be set apart: keys are
/// one space, and `flush_all` empties it. As root it runs as `nobody`.
#[derive(Clone, Debug, Default)]
pub struct Memcached {
    port: Option<u16>,
}

impl Memcached {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

impl Daemon for Memcached {
    fn launch(&self, site: &Site) -> Launch {
        let Site { port, .. } = site;
        let command = Command {
            as_root: Some("nobody".into()),
            ..Command::new(
                "memcached",
                ["-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1"],
            )
        };
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: "version\r\n".into(),
            expect: "VERSION ".into(),
        };
        let mut launch = Launch::new("memcached");
        launch.software.push(Software {
            install: Install {
                apt: "memcached".into(),
                brew: "memcached".into(),
                ..Install::default()
            },
            ..Software::new("memcached", ["memcached"])
        });
        // On SIGTERM it waits for a timer of its own, for a second.
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("memcached://localhost:{port}");
        launch.prefixed = [("MEMCACHED_PORT".to_owned(), (*port).to_owned())].into();
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Options for Memcached {
    const OPTIONS: &'static [Opt<Self>] =
        &[Opt::port("port", "listens on this port", Self::port).as_pifpaf("11212")];
}
