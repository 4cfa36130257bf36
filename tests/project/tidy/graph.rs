//! Which files of a crate import which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{Segments, Source};

/// The files of a crate, by the path of their module.
#[derive(Default)]
pub(super) struct Crate {
    sources: BTreeMap<Segments, Source>,
}

impl Crate {
    /// Reads files, by their paths from the root of the crate.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut read = Self::default();
        for (file, text) in files {
            read.add(Path::new(file), text);
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
    pub(super) fn circles(&self) -> Vec<BTreeSet<String>> {
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
