//! Two databases, one made by fixtured and one by a tool, and whether they are the same.

mod made;
mod mysql;
mod node;
mod postgres;

pub use made::{Migrations, migrations};
pub use mysql::{MysqlDatabase, MysqlPair};
pub use node::node_module;
pub use postgres::PostgresPair;
