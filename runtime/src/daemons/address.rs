//! How clients reach a program, as far as its readiness tells.

use crate::launch::{Launch, Piece, Quoting, Ready, Site, pieces};

/// Sets the URL and host for clients of a program with this readiness.
pub(super) fn reach(ready: &Ready, launch: &mut Launch) {
    let address = match ready {
        Ready::Http(probe) => {
            let scheme = probe
                .url
                .split_once("://")
                .map_or("http", |(scheme, _)| scheme);
            let authority = probe.authority();
            let shown = authority.strip_suffix(":80").unwrap_or(&authority);
            launch.url = format!("{scheme}://{}", with_mark(shown));
            authority
        }
        Ready::Tcp(address) => {
            launch.url = format!("tcp://{}", with_mark(address));
            address.clone()
        }
        Ready::UnixSocket(path) => {
            launch.url = format!("unix:{}", Quoting::Path.of(path));
            return;
        }
        _ => return,
    };
    let pieces = pieces(&address);
    let (host, port) = match pieces.as_slice() {
        [Piece::Literal(address)] => address
            .rsplit_once(':')
            .map_or((*address, None), |(host, port)| (host, port.parse().ok())),
        [Piece::Literal(before), ..] => (before.strip_suffix(':').unwrap_or(before), None),
        _ => ("", None),
    };
    launch.host = host.into();
    launch
        .fixed_ports
        .extend(port.map(|port| (String::new(), port)));
}

/// The address with a placeholder for its port, so that a wire can have another.
fn with_mark(address: &str) -> String {
    match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => {
            format!("{host}:{}", Site::symbolic().port)
        }
        _ => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Program;
    use super::Site;
    use crate::daemon::Daemon;
    use crate::launch::serialized;

    #[test]
    fn the_address_follows_from_the_readiness() {
        let check = |program: Program, url: &str, host: &str, port: Option<u16>| {
            let launch = program.launch(Site::symbolic());
            assert_eq!(
                (serialized(&launch.url).as_str(), launch.host.as_str()),
                (url, host)
            );
            assert_eq!(launch.fixed_ports.get("").copied(), port);
        };
        let program = || Program::new("x");
        check(
            program().http("http://127.0.0.1:{port}/health"),
            "http://127.0.0.1:{port}",
            "127.0.0.1",
            None,
        );
        check(
            program().http("http://localhost:8080?a=b"),
            "http://localhost:{port}",
            "localhost",
            Some(8080),
        );
        check(
            program().http("http://localhost"),
            "http://localhost",
            "localhost",
            Some(80),
        );
        check(
            program().tcp("127.0.0.1:{port:admin}"),
            "tcp://127.0.0.1:{port:admin}",
            "127.0.0.1",
            None,
        );
        check(
            program().tcp("[::1]:7"),
            "tcp://[::1]:{port}",
            "[::1]",
            Some(7),
        );
        check(
            program().unix_socket("{dir}/s"),
            "unix:{dir|path}/s",
            "127.0.0.1",
            None,
        );
        check(program(), "", "127.0.0.1", None);
        check(
            program().args(["--port={port}"]),
            "tcp://127.0.0.1:{port}",
            "127.0.0.1",
            None,
        );
    }
}
