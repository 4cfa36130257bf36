//! One start of a launch, and one stop.

mod existing;
mod pausing;
mod phase;
mod running;
mod start;
mod started;
mod stop;

mod attempt;
mod files;

mod cache_fallback;
mod encryption;
mod not_ready;
mod plan;
mod prepared;
mod readiness;
mod run;
mod said;
mod seed;
mod steps;
mod validation;
mod version;

pub(crate) use existing::existing;
pub use phase::Phase;
pub(crate) use plan::MARK;
pub(crate) use prepared::Prepared;
pub(crate) use running::Running;
pub(crate) use said::Said;
pub(crate) use start::Start;
pub(crate) use started::ABANDONED_GRACE;
