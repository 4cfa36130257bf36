//! Finding programs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Cause, Get, Result};
use crate::launch::{Launch, Software};

/// Where the programs of a software are in an environment, for the daemon of this name; `ask` has a program say its version.
pub fn locate(
    name: &str,
    software: &Software,
    environment: &BTreeMap<String, String>,
    ask: &dyn Fn(&Path, &Software) -> String,
) -> Result<Vec<PathBuf>> {
    let launch = Launch::new(name);
    let programs = Programs::find(&launch, environment, ask)?;
    Ok(programs.locate(software, environment, ask)?)
}

/// Where the programs of a launch are.
pub(crate) struct Programs<'a> {
    name: &'a str,
    path: Vec<PathBuf>,
    /// Those that the launch names as its software, each with the variable of that.
    software: Vec<(&'a str, PathBuf)>,
}

impl<'a> Programs<'a> {
    /// Finds the software that a launch needs, in an environment; `ask` has a program say its version.
    pub(crate) fn find(
        launch: &'a Launch,
        environment: &BTreeMap<String, String>,
        ask: &dyn Fn(&Path, &Software) -> String,
    ) -> Result<Self, Cause> {
        let path = environment
            .get("PATH")
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default();
        let mut programs = Self {
            name: &launch.name,
            path,
            software: Vec::new(),
        };
        for software in &launch.software {
            let found = programs.locate(software, environment, ask)?;
            let found = found
                .into_iter()
                .map(|file| (software.variable.as_str(), file));
            programs.software.extend(found);
        }
        Ok(programs)
    }

    /// The file of a program, which is a name, one after the variable of its software, or a path; a relative path starts from `cwd`.
    pub(crate) fn file(&self, program: &str, cwd: &Path) -> Result<PathBuf, Cause> {
        let (of, wanted) = match program.rsplit_once('/') {
            Some((of, wanted)) => (Some(of), wanted),
            None => (None, program),
        };
        let known = self.software.iter().find(|(variable, file)| {
            file.file_name().is_some_and(|name| name == wanted)
                && of.is_none_or(|of| of == *variable)
        });
        if let Some((_, file)) = known {
            return Ok(file.clone());
        }
        let (found, searched) = match program.contains('/') {
            true => (
                Some(cwd.join(program)).filter(|path| is_program(path)),
                vec![],
            ),
            false => (in_one_of(&self.path, program), vec!["on PATH".into()]),
        };
        found.ok_or_else(|| Cause::NotInstalled {
            name: self.name.into(),
            program: program.into(),
            searched,
            version: None,
            others: Vec::new(),
            get: None,
        })
    }

    fn locate(
        &self,
        software: &Software,
        environment: &BTreeMap<String, String>,
        ask: &dyn Fn(&Path, &Software) -> String,
    ) -> Result<Vec<PathBuf>, Cause> {
        let Software {
            programs,
            also_in,
            version,
            variable,
            install,
            ..
        } = software;
        let home = environment
            .get("HOME")
            .map_or("/nonexistent", String::as_str);
        // What has been installed for this daemon alone comes before what happens to be on `PATH`.
        let (own, others): (Vec<_>, Vec<_>) = also_in
            .iter()
            .partition(|place| place.starts_with("~/.local/share/fixtured/"));
        let in_home = |place: &String| match place.strip_prefix("~/") {
            Some(rest) => format!("{home}/{rest}"),
            None => place.clone(),
        };
        let [own, others] =
            [own, others].map(|places| -> Vec<_> { places.into_iter().map(in_home).collect() });
        let (places, searched) = match environment.get(variable) {
            Some(chosen) if Path::new(chosen).is_file() && programs.len() == 1 => {
                return Ok(vec![chosen.into()]);
            }
            Some(chosen) => (
                vec![chosen.into()],
                vec![format!("in {chosen} ({variable})")],
            ),
            None => {
                let expanded = |patterns: &[String]| -> Vec<_> {
                    patterns
                        .iter()
                        .flat_map(|pattern| expand(pattern))
                        .collect()
                };
                let mut places = expanded(&own);
                places.extend(self.path.iter().cloned());
                places.extend(expanded(&others));
                let searched = others.iter().chain(&own);
                let searched = searched.map(|pattern| format!("in {pattern}"));
                (
                    places,
                    std::iter::once("on PATH".into()).chain(searched).collect(),
                )
            }
        };
        let mut others = Vec::new();
        // A directory that has one of them but not the others is no installation.
        let has_all = |place: &&PathBuf| {
            programs
                .iter()
                .all(|program| is_program(&place.join(program)))
        };
        for place in places.iter().filter(has_all) {
            let found: Vec<_> = programs.iter().map(|program| place.join(program)).collect();
            match (version, found.first()) {
                (Some(wanted), Some(program)) => {
                    let said = ask(program, software);
                    if has_version(&said, wanted) {
                        return Ok(found);
                    }
                    others.push(format!("{} has {}", place.display(), said.trim()));
                }
                _ => return Ok(found),
            }
        }
        let missing = programs
            .iter()
            .find(|program| in_one_of(&places, program).is_none())
            .or(programs.first());
        let program = missing.cloned().unwrap_or_default();
        Err(Cause::NotInstalled {
            name: self.name.into(),
            program,
            searched,
            others,
            version: version.clone(),
            get: Some(Get {
                install: install.commands(),
                variable: variable.clone(),
                set: environment.contains_key(variable),
            }),
        })
    }
}

