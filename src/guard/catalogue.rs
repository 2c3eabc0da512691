//! AWS's facts about services: which actions write, on which resource types, and which condition
//! keys can hold there. Embedded; `catalogue/update.mjs` writes it.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

const PACKED: &[u8] = include_bytes!("../../catalogue/aws-iam.txt.gz");

/// What an action does, as AWS classes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Reads.
    Read,
    /// Lists.
    List,
    /// Writes.
    Write,
    /// Changes tags.
    Tagging,
    /// Changes permissions.
    Permissions,
}

impl Level {
    /// Whether it changes something.
    #[must_use]
    pub fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::List)
    }
}

/// Whether AWS sends `aws:ResourceTag/...` of a resource with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagSupport {
    /// No: a condition on it can never hold.
    No,
    /// The resource type has it, the action's row does not say.
    ByType,
    /// The action's row lists it.
    Listed,
}

impl TagSupport {
    /// Whether a condition on a tag of the resource can hold.
    #[must_use]
    pub fn can_hold(self) -> bool {
        self != Self::No
    }
}

/// A resource type that an action works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    /// Its place in [`Service::types`].
    pub kind: usize,
    /// Whether the action cannot be without one.
    pub required: bool,
    /// Whether its tags are sent.
    pub tags: TagSupport,
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// As AWS writes it.
    pub name: &'static str,
    /// What it does.
    pub level: Level,
    /// Whether `aws:RequestTag/...` is sent.
    pub request_tag: bool,
    /// Whether `aws:TagKeys` is sent.
    pub tag_keys: bool,
    /// The resource types that it works on.
    pub on: Vec<On>,
    /// Keys of the service that are sent; places in [`Service::keys`].
    keys: Vec<usize>,
}

impl Action {
    /// Whether a tag of any resource that it works on can hold.
    #[must_use]
    pub fn can_hold_tag(&self) -> bool {
        self.on.iter().any(|on| on.tags.can_hold())
    }
}

/// A resource type.
#[derive(Debug, Clone)]
pub struct Kind {
    /// As AWS writes it, such as `security-group`.
    pub name: &'static str,
    /// Its ARN with placeholders, such as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.
    pub arn: &'static str,
    /// Whether it carries tags that conditions can ask about.
    pub tags: bool,
    keys: Vec<usize>,
}

/// A service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its prefix in actions.
    pub name: &'static str,
    /// Whether resource control policies reach it.
    pub rcp: bool,
    /// Its condition keys, without the global ones, and their types.
    pub keys: Vec<(&'static str, &'static str)>,
    /// Its resource types.
    pub types: Vec<Kind>,
    /// Its actions by their name in lower case.
    pub actions: BTreeMap<String, Action>,
}

impl Service {
    /// A resource type by its name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<(usize, &Kind)> {
        self.types.iter().enumerate().find(|(_, kind)| kind.name == name)
    }

    /// The resource types whose ARNs an ARN may be one of; those that say most of it first.
    #[must_use]
    pub fn kinds_of(&self, arn: &str) -> Vec<usize> {
        let mut found: Vec<(usize, usize)> = self
            .types
            .iter()
            .enumerate()
            .filter_map(|(i, kind)| Some((fits(kind.arn, arn)?, i)))
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.into_iter().map(|(_, i)| i).collect()
    }

    /// Whether AWS sends a key of this service (in lower case) with an action on one of these types.
    #[must_use]
    pub fn sends(&self, action: &Action, kinds: &[usize], key: &str) -> bool {
        let of_types = kinds.iter().filter_map(|kind| self.types.get(*kind));
        let places = action.keys.iter().chain(of_types.flat_map(|kind| &kind.keys));
        places.filter_map(|place| self.keys.get(*place)).any(|(name, _)| is_key(name, key))
    }
}

/// Whether a key is this one; names may end in, or hold, a placeholder.
fn is_key(name: &str, key: &str) -> bool {
    match name.split_once("${") {
        None => name.eq_ignore_ascii_case(key),
        Some((head, _)) => key
            .get(..head.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(head) && key.len() > head.len()),
    }
}

/// How many characters of an ARN a pattern with placeholders names, when it fits. The last
/// placeholder may hold anything, as the names of log groups do.
fn fits(pattern: &str, arn: &str) -> Option<usize> {
    let mut literals = Vec::new();
    let mut left = pattern;
    while let Some((before, tail)) = left.split_once("${") {
        literals.push(before);
        left = tail.split_once('}')?.1;
    }
    let mut at = arn;
    let mut named = left.len();
    for (i, literal) in literals.iter().enumerate() {
        named += literal.len();
        if i == 0 {
            at = at.strip_prefix(literal)?;
            continue;
        }
        if literal.is_empty() {
            continue;
        }
        // A placeholder is as short as it can be; the region and the account may be empty.
        let end = at.find(literal)?;
        at = at.get(end + literal.len()..)?;
    }
    if literals.is_empty() {
        return (pattern == arn).then_some(named);
    }
    at.ends_with(left).then_some(named)
}

