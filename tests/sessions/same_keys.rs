//! Two hundred tests that write the same keys and tables at the same time, under both runners.

use super::two_hundred::check;

#[test]
fn two_hundred_tests_write_the_same_keys_under_cargo() {
    check("same-keys-cargo", &["test"], &[], 200);
}

#[test]
fn two_hundred_tests_write_the_same_keys_under_nextest() {
    check("same-keys-nextest", &["nextest", "run"], &[], 200);
}
