//! The five hundred tests with sqlx's own attribute.

#![expect(
    unnameable_test_items,
    reason = "they are called by the tests rather than collected"
)]

use fixtured_suite::{Result, begin, work};
use sqlx::PgPool;

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() -> Result<()> {
            begin();
            // What the attribute makes of it is called rather than collected, so that the time before it can be noted.
            #[sqlx::test]
            async fn $name(pool: PgPool) -> Result<()> {
                work(&pool, stringify!($name)).await
            }
            $name()
        }
    )*};
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
