//! What each definition launches, with nothing set: a snapshot beside each name in `snapshots/`.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use fixtured::__command_line::{ALL, Entry};

#[test]
fn every_definition_launches_what_its_snapshot_shows() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    for daemon in ALL {
        let launch = (daemon.launch)();
        assert_eq!(
            launch,
            (daemon.launch)(),
            "a definition gives the same answer each time"
        );
        let found = serde_json::to_string_pretty(&launch).unwrap() + "\n";
        let path = snapshots.join(format!("{}.json", daemon.names[0]));
        if env::var_os("FIXTURED_BLESS").is_some() {
            fs::create_dir_all(&snapshots).unwrap();
            fs::write(&path, &found).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found,
            wanted,
            "{}: FIXTURED_BLESS=1 accepts it as it is",
            path.display()
        );
    }
}

/// Between these lines of the page it says what the list says.
const MARKS: [&str; 2] = [
    "<!-- from here on written by `tests/project/definitions.rs` -->\n",
    "<!-- to here -->\n",
];

#[test]
fn the_page_of_daemons_says_what_the_list_says() {
    says("docs/daemons.md", ALL.iter().map(described).collect());
}

#[test]
fn the_readme_says_what_the_list_says() {
    let head = "| daemon | each test gets | install |\n|---|---|---|\n";
    let rows: String = ALL.iter().map(row).collect();
    says("README.md", format!("{head}{rows}"));
}

/// Checks what a page has between the marks.
fn says(page: &str, between: String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let found = fs::read_to_string(&path).unwrap();
    let [start, end] = MARKS;
    let (before, rest) = found.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let wanted = format!("{before}{start}\n{between}{end}{after}");
    if env::var_os("FIXTURED_BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert!(found == wanted, "FIXTURED_BLESS=1 writes {page}");
}

/// A row of the table in the README.
fn row(daemon: &Entry) -> String {
    let names: Vec<_> = daemon
        .names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let own = format!("FIXTURED_{}_BIN", daemon.name().to_uppercase());
    let ways = (daemon.launch)().ways().collect::<Vec<_>>();
    let software = ways.iter().flat_map(|way| &way.software);
    let own = software.filter(|software| software.variable == own);
    let installs = own.map(|software| match software.install.commands().first() {
        // Many packages of fixed versions are too long for a table.
        Some(command) if command.len() <= 60 => format!("`{command}`"),
        _ => format!("`fixtured install {}`", daemon.name()),
    });
    let installs = installs.collect::<Vec<_>>().join(" or ");
    format!("| {} | {} | {installs} |\n", names.join(", "), daemon.gets)
}

/// What a user wants to know of a daemon, in Markdown.
fn described(daemon: &Entry) -> String {
    let launch = (daemon.launch)();
    let names: Vec<_> = daemon
        .names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let mut text = format!("### {}\n\n{}.\n\n", names.join(", "), daemon.about());
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            writeln!(text, "- {name}: {value}").unwrap();
        }
    };
    let code = |text: &str| format!("`{}`", text.replace(['{', '}'], "").to_uppercase());
    let written = serde_json::to_value(&launch).unwrap();
    let url = |url: &serde_json::Value| url.as_str().map_or_else(String::new, shown);
    line("URL", url(&written["url"]));
    line("URL as `pifpaf`", url(&written["values"]["pifpaf_url"]));
    let variables = launch.variables.keys().map(|name| code(name));
    line("variables", variables.collect::<Vec<_>>().join(", "));
    let prefixed = launch.cli_variables.keys().map(|name| code(name));
    line(
        "variables with a prefix",
        prefixed.collect::<Vec<_>>().join(", "),
    );
    let mut installs = BTreeMap::<_, Vec<_>>::new();
    for software in launch.ways().flat_map(|way| way.software) {
        let commands = installs.entry(software.variable).or_default();
        for command in software.install.commands() {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    for (variable, commands) in installs {
        let commands: Vec<_> = commands.iter().map(|it| format!("`{it}`")).collect();
        line(&format!("install (`{variable}`)"), commands.join(", or "));
    }
    let options = (daemon.options)();
    if !options.is_empty() {
        text += "\n| option | | as `pifpaf` |\n|---|---|---|\n";
    }
    for option in options {
        let value = option
            .value
            .map_or_else(String::new, |value| format!(" {value}"));
        let (name, about) = (option.name, option.text);
        let pifpaf = option.as_pifpaf.map(|value| format!("`{value}`"));
        let pifpaf = pifpaf.unwrap_or_default();
        writeln!(text, "| `--{name}{value}` | {about} | {pifpaf} |").unwrap();
    }
    text + "\n"
}

/// A URL with capitals for what is filled in.
fn shown(url: &str) -> String {
    let mut shown = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        shown += before;
        let name = name.split('|').next().unwrap();
        shown += &name.to_uppercase().replace(':', "-");
        rest = after;
    }
    match url {
        "" => String::new(),
        _ => format!("`{shown}{rest}`"),
    }
}
