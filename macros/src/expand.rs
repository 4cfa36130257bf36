//! The generated code: the user's function, whole, in one that starts what it needs and calls it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    fixture::Fixture,
    hygiene::{generated, variable},
    item::Function,
    known,
    order::Step,
    parameter::{Parameter, Value, without_foreign_attributes},
    scope::Scope,
    test::Test,
};

pub(crate) fn expand(test: &Test, function: &Function) -> TokenStream {
    let Function {
        attributes,
        visibility,
        signature,
        body,
        ..
    } = function;
    let marker = (!attributes.iter().any(known::is_test))
        .then(|| quote_spanned!(generated(signature.ident.span())=> #[::core::prelude::v1::test]));

    let name = &signature.ident;
    let (head, tail) = (function.head(), function.tail());
    let inner = test
        .parameters
        .iter()
        .map(|parameter| without_foreign_attributes(parameter.written));
    let outer = test.parameters.iter().filter_map(foreign);
    let set_up = test.steps.iter().map(|step| set_up(*step, test));
    let arguments = test
        .parameters
        .iter()
        .map(|parameter| argument(parameter, test));

    let at = generated(name.span());
    let held = held(at);
    let title = name.to_string();
    let begin = quote_spanned! {at=>
        let #held = ::fixtured::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", #title)
        );
    };
    let call = quote!(#name(#(#arguments),*));
    let finish = match signature.asyncness {
        None => quote_spanned!(at=> #held.finish(#call)),
        Some(_) => quote_spanned!(at=> #held.end(#call).await),
    };

    let uses = function.uses();

    quote! {
        #marker
        #[cfg_attr(miri, ignore)]
        #(#attributes)*
        #visibility #head (#(#outer),*) #tail {
            #head (#(#inner),*) #tail #body
            #uses
            #begin
            #(#set_up)*
            #finish
        }
    }
}

fn set_up(step: Step, test: &Test) -> TokenStream {
    let (Step::Begin(number) | Step::Ready(number)) = step;
    let Some(Fixture {
        name,
        span,
        daemon,
        scope,
        wired,
        ..
    }) = test.fixtures.get(number)
    else {
        return TokenStream::new();
    };
    let at = generated(*span);
    let (held, variable) = (held(at), variable(name, at));
    match step {
        Step::Begin(_) => {
            let scope = scope_argument(*scope);
            let begin = match wired {
                false => quote_spanned!(at=> begin),
                true => quote_spanned!(at=> begin_wired),
            };
            quote_spanned!(at=> let #variable = #held.#begin(#daemon, #scope);)
        }
        // The shadow's type is for rustc's messages, which would name something private without it.
        Step::Ready(_) => quote_spanned! {at=>
            let ::core::option::Option::Some(#variable) = #held.ready(#variable) else {
                return ::fixtured::__private::Outcome::skipped();
            };
            let #variable: &::fixtured::Instance<_> = &#variable;
        },
    }
}

/// The variable of the test itself, whose name is no fixture's.
fn held(at: Span) -> Ident {
    Ident::new("__fixtured", at)
}

fn scope_argument(scope: Option<Scope>) -> TokenStream {
    let scope = match scope {
        None => return quote!(::core::option::Option::None),
        Some(Scope::Session) => quote!(Session),
        Some(Scope::Test) => quote!(Test),
    };
    quote!(::core::option::Option::Some(::fixtured::Scope::#scope))
}

/// The parameter that another attribute fills in. It is only passed on, so it need not be mutable.
fn foreign(parameter: &Parameter) -> Option<TokenStream> {
    let Value::Foreign = parameter.value else {
        return None;
    };
    let (attributes, ident, ty) = (
        &parameter.written.attrs,
        parameter.ident,
        &parameter.written.ty,
    );
    Some(quote!(#(#attributes)* #ident: #ty))
}

fn argument(parameter: &Parameter, test: &Test) -> TokenStream {
    let at = generated(parameter.ident.span());
    let instance = |number: usize| {
        let fixture = test.fixtures.get(number);
        fixture.map(|fixture| variable(&fixture.name, at))
    };
    match &parameter.value {
        Value::Foreign => {
            let ident = parameter.ident;
            quote!(#ident)
        }
        Value::Instance(fixture) => {
            let instance = instance(*fixture);
            quote!(#instance)
        }
        Value::Method { fixture, method } => {
            let instance = instance(*fixture);
            let call = quote_spanned!(at=> #instance.#method());
            if parameter.is_reference() {
                call
            } else {
                quote_spanned!(at=> ::core::convert::Into::into(#call))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{apply::apply, attribute::Kind, text::text};

    fn check(kind: Kind, arguments: &str, item: &str, expected: &str) {
        let found = apply(kind, arguments.parse().unwrap(), item.parse().unwrap());
        assert_eq!(text(found), text(expected.parse().unwrap()));
    }

    #[test]
    fn the_most_wanted_test() {
        check(
            Kind::Fixture,
            r#"postgres, init = "migrations/""#,
            r#"
                #[with_daemon(
                    bin = "api",
                    env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
                    http = "http://127.0.0.1:{port}/health"
                )]
                #[test]
                fn creates_a_user(api_url: &str, postgres: &Instance<Postgres>) { body }
            "#,
            include_str!("../snapshots/the_most_wanted_test.rs"),
        );
    }

    #[test]
    fn an_async_test_beside_a_parametrizing_attribute() {
        check(
            Kind::WithDaemon,
            r#""sleep 1000", scope = "session""#,
            r#"
                #[rstest]
                #[tokio::test]
                async fn waits<T: Tell>(#[case] mut told: T, sleep_pid: u64, other: u8) -> Result<(), E> { body }
            "#,
            include_str!("../snapshots/an_async_test_beside_a_parametrizing_attribute.rs"),
        );
    }

    #[test]
    fn a_mistake_leaves_the_function() {
        check(
            Kind::Fixture,
            "redis, scope",
            "#[ignore] #[cfg(unix)] #[rstest] async fn f(#[case] a: u8, url: &str) -> u8 { body }",
            include_str!("../snapshots/a_mistake_leaves_the_function.rs"),
        );
    }

    #[test]
    fn only_tests_have_daemons() {
        check(
            Kind::Fixture,
            "redis",
            "struct S;",
            include_str!("../snapshots/only_tests_have_daemons.rs"),
        );
    }
}
