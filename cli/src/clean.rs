//! `fixtured clean`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use fixtured::__command_line::{Cleaned, clean, environment};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::status::mebibytes;
use crate::switch::switch;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("clean")
        .about("Remove prepared data from the cache")
        .long_about(
            "Remove prepared data from this user's cache: `fixtured` below XDG_CACHE_HOME or ~/.cache. It is prepared again when \
             needed. Data in use is kept. Data that has not been used for 30 days, and whatever exceeds 1 GiB, is removed without \
             this command when a session ends.",
        )
        .arg(switch("dry-run", "Print what would be removed, and remove nothing"))
}

/// Removes what is not in use. What is in use stays, which is not a failure.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let messages = Messages::new(globals)?;
    let dry = matches.get_flag("dry-run");
    let Cleaned {
        cache,
        removed,
        stays,
    } = clean(&environment(), dry)
        .map_err(|why| Failure::new(format!("cannot use the cache: {why}")))?;
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
        messages.say(&format!("kept {}: {why}", cache.join(name).display()));
    }
    let size = mebibytes(removed.values().sum());
    messages.say(&match removed.is_empty() && stays.is_empty() {
        true => format!("{} is empty", cache.display()),
        false => format!("{doing} {size} from {}", cache.display()),
    });
    Ok(ExitCode::SUCCESS)
}
