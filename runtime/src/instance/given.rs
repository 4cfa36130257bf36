//! An instance in use by a test.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::facts::{Facts, Stream};
use crate::error::{NOT_KEPT, Result};
use crate::hold::{Hold, WireOrder};
use crate::lock::lock;
use crate::log::last_lines;
use crate::state::State;

/// An instance in use by a test, of any kind of daemon.
pub(crate) struct Given {
    pub(super) facts: Facts,
    /// Host and port, if there is one.
    pub(super) address: Option<String>,
    /// That of the main process, which changes with each start.
    pub(super) pid: AtomicU32,
    /// It outlives a restart of the daemon, which changes the facts.
    pub(super) hold: Arc<Mutex<dyn Hold>>,
    is_back: AtomicBool,
    is_told: AtomicBool,
}

impl Given {
    pub(super) fn new(facts: Facts, hold: Arc<Mutex<dyn Hold>>) -> Self {
        let port = facts.ports.get("");
        Self {
            address: port.map(|port| format!("{}:{port}", facts.host)),
            pid: AtomicU32::new(facts.pid),
            facts,
            hold,
            is_back: AtomicBool::new(false),
            is_told: AtomicBool::new(false),
        }
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns whether it is dedicated, so that releasing it takes time.
    pub(crate) fn is_own(&self) -> bool {
        self.facts.own
    }

    /// Returns whether this has been called before.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.swap(true, Ordering::Relaxed)
    }

    pub(super) fn hold(&self) -> MutexGuard<'_, dyn Hold + 'static> {
        lock(&self.hold)
    }

    /// Has it be what it was in the beginning.
    pub(crate) fn reset(&self) -> Result<()> {
        self.hold().reset()
    }

    /// Has its wire do this.
    pub(crate) fn wire(&self, order: WireOrder) -> Result<()> {
        self.hold().wire(order)
    }

    /// The report for a failed test: whether the daemon died, what it has logged since the test started to use it, and what to do about that.
    pub(crate) fn report(&self, keeps: bool) -> String {
        let Facts { name, logs, .. } = &self.facts;
        let (died, state) = {
            let mut hold = self.hold();
            (hold.died(), hold.state_of(None))
        };
        let mut report = match (died, state) {
            (Some(how), _) => format!("`{name}` died while this test ran: {how}\n"),
            (None, Ok(State::Paused)) => format!("`{name}` is paused, and answers nobody\n"),
            _ => String::new(),
        };
        for (process, Stream { path, from }) in logs {
            let lines = last_lines(path, *from);
            if lines.is_empty() {
                continue;
            }
            let who = self.called(process);
            let log = match keeps {
                true => path.display().to_string(),
                false => format!("{}, {NOT_KEPT}", path.display()),
            };
            report += &format!("{who} logged while this test ran ({log}):\n");
            report += &others(&self.hold().beside());
            lines
                .iter()
                .for_each(|line| report += &format!("  | {line}\n"));
            for text in self.facts.advice_on(&lines) {
                report += &format!("  to do: {text}\n");
            }
        }
        report
    }

    /// The name of a process in a report.
    fn called(&self, process: &str) -> String {
        let Facts { name, logs, .. } = &self.facts;
        match logs.len() {
            0 | 1 => format!("`{name}`"),
            _ if process.is_empty() => format!("`{name}`, main process,"),
            _ => format!("`{name}`, process `{process}`,"),
        }
    }

    /// Keeps it after the end of the test run. Returns a text with how to reach and remove it.
    pub(crate) fn keep(&self) -> String {
        let Facts {
            name, dir, logs, ..
        } = &self.facts;
        // Nothing that is kept has a wire.
        let url = self.facts.own_url();
        let kept = self.hold().keep();
        match kept {
            None => format!("`{name}` cannot be kept: its supervisor is gone\n"),
            Some(supervisor) => {
                let log = |log: &Stream| format!("  log:       {}\n", log.path.display());
                format!(
                    "`{name}` is kept for you: {url}\n  directory: {}\n{}  to remove: kill {supervisor}\n",
                    dir.display(),
                    logs.values().map(log).collect::<String>(),
                )
            }
        }
    }

