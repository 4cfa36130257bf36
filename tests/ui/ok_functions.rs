//! Every kind of test function.
#![deny(warnings, clippy::all)]

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

use fixtured::{Instance, daemons::Redis, fixture};

#[fixture(redis)]
fn is_made_a_test() {}

#[fixture(redis)]
#[test]
fn is_a_test_already(url: &str, port: u16, host: &str, dir: &Path, log: &Path, pid: u32) {
    let _ = (url, port, host, dir, log, pid);
}

#[fixture(redis)]
#[test]
fn receives_the_instance(redis: &Instance<Redis>) {
    let _ = redis.url();
}

#[fixture(redis)]
#[test]
fn receives_owned_values(mut url: String, dir: PathBuf, port: u64, r#host: Box<str>) {
    url.push('/');
    let _ = (url, dir, port, host);
}

#[fixture(redis)]
#[test]
fn borrows<'a>(url: &'a str, host: &'a str)
where
    'a: 'a,
{
    let longer: &'a str = if url.len() > host.len() { url } else { host };
    let _ = longer;
}

#[fixture(redis)]
#[test]
fn returns_a_result(redis_url: &str) -> Result<(), Box<dyn Error>> {
    u16::try_from(redis_url.len())?;
    Ok(())
}

#[fixture(redis)]
#[test]
fn returns_an_exit_code(url: &str) -> ExitCode {
    let _ = url;
    ExitCode::SUCCESS
}

/// With documentation.
#[fixture(redis)]
#[test]
#[ignore = "slow"]
#[should_panic(expected = "gone")]
#[allow(unused_variables)]
#[cfg(not(windows))]
pub(crate) fn has_attributes(url: &str) {
    panic!("gone");
}

#[cfg(windows)]
#[fixture(no_such_daemon)]
#[test]
fn is_not_compiled(url: &str) {}

#[fixture(redis)]
#[cfg_attr(not(windows), test)]
fn is_a_test_on_a_condition(url: &str) {
    let _ = url;
}

#[fixture(redis)]
#[test]
fn calls_itself(port: u16) {
    if port == 0 {
        calls_itself(port);
    }
}
