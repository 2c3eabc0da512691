//! A rule's full text as Markdown, for the terminal and for docs/rules/.

use crate::model::rule::{Meta, Param};

/// The rule in Markdown, with a heading of level 1.
pub(super) fn rule(meta: &Meta) -> String {
    format!("# {}\n\n{}", meta.id, body(meta))
}

/// The rule below its heading.
pub(super) fn body(meta: &Meta) -> String {
    let off = if meta.on_by_default { "" } else { " · off by default" };
    let mut text = format!("{}\n\n**{}** · {}{off}\n", meta.title, meta.severity, meta.service);
    let types: Vec<String> = meta.types.iter().map(|kind| format!("`{kind}`")).collect();
    section(&mut text, "Judges", &types.join(", "));
    section(&mut text, "What it checks", &meta.what);
    section(&mut text, "Why", &meta.why);
    section(&mut text, "How to fix", &meta.fix);
    let params: Vec<String> = meta
        .params
        .iter()
        .map(|spec| format!("- `{} = {}`: {}", spec.name, toml(&spec.default), spec.help))
        .collect();
    section(&mut text, "Parameters", &params.join("\n"));
    let frameworks: Vec<String> = meta
        .frameworks
        .iter()
        .map(|(name, controls)| format!("- {name}: {}", controls.join(", ")))
        .collect();
    section(&mut text, "Frameworks", &frameworks.join("\n"));
    let references: Vec<String> = meta.references.iter().map(|url| format!("- <{url}>")).collect();
    section(&mut text, "References", &references.join("\n"));
    text
}

fn section(text: &mut String, heading: &str, body: &str) {
    if !body.is_empty() {
        text.push_str(&format!("\n**{heading}**\n\n{}\n", body.trim()));
    }
}

/// A parameter as it is written in holdpoint.toml.
pub(super) fn toml(param: &Param) -> String {
    param.written(|text| toml::Value::String(text.to_owned()).to_string())
}
