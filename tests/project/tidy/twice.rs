//! No paragraph of the documentation stands twice, as after a bad merge.

use std::collections::BTreeSet;

use super::workspace::{files, read};

/// Shorter ones may well be alike.
const WORDS: usize = 8;

/// A paragraph or a list item that is written by hand.
struct Paragraph {
    /// The file and the line it starts at.
    place: String,
    /// Its words, without case and punctuation.
    words: BTreeSet<String>,
    /// Every three of them in a row.
    triples: BTreeSet<Vec<String>>,
    /// Whether it has an old end behind its new one.
    repeats_itself: bool,
}

/// Whether this much of the smaller set is in the other one too.
fn share<T: Ord>(percent: usize, one: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
    100 * one.intersection(other).count() >= percent * one.len().min(other.len())
}

impl Paragraph {
    fn new(place: String, text: &str) -> Option<Self> {
        let words: Vec<String> = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let runs: BTreeSet<_> = words.windows(WORDS).collect();
        (words.len() >= WORDS).then(|| Self {
            place,
            triples: words.windows(3).map(<[String]>::to_vec).collect(),
            repeats_itself: runs.len() < words.windows(WORDS).len(),
            words: words.iter().cloned().collect(),
        })
    }

    /// Whether it says the same as another one, or most of it: an outdated copy differs in some places.
    fn repeats(&self, other: &Self) -> bool {
        let (one, two) = (self.words.len(), other.words.len());
        let as_long = 2 * one.min(two) >= one.max(two);
        share(50, &self.triples, &other.triples) || as_long && share(70, &self.words, &other.words)
    }
}

/// The paragraphs of a page, without code, tables and what a program has written between marks.
fn paragraphs(file: &str, page: &str) -> Vec<Paragraph> {
    let mut found = Vec::new();
    let (mut start, mut text) = (0, String::new());
    let (mut code, mut generated) = (false, false);
    for (number, line) in (1..).zip(page.lines().chain([""])) {
        let line = line.trim_start();
        let fence = line.starts_with("```");
        code ^= fence;
        let markup = line.starts_with(['<', '|']);
        generated = (generated || line.contains("written by `")) && line != "<!-- to here -->";
        let ordinal = line.split_once(". ").map(|(number, _)| number);
        let item = line.starts_with(['-', '#'])
            || ordinal.is_some_and(|number| number.parse::<u32>().is_ok());
        let skipped = fence || code || markup || generated || line.is_empty();
        if skipped || item {
            let place = format!("{file}:{start}");
            found.extend(Paragraph::new(place, &std::mem::take(&mut text)));
        }
        if !skipped {
            if text.is_empty() {
                start = number;
            }
            text += line;
            text.push(' ');
        }
    }
    found
}

/// The paragraphs that say the same as another one, or as themselves.
fn twice(paragraphs: &[Paragraph]) -> Vec<String> {
    let mut pairs = Vec::new();
    for (at, one) in paragraphs.iter().enumerate() {
        if one.repeats_itself {
            pairs.push(format!("{} in itself", one.place));
        }
        for other in paragraphs[at + 1..]
            .iter()
            .filter(|other| one.repeats(other))
        {
            pairs.push(format!("{} and {}", one.place, other.place));
        }
    }
    pairs
}

/// What users and newcomers read. The changelog is left out: it repeats what the pages say, so that they need not be read again.
fn pages() -> Vec<(String, String)> {
    let mut pages = files("docs", "md");
    for page in ["README.md", "ARCHITECTURE.md"] {
        pages.push((page.into(), read(page)));
    }
    pages
}

#[test]
fn no_paragraph_stands_twice() {
    let all: Vec<_> = pages()
        .iter()
        .flat_map(|(file, page)| paragraphs(file, page))
        .collect();
    assert!(all.len() > 100, "{} paragraphs", all.len());
    let twice = twice(&all);
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn a_paragraph_that_stands_twice_is_found() {
    let page = "# Title\n\n\
        - **Redis:** a dedicated server. It cannot isolate clients from each other, and\n  it starts in about 10 ms.\n\
        - **etcd:** a dedicated server, because leases and users are global to a server. It starts in about 50 ms.\n\n\
        ```sh\nthe same eight words in code are no paragraph\n```\n\n\
        The same eight words in code are no paragraph.\n\n";
    let found = |planted: &str| twice(&paragraphs("page", &format!("{page}{planted}")));
    assert_eq!(found(""), [""; 0]);
    assert_eq!(
        found("Nothing here repeats anything that was said above it.\n"),
        [""; 0]
    );
    // Wrapped elsewhere, in other case and punctuation.
    let moved = "redis: A dedicated server; it cannot\nisolate clients from each other, and it starts in about 10 ms\n";
    assert_eq!(found(moved), ["page:3 and page:13"]);
    // Outdated, and in a list of its own.
    let outdated = "1. Redis: a server of its own. It cannot isolate clients from each other, and it starts in about 8 ms.\n";
    assert_eq!(found(outdated), ["page:3 and page:13"]);
    // In other words.
    let reworded = "- etcd: leases and users are global to a server, which starts in about 50 ms, so a dedicated one.\n";
    assert_eq!(found(reworded), ["page:5 and page:13"]);
    // Within the same paragraph.
    let itself = "Servers listen on loopback, and so do not trust the others.\nServers listen on loopback, and so do not trust anybody.\n";
    assert_eq!(found(itself), ["page:13 in itself"]);
    // A copy that a program keeps up to date.
    let marked = format!("<!-- from here on written by `this` -->\n{outdated}<!-- to here -->\n");
    assert_eq!(found(&marked), [""; 0]);
}
