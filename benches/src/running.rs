//! Whether processes run and paths exist.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Result, clock};

/// How often it is looked.
const PAUSE: Duration = Duration::from_micros(100);

/// After this long, in milliseconds, something stays for good.
const LONGEST: f64 = 20_000.0;

/// The state and the parent of a process, if it is there.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    Some((fields.next()?.into(), fields.next()?.parse().ok()?))
}

/// The number of a process's parent.
pub fn parent(pid: u32) -> Result<u32> {
    Ok(stat(pid).ok_or_else(|| format!("process {pid} is gone"))?.1)
}

/// Whether a process runs; one that has ended and was not collected yet does not.
fn runs(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// The processes whose parent this is.
pub fn children(pid: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|child| stat(*child).is_some_and(|(_, parent)| parent == pid))
        .collect()
}

/// The processes in whose command line the path is.
pub fn mentioning(path: &Path) -> Vec<u32> {
    let path = path.display().to_string();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(&path)
    })
    .collect()
}

/// Waits until processes and paths are gone, and returns when that was.
pub fn gone(pids: &[u32], paths: &[PathBuf]) -> Result<f64> {
    let began = clock::now()?;
    while pids.iter().any(|pid| runs(*pid)) || paths.iter().any(|path| Path::exists(path)) {
        if clock::now()? - began > LONGEST {
            return Err(
                format!("still there after {LONGEST} ms: of {pids:?} and {paths:?}").into(),
            );
        }
        std::thread::sleep(PAUSE);
    }
    clock::now()
}