    /// Releases it and waits until that is done. A second call does nothing.
    pub(crate) fn give_back(&self) {
        if !self.is_back.swap(true, Ordering::Relaxed) {
            self.hold().give_back();
        }
    }
}

/// A note that some lines may be about other tests.
fn others(tests: &[String]) -> String {
    let quoted = |test: &String| format!("`{test}`");
    let named: Vec<_> = tests.iter().take(3).map(quoted).collect();
    let more = match tests.len() - named.len() {
        0 => String::new(),
        1 => " and 1 other".into(),
        more => format!(" and {more} others"),
    };
    match named.is_empty() {
        true => String::new(),
        false => format!(
            "  some lines may be about other tests that used it at the same time: {}{more}\n",
            named.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::facts::Direct;
    use super::*;
    use crate::error::{Cause, End};
    use crate::hold::How;

    struct Nobody;

    impl Hold for Nobody {
        fn status(&mut self) -> Result<(bool, Option<End>)> {
            Ok((true, None))
        }

        fn beside(&mut self) -> Vec<String> {
            Vec::new()
        }

        fn keep(&mut self) -> Option<u32> {
            Some(7)
        }

        fn stop(&mut self, _: Option<&str>, _: How) -> Result<()> {
            Ok(())
        }

        fn kill(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn pause(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn resume(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn reset(&mut self) -> Result<()> {
            Ok(())
        }

        fn wire(&mut self, _: WireOrder) -> Result<()> {
            Ok(())
        }

        fn start(&mut self, _: Option<&str>) -> Result<Facts> {
            Ok(Facts::default())
        }

        fn state_of(&mut self, _: Option<&str>) -> Result<State> {
            Ok(State::Running)
        }

        fn processes(&mut self) -> Result<Vec<(String, u32, bool)>> {
            Ok(Vec::new())
        }

        fn give_back(&mut self) {}

        fn keeping(&mut self, cause: Cause) -> Cause {
            cause
        }
    }

    fn given(logs: &[(&str, &Path)]) -> Given {
        let stream = |path: &Path| Stream {
            path: path.into(),
            from: 4,
        };
        let logs = logs.iter();
        let logs = logs.map(|(name, path)| ((*name).to_owned(), stream(path)));
        let facts = Facts {
            name: "etcd".into(),
            url: "etcd://x".into(),
            dir: "/data".into(),
            logs: logs.collect(),
            ..Facts::default()
        };
        Given::new(facts, Arc::new(Mutex::new(Nobody)))
    }

    #[test]
    fn a_report_shows_what_each_process_has_printed_since() {
        let name = |at: u32| format!("fixtured-given-{at}-{}", std::process::id());
        let [first, second] = [1, 2].map(|at| std::env::temp_dir().join(name(at)));
        fs::write(&first, "old\nnew\n").unwrap();
        fs::write(&second, "old\n").unwrap();
        let shown = first.display();
        let one = given(&[("", &first)]).report(true);
        assert_eq!(
            one,
            format!("`etcd` logged while this test ran ({shown}):\n  | new\n")
        );
        let logs = [("node1", first.as_path()), ("node2", second.as_path())];
        let wanted =
            format!("`etcd`, process `node1`, logged while this test ran ({shown}):\n  | new\n");
        assert_eq!(given(&logs).report(true), wanted);
        fs::write(&second, "old\ntoo\n").unwrap();
        let both = given(&logs).report(true);
        let (start, end) = both.split_at(wanted.len());
        assert_eq!(start, wanted);
        assert!(
            end.starts_with("`etcd`, process `node2`, logged") && end.ends_with("  | too\n"),
            "{end}"
        );
        let kept = given(&logs).keep();
        let second_log = format!("  log:       {}\n", second.display());
        assert!(kept.contains(&second_log), "{kept}");
        let mut wired = given(&logs);
        wired.facts.direct = Some(Direct {
            url: "etcd://direct".into(),
            ..Direct::default()
        });
        let kept = wired.keep();
        assert!(
            kept.starts_with("`etcd` is kept for you: etcd://direct\n"),
            "{kept}"
        );
        fs::remove_file(first).unwrap();
        fs::remove_file(second).unwrap();
    }
}
