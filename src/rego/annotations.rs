//! `# METADATA`: what a policy says of its rules, as OPA reads it.
//!
//! <https://www.openpolicyagent.org/docs/policy-language#metadata>

use std::sync::Arc;

use regorus::Value;

use super::fault::Fault;
use super::value::{entry, from_yaml, text};

/// One block.
#[derive(Debug, Clone)]
pub(super) struct Annotation {
    /// The line after it.
    pub(super) end: usize,
    /// Its content.
    pub(super) content: Value,
}

/// What a block is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The rule below it.
    Rule,
    /// All rules of that name.
    Document,
    /// The package of the file.
    Package,
    /// The package and those below it.
    Subpackages,
}

impl Annotation {
    /// A text of the block, or of its `custom` part.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let direct = entry(&self.content, key);
        let custom = || entry(entry(&self.content, "custom")?, key);
        direct.or_else(custom).and_then(text)
    }

    /// Whether its `custom` part sets this to anything but false.
    pub(super) fn says(&self, key: &str) -> bool {
        let custom = entry(&self.content, "custom").and_then(|custom| entry(custom, key));
        custom.is_some_and(|value| *value != Value::Bool(false))
    }

    /// What it is about: the scope that it states, or else the package where one follows.
    pub(super) fn scope(&self, follows: &str) -> Scope {
        match entry(&self.content, "scope").and_then(text) {
            Some("document") => Scope::Document,
            Some("package") => Scope::Package,
            Some("subpackages") => Scope::Subpackages,
            Some(_) => Scope::Rule,
            None if follows.starts_with("package") => Scope::Package,
            None => Scope::Rule,
        }
    }
}

/// The blocks of a file, in order.
pub(super) fn read(file: &str, source: &Arc<str>) -> Result<Vec<Annotation>, Box<Fault>> {
    let mut found = Vec::new();
    let lines: Vec<&str> = source.lines().collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.trim_start().strip_prefix('#').is_none_or(|rest| rest.trim() != "METADATA") {
            continue;
        }
        let first = at;
        let mut yaml = String::new();
        while let Some(rest) = lines.get(at).and_then(|line| line.trim_start().strip_prefix('#')) {
            yaml.push_str(rest);
            yaml.push('\n');
            at += 1;
        }
        let content = from_yaml(&yaml).map_err(|error| {
            let start: usize =
                source.split_inclusive('\n').take(first.saturating_sub(1)).map(str::len).sum();
            let span = start..start + line.len();
            Box::new(
                Fault::new("rego::metadata", format!("this metadata is not valid YAML: {error}"))
                    .at(file, source, span)
                    .with_help("write it as YAML in comments, with one space after each `#`"),
            )
        })?;
        found.push(Annotation { end: at + 1, content });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_where_the_comments_end() {
        let source: Arc<str> = Arc::from(
            "package m\n# METADATA\n# title: No tags\n# custom:\n#   severity: critical\ndeny := []\n",
        );
        let found = read("f", &source).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].end, 6);
        assert_eq!(found[0].text("title"), Some("No tags"));
        assert_eq!(found[0].text("severity"), Some("critical"));
        assert_eq!(found[0].scope("deny := []"), Scope::Rule);
        assert_eq!(found[0].scope("package m"), Scope::Package);
        let broken: Arc<str> = Arc::from("# METADATA\n# a: [\n");
        let fault = read("f", &broken).unwrap_err();
        assert_eq!((fault.code, fault.line()), ("rego::metadata", Some(1)));
    }
}
