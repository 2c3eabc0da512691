//! What the network rules share: who is let in, to which ports, by how many addresses.
//!
//! ```text
//! a block or rule resource -> opening::Opening { traffic, sources } -> exposure::judge -> answers
//!                              traffic: protocol and ports (ports.rs)
//!                              sources: CIDRs and prefix lists (sources.rs, prefix.rs, cidr.rs)
//! ```

pub(crate) mod cidr;
pub(crate) mod exposure;
pub(crate) mod internet;
pub(crate) mod key;
pub(crate) mod ports;
pub(crate) mod services;
pub(crate) mod sources;
