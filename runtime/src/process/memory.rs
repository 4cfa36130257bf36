//! How much of the machine's memory processes need.

use std::fs;

use super::tree::Parents;

/// What all descendants of a process need, in bytes. Memory that several processes share counts for each in proportion (`Pss` in
/// proc(5)); where that may not be read, in full.
pub(crate) fn memory_below(parents: &Parents, ancestor: u32) -> u64 {
    parents.descendants(ancestor).into_iter().map(memory).sum()
}

fn memory(pid: u32) -> u64 {
    let field = |file: &str, name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.trim().parse().ok()
    };
    let kibibytes = field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"));
    kibibytes.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_needs_more_than_nothing() {
        assert!(memory(std::process::id()) > 100 * 1024);
        assert_eq!(memory(0), 0);
    }
}
