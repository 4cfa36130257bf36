//! What the unit tests share: input from text, and tokens as text that can be compared.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use crate::attribute::{Kind, Written};
use crate::fixture::Fixture;

pub(crate) fn written(kind: Kind, arguments: &str) -> Written {
    Written {
        kind,
        arguments: arguments.parse().unwrap(),
        path: None,
        span: Span::call_site(),
    }
}

/// The tokens with one space between any two, so that neither layout nor spacing matters.
pub(crate) fn text(tokens: TokenStream) -> String {
    let mut words = Vec::new();
    flatten(tokens, &mut words);
    words.retain(|word| !word.is_empty());
    words.join(" ").replace(": :", "::")
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            other => words.push(other.to_string()),
        }
    }
}

/// Checks the name and the definition that an attribute gives a program, or its error.
pub(crate) fn check_program(arguments: &str, expected: &str) {
    let found = match Fixture::new(&written(Kind::WithDaemon, arguments)) {
        Ok(Fixture { name, daemon, .. }) => {
            let daemon = text(daemon).replace(":: fixtured :: daemons :: Program :: ", "");
            format!("{name}: {daemon}")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected);
}
