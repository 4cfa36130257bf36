//! What the supervisor has granted to a client: a daemon or a part of one.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use super::clients::Client;
use super::relay::Wire;
use crate::error::Cause;
use crate::hold::{How, WireOrder};
use crate::instance::{Direct, Facts, Stream};
use crate::isolation::Isolated;
use crate::log::Log;
use crate::startup::Running;

/// A client's hold on a daemon, from its request until it releases it or disconnects.
pub(super) struct Grant {
    /// What its connections go through, which are closed before the rest is released.
    pub(super) wire: Option<Wire>,
    pub(super) running: Arc<Running>,
    /// Whether the daemon is dedicated to the client.
    pub(super) own: bool,
    pub(super) client: Arc<Client>,
    /// Its part of the daemon, which is removed when this is dropped.
    pub(super) part: Isolated,
}

impl Grant {
    pub(super) fn running(&self) -> &Arc<Running> {
        &self.running
    }

    /// The daemon, if it is the client's own: what others use too cannot be stopped and started by one of them.
    pub(super) fn own(&self, doing: &str, process: Option<&str>) -> Result<&Arc<Running>, Cause> {
        if self.own {
            return Ok(&self.running);
        }
        let launch = &self.running.launch;
        let doing = match process {
            Some(_) => format!("{doing} processes of `{}`", launch.name),
            None => format!("{doing} `{}`", launch.name),
        };
        let reason = match launch.external {
            Some(_) => "it is an existing server; unset the variable that names it, and",
            None => "tests share it;",
        };
        let reason = format!("{reason} use `scope = \"test\"` for a dedicated server");
        Err(Cause::io(doing, reason))
    }

    /// Has its wire do this.
    pub(super) fn tell_wire(&self, order: WireOrder) -> Result<(), Cause> {
        let none = || {
            let doing = format!("use the wire of `{}`", self.running.launch.name);
            Cause::io(doing, "it has none; write `wire = true`")
        };
        self.wire.as_ref().ok_or_else(none)?.tell(order)
    }

    /// The names of other tests that have used the daemon since this one got it. Clients that hold the whole daemon are not tests.
    pub(super) fn beside(&self) -> Vec<String> {
        match self.own {
            true => Vec::new(),
            false => self.client.beside(),
        }
    }

    /// Releases what the client held. A dedicated daemon is stopped and forgotten; a part of a shared one is removed.
    pub(super) fn release(self, how: &How, client: Option<BorrowedFd<'_>>) -> Result<(), Cause> {
        if !self.own {
            return Ok(());
        }
        let stopped = self.running.stop(how, client);
        self.running.logs.remove();
        stopped
    }
}

/// What a client is told about a daemon in which these values are its own, and which it reaches through this wire, if there is one.
pub(super) fn facts(
    running: &Running,
    values: &BTreeMap<String, String>,
    wire: Option<&Wire>,
) -> Facts {
    let Running { launch, logs, .. } = running;
    let mut place = running.place.clone();
    place.values.extend(values.clone());
    let mut variables = launch.variables.clone();
    let direct = wire.map(|wire| {
        let direct = Direct {
            url: place.fill(&launch.url),
            ports: place.ports.clone(),
        };
        place.wired.clone_from(wire.ports());
        place.values.extend(launch.over_wire.values.clone());
        variables.extend(launch.over_wire.variables.clone());
        direct
    });
    let (output, errors) = running.streams();
    Facts {
        name: launch.name.clone(),
        own: false,
        url: place.fill(&launch.url),
        host: place.fill(&launch.host),
        ports: wire.map_or(&place.ports, Wire::ports).clone(),
        direct,
        dir: place.dir.clone(),
        log: logs.main().path().into(),
        logs: logs.all().map(position).collect(),
        pid: running.pid(),
        values: place
            .values
            .iter()
            .map(|(name, value)| (name.clone(), place.fill(value)))
            .collect(),
        variables: variables
            .iter()
            .map(|(name, value)| (name.clone(), place.fill(value)))
            .collect(),
        cli_variables: launch
            .cli_variables
            .iter()
            .map(|(name, value)| (name.clone(), place.fill(value)))
            .collect(),
        output,
        errors,
        advice: launch.advice.clone(),
        notes: running.take_notes(),
        banner: running.banner(),
    }
}

/// How far a process has written its log.
fn position(log: &Log) -> (String, Stream) {
    let stream = Stream {
        path: log.path().into(),
        from: log.length(),
    };
    (log.process().into(), stream)
}
