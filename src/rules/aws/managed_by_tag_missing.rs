//! Rule `managed-by-tag-missing`: in Rust because it merges tags with the provider's default tags.

use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::subject::{Mode, Side};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// A resource lacks the tag that says Terraform manages it
    ///
    /// # What it checks
    /// Every AWS resource that can be tagged must end up with `ManagedBy = Terraform`, by its own
    /// `tags`, by the provider's `default_tags` (both stand together in `tags_all`), or by the `tag`
    /// blocks of an Auto Scaling group, which default tags do not reach.
    /// The key is compared without regard to case and the value with it, because that is how
    /// `aws:ResourceTag/ManagedBy` compares. Where two keys differ in case only, both must have
    /// the value. Data sources and types that have no tags are not judged.
    /// The parameters `tag` and `value` name another tag.
    ///
    /// # Why
    /// The account guard denies changes by hand to what carries this tag, and to nothing else. A
    /// resource without it can be changed in the console, and the next apply is the first to notice.
    /// Medium: the resource works, but nothing keeps it as it was reviewed. Off by default: without
    /// the guard the tag means nothing, and on public modules (`docs/modules.md`) this rule alone made
    /// more than half of all findings. Switch it on together with the guard.
    ///
    /// # How to fix
    /// Set the tag once for everything, in the `default_tags` of the provider.
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
            help: Cow::Borrowed("the key of the tag that the account guard looks at"),
            default: Param::Text(Cow::Borrowed("ManagedBy")),
        },
        ParamSpec {
            name: Cow::Borrowed("value"),
            help: Cow::Borrowed("the value that it must have"),
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
        let own = view.attribute("tags");
        if own.is_null() && !view.names().iter().any(|name| name == "tags") {
            return;
        }
        tags.add(&own);
        match view.attribute("tags_all").as_ref() {
            all @ Value::Object(_) => tags.add(all),
            // Not known before apply: worked out as the provider does, own tags first.
            _ if view.side == Side::After => tags.add(&view.default_tags()),
            _ => {}
        }
    }
    let has = tags.has(view.params().text("tag"), view.params().text("value"));
    let message = "the tag that marks what Terraform manages is missing or has another value";
    answers.judge(&has.not(), path, message);
}

/// Tags as they will stand, of each key the first that was added.
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
        if !self.entries.iter().any(|(own, _)| own == key) {
            self.entries.push((key.to_owned(), value.clone()));
        }
    }

    fn has(&self, tag: &str, wanted: &str) -> Truth {
        let mut values =
            self.entries.iter().filter(|(key, _)| key.eq_ignore_ascii_case(tag)).peekable();
        // Tags that are not known may hold the key, or override it.
        let rest = self.rest.clone().map_or(Truth::True, Truth::Unknown);
        match (values.peek(), &rest) {
            (None, Truth::True) => Truth::False,
            _ => Truth::all(values.map(|(_, value)| value.equals(wanted))).and(rest),
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