/// Whether a program that says this about itself has a version, or one that begins with it.
fn has_version(said: &str, wanted: &str) -> bool {
    said.split_whitespace().any(|word| {
        let rest = word.strip_prefix(wanted);
        rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
    })
}

fn in_one_of(places: &[PathBuf], program: &str) -> Option<PathBuf> {
    places
        .iter()
        .map(|place| place.join(program))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The directories that a path with one `*` stands for, the highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once("/*") else {
        return vec![pattern.into()];
    };
    let entries = fs::read_dir(before).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(version(name)));
    names
        .into_iter()
        .map(|name| PathBuf::from(format!("{before}/{name}{after}")))
        .collect()
}

/// The numbers in a name, for comparing versions.
fn version(name: &str) -> Vec<u64> {
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("15") > version("9.6"));
        assert!(version("postgresql@17") > version("postgresql@9"));
    }

    #[test]
    fn a_version_is_one_that_begins_so() {
        let said = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        for (wanted, has) in [
            ("15", true),
            ("15.18", true),
            ("15.1", false),
            ("1", false),
            ("16", false),
        ] {
            assert_eq!(has_version(said, wanted), has, "{wanted}");
        }
    }

    #[test]
    fn another_version_that_is_there_is_named() {
        let software = Software {
            also_in: Vec::new(),
            version: Some("16".into()),
            ..Software::new("x", ["sh"])
        };
        let launch = Launch {
            software: vec![software],
            ..Launch::new("x")
        };
        let environment = BTreeMap::from([("PATH".into(), "/bin".into())]);
        let found = Programs::find(&launch, &environment, &|_, _| "x 15.2".into());
        let text = found.map(drop).unwrap_err().to_string();
        assert!(
            text.starts_with(
                "cannot start `x`: `sh` of version 16 is not installed: /bin has x 15.2"
            ),
            "{text}"
        );
        assert!(Programs::find(&launch, &environment, &|_, _| "x 16.2".into()).is_ok());
    }

    #[test]
    fn programs_of_one_name_are_told_apart_by_their_variables() {
        let root = std::env::temp_dir().join(format!("fixtured-programs-{}", std::process::id()));
        let software = ["a", "b"].map(|name| {
            let bin = root.join(name);
            fs::create_dir_all(&bin).unwrap();
            std::os::unix::fs::symlink("/bin/sh", bin.join("python3")).unwrap();
            Software {
                also_in: vec![bin.display().to_string()],
                ..Software::new(name, ["python3"])
            }
        });
        let launch = Launch {
            software: software.into(),
            ..Launch::new("x")
        };
        let programs = Programs::find(&launch, &BTreeMap::new(), &|_, _| String::new());
        for (program, wanted) in [
            ("python3", "a/python3"),
            ("FIXTURED_A_BIN/python3", "a/python3"),
            ("FIXTURED_B_BIN/python3", "b/python3"),
        ] {
            let found = programs.as_ref().unwrap_or_else(|cause| panic!("{cause}"));
            let found = found
                .file(program, &root)
                .map_err(|cause| cause.to_string());
            assert_eq!(found, Ok(root.join(wanted)));
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_missing_program_is_named_with_the_places() {
        let software = Software {
            programs: vec!["sh".into(), "no-such-program".into()],
            also_in: vec!["/nowhere/*/bin".into()],
            ..Software::new("x", [""; 0])
        };
        let launch = Launch {
            software: vec![software],
            ..Launch::new("x")
        };
        let environment = BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]);
        let Err(Cause::NotInstalled {
            program, searched, ..
        }) = Programs::find(&launch, &environment, &|_, _| String::new())
        else {
            unreachable!("it is not installed");
        };
        assert_eq!(program, "no-such-program");
        assert_eq!(searched, ["on PATH", "in /nowhere/*/bin"]);
    }
}
