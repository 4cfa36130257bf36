//! OpenLDAP, keeping nothing.

use std::path::Path;

use super::declare::{declare, values};
use super::file::located;
use super::init::Init;
use super::init_slot::DataInit;
use super::period::Period;
use super::slot::{FileTexts, Timeout};
use super::validation::one_line;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Isolation, Launch, Process, Quoting, Ready, Reuse, Seed, Site, Software, Step,
};

declare! {
    /// An [OpenLDAP](https://www.openldap.org) server (`slapd`), with the entry of its suffix and the entries that you [load](Self::ldif).
    ///
    /// It starts in about 25 ms, so tests do not share it: entries, schemas and access rules belong to the server. It listens on 127.0.0.1
    /// only. Every client can read, and only the root DN, which has a random password, can write; [`config`](Self::config) sets other rules.
    /// As root it runs as root.
    ///
    /// A directory is loaded once and kept in the user's cache for tests that want the same. It is never synchronised to disk.
    #[title("OpenLDAP")]
    #[a_test_gets("a dedicated server")]
    pub struct Openldap {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Use this suffix, which all names end with.
        ///
        /// Its entry exists. Default: `dc=example,dc=org`.
        #[value("DN")]
        suffix(impl Into<String>): Option<String>,
        /// Give this name (the root DN) full access.
        ///
        /// It needs no entry. Default: `cn=admin` below the suffix.
        #[value("DN")]
        root_dn(impl Into<String>): Option<String>,
        /// Set the password of the root DN.
        ///
        /// Default: a random one.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Add a schema, by the name of its file.
        ///
        /// For example `nis`. `core`, `cosine` and `inetorgperson` are always included.
        #[value("NAME")]
        schema(impl Into<String>): Vec<String>,
        /// Load these entries, as LDIF without changes.
        ///
        /// The entry of the suffix may be among them. Those of [`ldif_file`](Self::ldif_file) come first.
        #[value("LDIF")]
        ldif(impl Into<String>): Vec<String>,
        /// Load the entries of this file.
        ///
        /// See [`ldif`](Self::ldif). A relative path starts from the package's directory.
        ldif_file(impl AsRef<Path>): FileTexts = located,
        /// Add this text to the [configuration](https://www.openldap.org/software/man.cgi?query=slapd.conf) of the database.
        ///
        /// For example `config("index uid eq")`, access rules, modules and overlays.
        config(impl Into<String>): Vec<String>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. That server has the entries of [`ldif`](Self::ldif). The directory
        /// is that of an `mdb` database.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Openldap {
    /// The suffix of all names, from which clients search.
    suffix: String,
    /// The root DN, which has full access.
    root_dn: String,
    /// The password of the root DN.
    password: String,
} }

/// Writes a file of what the machine has: distributions build the database into the server or keep it as a module, and have modules and
/// schemas in different places. The arguments are the file and the names of schemas.
const FIND: &str = include_str!("openldap_find.sh");

/// Writes the hash of a password into the configuration, since the server takes what starts with a brace for one. Where else than on `PATH` the
/// server may be is as in the definition.
const HASH: &str = include_str!("openldap_hash.sh");

/// Asks whether the entry that describes the server is of the class `top`. It is a question that needs no byte above 127.
const COMPARE: &str = "0\x1b\x02\x01\x01n\x16\x04\x00\x30\x12\x04\x0bobjectClass\x04\x03top";

/// What is always there.
const SCHEMAS: [&str; 3] = ["core", "cosine", "inetorgperson"];

