//! Calls that the system refuses to a program, as an old kernel or a sandbox does.
#![expect(
    unsafe_code,
    reason = "a filter of system calls is set between fork and program"
)]

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::libc::{self, c_long, sock_filter, sock_fprog};

/// Has the system refuse these calls with an error to a command, and to all that it starts (seccomp(2)).
pub fn refuse(command: &mut Command, calls: &[c_long], errno: Errno) {
    const NUMBER: u32 = 0;
    let statement = |code: u32, k: u32| sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    };
    let mut filter = vec![statement(
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        NUMBER,
    )];
    for call in calls {
        let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        filter.push(sock_filter {
            jf: 1,
            ..statement(equal, *call as u32)
        });
        let answer = libc::SECCOMP_RET_ERRNO | errno as u32;
        filter.push(statement(libc::BPF_RET | libc::BPF_K, answer));
    }
    let allow = libc::SECCOMP_RET_ALLOW;
    filter.push(statement(libc::BPF_RET | libc::BPF_K, allow));
    let set = move || {
        let program = sock_fprog {
            len: filter.len() as u16,
            filter: filter.as_mut_ptr(),
        };
        // SAFETY: the filter outlives the calls.
        let set = unsafe {
            let mode = libc::SECCOMP_MODE_FILTER;
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_SECCOMP, mode, &program) == 0
        };
        match set {
            true => Ok(()),
            false => Err(Errno::last().into()),
        }
    };
    // SAFETY: it makes plain system calls, and allocates nothing.
    unsafe { command.pre_exec(set) };
}
