//! The smallest change that holds a resource, in words and as Terraform.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::{Settings, Statement};
use crate::guard::action_patterns::Style;
use crate::guard::resources::Resource;
use crate::guard::scope::{self, KindName, Scope};
use crate::guard::statements::{Bind, Spec, Vehicle};
use crate::guard::terraform::{self, Mapping};

/// What would hold it.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// It is held.
    None,
    /// The tag.
    Tag,
    /// The value of the tag.
    Value,
    /// The tag, written as a constant.
    Constant,
    /// ABAC on the bucket.
    Abac,
    /// Both.
    TagAndAbac,
    /// A statement with its ARN.
    Arn,
    /// A statement that denies the verbs whatever they are done to.
    Outright,
    /// Somebody looks at the verbs.
    Review,
    /// The service as a whole, since the type is not in the table.
    Service(Option<&'static str>),
    /// What holds its parent.
    Parent(Box<Way>),
    /// The state or plan that has its parent.
    Elsewhere,
    /// Nothing.
    Nothing,
}

pub(super) struct Advice {
    pub(super) fix: String,
    pub(super) terraform: Option<String>,
    pub(super) statement: Option<Statement>,
}

pub(super) struct Fixes<'r> {
    settings: &'r Settings,
    /// Characters of a statement by ARN, without the ARN.
    sizes: RefCell<FxHashMap<KindName, usize>>,
}

impl<'r> Fixes<'r> {
    pub(super) fn new(settings: &'r Settings) -> Self {
        Self { settings, sizes: RefCell::default() }
    }

    /// The ARN that a statement would name.
    pub(super) fn arn(&self, resource: &Resource, mapping: &Mapping) -> Option<String> {
        scope::arn(resource, mapping, &self.settings.partition)
    }

    pub(super) fn tell(
        &self,
        resource: &Resource,
        mapping: Option<&'static Mapping>,
        way: &Way,
        verbs: &[String],
        parent: Option<&Resource>,
    ) -> Advice {
        let mut statement = None;
        let mut terraform = None;
        if let (Way::Arn | Way::Abac | Way::TagAndAbac, Some(mapping)) = (way, mapping) {
            statement = self.arn(resource, mapping).map(|arn| {
                let base = mapping.kinds.first().map_or(0, |kind| self.size(mapping.service, kind));
                Statement { characters: base + arn.chars().count(), resource: arn }
            });
        }
        if let Way::Outright = way {
            let characters = self.outright(terraform::setting(&resource.kind));
            statement = Some(Statement { resource: "*".to_owned(), characters });
        }
        if let Way::Abac | Way::TagAndAbac = way {
            terraform = Some(abac(resource));
        }
        let fix = match way {
            Way::None => String::new(),
            Way::Parent(way) => self.of_parent(parent, way),
            Way::Arn if verbs.is_empty() => by_arn(statement.as_ref()),
            Way::Arn => match &statement {
                Some(statement) => format!(
                    "deny these actions on its ARN (a statement of about {} characters): {}",
                    statement.characters,
                    verbs.join(", ")
                ),
                None => format!("only an unconditional deny covers it: {}", verbs.join(", ")),
            },
            other => self.words(resource, other),
        };
        Advice { fix, terraform, statement }
    }

    fn of_parent(&self, parent: Option<&Resource>, way: &Way) -> String {
        let Some(parent) = parent else { return String::new() };
        match way {
            Way::Arn => format!("cover its parent `{}` by its ARN", parent.address),
            Way::Abac => format!("enable ABAC for its parent `{}`", parent.address),
            Way::Outright | Way::Nothing => "none: no policy can name its parent".to_owned(),
            way => format!("on its parent `{}`: {}", parent.address, self.words(parent, way)),
        }
    }