/// The catalogue.
#[derive(Debug)]
pub struct Catalogue {
    /// The day of the data, `2026-09-26`.
    pub date: &'static str,
    /// The package, its version and its licence.
    pub source: [&'static str; 3],
    services: BTreeMap<&'static str, Service>,
    keys: FxHashSet<String>,
    /// The starts of keys that hold a placeholder, in lower case.
    open_keys: Vec<String>,
    by_action: FxHashMap<String, &'static str>,
}

impl Catalogue {
    /// Its services, by name.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    /// A service by its prefix.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// An action, `ec2:RunInstances`; case does not matter.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<(&Service, &Action)> {
        let (service, verb) = name.split_once(':')?;
        let service = self.services.get(service.to_ascii_lowercase().as_str())?;
        Some((service, service.actions.get(&verb.to_ascii_lowercase())?))
    }

    /// Whether a service has this condition key, given in lower case.
    #[must_use]
    pub fn is_key(&self, key: &str) -> bool {
        self.keys.contains(key)
            || self.open_keys.iter().any(|head| key.len() > head.len() && key.starts_with(head))
    }

    /// How many actions it knows.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.by_action.len()
    }
}

/// The catalogue that is built in.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut text = String::new();
        // What is embedded was checked by a test: nothing is left out silently.
        let _ = flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text);
        read(Box::leak(text.into_boxed_str()))
    })
}

fn read(text: &'static str) -> Catalogue {
    let mut catalogue = Catalogue {
        date: "",
        source: [""; 3],
        services: BTreeMap::new(),
        keys: FxHashSet::default(),
        open_keys: Vec::new(),
        by_action: FxHashMap::default(),
    };
    let mut service: Option<Service> = None;
    for line in text.lines() {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        match next() {
            "D" => catalogue.date = next(),
            "P" => catalogue.source = [next(), next(), next()],
            "S" => {
                catalogue.add(service.take());
                service = Some(Service {
                    name: next(),
                    rcp: next() == "rcp",
                    keys: Vec::new(),
                    types: Vec::new(),
                    actions: BTreeMap::new(),
                });
            }
            kind => {
                let Some(service) = &mut service else { continue };
                match kind {
                    "K" => service.keys.push((next(), next())),
                    "T" => service.types.push(Kind {
                        name: next(),
                        arn: next(),
                        tags: next() == "r",
                        keys: places(next()),
                    }),
                    "A" => {
                        let flags = next();
                        let action = read_action(flags, next(), next(), next());
                        service.actions.insert(action.name.to_ascii_lowercase(), action);
                    }
                    _ => {}
                }
            }
        }
    }
    catalogue.add(service);
    catalogue
}

impl Catalogue {
    fn add(&mut self, service: Option<Service>) {
        let Some(service) = service else { return };
        for (key, _) in &service.keys {
            let key = key.to_ascii_lowercase();
            match key.split_once("${") {
                Some((head, _)) => self.open_keys.push(head.to_owned()),
                None => {
                    self.keys.insert(key);
                }
            }
        }
        for name in service.actions.keys() {
            self.by_action.insert(format!("{}:{name}", service.name), service.name);
        }
        self.services.insert(service.name, service);
    }
}

fn places(text: &str) -> Vec<usize> {
    text.split(',').filter_map(|place| usize::from_str_radix(place, 36).ok()).collect()
}

fn read_action(flags: &str, name: &'static str, on: &str, keys: &str) -> Action {
    let level = match flags.chars().next() {
        Some('r') => Level::Read,
        Some('l') => Level::List,
        Some('t') => Level::Tagging,
        Some('p') => Level::Permissions,
        _ => Level::Write,
    };
    let flags = flags.get(1..).unwrap_or_default();
    let on = on.split(',').filter_map(|text| {
        let mark = text.find(['!', '?'])?;
        let (place, tail) = text.split_at(mark);
        let tags = match tail.get(1..) {
            Some("R") => TagSupport::Listed,
            Some("r") => TagSupport::ByType,
            _ => TagSupport::No,
        };
        let kind = usize::from_str_radix(place, 36).ok()?;
        Some(On { kind, required: tail.starts_with('!'), tags })
    });
    Action {
        name,
        level,
        request_tag: flags.contains('q'),
        tag_keys: flags.contains('k'),
        on: on.collect(),
        keys: places(keys),
    }
}
