//! Programs and how to install them.

use serde::{Deserialize, Serialize};

/// Programs that are installed together, and how to find and install them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Software {
    /// The programs. All are taken from the first directory that contains all of them.
    pub programs: Vec<String>,
    /// Directories to search besides `PATH`. `*` matches any name; of several matches, the highest version is used.
    pub search_paths: Vec<String>,
    /// The required version of the first program: the start of a word in its version output. `15` also accepts 15.4. Default: any.
    pub version: Option<String>,
    /// What the first program must not say with its version. Then it is another software's program of the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_than: Option<String>,
    /// The arguments that make the first program print its version; empty if it has none. Default: `--version`.
    pub version_args: Vec<String>,
    /// The environment variable with the directory of the programs, or the path of the program itself.
    pub variable: String,
    /// What to install.
    pub install: Install,
}

impl Software {
    /// The programs of the daemon `name`. They are searched for where `fixtured install` puts them, on `PATH`, in `/usr/sbin` and in
    /// Homebrew's directory, in this order. If the variable `FIXTURED_<NAME>_BIN` is set, only that location is used.
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
            other_than: None,
            version_args: vec!["--version".into()],
            variable: format!("FIXTURED_{}_BIN", name.to_uppercase().replace('-', "_")),
            install: Install::default(),
        }
    }

    /// The programs of the Python package `name`, installed in a virtual environment. The version is read by its `python3`, since the
    /// programs of a package may take seconds to import their modules.
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

    /// Names its packages for Ruby's gem, separated by spaces.
    pub fn gem(mut self, packages: &str) -> Self {
        self.install.gem = packages.into();
        self
    }

    /// Names its packages for Rust's cargo, with further arguments if needed.
    pub fn cargo(mut self, packages: &str) -> Self {
        self.install.cargo = packages.into();
        self
    }

    /// Searches these directories too. `*` matches any name; of several matches, the highest version is used.
    pub fn search_paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.search_paths.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Requires this version, if one is given. `15` also accepts 15.4.
    pub fn version(mut self, version: Option<impl Into<String>>) -> Self {
        self.version = version.map(Into::into);
        self
    }

    /// Ignores programs that say this with their version: they are another software's, with the same names.
    pub fn other_than(mut self, software: &str) -> Self {
        self.other_than = Some(software.into());
        self
    }

    /// Sets the arguments that make the first program print its version; empty if it has none. Default: `--version`.
    pub fn version_args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.version_args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the environment variable with the directory of the programs, or the path of the program itself.
    pub fn variable(mut self, variable: &str) -> Self {
        self.variable = variable.into();
        self
    }

    /// The name of one of these programs for a [`Command`](super::Command), if other software has a program of the same name:
    /// `FIXTURED_KEYSTONE_BIN/python3`.
    pub fn program(&self, name: &str) -> String {
        format!("{}/{name}", self.variable)
    }
}

/// The packages to install, by package manager. Several are separated by spaces; empty means that there is none.
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
    /// For Ruby's gem.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gem: String,
    /// For Rust's cargo.
    pub cargo: String,
}

impl Install {
    /// The install commands, the most common first.
    pub fn commands(&self) -> Vec<String> {
        let Self {
            apt,
            brew,
            pip,
            npm,
            gem,
            cargo,
        } = self;
        let ways = [
            ("apt", apt),
            ("brew", brew),
            ("pip", pip),
            // Without `-g`, npm installs into the working directory.
            ("npm -g", npm),
            ("gem", gem),
            ("cargo", cargo),
        ];
        let known = ways.iter().filter(|(_, packages)| !packages.is_empty());
        known
            .map(|(client, packages)| format!("{client} install {packages}"))
            .collect()
    }
}
