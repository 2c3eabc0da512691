//! `holdpoint init`: a holdpoint.toml in which everything is said and nothing is set.

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

/// Write a commented holdpoint.toml, or a pipeline, into the working directory; never overwrites
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Write the pipeline of this CI system instead
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<Ci>,
}

/// Where a pipeline may run; the files are those of `integrations/`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ci {
    /// .github/workflows/holdpoint.yml
    Github,
    /// .gitlab/holdpoint.yml, to be included
    Gitlab,
    /// repos.yaml, for the server
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
            message: format!("`{name}` is there already and stays as it is"),
            help: Some("move it away first to get a new one".to_owned()),
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

const HEAD: &str = r#"# What holdpoint lets pass. Settings stand as comments with their defaults:
# take the `#` away to change one. Unknown keys and rules are errors.

#[gate]
# What a finding does that cannot be decided yet: "block" or "warn".
#undetermined = "block"
# What a finding does that was there before the change: "report" or "block".
#existing = "report"
# What a plan does that holds no resource of a provider that rules are about: "block" (the change
# is undecided) or "report".
#unjudged = "block"
# The lowest severity that blocks: "critical", "high", "medium" or "low".
#fail_on = "high"
# How many days from today a waiver may last.
#max_waiver_days = 180
# How many findings a waiver with `glob = true` may cover before it is called too broad.
#max_waiver_findings = 10

#[output]
# Reports, "FORMAT" or "FORMAT=PATH": human, json, sarif, junit, github, gitlab, markdown,
# atlantis. Paths start from the folder of this file and stay below it.
#formats = ["human"]

#[guard]
# The share of a plan's resources that the account guard must hold, in percent; see docs/guard.md.
#min_coverage = 90
# What a change does that lowers that share: "report" or "block".
#lowering = "report"
# The tag that marks what is managed, and its values.
#tag_key = "ManagedBy"
#tag_values = ["Terraform"]
# Whether what the guard holds by ARN and outright counts.
#by_arn = false

#[rego]
# Policies of your own in Rego, and data for them, from the folder of this file; see docs/rego.md.
#policy = ["policy"]
#data = ["policy/data"]

#[source]
# The root module's source, from the folder of this file.
#dir = "."

# Every rule takes `severity` and `enabled`; `holdpoint rules` lists all rules.
# Below are those with parameters of their own.
"#;

const WAIVER: &str = r#"
# A risk that somebody takes, for a time. All but `glob`, `path` and `container` are required.
#[[waiver]]
#rule = "RULE"
# The exact address; of a Kubernetes object "Kind/namespace/name". With `glob = true`, `*` stands
# for any text between two dots, or two slashes.
#address = "module.bastion.aws_security_group.ssh"
#glob = false
#reason = "reached through the VPN only until the move is done"
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
}
