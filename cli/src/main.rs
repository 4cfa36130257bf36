//! Daemons for a command, a shell or a whole test run.

mod arguments;
mod called_as;
mod catalog;
mod failure;
mod globals;
mod installed;
mod messages;
mod named;
mod print;
mod sessions;
mod style;
mod switch;

mod run;

mod clean;
mod completions;
mod doctor;
mod install;
mod list;
mod logs;
mod man;
mod status;
mod stop;

use std::ffi::OsString;
use std::process::ExitCode;

use called_as::CalledAs;
use failure::Failure;
use globals::Globals;
use messages::Messages;

fn main() -> ExitCode {
    let called_as = CalledAs::now();
    let words: Vec<_> = std::env::args_os().collect();
    let tree = |words: &[OsString]| arguments::tree(called_as, words);
    let matches = match tree(&words).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let globals = Globals::of(called_as, &matches);
    let result = match matches.subcommand() {
        Some(("run", matches)) => run::execute(&globals, matches, &tree),
        Some(("list", matches)) => list::execute(&globals, matches),
        Some(("doctor", matches)) => doctor::execute(&globals, matches),
        Some(("install", matches)) => install::execute(&globals, matches),
        Some(("status", matches)) => status::execute(&globals, matches),
        Some(("stop", matches)) => stop::execute(&globals, matches),
        Some(("logs", matches)) => logs::execute(&globals, matches),
        Some(("clean", matches)) => clean::execute(&globals, matches),
        Some(("completions", matches)) => completions::execute(&globals, matches, tree(&[])),
        Some(("man", matches)) => man::execute(&globals, matches, tree(&[])),
        _ => Ok(ExitCode::from(2)),
    };
    result.unwrap_or_else(|failure| {
        report(&failure, &globals);
        failure.code()
    })
}

fn report(failure: &Failure, globals: &Globals) {
    if let Some(message) = failure.message() {
        match Messages::new(globals) {
            Ok(messages) => messages.error(message),
            // The file for messages is the problem.
            Err(_) => eprintln!("error: {message}"),
        }
    }
}