    fn words(&self, resource: &Resource, way: &Way) -> String {
        let key = &self.settings.tag_key;
        let value = self.settings.tag_values.first().map(String::as_str).unwrap_or_default();
        match way {
            Way::Tag | Way::TagAndAbac => {
                let tag = if resource.has("tags_all") {
                    format!("add `{key} = \"{value}\"` to the provider's `default_tags`")
                } else if resource.has("tags") {
                    format!("add `{key} = \"{value}\"` to its `tags`")
                } else if resource.has("tag") {
                    format!("add a `tag` block with key `{key}` and value `{value}`")
                } else {
                    "none in Terraform: this provider version has no tags for it".to_owned()
                };
                match way {
                    Way::TagAndAbac => format!("{tag}, and enable ABAC for the bucket"),
                    _ => tag,
                }
            }
            Way::Value => format!("set its tag `{key}` to `{value}` (case-sensitive)"),
            Way::Constant => format!("write the tag as a constant: `{key} = \"{value}\"`"),
            Way::Abac => "enable ABAC for the bucket (AWS provider 6.23 or later)".to_owned(),
            Way::Arn => by_arn(None),
            Way::Outright => {
                "deny its actions unconditionally: `guard render --from` writes the statement `Settings`"
                    .to_owned()
            }
            Way::Review => {
                "review the actions (`guard catalogue ACTION`) and add them to the table".to_owned()
            }
            Way::Service(Some(service)) => {
                format!("cover its whole service: `guard render --service {service}`")
            }
            Way::Service(None) => "cover its whole service: `guard render --service NAME`; \
                                   then add the type to the table"
                .to_owned(),
            Way::Elsewhere => {
                "also pass the state that holds its parent: several files are measured together"
                    .to_owned()
            }
            Way::Nothing => "none: no policy can name it".to_owned(),
            Way::None | Way::Parent(_) => String::new(),
        }
    }

    fn spec(&self) -> Spec {
        Spec {
            vehicle: Vehicle::Scp,
            bind: Bind::All,
            tag_key: self.settings.tag_key.clone(),
            tag_values: self.settings.tag_values.clone(),
            exempt: vec![format!("arn:{}:iam::*:role/Terraform", self.settings.partition)],
            partition: self.settings.partition.clone(),
            path: "/holdpoint/".to_owned(),
            style: Style::Words,
        }
    }

    fn size(&self, service: &'static str, kind: &'static str) -> usize {
        *self.sizes.borrow_mut().entry((service, kind)).or_insert_with(|| {
            let mut scope = Scope::default();
            scope.arns.entry((service, kind)).or_default().insert(String::new());
            self.statement(&scope, "ByArn")
        })
    }

    fn outright(&self, verbs: &[&str]) -> usize {
        let settings = verbs.iter().map(|verb| (*verb).to_owned()).collect();
        self.statement(&Scope { settings, ..Scope::default() }, "Settings")
    }

    fn statement(&self, scope: &Scope, sid: &str) -> usize {
        let guard = self.spec().guard(scope);
        let fixed = guard.fixed.iter().find(|statement| statement.sid.starts_with(sid));
        let text = fixed.map(|statement| serde_json::to_string(statement).unwrap_or_default());
        text.map_or(0, |text| text.chars().count() + 1)
    }
}

fn by_arn(statement: Option<&Statement>) -> String {
    match statement {
        Some(statement) => format!(
            "cover it by its ARN: `guard render --from` writes the statement (about {} characters)",
            statement.characters
        ),
        None => "cover it by its ARN once that is known: measure the state after the apply".into(),
    }
}

/// The resource that switches ABAC on for a bucket.
fn abac(resource: &Resource) -> String {
    let tail = resource.address.rsplit("aws_s3_bucket.").next().unwrap_or_default();
    let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name: String = tail.chars().take_while(is_name).collect();
    let (each, bucket) = match tail.get(name.len()..) {
        Some(index) if index.starts_with("[\"") => {
            (format!("  for_each = aws_s3_bucket.{name}\n"), "each.value.id".to_owned())
        }
        Some(index) if index.starts_with('[') => (
            format!("  count  = length(aws_s3_bucket.{name})\n"),
            format!("aws_s3_bucket.{name}[count.index].id"),
        ),
        _ => (String::new(), format!("aws_s3_bucket.{name}.id")),
    };
    let wide = if each.contains("for_each") { "bucket  " } else { "bucket" };
    format!(
        "resource \"aws_s3_bucket_abac\" \"{name}\" {{\n{each}  {wide} = {bucket}\n\n  \
         abac_status {{\n    status = \"Enabled\"\n  }}\n}}\n"
    )
}
