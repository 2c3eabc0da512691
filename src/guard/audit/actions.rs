//! Actions that do not exist.

use super::statement::{Meant, Statement};
use super::{Finding, Level};
use crate::guard::catalogue::catalogue;

pub(super) fn check(statement: &Statement, findings: &mut Vec<Finding>) {
    let (mut prefixes, mut dead) = (Vec::new(), Vec::new());
    for pattern in &statement.patterns {
        match Statement::meant(pattern) {
            Meant::NoService => prefixes.push(pattern.clone()),
            Meant::Actions(_, actions) if actions.is_empty() => dead.push(pattern.clone()),
            _ => {}
        }
    }
    let mut add = |code, message: String, items: Vec<String>, help: String| {
        if !items.is_empty() {
            // What is left out of a statement and does not exist changes nothing.
            let level = if statement.all_but { Level::Note } else { Level::Wrong };
            let statement = statement.label.clone();
            findings.push(Finding { code, level, statement, message, items, help });
        }
    };
    let near = prefixes.iter().find_map(|pattern| near(pattern)).map_or_else(
        || "`guard catalogue SERVICE` lists the actions".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("{} actions belong to no AWS service", prefixes.len());
    add("dead-prefix", message, prefixes, near);
    let message = format!("{} patterns match no action", dead.len());
    add(
        "dead-action",
        message,
        dead,
        "the statement has no effect on them: fix the names".to_owned(),
    );
}

fn near(pattern: &str) -> Option<&'static str> {
    let prefix = pattern.split(':').next()?.to_ascii_lowercase();
    let plain = |text: &str| text.replace(['-', '.'], "");
    let score = |name: &str| {
        if plain(name) == plain(&prefix) { 1.0 } else { strsim::jaro_winkler(name, &prefix) }
    };
    catalogue()
        .services()
        .map(|service| (score(service.name), service.name))
        .filter(|(score, _)| *score > 0.88)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
