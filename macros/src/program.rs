//! What `#[with_daemon]` starts, and which of its keys go together.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, Result};

use crate::{
    placeholder::Owner,
    setting::{Setting, with_settings},
    source::{Source, is_address},
};

pub(crate) struct Program {
    pub(crate) name: String,
    /// The expression that gives the daemon.
    pub(crate) daemon: TokenStream,
    pub(crate) owner: Owner,
}

impl Program {
    pub(crate) fn new(
        command: Option<TokenStream>,
        mut settings: Vec<Setting>,
        span: Span,
    ) -> Result<Self> {
        let source = Source::take(command, &mut settings, span)?;
        check_keys(&source, &settings)?;
        let (head, owner) = source.constructor(span);
        Ok(Self {
            name: source.name(),
            daemon: with_settings(head, &settings),
            owner,
        })
    }
}

fn check_keys(source: &Source, settings: &[Setting]) -> Result<()> {
    let mut ready = settings.iter().filter(|setting| is_readiness(&setting.key));
    let (first, second) = (ready.next(), ready.next());
    if let (Some(first), Some(second)) = (first, second) {
        let message = format!(
            "more than one readiness condition: remove `{}` or `{}`",
            first.key, second.key
        );
        return Err(Error::new(second.key.span(), message));
    }
    let has_http = first.is_some_and(|setting| setting.key == "http");
    for Setting { key, .. } in settings {
        if !has_http && OF_HTTP.iter().any(|name| key == name) {
            let message = format!("`{key}` requires `http`: add `http = \"http://…\"`");
            return Err(Error::new(key.span(), message));
        }
        if key == "args" && !matches!(source, Source::Bin(_)) {
            let message = "`args` requires `bin`: add the arguments to the command instead";
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
            "more than one readiness condition: remove `tcp` or `output`",
        );
        check_program(
            r#""a", status = 200"#,
            "`status` requires `http`: add `http = \"http://…\"`",
        );
        check_program(
            r#""a", args = ["b"]"#,
            "`args` requires `bin`: add the arguments to the command instead",
        );
    }
}
