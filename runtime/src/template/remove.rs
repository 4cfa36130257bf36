//! What goes from the cache.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::cache::{Cache, place};
use super::layout::{MANIFEST, lock_of};
use super::lock::MakeLock;
use super::manifest::header;
use crate::directory::{Dir, Missing};
use crate::process::Environment;

/// What has not been used for this long is removed when a session ends that has used the cache.
const AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// So is, from the one that has not been used for longest on, what exceeds this size.
const SIZE: u64 = 1 << 30;

/// The prefix of the last part of a name that marks a removal.
const GONE: &str = ".gone-";

static NEXT: AtomicU32 = AtomicU32::new(1);

/// Takes a template, or whatever has its place, out of use at once, and removes it unless it is being copied. Whoever does this holds
/// its lock.
pub(super) fn throw_away(cache: &Cache, name: &str) -> io::Result<()> {
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let gone = format!("{name}{GONE}{}-{next}", std::process::id());
    cache.dir.rename(name.as_ref(), &cache.dir, gone.as_ref())?;
    // Whoever copies it has it open; it is removed later.
    let _ = remove_unused(cache, &gone);
    Ok(())
}

/// Removes something that is not being copied. Returns whether it did; what cannot be removed stays.
fn remove_unused(cache: &Cache, name: &str) -> io::Result<bool> {
    let manifest = cache.dir.enter(name).and_then(|dir| dir.read(MANIFEST));
    let lock = manifest.map(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock));
    // Without a manifest it is nothing that is copied.
    if let Ok(Err((_, Errno::EWOULDBLOCK))) = lock {
        return Ok(false);
    }
    match cache.dir.enter(name) {
        Ok(_) => cache.dir.remove_all(name)?,
        Err(_) => cache.dir.remove_file(name)?,
    }
    Ok(true)
}

/// One thing in the cache.
#[derive(Debug)]
struct Kept {
    name: String,
    size: u64,
    used: SystemTime,
}

/// What is in the cache, without the files that are only locked; what has been used last comes first.
fn all(cache: &Cache, size: impl Fn(&Dir, &str) -> u64) -> io::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for name in cache.dir.names()? {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if is_lock(&name) {
            continue;
        }
        let dir = cache.dir.enter(&*name);
        let used = match &dir {
            // Whoever copies it says so by the time of its manifest.
            Ok(dir) => dir
                .read(MANIFEST)
                .and_then(|file| file.metadata())
                .or_else(|_| dir.metadata()),
            Err(_) => std::fs::symlink_metadata(cache.dir.path().join(&name)),
        };
        all.push(Kept {
            size: size(&cache.dir, &name),
            used: used
                .and_then(|found| found.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH),
            name,
        });
    }
    all.sort_by_key(|kept| std::cmp::Reverse(kept.used));
    Ok(all)
}

fn is_lock(name: &str) -> bool {
    name.ends_with(".lock")
}

/// The size that a template says it has.
fn said(cache: &Dir, name: &str) -> u64 {
    let mut start = Vec::new();
    let manifest = cache.enter(name).and_then(|dir| dir.read(MANIFEST));
    let read = manifest.and_then(|file| file.take(64).read_to_end(&mut start));
    read.ok()
        .and_then(|_| header(&start))
        .map_or(0, |(size, _)| size)
}

/// The size that something has.
fn counted(above: &Dir, name: &str) -> u64 {
    let Ok(dir) = above.enter(name) else {
        return above
            .stat(name)
            .map_or(0, |found| found.st_size.unsigned_abs());
    };
    let names = dir.names().unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.to_str())
        .map(|name| counted(&dir, name))
        .sum()
}

/// The template that something in the cache is or was.
fn template_of(name: &str) -> &str {
    let before = |end: &str| name.find(end).and_then(|at| name.get(..at));
    before(GONE)
        .or_else(|| before(".partial"))
        .or_else(|| before(".lock"))
        .unwrap_or(name)
}

/// Removes what is no longer needed: old entries, entries beyond the size limit, and leftovers of killed processes.
pub(super) fn remove_old(cache: &Cache) -> io::Result<()> {
    let mut size = 0;
    for kept in all(cache, said)? {
        size += kept.size;
        let age = kept.used.elapsed().unwrap_or_default();
        let is_template = template_of(&kept.name) == kept.name;
        if !is_template || age > AGE || size > SIZE {
            let _ = remove(cache, &kept.name);
        }
    }
    remove_locks(cache)
}

/// Removes something unless it is being made or copied. Returns whether it did.
fn remove(cache: &Cache, name: &str) -> io::Result<bool> {
    let Ok(_lock) = MakeLock::now(cache, &lock_of(template_of(name))) else {
        return Ok(false);
    };
    remove_unused(cache, name)
}

/// Removes the files that are locked while templates are made which are no longer there.
fn remove_locks(cache: &Cache) -> io::Result<()> {
    let names = cache.dir.names()?;
    let names: Vec<_> = names.iter().filter_map(|name| name.to_str()).collect();
    for name in names.iter().filter(|name| is_lock(name)) {
        let template = template_of(name);
        let used = names
            .iter()
            .any(|other| !is_lock(other) && template_of(other) == template);
        if !used && let Ok(_lock) = MakeLock::now(cache, name) {
            // Whoever has opened it meanwhile sees that it is gone, and makes another one.
            cache.dir.remove_file(name)?;
        }
    }
    Ok(())
}

/// What was, or would be, removed from the cache.
#[derive(Clone, Debug, Default)]
pub struct Cleaned {
    /// Where the cache is.
    pub cache: PathBuf,
    /// What was removed, with its size in bytes.
    pub removed: BTreeMap<String, u64>,
    /// What stays since it is being made or copied, or since it cannot be removed.
    pub stays: BTreeMap<String, String>,
}

/// Removes all templates of this user, unless they are being made or copied; or, if `dry`, says what would be removed. `Err` says why the
/// cache cannot be used.
pub fn clean(environment: &Environment, dry: bool) -> Result<Cleaned, String> {
    let path = place(environment, Missing::Refuse)?;
    let mut cleaned = Cleaned {
        cache: path.clone(),
        ..Cleaned::default()
    };
    if !path.exists() {
        return Ok(cleaned);
    }
    let cache = Cache::at(&path, Missing::Refuse)?;
    let failed = |error| format!("cannot read `{}`: {error}", path.display());
    for Kept { name, size, .. } in all(&cache, counted).map_err(failed)? {
        let removed = match dry {
            true => Ok(true),
            false => remove(&cache, &name),
        };
        match removed {
            Ok(true) => drop(cleaned.removed.insert(name, size)),
            Ok(false) => drop(cleaned.stays.insert(name, "it is in use".into())),
            Err(error) => drop(cleaned.stays.insert(name, error.to_string())),
        }
    }
    if !dry {
        // A lock that stays takes no room.
        let _ = remove_locks(&cache);
    }
    Ok(cleaned)
}
