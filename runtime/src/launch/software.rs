//! Programs, and how to get them.

use serde::{Deserialize, Serialize};

/// Programs that belong together, and how to get them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Software {
    /// The programs; all are taken from the first directory that has them all.
    pub programs: Vec<String>,
    /// Where distributions keep them off `PATH`; a `*` stands for any name, and of several the highest version is taken.
    pub search_paths: Vec<String>,
    /// The version that the first program must have, as a word of what it says about itself begins: `15` also means 15.4. Default: any.
    pub version: Option<String>,
    /// The arguments with which the first program says its version; none if it cannot be asked. Default: `--version`.
    pub version_args: Vec<String>,
    /// The environment variable that names their directory, or the program itself.
    pub variable: String,
    /// What to install.
    pub install: Install,
}

impl Software {
    /// The programs of the daemon `name`: where `fixtured install` puts what needs no root, on `PATH`, and where system administrators'
    /// programs are; or where the variable `FIXTURED_<NAME>_BIN` says.
    pub fn new<P: Into<String>>(name: &str, programs: impl IntoIterator<Item = P>) -> Self {
        let own = format!("~/.local/share/fixtured/{name}");
        Self {
            programs: programs.into_iter().map(Into::into).collect(),
            search_paths: vec![
                "/usr/sbin".into(),
                "/opt/homebrew/bin".into(),
                format!("{own}/bin"),
                format!("{own}/node_modules/.bin"),
            ],
            version: None,
            version_args: vec!["--version".into()],
            variable: format!("FIXTURED_{}_BIN", name.to_uppercase().replace('-', "_")),
            install: Install::default(),
        }
    }

    /// The programs of the Python package `name`, in an environment of its own. Its `python3` says the version, since a program of the
    /// package may take seconds to import all that it needs.
    pub fn python<'a>(name: &str, programs: impl IntoIterator<Item = &'a str>) -> Self {
        let ask = format!("import importlib.metadata as m; print(m.version('{name}'))");
        Self {
            version_args: vec!["-c".into(), ask],
            ..Self::new(name, ["python3"].into_iter().chain(programs))
        }
    }

    /// Names its packages in Debian and Ubuntu, separated by spaces.
    pub fn apt(mut self, packages: &str) -> Self {
        self.install.apt = packages.into();
        self
    }

    /// Names its packages in Homebrew, separated by spaces.
    pub fn brew(mut self, packages: &str) -> Self {
        self.install.brew = packages.into();
        self
    }

    /// Names its packages for Python's pip, separated by spaces.
    pub fn pip(mut self, packages: &str) -> Self {
        self.install.pip = packages.into();
        self
    }

    /// Names its packages for Node.js's npm, separated by spaces.
    pub fn npm(mut self, packages: &str) -> Self {
        self.install.npm = packages.into();
        self
    }

    /// Names its packages for Rust's cargo, with further arguments if needed.
    pub fn cargo(mut self, packages: &str) -> Self {
        self.install.cargo = packages.into();
        self
    }

    /// Looks in these directories too; a `*` stands for any name, and of several matches the highest version is taken.
    pub fn search_paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.search_paths.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Requires this version, if one is given: `15` also means 15.4.
    pub fn version(mut self, version: Option<impl Into<String>>) -> Self {
        self.version = version.map(Into::into);
        self
    }

    /// Sets the arguments with which the first program says its version; none if it cannot be asked.
    pub fn version_args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.version_args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the environment variable that names their directory or the program itself.
    pub fn variable(mut self, variable: &str) -> Self {
        self.variable = variable.into();
        self
    }

    /// One of its programs as a [`Command`](super::Command) names it, where other software has programs of that name too: `FIXTURED_KEYSTONE_BIN/python3`.
    pub fn program(&self, name: &str) -> String {
        format!("{}/{name}", self.variable)
    }
}

/// The packages that have a software, for each client that can install it; several are separated by spaces, and none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Install {
    /// For Debian and Ubuntu.
    pub apt: String,
    /// For Homebrew.
    pub brew: String,
    /// For Python's pip.
    pub pip: String,
    /// For Node.js's npm.
    pub npm: String,
    /// For Rust's cargo.
    pub cargo: String,
}

impl Install {
    /// The commands that install it, the usual one first.
    pub fn commands(&self) -> Vec<String> {
        let Self {
            apt,
            brew,
            pip,
            npm,
            cargo,
        } = self;
        let ways = [
            ("apt", apt),
            ("brew", brew),
            ("pip", pip),
            // Else it would go into the directory of the test's package.
            ("npm -g", npm),
            ("cargo", cargo),
        ];
        let known = ways.iter().filter(|(_, packages)| !packages.is_empty());
        known
            .map(|(client, packages)| format!("{client} install {packages}"))
            .collect()
    }
}
