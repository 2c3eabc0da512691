//! What the guard is to hold and whom it binds: arguments that several verbs share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::guard::action_patterns::Style;
use crate::guard::input;
use crate::guard::pack::{self, Document};
use crate::guard::scope::Scope;
use crate::guard::statements::{Bind, Guard, Spec, Vehicle};

use super::super::console;
use super::{problem, read};

#[derive(Debug, Args)]
pub(super) struct SpecArgs {
    /// Cover the resources in a state or plan, as JSON (`terraform.tfstate` or `terraform show -json`)
    #[arg(long, value_name = "FILE", help_heading = "Coverage", group = "held")]
    from: Vec<PathBuf>,
    /// Cover everything in a service, such as `ec2`
    #[arg(long = "service", value_name = "NAME", help_heading = "Coverage", group = "held")]
    services: Vec<String>,
    /// Cover everything that can have tags
    #[arg(long, help_heading = "Coverage", group = "held")]
    full: bool,
    /// Key of the tag that marks managed resources
    #[arg(long, value_name = "KEY", default_value = "ManagedBy", help_heading = "Coverage")]
    tag_key: String,
    /// Value of that tag, case-sensitive; repeatable
    #[arg(
        long = "tag-value",
        value_name = "VALUE",
        default_value = "Terraform",
        help_heading = "Coverage"
    )]
    tag_values: Vec<String>,
    /// Policy type to deploy the guard as
    #[arg(
        long = "as",
        value_enum,
        default_value = "scp",
        value_name = "KIND",
        help_heading = "Scope"
    )]
    vehicle: As,
    /// Everyone who is not exempt, or people only: users, the root user and single sign-on
    #[arg(long, value_enum, default_value = "all", value_name = "WHOM", help_heading = "Scope")]
    bind: Whom,
    /// Role that Terraform runs as, an ARN with its path; the account may be `*`
    #[arg(long = "terraform-role", value_name = "ARN", required = true, help_heading = "Scope")]
    terraform: Vec<String>,
    /// Role or user for emergencies
    #[arg(long, value_name = "ARN", help_heading = "Scope")]
    break_glass: Vec<String>,
    /// AWS partition: aws, aws-cn or aws-us-gov
    #[arg(long, value_name = "NAME", default_value = "aws", help_heading = "Scope")]
    partition: String,
    /// Path of the guard's policies, which it also protects
    #[arg(long, value_name = "PATH", default_value = "/holdpoint/", help_heading = "Scope")]
    path: String,
    /// Use whole words in action patterns, or the shortest ones
    /// [default: words, or short if the guard does not fit otherwise]
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Size")]
    patterns: Option<How>,
    /// Maximum characters per policy, if your quota differs from the AWS default
    #[arg(long, value_name = "N", help_heading = "Size")]
    max_chars: Option<usize>,
}

/// Policy type to deploy the guard as.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum As {
    /// A service control policy
    Scp,
    /// A managed policy attached to each principal
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

/// Who the guard applies to.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whom {
    /// Everyone who is not exempt
    All,
    /// People only
    Humans,
}

/// How short patterns may be.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// `ec2:Modify*`
    Words,
    /// `sqs:U*`, which is more likely to match actions that AWS adds later
    Short,
}

/// The guard, in policies under the limit.
pub(super) struct Made {
    pub(super) guard: Guard,
    pub(super) documents: Vec<Document>,
    pub(super) limit: usize,
}

impl SpecArgs {
    /// Builds the requested guard.
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
                "there is nothing for the guard to cover".to_owned(),
                "check whether the state is empty; resource control policies support only some services",
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
                console::to_stderr("using short patterns: whole words would not fit\n");
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
            let message = format!("unknown partition `{}`", self.partition);
            return Err(usage(message, "use aws, aws-cn or aws-us-gov"));
        }
        if !(self.path.starts_with('/') && self.path.ends_with('/') && self.path.len() > 2) {
            let message = format!("`{}` is not a policy path", self.path);
            return Err(usage(message, "a path begins and ends with `/`, as in `/holdpoint/`"));
        }
        let is_tag = |text: &String| !text.is_empty() && !text.contains(['*', '?', '$']);
        if !is_tag(&self.tag_key) || !self.tag_values.iter().all(is_tag) {
            let message = "a tag key or value is empty or contains a wildcard".to_owned();
            return Err(usage(message, "write them exactly as on the resources"));
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
                message: format!("unknown service `{}`", console::printable(&name)),
                help: Some("use the prefix of its actions, such as `elasticloadbalancing`".into()),
            });
        }
        if self.from.is_empty() {
            return Err(Error::Usage {
                message: "nothing says what the guard should cover".to_owned(),
                help: Some("add --from STATE_OR_PLAN, --service NAME or --full".to_owned()),
            });
        }
        let mut all = Vec::new();
        for path in &self.from {
            let (_, found) = input::read(&read(path)?).map_err(|why| {
                problem(
                    "input",
                    format!("cannot use `{}`: {why}", path.display()),
                    "pass a terraform.tfstate, or the output of `terraform show -json` for a state or plan",
                    Some(path),
                )
            })?;
            all.extend(found);
        }
        Ok(Scope::resources(&all, &spec.partition))
    }
}

/// An exemption that matches nobody locks Terraform out; one that matches everybody disables the guard.
fn check_exempt(arn: &str, partition: &str) -> Result<(), Error> {
    let wrong = |what: &str, help: &str| {
        Err(Error::Usage {
            message: format!("`{}` {what}", console::printable(arn)),
            help: Some(help.to_owned()),
        })
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", arn_partition, service, "", account, resource] = parts.as_slice() else {
        return wrong("is not an ARN", "write it as arn:aws:iam::123456789012:role/ci/Terraform");
    };
    if *service == "sts" {
        return wrong(
            "is a session, which can never be exempt",
            "name the role with its path; `aws iam get-role` prints its ARN",
        );
    }
    if arn_partition != &partition {
        return wrong("is in another partition", "name the partition with --partition");
    }
    let is_account =
        *account == "*" || (account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()));
    let name = resource.strip_prefix("role/").or_else(|| resource.strip_prefix("user/"));
    let (Some(name), true, "iam") = (name, is_account, *service) else {
        return wrong(
            "is neither a role nor a user",
            "write it as arn:aws:iam::123456789012:role/ci/Terraform",
        );
    };
    if name.is_empty() || name.chars().all(|c| matches!(c, '*' | '?' | '/')) {
        return wrong(
            "exempts everybody",
            "name a role, or a path in which only you can create roles",
        );
    }
    if name.starts_with('*') || name.starts_with('?') {
        return wrong(
            "exempts every name with that ending, and anyone may choose such a name",
            "start with a path or a name; a wildcard may follow",
        );
    }
    Ok(())
}
