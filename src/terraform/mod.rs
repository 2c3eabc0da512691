//! READ and NORMALISE a Terraform plan: JSON becomes [`Subject`]s whose attributes may be unknown.
//!
//! [`read`] turns bytes into subjects whose values have holes, [`configuration`] and [`source`] fill
//! the holes, and [`links`] tells which resource belongs to which.

mod attributes;
#[cfg(test)]
mod belonging_tests;
mod configuration;
mod dynamic;
mod keys;
mod links;
mod namesakes;
mod preimage;
mod read;
mod realm;
mod scope;
pub mod source;
mod standing;
#[cfg(test)]
mod standing_tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::value::RawValue;

pub use read::error::ReadError;
pub use read::input::{Digests, Input, digest, given, load};

use self::attributes::PlannedAttributes;
use self::configuration::Configuration;
use self::read::change::present;
use self::read::subjects::{Slices, Subjects};
use self::source::{Source, contradicts};
use crate::model::location::Location;
use crate::model::subject::{Mode, PlanOrigin, Side, Subject, SubjectId};
use crate::model::value::{Object, Value};
use crate::model::view::{Attributes, Links, Namesakes, Resources, Shared};

/// A plan that was read whole.
pub struct Plan<'p> {
    subjects: Vec<Subject>,
    slices: Vec<Slices<'p>>,
    configuration: Configuration<'p>,
    raw_variables: Option<&'p RawValue>,
    raw_prior_state: Option<&'p RawValue>,
    source: Option<Source>,
    constants_source: OnceLock<Option<Source>>,
    given: OnceLock<Vec<String>>,
    /// Whether a source is at hand that cannot be opened.
    source_refused: bool,
    /// Whether a single reference to a document counts as the document while there is no source.
    trust_references: bool,
    partial: bool,
    by_name: OnceLock<Vec<SubjectId>>,
    calls: OnceLock<configuration::references::Calls>,
    variables: OnceLock<Object>,
    prior_data: OnceLock<FxHashMap<String, Value>>,
    managed_keys: OnceLock<FxHashSet<String>>,
    held: OnceLock<read::documents::Held>,
    trusted: Mutex<FxHashMap<SubjectId, bool>>,
    links: links::Cache<'p>,
    realms: OnceLock<realm::Realms>,
    shared: Shared,
    problems: Mutex<Vec<ReadError>>,
    notices: Mutex<BTreeSet<String>>,
}

impl<'p> Plan<'p> {
    /// Reads a plan's JSON.
    ///
    /// # Errors
    /// [`ReadError`] for whatever is not one whole plan that can be judged.
    pub fn read(text: &'p str, allow_partial: bool) -> Result<Self, ReadError> {
        let envelope = read::recognise::envelope(text, allow_partial)?;
        let partial = envelope.complete == Some(false)
            || present(envelope.deferred_changes).is_some_and(|raw| raw.get().len() > 2);
        let configuration = Configuration::read(envelope.configuration)?;
        let Subjects { mut subjects, mut slices, refused } =
            envelope.resource_changes.unwrap_or_default();
        if let Some(error) = refused {
            return Err(error);
        }
        let outputs = present(envelope.output_changes);
        read::declared::add(&configuration, outputs, &mut subjects, &mut slices)?;
        let raw_prior_state = present(envelope.prior_state);
        let documents = {
            let known: FxHashSet<&str> = subjects.iter().map(|s| s.address.as_str()).collect();
            read::documents::read(raw_prior_state, subjects.len(), &known)
        };
        for (subject, own) in documents {
            subjects.push(subject);
            slices.push(own);
        }
        unique(&subjects)?;
        Ok(Self {
            subjects,
            slices,
            configuration,
            raw_variables: present(envelope.variables),
            raw_prior_state,
            source: None,
            constants_source: OnceLock::new(),
            given: OnceLock::new(),
            source_refused: false,
            trust_references: false,
            partial,
            by_name: OnceLock::new(),
            calls: OnceLock::new(),
            variables: OnceLock::new(),
            prior_data: OnceLock::new(),
            managed_keys: OnceLock::new(),
            held: OnceLock::new(),
            trusted: Mutex::default(),
            links: links::Cache::default(),
            realms: OnceLock::new(),
            shared: Shared::default(),
            problems: Mutex::default(),
            notices: Mutex::default(),
        })
    }

    /// Adds the source that the plan was made from.
    #[must_use]
    pub fn with_source(mut self, source: Option<Source>) -> Self {
        self.source = source;
        self
    }

    /// Notes that there is a source and that it cannot be used, with the reason: what only it could
    /// say is not known.
    #[must_use]
    pub fn with_refused_source(mut self, notice: String) -> Self {
        self.source_refused = true;
        self.notices.get_mut().unwrap_or_else(PoisonError::into_inner).insert(notice);
        self
    }

    /// Takes a single reference to a document for the document while there is no source.
    #[must_use]
    pub fn trusting_references(mut self, trust: bool) -> Self {
        self.trust_references = trust;
        self
    }

