//! Texts of users that contain placeholders: `my-server --port {port}`.

use super::Quoting;
use super::placeholder::Subject;
use super::text::mark;

/// Turns `{port}`, `{port:NAME}` and `{dir}` into placeholders. All other braces are literal.
pub(crate) fn template(text: &str) -> String {
    filled(text, |_| None)
}

/// Like [`template`], for a shell command: each placeholder is quoted, so that its value never splits a word.
pub(crate) fn shell_template(text: &str) -> String {
    let mut state = State::default();
    filled(text, |before| {
        before.chars().for_each(|letter| state.read(letter));
        Some(state.quoting())
    })
}

/// Like [`template`], for a regular expression: the values of placeholders match literally.
pub(crate) fn regex_template(text: &str) -> String {
    filled(text, |_| Some(Quoting::Regex))
}

/// The position inside a shell command: in which quotes, and whether after a backslash.
#[derive(Default)]
struct State {
    quote: Option<char>,
    escaped: bool,
}

impl State {
    fn read(&mut self, letter: char) {
        match (self.quote, letter) {
            _ if self.escaped => self.escaped = false,
            (None | Some('"'), '\\') => self.escaped = true,
            (None, '\'' | '"') => self.quote = Some(letter),
            (Some(quote), _) if quote == letter => self.quote = None,
            _ => {}
        }
    }

    fn quoting(&self) -> Quoting {
        match self.quote {
            Some('\'') => Quoting::ShellSingle,
            Some(_) => Quoting::ShellDouble,
            None => Quoting::Shell,
        }
    }
}

/// A text with marks for its placeholders. `quoting` gets the text between the previous placeholder and this one.
fn filled(text: &str, mut quoting: impl FnMut(&str) -> Option<Quoting>) -> String {
    let mut marked = String::with_capacity(text.len());
    let (mut rest, mut searched) = (text, 0);
    while let Some(end) = rest
        .get(searched..)
        .and_then(|unsearched| unsearched.find('}'))
    {
        let end = searched + end;
        let (head, tail) = rest.split_at(end);
        let found = head.rsplit_once('{');
        match found.and_then(|(before, inside)| Some((before, subject(inside)?))) {
            Some((before, of)) => {
                marked += before;
                let text = mark(&of.into());
                marked += &match quoting(before) {
                    Some(quoting) => quoting.of(text),
                    None => text,
                };
                (rest, searched) = (tail.get(1..).unwrap_or_default(), 0);
            }
            None => searched = end + 1,
        }
    }
    marked + rest
}

fn subject(inside: &str) -> Option<Subject<'_>> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    match inside {
        "dir" => Some(Subject::Directory("".into())),
        "port" => Some(Subject::Port("".into())),
        _ => {
            let name = inside.strip_prefix("port:")?;
            let is_name = !name.is_empty() && name.bytes().all(letter);
            is_name.then(|| Subject::Port(name.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::serialized;

    #[test]
    fn placeholders_are_read_and_other_braces_stay() {
        for (text, wanted) in [
            ("{port} {port:a-b} {dir}", "{port} {port:a-b} {dir}"),
            ("{{port}}", "{{{port}}}"),
            (r#"{"a": {}} {port"#, r#"{{"a": {{}}}} {{port"#),
            (
                "{secret} {port:} {a b} }{",
                "{{secret}} {{port:}} {{a b}} }}{{",
            ),
        ] {
            assert_eq!(serialized(&template(text)), wanted);
        }
    }

    #[test]
    fn a_shell_sees_words() {
        for (text, wanted) in [
            ("touch {dir}/x", "touch {dir|shell}/x"),
            (
                "echo \"{dir}\" '{dir}'",
                "echo \"{dir|shell-double}\" '{dir|shell-single}'",
            ),
            (
                r#"echo \" {dir} "\" {dir}""#,
                r#"echo \" {dir|shell} "\" {dir|shell-double}""#,
            ),
            ("echo '\\' {dir} {port}", "echo '\\' {dir|shell} {port}"),
        ] {
            assert_eq!(serialized(&shell_template(text)), wanted);
        }
    }
}
