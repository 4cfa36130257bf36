//! What the documentation shows is what happens.

use std::path::Path;

use super::pifpaf::alone;
use super::world::{World, printed};

/// The examples of a page: each a shell's input, its lines starting with `$ `, and what is shown.
fn examples(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```console\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Without what differs each time: numbers, and random words of 24 letters.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let end = word.len()
            - word
                .chars()
                .last()
                .filter(|letter| !letter.is_ascii_alphanumeric())
                .map_or(0, char::len_utf8);
        let (word, after) = word.split_at(end);
        let secret = word.len() == 24 && word.chars().all(|letter| letter.is_ascii_hexdigit());
        let number = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit());
        masked += if secret {
            "SECRET"
        } else if number {
            "N"
        } else {
            word
        };
        masked += after;
    }
    // A busy machine takes longer than a second, and root keeps the data of servers that refuse it elsewhere.
    masked
        .replace("(N.N s)", "(N ms)")
        .replace("fixtured-N-servers/", "fixtured-N/")
}

#[track_caller]
fn is_true(page: &str) {
    let world = World::new(Path::new(page).file_stem().unwrap().to_str().unwrap());
    let examples = examples(page);
    assert!(!examples.is_empty(), "{page} has no examples");
    for example in examples {
        let mut script = String::from("exec 2>&1; cd /; shopt -s expand_aliases\n");
        for command in example.lines().filter_map(|line| line.strip_prefix("$ ")) {
            script += &format!(
                "printf '%s\\n' {}\n{command}\n",
                shell_words(&format!("$ {command}"))
            );
        }
        let output = world
            .command("bash")
            .args(["-c", &script])
            .output()
            .unwrap();
        let shown = printed(&output).replace(world.data().to_str().unwrap(), "/dev/shm");
        assert_eq!(masked(&shown), masked(&example), "{page}");
        world.is_empty();
    }
}

fn shell_words(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[test]
fn the_readme_is_true() {
    is_true("README.md");
}

#[test]
fn the_page_for_users_of_pifpaf_is_true() {
    let _alone = alone();
    is_true("docs/from-pifpaf.md");
}
