//! System V shared memory, which outlives the process that made it.
#![expect(unsafe_code, reason = "shmctl has no safe wrapper in nix")]

use std::fs;
use std::ptr;

use nix::libc;

/// Removes the segments that these processes, which are gone, have made and that nobody uses: PostgreSQL leaves one when it is killed,
/// and their number is limited (sysvipc(7)).
pub(crate) fn remove_shared_memory(makers: &[u32]) {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    for (segment, maker) in table.lines().filter_map(read) {
        if makers.contains(&maker) {
            // SAFETY: it takes plain numbers; the segment is freed when the last user has gone.
            unsafe { libc::shmctl(segment, libc::IPC_RMID, ptr::null_mut()) };
        }
    }
}

/// The number of an unused segment, and that of the process which made it.
fn read(line: &str) -> Option<(i32, u32)> {
    // key, shmid, perms, size, cpid, lpid, nattch …
    let mut fields = line.split_ascii_whitespace();
    let segment = fields.nth(1)?.parse().ok()?;
    let maker = fields.nth(2)?.parse().ok()?;
    let attached: u32 = fields.nth(1)?.parse().ok()?;
    (attached == 0).then_some((segment, maker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unused_segments_are_read() {
        let line = |attached: u32| {
            format!("   1193 4 600 56 4242 4243 {attached} 101 104 101 104 1 2 3 0 0")
        };
        assert_eq!(read(&line(0)), Some((4, 4242)));
        assert_eq!(read(&line(1)), None);
        assert_eq!(read("       key      shmid perms"), None);
    }

    #[test]
    fn a_segment_goes_with_its_maker() {
        // SAFETY: a new segment of one page, which nothing attaches.
        let segment = unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, 0o600) };
        let exists = || {
            let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
            table
                .lines()
                .filter_map(read)
                .any(|(found, _)| found == segment)
        };
        assert!(segment >= 0 && exists());
        remove_shared_memory(&[]);
        assert!(exists());
        remove_shared_memory(&[std::process::id()]);
        assert!(!exists());
    }
}
