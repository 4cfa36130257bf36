//! The tools themselves: each migrates one database, fixtured makes another one from the same files, and both must be the same. Then the
//! tool runs in the second one and finds nothing left to do.

mod dbmate;
mod diesel;
mod drizzle;
mod refinery;
mod sql_migrate;
mod sqlx;
