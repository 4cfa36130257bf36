//! Where in a script something has failed.

use super::lexer::Lexer;
use super::pieces::{Piece, Pieces};
use super::unit::Unit;
use crate::isolation::problem::Problem;

/// A place of a script.
#[derive(Debug, PartialEq)]
pub(in crate::isolation::postgres) struct Place<'a> {
    /// The place itself.
    pub(in crate::isolation::postgres) at: usize,
    /// The statement, and where it begins.
    pub(in crate::isolation::postgres) statement: &'a str,
    pub(in crate::isolation::postgres) start: usize,
}

/// The place of a problem with a part of a script, which was sent as it is, or not.
pub(in crate::isolation::postgres) fn place<'a>(
    script: &'a str,
    unit: &Unit<'a>,
    problem: &Problem,
    standard: bool,
) -> Place<'a> {
    let text = script.get(unit.at..unit.end).unwrap_or_default();
    let statements: Vec<_> = Pieces::new(text, standard)
        .filter_map(|piece| match piece {
            Piece::Statement(statement) => Some((statement.at, statement.text)),
            _ => None,
        })
        .collect();
    let at = problem
        .position
        .filter(|_| unit.is_exact())
        .and_then(|position| {
            let (at, _) = text.char_indices().nth(position.saturating_sub(1))?;
            Some(at)
        });
    let chosen = match at {
        Some(at) => statements.iter().rfind(|(start, _)| *start <= at),
        None => statements.get(problem.done).or(statements.last()),
    };
    let (start, statement) = chosen.copied().unwrap_or((0, text));
    let inside = || {
        unit.data_line(problem)
            .or_else(|| of_block(statement, problem).map(|at| unit.at + start + at))
    };
    let at = at.map(|at| unit.at + at).or_else(inside);
    Place {
        at: at.unwrap_or(unit.at + start),
        statement,
        start: unit.at + start,
    }
}

/// The line of a block of code, which the server counts from its quote.
fn of_block(statement: &str, problem: &Problem) -> Option<usize> {
    let context = problem.context()?.lines().last()?;
    let line = context.strip_prefix("PL/pgSQL function inline_code_block line ")?;
    let line: usize = line.split(' ').next()?.parse().ok()?;
    let code = Lexer::new(statement, 0, true).find(|token| token.text.starts_with('$'))?;
    let ends = code.text.match_indices('\n');
    let before = ends.take(line.checked_sub(1)?).last();
    Some(code.at + before.map_or(0, |(end, _)| end + 1))
}
