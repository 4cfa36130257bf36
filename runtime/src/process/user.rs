//! The user that a server runs as.

use std::ffi::CString;

use nix::unistd;

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
}
