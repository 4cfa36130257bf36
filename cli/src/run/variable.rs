//! The environment variables that tell a command where the daemons are.

use std::collections::BTreeMap;

use fixtured::__command_line::Session;
use fixtured::Instance;
use fixtured::launch::Launch;

use super::asked::Asked;
use crate::called_as::CalledAs;

/// Variables, by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// What is exported for the daemons. Of variables that several daemons have, such as the URL, it is that of the last, as if each were run
/// inside the one before.
pub(crate) fn variables(
    asked: &Asked,
    session: &Session,
    instances: &[Instance<Launch>],
) -> Variables {
    let globals = &asked.globals;
    let prefix = &globals.prefix;
    let mut all = Variables::new();
    let mut urls = vec![globals.urls.clone()];
    if globals.lists_urls_of_prefix() {
        urls.push(format!("{prefix}_URLS"));
    }
    for (daemon, instance) in asked.daemons.iter().zip(instances) {
        let url = match globals.called_as {
            CalledAs::Pifpaf => instance.values().get("pifpaf_url").map(String::as_str),
            CalledAs::Fixtured => None,
        };
        let url = url.unwrap_or_else(|| instance.url());
        for name in daemon.names(globals.called_as) {
            all.insert(format!("{prefix}_{name}_URL"), url.into());
            if let Some(port) = instance.ports().get("") {
                all.insert(format!("{prefix}_{name}_PORT"), port.to_string());
            }
        }
        let own = instance.cli_variables();
        all.extend(
            own.iter()
                .map(|(name, value)| (format!("{prefix}_{name}"), value.clone())),
        );
        all.extend(instance.variables().clone());
        all.insert(format!("{prefix}_URL"), url.into());
        all.insert(
            format!("{prefix}_DATA"),
            instance.dir().display().to_string(),
        );
        all.insert(format!("{prefix}_DAEMON"), daemon.name.clone());
        for name in &urls {
            let before = all.get(name).cloned().or_else(|| std::env::var(name).ok());
            let before = before.filter(|before| !before.is_empty());
            let list = before.map_or_else(|| url.into(), |before| format!("{before};{url}"));
            all.insert(name.clone(), list);
        }
    }
    all.insert(format!("{prefix}_PID"), std::process::id().to_string());
    let (name, value) = session.variable();
    all.insert(name.into(), value);
    all
}
