//! The daemons that a small machine starts one at a time.

mod aodh;
mod gnocchi;
mod keystone;
mod rabbitmq;
mod seaweedfs;
mod swift;
mod zookeeper;

use super::Result;
