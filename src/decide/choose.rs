//! Which rules run, with which severity and parameters.

use crate::model::rule::{Meta, Params};

use super::config::{Config, Gate, Undetermined};

/// A rule that runs, as the configuration wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Position among the rules that were offered.
    pub index: usize,
    /// What the rule says of itself, with the severity that counts.
    pub meta: Meta,
    /// Its parameters, defaults filled in.
    pub params: Params,
}

impl Config {
    /// Whether the rule runs.
    #[must_use]
    pub fn runs(&self, meta: &Meta) -> bool {
        match self.rules.get(meta.id.as_ref()) {
            Some(configured) => configured.enabled.unwrap_or(true),
            None => meta.on_by_default,
        }
    }

    /// The rules that run, in the order given.
    pub fn choose<'m>(&self, rules: impl IntoIterator<Item = &'m Meta>) -> Vec<Chosen> {
        let mut chosen = Vec::new();
        for (index, meta) in rules.into_iter().enumerate() {
            if !self.runs(meta) {
                continue;
            }
            let mut params = Params::defaults(meta);
            let mut meta = meta.clone();
            if let Some(configured) = self.rules.get(meta.id.as_ref()) {
                params.0.extend(configured.params.iter().map(|(k, v)| (k.clone(), v.clone())));
                meta.severity = configured.severity.unwrap_or(meta.severity);
            }
            chosen.push(Chosen { index, meta, params });
        }
        chosen
    }

    /// How the configuration weakens the defaults, one line each: this must be visible, since a
    /// change may bring its own holdpoint.toml.
    pub fn weakened<'m>(&self, rules: impl IntoIterator<Item = &'m Meta>) -> Vec<String> {
        let mut off = Vec::new();
        let mut lowered = Vec::new();
        for meta in rules {
            let id = meta.id.as_ref();
            if meta.on_by_default && !self.runs(meta) {
                off.push(format!("`{id}`"));
            } else if let Some(to) = self.rules.get(id).and_then(|configured| configured.severity)
                && to < meta.severity
            {
                lowered.push(format!("`{id}` to {to}"));
            }
        }
        let mut notices = Vec::new();
        if self.gate.undetermined == Undetermined::Warn {
            notices.push("undetermined findings do not block, as configured".to_owned());
        }
        if self.gate.fail_on > Gate::default().fail_on {
            notices.push(format!("only {} findings block, as configured", self.gate.fail_on));
        }
        if !off.is_empty() {
            notices.push(format!("rules disabled by the configuration: {}", off.join(", ")));
        }
        if !lowered.is_empty() {
            notices
                .push(format!("severities lowered by the configuration: {}", lowered.join(", ")));
        }
        notices
    }
}
