//! What the guard is to hold and whom it binds: arguments that several verbs share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::guard::action_patterns::Style;
use crate::guard::pack::{self, Document};
use crate::guard::resources;
use crate::guard::scope::Scope;
use crate::guard::statements::{Bind, Guard, Spec, Vehicle};

use super::super::console;
use super::{problem, read};

#[derive(Debug, Args)]
pub(super) struct SpecArgs {
    /// Hold what a state or a plan needs, as JSON (`terraform.tfstate`, `terraform show -json`)
    #[arg(long, value_name = "FILE", help_heading = "What is held", group = "held")]
    from: Vec<PathBuf>,
    /// Hold everything of a service, such as `ec2`
    #[arg(long = "service", value_name = "NAME", help_heading = "What is held", group = "held")]
    services: Vec<String>,
    /// Hold everything that carries tags
    #[arg(long, help_heading = "What is held", group = "held")]
    full: bool,
    /// The tag that marks what is managed
    #[arg(long, value_name = "KEY", default_value = "ManagedBy", help_heading = "What is held")]
    tag_key: String,
    /// Its value; several may be given, and case counts
    #[arg(
        long = "tag-value",
        value_name = "VALUE",
        default_value = "Terraform",
        help_heading = "What is held"
    )]
    tag_values: Vec<String>,
    /// Where the guard is to stand
    #[arg(
        long = "as",
        value_enum,
        default_value = "scp",
        value_name = "KIND",
        help_heading = "Whom it binds"
    )]
    vehicle: As,
    /// Everybody but the exempt, or people only: users, the root user and single sign-on
    #[arg(
        long,
        value_enum,
        default_value = "all",
        value_name = "WHOM",
        help_heading = "Whom it binds"
    )]
    bind: Whom,
    /// The role that Terraform runs as, an ARN with its path; `*` as account is any
    #[arg(
        long = "terraform-role",
        value_name = "ARN",
        required = true,
        help_heading = "Whom it binds"
    )]
    terraform: Vec<String>,
    /// A role or user for emergencies
    #[arg(long, value_name = "ARN", help_heading = "Whom it binds")]
    break_glass: Vec<String>,
    /// The partition: aws, aws-cn, aws-us-gov
    #[arg(long, value_name = "NAME", default_value = "aws", help_heading = "Whom it binds")]
    partition: String,
    /// The path of the guard's own policies, which it protects
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/holdpoint/",
        help_heading = "Whom it binds"
    )]
    path: String,
    /// Whole words in patterns of actions, or as short as it goes
    /// [default: words, and short where the guard does not fit otherwise]
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Size")]
    patterns: Option<How>,
    /// The most characters of one policy, where yours are not AWS's
    #[arg(long, value_name = "N", help_heading = "Size")]
    max_chars: Option<usize>,
}

/// Where the guard is to stand.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum As {
    /// A service control policy
    Scp,
    /// A managed policy on each principal
    ManagedPolicy,
    /// A permissions boundary
    Boundary,
    /// A resource control policy
    Rcp,
}

impl As {
    /// As the library names it.
    pub(super) fn vehicle(self) -> Vehicle {
        match self {
            Self::Scp => Vehicle::Scp,
            Self::ManagedPolicy => Vehicle::ManagedPolicy,
            Self::Boundary => Vehicle::Boundary,
            Self::Rcp => Vehicle::Rcp,
        }
    }
}

/// Whom the guard binds.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whom {
    /// Everybody but the exempt
    All,
    /// People
    Humans,
}

/// How short patterns may be.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// `ec2:Modify*`
    Words,
    /// `sqs:U*`, which a verb that AWS adds later meets sooner
    Short,
}

/// The guard, in policies under the limit.
pub(super) struct Made {
    pub(super) guard: Guard,
    pub(super) documents: Vec<Document>,
    pub(super) limit: usize,
}

impl SpecArgs {
    /// Makes the guard that is asked for.
    pub(super) fn make(&self) -> Result<Made, Error> {
        let mut spec = self.spec()?;
        let scope = self.scope(&spec)?;
        let mut guard = spec.guard(&scope);
        if guard.actions.is_empty()
            && guard.scope.arns.is_empty()
            && guard.scope.settings.is_empty()
        {
            return Err(problem(
                "empty",
                "there is nothing that the guard could hold".to_owned(),
                "is the state empty, or do resource control policies not reach its services?",
                None,
            ));
        }
        let limit = self.max_chars.unwrap_or(spec.vehicle.limit());
        let mut documents = pack::pack(&guard, limit);
        if documents.is_err() && self.patterns.is_none() {
            spec.style = Style::Short;
            guard = spec.guard(&scope);
            documents = pack::pack(&guard, limit);
            if documents.is_ok() {
                console::to_stderr("the patterns are short: with whole words it would not fit\n");
            }
        }
        let documents =
            documents.map_err(|large| problem("too-large", large.what, large.help, None))?;
        Ok(Made { guard, documents, limit })
    }

