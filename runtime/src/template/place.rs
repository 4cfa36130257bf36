//! One directory that is made once.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{geteuid, syncfs};

use super::cache::Cache;
use super::entry::{Copied, Found};
use super::layout::{DATA, MANIFEST, lock_of, partial_of};
use super::lock::{LockError, MakeLock};
use super::manifest::{FORM, Manifest};
use super::remove::throw_away;
use super::target::Target;
use super::templates::Templates;
use super::tree::{CopyError, Copying};
use crate::directory::{Dir, Missing};
use crate::error::{Cause, Note};
use crate::launch::{Step, Texts, serialized};
use crate::process::Environment;

/// A place in the user's cache for one directory.
pub(crate) struct Template {
    cache: Result<Cache, String>,
    name: String,
}

impl Template {
    /// The place for what these steps make with these programs: another version of a program has another place.
    pub(crate) fn new(
        name: &str,
        programs: &[PathBuf],
        steps: &[Step],
        environment: &Environment,
    ) -> Result<Self, Cause> {
        // The hash may change with the version of Rust; then the directory is made once more.
        let mut hash = DefaultHasher::new();
        // So does what another version of this crate has made in another form.
        // What stands for a placeholder differs between processes; as it is sent it does not.
        let mut steps = steps.to_vec();
        steps.each_text(&mut |text| *text = serialized(text));
        (FORM, steps).hash(&mut hash);
        for program in programs {
            let failed = |error| Cause::io(format!("read `{}`", program.display()), error);
            let file = fs::canonicalize(program).map_err(failed)?;
            let found = fs::metadata(&file).map_err(failed)?;
            (file, found.len(), found.mtime(), found.mtime_nsec()).hash(&mut hash);
        }
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let name: String = name.chars().take(24).map(plain).collect();
        Ok(Self {
            cache: Cache::open(environment),
            name: format!("{name}-{:016x}", hash.finish()),
        })
    }

    /// Copies the directory, having made it first if it is not in the cache. Sessions that need it at the same time wait for the one that
    /// makes it. Without a cache it is made in its place, and `note` is told why. Returns what was copied, if it came from the cache.
    pub(crate) fn copy(
        &self,
        target: &Target<'_>,
        templates: &Templates,
        note: &dyn Fn(Note),
        make: &dyn Fn(&Path) -> Result<(), Cause>,
    ) -> Result<Option<Copied>, Cause> {
        let in_place = |why: Note| {
            note(why);
            make(target.path).map(|()| None)
        };
        let cache = match &self.cache {
            Ok(cache) => cache,
            Err(why) => return in_place(Note::NoCache { why: why.clone() }),
        };
        templates.uses(cache);
        // Copying does not need the lock.
        let mut lock = None;
        loop {
            let damage = match Found::look(cache, &self.name) {
                Found::Template(there) => match there.copy(target)? {
                    Ok(()) => {
                        return Ok(Some(Copied {
                            cache: cache.path.clone(),
                            name: self.name.clone(),
                            made: there.made,
                        }));
                    }
                    Err(damage) => Some(damage),
                },
                Found::Nothing => None,
                Found::Damaged(damage) => Some(damage),
                Found::Unusable(why) => return in_place(Note::NoCache { why }),
            };
            match (&lock, damage) {
                (None, _) => {
                    let name = lock_of(&self.name);
                    lock = match MakeLock::wait(cache, &name, target.until, target.unwanted) {
                        Ok(lock) => Some(lock),
                        Err(LockError::Held(by)) => {
                            return in_place(Note::CacheBusy { by: by.to_string() });
                        }
                        Err(LockError::Impossible(why)) => return in_place(Note::NoCache { why }),
                        Err(LockError::Unwanted) => {
                            let why = "a daemon was no longer needed while it was starting".into();
                            return Err(Cause::SessionEnded { why });
                        }
                    };
                }
                (Some(_), Some(why)) => {
                    let path = cache.path.join(&self.name);
                    if let Err(error) = throw_away(cache, &self.name) {
                        let why = format!(
                            "`{}` is damaged and could not be removed: {error}",
                            path.display()
                        );
                        return in_place(Note::NoCache { why });
                    }
                    note(Note::Damaged { path, why });
                }
                (Some(_), None) => break,
            }
        }
        make(target.path)?;
        match self.keep(cache, target) {
            Ok(finish) => templates.meanwhile(move || {
                finish();
                drop(lock);
            }),
            Err(reason) => note(Note::not_kept(&cache.path.join(&self.name), reason)),
        }
        Ok(None)
    }

    /// Copies the result into the cache. Returns the remaining work: it appears there as a whole, once it is on disk. The caller must hold the
    /// lock.
    fn keep(
        &self,
        cache: &Cache,
        target: &Target<'_>,
    ) -> Result<impl FnOnce() + Send + 'static, String> {
        let partial = partial_of(&self.name);
        // Leftovers of a killed process.
        let _ = cache.dir.remove_all(&*partial);
        let kept = || -> Result<Dir, CopyError> {
            let (above, name) = target.above().map_err(CopyError::Other)?;
            let made = above.enter(name).map_err(CopyError::Other)?;
            let manifest = Manifest::of(&made).map_err(CopyError::Other)?;
            let dir = cache
                .dir
                .make_dir(&*partial, 0o700)
                .map_err(CopyError::Other)?;
            let copying = Copying {
                manifest: &manifest,
                from: &made,
                of: Some(target.owner.map_or(geteuid().as_raw(), |owner| owner.uid)),
                owner: None,
            };
            copying.run(&dir, DATA.as_ref())?;
            let write = || {
                // The times are those of the copy.
                let manifest = Manifest::of(&dir.enter(DATA)?)?;
                dir.create(MANIFEST, 0o600)?.write_all(&manifest.to_bytes())
            };
            write().map_err(CopyError::Other)?;
            Ok(dir)
        };
        let kept = kept().and_then(|dir| {
            let cache = Cache::at(&cache.path, Missing::Refuse);
            Ok((dir, cache.map_err(CopyError::Source)?))
        });
        let (dir, cache) = kept.map_err(|trouble| {
            let _ = cache.dir.remove_all(&*partial);
            trouble.to_string()
        })?;
        let name = self.name.clone();
        Ok(move || {
            let synced = syncfs(&dir).map_err(io::Error::from);
            let place = |()| {
                cache
                    .dir
                    .rename(partial.as_ref(), &cache.dir, name.as_ref())
            };
            if synced.and_then(place).is_err() {
                let _ = cache.dir.remove_all(&*partial);
            }
        })
    }
}
