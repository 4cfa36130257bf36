//! Directories whose entries are numbers, as `/proc` has them; for forked processes, which may allocate nothing.
#![expect(
    unsafe_code,
    reason = "reading a directory without allocating takes the bare system call"
)]

use std::ffi::CStr;
use std::os::fd::RawFd;

use nix::libc;

/// Opens a directory for as long as `look` takes. `None` if it cannot be opened.
pub(super) fn in_directory<T>(path: &CStr, look: impl FnOnce(RawFd) -> T) -> Option<T> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the path ends with a zero byte.
    let directory = unsafe { libc::open(path.as_ptr(), flags) };
    if directory < 0 {
        return None;
    }
    let seen = look(directory);
    // SAFETY: it was opened here and is used nowhere else.
    unsafe { libc::close(directory) };
    Some(seen)
}

/// Calls `visit` for each entry that is a number.
pub(super) fn each_number(directory: RawFd, mut visit: impl FnMut(i32)) {
    #[repr(align(8))]
    struct Buffer([u8; 16 * 1024]);
    let mut buffer = Buffer([0; 16 * 1024]);
    loop {
        // SAFETY: a plain system call on an open descriptor and a buffer that outlives it.
        let read = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                directory,
                buffer.0.as_mut_ptr(),
                buffer.0.len(),
            )
        };
        let Some(read) = usize::try_from(read).ok().filter(|read| *read > 0) else {
            return;
        };
        let mut entries = buffer.0.get(..read).unwrap_or_default();
        // A `linux_dirent64` is 8 bytes each of inode and offset, 2 of its own length, 1 of type, then the name.
        while let (Some(&[low, high]), Some(name)) = (entries.get(16..18), entries.get(19..)) {
            if let Some(number) = number(name) {
                visit(number);
            }
            let length = usize::from(u16::from_ne_bytes([low, high]));
            entries = entries.get(length.max(1)..).unwrap_or_default();
        }
    }
}

/// The number that the bytes start with, if they start with one.
pub(super) fn number(bytes: &[u8]) -> Option<i32> {
    let mut digits = bytes
        .iter()
        .map_while(|byte| byte.is_ascii_digit().then(|| i32::from(byte - b'0')))
        .peekable();
    digits.peek()?;
    digits.try_fold(0, |number: i32, digit| {
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_digits_end() {
        assert_eq!(number(b"4242\0"), Some(4242));
        assert_eq!(number(b"self\0"), None);
        assert_eq!(number(b"99999999999\0"), None);
    }

    #[test]
    fn the_descriptors_of_this_process_are_numbers() {
        let found = in_directory(c"/proc/self/fd", |directory| {
            let mut found = Vec::new();
            each_number(directory, |fd| found.push(fd));
            assert!(found.contains(&directory));
            found
        });
        assert!(found.is_some_and(|found| found.contains(&0)));
        assert!(in_directory(c"/proc/nothing", |_| ()).is_none());
    }
}
