//! Tokens that show the user's and that nothing of the user's can meet.

use proc_macro2::{Ident, Span};

/// A span that shows the user's token and resolves as ours.
pub(crate) fn generated(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The variable that holds the instance of the fixture `name`.
pub(crate) fn variable(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__fixtured_{name}"), generated(span))
}
