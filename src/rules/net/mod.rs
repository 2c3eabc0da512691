//! The algebra of networks: who is let in, to which ports, by how many addresses. It knows no cloud:
//! a reader of one makes openings of what its resources say, and this judges them.
//!
//! ```text
//! opening::Opening { traffic, sources }  ->  exposure::judge: rules that only allow
//!   traffic: protocol and ports (ports.rs)   ordered::judge: numbered rules that allow and deny
//!   sources: ranges (sources.rs, cidr.rs), of which some are the world (internet.rs)
//! ```

pub mod cidr;
pub mod exposure;
pub mod internet;
pub mod key;
pub mod opening;
pub mod ordered;
pub mod ports;
pub mod services;
pub mod sources;
