//! No file imports itself by way of others: each sees only what stands below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The segments of a path, from the root of its crate.
type Segments = Vec<String>;

/// A file, as far as it concerns others.
#[derive(Default)]
struct Source {
    /// The names that it imports, with their paths; those that it exports too.
    imports: BTreeMap<String, Segments>,
    /// The modules of which it imports everything.
    globs: Vec<Segments>,
    /// The paths that it writes out.
    written: Vec<Segments>,
    /// Whether it defines anything itself.
    defines: bool,
}

/// The files of a crate, by the path of their module.
#[derive(Default)]
struct Crate {
    sources: BTreeMap<Segments, Source>,
}

impl Crate {
    fn read(directory: &Path) -> Self {
        let mut read = Self::default();
        let mut directories = vec![directory.to_owned()];
        while let Some(inner) = directories.pop() {
            for entry in fs::read_dir(inner).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let name = path.strip_prefix(directory).unwrap().to_owned();
                    read.add(&name, &fs::read_to_string(path).unwrap());
                }
            }
        }
        read
    }

    fn add(&mut self, file: &Path, text: &str) {
        let mut module: Segments = file
            .with_extension("")
            .iter()
            .map(|name| name.to_str().unwrap().to_owned())
            .collect();
        if ["mod", "lib", "main"].contains(&module.last().unwrap().as_str()) {
            module.pop();
        }
        let mut source = Source::default();
        source.read(text.parse().unwrap());
        self.sources.insert(module, source);
    }

    /// A path of a module as the root of the crate sees it, if it stays in the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let above = || module.split_last().map(|(_, above)| above);
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" if rest.first().is_some_and(|next| next == "super") => {
                self.absolute(above()?, rest)
            }
            "super" => Some([above()?, rest].concat()),
            _ => {
                let inside = [module, path].concat();
                let child = self.sources.contains_key(&inside[..=module.len()]);
                child.then_some(inside)
            }
        }
    }

    /// The module that defines what a path names, or none if that is a module or outside the crate.
    fn defining(&self, path: &[String], passed: &mut BTreeSet<Segments>) -> Option<Segments> {
        if !passed.insert(path.to_owned()) {
            return None;
        }
        let length = (0..=path.len())
            .rev()
            .find(|length| self.sources.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let source = &self.sources[module];
        let (name, rest) = rest.split_first()?;
        if let Some(import) = source.imports.get(name) {
            let import = self.absolute(module, import)?;
            return self.defining(&[&import, rest].concat(), passed);
        }
        let globs = source.globs.iter().filter_map(|glob| {
            let glob = self.absolute(module, glob)?;
            let inside = [&glob, std::slice::from_ref(name), rest].concat();
            self.defining(&inside, passed)
        });
        match source.defines {
            true => Some(module.to_owned()),
            false => globs.last(),
        }
    }

    /// The modules that one imports from.
    fn imported(&self, module: &Segments) -> BTreeSet<Segments> {
        let source = &self.sources[module];
        let globs = source.globs.iter().filter_map(|glob| {
            let glob = self.absolute(module, glob)?;
            self.sources.get(&glob)?.defines.then_some(glob)
        });
        let paths = source.imports.values().chain(&source.written);
        let defining = paths.filter_map(|path| {
            let (first, rest) = path.split_first()?;
            let path = match source.imports.get(first) {
                Some(import) if import != path => {
                    [self.absolute(module, import)?.as_slice(), rest].concat()
                }
                _ => self.absolute(module, path)?,
            };
            self.defining(&path, &mut BTreeSet::new())
        });
        let mut all: BTreeSet<_> = globs.chain(defining).collect();
        all.remove(module);
        all
    }

    /// The sets of modules that import each other.
    fn circles(&self) -> Vec<BTreeSet<String>> {
        let imported: BTreeMap<_, _> = self
            .sources
            .keys()
            .map(|module| (module, self.imported(module)))
            .collect();
        let reached = |from: &Segments| {
            let mut reached = BTreeSet::new();
            let mut next: Vec<_> = imported[from].iter().collect();
            while let Some(module) = next.pop() {
                if reached.insert(module) {
                    next.extend(&imported[module]);
                }
            }
            reached
        };
        let reached: BTreeMap<_, _> = imported.keys().map(|it| (*it, reached(it))).collect();
        let circles = reached.iter().filter(|(it, from)| from.contains(*it));
        let circles = circles.map(|(it, from)| {
            let back = from.iter().filter(|other| reached[*other].contains(it));
            back.map(|module| module.join("::")).collect()
        });
        let distinct: BTreeSet<_> = circles.collect();
        distinct.into_iter().collect()
    }
}

impl Source {
    fn read(&mut self, tokens: TokenStream) {
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

fn of_workspace(directory: &str) -> Crate {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    Crate::read(&tests.parent().unwrap().join(directory))
}

fn of_files(files: &[(&str, &str)]) -> Crate {
    let mut read = Crate::default();
    for (file, text) in files {
        read.add(&PathBuf::from(file), text);
    }
    read
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    for directory in ["macros/src", "cli/src", "runtime/src"] {
        let circles = of_workspace(directory).circles();
        assert!(circles.is_empty(), "{directory}: {circles:#?}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let circle = [BTreeSet::from(["a", "b::c"].map(str::to_owned))];
    let module = ("b/mod.rs", "mod c;\npub(crate) use c::C;");
    for (a, c) in [
        ("use crate::b::C;", "use crate::a::A;"),
        (
            "use crate::{b::{C as D}, d};",
            "use super::super::a::{self, A};",
        ),
        (
            "use crate::b;\nfn f() { b::C::new() }",
            "fn f() -> crate::a::A { A }",
        ),
        (
            "use crate::b::*;\nfn f() { crate::b::C; }",
            "use crate::a; fn f() { vec![a::f()] }",
        ),
    ] {
        let files = [
            ("a.rs", format!("{a} struct A;")),
            ("b/c.rs", format!("{c} struct C;")),
        ];
        let files: Vec<_> = files
            .iter()
            .map(|(file, text)| (*file, text.as_str()))
            .collect();
        let found = of_files(&[files.as_slice(), &[module, ("lib.rs", "mod a; mod b;")]].concat());
        assert_eq!(found.circles(), circle, "{a} {c}");
    }
}

#[test]
fn what_is_no_circle_is_none() {
    let lib = ("lib.rs", "mod a; mod b; pub use a::A;");
    let b = ("b.rs", "use crate::a::A; struct B;");
    for a in [
        "struct A;",
        "/// Unlike [`crate::b::B`].\nstruct A; // crate::b::B",
        "struct A; const T: &str = \"crate::b::B\";",
        "struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        "struct A; #[cfg(test)] use crate::b::B;",
        "use other::b::B; struct A;",
        "use crate::A; struct B;",
    ] {
        let found = of_files(&[lib, b, ("a.rs", a)]).circles();
        assert!(found.is_empty(), "{a}: {found:?}");
    }
}
