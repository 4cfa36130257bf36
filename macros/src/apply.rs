//! One attribute on one item, from tokens to tokens.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::{
    attribute::{Kind, Written},
    expand::expand,
    fallback::fallback,
    item::Item,
    module,
    test::Test,
};

pub(crate) fn apply(kind: Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let written = Written {
        kind,
        arguments,
        path: None,
        span: Span::call_site(),
    };
    match syn::parse2(item.clone()) {
        Ok(Item::Function(function)) => match Test::new(&written, &function) {
            Ok(test) => expand(&test, &function),
            Err(error) => fallback(&function, &error),
        },
        Ok(Item::Module(module)) => module::apply(&written, &module),
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}