impl Daemon for Openldap {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir,
            port,
            secret,
            template,
            ..
        } = site;
        let (suffix, root_dn) = (self.suffix_or_default(), self.root_dn_or_default());
        let first = self.first_entry();
        let data = format!("{dir}/openldap");
        let path = format!("{dir}/slapd.conf");
        let password = self.password.as_deref().unwrap_or(secret);
        // In a file, where other users do not see it.
        let is_hashed = password.starts_with('{');
        let login = match is_hashed {
            true => "include rootpw.conf\n".to_owned(),
            false => format!("rootpw {}\n", quoted(password)),
        };
        let address = format!("127.0.0.1:{port}");
        let url = format!("ldap://{address}");
        // Any level of the log keeps it in the foreground; this one has the requests and the results.
        let command = Command::new("slapd", ["-d", "stats", "-h", &url, "-f", &path])
            // It keeps room for as many connections as it may have, which in containers can be a million: half a gigabyte.
            .descriptors(1024);
        let ready = Ready::exchange(address, COMPARE, r"0[\x00-\xff]\x02\x01\x01o");
        let build = self.build(template, first.as_ref().ok().and_then(Option::as_deref));

        let launch = Launch::new("openldap")
            .needs(
                Software::new("openldap", ["slapd"])
                    .version_args(["-VV"])
                    .search_paths(["/opt/homebrew/opt/openldap/libexec"])
                    .apt("slapd")
                    .brew("openldap"),
            )
            .prepare(Step::template(&data, build))
            .write(path, self.configuration(&data) + &login)
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_OPENLDAP_URL",
                "its suffix, schemas and access rules are what a test wants",
            ))
            .fixed_port("", self.port)
            .url(&url)
            .values(Values {
                suffix: suffix.into(),
                root_dn: root_dn.clone(),
                password: password.into(),
            })
            .variables([
                ("LDAPURI", url.as_str()),
                ("LDAPBASE", suffix),
                ("LDAPBINDDN", &root_dn),
            ])
            // Programs take the password from their arguments only, so no variable of theirs has it.
            .cli_variables([("OPENLDAP_PORT", *port), ("OPENLDAP_PASSWORD", password)])
            .isolation(Isolation::Server)
            .invalid(self.ldif_file.problem("ldif_file"))
            .invalid(first.err())
            .invalid(one_line("password", password))
            .invalid(one_line("suffix", suffix))
            .invalid(one_line("root_dn", &root_dn))
            .invalid(one_line("schema", &self.schema.join(" ")));
        let launch = self.init.seeds(launch, Seed::new(format!("{data}/data")));
        let launch = self.timeout.limit(launch);
        match is_hashed {
            false => launch,
            true => launch
                .write(format!("{dir}/password"), password)
                .prepare(Step::Run(Command::new("sh", ["-c", HASH]))),
        }
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

impl Openldap {
    /// Makes a directory in `template`, with the entry of the suffix, if it is not among the others.
    fn build(&self, template: &str, first: Option<&str>) -> Vec<Step> {
        let find = Command::new("sh", ["-c", FIND, &format!("{template}/found.conf")])
            .args(SCHEMAS)
            .args(&self.schema);
        let load_conf = format!("{template}/load.conf");
        let mut build = vec![
            Step::Directory(format!("{template}/data")),
            Step::write(&load_conf, self.configuration(template)),
            Step::Run(find),
        ];
        for (number, entries) in first.into_iter().chain(self.entries()).enumerate() {
            let path = format!("{template}/{number}.ldif");
            build.push(Step::write(&path, entries));
            // Not with `-q`, which makes the file as large as it may ever be, and so slow to copy.
            let load = ["-Tadd", "-f", &load_conf, "-l", &path];
            build.push(Step::Run(Command::new("slapd", load)));
        }
        build
    }

    /// The configuration for a database in this directory.
    fn configuration(&self, directory: &str) -> String {
        let (suffix, root_dn) = (
            quoted(self.suffix_or_default()),
            quoted(&self.root_dn_or_default()),
        );
        let [found, data] =
            ["found.conf", "data"].map(|name| quoted(&format!("{directory}/{name}")));
        let config: String = self.config.iter().map(|text| format!("{text}\n")).collect();
        // The most that it may hold; only what it does hold takes room.
        format!(
            "include {found}\ndatabase mdb\nmaxsize 4294967296\ndbnosync\n\
             directory {data}\nsuffix {suffix}\nrootdn {root_dn}\n{config}"
        )
    }

    fn suffix_or_default(&self) -> &str {
        self.suffix.as_deref().unwrap_or("dc=example,dc=org")
    }

    fn root_dn_or_default(&self) -> String {
        let default = || format!("cn=admin,{}", self.suffix_or_default());
        self.root_dn.clone().unwrap_or_else(default)
    }

    /// What is loaded, in this order.
    fn entries(&self) -> impl Iterator<Item = &str> {
        self.ldif_file
            .texts()
            .chain(self.ldif.iter().map(String::as_str))
    }

    /// The entry of the suffix, unless it is among those to be loaded.
    fn first_entry(&self) -> Result<Option<String>, String> {
        let suffix = self.suffix_or_default();
        let plain = |name: &str| name.replace(' ', "").to_lowercase();
        let mut lines = self.entries().flat_map(str::lines);
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

/// A text as the configuration wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Backslash.of(text))
}
