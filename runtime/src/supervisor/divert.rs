//! Turning a copy of the test binary into the supervisor, before its `main`.

use super::assignment::{Assignment, VARIABLE};
use super::{origin, server};
use crate::process::forget_variable;

ctor::declarative::ctor! {
    #[ctor(unsafe)]
    fn divert() {
        origin::note();
        let Some(text) = std::env::var_os(VARIABLE) else { return };
        let Some(assignment) = Assignment::from_text(&text) else { return };
        // Nothing that is started from here may take itself for the supervisor.
        forget_variable(VARIABLE);
        server::main(assignment);
    }
}
