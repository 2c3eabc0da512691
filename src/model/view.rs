//! How a rule sees a subject: its attributes on one side of the change, and its relations.
//!
//! The reader of the input implements [`Resources`]; rules know nothing of plans, files or JSON.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::rule::Params;
use super::subject::{Side, Subject, SubjectId};
use super::value::{Unknown, Value};

/// The attributes of one subject on one side of the change.
pub trait Attributes {
    /// A top-level attribute or block. Not set, null and absent are [`Value::Null`]; nested blocks
    /// are lists of objects.
    fn get(&self, name: &str) -> Value;

    /// The names of all attributes that the input holds or knows to be unknown.
    fn names(&self) -> Vec<String>;

    /// Whether anything at or below this attribute path is marked sensitive.
    fn is_sensitive(&self, path: &str) -> bool;
}

/// Other subjects that a relation leads to.
#[derive(Debug, Clone, Default)]
pub struct Links<'r> {
    /// Those that are certainly related.
    pub certain: Vec<&'r Subject>,
    /// Those that may be related, and why that is uncertain. `None` means any subject.
    pub possible: Vec<(Option<&'r Subject>, Unknown)>,
}

impl Links<'_> {
    /// The first reason for uncertainty, if there is one.
    #[must_use]
    pub fn doubt(&self) -> Option<&Unknown> {
        self.possible.first().map(|(_, why)| why)
    }
}

/// Subjects of one type and one name: in one account they are the same object.
#[derive(Debug, Clone, Default)]
pub struct Namesakes {
    /// Those that are certainly in the account of the subject, itself among them.
    pub certain: Arc<[SubjectId]>,
    /// Those that may be; some of the certain ones may be among them.
    pub possible: Arc<[SubjectId]>,
}

/// What many subjects have in common and is worked out once; see [`View::once_for_all`].
#[derive(Default)]
pub struct Shared(Mutex<FxHashMap<SharedKey, Arc<dyn Any + Send + Sync>>>);

/// A name, the side, and the first and the number of the subjects that share it.
type SharedKey = (&'static str, Side, Option<SubjectId>, usize);

/// All subjects of one input, and the relations between them.
pub trait Resources: Sync {
    /// The subjects, in a stable order; a subject's id is its position.
    fn subjects(&self) -> &[Subject];

    /// The attributes of a subject.
    fn open(&self, subject: &Subject, side: Side) -> Box<dyn Attributes + '_>;

    /// The subjects of type `kind` whose attribute `attribute` (a path) names `subject` by id, ARN,
    /// name or reference.
    ///
    /// Subjects that do not exist on that side are left out.
    fn pointing_at(&self, subject: &Subject, side: Side, kind: &str, attribute: &str) -> Links<'_>;

    /// The subjects that the attribute at `path` of `subject` refers to, of any type. `possible`
    /// is not empty when the reference could not be followed to the end.
    fn follow(&self, subject: &Subject, side: Side, path: &str) -> Links<'_>;

    /// The subjects of the same type that have this name too; none when it is the only one.
    fn namesakes(&self, _subject: &Subject, _side: Side, _name: &str) -> Namesakes {
        Namesakes::default()
    }

    /// Where to keep what many subjects have in common.
    fn shared(&self) -> Option<&Shared> {
        None
    }

    /// Whether this names an encryption key which the input has looked up by a name that the
    /// provider reserves for the keys that it manages.
    fn is_managed_key(&self, _key: &str) -> bool {
        false
    }

    /// Whether a resource of the input holds this JSON document, or another document is made of it.
    fn is_held(&self, _text: &str) -> bool {
        false
    }

    /// The tags that the subject's provider puts on everything it makes , as an
    /// object; null when there are none.
    fn default_tags(&self, _subject: &Subject) -> Value {
        Value::Null
    }

    /// The literal value that the configuration sets for an attribute; see [`View::written`].
    fn written(&self, _subject: &Subject, _name: &str) -> Value {
        Value::Null
    }

    /// What the configuration sets out of constants alone; see [`View::constant`].
    fn constant(&self, subject: &Subject, name: &str) -> Value {
        self.written(subject, name)
    }

    /// Whether a text came from outside of the configuration; see [`View::comes_from_outside`].
    fn comes_from_outside(&self, _text: &str) -> bool {
        false
    }
}

/// A subject on one side of the change, as a rule sees it.
pub struct View<'v> {
    /// The subject.
    pub subject: &'v Subject,
    /// The side.
    pub side: Side,
    resources: &'v dyn Resources,
    params: &'v Params,
    attributes: Rc<Opened<'v>>,
}

