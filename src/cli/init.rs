//! `holdpoint init`: a holdpoint.toml that lists every setting and sets none.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::error::Error;
use crate::model::rule::Meta;
use crate::rules::catalogue;

use super::load::NAME;
use super::{Done, explain, output};

/// Write a commented holdpoint.toml or a CI pipeline into the working directory; never overwrites
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Write a pipeline for this CI system instead
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<Ci>,
}

/// CI systems; the files are those in `integrations/`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ci {
    /// .github/workflows/holdpoint.yml
    Github,
    /// .gitlab/holdpoint.yml, to include in .gitlab-ci.yml
    Gitlab,
    /// repos.yaml, for the Atlantis server
    Atlantis,
    /// azure-pipelines.yml
    Azure,
    /// Jenkinsfile
    Jenkins,
}

impl Ci {
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Ci::Github => (
                ".github/workflows/holdpoint.yml",
                include_str!("../../integrations/github/workflow.yml"),
            ),
            Ci::Gitlab => {
                (".gitlab/holdpoint.yml", include_str!("../../integrations/gitlab/holdpoint.yml"))
            }
            Ci::Atlantis => ("repos.yaml", include_str!("../../integrations/atlantis/repos.yaml")),
            Ci::Azure => (
                "azure-pipelines.yml",
                include_str!("../../integrations/azure/azure-pipelines.yml"),
            ),
            Ci::Jenkins => ("Jenkinsfile", include_str!("../../integrations/jenkins/Jenkinsfile")),
        }
    }
}

pub(super) fn run(args: &InitArgs) -> Done {
    if let Some(ci) = args.ci {
        let (name, text) = ci.file();
        return write(name, text);
    }
    let today = super::today();
    let rules: Vec<&Meta> = catalogue::metas().collect();
    write(NAME, &template(&rules, today))
}

fn write(name: &str, text: &str) -> Done {
    let folder = Path::new(name).parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(name)?;
        file.write_all(text.as_bytes())?;
        file.flush()
    });
    match written {
        Ok(()) => output::to_stdout(&format!("wrote {name}\n")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Error::Usage {
            message: format!("`{name}` already exists; nothing was written"),
            help: Some("move or delete it first".to_owned()),
        }),
        Err(error) => {
            Err(Error::Output { target: format!("`{name}`"), message: output::reason(&error) })
        }
    }
}

/// The file. A line that starts with `#` and no space is a setting with its default.
fn template(rules: &[&Meta], today: Date) -> String {
    let mut text = String::from(HEAD);
    for meta in rules.iter().filter(|meta| !meta.params.is_empty()) {
        text.push_str(&format!("\n# {}.\n#[rules.{}]\n", meta.title, meta.id));
        text.push_str(&format!("#severity = \"{}\"\n", meta.severity));
        for spec in meta.params.iter() {
            let value = explain::toml(&spec.default);
            text.push_str(&format!("# {}\n#{} = {value}\n", spec.help, spec.name));
        }
    }
    let example = rules.first().map_or("RULE", |meta| meta.id.as_ref());
    let expires = today.checked_add(90.days()).unwrap_or(today);
    text.push_str(&WAIVER.replace("RULE", example).replace("EXPIRES", &expires.to_string()));
    text
}

const HEAD: &str = r##"# Configuration of holdpoint. Every setting is commented out and shows its default, or an example
# where it has none; remove the `#` to set it. Unknown keys and rules are errors.

#[gate]
# What to do with undetermined findings: "block" or "warn".
#undetermined = "block"
# What to do with findings that existed before the change: "report" or "block".
#existing = "report"
# What to do with a provider none of whose changed resources a rule covers: "block" (the plan is
# undecided) or "report". Per provider: `unjudged = { google = "report" }`.
#unjudged = "block"
# What to make of a value with a single reference, such as a policy document, if the plan's source
# is not at hand: "undetermined", or "trust" to take it for what it refers to.
#single_reference = "undetermined"
# The lowest severity that blocks: "critical", "high", "medium" or "low".
#fail_on = "high"
# The maximum lifetime of a waiver, in days from today.
#max_waiver_days = 180
# How many findings a waiver with `glob = true` may cover before it is reported as too broad.
#max_waiver_findings = 10

#[output]
# Reports, "FORMAT" or "FORMAT=PATH": human, json, sarif, junit, github, gitlab, markdown,
# atlantis. Paths are relative to the folder of this file and must stay inside it.
#formats = ["human"]

#[manifests]
# Settings of `holdpoint manifests`; see docs/manifests.md. Examples, unless marked as defaults.
# A folder of custom rules, one YAML file each.
#rules = "policies/manifests"
# The Pod Security Standards level to check, with the Kubernetes version (default).
#pod_security = "restricted:latest"
# A JSON report of an earlier run: findings in it count as existing.
#baseline = "known.json"
# Whether comments in manifests may waive findings (default).
#inline_waivers = false
# Whether to skip files ignored by `.gitignore` (default).
#gitignore = false

#[guard]
# The minimum guard coverage of a plan's resources, in percent; see docs/guard.md. Not checked
# unless set.
#min_coverage = 90
# What to do with a change that lowers guard coverage: "report" or "block".
#lowering = "report"
# The tag that marks managed resources, and its values.
#tag_key = "ManagedBy"
#tag_values = ["Terraform"]
# Whether resources that the guard covers by ARN or by an unconditional deny count as covered.
#by_arn = false

