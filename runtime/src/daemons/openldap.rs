//! OpenLDAP, keeping nothing.

use std::path::Path;

use super::file::read;
use super::held::one_line;
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step,
};

/// An [OpenLDAP](https://www.openldap.org) server (`slapd`), whose directory has the entry of its suffix and what is
/// [loaded](Self::ldif).
///
/// Each test has a server of its own, which starts in some 25 ms: entries, schemas and access rules belong to the server. It listens on
/// 127.0.0.1 only. Everybody may read, and the root DN, who has a random password, may do everything; [`config`](Self::config) has other
/// rules. As root it runs as root.
///
/// A directory is loaded once and kept in the user's cache for tests that want the same. It is never synchronised to disk.
#[derive(Clone, Debug)]
pub struct Openldap {
    port: Option<u16>,
    suffix: String,
    root_dn: Option<String>,
    password: Option<String>,
    schemas: Vec<String>,
    ldif: Vec<String>,
    config: String,
    problem: Option<String>,
}

impl Default for Openldap {
    fn default() -> Self {
        Self {
            port: None,
            suffix: "dc=example,dc=org".into(),
            root_dn: None,
            password: None,
            schemas: ["core", "cosine", "inetorgperson"].map(Into::into).into(),
            ldif: Vec::new(),
            config: String::new(),
            problem: None,
        }
    }
}

/// Writes a file of what the machine has: distributions build the database into the server or keep it as a module, and have modules and
/// schemas in different places. The arguments are the file and the names of schemas.
const FIND: &str = r#"
exec >"$0"
for place in /usr/lib/ldap /usr/lib64/openldap /usr/lib/openldap /usr/libexec/openldap; do
    [ -d "$place" ] || continue
    echo "modulepath $place"
    if [ -e "$place/back_mdb.so" ]; then echo "moduleload back_mdb"; fi
    break
done
for schema; do
    for place in /etc/ldap/schema /etc/openldap/schema /opt/homebrew/etc/openldap/schema; do
        if [ -e "$place/$schema.schema" ]; then
            echo "include $place/$schema.schema"
            continue 2
        fi
    done
    echo "there is no schema $schema on this machine" >&2
    exit 1
done
"#;

/// Writes the hash of a password into the configuration, since the server takes what starts with a brace for one. Where else than on `PATH` the
/// server may be is as in the definition.
const HASH: &str = r#"
set -e
umask 077
PATH="$PATH:/usr/sbin:/opt/homebrew/opt/openldap/libexec"
exec >rootpw.conf
printf 'rootpw '
slapd -Tpasswd -n -h '{SSHA}' -T password
echo
rm password
"#;

/// Asks whether the entry that describes the server is of the class `top`. It is a question that needs no byte above 127.
const COMPARE: &str = "0\x1b\x02\x01\x01n\x16\x04\x00\x30\x12\x04\x0bobjectClass\x04\x03top";

impl Openldap {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The name that all others end with. Its entry exists. Default: `dc=example,dc=org`.
    pub fn suffix(mut self, name: impl Into<String>) -> Self {
        self.suffix = name.into();
        self
    }

    /// Who may do everything. Default: `cn=admin` below the suffix. It needs no entry.
    pub fn root_dn(mut self, name: impl Into<String>) -> Self {
        self.root_dn = Some(name.into());
        self
    }

