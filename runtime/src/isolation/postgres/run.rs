//! A script, carried out.

use super::connection::Connection;
use super::quote::text;
use super::script::{self, Databases, Manner, Place, Plan, Server};
use crate::error::{Doing, Label, Reason, Refused, Remark};
use crate::isolation::excerpt::{excerpt, line};
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::migrations::Script;

/// What the server says where statements that it has been sent together cannot be in one transaction: one must be in none
/// (`active_sql_transaction`), one uses a value that another has added (`unsafe_new_enum_value_usage`), one commits
/// (`invalid_transaction_termination`), one changes a table whose constraints are still to be checked (`object_in_use`), or there are more
/// locks than the server has room for (`out_of_memory`, `configuration_limit_exceeded`).
const APART: &[&str] = &["25001", "55P04", "2D000", "55006", "53200", "53400"];

/// An object that a statement names is not there.
const UNDEFINED: &str = "42704";

/// Why a script was not carried out.
pub(super) enum Failure {
    Refused(Refused),
    /// It has to be done statement by statement, in a database that is as it was before.
    NotTogether,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Carries out a script over a connection to the database.
pub(super) fn run(
    connection: &mut Connection,
    script: &Script,
    databases: &mut Databases,
    is_own: bool,
    manner: Manner,
    patience: &Patience<'_>,
) -> Result<(), Failure> {
    let user = connection.user().to_owned();
    let server = Server {
        version: connection.version,
        user: &user,
        is_own,
        standard: connection.standard_strings,
    };
    let whole = Whole(script);
    let plan = Plan::new(&script.text, databases, &server, manner).map_err(|wrong| {
        let doing = whole.doing(wrong.part.at, &excerpt(wrong.part.text, None));
        Refused::new(doing, Reason::Said(wrong.reason))
    })?;
    let around = |connection: &mut Connection, statement: &str| {
        let done = connection.execute(statement, patience);
        done.map_err(|problem| {
            problem.stops(whole.at_end(&format!("{statement}, which follows it")))
        })
    };
    // The message shows the statement that fails; the log is not the place for all that was sent with it.
    let mut before = vec![];
    if is_own {
        before.push("SET log_min_error_statement = panic");
    }
    if plan.is_transaction {
        before.push("BEGIN");
    }
    around(connection, &before.join("; "))?;
    for unit in &plan.units {
        let standard = connection.standard_strings;
        let done = connection.execute_with(&unit.text, unit.data.map(|data| data.text), patience);
        if let Err(problem) = done {
            let is_together = plan.is_transaction || manner == Manner::Known;
            if is_together && APART.iter().any(|code| problem.has_code(code)) {
                return Err(Failure::NotTogether);
            }
            let place = script::place(&script.text, unit, &problem, standard);
            let advice = whole.missing_roles(connection, &problem, patience);
            return Err(whole.failed(&place, &problem, advice).into());
        }
    }
    if plan.is_transaction {
        around(connection, "COMMIT")?;
    }
    // What it has not committed would be lost without a word.
    if connection.in_transaction {
        let reason = "it leaves a transaction open, which would be lost";
        let doing = whole.at_end("the end of the script");
        return Err(Refused::new(doing, Reason::Said(reason.into())).into());
    }
    // It may have changed what a statement means, as pg_dump's do with the search path, or have taken a role.
    around(connection, "DISCARD ALL")?;
    Ok(())
}

/// A whole script, for what is said of it.
struct Whole<'a>(&'a Script);

impl Whole<'_> {
    fn doing(&self, at: usize, statement: &str) -> Doing {
        Doing::Migration {
            file: self.0.file.clone(),
            line: self.0.line + line(&self.0.text, at) - 1,
            statement: statement.into(),
        }
    }

    fn at_end(&self, statement: &str) -> Doing {
        self.doing(self.0.text.trim_end().len(), statement)
    }

    fn failed(&self, place: &Place<'_>, problem: &Problem, advice: Option<String>) -> Refused {
        let blamed = problem.position.and(place.at.checked_sub(place.start));
        let mut refused = problem.stops(self.doing(place.at, &excerpt(place.statement, blamed)));
        let advice = advice.into_iter().map(|text| Remark {
            label: Label::ToDo,
            text,
        });
        refused.remarks.extend(advice);
        refused
    }

    /// What to do about roles that the script speaks of and that do not exist, if it is that which the server complains of.
    fn missing_roles(
        &self,
        connection: &Connection,
        problem: &Problem,
        patience: &Patience<'_>,
    ) -> Option<String> {
        let missing = problem.text.split_once("role \"")?.1.split_once('"')?.0;
        if !problem.has_code(UNDEFINED) {
            return None;
        }
        let mut roles = script::named(&self.0.text);
        roles.insert(missing.into());
        let rows: Vec<_> = roles
            .iter()
            .map(|role| format!("({})", text(role)))
            .collect();
        let query = format!(
            "SELECT name FROM (VALUES {}) AS t (name) WHERE name NOT IN (SELECT rolname FROM pg_roles) ORDER BY 1",
            rows.join(", ")
        );
        // The transaction of this connection has failed.
        let asked = connection
            .another("postgres", patience)
            .and_then(|mut other| other.texts(&query, patience));
        let names = asked.unwrap_or_else(|_| vec![missing.into()]);
        let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
        Some(format!(
            "create what is missing with `roles = [{}]`, or dump with `--no-owner --no-privileges`",
            names.join(", ")
        ))
    }
}
