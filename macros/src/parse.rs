//! The grammar of both attributes: tokens in, syntax out. Nothing is checked here beyond its form.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{
    Error, Expr, ExprLit, Lit, LitStr, Path, Result, Token, Type,
    parse::{ParseStream, Parser},
    spanned::Spanned,
    token,
};

use crate::{
    attribute::{Kind, Written},
    setting::Setting,
};

/// One of our attributes, as syntax.
pub(crate) struct Definition {
    pub(crate) subject: Subject,
    pub(crate) alias: Option<Ident>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) span: Span,
}

/// What stands first in the attribute.
pub(crate) enum Subject {
    Daemon(Path),
    Program(Option<TokenStream>),
}

impl Written {
    /// The definition in this attribute.
    pub(crate) fn parse(&self) -> Result<Definition> {
        let grammar = |input: ParseStream| match self.kind {
            Kind::Fixture => fixture(input, self.span),
            Kind::WithDaemon => with_daemon(input, self.span),
        };
        grammar.parse2(self.arguments.clone())
    }
}

fn fixture(input: ParseStream, span: Span) -> Result<Definition> {
    if input.is_empty() {
        return Err(Error::new(
            span,
            "expected a daemon, as in `#[fixture(postgres)]`",
        ));
    }
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        let name = literal.value();
        let message = format!("expected a daemon without quotes, as in `#[fixture({name})]`");
        return Err(Error::new(literal.span(), message));
    }
    let path = input.call(Path::parse_mod_style)?;
    if input.peek(token::Paren) {
        let message = "unexpected parentheses: write the options after the daemon's name, \
                       as in `#[fixture(redis, password = \"s3cret\")]`";
        return Err(input.error(message));
    }
    let last = path.segments.last();
    let span = last.map_or(span, |segment| segment.ident.span());
    let mut definition = Definition {
        subject: Subject::Daemon(path),
        alias: None,
        settings: Vec::new(),
        span,
    };
    if input.peek(Token![as]) {
        definition.name(alias(input)?)?;
    }
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if !input.is_empty() {
            definition.settings.push(input.parse()?);
        }
    }
    Ok(definition)
}

fn with_daemon(input: ParseStream, span: Span) -> Result<Definition> {
    let mut definition = Definition {
        subject: Subject::Program(None),
        alias: None,
        settings: Vec::new(),
        span,
    };
    if input.peek(LitStr) || input.peek(token::Bracket) {
        let command = definition.without_alias(input.parse()?, true)?;
        definition.span = command.span();
        definition.subject = Subject::Program(Some(command.into_token_stream()));
        end_of_entry(input)?;
    }
    while !input.is_empty() {
        if input.peek(Token![as]) {
            definition.name(alias(input)?)?;
        } else {
            let mut setting: Setting = input.parse()?;
            if let Ok(value) = syn::parse2(setting.argument.clone()) {
                let is_command = setting.key == "command" || setting.key == "bin";
                setting.argument = definition
                    .without_alias(value, is_command)?
                    .into_token_stream();
            }
            definition.settings.push(setting);
        }
        end_of_entry(input)?;
    }
    Ok(definition)
}

impl Definition {
    fn name(&mut self, alias: Ident) -> Result<()> {
        if self.alias.is_some() {
            return Err(Error::new(
                alias.span(),
                "duplicate `as`: remove one of them",
            ));
        }
        self.alias = Some(alias);
        Ok(())
    }

    /// Takes `as NAME` off a value. It was read as a cast, which a string or a list never is.
    fn without_alias(&mut self, value: Expr, is_command: bool) -> Result<Expr> {
        let Expr::Cast(cast) = value else {
            return Ok(value);
        };
        let is_text = matches!(
            &*cast.expr,
            Expr::Array(_)
                | Expr::Lit(ExprLit {
                    lit: Lit::Str(_),
                    ..
                })
        );
        match &*cast.ty {
            Type::Path(name) if is_command || is_text => {
                self.name(name.path.require_ident()?.clone())?;
                Ok(*cast.expr)
            }
            _ => Ok(Expr::Cast(cast)),
        }
    }
}

fn alias(input: ParseStream) -> Result<Ident> {
    input.parse::<Token![as]>()?;
    input.parse()
}

fn end_of_entry(input: ParseStream) -> Result<()> {
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{text, written};

    fn check(kind: Kind, arguments: &str, expected: &str) {
        let found = match written(kind, arguments).parse() {
            Ok(definition) => shown(&definition),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    fn shown(definition: &Definition) -> String {
        let subject = match &definition.subject {
            Subject::Daemon(path) => text(path.to_token_stream()),
            Subject::Program(command) => command.clone().map(text).unwrap_or_default(),
        };
        let alias = definition.alias.iter().map(|alias| format!(" as {alias}"));
        let settings = definition
            .settings
            .iter()
            .map(|setting| format!("; {} {}", setting.key, text(setting.argument.clone())));
        subject + &alias.chain(settings).collect::<String>()
    }

    #[test]
    fn a_fixture_is_a_path_a_name_and_settings() {
        check(Kind::Fixture, "postgres", "postgres");
        check(Kind::Fixture, "crate::a::b as c", "crate :: a :: b as c");
        check(
            Kind::Fixture,
            "redis as cache, port = 1 + 2, password = \"x\",",
            "redis as cache; port 1 + 2; password \"x\"",
        );
    }

    #[test]
    fn a_program_is_a_command_a_name_and_settings() {
        check(Kind::WithDaemon, "\"a b\" as c", "\"a b\" as c");
        check(Kind::WithDaemon, "[\"a\", B] as c", "[ \"a\" , B ] as c");
        check(
            Kind::WithDaemon,
            "bin = \"a\" as c, shell = true",
            " as c; bin \"a\"; shell true",
        );
        check(Kind::WithDaemon, "command = A as c", " as c; command A");
        check(Kind::WithDaemon, "as c, http = \"a\"", " as c; http \"a\"");
        check(
            Kind::WithDaemon,
            "\"a\", expected_returncode = 3 as i32",
            "\"a\"; expected_returncode 3 as i32",
        );
    }

    #[test]
    fn mistakes_of_form() {
        check(
            Kind::Fixture,
            "",
            "expected a daemon, as in `#[fixture(postgres)]`",
        );
        check(
            Kind::Fixture,
            "\"redis\"",
            "expected a daemon without quotes, as in `#[fixture(redis)]`",
        );
        check(
            Kind::WithDaemon,
            "\"a\" as b, as c",
            "duplicate `as`: remove one of them",
        );
    }
}
