//! Where a resource is: the configuration of its provider, and which of these can be about the same
//! account. Names are unique within an account at most.

use rustc_hash::FxHashMap;

use crate::clouds;
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::terraform::Plan;
use crate::terraform::configuration::{Configuration, Provider};

/// The configuration of a provider, and its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Realm {
    /// The configuration.
    pub(super) key: u32,
    /// Realms with the same number are certainly in the same account.
    pub(super) account: u32,
    /// Whether the account's id is known: two with other numbers are then certainly apart.
    pub(super) is_known: bool,
}

impl Realm {
    /// That of a resource which the configuration no longer holds.
    const NOWHERE: Self = Self { key: u32::MAX, account: u32::MAX, is_known: false };

    /// Whether resources of both are certainly in the same account.
    pub(super) fn is_with(self, other: Self) -> bool {
        self != Self::NOWHERE && self.account == other.account
    }

    /// Whether resources of both are certainly in different accounts.
    pub(super) fn is_apart(self, other: Self) -> bool {
        self.is_known && other.is_known && self.account != other.account
    }
}

/// The realms of a plan.
#[derive(Default)]
pub(super) struct Realms {
    by_key: FxHashMap<String, Realm>,
    /// Whether any two are certainly in different accounts.
    pub(super) are_apart: bool,
}

/// What tells one account from another.
#[derive(PartialEq, Eq, Hash)]
enum Account {
    Id(String),
    /// Arguments that lead to it.
    Credentials(String),
    /// An inherited configuration whose name is not known.
    Inherited(String),
}

impl Realms {
    fn read<'k>(configuration: &Configuration<'_>, keys: impl Iterator<Item = &'k str>) -> Self {
        let mut realms = Self::default();
        let mut accounts: FxHashMap<Account, u32> = FxHashMap::default();
        let mut known = 0;
        for key in keys {
            if realms.by_key.contains_key(key) {
                continue;
            }
            let account = account(configuration, key);
            let is_known = matches!(account, Account::Id(_));
            let next = number(accounts.len());
            let account = *accounts.entry(account).or_insert(next);
            known += u32::from(is_known && account == next);
            let realm = Realm { key: number(realms.by_key.len()), account, is_known };
            realms.by_key.insert(key.to_owned(), realm);
        }
        realms.are_apart = known > 1;
        realms
    }
}

/// There are fewer realms than bytes in the plan.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1)
}

fn account(configuration: &Configuration<'_>, key: &str) -> Account {
    let Some(provider) = configuration.provider(key) else {
        // Before Terraform 1.1 a module's own key stands for a configuration that it inherits. One
        // that is not written at all has nothing but the environment.
        return match key.contains(':') {
            true => Account::Inherited(key.to_owned()),
            false => Account::Credentials(String::new()),
        };
    };
    let (module, local) = key.rsplit_once(':').unwrap_or(("", key));
    let name = local.split('.').next().unwrap_or(local);
    let facts = &clouds::of(&format!("provider.{name}")).account;
    let checked = facts.unchecked.iter().all(|flag| {
        provider
            .expression(flag)
            .is_none_or(|value| value.get("constant_value").as_ref() == &Value::Bool(false))
    });
    let only = facts.only.iter().filter(|_| checked).find_map(|name| only_one(provider, name));
    let role = || facts.roles.iter().find_map(|(block, arn)| role_account(provider, block, arn));
    match only.or_else(role) {
        Some(id) => Account::Id(id),
        None => Account::Credentials(credentials(provider, module, facts.beside)),
    }
}

/// The only element of a constant list.
fn only_one(provider: &Provider<'_>, name: &str) -> Option<String> {
    let list = provider.expression(name)?.get("constant_value").into_owned();
    match list.elements() {
        [one] if list.rest().is_none() => one.as_str().filter(|id| is_id(id)).map(str::to_owned),
        _ => None,
    }
}

/// The account in the ARN of the role that the last block switches to.
fn role_account(provider: &Provider<'_>, block: &str, argument: &str) -> Option<String> {
    let blocks = provider.expression(block)?;
    let last = match &blocks {
        Value::List(list) if list.rest.is_none() => list.items.last()?,
        other => other,
    };
    let arn = last.get(argument).get("constant_value").into_owned();
    let id = arn.as_str()?.split(':').nth(4)?;
    is_id(id).then(|| id.to_owned())
}

fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// All arguments but those beside the point, as they stand. What refers to something means the same
/// in the same module only.
fn credentials(provider: &Provider<'_>, module: &str, beside: &[&str]) -> String {
    let mut names = provider.names();
    names.retain(|name| !beside.contains(&name.as_str()));
    names.sort();
    let mut text = String::new();
    for name in names {
        let raw = provider.raw(&name).unwrap_or_default();
        if raw.contains("\"references\"") {
            text.push_str(module);
        }
        text.push_str(&format!("\n{name}={raw}"));
    }
    text
}

impl Plan<'_> {
    pub(super) fn realms(&self) -> &Realms {
        self.realms.get_or_init(|| {
            let keys = self.configuration.provider_keys();
            Realms::read(&self.configuration, keys)
        })
    }

    /// Where a subject is.
    pub(super) fn realm(&self, subject: &Subject) -> Realm {
        let module = crate::terraform::configuration::address::module_path(subject.module());
        let resource = self.configuration.resource(&module, &subject.kind, &subject.name);
        let realm = resource.and_then(|resource| self.realms().by_key.get(resource.provider_key()));
        realm.copied().unwrap_or(Realm::NOWHERE)
    }
}
