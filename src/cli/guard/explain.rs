//! `holdpoint guard explain`: may this be done, and which statement says so.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::guard::question::{Desk, Question, Reply};
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::{problem, read};

/// Say whether a request is let through, and which statement decides
///
/// One request exits with 0 when it is allowed and with 1 when it is not; many exit with 0 when all
/// of them were answered. 2 means that something is not known: an action, a key, an operator.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Many requests: JSON lines of id, principal, action, resource, context{}, identity[],
    /// scp[[]], rcp[[]], boundary[], session[], resource_policy
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Requests",
        conflicts_with_all = ["principal", "action", "resources", "tags", "context", "policies"]
    )]
    requests: Option<PathBuf>,
    /// Who asks: the ARN of a user, role or session, or a service
    #[arg(
        long,
        value_name = "ARN",
        required_unless_present = "requests",
        help_heading = "Requests"
    )]
    principal: Option<String>,
    /// What they ask for, such as `ec2:TerminateInstances`
    #[arg(
        long,
        value_name = "ACTION",
        required_unless_present = "requests",
        help_heading = "Requests"
    )]
    action: Option<String>,
    /// On what; several are asked for in one request
    #[arg(long = "resource", value_name = "ARN", default_value = "*", help_heading = "Requests")]
    resources: Vec<String>,
    /// A tag of the resource, KEY=VALUE
    #[arg(long = "tag", value_name = "KEY=VALUE", help_heading = "Requests")]
    tags: Vec<String>,
    /// A condition key, KEY=VALUE; twice for a list
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Requests")]
    context: Vec<String>,
    /// A policy of the principal; several may be given
    #[arg(long = "policy", value_name = "FILE", num_args = 1.., help_heading = "Policies")]
    policies: Vec<PathBuf>,
    /// A service control policy; several stand on one level
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Policies")]
    scp: Vec<PathBuf>,
    /// The permissions boundary
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    boundary: Option<PathBuf>,
    /// The policy of the resource
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    resource_policy: Option<PathBuf>,
    /// Keep keys that AWS does not send with the action on the resource
    #[arg(long, help_heading = "Requests")]
    as_given: bool,
    /// How to print answers; many requests are always answered as JSON lines
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Shape,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// A sentence
    Human,
    /// One JSON document
    Json,
}

#[derive(Serialize)]
struct Failed<'e> {
    id: Value,
    error: &'e str,
}

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Error> {
    match &args.requests {
        Some(path) => many(&read(path)?, args.as_given),
        None => single(args),
    }
}

fn line<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map(|text| text + "\n").map_err(|_| Error::Internal)
}

fn many(text: &str, as_given: bool) -> Result<Exit, Error> {
    let mut out = String::new();
    let mut desk = Desk::default();
    let (mut asked, mut failed) = (0, 0);
    for text in text.lines().filter(|line| !line.trim().is_empty()) {
        asked += 1;
        let (id, reply) = match serde_json::from_str::<Question>(text) {
            Ok(question) => (question.id.clone(), desk.answer(&question, as_given)),
            Err(error) => (Value::Null, Err(format!("it is no request: {error}"))),
        };
        match reply {
            Ok(reply) => out.push_str(&line(&reply)?),
            Err(error) => {
                failed += 1;
                out.push_str(&line(&Failed { id, error: &error })?);
            }
        }
    }
    output::to_stdout(&out)?;
    if asked == 0 {
        return Err(problem(
            "requests",
            "there is no request".to_owned(),
            "one JSON object a line",
            None,
        ));
    }
    if failed > 0 {
        return Err(problem(
            "requests",
            format!("{failed} of {asked} requests have no answer"),
            "their lines say why",
            None,
        ));
    }
    Ok(Exit::Pass)
}

fn single(args: &ExplainArgs) -> Result<Exit, Error> {
    let (Some(principal), Some(action)) = (&args.principal, &args.action) else {
        return Err(Error::Internal);
    };
    let mut question = Question::new(principal, action, &args.resources);
    for tag in &args.tags {
        let (key, value) = pair(tag)?;
        question.add(&format!("aws:ResourceTag/{key}"), value);
    }
    for entry in &args.context {
        let (key, value) = pair(entry)?;
        question.add(key, value);
    }
    for path in &args.policies {
        question.identity.push(document(path)?);
    }
    if !args.scp.is_empty() {
        question.scp.push(args.scp.iter().map(|path| document(path)).collect::<Result<_, _>>()?);
    }
    if let Some(path) = &args.boundary {
        question.set_boundary(document(path)?);
    }
    if let Some(path) = &args.resource_policy {
        question.resource_policy = Some(document(path)?);
    }
    if question.is_bare() {
        return Err(Error::Usage {
            message: "no policy stands over the request".to_owned(),
            help: Some("give --policy, --scp, --boundary or --resource-policy".to_owned()),
        });
    }
    let reply = Desk::default().answer(&question, args.as_given).map_err(|why| {
        problem("question", why, "nothing is guessed: mend the request or the policy", None)
    })?;
    let text = match args.format {
        Shape::Human => human(&reply),
        Shape::Json => line(&reply)?,
    };
    output::to_stdout(&text)?;
    Ok(if reply.is_allowed() { Exit::Pass } else { Exit::Block })
}

fn pair(text: &str) -> Result<(&str, &str), Error> {
    text.split_once('=').ok_or_else(|| Error::Usage {
        message: format!("`{}` is not KEY=VALUE", console::printable(text)),
        help: None,
    })
}

/// A document with the file's name.
fn document(path: &Path) -> Result<Value, Error> {
    let text = read(path)?;
    // As text, so that a key that stands twice is seen.
    Ok(serde_json::json!({"name": path.display().to_string(), "policy": text}))
}

fn human(reply: &Reply) -> String {
    let mut text = match reply.decision {
        "Allowed" => "allowed",
        "ExplicitlyDenied" => "denied explicitly",
        _ => "denied: nothing allows it",
    }
    .to_owned();
    if let Some(layer) = &reply.missing {
        text.push_str(&format!(" in the layer `{layer}`"));
    }
    text.push('\n');
    for by in &reply.by {
        text.push_str(&format!(
            "  by statement `{}` of `{}` ({}), on {}\n",
            by.statement, by.policy, by.layer, by.resource
        ));
    }
    for key in &reply.dropped {
        text.push_str(&format!("  not sent by AWS here, so not considered: {key}\n"));
    }
    text.lines().map(|line| console::printable(line) + "\n").collect()
}
