//! `fixtured man`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, ValueHint};
use clap_mangen::Man;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::print::print;

/// The command and its options.
pub(crate) fn define() -> Command {
    let command = Arg::new("command").value_name("COMMAND").num_args(0..);
    let directory = Arg::new("directory")
        .long("directory")
        .value_name("PATH")
        .conflicts_with("command")
        .value_parser(clap::value_parser!(PathBuf))
        .value_hint(ValueHint::DirPath);
    Command::new("man")
        .about("Print the manual page")
        .after_help("To read it: fixtured man run postgres | man -l -")
        .arg(command.help("Print the page of this command, such as `run postgres`"))
        .arg(directory.help("Write the pages of all commands into this directory"))
}

/// Prints a page, or writes all.
pub(crate) fn execute(
    globals: &Globals,
    matches: &ArgMatches,
    mut program: Command,
) -> Result<ExitCode, Failure> {
    let name = globals.called_as.name();
    program.build();
    if let Some(directory) = matches.get_one::<PathBuf>("directory") {
        return write(&program, name, directory).map(|()| ExitCode::SUCCESS);
    }
    let (mut page, mut title) = (&program, name.to_owned());
    for word in matches.get_many::<String>("command").into_iter().flatten() {
        let inner = page.find_subcommand(word);
        page = inner.ok_or_else(|| Failure::usage(format!("`{title}` has no command `{word}`")))?;
        title += &format!("-{word}");
    }
    // A reader that has gone away, such as `head`, has seen enough.
    let _ = print(&String::from_utf8_lossy(&render(page, &title)?));
    Ok(ExitCode::SUCCESS)
}

/// Writes the page of a command and of all below it.
fn write(command: &Command, title: &str, directory: &PathBuf) -> Result<(), Failure> {
    let path = directory.join(format!("{title}.1"));
    let written = fs::create_dir_all(directory).and_then(|()| {
        let page = render(command, title).map_err(|_| std::io::ErrorKind::Other)?;
        fs::write(&path, page)
    });
    written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
    for inner in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        if inner.get_name() != "help" {
            write(inner, &format!("{title}-{}", inner.get_name()), directory)?;
        }
    }
    Ok(())
}

fn render(command: &Command, title: &str) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let page = command.clone().name(title.to_owned());
    let source = concat!("fixtured ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(page).title(title).source(source);
    let rendered = man.render(&mut text);
    rendered.map_err(|error| Failure::new(error.to_string()))?;
    Ok(text)
}
