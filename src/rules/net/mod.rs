//! What the network rules share: who is let in, to which ports, by how many addresses.
//!
//! ```text
//! a block or rule resource -> opening::Opening { traffic, sources } -> exposure::judge -> answers
//!                              traffic: protocol and ports (ports.rs)
//!                              sources: CIDRs and prefix lists (sources.rs, prefix.rs, cidr.rs)
//! ```

pub mod cidr;
pub mod exposure;
pub mod internet;
pub mod key;
pub mod ports;
pub mod services;
pub mod sources;