    /// The password of the root DN. Default: a random one.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Adds a schema, by the name that the distribution has it under: `nis`. There are always `core`, `cosine` and `inetorgperson`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schemas.push(name.into());
        self
    }

    /// Loads these entries, as LDIF without changes. The entry of the suffix may be among them.
    pub fn ldif(mut self, text: impl Into<String>) -> Self {
        self.ldif.push(text.into());
        self
    }

    /// Loads the entries of this file, as [`ldif`](Self::ldif). A relative path starts from the package's directory.
    pub fn ldif_file(mut self, path: impl AsRef<Path>) -> Self {
        match read("ldif_file", path.as_ref()) {
            Ok(text) => self.ldif.push(text),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Adds this text to the part of the [configuration](https://www.openldap.org/software/man.cgi?query=slapd.conf) that is about the
    /// database: `config("index uid eq")`, access rules, modules and overlays.
    pub fn config(mut self, text: impl AsRef<str>) -> Self {
        self.config += text.as_ref();
        self.config += "\n";
        self
    }

    /// The configuration for a database in this directory.
    fn configuration(&self, directory: &str) -> String {
        let (suffix, root_dn) = (quoted(&self.suffix), quoted(&self.root_dn_or_default()));
        let [found, data] =
            ["found.conf", "data"].map(|name| quoted(&format!("{directory}/{name}")));
        let config = &self.config;
        // The most that it may hold; only what it does hold takes room.
        format!(
            "include {found}\ndatabase mdb\nmaxsize 4294967296\ndbnosync\n\
             directory {data}\nsuffix {suffix}\nrootdn {root_dn}\n{config}"
        )
    }

    fn root_dn_or_default(&self) -> String {
        let default = || format!("cn=admin,{}", self.suffix);
        self.root_dn.clone().unwrap_or_else(default)
    }

    /// The entry of the suffix, unless it is among those to be loaded.
    fn first_entry(&self) -> Result<Option<String>, String> {
        let suffix = &self.suffix;
        let plain = |name: &str| name.replace(' ', "").to_lowercase();
        let mut lines = self.ldif.iter().flat_map(|text| text.lines());
        let is_suffix = |line: &str| {
            let name = line.strip_prefix("dn:");
            name.is_some_and(|name| plain(name) == plain(suffix))
        };
        if lines.any(is_suffix) {
            return Ok(None);
        }
        let first = suffix.split(',').next().unwrap_or_default();
        let (kind, name) = first.split_once('=').unwrap_or_default();
        let classes = match kind.trim().to_lowercase().as_str() {
            "dc" => format!("objectClass: dcObject\nobjectClass: organization\no: {name}\n"),
            "o" => "objectClass: organization\n".into(),
            "ou" => "objectClass: organizationalUnit\n".into(),
            "c" => "objectClass: country\n".into(),
            _ => {
                let known = "one that starts with `dc`, `o`, `ou` or `c` is made";
                return Err(format!(
                    "load the entry of the suffix `{suffix}`: only {known}"
                ));
            }
        };
        Ok(Some(format!("dn: {suffix}\n{classes}{kind}: {name}\n")))
    }
}

impl Daemon for Openldap {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir,
            port,
            secret,
            template,
            ..
        } = site;
        let write = |path: &str, text: String| Step::Write {
            path: path.into(),
            text,
        };
        let find = ["-c", FIND, &format!("{template}/found.conf")].map(str::to_owned);
        let find = find.into_iter().chain(self.schemas.iter().cloned());
        let load_conf = format!("{template}/load.conf");
        let mut build = vec![
            Step::Directory(format!("{template}/data")),
            write(&load_conf, self.configuration(template)),
            Step::Run(Command::new("sh", find)),
        ];
        let first = self.first_entry();
        let entries = first.iter().flatten().chain(&self.ldif);
        for (number, entries) in entries.enumerate() {
            let path = format!("{template}/{number}.ldif");
            build.push(write(&path, entries.clone()));
            // Not with `-q`, which makes the file as large as it may ever be, and so slow to copy.
            let load = ["-Tadd", "-f", &load_conf, "-l", &path];
            build.push(Step::Run(Command::new("slapd", load)));
        }
        let data = format!("{dir}/openldap");
        let path = format!("{dir}/slapd.conf");
        let password = self.password.as_deref().unwrap_or(secret);
        // In a file, where other users do not see it.
        let is_hashed = password.starts_with('{');
        let login = match is_hashed {
            true => "include rootpw.conf\n".to_owned(),
            false => format!("rootpw {}\n", quoted(password)),
        };

        let mut launch = Launch::new("openldap");
        launch.software.push(Software {
            version_args: vec!["-VV".into()],
            install: Install {
                apt: "slapd".into(),
                brew: "openldap".into(),
                ..Install::default()
            },
            ..Software::new("openldap", ["slapd"])
        });
        let homebrew = "/opt/homebrew/opt/openldap/libexec";
        launch
            .software
            .iter_mut()
            .for_each(|software| software.search_paths.push(homebrew.into()));
        launch.prepare = vec![
            Step::Template {
                into: data.clone(),
                build,
            },
            write(&path, self.configuration(&data) + &login),
        ];
        if is_hashed {
            launch.prepare.extend([
                write(&format!("{dir}/password"), password.into()),
                Step::Run(Command::new("sh", ["-c", HASH])),
            ]);
        }
        let address = format!("ldap://127.0.0.1:{port}");
        // Any level of the log keeps it in the foreground; this one has the requests and the results.
        let command = Command {
            // It keeps room for as many connections as it may have, which in containers can be a million: half a gigabyte.
            descriptors: Some(1024),
            ..Command::new("slapd", ["-d", "stats", "-h", &address, "-f", &path])
        };
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: COMPARE.into(),
            expect: r"0[\x00-\xff]\x02\x01\x01o".into(),
        };
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = address;
        launch.values = [
            ("suffix", self.suffix.clone()),
            ("root_dn", self.root_dn_or_default()),
            ("password", password.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.variables = [
            ("LDAPURI", launch.url.clone()),
            ("LDAPBASE", self.suffix.clone()),
            ("LDAPBINDDN", self.root_dn_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        // Programs take the password from their arguments only, so no variable of theirs has it.
        launch.cli_variables = [("OPENLDAP_PORT", *port), ("OPENLDAP_PASSWORD", password)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        launch.invalid = self.problem.clone().or(first.err());
        let (root_dn, schemas) = (self.root_dn_or_default(), self.schemas.join(" "));
        let given = [
            ("password", password),
            ("suffix", &self.suffix),
            ("root_dn", &root_dn),
            ("schema", &schemas),
        ];
        let mut given = given.into_iter();
        let problem = given.find_map(|(option, value)| one_line(option, value));
        launch.invalid = launch.invalid.or(problem);
        launch.isolation = Isolation::Server;
        launch
    }
}

/// A text as the configuration wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Backslash.of(text))
}

impl Options for Openldap {
    const TITLE: &'static str = "OpenLDAP";
    const GETS: &'static str = "a server of its own";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port),
            Opt::text(
                "suffix",
                "DN",
                "has this suffix, rather than `dc=example,dc=org`",
                |it, name| Ok(it.suffix(name)),
            ),
            Opt::text(
                "root-dn",
                "DN",
                "lets this name do everything",
                |it, name| Ok(it.root_dn(name)),
            ),
            Opt::text(
                "password",
                "PASSWORD",
                "has this password for the root DN",
                |it, password| Ok(it.password(password)),
            ),
            Opt::text("schema", "NAME", "has this schema, too", |it, name| {
                Ok(it.schema(name))
            }),
            Opt::text(
                "ldif-file",
                "PATH",
                "has the entries of this file",
                |it, path| Ok(it.ldif_file(path)),
            ),
            Opt::text(
                "config",
                "TEXT",
                "has this in its configuration, too",
                |it, text| Ok(it.config(text)),
            ),
        ]
    }
}

impl Instance<Openldap> {
    /// The name that all others end with, from which clients search.
    pub fn suffix(&self) -> &str {
        self.value("suffix")
    }

    /// Who may do everything.
    pub fn root_dn(&self) -> &str {
        self.value("root_dn")
    }

    /// The password of the root DN.
    pub fn password(&self) -> &str {
        self.value("password")
    }
}
