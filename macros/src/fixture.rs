//! What one attribute starts: its name, the call that defines it, and its scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, LitStr, Path, Result, ext::IdentExt};

use crate::{
    attribute::Written,
    parse::{Definition, Subject},
    placeholder::Owner,
    program::program,
    setting::Setting,
};

pub(crate) struct Fixture {
    /// How parameters, placeholders and messages call it.
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The expression that gives the daemon, its placeholders as the user wrote them.
    pub(crate) daemon: TokenStream,
    pub(crate) scope: Option<Scope>,
    pub(crate) owner: Owner,
}

#[derive(Clone, Copy)]
pub(crate) enum Scope {
    Session,
    Test,
}

impl Fixture {
    pub(crate) fn new(written: &Written) -> Result<Self> {
        let mut definition = written.parse()?;
        let scope = take_scope(&mut definition.settings)?;
        let Definition {
            subject,
            alias,
            settings,
            span,
        } = definition;
        let mut fixture = match subject {
            Subject::Program(command) => program(command, settings, alias, span)?,
            Subject::Daemon(path) => declared(&path, &settings, alias, span),
        };
        fixture.scope = scope.or(fixture.scope);
        Ok(fixture)
    }

    /// The variable that holds the instance, which no token of the user can name.
    pub(crate) fn variable(name: &str, span: Span) -> Ident {
        Ident::new(&format!("__fixtured_{name}"), generated(span))
    }
}

/// A span that shows the user's token and resolves as ours.
pub(crate) fn generated(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// `daemon.key(argument)…`
pub(crate) fn with_settings(daemon: TokenStream, settings: &[Setting]) -> TokenStream {
    settings.iter().fold(daemon, |daemon, Setting { key, argument }| {
        quote_spanned!(generated(key.span())=> #daemon.#key(#argument))
    })
}

fn declared(path: &Path, settings: &[Setting], alias: Option<Ident>, span: Span) -> Fixture {
    let at = generated(span);
    let call = quote_spanned!(at=> ());
    let daemon = match path.get_ident() {
        Some(name) => {
            let module = quote_spanned!(at=> ::fixtured::daemons);
            quote!(#module::#name #call)
        }
        None => quote!(#path #call),
    };
    let last = path.segments.last().map(|segment| &segment.ident);
    let name = alias.as_ref().or(last).map(|name| name.unraw().to_string());
    Fixture {
        name: name.unwrap_or_default(),
        span: alias.map_or(span, |alias| alias.span()),
        daemon: with_settings(daemon, settings),
        scope: None,
        owner: Owner::Daemon,
    }
}

fn take_scope(settings: &mut Vec<Setting>) -> Result<Option<Scope>> {
    let Some(at) = settings.iter().position(|setting| setting.key == "scope") else {
        return Ok(None);
    };
    let Setting { key, argument } = settings.remove(at);
    if let Some(second) = settings.iter().find(|setting| setting.key == "scope") {
        return Err(Error::new(
            second.key.span(),
            "a fixture has one scope: remove one `scope`",
        ));
    }
    let Ok(literal) = syn::parse2::<LitStr>(argument) else {
        return Err(Error::new(
            key.span(),
            format!("a scope is a string: {SCOPES}"),
        ));
    };
    match &*literal.value() {
        "session" => Ok(Some(Scope::Session)),
        "test" => Ok(Some(Scope::Test)),
        other => Err(Error::new(
            literal.span(),
            format!("no scope is called `{other}`: {SCOPES}"),
        )),
    }
}

const SCOPES: &str = "write `scope = \"session\"` (shared by the test run) or `scope = \"test\"` \
                      (a server of the test's own)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attribute::Kind,
        text::{text, written},
    };

    fn check(arguments: &str, expected: &str) {
        let found = match Fixture::new(&written(Kind::Fixture, arguments)) {
            Ok(Fixture { name, daemon, .. }) => format!("{name}: {}", text(daemon)),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_bare_name_is_a_daemon_of_the_crate() {
        check("redis", "redis: :: fixtured :: daemons :: redis ( )");
    }

    #[test]
    fn a_path_is_the_users_own_function() {
        check("crate::a::b", "b: crate :: a :: b ( )");
        check("self::b as c", "c: self :: b ( )");
    }

    #[test]
    fn every_key_but_scope_is_a_method() {
        check(
            "self::b, password = \"x\", scope = \"test\", env(A = 1)",
            "b: self :: b ( ) . password ( \"x\" ) . env ( [ ( \"A\" , 1 ) ] )",
        );
    }

    #[test]
    fn scopes_are_two() {
        check(
            "redis, scope = \"tets\"",
            &format!("no scope is called `tets`: {SCOPES}"),
        );
        check(
            "redis, scope = Test",
            &format!("a scope is a string: {SCOPES}"),
        );
        check(
            "redis, scope = \"test\", scope = \"test\"",
            "a fixture has one scope: remove one `scope`",
        );
    }
}
