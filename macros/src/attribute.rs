//! Our attributes among those of an item.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Meta, spanned::Spanned};

/// One of our attributes, not yet read.
pub(crate) struct Written {
    pub(crate) kind: Kind,
    pub(crate) arguments: TokenStream,
    /// How it is called, if it is not the one that is being expanded.
    pub(crate) path: Option<TokenStream>,
    /// Where to point when there is no argument to point at.
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Fixture,
    WithDaemon,
}

impl Written {
    /// Reads an attribute of the item, if it is one of ours.
    pub(crate) fn recognize(attribute: &Attribute) -> Option<Self> {
        let path = attribute.path();
        let mut segments = path.segments.iter();
        let (first, second) = (segments.next()?, segments.next());
        let name = match second {
            None => first,
            Some(second) if first.ident == "fixtured" && segments.next().is_none() => second,
            Some(_) => return None,
        };
        let kind = match &*name.ident.to_string() {
            "fixture" => Kind::Fixture,
            "with_daemon" => Kind::WithDaemon,
            _ => return None,
        };
        let arguments = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        };
        Some(Self {
            kind,
            arguments,
            path: Some(path.to_token_stream()),
            span: path.span(),
        })
    }
}
