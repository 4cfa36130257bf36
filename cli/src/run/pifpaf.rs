//! Messages as pifpaf has them.

use fixtured::launch::Launch;
use fixtured::{Error, ErrorKind};

/// Why a daemon could not be started, if a program is missing, in the words of pifpaf.
pub(crate) fn headline(launch: &Launch, error: &Error) -> Option<String> {
    if error.kind() != ErrorKind::NotInstalled {
        return None;
    }
    let command = &launch.processes.last()?.command;
    let port = |name: &str| match name {
        "" => "{port}".to_owned(),
        name => format!("{{port:{name}}}"),
    };
    let words = std::iter::once(&command.program)
        .chain(&command.args)
        .map(|word| {
            launch
                .fixed_ports
                .iter()
                .fold(word.clone(), |word, (name, number)| {
                    word.replace(&port(name), &number.to_string())
                })
        });
    let words = words.collect::<Vec<_>>().join(" ");
    Some(format!(
        "Unable to run command `{words}': [Errno 2] No such file or directory: '{}'",
        command.program
    ))
}
