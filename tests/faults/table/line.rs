//! The table, as it is printed.

use std::fmt::{self, Display, Formatter};

use super::row::{Outcome, Row};

/// A row with what came of it; `Err` is why it could not be told.
pub(crate) struct Line<'a>(pub(crate) &'a Row, pub(crate) &'a Result<Outcome, String>);

pub(crate) const HEAD: &str = "\
| what happens | runner | processes | directories | ports | sockets | shared memory | other session | ms until nothing was left |
|---|---|---|---|---|---|---|---|---:|";

impl Line<'_> {
    /// Whether nothing was left, nothing was harmed, and all went as it should.
    pub(crate) fn is_clean(&self) -> bool {
        let clean = |outcome: &Outcome| {
            let Outcome {
                left,
                bystander,
                wrong,
                ..
            } = outcome;
            left.is_empty() && bystander.is_none() && wrong.is_empty()
        };
        self.1.as_ref().is_ok_and(clean)
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(Row { name, runner, .. }, outcome) = self;
        let runner = runner.name();
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(reason) => return write!(f, "| {name} | {runner} | {} |", one_line(reason)),
        };
        let Outcome {
            left,
            escaped,
            bystander,
            took,
            wrong,
        } = outcome;
        let mut processes = cell(&left.processes);
        if *escaped > 0 {
            processes += &format!(", but {escaped} that had detached itself without environment");
        }
        for wrong in wrong {
            processes += &format!("; {}", one_line(wrong));
        }
        write!(
            f,
            "| {name} | {runner} | {processes} | {} | {} | {} | {} | {} | {} |",
            cell(&left.directories),
            cell(&left.ports),
            cell(&left.sockets),
            cell(&left.memory),
            bystander.as_deref().unwrap_or("untouched"),
            took.as_millis()
        )
    }
}

fn cell(left: &[String]) -> String {
    match left {
        [] => "gone".into(),
        left => one_line(&format!("**left: {}**", left.join(", "))),
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ").replace('|', "/")
}
