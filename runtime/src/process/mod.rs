//! One child process and all that descends from it; the only place with `unsafe` and raw system calls.

mod changes;
mod child;
mod close;
mod double_fork;
mod end;
mod environment;
mod exec;
mod home;
mod identity;
mod keeper;
mod keepers;
mod limit;
mod linger;
mod listener;
mod listing;
mod marked;
mod memory;
mod order;
mod os;
mod other_address;
mod pausing;
mod pidfd;
mod plan;
mod poll;
mod shared_memory;
mod signal;
mod signalled;
mod sockets;
mod spawn_error;
mod spawner;
mod step;
mod tree;
mod user;
mod watch;

#[cfg(test)]
mod kept;
#[cfg(test)]
mod not_started;
#[cfg(test)]
mod paused;
#[cfg(test)]
mod seccomp;

pub(crate) use changes::Changes;
pub(crate) use child::Child;
pub(crate) use close::close_all_but;
pub use environment::{Environment, environment};
pub use home::home;
pub(crate) use identity::{Identity, is_stopped, parent};
pub(crate) use limit::{is_limit, with_limit};
pub(crate) use linger::reset_on_close;
pub(crate) use listener::{Holder, holder};
pub(crate) use marked::{signal, with_variable};
pub(crate) use memory::memory_below;
pub(crate) use os::{
    block_signals, forget_variable, ignore_broken_pipes, raise_descriptor_limit, stay_subreaper,
};
pub(crate) use pausing::{Ordered, PAUSE};
pub(crate) use pidfd::pidfd;
pub(crate) use plan::Plan;
#[cfg(test)]
pub(crate) use poll::eventually;
pub(crate) use poll::{Interest, pause, wait};
pub(crate) use shared_memory::{Maker, remove_shared_memory};
pub(crate) use signal::{Kill, number, returncode};
pub(crate) use spawner::{Spawner, Spawning};
pub(crate) use tree::{Parents, kill_marked};
pub(crate) use user::{User, act_as};

pub(crate) use watch::Watch;
