//! MailDev: tests have mail domains.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::{Server, named};
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// What the domains of all tests end with: a name that is nobody's (<https://www.rfc-editor.org/rfc/rfc2606>).
const END: &str = ".test";

/// The HTTP API of a server (<https://github.com/maildev/maildev/blob/master/docs/rest.md>).
#[derive(Debug)]
pub(in crate::isolation) struct Maildev(Api);

impl Server for Maildev {
    fn part() -> &'static str {
        "mail domain"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes).with_login(databases))
    }

    /// A domain exists as soon as it is used; but the server must be there, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let read = self.0.demand_json("GET /api/email?limit=1", b"", patience);
        read.map(drop)
            .map_err(|problem| problem.refuses(format!("read messages to {}", domain(name))))
    }

    fn values(&self, name: &str) -> BTreeMap<String, String> {
        named(domain(name))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let messages = self.messages(patience)?;
        let messages = messages
            .iter()
            .filter(|message| names(message).contains(name));
        let ids: Vec<_> = messages.filter_map(|message| message.get("id")).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let delete = json!({ "ids": ids }).to_string();
        self.0
            .demand("POST /api/email/delete", delete.as_bytes(), patience)
            .map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let messages = self.messages(patience)?;
        Ok(messages.iter().flat_map(names).collect())
    }
}

impl Maildev {
    fn messages(&self, patience: &Patience<'_>) -> Result<Vec<Value>, Problem> {
        match self.0.demand_json("GET /api/email", b"", patience)? {
            Value::Array(messages) => Ok(messages),
            _ => Ok(Vec::new()),
        }
    }
}

/// The domain of the test that has this name. Domains have no underscores.
fn domain(name: &str) -> String {
    name.replace('_', "-") + END
}

/// The names of the tests that a message has been sent to.
fn names(message: &Value) -> BTreeSet<String> {
    let recipients = message.pointer("/envelope/to").and_then(Value::as_array);
    let addresses = recipients.into_iter().flatten();
    let addresses = addresses.filter_map(|it| it.get("address")?.as_str());
    let domains = addresses.filter_map(|address| address.rsplit_once('@')?.1.strip_suffix(END));
    domains.map(|domain| domain.replace('-', "_")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_belongs_to_the_tests_among_its_recipients() {
        let message = json!({ "envelope": { "to": [
            { "address": format!("ada@{}", domain("t_a__b_1")) },
            { "address": "bob@example.com" },
        ] } });
        assert_eq!(names(&message), BTreeSet::from(["t_a__b_1".to_owned()]));
    }
}
