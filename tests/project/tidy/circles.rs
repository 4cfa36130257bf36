//! No file imports itself by way of others: each sees only what stands below it.

use std::collections::BTreeSet;

use super::graph::Crate;
use super::workspace::files;

#[test]
fn no_file_imports_itself_by_way_of_others() {
    for directory in ["macros/src", "cli/src", "runtime/src"] {
        let files = files(directory, "rs");
        let files = files.iter().map(|(file, text)| {
            let file = file.strip_prefix(directory).unwrap();
            (file.trim_start_matches('/'), text.as_str())
        });
        let circles = Crate::new(files).circles();
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
        let files = files.iter().map(|(file, text)| (*file, text.as_str()));
        let found = Crate::new(files.chain([module, ("lib.rs", "mod a; mod b;")]));
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
        let found = Crate::new([lib, b, ("a.rs", a)]).circles();
        assert!(found.is_empty(), "{a}: {found:?}");
    }
}
