//! Calls that the system refuses to a thread and what it starts, as an old kernel or a sandbox does; for tests.
#![expect(unsafe_code, reason = "a filter of system calls is set by a bare call")]

use nix::libc::{self, c_int, sock_filter, sock_fprog};

/// Has the system refuse these calls with an error to this thread, and to all that it starts from now on.
pub(super) fn refuse(calls: &[libc::c_long], errno: c_int) {
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
    let program = sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the filter outlives the call.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_MODE_FILTER;
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, mode, &program), 0);
    }
}
