//! psql's commands, which begin with a backslash.

/// What a command of psql means here.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Nothing: it is about what psql prints, or how it goes on after errors.
    Nothing,
    /// Everything from here on belongs to the database of this name.
    Connect(String),
    /// It cannot be done, for this reason.
    Refused(String),
}

/// Commands that concern only what psql prints.
const PRINT: &[&str] = &[
    "?",
    "C",
    "H",
    "T",
    "a",
    "conninfo",
    "copyright",
    "echo",
    "errverbose",
    "f",
    "h",
    "help",
    "html",
    "l",
    "list",
    "p",
    "print",
    "pset",
    "qecho",
    "restrict",
    "t",
    "timing",
    "unrestrict",
    "warn",
    "x",
    "z",
];

/// Variables that psql looks at itself, for what it prints and how it goes on after errors. Here the first error ends a script.
const VARIABLES: &[&str] = &[
    "COMP_KEYWORD_CASE",
    "ECHO",
    "ECHO_HIDDEN",
    "FETCH_COUNT",
    "HIDE_TABLEAM",
    "HIDE_TOAST_COMPRESSION",
    "HISTCONTROL",
    "HISTFILE",
    "HISTSIZE",
    "IGNOREEOF",
    "ON_ERROR_ROLLBACK",
    "ON_ERROR_STOP",
    "PROMPT1",
    "PROMPT2",
    "PROMPT3",
    "QUIET",
    "SHOW_ALL_RESULTS",
    "SHOW_CONTEXT",
    "VERBOSITY",
];

impl Command {
    /// Reads a line, which begins with a backslash.
    pub(super) fn read(line: &str) -> Self {
        let line = line.trim_start_matches('\\').trim_end();
        let (name, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        // `\dt` and its like list what there is.
        if PRINT.contains(&name) || name.starts_with('d') {
            return Self::Nothing;
        }
        let arguments = words(arguments);
        let first = arguments.first().map(String::as_str).unwrap_or_default();
        match name {
            "set" | "unset" if VARIABLES.contains(&first) => Self::Nothing,
            "encoding"
                if ["", "utf8", "utf-8", "unicode"].contains(&&*first.to_ascii_lowercase()) =>
            {
                Self::Nothing
            }
            "c" | "connect" => connect(arguments),
            "copy" => refused(
                name,
                "write `COPY … FROM stdin;` and the data in the lines after it, up to a line `\\.`",
            ),
            "i" | "include" | "ir" | "include_relative" => refused(
                name,
                "give a directory of files, which run in the order of their names",
            ),
            "g" | "gexec" | "gset" | "gx" | ";" => refused(
                name,
                "end statements with `;`; what a query returns can be executed by a `DO` block",
            ),
            "set" | "unset" | "prompt" | "setenv" | "getenv" => {
                refused(name, "write values where they are used")
            }
            _ => refused(
                name,
                "remove it, or prepare the database by a function that runs `psql`",
            ),
        }
    }
}

fn refused(name: &str, advice: &str) -> Command {
    Command::Refused(format!("psql's `\\{name}` is not supported: {advice}"))
}

fn connect(mut arguments: Vec<String>) -> Command {
    arguments.retain(|argument| !argument.starts_with("-reuse-previous="));
    let only_database = "connect to a database by its name alone; for another user write `SET SESSION AUTHORIZATION`";
    match arguments.as_slice() {
        [] => Command::Nothing,
        [name] if name == "-" => Command::Nothing,
        // How pg_dump writes names that would mean something else.
        [setting] if setting.starts_with("dbname=") => {
            let name = words(setting.trim_start_matches("dbname=")).concat();
            Command::Connect(name)
        }
        [name] if !name.contains('=') && !name.contains("://") => Command::Connect(name.clone()),
        _ => refused("connect", only_database),
    }
}

/// The arguments of a command, without the quotes around them and without escapes.
fn words(arguments: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = arguments.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            // Doubled it is a part of what it is around.
            (letter, Some(open)) if letter == open => match letters.next_if_eq(&open) {
                Some(open) => word.get_or_insert_default().push(open),
                None => quote = None,
            },
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('\\', Some('\'')) => word.get_or_insert_default().extend(letters.next()),
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood_or_refused_by_name() {
        for line in [
            "\\restrict x9",
            "\\echo 'a;",
            "\\set ON_ERROR_STOP on",
            "\\dt+ x",
            "\\pset pager off",
            "\\encoding UTF8",
        ] {
            assert_eq!(Command::read(line), Command::Nothing, "{line}");
        }
        for (line, name) in [
            ("\\connect app", "app"),
            ("\\c \"My App\"\r", "My App"),
            (
                "\\connect -reuse-previous=on \"dbname='it\\'s \"\"it\"\"'\"",
                "it's \"it\"",
            ),
        ] {
            assert_eq!(Command::read(line), Command::Connect(name.into()), "{line}");
        }
        for line in [
            "\\i other.sql",
            "\\set x 1",
            "\\c app bob",
            "\\c \"host=x dbname=y\"",
            "\\gexec",
            "\\! ls",
            "\\if true",
            "\\encoding LATIN1",
        ] {
            let name = line.split(' ').next().unwrap();
            let name = if name == "\\c" { "\\connect" } else { name };
            match Command::read(line) {
                Command::Refused(reason) => assert!(
                    reason.starts_with(&format!("psql's `{name}` is not supported: ")),
                    "{reason}"
                ),
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}
