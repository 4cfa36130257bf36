//! Commands that scripts contain for the client program, not for the server.

/// What a command asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Command<'a> {
    /// Something about the program's output, or nothing.
    Nothing,
    /// To continue in this database.
    Use(&'a str),
    /// To continue in this character set.
    Characters(&'a str),
    /// What only the program does; with advice.
    Unknown(&'static str),
}

/// What the commands do that scripts may contain, with their names and letters
/// (<https://mariadb.com/kb/en/mariadb-command-line-client/#mariadb-commands>).
const COMMANDS: [(&str, char, Effect); 27] = [
    ("charset", 'C', Effect::Characters),
    ("clear", 'c', Effect::Nothing),
    ("connect", 'r', Effect::Unknown(REMOVE)),
    ("costs", 'Q', Effect::Nothing),
    (
        "delimiter",
        'd',
        Effect::Unknown("write the delimiter after it, on the same line"),
    ),
    ("edit", 'e', Effect::Unknown(REMOVE)),
    ("ego", 'G', Effect::Nothing),
    ("exit", 'q', Effect::Unknown(REMOVE)),
    ("go", 'g', Effect::Nothing),
    ("help", 'h', Effect::Nothing),
    ("nopager", 'n', Effect::Nothing),
    ("notee", 't', Effect::Nothing),
    ("nowarning", 'w', Effect::Nothing),
    ("pager", 'P', Effect::Unknown(REMOVE)),
    ("print", 'p', Effect::Nothing),
    ("prompt", 'R', Effect::Unknown(REMOVE)),
    ("query_attributes", '|', Effect::Unknown(REMOVE)),
    ("quit", 'q', Effect::Unknown(REMOVE)),
    ("rehash", '#', Effect::Nothing),
    ("resetconnection", 'x', Effect::Unknown(REMOVE)),
    ("sandbox", '-', Effect::Nothing),
    (
        "source",
        '.',
        Effect::Unknown("use a directory of migrations, or put its statements here"),
    ),
    ("status", 's', Effect::Nothing),
    ("system", '!', Effect::Unknown(REMOVE)),
    ("tee", 'T', Effect::Unknown(REMOVE)),
    ("use", 'u', Effect::Use),
    ("warnings", 'W', Effect::Nothing),
];

const REMOVE: &str = "remove it";

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    Nothing,
    Use,
    Characters,
    Unknown(&'static str),
}

/// Returns whether this, at the start of a statement, is the name of a command.
pub(super) fn is_command(word: &str) -> bool {
    COMMANDS
        .iter()
        .any(|(name, ..)| word.eq_ignore_ascii_case(name))
}

/// Reads a command: its name, or a backslash and its letter, and what follows on the line.
pub(super) fn read(text: &str) -> Command<'_> {
    let (effect, argument) = match text.strip_prefix('\\') {
        Some(rest) => {
            let letter = rest.chars().next();
            let found = COMMANDS.iter().find(|(_, found, _)| Some(*found) == letter);
            let argument = rest.get(letter.map_or(0, char::len_utf8)..);
            (found, argument.unwrap_or_default())
        }
        None => {
            let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let found = COMMANDS
                .iter()
                .find(|(found, ..)| name.eq_ignore_ascii_case(found));
            (found, argument)
        }
    };
    let argument = argument.trim();
    match effect.map(|(.., effect)| *effect) {
        Some(Effect::Nothing) => Command::Nothing,
        Some(Effect::Use) => Command::Use(argument),
        Some(Effect::Characters) => Command::Characters(argument),
        Some(Effect::Unknown(advice)) => Command::Unknown(advice),
        None => Command::Unknown(REMOVE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_names_and_letters() {
        for (text, wanted) in [
            ("use `a b`", Command::Use("`a b`")),
            ("\\u a", Command::Use("a")),
            ("charset latin1", Command::Characters("latin1")),
            ("\\C latin1", Command::Characters("latin1")),
            ("WARNINGS", Command::Nothing),
            ("\\W", Command::Nothing),
            ("\\! rm x", Command::Unknown(REMOVE)),
            ("\\é", Command::Unknown(REMOVE)),
        ] {
            assert_eq!(read(text), wanted);
        }
        assert!(
            matches!(read("source x.sql"), Command::Unknown(advice) if advice.contains("directory"))
        );
        assert!(is_command("Source") && !is_command("select"));
    }
}
