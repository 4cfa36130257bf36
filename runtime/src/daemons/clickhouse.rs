//! ClickHouse.

use super::declare::{declare, values};
use super::login::login;
use super::slot::Settings;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software, template,
};

declare! {
    /// A [ClickHouse](https://clickhouse.com/docs) server.
    ///
    /// Tests share it; each has a database of its own, which is dropped afterwards. Users, settings and dictionaries belong to the whole
    /// server: a test that changes those needs `scope = "test"`. It serves HTTP and the native protocol on 127.0.0.1 only; other ports,
    /// such as that for replicas, are off, and so are its system logs. As root it runs as root.
    ///
    /// **It has been run with version 18.16 of Debian 12 only.** Its configuration follows the manual of current versions too, but those have not
    /// been run.
    ///
    /// With `FIXTURED_CLICKHOUSE_URL` tests use an existing server. It is the URL of its HTTP interface: `http://USER:PASSWORD@HOST:8123`.
    #[title("ClickHouse")]
    #[a_test_gets("a database in a shared server")]
    pub struct Clickhouse {
        /// Serve HTTP on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve the native protocol on this port instead of a leased one.
        native_port(u16): Option<u16>,
        /// Run this version, such as `25` or `25.8`.
        ///
        /// Versions before 20 do not say which they are, so they are never found by it. Default: any.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Require this password of the user `default`.
        ///
        /// Default: none.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Set a [setting](https://clickhouse.com/docs/operations/settings/settings) of queries, such as `max_threads`.
        ///
        /// It holds for all queries that do not set it themselves.
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Add this text to the [configuration](https://clickhouse.com/docs/operations/configuration-files) of the server.
        ///
        /// For example `config("<max_concurrent_queries>5</max_concurrent_queries>")`. The text is XML, and may contain `{dir}`, and
        /// `{port:NAME}` for further ports.
        config(impl Into<String>): Vec<String>,
    }
}

values! { Clickhouse {
    /// The test's database.
    database: String,
    /// The user, who may do everything: `default`.
    username: String,
    /// The password of the user; empty if none is required.
    password: String,
    /// The URL of the HTTP interface, without user and database, as clients take it that have methods for those: `http://127.0.0.1:8123`.
    http_url: String,
    /// The URL of the native protocol, with user and database: `clickhouse://default@127.0.0.1:9000/test`.
    ///
    /// # Panics
    ///
    /// In an existing server.
    native_url: Option<String>,
} }

impl Daemon for Clickhouse {
    fn launch(&self, site: &Site) -> Launch {
        let server = self.launch_of("clickhouse-server", &[], site);
        // Current versions are one program; only packages have the other name too.
        server.or(self.launch_of("clickhouse", &["server"], site))
    }
}

impl Clickhouse {
    fn launch_of(&self, program: &str, args: &[&str], site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let native = site.port_named("native");
        let password = self.password.as_deref().unwrap_or_default();
        let login = login("default", self.password.as_deref());
        let address = format!("127.0.0.1:{port}");
        let http_url = format!("http://{address}");
        let database = site.value("database");
        let config = format!("{dir}/config.xml");
        let command = Command::new(program, args.iter().copied())
            .arg(format!("--config-file={config}"))
            .env("HOME", *dir);
        let ready = Ready::get(format!("{http_url}/ping"));
        let there = format!("{}://{}", site.value("scheme"), site.value("authority"));

        Launch::new("clickhouse")
            .needs(
                Software::new("clickhouse", [program])
                    .version(self.version.as_deref())
                    .apt("clickhouse-server")
                    .brew("clickhouse"),
            )
            .write(config, self.configuration(port, &native))
            .write(format!("{dir}/users.xml"), self.users(password))
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(
                Reuse::new("FIXTURED_CLICKHOUSE_URL", 8123)
                    .url(format!("{there}/?database={database}")),
            )
            .fixed_port("", self.port)
            .fixed_port("native", self.native_port)
            .url(format!("http://{login}{address}/?database={database}"))
            .variables([
                ("CLICKHOUSE_HOST", "127.0.0.1"),
                ("CLICKHOUSE_USER", &site.value("username")),
                ("CLICKHOUSE_PASSWORD", &site.value("password")),
            ])
            .cli_variables([
                ("CLICKHOUSE_PORT", *port),
                ("CLICKHOUSE_NATIVE_PORT", &native),
                ("CLICKHOUSE_DATABASE", &database),
            ])
            .values(Values {
                database: "default".into(),
                username: "default".into(),
                password: password.into(),
                http_url,
                native_url: Some(format!("clickhouse://{login}127.0.0.1:{native}/{database}")),
            })
            .invalid(self.problem())
            .isolation(Databases::new(
                Protocol::Clickhouse,
                address,
                "default",
                password,
            ))
    }

    /// The configuration of the server. Its paths are relative to the instance's directory, in which it runs. Versions before 22 call the first
    /// element otherwise, but take this one. What is dropped is gone at once.
    fn configuration(&self, port: &str, native: &str) -> String {
        let own: String = self.config.iter().map(|text| template(text)).collect();
        format!(
            "<clickhouse>\n\
             <logger><level>warning</level><console>1</console></logger>\n\
             <listen_host>127.0.0.1</listen_host>\n\
             <http_port>{port}</http_port>\n\
             <tcp_port>{native}</tcp_port>\n\
             <path>data/</path>\n\
             <tmp_path>tmp/</tmp_path>\n\
             <user_files_path>user_files/</user_files_path>\n\
             <format_schema_path>format_schemas/</format_schema_path>\n\
             <access_control_path>access/</access_control_path>\n\
             <users_config>users.xml</users_config>\n\
             <default_profile>default</default_profile>\n\
             <mark_cache_size>67108864</mark_cache_size>\n\
             <database_atomic_delay_before_drop_table_sec>0</database_atomic_delay_before_drop_table_sec>\n\
             {own}\n\
             </clickhouse>\n"
        )
    }

    /// The users, and the settings of their queries.
    fn users(&self, password: &str) -> String {
        let settings = self.setting.0.iter();
        let settings: String = settings
            .map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value)))
            .collect();
        let password = escaped(password);
        format!(
            "<clickhouse>\n\
             <profiles><default>{settings}</default></profiles>\n\
             <quotas><default></default></quotas>\n\
             <users><default>\n\
             <password>{password}</password>\n\
             <networks><ip>127.0.0.1</ip></networks>\n\
             <profile>default</profile>\n\
             <quota>default</quota>\n\
             <access_management>1</access_management>\n\
             </default></users>\n\
             </clickhouse>\n"
        )
    }

    fn problem(&self) -> Option<String> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let named = |name: &&String| {
            !name.starts_with(|letter: char| letter.is_ascii_alphabetic())
                || !name.chars().all(plain)
        };
        let unnamed = self.setting.0.keys().find(named);
        let unnamed = unnamed.map(|name| format!("`{name}` is not the name of a `setting`"));
        let texts = self.setting.0.values().map(|value| ("setting", value));
        let mut texts = texts.chain(self.password.iter().map(|password| ("password", password)));
        let control = texts.find(|(_, text)| text.contains(char::is_control));
        unnamed.or(control.map(|(option, _)| {
            format!("`{option}` contains a control character, which XML cannot hold")
        }))
    }
}

/// A text as XML has it between tags.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}
