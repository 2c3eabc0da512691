//! The algebra of networks: who is let in, to which ports, by how many addresses. It knows no cloud:
//! a reader of one makes openings of what its resources say, and this judges them.
//!
//! ```text
//! opening::Opening { traffic, sources }  ->  exposure::judge: rules that only allow
//!   traffic: protocol and ports (ports.rs)   ordered::judge: numbered rules that allow and deny
//!   sources: ranges (sources.rs, cidr.rs), of which some are the world (internet.rs)
//! ```

pub(crate) mod cidr;
pub(crate) mod exposure;
pub(crate) mod internet;
pub(crate) mod key;
pub(crate) mod opening;
pub(crate) mod ordered;
pub(crate) mod ports;
pub(crate) mod services;
pub(crate) mod sources;
