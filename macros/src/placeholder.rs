//! `{NAME.method}` in the strings of an attribute: a value of another fixture of the same test.
//!
//! `{port}`, `{dir}` and all other braces are for the runtime, which knows the values.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Lit, LitStr, Result};

use crate::hygiene::{generated, variable};

/// Whose strings they are, which decides what a placeholder may name.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Owner {
    /// An option of a daemon: what names no fixture is ordinary text.
    Daemon,
    /// A command or its options: what looks like a placeholder is meant to be one.
    Program,
    /// The address of a server that is not ours, so it has no port and no directory from us.
    External,
}

/// Tokens in which the placeholders are calls.
pub(crate) struct Filled {
    pub(crate) tokens: TokenStream,
    pub(crate) needs: Vec<Need>,
}

/// That a fixture must be ready before the one whose string this is.
pub(crate) struct Need {
    pub(crate) fixture: usize,
    pub(crate) span: Span,
}

/// Fills in the strings of one fixture, at any depth of its tokens; `names` are all fixtures'.
pub(crate) fn fill(tokens: TokenStream, owner: Owner, names: &[String]) -> Result<Filled> {
    let mut filled = Filled {
        tokens: TokenStream::new(),
        needs: Vec::new(),
    };
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let inner = fill(group.stream(), owner, names)?;
                let mut outer = Group::new(group.delimiter(), inner.tokens);
                outer.set_span(group.span());
                filled.tokens.extend([TokenTree::Group(outer)]);
                filled.needs.extend(inner.needs);
            }
            TokenTree::Literal(literal) => match Lit::new(literal) {
                Lit::Str(literal) => filled.push(literal, owner, names)?,
                other => other.to_tokens(&mut filled.tokens),
            },
            other => filled.tokens.extend([other]),
        }
    }
    Ok(filled)
}

impl Filled {
    fn push(&mut self, literal: LitStr, owner: Owner, names: &[String]) -> Result<()> {
        let (span, text) = (literal.span(), literal.value());
        let (braced, rest) = split(&text);
        let mut format = String::new();
        let mut values = Vec::new();
        for (before, inside) in braced {
            format.push_str(&escaped(before));
            let value = fixture_value(inside);
            let fixture = value.and_then(|(name, _)| names.iter().position(|known| known == name));
            if let (Some(fixture), Some((name, method))) = (fixture, value) {
                let instance = variable(name, span);
                // With the user's own span, rustc would suggest a method in place of the string.
                let method = Ident::new(method, generated(span));
                let call = quote_spanned!(generated(span)=> #instance.#method());
                values.push(
                    quote_spanned!(generated(span)=> ::fixtured::__private::Text::text(#call)),
                );
                self.needs.push(Need { fixture, span });
                format.push_str("{}");
            } else {
                check(inside, owner, names, span)?;
                format.push_str(&escaped(&format!("{{{inside}}}")));
            }
        }
        if values.is_empty() {
            literal.to_tokens(&mut self.tokens);
        } else {
            format.push_str(&escaped(rest));
            let format = LitStr::new(&format, span);
            // A method binds tighter than `&*` would, whatever the user has around the string.
            self.tokens.extend(quote_spanned! {generated(span)=>
                ::std::format!(#format, #(#values),*).as_str()
            });
        }
        Ok(())
    }
}

/// The innermost braces of a text, each with the text before it, and what is left after the last.
fn split(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut braced = Vec::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('}') {
        let Some((before, inside)) = head.rsplit_once('{') else {
            break;
        };
        braced.push((before, inside));
        rest = tail;
    }
    (braced, rest)
}

/// The two halves of `NAME.method`.
fn fixture_value(inside: &str) -> Option<(&str, &str)> {
    let (name, method) = inside.split_once('.')?;
    let is_identifier = |text: &str| syn::parse_str::<Ident>(text).is_ok();
    (is_identifier(name) && is_identifier(method)).then_some((name, method))
}

/// Refuses what a placeholder that names no fixture cannot mean.
fn check(inside: &str, owner: Owner, names: &[String], span: Span) -> Result<()> {
    let of_ours = inside == "dir" || inside == "port" || inside.starts_with("port:");
    let message = match (owner, fixture_value(inside)) {
        (Owner::External, _) if of_ours => format!(
            "`{{{inside}}}` needs a daemon to start: write the address of the running server, or \
             add a command"
        ),
        (Owner::Program | Owner::External, Some((name, _))) => format!(
            "no fixture named `{name}` in this test: add `#[fixture({name})]`, or use one of {}",
            listed(names),
        ),
        _ => return Ok(()),
    };
    Err(Error::new(span, message))
}

/// Names as a message shows them.
pub(crate) fn listed(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::text;

    fn check(tokens: &str, owner: Owner, expected: &str) {
        let names = ["postgres", "api"].map(str::to_owned);
        let found = match fill(tokens.parse().unwrap(), owner, &names) {
            Ok(filled) => text(filled.tokens),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn values_of_fixtures_are_formatted() {
        check(
            r#"[("URL", "{postgres.url}/x{2}"), 5]"#,
            Owner::Program,
            r#"[ ( "URL" , :: std :: format ! ( "{}/x{{2}}" , :: fixtured :: __private :: Text :: text ( __fixtured_postgres . url ( ) ) ) . as_str ( ) ) , 5 ]"#,
        );
        check(
            r#""{port} {postgres.host}:{api.port}""#,
            Owner::Program,
            r#":: std :: format ! ( "{{port}} {}:{}" , :: fixtured :: __private :: Text :: text ( __fixtured_postgres . host ( ) ) , :: fixtured :: __private :: Text :: text ( __fixtured_api . port ( ) ) ) . as_str ( )"#,
        );
    }

    #[test]
    fn other_braces_stay() {
        for text in [
            r#""{port} {port:admin} {dir}""#,
            r#""a{2}""#,
            r#""}{""#,
            r#""{{""#,
            r#""{1.5}""#,
            r##"r#"{"a": 1}"#"##,
            r#"b"{x.y}""#,
        ] {
            check(text, Owner::Program, text);
        }
        check(r#""{x.y}""#, Owner::Daemon, r#""{x.y}""#);
        check(r#""{x}""#, Owner::External, r#""{x}""#);
    }

    #[test]
    fn a_name_that_is_no_fixture_is_refused() {
        check(
            r#""{mysql.url}""#,
            Owner::Program,
            "no fixture named `mysql` in this test: add `#[fixture(mysql)]`, or use one of \
             `postgres`, `api`",
        );
    }

    #[test]
    fn what_is_not_started_has_no_port_of_ours() {
        check(
            r#""http://localhost:{port:admin}""#,
            Owner::External,
            "`{port:admin}` needs a daemon to start: write the address of the running server, or \
             add a command",
        );
    }
}
