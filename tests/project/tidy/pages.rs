//! What the pages say of this version.

use super::workspace::{code, read, runtime};

#[test]
fn every_variable_is_in_the_readme() {
    let readme = read("README.md");
    let internal = ["FIXTURED_SUPERVISOR", "FIXTURED_STARTED_BY"];
    for (file, text) in runtime() {
        for variable in text
            .split('"')
            .filter(|word| word.starts_with("FIXTURED_") && !word.contains([' ', '{']))
        {
            let name = variable.split('=').next().unwrap();
            let documented = readme.contains(name)
                || internal.contains(&name)
                || code(&text).find(variable).is_none();
            assert!(documented, "{name} of {file} is not in the README");
        }
    }
}

#[test]
fn the_commands_of_the_readme_are_what_ci_runs() {
    let readme = read("README.md");
    let fences = readme.split("```sh\n").skip(1);
    let commands: Vec<_> = fences
        .flat_map(|fence| fence.split("```").next().unwrap().lines())
        .collect();
    assert_eq!(
        commands,
        [
            "FIXTURED_MISSING=skip cargo test -p fixtured-examples",
            "./tests/run"
        ]
    );
    let ci = read(".ci/run");
    assert!(
        commands
            .iter()
            .all(|command| ci.lines().any(|line| line == *command)),
        "{ci}"
    );
}

#[test]
fn the_changelog_has_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CHANGELOG.md").contains(&format!("## {version}")));
    assert!(read("Cargo.toml").contains(&format!("version = \"={version}\"")));
}
