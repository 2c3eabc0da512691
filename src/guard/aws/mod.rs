//! AWS: the only place that names its crates. Calls and their answers; what to call and why is
//! decided in [`super::account`].

mod fault;
mod iam;
mod organizations;
mod patience;
mod session;

pub use iam::Iam;
pub use organizations::{Organizations, Ready};
pub use session::{Identity, Session};
