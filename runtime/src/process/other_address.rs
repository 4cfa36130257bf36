//! Listeners of a process that are not where it is asked.

use std::net::SocketAddr;

use super::listener::has;
use super::sockets::{listening, on_port};
use super::tree::descendants;

/// Where a process below `keeper` listens on the port of one of these addresses, if there is no listener on the addresses themselves: `localhost`
/// may be 127.0.0.1 for one and ::1 for the other.
pub(super) fn elsewhere(addresses: &[SocketAddr], keeper: u32) -> Option<SocketAddr> {
    if addresses
        .iter()
        .any(|address| !listening(*address).is_empty())
    {
        return None;
    }
    let ours = descendants(keeper);
    let bound = addresses.iter().flat_map(|address| on_port(address.port()));
    bound
        .into_iter()
        .find(|(_, socket)| ours.iter().any(|pid| has(*pid, &[*socket]) == Ok(true)))
        .map(|(address, _)| address)
}
