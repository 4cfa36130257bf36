//! `fixtured clean`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};

use super::world::World;
use super::{Said, of};

/// The cache of a test, in which a server has left what it was prepared with.
fn filled(world: &World) -> PathBuf {
    let cache = world.path().join("cache/fixtured");
    let mut run = world.fixtured("run postgres -- true");
    let said = of(run.env("XDG_CACHE_HOME", world.path().join("cache")));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(templates(&cache).len(), 1);
    cache
}

fn clean(world: &World, words: &str) -> Said {
    let mut clean = world.fixtured(&format!("clean{words}"));
    of(clean.env("XDG_CACHE_HOME", world.path().join("cache")))
}

fn templates(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache).unwrap().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.is_dir()).collect()
}

#[test]
fn what_is_in_the_cache_goes_unless_it_is_in_use() {
    let world = World::new("clean");
    let nothing = clean(&world, "");
    let cache = world.path().join("cache/fixtured");
    let wanted = format!("{} is empty\n", cache.display());
    assert_eq!((nothing.code, nothing.stderr), (0, wanted));
    filled(&world);

    let dry = clean(&world, " --dry-run");
    assert!(dry.stderr.starts_with("would remove "), "{}", dry.stderr);
    let template = templates(&cache).remove(0);

    let copied = File::open(template.join("manifest")).unwrap();
    let copied = Flock::lock(copied, FlockArg::LockShared).unwrap();
    let in_use = clean(&world, "");
    let stays = format!("kept {}: it is in use\n", template.display());
    assert!(in_use.stderr.starts_with(&stays), "{}", in_use.stderr);
    assert!(template.join("data/PG_VERSION").exists());
    drop(copied);

    let removed = clean(&world, " --verbose");
    assert_eq!(removed.code, 0);
    let named = format!("removed {} (", template.display());
    assert!(removed.stderr.starts_with(&named), "{}", removed.stderr);
    assert!(removed.stderr.contains(" MiB from "), "{}", removed.stderr);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}

#[test]
fn what_is_old_goes_when_a_session_ends() {
    let world = World::new("old");
    let cache = filled(&world);
    let template = templates(&cache).remove(0);
    let days = |days: u64| SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
    // What another version has left, what was killed while it was made, and what was being copied when it was thrown away.
    for (name, age) in [
        ("old-1", 31),
        ("young-1", 29),
        ("killed-1.partial", 0),
        ("gone-1.gone-7-1", 0),
    ] {
        fs::create_dir(cache.join(name)).unwrap();
        File::open(cache.join(name))
            .unwrap()
            .set_modified(days(age))
            .unwrap();
    }
    fs::write(cache.join("old-1.lock"), "").unwrap();
    // Its use is what counts.
    File::open(&template)
        .unwrap()
        .set_modified(days(99))
        .unwrap();
    let mut run = world.fixtured("run postgres -- true");
    let said = of(run.env("XDG_CACHE_HOME", world.path().join("cache")));
    assert_eq!(said.code, 0, "{}", said.stderr);
    let mut left = templates(&cache);
    left.sort();
    let mut wanted = vec![template.clone(), cache.join("young-1")];
    wanted.sort();
    assert_eq!(left, wanted);
    assert!(!cache.join("old-1.lock").exists());
}
