//! Where the programs of a launch are.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::executable::{Executable, look};
use super::search_dir::of_path;
use super::version::Ask;
use crate::error::{Cause, Get, Result};
use crate::launch::{Launch, Software};
use crate::process::Environment;

/// Where the programs of a software are in an environment, for the daemon of this name; `ask` has a program say its version.
pub fn locate(
    name: &str,
    software: &Software,
    environment: &Environment,
    ask: Ask<'_>,
) -> Result<Vec<PathBuf>> {
    let launch = Launch::new(name);
    let programs = Programs::find(&launch, environment, ask)?;
    Ok(programs.locate(software, environment, ask)?)
}

/// Where the programs of a launch are.
pub(crate) struct Programs<'a> {
    name: &'a str,
    pub(super) path: Vec<PathBuf>,
    /// Those that the launch names as its software.
    software: Vec<Cached<'a>>,
}

/// One program of a software. Its file may have another name.
struct Cached<'a> {
    variable: &'a str,
    program: &'a str,
    file: PathBuf,
}

impl<'a> Programs<'a> {
    /// Finds the software that a launch needs, in an environment; `ask` has a program say its version.
    pub(crate) fn find(
        launch: &'a Launch,
        environment: &Environment,
        ask: Ask<'_>,
    ) -> Result<Self, Cause> {
        let mut programs = Self {
            name: &launch.name,
            path: of_path(environment.get(OsStr::new("PATH")).map(OsString::as_os_str)),
            software: Vec::new(),
        };
        for software in &launch.software {
            let found = programs.locate(software, environment, ask)?;
            let known = software.programs.iter().zip(found);
            programs
                .software
                .extend(known.map(|(program, file)| Cached {
                    variable: &software.variable,
                    program,
                    file,
                }));
        }
        Ok(programs)
    }

    /// The file of a program, which is a name, one after the variable of its software, or a path; a relative path starts from `cwd`.
    pub(crate) fn file(&self, program: &str, cwd: &Path) -> Result<PathBuf, Cause> {
        let (of, wanted) = match program.rsplit_once('/') {
            Some((of, wanted)) => (Some(of), wanted),
            None => (None, program),
        };
        let known = self
            .software
            .iter()
            .find(|known| known.program == wanted && of.is_none_or(|of| of == known.variable));
        if let Some(known) = known {
            return Ok(known.file.clone());
        }
        let (candidates, searched) = match of {
            Some(_) => (vec![cwd.join(program)], vec![]),
            None => {
                let files = self.path.iter().map(|place| place.join(program));
                (files.collect(), vec!["on PATH".into()])
            }
        };
        let mut broken = None;
        for file in candidates {
            match look(&file) {
                Executable::Yes => return Ok(file),
                Executable::Absent => {}
                Executable::Hidden(_) if of.is_none() => {}
                Executable::Hidden(why) | Executable::Broken(why) => {
                    broken.get_or_insert(format!("`{}` {why}", file.display()));
                }
            }
        }
        Err(match broken {
            Some(problem) => self.unusable(problem, None),
            None => Cause::NotInstalled {
                name: self.name.into(),
                program: program.into(),
                nor: Vec::new(),
                searched,
                version: None,
                others: Vec::new(),
                get: None,
            },
        })
    }

    pub(super) fn missing(
        &self,
        software: &Software,
        program: Option<&String>,
        searched: Vec<String>,
        others: Vec<String>,
        set: bool,
    ) -> Cause {
        Cause::NotInstalled {
            name: self.name.into(),
            program: program.cloned().unwrap_or_default(),
            nor: Vec::new(),
            searched,
            others,
            version: software.version.clone(),
            get: Some(Get {
                install: software.install.commands(),
                variable: software.variable.clone(),
                set,
            }),
        }
    }

    pub(super) fn unusable(&self, problem: String, to_do: Option<String>) -> Cause {
        Cause::Unusable {
            name: self.name.into(),
            problem,
            to_do,
        }
    }
}
