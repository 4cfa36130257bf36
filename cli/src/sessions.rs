//! The sessions of this user, as commands name them.

use fixtured::__command_line::{LiveSession, live};

use crate::failure::Failure;

/// What a session is called: the number of its runner, or where that is not known, its name.
pub(crate) fn name(session: &LiveSession) -> String {
    let runner = session.overview.as_ref().map(|overview| overview.runner);
    runner.map_or_else(|| session.name.clone(), |runner| runner.to_string())
}

/// The session that is called so; the numbers of its runner and of its supervisor do too.
pub(crate) fn named(word: &str) -> Option<LiveSession> {
    live().into_iter().find(|session| {
        [
            &name(session),
            &session.name,
            &session.supervisor.to_string(),
        ]
        .contains(&&word.to_owned())
    })
}

/// The session of this name; without one, the only one that there is.
pub(crate) fn chosen(word: Option<&str>) -> Result<LiveSession, Failure> {
    if let Some(word) = word {
        return named(word)
            .ok_or_else(|| Failure::new(format!("no session `{word}`; {}", known())));
    }
    let mut all = live();
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Failure::new(known())),
        _ => Err(Failure::new(format!("specify a session; {}", known()))),
    }
}

/// The running sessions, for messages.
pub(crate) fn known() -> String {
    let names: Vec<_> = live().iter().map(|it| format!("`{}`", name(it))).collect();
    match names.is_empty() {
        true => "no session is running".into(),
        false => format!("running sessions: {}", names.join(", ")),
    }
}
