//! What the network rules share: who is let in, to which ports, by how many addresses.
//!
//! ```text
//! a block or rule resource -> opening::Opening { traffic, sources } -> exposure::judge -> answers
//!                              traffic: protocol and ports (ports.rs)
//!                              sources: CIDRs and prefix lists (sources.rs, prefix.rs, cidr.rs)
//! ```

pub mod acl;
pub mod cidr;
pub mod each;
pub mod exposure;
pub mod group;
pub mod internet;
pub mod key;
pub mod machine;
pub mod opening;
pub mod ports;
pub mod prefix;
pub mod services;
pub mod sources;

#[cfg(test)]
mod tests;
