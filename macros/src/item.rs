//! What an attribute stands on. A body stays as it is, tokens that rustc alone will read.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, Ident, Result, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
    token,
};

use crate::attribute::Written;

pub(crate) enum Item {
    Function(Box<Function>),
    Module(Module),
}

/// A test function.
pub(crate) struct Function {
    /// Our other attributes on it.
    pub(crate) written: Vec<Written>,
    /// Everybody else's attributes.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

/// A module of tests.
pub(crate) struct Module {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) ident: Ident,
    pub(crate) content: Group,
}

impl Function {
    /// The signature up to its parameters.
    pub(crate) fn head(&self) -> TokenStream {
        let Signature {
            constness,
            asyncness,
            safety,
            abi,
            fn_token,
            ident,
            generics,
            ..
        } = &self.signature;
        quote!(#constness #asyncness #safety #abi #fn_token #ident #generics)
    }

    /// The signature from its parameters on.
    pub(crate) fn tail(&self) -> TokenStream {
        let (output, bounds) = (
            &self.signature.output,
            &self.signature.generics.where_clause,
        );
        quote!(#output #bounds)
    }

    /// Imports of the attributes that were read along with the first one. They are gone from the
    /// function, so rustc would count what imports them as unused.
    pub(crate) fn uses(&self) -> TokenStream {
        let paths = self.written.iter().filter_map(|ours| ours.path.as_ref());
        quote!(#(#[allow(unused_imports)] use #paths as _;)*)
    }
}

impl Parse for Item {
    fn parse(input: ParseStream) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        if starts_function(input) {
            function(attributes, input).map(|function| Self::Function(Box::new(function)))
        } else {
            module(attributes, input).map(Self::Module)
        }
    }
}

/// Returns whether a function comes next, its attributes already read.
pub(crate) fn starts_function(input: ParseStream) -> bool {
    let ahead = input.fork();
    let qualifiers = || -> Result<()> {
        ahead.parse::<Visibility>()?;
        ahead.parse::<Option<Token![const]>>()?;
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        ahead.parse::<Option<syn::Abi>>()?;
        Ok(())
    };
    qualifiers().is_ok() && ahead.peek(Token![fn])
}

fn function(attributes: Vec<Attribute>, input: ParseStream) -> Result<Function> {
    let (mut written, mut others) = (Vec::new(), Vec::new());
    for attribute in attributes {
        match Written::recognize(&attribute) {
            Some(ours) => written.push(ours),
            None => others.push(attribute),
        }
    }
    Ok(Function {
        written,
        attributes: others,
        visibility: input.parse()?,
        signature: input.parse()?,
        body: braces(input)?,
    })
}

fn module(attributes: Vec<Attribute>, input: ParseStream) -> Result<Module> {
    let visibility = input.parse()?;
    if !input.peek(Token![mod]) {
        return Err(input.error(NEITHER));
    }
    input.parse::<Token![mod]>()?;
    Ok(Module {
        attributes,
        visibility,
        ident: input.parse()?,
        content: braces(input)?,
    })
}

fn braces(input: ParseStream) -> Result<Group> {
    if !input.peek(token::Brace) {
        return Err(input.error(NEITHER));
    }
    let group: Group = input.parse()?;
    match group.delimiter() {
        Delimiter::Brace => Ok(group),
        _ => Err(Error::new(group.span(), NEITHER)),
    }
}

const NEITHER: &str = "expected a test function or a `mod … { … }` of tests";
