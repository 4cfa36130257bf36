#![deny(unused_must_use)]

use fixtured::SimpleExecutor;

#[test]
fn starts() {
    SimpleExecutor::new("server").started().unwrap();
    SimpleExecutor::new("server").timeout("5s");
}