    /// Whether the source is at hand, so that [`Plan::locate`] may find something.
    #[must_use]
    pub fn has_source(&self) -> bool {
        self.source.is_some()
    }

    /// Whether Terraform planned only a part of the changes.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// What turned out to be unreadable while rules looked at it. One is enough to leave the
    /// change undecided.
    #[must_use]
    pub fn problems(&self) -> Vec<ReadError> {
        let mut all = self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by_key(ToString::to_string);
        all.dedup();
        all
    }

    /// Things worth knowing, sorted.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let mut all = self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.extend(self.source.iter().flat_map(Source::notices));
        all.into_iter().collect()
    }

    /// Where an attribute of a subject stands in the source.
    #[must_use]
    pub fn locate(&self, subject: &Subject, path: &str) -> Option<Location> {
        let source = self.source.as_ref()?;
        let Subject { kind, name, .. } = subject;
        let PlanOrigin { module, mode, key, .. } = subject.plan()?;
        if !source.fits(self, module, *mode, kind, name) {
            return None;
        }
        match mode {
            Mode::Managed | Mode::Data => {}
            Mode::Provider => {
                let own = match name.as_str() {
                    "default" => kind.trim_start_matches("provider.").to_owned(),
                    alias => format!("{}.{alias}", kind.trim_start_matches("provider.")),
                };
                return source.locate_declaration(module, source::Declaration::Provider(&own));
            }
            Mode::Module => {
                return source.locate_declaration(module, source::Declaration::Module(name));
            }
            Mode::Output => {
                return source.locate_declaration(module, source::Declaration::Output(name));
            }
        }
        let cut = path.find(['.', '[']).unwrap_or(path.len());
        let (top, _) = path.split_at(cut);
        let planned = PlannedAttributes::open(self, subject, Side::After).planned(top);
        let mut location =
            source.locate_planned(self, module, *mode, kind, name, key.as_ref(), path, &planned)?;
        let hidden = |path: &str| {
            [Side::Before, Side::After]
                .into_iter()
                .any(|side| PlannedAttributes::open(self, subject, side).is_sensitive(path))
        };
        if !path.is_empty() && (hidden(path) || hidden(top)) {
            location.snippet = None;
        }
        Some(location)
    }

    fn subject(&self, id: SubjectId) -> Option<&Subject> {
        self.subjects.get(id.0 as usize)
    }

    fn slices(&self, id: SubjectId) -> Option<&Slices<'p>> {
        self.slices.get(id.0 as usize)
    }

    fn note(&self, problem: ReadError) {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
    }

    /// Subjects in the order of module, type, name and instance.
    fn by_name(&self) -> &[SubjectId] {
        self.by_name.get_or_init(|| {
            let mut order: Vec<&Subject> =
                self.subjects.iter().filter(|s| !s.is_deposed()).collect();
            order.sort_by(|a, b| {
                (a.module(), &a.kind, &a.name, a.key()).cmp(&(
                    b.module(),
                    &b.kind,
                    &b.name,
                    b.key(),
                ))
            });
            order.into_iter().map(|subject| subject.id).collect()
        })
    }

    fn calls(&self) -> &configuration::references::Calls {
        self.calls.get_or_init(|| {
            configuration::references::calls(self.subjects.iter().map(Subject::module))
        })
    }

    fn variables(&self) -> &Object {
        self.variables.get_or_init(|| {
            match self.raw_variables.map(|raw| serde_json::from_str(raw.get())) {
                Some(Ok(Value::Object(object))) => object,
                _ => Object::default(),
            }
        })
    }

    /// Data sources that were read while planning, by address.
    fn prior_data(&self) -> &FxHashMap<String, Value> {
        self.prior_data.get_or_init(|| prior_data(self.raw_prior_state).unwrap_or_default())
    }

    /// The source, unless it is another than the plan's, or contradicts what the plan knows of
    /// this subject, whose attributes after the change these are.
    fn trusted_source(&self, attributes: &PlannedAttributes<'_, '_>) -> Option<&Source> {
        let subject = attributes.subject();
        let source = self.source.as_ref()?;
        let known = {
            let trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
            trusted.get(&subject.id).copied()
        };
        let trusted = known.unwrap_or_else(|| {
            let (kind, name) = (&subject.kind, &subject.name);
            let fits = subject
                .plan()
                .is_some_and(|plan| source.fits(self, &plan.module, plan.mode, kind, name));
            if !fits {
                let mut trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
                trusted.insert(subject.id, false);
                return false;
            }
            let disagrees = self.disagreement(source, subject, attributes);
            if let Some(name) = &disagrees {
                let notice = format!(
                    "source and plan differ in `{name}` of `{}`: the source is ignored for this attribute",
                    subject.address
                );
                self.notices.lock().unwrap_or_else(PoisonError::into_inner).insert(notice);
            }
            let mut trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
            trusted.insert(subject.id, disagrees.is_none());
            disagrees.is_none()
        });
        trusted.then_some(source)
    }

    fn disagreement(
        &self,
        source: &Source,
        subject: &Subject,
        attributes: &PlannedAttributes<'_, '_>,
    ) -> Option<String> {
        let Subject { kind, name, .. } = subject;
        let PlanOrigin { module, mode, key, .. } = subject.plan()?;
        let held = attributes.names();
        source.attribute_names(module, *mode, kind, name)?.into_iter().find(|attribute| {
            if !held.contains(attribute) {
                return false;
            }
            let hint = source.attribute(self, module, *mode, kind, name, key.as_ref(), attribute);
            hint.is_some_and(|hint| contradicts(&hint, &attributes.planned(attribute)))
        })
    }
}

