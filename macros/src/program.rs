//! What `#[with_daemon]` starts, and which of its keys go together.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, Result, ext::IdentExt};

use crate::{
    fixture::{Fixture, Scope, generated, with_settings},
    setting::Setting,
    source::{Source, is_address},
};

pub(crate) fn program(
    command: Option<TokenStream>,
    mut settings: Vec<Setting>,
    alias: Option<Ident>,
    span: Span,
) -> Result<Fixture> {
    let source = Source::take(command, &mut settings, span)?;
    check_keys(&source, &settings)?;
    let (head, owner) = source.constructor(span);
    let mut fixture = Fixture {
        name: source.name(),
        span,
        daemon: with_settings(head, &settings),
        scope: Some(Scope::Test),
        owner,
    };
    if let Some(alias) = alias {
        let (name, daemon) = (alias.unraw().to_string(), fixture.daemon);
        // The runtime would call it by what it runs.
        fixture.daemon = quote_spanned!(generated(span)=> #daemon.named(#name));
        fixture.name = name;
        fixture.span = alias.span();
    }
    Ok(fixture)
}

fn check_keys(source: &Source, settings: &[Setting]) -> Result<()> {
    let mut ready = settings.iter().filter(|setting| is_readiness(&setting.key));
    let (first, second) = (ready.next(), ready.next());
    if let (Some(first), Some(second)) = (first, second) {
        let message = format!(
            "a daemon has one readiness condition: remove `{}` or `{}`",
            first.key, second.key
        );
        return Err(Error::new(second.key.span(), message));
    }
    let has_http = first.is_some_and(|setting| setting.key == "http");
    for Setting { key, .. } in settings {
        if !has_http && OF_HTTP.iter().any(|name| key == name) {
            let message =
                format!("`{key}` is about an HTTP request: write `http = \"http://…\"` too");
            return Err(Error::new(key.span(), message));
        }
        if key == "args" && !matches!(source, Source::Bin(_)) {
            let message = "`args` goes with `bin`: write the arguments into the command";
            return Err(Error::new(key.span(), message));
        }
    }
    Ok(())
}

const OF_HTTP: [&str; 5] = ["status", "method", "headers", "payload", "request_timeout"];

fn is_readiness(key: &Ident) -> bool {
    is_address(key) || key == "output" || key == "pid_file"
}

#[cfg(test)]
mod tests {
    use crate::text::check_program;

    #[test]
    fn keys_that_do_not_go_together() {
        check_program(
            r#""a", tcp = "b", output = "c""#,
            "a daemon has one readiness condition: remove `tcp` or `output`",
        );
        check_program(
            r#""a", status = 200"#,
            "`status` is about an HTTP request: write `http = \"http://…\"` too",
        );
        check_program(
            r#""a", args = ["b"]"#,
            "`args` goes with `bin`: write the arguments into the command",
        );
    }
}