/// Attributes with a cache, shared by the views of all rules that look at one subject.
pub struct Opened<'v> {
    attributes: Box<dyn Attributes + 'v>,
    cache: RefCell<Vec<(String, Rc<Value>)>>,
    made: RefCell<Vec<(&'static str, Rc<dyn Any>)>>,
}

impl<'v> Opened<'v> {
    /// Opens a subject.
    #[must_use]
    pub fn new(resources: &'v dyn Resources, subject: &Subject, side: Side) -> Rc<Self> {
        Rc::new(Self {
            attributes: resources.open(subject, side),
            cache: RefCell::default(),
            made: RefCell::default(),
        })
    }
}

impl<'v> View<'v> {
    /// A view with the parameters of one rule.
    #[must_use]
    pub fn new(
        resources: &'v dyn Resources,
        subject: &'v Subject,
        side: Side,
        params: &'v Params,
        attributes: Rc<Opened<'v>>,
    ) -> Self {
        Self { subject, side, resources, params, attributes }
    }

    /// A top-level attribute or block.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Rc<Value> {
        if let Some((_, value)) =
            self.attributes.cache.borrow().iter().find(|(cached, _)| cached == name)
        {
            return Rc::clone(value);
        }
        let value = Rc::new(self.attributes.attributes.get(name));
        self.attributes.cache.borrow_mut().push((name.to_owned(), Rc::clone(&value)));
        value
    }

    /// The value at a path, `versioning[0].enabled`; see [`Value::at`].
    #[must_use]
    pub fn at(&self, path: &str) -> Value {
        let cut = path.find(['.', '[']).unwrap_or(path.len());
        let (name, tail) = path.split_at(cut);
        self.attribute(name).at(tail).into_owned()
    }

    /// A value derived from the attributes once, for all rules that need it, such as a policy document
    /// that a dozen of them check. It is identified by `name` and type, and must not depend on the
    /// parameters of a rule.
    #[must_use]
    pub fn once<T: 'static>(&self, name: &'static str, make: impl FnOnce() -> T) -> Rc<T> {
        let known = self.attributes.made.borrow().iter().find_map(|(cached, made)| {
            (*cached == name).then(|| Rc::clone(made).downcast::<T>().ok()).flatten()
        });
        known.unwrap_or_else(|| {
            let made = Rc::new(make());
            self.attributes.made.borrow_mut().push((name, Rc::clone(&made) as Rc<dyn Any>));
            made
        })
    }

    /// The names of all attributes.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.attributes.attributes.names()
    }

    /// Whether the attribute at this path is marked sensitive, wholly or in part.
    #[must_use]
    pub fn is_sensitive(&self, path: &str) -> bool {
        self.attributes.attributes.is_sensitive(path)
    }

    /// The parameters of the rule, defaults filled in.
    #[must_use]
    pub fn params(&self) -> &'v Params {
        self.params
    }

    /// Other subjects of type `kind` whose `attribute` names this one, on the same side.
    #[must_use]
    pub fn pointing_here(&self, kind: &str, attribute: &str) -> Links<'v> {
        self.resources.pointing_at(self.subject, self.side, kind, attribute)
    }

    /// Whether this names an encryption key that the provider manages, by what the input has looked
    /// up.
    #[must_use]
    pub fn is_managed_key(&self, key: &str) -> bool {
        self.resources.is_managed_key(key)
    }

    /// Whether a resource of the input holds this JSON document, or another document is made of it.
    #[must_use]
    pub fn is_held(&self, text: &str) -> bool {
        self.resources.is_held(text)
    }

    /// The subjects that an attribute of this one refers to, on the same side.
    #[must_use]
    pub fn follow(&self, path: &str) -> Links<'v> {
        self.resources.follow(self.subject, self.side, path)
    }

    /// The subjects of this one's type that have the same name, itself among them; none when it is
    /// the only one, or its name is not known.
    #[must_use]
    pub fn namesakes(&self) -> Namesakes {
        match self.attribute("name").as_str() {
            Some(name) => self.resources.namesakes(self.subject, self.side, name),
            None => Namesakes::default(),
        }
    }

    /// A value that is the same for all subjects of a list, worked out for the first that asks. It is
    /// identified by `name`, type and list, and must not depend on the parameters of a rule.
    #[must_use]
    pub fn once_for_all<T: Send + Sync + 'static>(
        &self,
        name: &'static str,
        all: &[SubjectId],
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let Some(shared) = self.resources.shared() else { return Arc::new(make()) };
        let key = (name, self.side, all.first().copied(), all.len());
        let known = shared.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let known = known.and_then(|known| known.downcast::<T>().ok());
        known.unwrap_or_else(|| {
            let made = Arc::new(make());
            let mut shared = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            shared.insert(key, Arc::clone(&made) as Arc<dyn Any + Send + Sync>);
            made
        })
    }

    /// A subject of the input by its id.
    #[must_use]
    pub fn subject_at(&self, id: SubjectId) -> Option<&'v Subject> {
        self.resources.subjects().get(id.0 as usize)
    }

    /// The tags that the provider puts on everything it makes; null when there are none. Says what
    /// the configuration asks for, so it is about the side after the change.
    #[must_use]
    pub fn default_tags(&self) -> Value {
        self.resources.default_tags(self.subject)
    }

    /// What the configuration writes itself for a top-level attribute or block: constants
    /// as they stand, also those that reach it as an argument of a module or as the default of a
    /// variable; every other expression is unknown. Null when it writes nothing. `provisioner` is
    /// the list of provisioners, each with its `type`.
    ///
    /// It is the configuration's text of today, whatever the side.
    #[must_use]
    pub fn written(&self, name: &str) -> Value {
        self.resources.written(self.subject, name)
    }

    /// Like [`View::written`], with what functions and locals make of constants, as far as the
    /// source tells it. Unknown is what may be a constant; null is what depends on something from
    /// outside of the configuration.
    #[must_use]
    pub fn constant(&self, name: &str) -> Value {
        self.resources.constant(self.subject, name)
    }

    /// Whether a text came from outside of the configuration: as a variable that was set, or from
    /// what generates or fetches secrets.
    #[must_use]
    pub fn comes_from_outside(&self, text: &str) -> bool {
        self.resources.comes_from_outside(text)
    }

    /// The same subject on a side, with the same parameters.
    #[must_use]
    pub fn on(&self, side: Side) -> View<'v> {
        let attributes = Opened::new(self.resources, self.subject, side);
        View::new(self.resources, self.subject, side, self.params, attributes)
    }

    /// Another subject on the same side, with the same parameters.
    #[must_use]
    pub fn look_at(&self, other: &'v Subject) -> View<'v> {
        let attributes = Opened::new(self.resources, other, self.side);
        View::new(self.resources, other, self.side, self.params, attributes)
    }

    /// All subjects of the input, for rules that look at the whole.
    #[must_use]
    pub fn all_subjects(&self) -> &'v [Subject] {
        self.resources.subjects()
    }
}
