//! What a file imports.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The segments of a path, from the root of its crate.
pub(super) type Segments = Vec<String>;

/// A file, as far as it concerns others.
#[derive(Default)]
pub(super) struct Source {
    /// The names that it imports, with their paths; those that it exports too.
    pub(super) imports: BTreeMap<String, Segments>,
    /// The modules of which it imports everything.
    pub(super) globs: Vec<Segments>,
    /// The paths that it writes out.
    pub(super) written: Vec<Segments>,
    /// Whether it defines anything itself.
    pub(super) defines: bool,
}

impl Source {
    pub(super) fn read(&mut self, tokens: TokenStream) {
        let mut rest = tokens.into_iter().peekable();
        let mut path = Segments::new();
        let mut of_tests = false;
        // Whether the last two tokens were `::` after something that is no name.
        let mut continues = false;
        while let Some(token) = rest.next() {
            let is = |token: Option<&TokenTree>, text: &str| {
                token.is_some_and(|token| token.to_string() == text)
            };
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let attribute = rest.peek().map(ToString::to_string).unwrap_or_default();
                    of_tests |= attribute.replace(' ', "") == "[cfg(test)]";
                }
                TokenTree::Ident(word) if word == "use" => {
                    let tree = rest.by_ref().take_while(|it| it.to_string() != ";");
                    let tree: Vec<_> = tree.collect();
                    if !std::mem::take(&mut of_tests) {
                        self.import(&[], &tree);
                    }
                }
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    self.defines |= DEFINING.contains(&word.as_str());
                    path.push(word);
                    let more = is(rest.peek(), ":") && {
                        let mut ahead = rest.clone();
                        ahead.next();
                        is(ahead.peek(), ":")
                    };
                    if more {
                        rest.next();
                        rest.next();
                        if matches!(rest.peek(), Some(TokenTree::Ident(_))) {
                            continue;
                        }
                    }
                    let path = std::mem::take(&mut path);
                    if !std::mem::take(&mut continues) && path.len() > 1 && !of_tests {
                        self.written.push(path);
                    }
                }
                TokenTree::Group(group) => {
                    let skipped = of_tests && group.delimiter() == Delimiter::Brace;
                    if skipped {
                        of_tests = false;
                    } else {
                        self.read(group.stream());
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    continues = is(rest.peek(), ":") || continues;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => of_tests = false,
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            continues = false;
        }
    }

    /// Adds what one tree of a `use` imports.
    fn import(&mut self, before: &[String], tree: &[TokenTree]) {
        let mut path = before.to_vec();
        let mut tokens = tree.iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    let name = tokens.next().map(ToString::to_string).unwrap_or_default();
                    self.imports.insert(name, path);
                    return;
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    for tree in inner.split(|token| token.to_string() == ",") {
                        self.import(&path, tree);
                    }
                    return;
                }
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    self.globs.push(path);
                    return;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = path.last().cloned().unwrap_or_default();
        self.imports.insert(name, path);
    }
}

const DEFINING: [&str; 8] = [
    "struct", "enum", "trait", "fn", "const", "static", "type", "impl",
];
