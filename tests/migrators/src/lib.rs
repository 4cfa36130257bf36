//! Two databases, one made by fixtured and one by a tool, and whether they are the same.

mod made;
mod mariadb;
mod node;
mod postgres;

pub use made::{Migrations, migrations};
pub use mariadb::MariadbPair;
pub use node::node_module;
pub use postgres::PostgresPair;
