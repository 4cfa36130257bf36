//! Fixtures beside the test attributes of other crates, in each order that works.

use fixtured::{Instance, daemons::Redis, fixture, with_daemon};

fn is_address(url: &str) {
    assert!(url.starts_with("redis://"), "{url}");
}

mod tokio_test {
    use super::*;

    #[fixture(redis)]
    #[tokio::test]
    async fn below(url: &str) {
        tokio::task::yield_now().await;
        is_address(url);
    }

    #[tokio::test]
    #[fixture(redis)]
    async fn above(url: &str) {
        tokio::task::yield_now().await;
        is_address(url);
    }

    #[fixture(redis)]
    #[tokio::test]
    #[with_daemon("sleep 1000")]
    async fn between(redis: &Instance<Redis>, sleep_pid: u32) {
        tokio::task::yield_now().await;
        is_address(redis.url());
        assert_ne!(sleep_pid, 0);
    }
}

mod rstest_attribute {
    use rstest::rstest;

    use super::*;

    #[rstest::fixture]
    fn answer() -> u32 {
        42
    }

    #[fixture(redis)]
    #[rstest]
    #[case(1)]
    #[case::second(2)]
    fn below(#[case] mut number: u32, answer: u32, redis_url: &str) {
        number += 1;
        assert!(number < answer);
        is_address(redis_url);
    }

    #[fixture(redis)]
    #[rstest]
    #[case(1)]
    #[tokio::test]
    async fn below_async(#[case] number: u32, redis: &Instance<Redis>) {
        assert_eq!(number, 1);
        is_address(redis.url());
    }

    #[fixture(redis)]
    #[rstest]
    fn values(
        #[values(1, 2)] number: u32,
        redis_port: u16,
    ) -> Result<(), std::num::TryFromIntError> {
        assert_ne!(u16::try_from(number)?, redis_port);
        Ok(())
    }
}

mod test_case_attribute {
    use test_case::test_case;

    use super::*;

    #[fixture(redis)]
    #[test_case(1, "a")]
    #[test_case(2, "b"; "second")]
    fn below(number: u32, text: &str, redis_url: &str) {
        assert!(number < 3 && text < "c");
        is_address(redis_url);
    }
}

mod serial_attribute {
    use serial_test::serial;

    use super::*;

    #[fixture(redis)]
    #[test]
    #[serial]
    fn below(url: &str) {
        is_address(url);
    }

    #[serial]
    #[fixture(redis)]
    #[test]
    fn above_without_parameters() {}

    #[fixture(redis)]
    #[tokio::test]
    #[serial]
    async fn below_async(url: &str) {
        is_address(url);
    }
}

mod proptest_macros {
    use proptest::{prelude::*, property_test};

    use super::*;

    #[fixture(redis)]
    #[test]
    fn closure_in_the_body(url: &str) {
        proptest!(|(number in 0..100u32)| {
            prop_assert!(number < 100);
            is_address(url);
        });
    }

    #[fixture(redis)]
    #[property_test(config = ProptestConfig::with_cases(8))]
    fn attribute_below(number: u8, redis_url: &str) -> Result<(), TestCaseError> {
        prop_assert!(u16::from(number) < 256);
        is_address(redis_url);
        Ok(())
    }
}
