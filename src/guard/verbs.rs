//! What a write-type action does to a managed thing: our reviewed reading of AWS's actions, in
//! `catalogue/verbs.tsv`, with a reason each.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::catalogue::{Action, Catalogue, Service, catalogue};
use crate::iam::pattern::{Case, Pattern, is_wild};

/// What an action does to a managed thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Reads or lists.
    Read,
    /// Changes, replaces or removes it: denied.
    Change,
    /// Adds a child to it: denied.
    Child,
    /// Works with what is inside: open.
    Data,
    /// Operates it as it stands: open.
    Runtime,
    /// Takes it as an input: open.
    Input,
    /// Guarded by another statement: open here.
    Elsewhere,
    /// Nobody has looked at it: open, and reports say so.
    Unreviewed,
}

impl Class {
    /// Whether the guard denies it on a managed thing.
    #[must_use]
    pub fn is_denied(self) -> bool {
        matches!(self, Self::Change | Self::Child)
    }

    /// The name in the table and in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Child => "child",
            Self::Data => "data",
            Self::Runtime => "runtime",
            Self::Input => "input",
            Self::Elsewhere => "elsewhere",
            Self::Unreviewed => "unreviewed",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [
            Self::Change,
            Self::Child,
            Self::Data,
            Self::Runtime,
            Self::Input,
            Self::Elsewhere,
            Self::Unreviewed,
        ]
        .into_iter()
        .find(|class| class.name() == name)
    }
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// `service:Verb`, with wildcards; `*` as service is a default for all.
    pub pattern: &'static str,
    /// What it does.
    pub class: Class,
    /// Why.
    pub reason: &'static str,
    verb: Pattern,
    /// How many characters of it are no wildcard.
    weight: usize,
}

/// The rows of the table, by service.
#[must_use]
pub fn rows() -> &'static FxHashMap<&'static str, Vec<Row>> {
    static ROWS: OnceLock<FxHashMap<&'static str, Vec<Row>>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut by_service: FxHashMap<&'static str, Vec<Row>> = FxHashMap::default();
        for line in include_str!("../../catalogue/verbs.tsv").lines() {
            let mut fields = line.split('\t');
            let (Some(pattern), Some(class), Some(reason)) =
                (fields.next(), fields.next().and_then(Class::read), fields.next())
            else {
                continue;
            };
            let Some((service, verb)) = pattern.split_once(':') else { continue };
            let row = Row {
                pattern,
                class,
                reason,
                verb: Pattern::new(verb, Case::Ignored),
                weight: verb.chars().filter(|c| !is_wild(&c.to_string())).count(),
            };
            by_service.entry(service).or_default().push(row);
        }
        by_service
    })
}

/// The row that decides about a verb: of its service before the defaults, and of those the one
/// that says most of it. `None` when no row speaks of it.
#[must_use]
pub fn row(service: &str, verb: &str) -> Option<&'static Row> {
    [service, "*"].into_iter().find_map(|service| {
        let candidates = rows().get(service)?.iter();
        candidates.filter(|row| row.verb.matches(verb)).max_by_key(|row| row.weight)
    })
}

/// What an action does to a managed thing.
#[must_use]
pub fn class(service: &str, action: &Action) -> Class {
    if !action.level.writes() {
        return Class::Read;
    }
    reading(service, action).0
}

/// Why what makes a thing stays open where no row of its service speaks of it.
const NEW: &str = "creates the resource, which has no tag yet";

/// What a writing action does to a managed thing, by which row, and why; the row is empty where it
/// follows from what the action makes.
#[must_use]
pub fn reading(service: &str, action: &Action) -> (Class, &'static str, &'static str) {
    match row(service, action.name) {
        Some(row) if row.class == Class::Unreviewed && makes_itself(service, action) => {
            (Class::Input, "", NEW)
        }
        Some(row) => (row.class, row.pattern, row.reason),
        None => (Class::Unreviewed, "", "is not reviewed"),
    }
}

