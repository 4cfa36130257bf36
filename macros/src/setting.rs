//! One option of a daemon, as syntax.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Error, Expr, Ident, LitStr, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    token,
};

use crate::hygiene::generated;

/// `key = expr`, `key(expr, …)`, or `key(K = expr, …)` as the argument `[("K", expr), …]`.
pub(crate) struct Setting {
    pub(crate) key: Ident,
    pub(crate) argument: TokenStream,
}

impl Parse for Setting {
    fn parse(input: ParseStream) -> Result<Self> {
        let key: Ident = input.parse()?;
        if input.peek(token::Paren) {
            let argument = in_parentheses(input)?;
            return Ok(Self { key, argument });
        }
        if !input.peek(Token![=]) {
            let message = format!("missing value for `{key}`: write `{key} = …`");
            return Err(Error::new(key.span(), message));
        }
        input.parse::<Token![=]>()?;
        let argument = input.parse::<Expr>()?.into_token_stream();
        Ok(Self { key, argument })
    }
}

/// Takes the one setting with this key out of them, if there is one.
pub(crate) fn take(settings: &mut Vec<Setting>, wanted: &str) -> Result<Option<Setting>> {
    let Some(at) = settings.iter().position(|setting| setting.key == wanted) else {
        return Ok(None);
    };
    let setting = settings.remove(at);
    match settings.iter().find(|setting| setting.key == wanted) {
        None => Ok(Some(setting)),
        Some(second) => {
            let message = format!("duplicate `{wanted}`: remove one of them");
            Err(Error::new(second.key.span(), message))
        }
    }
}

/// `daemon.key(argument)…`
pub(crate) fn with_settings(daemon: TokenStream, settings: &[Setting]) -> TokenStream {
    settings.iter().fold(daemon, |daemon, Setting { key, argument }| {
        quote_spanned!(generated(key.span())=> #daemon.#key(#argument))
    })
}

fn in_parentheses(input: ParseStream) -> Result<TokenStream> {
    let content;
    let parentheses = parenthesized!(content in input);
    // A name is followed by one `=`, an expression by anything else.
    let names = content.is_empty() || content.peek2(Token![=]) && !content.peek2(Token![==]);
    if !names {
        let arguments = content.parse_terminated(Expr::parse, Token![,])?;
        return Ok(arguments.into_token_stream());
    }
    let pairs = content.parse_terminated(pair, Token![,])?;
    Ok(quote_spanned!(parentheses.span.join()=> [#pairs]))
}

fn pair(input: ParseStream) -> Result<TokenStream> {
    let name = if input.peek(LitStr) {
        input.parse::<LitStr>()?
    } else {
        let name = input.call(Ident::parse_any)?;
        LitStr::new(&name.unraw().to_string(), name.span())
    };
    input.parse::<Token![=]>()?;
    let value: Expr = input.parse()?;
    Ok(quote!((#name, #value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::text;

    fn check(setting: &str, expected: &str) {
        let found = match syn::parse_str(setting) {
            Ok(Setting { key, argument }) => format!("{key}: {}", text(argument)),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_value_is_any_expression() {
        check("port = a::<b, c>(1) + 2", "port: a :: < b , c > ( 1 ) + 2");
    }

    #[test]
    fn pairs_are_a_list() {
        check(
            r##"env(A = "1", r#type = B)"##,
            r#"env: [ ( "A" , "1" ) , ( "type" , B ) ]"#,
        );
        check(
            r#"headers("X-Y" = "z",)"#,
            r#"headers: [ ( "X-Y" , "z" ) , ]"#,
        );
    }

    #[test]
    fn several_values_are_several_arguments() {
        check(
            r#"setting("work_mem", concat!("5", "MB"))"#,
            r#"setting: "work_mem" , concat ! ( "5" , "MB" )"#,
        );
        check("limit(1 == 2)", "limit: 1 = = 2");
    }

    #[test]
    fn a_key_has_a_value() {
        check(
            "sentinel",
            "missing value for `sentinel`: write `sentinel = …`",
        );
    }
}
