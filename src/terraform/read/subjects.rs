//! NORMALISE: resource changes become Subjects.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::subject::{
    Action, Actions, Key, Mode, Origin, PlanOrigin, Subject, SubjectChange, SubjectId,
};
use crate::model::value::Value;
use crate::terraform::read::change::{ResourceChange, present};
use crate::terraform::read::error::ReadError;

/// The unparsed attributes of a subject.
#[derive(Default)]
pub(in crate::terraform) struct Slices<'p> {
    pub(in crate::terraform) before: Option<&'p RawValue>,
    pub(in crate::terraform) after: Option<&'p RawValue>,
    pub(in crate::terraform) after_unknown: Option<&'p RawValue>,
    pub(in crate::terraform) before_sensitive: Option<&'p RawValue>,
    pub(in crate::terraform) after_sensitive: Option<&'p RawValue>,
}

/// All resource changes, each turned into a subject as soon as it is read: a list of them as the
/// plan has them would be as large again.
#[derive(Default)]
pub(in crate::terraform) struct Subjects<'p> {
    pub(in crate::terraform) subjects: Vec<Subject>,
    pub(in crate::terraform) slices: Vec<Slices<'p>>,
    /// Why one of them is no subject; told once the whole is known to be a plan.
    pub(in crate::terraform) refused: Option<ReadError>,
}

impl<'de: 'p, 'p> Deserialize<'de> for Subjects<'p> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Subjects<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of resource changes")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Subjects<'de>, A::Error> {
                let mut all = Subjects::default();
                while let Some(change) = list.next_element::<ResourceChange<'de>>()? {
                    match subject(all.subjects.len(), change) {
                        Ok((subject, slices)) => {
                            all.subjects.push(subject);
                            all.slices.push(slices);
                        }
                        Err(error) => all.refused = all.refused.or(Some(error)),
                    }
                }
                Ok(all)
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// Turns a resource change into a subject.
fn subject<'p>(id: usize, raw: ResourceChange<'p>) -> Result<(Subject, Slices<'p>), ReadError> {
    let id = SubjectId(u32::try_from(id).unwrap_or(u32::MAX));
    let module = raw.module_address.unwrap_or_default().into_owned();
    let mode = match raw.mode.as_deref() {
        Some("managed") | None => Mode::Managed,
        Some("data") => Mode::Data,
        Some(_) => {
            let address = raw.address.unwrap_or_default().into_owned();
            return Err(ReadError::BadChange(address, "has an unknown `mode`"));
        }
    };
    let plain = raw.kind.unwrap_or_default();
    let name = raw.name.unwrap_or_default().into_owned();
    let mut address = raw.address.unwrap_or_default().into_owned();
    if address.is_empty() || plain.is_empty() || name.is_empty() {
        let shown = if address.is_empty() { "(no address)".to_owned() } else { address };
        return Err(ReadError::BadChange(shown, "has no `address`, `type` or `name`"));
    }
    let Some(change) = raw.change else {
        return Err(ReadError::BadChange(address, "has no `change`"));
    };
    let actions = actions(&change.actions)
        .ok_or_else(|| ReadError::BadChange(address.clone(), "has no known `actions`"))?;
    let (before, after) = (present(change.before), present(change.after));
    let deposed = raw.deposed.map(Cow::into_owned);
    let exists_before = before.is_some() && mode == Mode::Managed;
    let stays = !(actions.has(Action::Forget) || actions.destroys()) || actions.has(Action::Create);
    let exists_after = stays && deposed.is_none();
    // An object that is already gone is nothing on both sides: `no-op` from null to null.
    let gone = actions.is_no_op() && before.is_none() && after.is_none();
    let exists_after = exists_after && !gone;
    if exists_after && after.is_none() && mode == Mode::Managed {
        return Err(ReadError::BadChange(address, "has no `after` value"));
    }
    if !exists_before && !stays {
        return Err(ReadError::BadChange(address, "has no `before` value"));
    }
    let key = present(raw.index).and_then(key);
    if let Some(deposed) = &deposed {
        address.push_str(&format!(" (deposed {deposed})"));
    }
    let kind = match mode {
        Mode::Managed | Mode::Provider | Mode::Module | Mode::Output => plain.into_owned(),
        Mode::Data => format!("data.{plain}"),
    };
    let subject = Subject {
        id,
        address,
        kind,
        name,
        change: SubjectChange { actions, exists_before, exists_after },
        origin: Origin::Plan(PlanOrigin {
            mode,
            module,
            key,
            provider: raw.provider_name.unwrap_or_default().into_owned(),
            previous_address: raw.previous_address.map(Cow::into_owned),
            deposed,
            imported: present(change.importing).is_some(),
            replace_paths: present(change.replace_paths).map(replace_paths).unwrap_or_default(),
            action_reason: raw.action_reason.map(Cow::into_owned),
        }),
    };
    let slices = Slices {
        before,
        after,
        after_unknown: present(change.after_unknown),
        before_sensitive: present(change.before_sensitive),
        after_sensitive: present(change.after_sensitive),
    };
    Ok((subject, slices))
}

/// The actions; `None` when there are none or one is not known.
pub(in crate::terraform) fn actions<S: AsRef<str>>(names: &[S]) -> Option<Actions> {
    let list = names
        .iter()
        .map(|name| match name.as_ref() {
            "no-op" => Some(Action::NoOp),
            "create" => Some(Action::Create),
            "read" => Some(Action::Read),
            "update" => Some(Action::Update),
            "delete" => Some(Action::Delete),
            "forget" => Some(Action::Forget),
            _ => None,
        })
        .collect::<Option<Vec<Action>>>()?;
    (!list.is_empty()).then_some(Actions(list))
}

/// The key of an instance.
pub(in crate::terraform) fn key(raw: &RawValue) -> Option<Key> {
    match serde_json::from_str(raw.get()).ok()? {
        Value::String(name) => Some(Key::Name(name)),
        Value::Number(number) => number.as_u64().map(Key::Index),
        _ => None,
    }
}

/// `[["name"], ["ingress", 0, "port"]]` as `name`, `ingress[0].port`.
fn replace_paths(raw: &RawValue) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(raw.get()) else { return Vec::new() };
    let path = |steps: &Value| {
        let mut path = String::new();
        for step in steps.elements() {
            match (step.as_str(), step.as_i64()) {
                (Some(name), _) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                (None, Some(index)) => path.push_str(&format!("[{index}]")),
                (None, None) => {}
            }
        }
        path
    };
    value.elements().iter().map(path).collect()
}
