//! Reads holdpoint.toml: all mistakes at once, each with its place.

use std::path::{Component, Path, PathBuf};

use jiff::civil::Date;
use toml::de::DeTable;

use crate::model::rule::Meta;

use super::config::{
    Config, Existing, Gate, GuardConfig, ManifestsConfig, RegoConfig, SingleReference,
    Undetermined, Unjudged, UnjudgedConfig,
};
use super::fault::Fault;
use super::parse_rules::SEVERITIES;
use super::table::Table;
use super::{parse_rules, parse_waivers};

impl Config {
    /// Reads the text of a holdpoint.toml. `rules` are all rules there are, so that none is
    /// misspelt; `today` caps the lifetime of waivers.
    ///
    /// # Errors
    /// Every mistake in the file.
    pub fn parse(text: &str, rules: &[&Meta], today: Date) -> Result<Self, Vec<Fault>> {
        let root = DeTable::parse(text).map_err(|error| {
            vec![Fault {
                code: "config::syntax",
                message: format!("not valid TOML: {}", error.message().replace('\n', "; ")),
                help: None,
                span: error.span().unwrap_or(0..0),
            }]
        })?;
        let mut faults = Vec::new();
        let top = Table::new("holdpoint.toml", root.span(), root.get_ref());
        // `[run_task]` is the server's; it reads and checks it itself.
        let keys = [
            "gate",
            "guard",
            "manifests",
            "output",
            "rego",
            "rules",
            "run_task",
            "source",
            "waiver",
        ];
        top.only(&keys, &mut faults);

        let mut config = Config::default();
        if let Some(table) = section(&top, "gate", &mut faults) {
            config.gate = gate(&table, &mut faults);
        }
        if let Some(table) = section(&top, "guard", &mut faults) {
            config.guard = guard(&table, &mut faults);
        }
        if let Some(table) = section(&top, "manifests", &mut faults) {
            config.manifests = manifests(&table, &mut faults);
        }
        if let Some(table) = section(&top, "output", &mut faults) {
            table.only(&["formats"], &mut faults);
            config.formats = formats(&table, &mut faults);
        }
        if let Some(table) = section(&top, "source", &mut faults) {
            table.only(&["dir"], &mut faults);
            config.source = table.text("dir", &mut faults).map(|text| PathBuf::from(text.value));
        }
        if let Some(table) = section(&top, "rego", &mut faults) {
            config.rego = rego(&table, &mut faults);
        }
        if let Some(table) = section(&top, "rules", &mut faults) {
            config.rules = parse_rules::read(&table, rules, &mut faults);
        }
        let cap = config.gate.max_waiver_days;
        config.waivers = parse_waivers::read(&top, rules, today, cap, &mut faults);
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }
}

/// The folder of rules that `[manifests]` names, as far as the text can be read: they must be known
/// before the rest is.
#[must_use]
pub fn manifest_rules(text: &str) -> Option<PathBuf> {
    let root = DeTable::parse(text).ok()?;
    let mut ignored = Vec::new();
    let top = Table::new("holdpoint.toml", root.span(), root.get_ref());
    manifests(&section(&top, "manifests", &mut ignored)?, &mut ignored).rules
}

fn section<'t>(top: &Table<'t>, key: &str, faults: &mut Vec<Fault>) -> Option<Table<'t>> {
    Table::of(format!("`[{key}]`"), top.get(key)?, faults)
}

fn gate(table: &Table<'_>, faults: &mut Vec<Fault>) -> Gate {
    let keys = [
        "undetermined",
        "existing",
        "unjudged",
        "single_reference",
        "fail_on",
        "max_waiver_days",
        "max_waiver_findings",
    ];
    table.only(&keys, faults);
    let mut gate = Gate::default();
    let doubt = [("block", Undetermined::Block), ("warn", Undetermined::Warn)];
    if let Some(value) = table.word("undetermined", &doubt, faults) {
        gate.undetermined = value;
    }
    let existing = [("report", Existing::Report), ("block", Existing::Block)];
    if let Some(value) = table.word("existing", &existing, faults) {
        gate.existing = value;
    }
    gate.unjudged = unjudged(table, faults);
    let references =
        [("undetermined", SingleReference::Undetermined), ("trust", SingleReference::Trust)];
    if let Some(value) = table.word("single_reference", &references, faults) {
        gate.single_reference = value;
    }
    if let Some(value) = table.word("fail_on", &SEVERITIES, faults) {
        gate.fail_on = value;
    }
    if let Some(value) = count(table, "max_waiver_days", 3650, faults) {
        gate.max_waiver_days = value;
    }
    if let Some(value) = count(table, "max_waiver_findings", 100_000, faults) {
        gate.max_waiver_findings = value as usize;
    }
    gate
}

