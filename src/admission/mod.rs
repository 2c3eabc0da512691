//! The gate inside the cluster: rules as policies of the API server. Pure: it reads rules and writes
//! policies, and talks to no cluster.

mod vap;

pub use vap::{Policy, policy};
