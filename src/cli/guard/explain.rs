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

/// Explain whether a request is allowed, and which statement decides
///
/// For one request, exits with 0 if it is allowed and with 1 if it is denied; for many, with 0 if all
/// of them were evaluated. 2 means that something is unknown: an action, a key or an operator.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Many requests: JSON lines with id, principal, action, resource, context{}, identity[],
    /// scp[[]], rcp[[]], boundary[], session[], resource_policy
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Requests",
        conflicts_with_all = ["principal", "action", "resources", "tags", "context", "policies"]
    )]
    requests: Option<PathBuf>,
    /// Principal of the request: the ARN of a user, role or session, or a service
    #[arg(
        long,
        value_name = "ARN",
        required_unless_present = "requests",
        help_heading = "Requests"
    )]
    principal: Option<String>,
    /// Action, such as `ec2:TerminateInstances`
    #[arg(
        long,
        value_name = "ACTION",
        required_unless_present = "requests",
        help_heading = "Requests"
    )]
    action: Option<String>,
    /// Resource ARN; repeat it for one request on several resources
    #[arg(long = "resource", value_name = "ARN", default_value = "*", help_heading = "Requests")]
    resources: Vec<String>,
    /// Tag of the resource, KEY=VALUE
    #[arg(long = "tag", value_name = "KEY=VALUE", help_heading = "Requests")]
    tags: Vec<String>,
    /// Condition key, KEY=VALUE; repeat it for a list
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Requests")]
    context: Vec<String>,
    /// Identity policy of the principal; repeatable
    #[arg(long = "policy", value_name = "FILE", num_args = 1.., help_heading = "Policies")]
    policies: Vec<PathBuf>,
    /// Service control policy; several are attached at the same level
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Policies")]
    scp: Vec<PathBuf>,
    /// Permissions boundary
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    boundary: Option<PathBuf>,
    /// Resource policy
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    resource_policy: Option<PathBuf>,
    /// Keep condition keys that AWS does not send with this action and resource
    #[arg(long, help_heading = "Requests")]
    as_given: bool,
    /// Output format; the answers to many requests are always JSON lines
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
            Err(error) => (Value::Null, Err(format!("not a request: {error}"))),
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
            "the file holds no request".to_owned(),
            "write one JSON object per line",
            None,
        ));
    }
    if failed > 0 {
        return Err(problem(
            "requests",
            format!("could not evaluate {failed} of {asked} requests"),
            "the error is in their lines",
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
            message: "no policy applies to the request".to_owned(),
            help: Some("add --policy, --scp, --boundary or --resource-policy".to_owned()),
        });
    }
    let reply = Desk::default()
        .answer(&question, args.as_given)
        .map_err(|why| problem("question", why, "fix the request or the policy", None))?;
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
        "ExplicitlyDenied" => "explicitly denied",
        _ => "implicitly denied: nothing allows it",
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
        text.push_str(&format!("  ignored, since AWS does not send it here: {key}\n"));
    }
    text.lines().map(|line| console::printable(line) + "\n").collect()
}