impl Resources for Plan<'_> {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    fn open(&self, subject: &Subject, side: Side) -> Box<dyn Attributes + '_> {
        match self.subject(subject.id) {
            Some(own) => Box::new(PlannedAttributes::open(self, own, side)),
            None => Box::new(Nothing),
        }
    }

    fn pointing_at(&self, subject: &Subject, side: Side, kind: &str, attribute: &str) -> Links<'_> {
        self.links_to(subject, side, kind, attribute)
    }

    fn follow(&self, subject: &Subject, side: Side, path: &str) -> Links<'_> {
        self.followed(subject, side, path)
    }

    fn namesakes(&self, subject: &Subject, side: Side, name: &str) -> Namesakes {
        self.namesakes_of(subject, side, name)
    }

    fn shared(&self) -> Option<&Shared> {
        Some(&self.shared)
    }

    fn is_managed_key(&self, key: &str) -> bool {
        self.managed_keys().contains(key)
    }

    fn is_held(&self, text: &str) -> bool {
        Plan::is_held(self, text)
    }

    fn default_tags(&self, subject: &Subject) -> Value {
        let Some(tags) = crate::clouds::of(&subject.kind).default_tags else { return Value::Null };
        let module = configuration::address::module_path(subject.module());
        let resource = self.configuration.resource(&module, &subject.kind, &subject.name);
        resource.map_or(Value::Null, |resource| self.configuration.default_tags(resource, tags))
    }

    fn written(&self, subject: &Subject, name: &str) -> Value {
        self.written_by_hand(subject, name)
    }

    fn constant(&self, subject: &Subject, name: &str) -> Value {
        self.constants_of(subject, name)
    }

    fn comes_from_outside(&self, text: &str) -> bool {
        Plan::comes_from_outside(self, text)
    }
}

/// The attributes of a subject that is not of this plan: all of them unknown.
struct Nothing;

impl Attributes for Nothing {
    fn get(&self, _: &str) -> Value {
        Value::Unknown(crate::model::value::Unknown::because("it is not a resource of this plan"))
    }
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
    fn is_sensitive(&self, _: &str) -> bool {
        true
    }
}

fn unique(subjects: &[Subject]) -> Result<(), ReadError> {
    let mut seen = FxHashSet::with_capacity_and_hasher(subjects.len(), Default::default());
    match subjects.iter().find(|subject| !seen.insert(subject.address.as_str())) {
        Some(twice) => Err(ReadError::DuplicateAddress(twice.address.clone())),
        None => Ok(()),
    }
}

/// Reads the data sources of `prior_state`. It is optional knowledge: what cannot be read leaves
/// unknown what it would have told.
fn prior_data(raw: Option<&RawValue>) -> Option<FxHashMap<String, Value>> {
    #[derive(serde::Deserialize)]
    struct State<'p> {
        #[serde(borrow, default)]
        values: Option<Values<'p>>,
    }
    #[derive(serde::Deserialize)]
    struct Values<'p> {
        #[serde(borrow, default)]
        root_module: Option<Module<'p>>,
    }
    #[derive(serde::Deserialize)]
    struct Module<'p> {
        #[serde(borrow, default)]
        resources: Vec<Resource<'p>>,
        #[serde(borrow, default)]
        child_modules: Vec<Module<'p>>,
    }
    #[derive(serde::Deserialize)]
    struct Resource<'p> {
        #[serde(default)]
        address: String,
        #[serde(default)]
        mode: String,
        #[serde(borrow, default)]
        values: Option<&'p RawValue>,
    }
    fn collect(module: Module<'_>, all: &mut FxHashMap<String, Value>) {
        for resource in module.resources {
            if resource.mode == "data"
                && let Some(Ok(values)) = resource.values.map(|r| serde_json::from_str(r.get()))
            {
                all.insert(resource.address, values);
            }
        }
        module.child_modules.into_iter().for_each(|child| collect(child, all));
    }
    let state: State<'_> = serde_json::from_str(raw?.get()).ok()?;
    let mut all = FxHashMap::default();
    collect(state.values?.root_module?, &mut all);
    Some(all)
}
