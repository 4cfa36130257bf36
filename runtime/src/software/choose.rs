//! Which of several ways to run a daemon is installed.

use std::borrow::Cow;

use super::programs::Programs;
use super::version::Ask;
use crate::error::Cause;
use crate::launch::Launch;
use crate::process::Environment;

/// The launch with the first of its alternatives whose programs are installed; `ask` has a program say its version.
pub(crate) fn choose<'a>(
    launch: &'a Launch,
    environment: &Environment,
    ask: Ask<'_>,
) -> Result<Cow<'a, Launch>, Cause> {
    if launch.alternatives.is_empty() {
        return Ok(Cow::Borrowed(launch));
    }
    let mut missing: Option<Cause> = None;
    for way in launch.ways() {
        match Programs::find(&way, environment, ask).map(drop) {
            Ok(()) => return Ok(Cow::Owned(way)),
            Err(cause) => {
                missing = Some(match missing {
                    Some(first) => first.nor(cause),
                    None => cause,
                });
            }
        }
    }
    missing.map_or(Ok(Cow::Borrowed(launch)), Err)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;
    use crate::launch::Software;

    /// What is chosen of `x` and `y` where these programs are installed, each of which says its name and that it is `is`.
    fn chosen(installed: &[&str], is: &str) -> Result<String, String> {
        let name = format!("fixtured-choose-{}-{}", std::process::id(), installed.len());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(&root).unwrap();
        for program in installed {
            fs::write(root.join(program), "#!/bin/sh\n").unwrap();
            fs::set_permissions(root.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let software = |program: &str| Software {
            search_paths: Vec::new(),
            ..Software::new("x", [program]).apt(program)
        };
        let launch = Launch::new("x").needs(software("x").other_than("other"));
        let launch = launch.or(Launch::new("ignored").needs(software("y")));
        let environment = BTreeMap::from([("PATH".into(), root.clone().into())]);
        let ask = |_: &Path, _: &Software| is.to_owned();
        let found = choose(&launch, &environment, &ask);
        fs::remove_dir_all(root).unwrap();
        let found = found.map_err(|cause| cause.to_string())?;
        assert!(found.alternatives.is_empty() && found.name == "x");
        Ok(found.software[0].programs.concat())
    }

    #[test]
    fn the_first_that_is_installed_is_chosen() {
        assert_eq!(chosen(&["x", "y"], "this 1.0").unwrap(), "x");
        assert_eq!(chosen(&["y"], "this 1.0").unwrap(), "y");
        assert_eq!(chosen(&["x", "y"], "this other 1.0").unwrap(), "y");
        let text = chosen(&["x"], "this other 1.0").unwrap_err();
        assert_eq!(
            text.lines().take(2).collect::<Vec<_>>(),
            [
                "cannot start `x`: `x` is not on PATH, nor is `y`",
                "  install: apt install x        (or: apt install y)"
            ]
        );
    }
}
