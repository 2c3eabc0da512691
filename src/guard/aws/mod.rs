//! AWS: the only place that names its crates. Calls and their answers; what to call and why is
//! decided in [`super::account`].

mod decode;
mod fault;
mod iam;
mod metadata;
mod organizations;
mod patience;
mod policies;
mod session;

pub use iam::Iam;
pub use organizations::{Organizations, Ready};
pub use policies::{Policy, control_policies, managed_policies};
pub use session::{Identity, Session};
