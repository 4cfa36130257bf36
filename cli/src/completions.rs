//! `fixtured completions`.

use std::process::ExitCode;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::print::print;

/// The command and its options.
pub(crate) fn define() -> Command {
    let shell = Arg::new("shell").value_name("SHELL").required(true);
    Command::new("completions")
        .about("Print completions for a shell")
        .after_help("For bash: eval \"$(fixtured completions bash)\"")
        .arg(
            shell
                .value_parser(EnumValueParser::<Shell>::new())
                .help("Print completions for this shell"),
        )
}

/// Prints those of the whole program.
pub(crate) fn execute(
    globals: &Globals,
    matches: &ArgMatches,
    mut program: Command,
) -> Result<ExitCode, Failure> {
    let shell = matches.get_one("shell").copied().unwrap_or(Shell::Bash);
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut program, globals.called_as.name(), &mut text);
    // A reader that has gone away, such as `head`, has seen enough.
    let _ = print(&String::from_utf8_lossy(&text));
    Ok(ExitCode::SUCCESS)
}