/// `unjudged = "report"`, or `[gate.unjudged]` with a word for each provider.
fn unjudged(gate: &Table<'_>, faults: &mut Vec<Fault>) -> UnjudgedConfig {
    let words = [("block", Unjudged::Block), ("report", Unjudged::Report)];
    let mut config = UnjudgedConfig::default();
    let by_provider = gate.get("unjudged").filter(|value| value.get_ref().is_table());
    let Some(table) = by_provider.and_then(|value| Table::of("`[gate.unjudged]`", value, faults))
    else {
        config.default = gate.word("unjudged", &words, faults).unwrap_or_default();
        return config;
    };
    for key in table.keys() {
        if let Some((_, name)) = key.value.rsplit_once('/') {
            faults.push(Fault {
                code: "config::unknown-key",
                message: format!("`{}` is not the name of a provider", key.value),
                help: Some(format!("use the last segment of its source address, `{name}`")),
                span: key.span,
            });
        } else if let Some(value) = table.word(key.value, &words, faults) {
            config.providers.insert(key.value.to_owned(), value);
        }
    }
    config
}

fn guard(table: &Table<'_>, faults: &mut Vec<Fault>) -> GuardConfig {
    table.only(&["min_coverage", "lowering", "tag_key", "tag_values", "by_arn"], faults);
    let values = table.texts("tag_values", faults).unwrap_or_default();
    GuardConfig {
        min_coverage: count(table, "min_coverage", 100, faults),
        lowering: table
            .word("lowering", &[("block", true), ("report", false)], faults)
            .unwrap_or(false),
        tag_key: table.text("tag_key", faults).map(|text| text.value.to_owned()),
        tag_values: values.into_iter().map(|text| text.value.to_owned()).collect(),
        by_arn: table.flag("by_arn", faults).unwrap_or(false),
    }
}

fn manifests(table: &Table<'_>, faults: &mut Vec<Fault>) -> ManifestsConfig {
    let keys = ["rules", "pod_security", "baseline", "inline_waivers", "gitignore"];
    table.only(&keys, faults);
    let mut text = |key: &str| table.text(key, faults).map(|text| text.value.to_owned());
    ManifestsConfig {
        rules: text("rules").map(PathBuf::from),
        pod_security: text("pod_security"),
        baseline: text("baseline").map(PathBuf::from),
        inline_waivers: table.flag("inline_waivers", faults).unwrap_or(false),
        gitignore: table.flag("gitignore", faults).unwrap_or(false),
    }
}

fn rego(table: &Table<'_>, faults: &mut Vec<Fault>) -> RegoConfig {
    let keys = ["policy", "data", "namespaces", "compat_builtin_errors", "timeout", "memory"];
    table.only(&keys, faults);
    let mut list = |key: &str| -> Vec<String> {
        let texts = table.texts(key, faults).unwrap_or_default();
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    let (policy, data, namespaces) = (list("policy"), list("data"), list("namespaces"));
    RegoConfig {
        policy: policy.into_iter().map(PathBuf::from).collect(),
        data: data.into_iter().map(PathBuf::from).collect(),
        namespaces,
        compat_builtin_errors: table.flag("compat_builtin_errors", faults).unwrap_or(false),
        timeout: count(table, "timeout", 86_400, faults),
        memory: count(table, "memory", 1 << 20, faults),
    }
}

fn count(table: &Table<'_>, key: &str, most: u32, faults: &mut Vec<Fault>) -> Option<u32> {
    let number = table.int(key, faults)?;
    match u32::try_from(number.value) {
        Ok(value) if (1..=most).contains(&value) => Some(value),
        _ => {
            faults.push(Fault {
                code: "config::bad-value",
                message: format!("`{key}` must be between 1 and {most}"),
                help: None,
                span: number.span,
            });
            None
        }
    }
}

fn formats(table: &Table<'_>, faults: &mut Vec<Fault>) -> Vec<String> {
    let list = table.texts("formats", faults).unwrap_or_default();
    for format in &list {
        let path = format.value.split_once('=').map(|(_, path)| path);
        if path.is_some_and(|path| !stays_below(path)) {
            faults.push(Fault {
                code: "config::bad-path",
                message: format!(
                    "`{}` would write outside the folder of holdpoint.toml",
                    format.value
                ),
                help: Some(
                    "use a relative path without `..`, or --format on the command line".to_owned(),
                ),
                span: format.span.clone(),
            });
        }
    }
    list.into_iter().map(|format| format.value.to_owned()).collect()
}

/// A file that comes with the change must not choose what else the gate's user overwrites.
fn stays_below(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
