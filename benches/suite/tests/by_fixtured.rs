//! The five hundred tests with fixtured.

#![expect(
    unnameable_test_items,
    reason = "they are called by the tests rather than collected"
)]

use fixtured::daemons::Postgres;
use fixtured::{Instance, fixture};
use fixtured_suite::{Result, begin, work};
use sqlx::PgPool;

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() -> Result<()> {
            begin();
            // What the attributes make of it is called rather than collected, so that the time before it can be noted.
            #[fixture(postgres, init = "migrations")]
            #[tokio::test]
            async fn $name(postgres: &Instance<Postgres>) -> Result<()> {
                let pool = PgPool::connect(postgres.url()).await?;
                work(&pool, stringify!($name)).await
            }
            $name()
        }
    )*};
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
