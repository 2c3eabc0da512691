//! `conftest verify`: unit tests of policies, each one a result of its own.

use crate::rego::{Fault, Policies};

use super::{Checked, Entry};

/// Runs the unit tests of the namespaces that fit a pattern; without patterns all.
///
/// # Errors
/// A [`Fault`] when there are none, unless `compat` lets that pass as conftest does; when one cannot
/// be evaluated.
pub fn verify(
    policies: &Policies,
    patterns: &[String],
    compat: bool,
) -> Result<Vec<Checked>, Box<Fault>> {
    let chosen = policies.fitting(patterns);
    let mut results = Vec::new();
    for test in policies.tests() {
        if !patterns.is_empty() && !chosen.contains(&test.namespace) {
            continue;
        }
        let name = format!("data.{}.{}", test.namespace, test.name);
        let mut checked = Checked { file: test.file.clone(), ..Checked::default() };
        let entry = Entry { msg: name, ..Entry::default() };
        if test.skipped {
            checked.skipped.push(entry);
        } else if policies.test(test, None)?.passed {
            checked.successes = 1;
        } else {
            checked.failures.push(entry);
        }
        checked.queries = vec![(test.name.clone(), checked.failures.is_empty())];
        results.push(checked);
    }
    if results.is_empty() && !compat {
        return Err(Box::new(
            Fault::new(
                "conftest::nothing",
                "no unit tests found: no rule has a name that starts with `test_`",
            )
            .with_help(
                "write one, or name the folder that contains them with --policy; `--compat` passes \
                 this as conftest does",
            ),
        ));
    }
    Ok(results)
}
