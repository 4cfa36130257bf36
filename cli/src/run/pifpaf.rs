//! Messages as pifpaf has them.

use fixtured::__command_line::with_ports;
use fixtured::launch::Launch;
use fixtured::{Error, ErrorKind};

/// Why a daemon could not be started, if a program is missing, in the words of pifpaf.
pub(crate) fn headline(launch: &Launch, error: &Error) -> Option<String> {
    if error.kind() != ErrorKind::NotInstalled {
        return None;
    }
    let command = &launch.processes.last()?.command;
    let words = std::iter::once(&command.program)
        .chain(&command.args)
        .map(|word| with_ports(word, &launch.fixed_ports));
    let words = words.collect::<Vec<_>>().join(" ");
    Some(format!(
        "Unable to run command `{words}': [Errno 2] No such file or directory: '{}'",
        command.program
    ))
}
