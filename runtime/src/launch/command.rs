//! One command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::Texts;

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Command {
    /// A path, or a name that is looked up in [`Launch::software`](super::Launch::software) and then on `PATH`. If several have a program of
    /// that name, use [`Software::program`](super::Software::program).
    #[serde(with = "serialized")]
    pub program: String,
    /// The arguments.
    #[serde(with = "serialized")]
    pub args: Vec<String>,
    /// A shell script to run instead, with the path of the program as `$0` and these arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Variables to set.
    #[serde(with = "serialized")]
    pub env: BTreeMap<String, String>,
    /// Variables to remove from the environment.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub env_remove: BTreeSet<String>,
    /// Whether it inherits the test's environment. Otherwise it gets little more than `PATH` and `HOME`.
    pub inherit_env: bool,
    /// The working directory. Default: the instance's own directory.
    #[serde(with = "serialized")]
    pub cwd: Option<PathBuf>,
    /// The user to run as when the tests run as root, for servers that refuse to. `nobody` is used if the user does not exist.
    pub as_root: Option<String>,
    /// The limit of open files and connections, for servers that allocate memory in proportion to it. Default: the test's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
}

impl Command {
    /// The command `program args…` with a minimal environment, in the instance's directory.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            script: None,
            env: BTreeMap::new(),
            env_remove: BTreeSet::new(),
            inherit_env: false,
            cwd: None,
            as_root: None,
            descriptors: None,
        }
    }
}

impl Command {
    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Runs this shell script instead, with the path of the program as `$0` and the arguments, for programs whose options depend on their version
    /// or on the machine. The script contains no placeholders; use arguments and variables.
    pub fn script(mut self, script: impl Into<String>) -> Self {
        self.script = Some(script.into());
        self
    }

    /// Sets an environment variable.
    pub fn env(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envs([(name, value)])
    }

    /// Sets environment variables.
    pub fn envs<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        self.env
            .extend(variables.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Removes a variable from the environment.
    pub fn env_remove(mut self, name: impl Into<String>) -> Self {
        self.env_remove.insert(name.into());
        self
    }

    /// Inherits the test's environment. By default the command gets little more than `PATH` and `HOME`.
    pub fn inherit_env(mut self) -> Self {
        self.inherit_env = true;
        self
    }

    /// Sets the working directory. Default: the instance's own directory.
    pub fn cwd(mut self, path: impl Into<PathBuf>) -> Self {
        self.cwd = Some(path.into());
        self
    }

    /// Runs it as this user when the tests run as root, for servers that refuse to. `nobody` is used if the user does not exist.
    pub fn as_root(mut self, user: impl Into<String>) -> Self {
        self.as_root = Some(user.into());
        self
    }

    /// Limits open files and connections, for servers that allocate memory in proportion to the limit. Default: the test's limit.
    pub fn descriptors(mut self, limit: u64) -> Self {
        self.descriptors = Some(limit);
        self
    }
}

impl Texts for Command {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.program);
        self.args.each_text(visit);
        self.env.each_text(visit);
        self.cwd.each_text(visit);
    }
}
