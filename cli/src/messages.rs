//! Messages to the user: on standard error, and in a file of the user's choice.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::ColorChoice;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::called_as::CalledAs;
use crate::failure::Failure;
use crate::globals::Globals;

/// How often what moves on a terminal moves.
const TICK: Duration = Duration::from_millis(80);

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Errors,
    Usual,
    More,
    Everything,
}

/// Where messages go, and which.
#[derive(Debug)]
pub(crate) struct Messages {
    called_as: CalledAs,
    level: Level,
    color: bool,
    /// Lines that are redrawn, below all that is printed meanwhile; hidden where there is no terminal.
    moving: MultiProgress,
    file: Option<Mutex<File>>,
}

/// The start of one daemon, as the user sees it.
#[derive(Debug)]
pub(crate) struct Progress {
    name: String,
    began: Instant,
    bar: ProgressBar,
}

impl Messages {
    /// As the user wants them.
    pub(crate) fn new(globals: &Globals) -> Result<Self, Failure> {
        let file = globals.log_file.as_ref().map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let wrong =
                |error| Failure::new(format!("cannot write to `{}`: {error}", path.display()));
            file.map(Mutex::new).map_err(wrong)
        });
        let level = match globals {
            Globals { debug: true, .. } => Level::Everything,
            Globals { verbose: true, .. } => Level::More,
            Globals { quiet: true, .. } => Level::Errors,
            // It says nothing unless it is asked to.
            Globals {
                called_as: CalledAs::Pifpaf,
                ..
            } => Level::Errors,
            Globals { .. } => Level::Usual,
        };
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb;
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        let moves = terminal && level >= Level::Usual;
        Ok(Self {
            called_as: globals.called_as,
            level,
            color: match globals.color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => terminal && wanted,
            },
            moving: MultiProgress::with_draw_target(match moves {
                true => ProgressDrawTarget::stderr(),
                false => ProgressDrawTarget::hidden(),
            }),
            file: file.transpose()?,
        })
    }

    /// Says what went wrong.
    pub(crate) fn error(&self, text: &str) {
        self.print(Level::Errors, text);
    }

    /// Says what most want to know.
    pub(crate) fn say(&self, text: &str) {
        self.print(Level::Usual, text);
    }

    /// Says what only some want to know.
    pub(crate) fn detail(&self, text: &str) {
        self.print(Level::More, text);
    }

    /// Returns whether what daemons print is wanted.
    pub(crate) fn wants_output(&self) -> bool {
        self.level == Level::Everything
    }

    /// Shows a line that a daemon has printed.
    pub(crate) fn output(&self, daemon: &str, line: &str) {
        match self.called_as {
            CalledAs::Pifpaf => {
                self.line(&format!("DEBUG [pifpaf.drivers] {daemon} output: {line}"))
            }
            CalledAs::Fixtured => self.line(&format!(
                "{} {line}",
                self.painted("2", &format!("{daemon} |"))
            )),
        }
    }

    /// Shows that a daemon starts.
    pub(crate) fn starting(&self, name: &str) -> Progress {
        let bar = self.moving.add(ProgressBar::new_spinner());
        let style = match self.color {
            true => "{spinner:.cyan} {prefix:.bold}  {wide_msg} {elapsed:.dim}",
            false => "{spinner} {prefix}  {wide_msg} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(TICK);
        Progress {
            name: name.into(),
            began: Instant::now(),
            bar,
        }
    }

    /// Shows that a daemon is ready; `at` says where.
    pub(crate) fn ready(&self, progress: &Progress, at: &str) {
        progress.bar.finish_and_clear();
        let took = progress.began.elapsed();
        let took = match took.as_secs() {
            0 => format!("{} ms", took.as_millis()),
            _ => format!("{:.1} s", took.as_secs_f64()),
        };
        let Progress { name, .. } = progress;
        let name = self.painted("1", name);
        let mark = self.painted("32", "ready");
        self.say(&format!(
            "{name} is {mark}{at} {}",
            self.painted("2", &format!("({took})"))
        ));
    }

    /// Takes away what moves.
    pub(crate) fn still(&self) {
        let _ = self.moving.clear();
    }

    fn print(&self, level: Level, text: &str) {
        let text = match (self.called_as, level) {
            (CalledAs::Pifpaf, Level::Errors) => format!("ERROR [pifpaf] {text}"),
            (CalledAs::Pifpaf, _) => format!("INFO [pifpaf] {text}"),
            (CalledAs::Fixtured, Level::Errors) => {
                format!("{} {text}", self.painted("1;31", "error:"))
            }
            (CalledAs::Fixtured, _) => text.to_owned(),
        };
        if level <= self.level {
            self.line(&text);
        }
    }

    fn line(&self, text: &str) {
        self.moving.suspend(|| {
            // Whoever has closed standard error does not want to know.
            let _ = writeln!(std::io::stderr(), "{text}");
        });
        if let Some(file) = &self.file {
            let mut file = file
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = writeln!(file, "{}", console::strip_ansi_codes(text));
        }
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.color {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.into(),
        }
    }
}

impl Progress {
    /// Shows what is being done.
    pub(crate) fn phase(&self, doing: &str) {
        self.bar.set_message(doing.to_owned());
    }
}
