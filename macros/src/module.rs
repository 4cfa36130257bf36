//! An attribute on a module, which means the same attribute on each test in it.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Result, Token,
    parse::{ParseStream, Parser},
    token,
};

use crate::{
    attribute::{Kind, Written},
    fixture::Fixture,
    item::{Module, starts_function},
    known,
};

pub(crate) fn apply(written: &Written, module: &Module) -> TokenStream {
    // A mistake in the attribute would be reported at each test, so it is looked for here, once.
    let (error, change): (_, &Change) = match Fixture::new(written) {
        Ok(_) => (None, &|attributes| {
            let ours = attribute(written);
            quote!(#ours #(#attributes)*)
        }),
        Err(error) => (Some(error.into_compile_error()), &|attributes| {
            let plain = attributes
                .iter()
                .filter(|attribute| known::is_plain(attribute));
            quote!(#[allow(dead_code)] #(#plain)*)
        }),
    };
    let content = changed(&module.content, change);
    let Module {
        attributes,
        visibility,
        ident,
        ..
    } = module;
    quote!(#error #(#attributes)* #visibility mod #ident #content)
}

/// What becomes of the attributes of a test.
type Change<'a> = dyn Fn(&[Attribute]) -> TokenStream + 'a;

fn attribute(written: &Written) -> TokenStream {
    let name = match written.kind {
        Kind::Fixture => "fixture",
        Kind::WithDaemon => "with_daemon",
    };
    let (name, arguments) = (Ident::new(name, Span::call_site()), &written.arguments);
    quote!(#[::fixtured::#name(#arguments)])
}

/// The content of a module with the attributes of its tests changed. Nothing else in it is read.
fn changed(content: &Group, change: &Change) -> Group {
    let items = |input: ParseStream| items(input, change);
    // What cannot be read here, rustc reports better.
    let tokens = items
        .parse2(content.stream())
        .unwrap_or_else(|_| content.stream());
    let mut group = Group::new(content.delimiter(), tokens);
    group.set_span(content.span());
    group
}

fn items(input: ParseStream, change: &Change) -> Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        if input.peek(Token![#]) && input.peek2(token::Bracket) {
            let attributes = input.call(Attribute::parse_outer)?;
            if attributes.iter().any(known::is_test) && starts_function(input) {
                tokens.extend(change(&attributes));
            } else {
                tokens.extend(quote!(#(#attributes)*));
            }
        } else if input.peek(Token![mod]) && input.peek3(token::Brace) {
            input.parse::<Token![mod]>()?.to_tokens(&mut tokens);
            input.parse::<Ident>()?.to_tokens(&mut tokens);
            changed(&input.parse()?, change).to_tokens(&mut tokens);
        } else {
            input.parse::<TokenTree>()?.to_tokens(&mut tokens);
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        item::Item,
        text::{text, written},
    };

    fn check(arguments: &str, module: &str, expected: &str) {
        let Item::Module(module) = syn::parse_str(module).unwrap() else {
            panic!("no module: {module}");
        };
        let found = apply(&written(Kind::Fixture, arguments), &module);
        assert_eq!(text(found), text(expected.parse().unwrap()));
    }

    #[test]
    fn every_test_gets_the_attribute() {
        check(
            "redis",
            "mod a {
                #![allow(unused)]
                use b::{c, d};
                #[ignore] #[test] fn e() { #[test] fn f() {} }
                #[derive(Debug)] struct G { h: u8 }
                pub mod i { #[tokio::test] async fn j() {} }
                fn k() {}
            }",
            "mod a {
                #![allow(unused)]
                use b::{c, d};
                #[::fixtured::fixture(redis)] #[ignore] #[test] fn e() { #[test] fn f() {} }
                #[derive(Debug)] struct G { h: u8 }
                pub mod i { #[::fixtured::fixture(redis)] #[tokio::test] async fn j() {} }
                fn k() {}
            }",
        );
    }

    #[test]
    fn a_mistake_is_reported_once() {
        check(
            "",
            "mod a { #[test] fn b(url: &str) {} #[test] fn c(url: &str) {} }",
            "::core::compile_error! {
                \"expected a daemon, as in `#[fixture(postgres)]`\"
            }
            mod a {
                #[allow(dead_code)] fn b(url: &str) {}
                #[allow(dead_code)] fn c(url: &str) {}
            }",
        );
    }
}
