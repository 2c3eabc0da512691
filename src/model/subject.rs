//! The thing that a rule judges: one resource instance, and what a change does to it.

use std::fmt;

/// Position of a subject in the list that it was read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub u32);

/// Where a subject comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A resource that Terraform manages.
    Managed,
    /// A data source that is read during apply.
    Data,
    /// The configuration of a provider: its arguments are what the configuration writes. Not a
    /// resource, so it counts as none.
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

/// One resource instance and what the plan does to it. Its attributes are asked for through a
/// [`View`](super::view::View).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Position among the subjects of its input.
    pub id: SubjectId,
    /// The full address, `module.net["a"].aws_subnet.s[0]`; unique in its input but for deposed
    /// objects, whose address ends in ` (deposed KEY)`.
    pub address: String,
    /// The address of the module instance, `module.net["a"]`; empty for the root module.
    pub module: String,
    /// Resource or data source.
    pub mode: Mode,
    /// The resource type, `aws_subnet`; data sources have the prefix `data.`, provider
    /// configurations are `provider.aws`, module calls `module`, outputs `output`.
    pub kind: String,
    /// The local name.
    pub name: String,
    /// The instance key.
    pub key: Option<Key>,
    /// The provider's source address, `registry.terraform.io/hashicorp/aws`.
    pub provider: String,
    /// What the change does.
    pub actions: Actions,
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
    /// Whether it stands before the change.
    pub exists_before: bool,
    /// Whether it stands after the change and Terraform still manages it.
    pub exists_after: bool,
}

impl Subject {
    /// What stands and is judged, and is not changed by itself: an object, an output, a plan as a whole.
    #[must_use]
    pub fn standing(id: SubjectId, address: String, mode: Mode, kind: String) -> Self {
        Self {
            id,
            address,
            module: String::new(),
            mode,
            kind,
            name: String::new(),
            key: None,
            provider: String::new(),
            actions: Actions(vec![Action::NoOp]),
            previous_address: None,
            deposed: None,
            imported: false,
            replace_paths: Vec::new(),
            action_reason: None,
            exists_before: false,
            exists_after: true,
        }
    }

    /// Whether it is a resource or data source.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        matches!(self.mode, Mode::Managed | Mode::Data)
    }

    /// Whether the subject stands on that side of the change.
    #[must_use]
    pub fn exists(&self, side: Side) -> bool {
        match side {
            Side::Before => self.exists_before,
            Side::After => self.exists_after,
        }
    }
}
