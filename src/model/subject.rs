//! What a rule judges, whichever gate reads it: a resource instance, a Kubernetes object, an input as
//! a whole.

use std::fmt;

use super::object::ObjectRef;

/// Position of a subject in the list that it was read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub u32);

/// Which part of a Terraform configuration a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A resource that Terraform manages.
    Managed,
    /// A data source that is read during apply.
    Data,
    /// The configuration of a provider: its arguments are what the configuration writes. Not a
    /// resource.
    Provider,
    /// A module call, with its `source` and `version`; one for all its instances. Not a resource.
    Module,
    /// An output of the root module, with its `value` and whether it is `sensitive`. Not a resource.
    Output,
}

/// The key of an instance under `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `[0]`
    Index(u64),
    /// `["name"]`
    Name(String),
}

impl fmt::Display for Key {
    /// As it stands in an address, without the brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Index(index) => write!(f, "{index}"),
            Key::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// One step of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing is done.
    NoOp,
    /// The object is made.
    Create,
    /// A data source is read.
    Read,
    /// The object is changed in place.
    Update,
    /// The object is destroyed.
    Delete,
    /// The object leaves the state and stays in the account.
    Forget,
}

/// What the change does, in order; two steps are a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions(pub Vec<Action>);

impl Actions {
    /// Whether the change holds this step.
    #[must_use]
    pub fn has(&self, action: Action) -> bool {
        self.0.contains(&action)
    }

    /// Destroyed and made anew, in either order.
    #[must_use]
    pub fn is_replace(&self) -> bool {
        self.has(Action::Delete) && self.has(Action::Create)
    }

    /// Whether the object that stands now will be gone: deleted or replaced.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.has(Action::Delete)
    }

    /// Nothing is done to the object.
    #[must_use]
    pub fn is_no_op(&self) -> bool {
        self.0.iter().all(|action| *action == Action::NoOp)
    }
}

/// Before or after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// As it stands now.
    Before,
    /// As it will stand once the plan is applied.
    After,
}

/// What the change does to a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectChange {
    /// The steps.
    pub actions: Actions,
    /// Whether the subject exists before the change.
    pub exists_before: bool,
    /// Whether it exists after the change and is still managed here.
    pub exists_after: bool,
}

impl SubjectChange {
    /// Nothing happens to it; it is only declared, so there is no state before.
    #[must_use]
    pub fn none() -> Self {
        Self { actions: Actions(vec![Action::NoOp]), exists_before: false, exists_after: true }
    }

    /// It is new.
    #[must_use]
    pub fn creation() -> Self {
        Self { actions: Actions(vec![Action::Create]), ..Self::none() }
    }
}

/// What only a subject of a Terraform plan has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOrigin {
    /// Resource, data source, provider configuration, module call or output.
    pub mode: Mode,
    /// The address of the module instance, `module.net["a"]`; empty for the root module.
    pub module: String,
    /// The instance key.
    pub key: Option<Key>,
    /// The provider's source address, `registry.terraform.io/hashicorp/aws`.
    pub provider: String,
    /// The address that it had before a `moved` block.
    pub previous_address: Option<String>,
    /// The key of a deposed object, left over from an interrupted replacement.
    pub deposed: Option<String>,
    /// Whether the change imports it.
    pub imported: bool,
    /// Attribute paths that force the replacement.
    pub replace_paths: Vec<String>,
    /// Terraform's reason for the action (`delete_because_no_resource_config`, ...).
    pub action_reason: Option<String>,
}

impl PlanOrigin {
    /// In the root module, without anything special.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            module: String::new(),
            key: None,
            provider: String::new(),
            previous_address: None,
            deposed: None,
            imported: false,
            replace_paths: Vec::new(),
            action_reason: None,
        }
    }
}

/// Where a subject comes from, with what only subjects from there have.
///
/// A new gate adds a variant here. No match on it has a `_` arm, so the compiler lists every place
/// that has to decide what the new variant means there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A Terraform plan.
    Plan(PlanOrigin),
    /// A Kubernetes manifest.
    Manifest(ObjectRef),
    /// The input as a whole, when a finding cannot be pinned on a part of it.
    Whole,
}

/// One subject. Its attributes are read through a [`View`](super::view::View).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Position among the subjects of its input.
    pub id: SubjectId,
    /// The full address, `module.net["a"].aws_subnet.s[0]` or `apps/v1/Deployment shop/web`; unique
    /// in its input but for deposed objects, whose address ends in ` (deposed KEY)`.
    pub address: String,
    /// The resource type, `aws_subnet`; data sources have the prefix `data.`, provider
    /// configurations are `provider.aws`, module calls `module`, outputs `output`. The `kind` of a
    /// Kubernetes object.
    pub kind: String,
    /// The local name.
    pub name: String,
    /// What the change does to it.
    pub change: SubjectChange,
    /// Where it comes from.
    pub origin: Origin,
}

impl Subject {
    /// An input as a whole, under this address.
    #[must_use]
    pub fn whole(id: SubjectId, address: &str, kind: &str) -> Self {
        Self {
            id,
            address: address.to_owned(),
            kind: kind.to_owned(),
            name: kind.to_owned(),
            change: SubjectChange::none(),
            origin: Origin::Whole,
        }
    }

    /// What only a subject of a Terraform plan has.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanOrigin> {
        match &self.origin {
            Origin::Plan(plan) => Some(plan),
            Origin::Manifest(_) | Origin::Whole => None,
        }
    }

    /// Which part of a Terraform configuration it is.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.plan().map(|plan| plan.mode)
    }

    /// The address of the module instance; empty for the root module and outside Terraform.
    #[must_use]
    pub fn module(&self) -> &str {
        self.plan().map_or("", |plan| &plan.module)
    }

    /// The key of a Terraform instance.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        self.plan().and_then(|plan| plan.key.as_ref())
    }

    /// The source address of its Terraform provider; empty where there is none.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.plan().map_or("", |plan| &plan.provider)
    }

    /// Whether it is a deposed object, left over from an interrupted replacement.
    #[must_use]
    pub fn is_deposed(&self) -> bool {
        self.plan().is_some_and(|plan| plan.deposed.is_some())
    }

    /// Whether it is what an input is about: a resource, a data source, a Kubernetes object. The
    /// rest is declared beside these, and is not counted.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        match &self.origin {
            Origin::Plan(plan) => match plan.mode {
                Mode::Managed | Mode::Data => true,
                Mode::Provider | Mode::Module | Mode::Output => false,
            },
            Origin::Manifest(_) => true,
            Origin::Whole => false,
        }
    }

    /// What the change does, in order.
    #[must_use]
    pub fn actions(&self) -> &Actions {
        &self.change.actions
    }

    /// Whether the subject exists on that side of the change.
    #[must_use]
    pub fn exists(&self, side: Side) -> bool {
        match side {
            Side::Before => self.change.exists_before,
            Side::After => self.change.exists_after,
        }
    }
}