#[rego]
# Your own Rego policies and their data, relative to the folder of this file; see docs/rego.md.
# None unless set.
#policy = ["policy"]
#data = ["policy/data"]
# The namespaces to evaluate; all that have rules, unless set.
#namespaces = ["main"]
# Whether a failing function leaves its rule undefined, as in conftest, instead of being an error.
#compat_builtin_errors = false
# The limits for one plan: seconds, and MiB of memory.
#timeout = 60
#memory = 4096

#[run_task]
# Settings of `holdpoint serve run-task`; see docs/run-task.md.
# The result of a task in the pre-plan stage: "fail" or "pass".
#pre_plan = "fail"
# How many plans are checked concurrently; the number of cores, unless set.
#concurrency = 4
# How many tasks are accepted, including waiting ones.
#queue = 1000
# The largest plan, in MB.
#max_plan_mb = 512
# Seconds from delivery to result.
#deadline_seconds = 540
# Seconds that running tasks get to finish after SIGTERM.
#drain_seconds = 60
# Another configuration for some workspaces; the first match applies. `*` matches any text.
#[[run_task.policy_set]]
#organization = "acme"
#workspace = "prod-*"
#config = "policies/prod.toml"

#[source]
# The root module's folder, relative to the folder of this file.
#dir = "."

# Every rule takes `severity` and `enabled`; `holdpoint rules` lists all rules.
# The rules below have parameters of their own.
"##;

const WAIVER: &str = r#"
# A temporary waiver of a finding. All keys but `glob`, `path` and `container` are required.
#[[waiver]]
#rule = "RULE"
# The exact address; for a Kubernetes object, "Kind/namespace/name". With `glob = true`, `*` matches
# any text between two dots, or between two slashes.
#address = "module.bastion.aws_security_group.ssh"
#glob = false
# Only findings about this attribute, or about this container of a Kubernetes object.
#path = "ingress[0].cidr_blocks"
#container = "web"
#reason = "reached through the VPN only until the migration is done"
#ticket = "OPS-123"
#owner = "platform@example.com"
#expires = EXPIRES
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Config;

    #[test]
    fn its_settings_are_the_defaults() {
        let today = jiff::civil::date(2026, 3, 1);
        let rules: Vec<&Meta> = catalogue::metas().collect();
        let text = template(&rules, today);
        let unset = Config::parse(&text, &rules, today).unwrap();
        assert_eq!(unset, Config::default());

        let set: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        // Without rules the example waiver names none.
        let set = if rules.is_empty() { set.replace("[[waiver]]", "[unused]") } else { set };
        match Config::parse(&set, &rules, today) {
            Ok(config) => {
                assert_eq!(config.gate, Config::default().gate);
                assert_eq!(config.waivers.len(), 1);
            }
            Err(faults) => {
                assert!(rules.is_empty(), "{faults:?}");
                assert_eq!(faults.len(), 1, "{faults:?}");
            }
        }
    }
    /// The keys of a section in the template, set or commented out.
    fn written(text: &str, section: &str) -> Vec<String> {
        let mut inside = false;
        let mut keys = Vec::new();
        for line in text.lines().map(|line| line.strip_prefix('#').unwrap_or(line)) {
            if line.starts_with('[') {
                inside = line == section;
            } else if let (true, Some((key, _))) = (inside, line.split_once(" = "))
                && !key.contains(' ')
            {
                keys.push(key.to_owned());
            }
        }
        keys.sort();
        keys
    }

    /// The names in backticks.
    fn quoted(text: &str) -> Vec<String> {
        let mut names: Vec<String> =
            text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        names.sort();
        names
    }

    #[test]
    fn it_lists_every_key_that_the_parser_knows() {
        let today = jiff::civil::date(2026, 3, 1);
        let rules: Vec<&Meta> = catalogue::metas().collect();
        let text = template(&rules, today);
        // A key like no other is answered with the list of all known keys.
        let known = |text: &str| {
            let faults = Config::parse(text, &rules, today).unwrap_err();
            let unknown = faults.iter().find(|fault| fault.code == "config::unknown-key");
            let help = unknown.and_then(|fault| fault.help.clone()).unwrap();
            assert!(help.starts_with("known keys are "), "{help}");
            quoted(&help)
        };
        for section in known("zzzz = 1\n") {
            let (header, keys) = match section.as_str() {
                // Its keys are the rules.
                "rules" => continue,
                // The server reads this one; below.
                "run_task" => continue,
                "waiver" => ("[[waiver]]".to_owned(), known("[[waiver]]\nzzzz = 1\n")),
                name => (format!("[{name}]"), known(&format!("[{name}]\nzzzz = 1\n"))),
            };
            assert_eq!(written(&text, &header), keys, "{header}");
        }
    }

    #[cfg(feature = "serve")]
    #[test]
    fn it_lists_every_key_of_the_run_task() {
        let text = template(&[], jiff::civil::date(2026, 3, 1));
        let known = |text: &str| {
            let error = super::super::serve::section_keys(text);
            quoted(&error).into_iter().filter(|key| key != "zzzz").collect::<Vec<_>>()
        };
        let set = "[[run_task.policy_set]]";
        let mut keys = written(&text, "[run_task]");
        keys.push("policy_set".to_owned());
        keys.sort();
        assert_eq!(keys, known("[run_task]\nzzzz = 1\n"));
        assert_eq!(written(&text, set), known(&format!("{set}\nzzzz = 1\n")));
    }
}
