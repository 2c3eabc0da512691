//! What a rule says of itself: the one source of its documentation in every place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::severity::Severity;

/// Text that is compiled in or was read from a rule file.
pub type Text = Cow<'static, str>;

/// A rule's name, severity and documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// Kebab-case; names the wrong pattern. Also the file stem, fixture folder and docs anchor.
    pub id: Text,
    /// One line, no full stop: what is wrong if the rule fires.
    pub title: Text,
    /// Default severity.
    pub severity: Severity,
    /// The service heading in the documentation (`EC2`, `IAM`, `S3`, ...).
    pub service: Text,
    /// Resource types that it covers; `data.TYPE` for data sources, `*` for every type.
    pub types: Cow<'static, [Text]>,
    /// What it checks, exactly; Markdown.
    pub what: Text,
    /// Why it matters, with the argument for the severity; Markdown.
    pub why: Text,
    /// How to fix it, with an example; Markdown.
    pub fix: Text,
    /// Pages that the facts come from.
    #[serde(default)]
    pub references: Cow<'static, [Text]>,
    /// Controls of public frameworks: name and control ids.
    #[serde(default)]
    pub frameworks: Cow<'static, [(Text, Cow<'static, [Text]>)]>,
    /// Whether it runs by default.
    #[serde(default = "yes")]
    pub on_by_default: bool,
    /// Rules that take precedence: if one of them runs and reports at least as much about the same
    /// attribute, this rule does not report it.
    #[serde(default)]
    pub yields_to: Cow<'static, [Text]>,
    /// The parameters that the configuration may set.
    #[serde(default)]
    pub params: Cow<'static, [ParamSpec]>,
    /// Whether the value it reports is a secret: then no report quotes the source there.
    #[serde(default)]
    pub blames_secrets: bool,
    /// Whether the changes of a resource type count as evaluated because it claims the type. Not so
    /// for a rule that asks what any resource may be asked, such as whether a text holds a secret.
    #[serde(default = "yes")]
    pub covers: bool,
    /// Whether its offence holds every narrower one: then a waiver of it also waives what the rules
    /// that yield to it would say.
    #[serde(default)]
    pub holds_narrower: bool,
}

impl Meta {
    /// How to fix it in one paragraph of prose; the example is left to `rules explain`.
    #[must_use]
    pub fn short_fix(&self) -> String {
        let mut prose: Vec<&str> = Vec::new();
        let mut code = false;
        for line in self.fix.lines() {
            let fence = line.trim_start().starts_with("```");
            code ^= fence;
            match line.trim() {
                "" if !prose.is_empty() => break,
                "" => {}
                _ if code || fence => {
                    if !prose.is_empty() {
                        break;
                    }
                }
                text => prose.push(text),
            }
        }
        let text = prose.join(" ");
        match text.strip_suffix(':') {
            Some(head) => format!("{head}."),
            None => text,
        }
    }
}

fn yes() -> bool {
    true
}

/// A parameter that the configuration may set under `[rules.ID]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// Its key.
    pub name: Text,
    /// What it does, one line.
    pub help: Text,
    /// The default value; also determines its type.
    pub default: Param,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Param {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string.
    Text(Text),
    /// Integers.
    Ints(Cow<'static, [i64]>),
    /// Strings.
    Texts(Cow<'static, [Text]>),
}

impl Param {
    /// As text: numbers and booleans as they are, lists in brackets, strings as `quoted` writes them.
    #[must_use]
    pub fn written(&self, quoted: impl Fn(&str) -> String) -> String {
        match self {
            Self::Bool(flag) => flag.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Text(text) => quoted(text),
            Self::Ints(list) => {
                let items: Vec<String> = list.iter().map(ToString::to_string).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Texts(list) => {
                let items: Vec<String> = list.iter().map(|text| quoted(text)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// The parameters of one rule, defaults filled in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Params(pub BTreeMap<String, Param>);

impl Params {
    /// The defaults of a rule.
    #[must_use]
    pub fn defaults(meta: &Meta) -> Self {
        Self(meta.params.iter().map(|p| (p.name.to_string(), p.default.clone())).collect())
    }

    /// An integer list; empty if there is no such parameter.
    #[must_use]
    pub fn ints(&self, name: &str) -> &[i64] {
        match self.0.get(name) {
            Some(Param::Ints(values)) => values,
            _ => &[],
        }
    }

    /// A string list; empty if there is no such parameter.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[Text] {
        match self.0.get(name) {
            Some(Param::Texts(values)) => values,
            _ => &[],
        }
    }

    /// A string; empty if there is no such parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Param::Text(value)) => value,
            _ => "",
        }
    }

    /// An integer.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Param::Int(value)) => Some(*value),
            _ => None,
        }
    }
}
