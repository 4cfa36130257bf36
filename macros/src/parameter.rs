//! What each parameter of the test function receives.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Error, FnArg, Pat, PatType, Result, Type, ext::IdentExt};

use crate::{item::Function, known, placeholder::listed};

pub(crate) struct Parameter<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) written: &'a PatType,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// The instance of this fixture.
    Instance(usize),
    /// What a method of the instance returns.
    Method { fixture: usize, method: Ident },
    /// The argument of another attribute, such as `#[rstest]`.
    Foreign,
}

impl Parameter<'_> {
    /// All parameters of the function; `names` are the test's fixtures.
    pub(crate) fn all<'a>(function: &'a Function, names: &[String]) -> Result<Vec<Parameter<'a>>> {
        let parametrized = function.attributes.iter().any(known::is_parametrizing);
        let parameter = |input: &'a FnArg| {
            let FnArg::Typed(written) = input else {
                return Err(Error::new_spanned(
                    input,
                    "unexpected `self`: write the test as a function",
                ));
            };
            let Pat::Ident(pattern) = &*written.pat else {
                let message = "expected a parameter name, which selects what the test receives: write \
                               a name and destructure it in the body";
                return Err(Error::new_spanned(&written.pat, message));
            };
            let ident = &pattern.ident;
            let value = if written.attrs.iter().all(known::is_plain) {
                provided(ident, names, parametrized)?
            } else {
                Value::Foreign
            };
            Ok(Parameter {
                ident,
                written,
                value,
            })
        };
        function.signature.inputs.iter().map(parameter).collect()
    }

    /// Returns whether the value is borrowed from the instance. Otherwise it is converted to an owned value.
    pub(crate) fn is_reference(&self) -> bool {
        is_reference(&self.written.ty)
    }
}

/// The parameter as another function can have it that is no test.
pub(crate) fn without_foreign_attributes(parameter: &PatType) -> TokenStream {
    let attributes = parameter
        .attrs
        .iter()
        .filter(|attribute| known::is_plain(attribute));
    let (pattern, ty) = (&parameter.pat, &parameter.ty);
    quote!(#(#attributes)* #pattern: #ty)
}

fn provided(ident: &Ident, names: &[String], parametrized: bool) -> Result<Value> {
    let text = ident.unraw().to_string();
    if let Some(fixture) = names.iter().position(|name| *name == text) {
        return Ok(Value::Instance(fixture));
    }
    let long_form = names.iter().enumerate().filter_map(|(fixture, name)| {
        let method = text.strip_prefix(&**name)?.strip_prefix('_')?;
        let method = syn::parse_str::<Ident>(method).ok()?;
        Some((name.len(), fixture, method))
    });
    if let Some((_, fixture, mut method)) = long_form.max_by_key(|(length, ..)| *length) {
        method.set_span(ident.span());
        return Ok(Value::Method { fixture, method });
    }
    match names {
        _ if parametrized => Ok(Value::Foreign),
        [_] => Ok(Value::Method {
            fixture: 0,
            method: ident.clone(),
        }),
        [first, ..] => Err(Error::new(
            ident.span(),
            format!(
                "no fixture provides `{text}`: prefix it with a fixture's name, as in \
                 `{first}_{text}`; this test has {}",
                listed(names)
            ),
        )),
        [] => Ok(Value::Foreign),
    }
}

fn is_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        Type::Group(group) => is_reference(&group.elem),
        Type::Paren(paren) => is_reference(&paren.elem),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn check(parameter: &str, fixtures: &[&str], parametrized: bool, expected: &str) {
        let names: Vec<_> = fixtures.iter().map(|&name| name.to_owned()).collect();
        let ident = Ident::new(parameter, Span::call_site());
        let found = match provided(&ident, &names, parametrized) {
            Ok(Value::Instance(fixture)) => names[fixture].clone(),
            Ok(Value::Method { fixture, method }) => format!("{}.{method}", names[fixture]),
            Ok(Value::Foreign) => "foreign".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn one_fixture_gives_itself_and_its_methods_under_either_name() {
        check("redis", &["redis"], false, "redis");
        check("redis_url", &["redis"], false, "redis.url");
        check("url", &["redis"], false, "redis.url");
    }

    #[test]
    fn the_longest_name_decides() {
        check("redis_b_url", &["redis", "redis_b"], false, "redis_b.url");
        check("redis_b_url", &["redis_b", "redis"], false, "redis_b.url");
        check("redis_b", &["redis", "redis_b"], false, "redis_b");
    }

    #[test]
    fn several_fixtures_ask_for_the_long_name() {
        check(
            "url",
            &["postgres", "api"],
            false,
            "no fixture provides `url`: prefix it with a fixture's name, as in `postgres_url`; \
             this test has `postgres`, `api`",
        );
    }

    #[test]
    fn beside_a_parametrizing_attribute_other_names_are_its_own() {
        check("url", &["redis"], true, "foreign");
        check("redis_url", &["redis"], true, "redis.url");
    }
}
