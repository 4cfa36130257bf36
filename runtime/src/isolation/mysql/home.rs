//! Statements about a database as a whole: dumps name the one that they were made of.

use super::lexer::Modes;
use super::quote::quoted;
use super::words::{Word, unquoted, words};

/// The database that scripts are carried out in, and what they call it.
#[derive(Debug)]
pub(super) struct Home<'a> {
    /// The test's.
    pub(super) name: &'a str,
    /// The first that a script mentions; it stands for the test's.
    called: Option<String>,
}

/// Why a statement is not passed on.
#[derive(Debug)]
pub(super) struct Objection {
    pub(super) reason: String,
    pub(super) to_do: String,
}

impl Objection {
    pub(super) fn new(reason: impl Into<String>, to_do: impl Into<String>) -> Self {
        let (reason, to_do) = (reason.into(), to_do.into());
        Self { reason, to_do }
    }
}

/// Databases that belong to the server.
const OF_SERVER: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];

/// What precedes the name of a sequence whose next number is a default.
const OF_SEQUENCE: &str = "nextval(";

/// What follows `ALTER DATABASE` if it means the current one.
const OPTIONS: [&str; 7] = [
    "CHARACTER",
    "CHARSET",
    "COLLATE",
    "COMMENT",
    "DEFAULT",
    "ENCRYPTION",
    "READ",
];

impl<'a> Home<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Self { name, called: None }
    }

    /// The statements to carry out instead of this one, which begins with these words, if it is about a database as a whole; or why it cannot be done.
    pub(super) fn instead(
        &mut self,
        statement: &str,
        words: &[Word<'_>],
    ) -> Result<Option<Vec<String>>, Objection> {
        let Some((verb, (name, end))) = named(words) else {
            return Ok(None);
        };
        self.enter(&unquoted(name))?;
        let home = quoted(self.name);
        let options = statement.get(end..).unwrap_or_default();
        let has_options = words.last().is_some_and(|(_, last)| *last > end);
        Ok(Some(match verb {
            "DROP" => vec![
                format!("DROP DATABASE {home}"),
                format!("CREATE DATABASE {home}"),
                format!("USE {home}"),
            ],
            "CREATE" | "ALTER" if has_options => vec![format!("ALTER DATABASE {home}{options}")],
            _ => Vec::new(),
        }))
    }

    /// A `GRANT` or `REVOKE` on what scripts call the database, about the test's.
    pub(super) fn granted(&self, statement: &str, modes: Modes) -> Option<String> {
        let called = self.called.as_deref()?;
        let all = words(statement, modes, usize::MAX);
        let mut rest = all
            .iter()
            .skip_while(|(word, _)| !word.eq_ignore_ascii_case("ON"));
        rest.next()?;
        let kinds = ["TABLE", "FUNCTION", "PROCEDURE"];
        let is_kind = |word: &str| kinds.iter().any(|kind| word.eq_ignore_ascii_case(kind));
        let mut rest = rest.skip_while(|(word, _)| is_kind(word));
        let ((name, end), (dot, _)) = (rest.next()?, rest.next()?);
        if *dot != "." || unquoted(name).replace('\\', "") != called {
            return None;
        }
        let before = statement.get(..end - name.len())?;
        let after = statement.get(*end..)?;
        Some(format!("{before}{}{after}", quoted(self.name)))
    }

    /// A `CREATE TABLE` whose defaults are numbers of sequences, which dumps name with their database, about sequences of the test's.
    pub(super) fn numbered(&mut self, statement: &str) -> Result<Option<String>, Objection> {
        let mut parts = statement.split(OF_SEQUENCE);
        let mut changed = String::from(parts.next().unwrap_or_default());
        for part in parts {
            let sequence = part.split(')').next().unwrap_or_default();
            let part = match sequence.split_once('.') {
                Some((name, _)) => {
                    self.enter(&unquoted(name))?;
                    part.get(name.len() + 1..).unwrap_or_default()
                }
                None => part,
            };
            changed.extend([OF_SEQUENCE, part]);
        }
        Ok((changed != statement).then_some(changed))
    }

    /// Has a name stand for the test's database, unless another one does.
    pub(super) fn enter(&mut self, name: &str) -> Result<(), Objection> {
        if OF_SERVER.iter().any(|of| of.eq_ignore_ascii_case(name)) {
            let reason = format!("`{name}` belongs to the server, which tests share");
            let to_do = "dump the application's database alone, without --all-databases";
            return Err(Objection::new(reason, to_do));
        }
        match &self.called {
            _ if name == self.name => Ok(()),
            None => {
                self.called = Some(name.into());
                Ok(())
            }
            Some(called) if called == name => Ok(()),
            Some(called) => {
                let reason = format!(
                    "a test has one database, which stands for `{called}` here, so there is none for `{name}`"
                );
                Err(Objection::new(reason, "dump or write them separately"))
            }
        }
    }
}

