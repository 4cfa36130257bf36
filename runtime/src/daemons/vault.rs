//! Vault and OpenBao, as servers in development mode.

use super::declare::{declare, values};
use super::edition::{self, Edition};
use super::validation::one_line;
use crate::daemon::Daemon;
use crate::launch::{Command, Databases, HttpProbe, Launch, Process, Ready, Reuse, Site};

/// A [Vault](https://developer.hashicorp.com/vault) server in development mode: unsealed, in memory.
///
/// The definition follows Vault's manual, and its API is tested with OpenBao's program in its place. **Vault itself has not been run.**
///
/// A test keeps its secrets in its [`mount`](crate::Instance::mount), a version 2 key-value store, which is unmounted when the test ends.
/// Everything else belongs to the whole server, such as policies, tokens and other mounts: a test that changes those needs `scope = "test"`.
pub type Vault = VaultOrOpenbao<edition::Vault>;

/// An [OpenBao](https://openbao.org) server in development mode: unsealed, in memory.
///
/// A test has a [`namespace`](crate::Instance::namespace) of its own, with secrets at `secret/` like the server itself: policies, tokens,
/// mounts and authentication methods that it creates there are its own. Clients name it with each request, by the header
/// `X-Vault-Namespace`; OpenBao's and most of Vault's have an option for it and find it in `BAO_NAMESPACE` or `VAULT_NAMESPACE`. The token
/// is that of the whole server.
pub type Openbao = VaultOrOpenbao<edition::Openbao>;

declare! {
    /// A [Vault](Vault) or [OpenBao](Openbao) server in development mode.
    ///
    /// Tests share it, since it takes more than 100 ms to start. It listens on 127.0.0.1 only, without TLS and without a port for other
    /// servers, and writes no token to `~/.vault-token`. What it has is gone after a restart. As root it runs as root.
    ///
    /// With `FIXTURED_VAULT_URL` or `FIXTURED_OPENBAO_URL` tests use an existing server: `http://:TOKEN@HOST:8200`. The token must be allowed to
    /// create and delete mounts in Vault, and namespaces in OpenBao, which has them from 2.3 on.
    #[title(E::TITLE)]
    #[a_test_gets("a namespace in a shared server, or a mount where the server has no namespaces")]
    pub struct VaultOrOpenbao<E: Edition> {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Listen on this address: `127.0.0.1:PORT`.
        ///
        /// It is pifpaf's name for [`port`](Self::port). Other addresses are refused, since anybody could reach the server there.
        #[value("ADDRESS")]
        #[pifpaf("127.0.0.1:8200")]
        listen_address(impl Into<String>): Option<String>,
        /// Choose the root token.
        ///
        /// Default: random.
        #[value("TOKEN")]
        root_token_id(impl Into<String>): Option<String>,
    }
}

values! { VaultOrOpenbao<E: Edition> {
    /// The root token.
    token: String = "password",
    /// The test's namespace; empty in Vault and in a dedicated server, which is then the whole server.
    namespace: String,
    /// Where the key-value store is mounted, without slashes: `secret`, or the test's mount in a shared Vault.
    mount: String,
} }

/// Its configuration beside that of the development mode. Its port for other servers would be the next one, whoever has that.
const CONFIG: &str = "disable_clustering = true\n";

/// What clients might take from the user's environment for another server.
const NEUTRAL: [&str; 11] = [
    "AGENT_ADDR",
    "CACERT",
    "CACERT_BYTES",
    "CAPATH",
    "CLIENT_CERT",
    "CLIENT_KEY",
    "HTTP_PROXY",
    "PROXY_ADDR",
    "SKIP_VERIFY",
    "TLS_SERVER_NAME",
    "WRAP_TTL",
];

impl<E: Edition> Daemon for VaultOrOpenbao<E> {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let fixed = self.fixed_port();
        let token = self.root_token_id.as_deref().unwrap_or(site.secret);
        let address = format!("127.0.0.1:{port}");
        let url = format!("http://{address}");
        let config = format!("{dir}/server.hcl");
        let args = [
            "server",
            "-dev",
            "-dev-no-store-token",
            &format!("-dev-listen-address={address}"),
            &format!("-config={config}"),
            "-log-level=warn",
        ];
        // In a command line, other users would see the token.
        let command = Command::new(E::PROGRAM, args)
            .env(E::ROOT_TOKEN, token)
            .env("HOME", *dir);
        // It answers earlier, and then refuses for a moment what needs the store.
        let store =
            HttpProbe::get(format!("{url}/v1/secret/config")).header("X-Vault-Token", token);
        let process = Process::new(command, Ready::Http(store)).stopped_by("SIGKILL");
        let [namespace, mount] = E::place(&site.value("database"));
        let there = format!("{}://{}", site.value("scheme"), site.value("address"));

        let launch = Launch::new(E::NAME)
            .needs(E::software())
            .write(config, CONFIG)
            .run(process)
            .reuse(Reuse::new(E::URL, 8200).url(there))
            .fixed_port("", fixed.as_ref().ok().copied().flatten())
            .url(&url)
            .cli_variables([
                ("ROOT_TOKEN", &site.value("password")),
                ("VAULT_ADDR", &url),
            ])
            .values([("database", E::WHOLE)])
            .values(Values {
                token: token.into(),
                namespace: namespace.clone(),
                mount,
            })
            .invalid(fixed.err())
            .invalid(token.is_empty().then_some("`root_token_id` is empty"))
            .invalid(one_line("root_token_id", token))
            .isolation(Databases::new(E::PROTOCOL, address, "", token));
        E::PREFIXES.iter().fold(launch, |launch, prefix| {
            let variable = |name: &str| format!("{prefix}_{name}");
            launch
                .variables(NEUTRAL.map(|name| (variable(name), "")))
                .variables([
                    (variable("ADDR"), url.clone()),
                    (variable("TOKEN"), site.value("password")),
                    (variable("NAMESPACE"), namespace.clone()),
                ])
        })
    }
}

impl<E: Edition> VaultOrOpenbao<E> {
    /// The port that the user has chosen, if any; or what is wrong with it.
    fn fixed_port(&self) -> Result<Option<u16>, String> {
        let Some(address) = &self.listen_address else {
            return Ok(self.port);
        };
        let port = address.strip_prefix("127.0.0.1:");
        match port.and_then(|port| port.parse().ok()) {
            Some(0) | None => Err(format!(
                "`listen_address` is `{address}`, expected `127.0.0.1:PORT`"
            )),
            port if self.port.is_none() => Ok(port),
            Some(_) => Err("set a `port` or a `listen_address`, not both".into()),
        }
    }
}
