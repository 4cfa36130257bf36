//! The attribute macros of `fixtured`. Use them through that crate; this one has no promises of its own.
//!
//! An attribute passes through these files in this order: `parse` reads it, `fixture` and `program` say what
//! it starts, `test` checks all of them against the function, `expand` writes the code. The macros know no
//! daemon and no option: they move the user's tokens into calls that rustc checks.

mod apply;
mod attribute;
mod expand;
mod fallback;
mod fixture;
mod item;
mod known;
mod module;
mod order;
mod parameter;
mod parse;
mod placeholder;
mod program;
mod setting;
mod source;
mod test;
#[cfg(test)]
mod text;

use proc_macro::TokenStream;

use crate::{apply::apply, attribute::Kind};

#[doc = include_str!("../docs/fixture.md")]
#[proc_macro_attribute]
pub fn fixture(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::Fixture, arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/with_daemon.md")]
#[proc_macro_attribute]
pub fn with_daemon(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::WithDaemon, arguments.into(), item.into()).into()
}