/// What a statement does to the database of which name, if that is what it is about.
fn named<'a>(words: &[Word<'a>]) -> Option<(&'static str, Word<'a>)> {
    let mut rest = words.iter().copied().peekable();
    let (first, _) = rest.next()?;
    let is = |word: Word<'_>, known: &[&str]| {
        known.iter().any(|known| word.0.eq_ignore_ascii_case(known))
    };
    let verb = ["CREATE", "DROP", "ALTER", "USE"];
    let verb = verb
        .into_iter()
        .find(|verb| first.eq_ignore_ascii_case(verb))?;
    if verb != "USE" {
        while rest.next_if(|word| is(*word, &["OR", "REPLACE"])).is_some() {}
        rest.next_if(|word| is(*word, &["DATABASE", "SCHEMA"]))?;
        while rest
            .next_if(|word| is(*word, &["IF", "NOT", "EXISTS"]))
            .is_some()
        {}
    }
    let name = rest.next()?;
    let is_option = verb == "ALTER" && is(name, &OPTIONS);
    (!is_option).then_some((verb, name))
}

#[cfg(test)]
mod tests {
    use super::super::words::BEGINNING;
    use super::*;

    fn instead(home: &mut Home<'_>, statement: &str) -> Result<Option<Vec<String>>, Objection> {
        home.instead(statement, &words(statement, Modes::default(), BEGINNING))
    }

    fn check(home: &mut Home<'_>, statement: &str, wanted: Option<&[&str]>) {
        let found = instead(home, statement).unwrap();
        let found = found
            .as_deref()
            .map(|all| all.iter().map(String::as_str).collect());
        assert_eq!(found, wanted.map(<[_]>::to_vec), "{statement}");
    }

    #[test]
    fn the_database_of_a_dump_is_the_tests() {
        let mut home = Home::new("t_1");
        for (statement, wanted) in [
            (
                "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `app` /*!40100 DEFAULT CHARACTER SET latin1 */",
                Some(&["ALTER DATABASE `t_1` /*!40100 DEFAULT CHARACTER SET latin1 */"][..]),
            ),
            ("USE `app`", Some(&[][..])),
            ("create schema app", Some(&[])),
            (
                "ALTER DATABASE app COLLATE utf8mb4_bin",
                Some(&["ALTER DATABASE `t_1` COLLATE utf8mb4_bin"]),
            ),
            ("ALTER DATABASE COLLATE utf8mb4_bin", None),
            ("CREATE TABLE app (a int)", None),
            ("INSERT INTO a VALUES (1)", None),
            ("", None),
        ] {
            check(&mut home, statement, wanted);
        }
        let all = ["DROP DATABASE `t_1`", "CREATE DATABASE `t_1`", "USE `t_1`"];
        check(
            &mut home,
            "/*!40000 DROP DATABASE IF EXISTS `app`*/",
            Some(&all),
        );
    }

    #[test]
    fn rights_on_it_are_on_the_tests() {
        let mut home = Home::new("t_1");
        let granted = |home: &Home<'_>, statement| home.granted(statement, Modes::default());
        assert_eq!(granted(&home, "GRANT ALL ON app.* TO a"), None);
        home.enter("app_1").unwrap();
        for (statement, wanted) in [
            (
                "GRANT SELECT (a, `ON`), INSERT ON TABLE `app\\_1`.t TO a",
                Some("GRANT SELECT (a, `ON`), INSERT ON TABLE `t_1`.t TO a"),
            ),
            (
                "REVOKE ALL ON app_1.* FROM a",
                Some("REVOKE ALL ON `t_1`.* FROM a"),
            ),
            ("GRANT ALL ON *.* TO a", None),
            ("GRANT ALL ON app TO a", None),
            ("GRANT a TO b", None),
        ] {
            assert_eq!(granted(&home, statement).as_deref(), wanted);
        }
    }

    #[test]
    fn sequences_are_the_tests() {
        let mut home = Home::new("t_1");
        let mut numbered = |statement| home.numbered(statement).unwrap();
        assert_eq!(
            numbered("CREATE TABLE t (a int DEFAULT nextval(`app`.`n`), b int DEFAULT nextval(m))"),
            Some("CREATE TABLE t (a int DEFAULT nextval(`n`), b int DEFAULT nextval(m))".into())
        );
        assert_eq!(
            numbered("CREATE TABLE t (a int DEFAULT nextval(m), `b`.`c`)"),
            None
        );
        home.numbered("nextval(other.n)").unwrap_err();
    }

    #[test]
    fn other_databases_are_refused() {
        let mut home = Home::new("t_1");
        home.enter("app").unwrap();
        home.enter("t_1").unwrap();
        let mut refused = |statement| instead(&mut home, statement).unwrap_err().reason;
        assert!(
            refused("USE other")
                .ends_with("which stands for `app` here, so there is none for `other`")
        );
        assert!(refused("CREATE DATABASE Mysql").starts_with("`Mysql` belongs to the server"));
    }
}
