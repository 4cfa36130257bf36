//! System V shared memory, which outlives the process that made it.
#![expect(unsafe_code, reason = "shmctl has no safe wrapper in nix")]

use std::fs;
use std::ptr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::libc;
use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// How far the clocks may differ by which the start of a process and the making of a segment are told.
const FUZZ: u64 = 2;

/// How long after the last sign of life of a session one of its processes may have made a segment.
const AFTER: Duration = Duration::from_secs(60);

/// A process that may have made segments. Its number is given to others, when it is gone and after a restart of the machine: they are told
/// apart by the moment of the start, and by the start of the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Maker {
    identity: Identity,
    /// The user whose process it is.
    uid: u32,
    boot: String,
}

impl Maker {
    /// A process that runs now as this user; none if it has ended.
    pub(crate) fn of(pid: u32, uid: u32) -> Option<Self> {
        Some(Self {
            identity: Identity::of(pid)?,
            uid,
            boot: boot(),
        })
    }

    /// When it started, in seconds since 1970.
    fn started(&self) -> Option<u64> {
        // SAFETY: it takes a plain number.
        let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
        let since_boot = self
            .identity
            .started
            .checked_div(u64::try_from(ticks).ok()?)?;
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let booted = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
        booted.trim().parse::<u64>().ok()?.checked_add(since_boot)
    }

    /// Returns whether it made this segment, as far as this can be told; if in doubt, not.
    fn made(&self, segment: &Segment, last: Option<u64>) -> bool {
        let by_another = || Identity::of(segment.maker).is_some_and(|now| now != self.identity);
        let in_time = || {
            let started = self.started()?;
            let early = segment.made + FUZZ < started;
            let late = last.is_some_and(|last| segment.made > last);
            Some(!early && !late)
        };
        // A process that starts as root may have changed its user.
        segment.maker == self.identity.pid
            && (self.uid == 0 || segment.uid == self.uid)
            && in_time() == Some(true)
            && !by_another()
    }
}

/// Which run of the machine this is.
fn boot() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().into()
}

/// Removes the unused segments that these dead processes have created: PostgreSQL leaves one when it is killed, and their number is limited
/// (sysvipc(7)). Segments that were created well after `last`, the end of the processes if it is known, belong to other processes with the
/// same ID.
pub(crate) fn remove_shared_memory(makers: &[Maker], last: Option<SystemTime>) {
    let last = last.and_then(|last| {
        Some(
            last.checked_add(AFTER)?
                .duration_since(UNIX_EPOCH)
                .ok()?
                .as_secs(),
        )
    });
    let boot = boot();
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    for segment in table.lines().filter_map(Segment::read) {
        let mut ours = makers.iter().filter(|maker| maker.boot == boot);
        if ours.any(|maker| maker.made(&segment, last)) {
            // SAFETY: it takes plain numbers; the segment is freed when the last user has gone.
            unsafe { libc::shmctl(segment.id, libc::IPC_RMID, ptr::null_mut()) };
        }
    }
}

/// An unused segment.
#[derive(Debug, PartialEq)]
struct Segment {
    id: i32,
    /// The ID of the process that created it, which another process may have now.
    maker: u32,
    /// The user that created it.
    uid: u32,
    /// When it was made or last changed, in seconds since 1970.
    made: u64,
}

impl Segment {
    fn read(line: &str) -> Option<Self> {
        // key, shmid, perms, size, cpid, lpid, nattch, uid, gid, cuid, cgid, atime, dtime, ctime …
        let mut fields = line.split_ascii_whitespace();
        let id = fields.nth(1)?.parse().ok()?;
        let maker = fields.nth(2)?.parse().ok()?;
        let attached: u32 = fields.nth(1)?.parse().ok()?;
        let uid = fields.nth(2)?.parse().ok()?;
        let made = fields.nth(3)?.parse().ok()?;
        let unused = Self {
            id,
            maker,
            uid,
            made,
        };
        (attached == 0).then_some(unused)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use nix::unistd::geteuid;

    use super::*;

    #[test]
    fn only_unused_segments_are_read() {
        let line = |attached: u32| {
            format!("   1193 4 600 56 4242 4243 {attached} 101 104 102 105 1 2 3 0 0")
        };
        let wanted = Segment {
            id: 4,
            maker: 4242,
            uid: 102,
            made: 3,
        };
        assert_eq!(Segment::read(&line(0)), Some(wanted));
        assert_eq!(Segment::read(&line(1)), None);
        assert_eq!(Segment::read("       key      shmid perms"), None);
    }

    /// The table at one moment, with a segment of this process in it.
    fn with_segment(check: impl FnOnce(&Maker, &dyn Fn() -> bool)) {
        // SAFETY: a new segment of one page, which nothing attaches.
        let id = unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, 0o600) };
        let exists = || {
            let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
            let mut all = table.lines().filter_map(Segment::read);
            all.any(|segment| segment.id == id)
        };
        assert!(id >= 0 && exists());
        let me = Maker::of(std::process::id(), geteuid().as_raw()).unwrap();
        check(&me, &exists);
        // SAFETY: the segment is this test's own.
        unsafe { libc::shmctl(id, libc::IPC_RMID, ptr::null_mut()) };
    }

    #[test]
    fn a_segment_goes_with_its_maker() {
        with_segment(|me, exists| {
            remove_shared_memory(&[], None);
            assert!(exists());
            remove_shared_memory(std::slice::from_ref(me), Some(SystemTime::now()));
            assert!(!exists());
        });
    }

    #[test]
    fn segments_of_others_with_the_same_number_stay() {
        with_segment(|me, exists| {
            let of = |started: u64| Identity {
                started,
                ..me.identity
            };
            let others = [
                // It runs, and is another one than the process that was listed.
                Maker {
                    identity: of(me.identity.started + 1),
                    ..me.clone()
                },
                Maker {
                    identity: of(me.identity.started.saturating_sub(1)),
                    ..me.clone()
                },
                Maker {
                    boot: "another".into(),
                    ..me.clone()
                },
                Maker {
                    uid: me.uid + 1,
                    ..me.clone()
                },
            ];
            for other in &others {
                remove_shared_memory(std::slice::from_ref(other), None);
                assert!(exists(), "{other:?}");
            }
            // The session ended long before the segment was made.
            let before = SystemTime::now() - 2 * AFTER;
            remove_shared_memory(std::slice::from_ref(me), Some(before));
            assert!(exists());
        });
    }

    #[test]
    fn the_start_of_a_process_is_known() {
        let mut child = Command::new("sleep").arg("100").spawn().unwrap();
        let maker = Maker::of(child.id(), 0).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let differs = maker.started().unwrap().abs_diff(now.as_secs());
        assert!(differs <= 60, "{differs}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(Maker::of(child.id(), 0), None);
    }
}
