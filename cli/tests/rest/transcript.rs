//! What the page of the command line shows is what happens.

use std::fs;
use std::path::Path;
use std::process::Command;

use fixtured_tests::without_runner;
use regex::Regex;

use super::world::World;

/// Between these, a block of the page shows a shell's session.
const MARKS: [&str; 2] = ["```console\n", "```"];

#[test]
fn the_page_shows_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command-line.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut happened = String::new();
    let mut rest = page.as_str();
    while let Some((before, block)) = rest.split_once(MARKS[0]) {
        let (shown, after) = block.split_once(MARKS[1]).unwrap();
        happened += &format!("{before}{}{}{}", MARKS[0], session(shown), MARKS[1]);
        rest = after;
    }
    happened += rest;
    if std::env::var_os("FIXTURED_BLESS").is_some() && masked(&page) != masked(&happened) {
        fs::write(&path, &happened).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap();
    similar(&masked(&page), &masked(&happened));
}

/// What a shell shows that is given the lines of a block which start with `$ `.
fn session(block: &str) -> String {
    let world = World::new("page");
    let program = Path::new(env!("CARGO_BIN_EXE_fixtured")).parent().unwrap();
    let mut script = String::from("exec 2>&1; shopt -s expand_aliases\n");
    for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let shown = format!("$ {command}").replace('\'', "'\\''");
        script += &format!("printf '%s\\n' '{shown}'\n{command}\n");
    }
    let path = std::env::var("PATH").unwrap();
    let mut bash = Command::new("bash");
    without_runner(&mut bash);
    let output = bash
        .args(["-c", &script])
        .current_dir("/")
        .env("PATH", format!("{}:{path}", program.display()))
        .env("FIXTURED_DIR", world.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let home = std::env::var("HOME").unwrap();
    said.replace(world.path().to_str().unwrap(), "/tmp")
        .replace(&home, "~")
}

/// Without what differs from machine to machine and from time to time.
fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for (pattern, mask) in [
        (r"\b[0-9a-f]{24}\b", "SECRET"),
        // A daemon that is missing here is there elsewhere.
        (r"\b(missing|there)  ", "VERSION  "),
        // Root keeps the data of servers that refuse it elsewhere.
        ("fixtured-0-servers/", "fixtured-0/"),
        (r"\d+(\.\d+)+", "VERSION"),
        (r"\d+(-\d+)* \d\d:\d\d:VERSION", "TIME"),
        (r"(\s|'|=)(~|/)[\w./~-]+", "${1}PATH"),
        (r"\d+", "N"),
        (r"(VERSION|N) (ms|s|min)\b", "N s"),
        // Columns are as wide as what differs.
        (r"[ \t]+", " "),
    ] {
        masked = Regex::new(pattern)
            .unwrap()
            .replace_all(&masked, mask)
            .into_owned();
    }
    masked
}

/// Says where two texts differ.
#[track_caller]
fn similar(page: &str, happened: &str) {
    let lines = page.lines().zip(happened.lines());
    for (number, (page, happened)) in lines.enumerate() {
        let line = number + 1;
        assert_eq!(
            page, happened,
            "line {line}: FIXTURED_BLESS=1 has the page show what happens"
        );
    }
    assert_eq!(page.lines().count(), happened.lines().count());
}
