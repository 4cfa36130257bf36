//! `fixtured clean`.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use fixtured::__command_line::{Cleaned, clean};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::status::mebibytes;

/// The command and its options.
pub(crate) fn define() -> Command {
    let dry = Arg::new("dry-run").long("dry-run");
    let dry = dry.action(ArgAction::SetTrue);
    Command::new("clean")
        .about("Removes prepared data from the cache")
        .long_about(
            "Removes prepared data from the cache of this user: `fixtured` below XDG_CACHE_HOME or ~/.cache. It is prepared again when \
             it is needed. What is in use stays. Data that has not been used for 30 days, and what exceeds 1 GiB, goes without this \
             command, when a session ends.",
        )
        .arg(dry.help("Says what would be removed, and removes nothing"))
}

/// Removes what nobody uses. What somebody uses stays, which is no failure.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let messages = Messages::new(globals)?;
    let dry = matches.get_flag("dry-run");
    let Cleaned {
        cache,
        removed,
        stays,
    } = clean(&std::env::vars_os().collect(), dry)
        .map_err(|why| Failure::new(format!("the cache cannot be used: {why}")))?;
    let doing = if dry { "would remove" } else { "removed" };
    for (name, size) in &removed {
        let path = cache.join(name);
        messages.detail(&format!(
            "{doing} {} ({})",
            path.display(),
            mebibytes(*size)
        ));
    }
    for (name, why) in &stays {
        messages.say(&format!("{} stays: {why}", cache.join(name).display()));
    }
    let size = mebibytes(removed.values().sum());
    messages.say(&match removed.is_empty() && stays.is_empty() {
        true => format!("nothing is in {}", cache.display()),
        false => format!("{doing} {size} from {}", cache.display()),
    });
    Ok(ExitCode::SUCCESS)
}