/// Whether all that an action works on, and whose tags could be asked about, is what it makes.
fn makes_itself(service: &str, action: &Action) -> bool {
    let Some(service) = catalogue().service(service) else { return false };
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let name = plain(action.name);
    let made = ["batchcreate", "create", "allocate", "register"]
        .iter()
        .find_map(|verb| name.strip_prefix(verb));
    let Some(made) = made else { return false };
    let made = made.strip_suffix('s').unwrap_or(made);
    let tagged: Vec<_> = action.on.iter().filter(|on| on.tags.can_hold()).collect();
    !tagged.is_empty()
        && tagged.iter().all(|on| {
            let kind = service.types.get(on.kind).map(|kind| plain(kind.name)).unwrap_or_default();
            kind.strip_suffix('s').unwrap_or(&kind) == made
        })
}

/// All actions with their services and classes.
pub fn all() -> impl Iterator<Item = (&'static Service, &'static Action, Class)> {
    let catalogue: &'static Catalogue = catalogue();
    catalogue.services().flat_map(|service| {
        service.actions.values().map(move |action| (service, action, class(service.name, action)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Class {
        let (service, action) = catalogue().action(name).unwrap();
        class(service.name, action)
    }

    #[test]
    fn known_verbs() {
        for (name, wanted) in [
            ("ec2:TerminateInstances", Class::Change),
            ("ec2:CreateRoute", Class::Child),
            ("ec2:CreateSubnet", Class::Input),
            ("ec2:CreateTags", Class::Change),
            ("ec2:DescribeInstances", Class::Read),
            ("sqs:SendMessage", Class::Data),
            ("sqs:DeleteMessage", Class::Data),
            ("sqs:SetQueueAttributes", Class::Change),
            ("dynamodb:PutItem", Class::Data),
            ("dynamodb:UpdateTable", Class::Change),
            ("autoscaling:SetDesiredCapacity", Class::Runtime),
            ("elasticloadbalancing:RegisterTargets", Class::Runtime),
            ("ecs:RunTask", Class::Runtime),
            ("iam:CreatePolicyVersion", Class::Child),
            ("iam:PassRole", Class::Elsewhere),
            ("kms:Decrypt", Class::Data),
            ("kms:ScheduleKeyDeletion", Class::Change),
            ("s3:PutBucketAbac", Class::Change),
            ("s3:PutObject", Class::Data),
            ("lambda:InvokeFunction", Class::Data),
            ("sso:PutInlinePolicyToPermissionSet", Class::Change),
            ("sso:CreateAccountAssignment", Class::Child),
            ("lightsail:OpenInstancePublicPorts", Class::Change),
            ("mediastore:StopAccessLogging", Class::Change),
            ("vpc-lattice:RegisterTargets", Class::Runtime),
            ("ses:SendEmail", Class::Data),
            ("appconfig:CreateEnvironment", Class::Child),
            // Nothing is there yet whose tag could be asked about.
            ("sqs:CreateQueue", Class::Input),
            ("access-analyzer:CreateAnalyzer", Class::Input),
        ] {
            assert_eq!(of(name), wanted, "{name}");
        }
    }

    #[test]
    fn each_row_speaks_of_an_action_and_gives_a_reason() {
        let lines = include_str!("../../catalogue/verbs.tsv").lines();
        let wanted = lines.filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().values().map(Vec::len).sum::<usize>(), wanted, "a line was not read");
        for (service, list) in rows() {
            for row in list {
                assert!(row.reason.len() > 20, "{}", row.pattern);
                let speaks = catalogue()
                    .services()
                    .filter(|candidate| *service == "*" || candidate.name == *service)
                    .flat_map(|candidate| candidate.actions.values())
                    .any(|action| row.verb.matches(action.name));
                assert!(speaks, "no action is meant by {}", row.pattern);
            }
        }
    }

    #[test]
    fn the_share_that_was_reviewed() {
        // Of the actions that write on something whose tags can be asked about.
        let (mut seen, mut open) = (0, 0);
        for (_, action, class) in all() {
            if action.level.writes() && action.can_hold_tag() {
                seen += 1;
                open += usize::from(class == Class::Unreviewed);
            }
        }
        assert!(seen > 8_000 && open * 15 < seen, "{open} of {seen} are not reviewed");
    }
}
