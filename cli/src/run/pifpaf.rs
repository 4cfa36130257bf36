//! Messages as pifpaf has them.

use fixtured::launch::Launch;
use fixtured::{Error, ErrorKind};

/// Why a daemon could not be started: a program that is missing in the words of pifpaf, then ours.
pub(crate) fn message(launch: &Launch, error: &Error) -> String {
    let text = error.to_string();
    let command = launch.processes.last().map(|process| &process.command);
    let (ErrorKind::NotInstalled, Some(command)) = (error.kind(), command) else {
        return text;
    };
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
    let hint: String = text
        .lines()
        .skip(1)
        .map(|line| format!("\n{line}"))
        .collect();
    format!(
        "Unable to run command `{words}': [Errno 2] No such file or directory: '{}'{hint}",
        command.program
    )
}
