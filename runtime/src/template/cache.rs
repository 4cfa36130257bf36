//! The user's cache directory.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use crate::directory::{Dir, Missing, name_of_user, trusted};
use crate::process::{Environment, home};

/// The directory in the user's cache that is ours. Nobody else can write to it, or put another in its place: what is in it is run.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(super) path: PathBuf,
    pub(super) dir: Dir,
}

impl Cache {
    /// Opens it, having made it if need be; or says why it cannot be used.
    pub(crate) fn open(environment: &Environment) -> Result<Self, String> {
        Self::at(&place(environment, Missing::Make)?, Missing::Make)
    }

    /// Opens the one at this path.
    pub(super) fn at(path: &Path, missing: Missing) -> Result<Self, String> {
        let path = trusted(path, missing)?;
        let dir = Dir::open(&path)
            .map_err(|error| format!("cannot open `{}`: {error}", path.display()))?;
        let owner = dir.metadata().map(|found| found.uid());
        match owner.unwrap_or(u32::MAX) {
            uid if uid == geteuid().as_raw() => Ok(Self { path, dir }),
            uid => Err(format!(
                "`{}` belongs to {}",
                path.display(),
                name_of_user(uid)
            )),
        }
    }
}

/// Where it is.
pub(super) fn place(environment: &Environment, missing: Missing) -> Result<PathBuf, String> {
    let variable = |name: &str| environment.get(OsStr::new(name)).map(PathBuf::from);
    let named = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    if let Some(named) = named {
        return Ok(named.join("fixtured"));
    }
    let home = match (variable("HOME"), home(variable("HOME").as_deref())) {
        // A home that is not there is none by intention, as where packages are built.
        (Some(named), _) if named.is_absolute() && !named.exists() => {
            return Err(format!("`{}` (HOME) does not exist", named.display()));
        }
        (_, Some(home)) => home,
        (Some(named), None) if named.is_absolute() => named,
        (_, None) => return Err("this user has no home directory".into()),
    };
    // Its own home is not for us to make.
    if missing == Missing::Make {
        trusted(&home, Missing::Refuse)?;
    }
    Ok(home.join(".cache/fixtured"))
}
