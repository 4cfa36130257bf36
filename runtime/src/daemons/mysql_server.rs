//! What the programs of MySQL and of MariaDB have in common.

use crate::launch::{Command, Software, Step};

/// One of the servers.
pub(super) struct MysqlServer {
    pub(super) program: &'static str,
    /// What it is always run with: how the files are laid out, as small as possible, since they are copied.
    pub(super) layout: &'static [&'static str],
    /// Its settings beside those that all have.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// The programs that must be installed for the daemon of this name, in this version.
    pub(super) software: fn(&str, Option<&str>) -> Vec<Software>,
    /// The settings of a user's that an installation must have been made with.
    pub(super) lasting: &'static [&'static str],
    /// Makes a new installation in this directory, with these arguments for the server. In it `root` may come by the socket only, without a
    /// password. It has the databases `test` and `pifpaf`, for tests without one of their own.
    pub(super) install: fn(&str, &[String]) -> Vec<Step>,
}

impl MysqlServer {
    /// Those of these settings, each an argument, that an installation must be made with.
    pub(super) fn lasting(&self, settings: &[String]) -> Vec<String> {
        let lasts = |setting: &&String| {
            let name = setting.split('=').next().unwrap_or_default();
            let name = name.trim_start_matches('-').replace('_', "-");
            self.lasting.contains(&name.to_lowercase().as_str())
        };
        settings.iter().filter(lasts).cloned().collect()
    }

    /// A command that knows the layout and ignores the configuration of the machine.
    pub(super) fn command(
        &self,
        program: &str,
        args: impl IntoIterator<Item = impl Into<String>>,
    ) -> Command {
        Command::new(program, ["--no-defaults"])
            .args(args)
            .args(self.layout.iter().copied())
            .as_root("mysql")
    }
}
