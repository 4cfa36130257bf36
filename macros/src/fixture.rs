//! What one attribute starts: its name, the call that defines it, and its scope.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Path, Result, ext::IdentExt};

use crate::{
    attribute::Written,
    hygiene::generated,
    parse::{Definition, Subject},
    placeholder::Owner,
    program::Program,
    scope::Scope,
    setting::{Setting, with_settings},
    wire::wired,
};

pub(crate) struct Fixture {
    /// How parameters, placeholders and messages call it.
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The expression that gives the daemon, its placeholders as the user wrote them.
    pub(crate) daemon: TokenStream,
    pub(crate) scope: Option<Scope>,
    pub(crate) wired: bool,
    pub(crate) owner: Owner,
}

impl Fixture {
    pub(crate) fn new(written: &Written) -> Result<Self> {
        let Definition {
            subject,
            alias,
            mut settings,
            span,
        } = written.parse()?;
        let scope = Scope::take(&mut settings)?;
        let wired = wired(&mut settings)?;
        let fixture = match subject {
            Subject::Program(command) => {
                let program = Program::new(command, settings, span)?;
                let scope = scope.unwrap_or(Scope::Test);
                running(program, alias, span, scope)
            }
            Subject::Daemon(path) => declared(&path, &settings, alias, span, scope),
        };
        if wired && fixture.owner == Owner::External {
            let message = "a wire needs a program to start: add a command, or remove `wire`";
            return Err(Error::new(span, message));
        }
        Ok(Self { wired, ..fixture })
    }
}

fn running(program: Program, alias: Option<Ident>, span: Span, scope: Scope) -> Fixture {
    let Program {
        name,
        daemon,
        owner,
    } = program;
    let mut fixture = Fixture {
        name,
        span,
        daemon,
        scope: Some(scope),
        wired: false,
        owner,
    };
    if let Some(alias) = alias {
        let (name, daemon) = (alias.unraw().to_string(), fixture.daemon);
        // The runtime would call it by what it runs.
        fixture.daemon = quote_spanned!(generated(span)=> #daemon.named(#name));
        fixture.name = name;
        fixture.span = alias.span();
    }
    fixture
}

fn declared(
    path: &Path,
    settings: &[Setting],
    alias: Option<Ident>,
    span: Span,
    scope: Option<Scope>,
) -> Fixture {
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
        scope,
        wired: false,
        owner: Owner::Daemon,
    }
}

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
    fn what_runs_elsewhere_has_no_wire() {
        let elsewhere = written(Kind::WithDaemon, "tcp = \"localhost:1\", wire = true");
        let error = Fixture::new(&elsewhere)
            .err()
            .map(|error| error.to_string());
        let wanted = "a wire needs a program to start: add a command, or remove `wire`";
        assert_eq!(error.as_deref(), Some(wanted));
    }

    #[test]
    fn every_key_but_scope_and_wire_is_a_method() {
        check(
            "self::b, password = \"x\", scope = \"test\", wire = true, env(A = 1)",
            "b: self :: b ( ) . password ( \"x\" ) . env ( [ ( \"A\" , 1 ) ] )",
        );
    }
}
