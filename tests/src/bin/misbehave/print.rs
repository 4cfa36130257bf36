//! Ways to print.

use std::io::{Write, stdout};

use crate::Told;
use crate::end::stay;

/// The length of a line, its end included.
const LINE: usize = 1024;

/// How many lines are written at once.
const AT_ONCE: usize = 1024;

pub(crate) fn flood(told: &Told) {
    let Some(bytes) = told.parameter else {
        loop {
            println!("{}", "x".repeat(1000));
        }
    };
    let mut line = vec![b'x'; LINE];
    line[LINE - 1] = b'\n';
    let lines = line.repeat(AT_ONCE);
    let mut left = bytes as usize;
    while left > lines.len() {
        print(&lines);
        left -= lines.len();
    }
    // The last line is shorter where the bytes make no whole number of lines.
    let mut last = lines[..left].to_vec();
    if let Some(end) = last.last_mut() {
        *end = b'\n';
    }
    print(&last);
    print(format!("done {bytes}\n").as_bytes());
    stay();
}

/// Prints whole lines, which pass by the buffer of standard output.
fn print(bytes: &[u8]) {
    let mut out = stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(4);
    }
}
