//! What becomes of a start, whatever the cache is like.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};

use super::*;
use crate::deadline::Deadline;
use crate::error::{Cause, Note};
use crate::process::Environment;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A place for a cache and for copies.
struct World {
    root: PathBuf,
    made: Cell<u32>,
    notes: RefCell<Vec<String>>,
    templates: Templates,
}

impl World {
    fn new() -> Self {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fixtured-template-{}-{next}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(&root).unwrap();
        Self {
            root,
            made: Cell::new(0),
            notes: RefCell::default(),
            templates: Templates::default(),
        }
    }

    fn environment(&self) -> Environment {
        let cache = self.root.join("cache");
        BTreeMap::from([("XDG_CACHE_HOME".into(), cache.into())])
    }

    /// Has something copied, looks whether it is whole, and says what came from the cache.
    fn copy(&self, environment: &Environment) -> Option<Copied> {
        let template = Template::new("x", &["/bin/sh".into()], &[], environment).unwrap();
        let into = self.root.join("copy");
        let _ = fs::remove_dir_all(&into);
        let target = Target {
            path: &into,
            owner: None,
            until: Deadline::after(Duration::from_secs(2)),
            unwanted: &[],
        };
        let note = |note: Note| self.notes.borrow_mut().push(note.to_string());
        let copied = template.copy(&target, &self.templates, &note, &|path| self.make(path));
        let copied = copied.unwrap_or_else(|cause| panic!("{cause}"));
        // As at the end of a session, so that it is there for the next.
        self.templates.finish();
        let text = |name: &str| fs::read_to_string(into.join(name)).unwrap();
        assert_eq!(
            (text("file"), text("base/5/file")),
            ("one".into(), "two".into())
        );
        let mode =
            |name: &str| fs::metadata(into.join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("file"), mode("base")), (0o640, 0o750));
        assert!(into.join("base/empty").is_dir());
        copied
    }

    fn make(&self, path: &Path) -> Result<(), Cause> {
        self.made.set(self.made.get() + 1);
        fs::create_dir_all(path.join("base/empty")).unwrap();
        fs::create_dir_all(path.join("base/5")).unwrap();
        fs::write(path.join("file"), "one").unwrap();
        fs::write(path.join("base/5/file"), "two").unwrap();
        fs::set_permissions(path.join("file"), Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(path.join("base"), Permissions::from_mode(0o750)).unwrap();
        Ok(())
    }

    /// The directory of the template.
    fn template(&self) -> PathBuf {
        let entries = fs::read_dir(self.root.join("cache/fixtured")).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths.find(|path| path.join("manifest").exists()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root.join("cache/fixtured")).unwrap();
        entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn said(&self) -> String {
        self.notes.take().join("\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

#[test]
fn it_is_made_once_and_copied_whole() {
    let world = World::new();
    assert!(world.copy(&world.environment()).is_none());
    assert!(world.copy(&world.environment()).is_some());
    assert!(world.copy(&world.environment()).is_some());
    assert_eq!((world.made.get(), world.said().as_str()), (1, ""));
}

/// Replaces what is there.
fn instead(path: &Path) -> &Path {
    let _ = fs::remove_dir_all(path);
    let _ = fs::remove_file(path);
    path
}

fn fifo(path: &Path) {
    mkfifo(instead(path), Mode::from_bits_truncate(0o600)).unwrap();
}

#[test]
fn what_is_damaged_is_made_again() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 18] = [
        ("has 0 bytes instead of 3", |it| {
            drop(File::create(it.join("data/file")).unwrap())
        }),
        ("`file`: ", |it| {
            fs::remove_file(it.join("data/file")).unwrap()
        }),
        ("`base/5`: ", |it| {
            fs::remove_dir_all(it.join("data/base/5")).unwrap()
        }),
        ("`manifest`: ", |it| fs::create_dir(instead(it)).unwrap()),
        ("Not a directory", |it| fs::write(instead(it), "").unwrap()),
        ("Not a directory", |it| {
            symlink("/etc", instead(it)).unwrap()
        }),
        ("Not a directory", |it| fifo(it)),
        ("`data`: ", |it| {
            symlink("/etc", instead(&it.join("data"))).unwrap()
        }),
        ("`data`: ", |it| fifo(&it.join("data"))),
        ("it is a FIFO", |it| fifo(&it.join("data/file"))),
        ("it is a FIFO", |it| fifo(&it.join("manifest"))),
        ("`file`: ", |it| {
            symlink("/etc/passwd", instead(&it.join("data/file"))).unwrap()
        }),
        ("`base/5`: ", |it| {
            symlink("/etc", instead(&it.join("data/base/5"))).unwrap()
        }),
        ("`manifest`: ", |it| {
            fs::remove_file(it.join("manifest")).unwrap()
        }),
        ("`manifest` is incomplete", |it| {
            let manifest = fs::read(it.join("manifest")).unwrap();
            fs::write(it.join("manifest"), &manifest[..manifest.len() - 9]).unwrap();
        }),
        ("has the mode 644 instead of 640", |it| {
            fs::set_permissions(it.join("data/file"), Permissions::from_mode(0o644)).unwrap();
        }),
        ("was modified", |it| {
            fs::write(it.join("data/file"), "ONE").unwrap();
            let file = File::open(it.join("data/file")).unwrap();
            file.set_modified(SystemTime::now() + Duration::from_secs(7))
                .unwrap();
        }),
        ("belongs to another user", |it| {
            if geteuid().is_root() {
                std::os::unix::fs::chown(it.join("data/file"), Some(65534), None).unwrap();
            } else {
                // An ordinary user cannot give files away.
                fs::remove_file(it.join("data/file")).unwrap();
            }
        }),
    ];
    for (number, (wanted, damage)) in damages.into_iter().enumerate() {
        let world = World::new();
        world.copy(&world.environment());
        damage(&world.template());
        assert!(world.copy(&world.environment()).is_none(), "{number}");
        let said = world.said();
        let wanted = match wanted.starts_with("belongs") && !geteuid().is_root() {
            true => "`file`: ",
            false => wanted,
        };
        assert!(
            said.contains("was damaged and is prepared again"),
            "{number}: {said}"
        );
        assert!(
            said.contains(wanted) && said.contains("/fixtured/x-"),
            "{number}: {said}"
        );
        // It is whole again, and nothing is left of the other.
        assert!(world.copy(&world.environment()).is_some(), "{number}");
        assert_eq!(
            (world.made.get(), world.said().as_str()),
            (2, ""),
            "{number}"
        );
        assert_eq!(world.names().len(), 2, "{:?}", world.names());
    }
}

#[test]
fn what_is_there_besides_is_not_copied() {
    let world = World::new();
    world.copy(&world.environment());
    symlink("/etc/passwd", world.template().join("data/planted")).unwrap();
    fifo(&world.template().join("data/base/fifo"));
    assert!(world.copy(&world.environment()).is_some());
    assert!(!world.root.join("copy/planted").exists());
    assert_eq!(world.said(), "");
}

#[test]
fn without_a_cache_it_is_made_in_its_place() {
    let world = World::new();
    let path = |name: &str| world.root.join(name).to_str().unwrap().to_owned();
    fs::write(world.root.join("file"), "").unwrap();
    fs::create_dir(world.root.join("open")).unwrap();
    fs::set_permissions(world.root.join("open"), Permissions::from_mode(0o777)).unwrap();
    fs::create_dir_all(world.root.join("others/fixtured")).unwrap();
    let mode = Permissions::from_mode(0o775);
    fs::set_permissions(world.root.join("others/fixtured"), mode).unwrap();
    let group = match geteuid().is_root() {
        true => Some(100),
        false => None,
    };
    std::os::unix::fs::chown(world.root.join("others/fixtured"), None, group).unwrap();
    let mut cases = vec![
        (
            "XDG_CACHE_HOME",
            "/proc/nowhere".into(),
            "cannot create `/proc/nowhere`",
        ),
        ("XDG_CACHE_HOME", path("file"), "Not a directory"),
        ("XDG_CACHE_HOME", path("open"), "others can write to"),
        (
            "HOME",
            "/nonexistent".into(),
            "`/nonexistent` (HOME) does not exist",
        ),
        ("HOME", path("file/x"), "does not exist"),
    ];
    if geteuid().is_root() {
        for name in ["foreign", "foreign/fixtured"] {
            fs::create_dir_all(world.root.join(name)).unwrap();
            std::os::unix::fs::chown(world.root.join(name), Some(65534), None).unwrap();
        }
        cases.push(("XDG_CACHE_HOME", path("foreign"), "belongs to nobody"));
        cases.push(("XDG_CACHE_HOME", path("others"), "others can write to"));
    }
    for (number, (variable, value, wanted)) in cases.into_iter().enumerate() {
        let environment = BTreeMap::from([(variable.into(), value.clone().into())]);
        assert!(world.copy(&environment).is_none());
        let said = world.said();
        assert!(
            said.starts_with("no cache, so data is prepared for each server: "),
            "{said}"
        );
        assert!(said.contains(wanted), "{value}: {said}");
        assert_eq!(world.made.get() as usize, number + 1);
    }
}

#[test]
fn whoever_makes_it_for_too_long_is_named() {
    let world = World::new();
    world.copy(&world.environment());
    let lock = world.template().with_extension("lock");
    fs::remove_dir_all(world.template()).unwrap();
    let held = Flock::lock(File::create(&lock).unwrap(), FlockArg::LockExclusive);
    assert!(world.copy(&world.environment()).is_none());
    let said = world.said();
    let wanted = format!(
        "the lock `{}`, which pid {}",
        lock.display(),
        std::process::id()
    );
    assert!(said.contains(&wanted), "{said}");
    drop(held);
    assert!(world.copy(&world.environment()).is_none());
    assert!(world.copy(&world.environment()).is_some());
    assert_eq!(world.said(), "");
}

#[test]
fn what_has_been_thrown_away_is_made_again() {
    let world = World::new();
    world.copy(&world.environment());
    let copied = world.copy(&world.environment()).unwrap();
    assert_eq!(
        copied.throw_away(),
        world.root.join("cache/fixtured").join(&copied.name)
    );
    assert!(!copied.throw_away().exists());
    assert!(world.copy(&world.environment()).is_none());
    // This is another one, without a complaint yet.
    assert!(copied.throw_away().exists());
    assert!(world.copy(&world.environment()).is_some());
}
