//! Roles that scripts speak of.

use std::collections::BTreeSet;

use super::lexer::{Kind, Lexer};
use super::pieces::{Piece, Pieces};
use super::statement::{Statement, unquoted};

/// What owners and grants call no role of their own.
const NONE: &[&str] = &["public", "current_user", "session_user", "current_role"];

/// The roles that a script gives something to.
pub(in crate::isolation::postgres) fn named(script: &str) -> BTreeSet<String> {
    Pieces::new(script, true)
        .filter_map(|piece| match piece {
            Piece::Statement(statement) => receiver(&statement),
            _ => None,
        })
        .filter(|name| !NONE.contains(&name.as_str()))
        .collect()
}

/// The role that follows `OWNER TO`, or the `TO` of a grant.
fn receiver(statement: &Statement<'_>) -> Option<String> {
    let head = &statement.head;
    let grants = head.begins(&["grant"])
        || head.begins(&["revoke"])
        || head.begins(&["alter", "default", "privileges"]);
    if !grants && !head.has(&["owner", "to"]) {
        return None;
    }
    let mut words = Lexer::new(statement.text, 0, true)
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Name));
    let word = |text: &str, wanted: &[&str]| {
        wanted
            .iter()
            .any(|wanted| text.eq_ignore_ascii_case(wanted))
    };
    words.find(|token| word(token.text, &["to"]) || grants && word(token.text, &["from"]))?;
    Some(unquoted(words.next()?.text))
}
