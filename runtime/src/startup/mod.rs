//! One start of a launch, and one stop.

mod condition;
mod existing;
mod files;
mod missed;
mod phase;
mod plan;
mod prepared;
mod running;
mod start;
mod steps;

pub(crate) use existing::existing;
pub use phase::Phase;
pub(crate) use plan::MARK;
pub(crate) use prepared::Prepared;
pub(crate) use running::{ABANDONED_GRACE, How, Running};
pub(crate) use start::Start;
