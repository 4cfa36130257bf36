//! The user that a server runs as.
#![expect(
    unsafe_code,
    reason = "the libraries' setgroups changes all threads; only the system call changes one"
)]

use std::ffi::CString;
use std::io;
use std::thread;

use nix::libc;
use nix::unistd::{self, Gid, Uid, setfsgid, setfsuid};

/// A user to become.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
}

impl User {
    /// The user to run as when this process is root: the named one, or `nobody` where that does not exist. `None` when
    /// this process is not root, or when no such user exists.
    pub(crate) fn instead_of_root(name: &str) -> Option<Self> {
        if !unistd::geteuid().is_root() {
            return None;
        }
        let by_name = |name: &str| unistd::User::from_name(name).ok().flatten();
        let user = by_name(name).or_else(|| by_name("nobody"))?;
        let name = CString::new(user.name).ok()?;
        let groups = unistd::getgrouplist(&name, user.gid).unwrap_or_else(|_| vec![user.gid]);
        Some(Self {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            groups: groups.into_iter().map(unistd::Gid::as_raw).collect(),
        })
    }

    /// Does file operations with only the rights of this user. Nothing can be reached that the user could not reach, and the user owns what is
    /// created. Root does this wherever a server's user can write, so that links there lead only to what the user may access anyway.
    pub(crate) fn act<T: Send>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        thread::scope(|scope| {
            // The rights are those of one thread, and end with it. Threads that it starts have them too.
            let acting = thread::Builder::new().spawn_scoped(scope, || {
                self.take_rights()?;
                work()
            })?;
            let died = |_| Err(io::Error::other("the thread that worked on files died"));
            acting.join().unwrap_or_else(died)
        })
    }

    /// Gives this thread the rights of the user for files (setfsuid(2)), and takes root's away from it.
    fn take_rights(&self) -> io::Result<()> {
        #[cfg(not(any(target_arch = "x86", target_arch = "arm")))]
        use libc::SYS_setgroups;
        #[cfg(any(target_arch = "x86", target_arch = "arm"))]
        use libc::SYS_setgroups32 as SYS_setgroups;
        // SAFETY: the array outlives the call.
        let set = unsafe { libc::syscall(SYS_setgroups, self.groups.len(), self.groups.as_ptr()) };
        nix::errno::Errno::result(set)?;
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        setfsgid(gid);
        setfsuid(uid);
        // These say nothing of failure; but what is asked for in vain says what there is.
        let (no_user, no_group) = (Uid::from_raw(u32::MAX), Gid::from_raw(u32::MAX));
        match setfsuid(no_user) == uid && setfsgid(no_group) == gid {
            true => Ok(()),
            false => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("this process may not act as user {}", self.uid),
            )),
        }
    }
}

/// Works on files as a user, or as this process itself.
pub(crate) fn act_as<T: Send>(
    user: Option<&User>,
    work: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    match user {
        Some(user) => user.act(work),
        None => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn who_acts_as_a_user_can_do_what_he_can() {
        let Some(user) = User::instead_of_root("nobody") else {
            eprintln!("NOT RUN: only root can act as another user");
            return;
        };
        let root = std::env::temp_dir().join(format!("fixtured-user-{}", std::process::id()));
        fs::create_dir(&root).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        let (secret, made) = (root.join("secret"), root.join("made"));
        fs::write(&secret, "of root").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let read = user.act(|| fs::read(&secret));
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        user.act(|| thread::scope(|scope| scope.spawn(|| fs::write(&made, "")).join().unwrap()))
            .unwrap();
        assert_eq!(fs::metadata(&made).unwrap().uid(), user.uid);
        // This thread is still what it was.
        assert_eq!(fs::read_to_string(&secret).unwrap(), "of root");
        fs::remove_dir_all(&root).unwrap();
    }
}
