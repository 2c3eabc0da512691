//! Which keys the provider manages: a data source that was read while planning gives a key's full
//! name, and only the alias that it was asked for tells whose key that is.

use rustc_hash::FxHashSet;

use crate::clouds;
use crate::model::value::Value;
use crate::terraform::Plan;

impl Plan<'_> {
    /// The names of keys that data sources have found by a reserved one.
    pub(super) fn managed_keys(&self) -> &FxHashSet<String> {
        self.managed_keys.get_or_init(|| {
            let lookups: Vec<_> = clouds::all()
                .flat_map(|cloud| cloud.keys.lookups.iter().map(|found| (&cloud.keys, found)))
                .map(|(keys, (kind, asked_by))| (format!("data.{kind}."), *asked_by, keys))
                .collect();
            let mut all = FxHashSet::default();
            for (address, values) in self.prior_data() {
                let lookup = lookups.iter().find(|(part, ..)| address.contains(part));
                let Some((_, asked_by, keys)) = lookup else { continue };
                let asked = values.at(asked_by);
                if asked.as_str().is_some_and(|name| keys.holds_reserved(name)) {
                    let names = keys.names.iter().map(|name| values.at(name));
                    all.extend(names.filter_map(|name| Value::as_str(&name).map(str::to_owned)));
                }
            }
            all
        })
    }
}
