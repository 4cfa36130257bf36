//! What becomes of a function whose attribute has a mistake: it stays, but as no test, so that
//! rustc goes on to check its body and the mistake is reported once.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg};

use crate::{item::Function, known, parameter::without_foreign_attributes};

pub(crate) fn fallback(function: &Function, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    // Outside an `impl`, rustc would report `self` a second time.
    if function.signature.receiver().is_some() {
        return error;
    }
    let Function {
        attributes,
        visibility,
        signature,
        body,
        ..
    } = function;
    let plain = attributes
        .iter()
        .filter(|attribute| known::is_plain(attribute));
    let inputs = signature.inputs.iter().map(|input| match input {
        FnArg::Typed(input) => without_foreign_attributes(input),
        FnArg::Receiver(input) => quote!(#input),
    });
    let (head, tail) = (function.head(), function.tail());
    let uses = function.uses();
    quote! {
        #error
        const _: () = { #uses };
        #[allow(dead_code)]
        #(#plain)*
        #visibility #head (#(#inputs),*) #tail #body
    }
}
