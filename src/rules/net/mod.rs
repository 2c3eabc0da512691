//! What the network rules share: who is let in, to which ports, by how many addresses.
//!
//! ```text
//! a block or rule resource -> opening::Opening { traffic, sources } -> exposure::judge -> answers
//!                              traffic: protocol and ports (ports.rs)
//!                              sources: CIDRs and prefix lists (sources.rs, prefix.rs, cidr.rs)
//! ```

pub(crate) mod acl;
pub(crate) mod cidr;
pub(crate) mod each;
pub(crate) mod exposure;
mod group;
pub(crate) mod internet;
pub(crate) mod key;
mod machine;
pub(crate) mod opening;
pub(crate) mod ports;
pub(crate) mod prefix;
pub(crate) mod services;
pub(crate) mod sources;

#[cfg(test)]
mod tests;
