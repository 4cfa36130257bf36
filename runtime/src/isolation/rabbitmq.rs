//! RabbitMQ with its management API: tests have virtual hosts.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// What the user may do in a virtual host of a test.
const EVERYTHING: &[u8] = br#"{"configure":".*","write":".*","read":".*"}"#;

/// The management API of a broker (<https://www.rabbitmq.com/docs/http-api-reference>).
#[derive(Debug)]
pub(in crate::isolation) struct Rabbitmq {
    api: Api,
    user: String,
}

impl Server for Rabbitmq {
    fn part() -> &'static str {
        "virtual host"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        let user = utf8_percent_encode(&databases.user, NON_ALPHANUMERIC);
        Self {
            api: Api::new(databases, processes).with_login(databases),
            user: user.to_string(),
        }
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let create = format!("PUT /api/vhosts/{name}");
        let permit = format!("PUT /api/permissions/{name}/{}", self.user);
        for (what, body) in [(create, &b""[..]), (permit, EVERYTHING)] {
            let done = self.api.demand(&what, body, patience);
            done.map_err(|problem| problem.refuses(what))?;
        }
        Ok(())
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let delete = format!("DELETE /api/vhosts/{name}");
        self.api.remove(&delete, b"", patience)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let hosts = self.api.demand_json("GET /api/vhosts", b"", patience)?;
        let hosts = hosts.as_array().into_iter().flatten();
        let names = hosts.filter_map(|host| host.get("name")?.as_str());
        Ok(names.map(Into::into).collect())
    }
}
