//! READ and NORMALISE Kubernetes manifests.

pub mod error;
pub mod read;