    fn spec(&self) -> Result<Spec, Error> {
        let exempt: Vec<String> = self.terraform.iter().chain(&self.break_glass).cloned().collect();
        for arn in &exempt {
            check_exempt(arn, &self.partition)?;
        }
        let usage = |message: String, help: &str| Error::Usage {
            message: console::printable(&message),
            help: Some(help.to_owned()),
        };
        if !matches!(self.partition.as_str(), "aws" | "aws-cn" | "aws-us-gov") {
            let message = format!("there is no partition `{}`", self.partition);
            return Err(usage(message, "aws, aws-cn or aws-us-gov"));
        }
        if !(self.path.starts_with('/') && self.path.ends_with('/') && self.path.len() > 2) {
            let message = format!("`{}` is no path of policies", self.path);
            return Err(usage(message, "it begins and ends with `/`, as `/holdpoint/` does"));
        }
        let is_tag = |text: &String| !text.is_empty() && !text.contains(['*', '?', '$']);
        if !is_tag(&self.tag_key) || !self.tag_values.iter().all(is_tag) {
            let message = "a tag's key or value is empty or has a wildcard".to_owned();
            return Err(usage(message, "the guard compares them as they are"));
        }
        Ok(Spec {
            vehicle: self.vehicle.vehicle(),
            bind: match self.bind {
                Whom::All => Bind::All,
                Whom::Humans => Bind::Humans,
            },
            tag_key: self.tag_key.clone(),
            tag_values: self.tag_values.clone(),
            exempt,
            partition: self.partition.clone(),
            path: self.path.clone(),
            style: match self.patterns {
                None | Some(How::Words) => Style::Words,
                Some(How::Short) => Style::Short,
            },
        })
    }

    fn scope(&self, spec: &Spec) -> Result<Scope, Error> {
        if self.full {
            return Ok(Scope::everything());
        }
        if !self.services.is_empty() {
            return Scope::services(&self.services).map_err(|name| Error::Usage {
                message: format!("there is no service `{}`", console::printable(&name)),
                help: Some(
                    "services are named as in actions, such as `elasticloadbalancing`".into(),
                ),
            });
        }
        if self.from.is_empty() {
            return Err(Error::Usage {
                message: "it is not said what the guard is to hold".to_owned(),
                help: Some("--from a state or plan, --service NAME, or --full".to_owned()),
            });
        }
        let mut all = Vec::new();
        for path in &self.from {
            let (_, found) = resources::read(&read(path)?).map_err(|why| {
                problem(
                    "input",
                    format!("cannot use `{}`: {why}", path.display()),
                    "give a terraform.tfstate, or what `terraform show -json` prints of a state or plan",
                    Some(path),
                )
            })?;
            all.extend(found);
        }
        Ok(Scope::resources(&all, &spec.partition))
    }
}

/// An exemption that matches nobody locks Terraform out; one that matches everybody guards nothing.
fn check_exempt(arn: &str, partition: &str) -> Result<(), Error> {
    let wrong = |what: &str, help: &str| {
        Err(Error::Usage {
            message: format!("`{}` {what}", console::printable(arn)),
            help: Some(help.to_owned()),
        })
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", own, service, "", account, resource] = parts.as_slice() else {
        return wrong("is no ARN", "such as arn:aws:iam::123456789012:role/ci/Terraform");
    };
    if *service == "sts" {
        return wrong(
            "is a session, which is never exempt",
            "name the role with its path: `aws iam get-role` prints its ARN",
        );
    }
    if own != &partition {
        return wrong("is of another partition", "name the partition with --partition");
    }
    let is_account =
        *account == "*" || (account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()));
    let name = resource.strip_prefix("role/").or_else(|| resource.strip_prefix("user/"));
    let (Some(name), true, "iam") = (name, is_account, *service) else {
        return wrong(
            "is neither a role nor a user",
            "arn:aws:iam::123456789012:role/ci/Terraform",
        );
    };
    if name.is_empty() || name.chars().all(|c| matches!(c, '*' | '?' | '/')) {
        return wrong("exempts everybody", "name a role, or a path that only you can create in");
    }
    if name.starts_with('*') || name.starts_with('?') {
        return wrong(
            "exempts whatever has that end of a name, and anybody may choose a name",
            "begin with a path or a name; a wildcard may stand behind it",
        );
    }
    Ok(())
}
