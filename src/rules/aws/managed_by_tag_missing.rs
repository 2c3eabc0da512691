//! Rule `managed-by-tag-missing`: in Rust because it merges tags with the provider's default tags.

use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::subject::{Mode, Side};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource lacks the tag that marks it as managed by Terraform
    ///
    /// # What it checks
    /// Every AWS resource that can be tagged must end up with `ManagedBy = Terraform`, from its own
    /// `tags`, from the provider's `default_tags` (`tags_all` shows both), or from the `tag` blocks
    /// of an Auto Scaling group, which default tags do not reach. Key and value are compared
    /// without regard to case, because that is how `aws:ResourceTag/ManagedBy` compares. If two
    /// keys differ only in case, both must have the value. Data sources and types without tags are
    /// not judged. The parameters `tag` and `value` select another tag.
    ///
    /// # Why
    /// The account guard denies manual changes to what carries this tag, and to nothing else. A
    /// resource without it can be changed in the console, and the next apply is the first to
    /// notice. Severity is medium because the resource works, but nothing keeps it as it was
    /// reviewed. The rule is off by default because the tag means nothing without the guard: on
    /// public modules (`docs/modules.md`), this rule alone produced more than half of all findings.
    /// Switch it on together with the guard.
    ///
    /// # How to fix
    /// Set the tag once for everything, in the provider's `default_tags`.
    ///
    /// ```hcl
    /// provider "aws" {
    ///   default_tags {
    ///     tags = { ManagedBy = "Terraform" }
    ///   }
    /// }
    /// ```
    ///
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html>
    /// - <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags-configuration-block>
    id: "managed-by-tag-missing",
    severity: Medium,
    service: "Tags",
    types: ["*"],
    frameworks: [("NIST 800-53", ["CM-3", "CM-8"])],
    params: [
        ParamSpec {
            name: Cow::Borrowed("tag"),
            help: Cow::Borrowed("the key of the tag that the account guard checks"),
            default: Param::Text(Cow::Borrowed("ManagedBy")),
        },
        ParamSpec {
            name: Cow::Borrowed("value"),
            help: Cow::Borrowed("the value that the tag must have"),
            default: Param::Text(Cow::Borrowed("Terraform")),
        },
    ],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let subject = view.subject;
    if subject.mode() != Some(Mode::Managed) || !subject.kind.starts_with("aws_") {
        return;
    }
    let group = subject.kind == "aws_autoscaling_group";
    let (mut tags, path) = if group { (blocks(view), "tag") } else { (Tags::default(), "tags") };
    if !group {
        let resource_tags = view.attribute("tags");
        if resource_tags.is_null() && !view.names().iter().any(|name| name == "tags") {
            return;
        }
        tags.add(&resource_tags);
        match view.attribute("tags_all").as_ref() {
            all @ Value::Object(_) => tags.add(all),
            // Not known before the apply: merged as the provider does, the resource's tags first.
            _ if view.side == Side::After => tags.add(&view.default_tags()),
            _ => {}
        }
    }
    let has = tags.has(view.params().text("tag"), view.params().text("value"));
    let message =
        "the tag that marks resources managed by Terraform is missing or has another value";
    answers.judge(&has.not(), path, message);
}

/// The effective tags; of entries with the same key, the first one added counts.
#[derive(Default)]
struct Tags {
    entries: Vec<(String, Value)>,
    rest: Option<Unknown>,
}

impl Tags {
    fn add(&mut self, tags: &Value) {
        match tags {
            Value::Object(object) => {
                for (key, value) in &object.entries {
                    self.insert(key, value);
                }
                self.rest = self.rest.take().or_else(|| object.rest.clone());
            }
            Value::Unknown(why) => self.rest = self.rest.take().or_else(|| Some(why.clone())),
            _ => {}
        }
    }

    fn insert(&mut self, key: &str, value: &Value) {
        if !self.entries.iter().any(|(existing, _)| existing == key) {
            self.entries.push((key.to_owned(), value.clone()));
        }
    }

    fn has(&self, tag: &str, required: &str) -> Truth {
        let mut values =
            self.entries.iter().filter(|(key, _)| key.eq_ignore_ascii_case(tag)).peekable();
        // Tags that are not known may hold the key, or override it.
        let rest = self.rest.clone().map_or(Truth::True, Truth::Unknown);
        match (values.peek(), &rest) {
            (None, Truth::True) => Truth::False,
            _ => Truth::all(values.map(|(_, value)| value.equals(required))).and(rest),
        }
    }
}

/// The tags of an Auto Scaling group: `tag` blocks, or the list `tags` of provider v3.
fn blocks(view: &View<'_>) -> Tags {
    let mut tags = Tags::default();
    for name in ["tag", "tags"] {
        let list = view.attribute(name);
        for block in list.elements() {
            match block.get("key").as_ref() {
                Value::String(key) => tags.insert(key, &block.get("value")),
                key => tags.rest = tags.rest.take().or_else(|| key.doubt().cloned()),
            }
        }
        tags.rest = tags.rest.take().or_else(|| list.rest().cloned());
    }
    tags
}
