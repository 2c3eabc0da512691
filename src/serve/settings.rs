//! What the server is told when it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::model::verdict::Verdict;

use super::hosts::Hosts;

/// Judges the JSON of a plan for a workspace; must not keep either.
pub type Judge = Arc<dyn Fn(&Task, Vec<u8>, Configuration) -> Verdict + Send + Sync>;

/// The source that a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configuration {
    /// None was offered.
    Nothing,
    /// The archive (`tar.gz`), and the folder of the root module in it.
    Archive(Vec<u8>, String),
    /// It could not be had, and this is why.
    Refused(String),
}

/// Whose plan it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `organization_name`
    pub organization: String,
    /// `workspace_name`
    pub workspace: String,
}

/// What a task before the plan gets, when there is nothing to judge yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrePlan {
    /// It fails and says where the task belongs: a gate that never sees a plan is none.
    #[default]
    Fail,
    /// It passes and says that nothing was judged.
    Pass,
}

/// Certificate chain and key in PEM files.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The chain, the server's own first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What the server is told when it starts.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// TLS; without it plain HTTP is spoken, for a proxy in front that ends TLS.
    pub tls: Option<Tls>,
    /// The run task's HMAC key.
    pub hmac_key: Vec<u8>,
    /// Where plans may be fetched from and results sent to.
    pub hosts: Hosts,
    /// Further certificate authorities to trust, a PEM file: for Terraform Enterprise.
    pub authorities: Option<PathBuf>,
    /// What a task before the plan gets.
    pub pre_plan: PrePlan,
    /// Plans judged at once.
    pub concurrency: usize,
    /// Tasks that wait; more are refused with 503, and HCP Terraform tries again.
    pub queue: usize,
    /// Bytes of the largest plan.
    pub max_plan: u64,
    /// How long a task may take from its delivery; HCP Terraform gives up after ten minutes.
    pub deadline: Duration,
    /// How long running tasks may take after the server was told to stop.
    pub drain: Duration,
    /// The judge.
    pub judge: Judge,
}
