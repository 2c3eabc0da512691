//! The plan's `configuration`: which expression stands behind an attribute, and what it refers to.
//!
//! It holds references and constants, no locals and no content of dynamic blocks.

pub(super) mod address;
pub(super) mod constant;
pub(super) mod expected;
pub(super) mod references;
pub(super) mod refine;
pub(super) mod written;

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::value::{Object, Unknown, Value};
use crate::terraform::configuration::address::longest;
use crate::terraform::read::change::present;
use crate::terraform::read::error::ReadError;
use crate::terraform::read::recognise::reason;

/// The configuration, indexed by module path (without instance keys, `a.b`).
#[derive(Default)]
pub(in crate::terraform) struct Configuration<'p> {
    modules: FxHashMap<String, Module<'p>>,
    providers: FxHashMap<Cow<'p, str>, Provider<'p>>,
}

/// One module.
#[derive(Default)]
pub(in crate::terraform) struct Module<'p> {
    /// By `type.name`, data sources with the prefix `data.`.
    pub(in crate::terraform) resources: FxHashMap<String, Resource<'p>>,
    pub(in crate::terraform) calls: FxHashMap<Cow<'p, str>, Call<'p>>,
    pub(in crate::terraform) outputs: FxHashMap<Cow<'p, str>, Option<&'p RawValue>>,
    /// The names of the outputs that are declared sensitive.
    sensitive: FxHashSet<Cow<'p, str>>,
    /// The default of each variable.
    pub(in crate::terraform) variables: FxHashMap<Cow<'p, str>, Option<&'p RawValue>>,
}

/// A resource or data source.
pub(in crate::terraform) struct Resource<'p> {
    pub(in crate::terraform) expressions: Option<&'p RawValue>,
    pub(in crate::terraform) count: Option<&'p RawValue>,
    pub(in crate::terraform) for_each: Option<&'p RawValue>,
    provisioners: Option<&'p RawValue>,
    provider: Cow<'p, str>,
}

/// The configuration of a provider.
pub(in crate::terraform) struct Provider<'p> {
    /// The source address, `registry.terraform.io/hashicorp/aws`.
    pub(in crate::terraform) source: Cow<'p, str>,
    /// The version constraint.
    pub(in crate::terraform) constraint: Option<Cow<'p, str>>,
    expressions: Option<&'p RawValue>,
}

/// A module call.
pub(in crate::terraform) struct Call<'p> {
    pub(in crate::terraform) source: Cow<'p, str>,
    /// The version constraint, for modules of a registry.
    pub(in crate::terraform) version: Option<Cow<'p, str>>,
    pub(in crate::terraform) expressions: Option<&'p RawValue>,
    pub(in crate::terraform) count: Option<&'p RawValue>,
    pub(in crate::terraform) for_each: Option<&'p RawValue>,
}

#[derive(Deserialize)]
struct RawConfiguration<'p> {
    #[serde(borrow, default)]
    provider_config: FxHashMap<Cow<'p, str>, RawProvider<'p>>,
    #[serde(borrow, default)]
    root_module: Option<RawModule<'p>>,
}

#[derive(Deserialize)]
struct RawProvider<'p> {
    #[serde(borrow, default)]
    full_name: Cow<'p, str>,
    #[serde(borrow, default)]
    version_constraint: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    expressions: Option<&'p RawValue>,
}

#[derive(Deserialize)]
struct RawModule<'p> {
    #[serde(borrow, default)]
    resources: Vec<RawResource<'p>>,
    #[serde(borrow, default)]
    module_calls: FxHashMap<Cow<'p, str>, RawCall<'p>>,
    #[serde(borrow, default)]
    outputs: FxHashMap<Cow<'p, str>, RawOutput<'p>>,
    #[serde(borrow, default)]
    variables: FxHashMap<Cow<'p, str>, RawVariable<'p>>,
}

#[derive(Deserialize)]
struct RawResource<'p> {
    #[serde(borrow, default)]
    mode: Cow<'p, str>,
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'p, str>,
    #[serde(borrow, default)]
    name: Cow<'p, str>,
    #[serde(borrow, default)]
    expressions: Option<&'p RawValue>,
    #[serde(borrow, default)]
    count_expression: Option<&'p RawValue>,
    #[serde(borrow, default)]
    for_each_expression: Option<&'p RawValue>,
    #[serde(borrow, default)]
    provisioners: Option<&'p RawValue>,
    #[serde(borrow, default)]
    provider_config_key: Cow<'p, str>,
}

#[derive(Deserialize)]
struct RawCall<'p> {
    #[serde(borrow, default)]
    source: Cow<'p, str>,
    #[serde(borrow, default)]
    version_constraint: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    expressions: Option<&'p RawValue>,
    #[serde(borrow, default)]
    count_expression: Option<&'p RawValue>,
    #[serde(borrow, default)]
    for_each_expression: Option<&'p RawValue>,
    #[serde(borrow, default)]
    module: Option<RawModule<'p>>,
}

#[derive(Deserialize)]
struct RawOutput<'p> {
    #[serde(borrow, default)]
    expression: Option<&'p RawValue>,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct RawVariable<'p> {
    #[serde(borrow, default)]
    default: Option<&'p RawValue>,
}

impl<'p> Configuration<'p> {
    /// Reads and indexes the configuration.
    pub(in crate::terraform) fn read(raw: Option<&'p RawValue>) -> Result<Self, ReadError> {
        let mut configuration = Self::default();
        if let Some(raw) = present(raw) {
            // A list would be taken for the members in their order.
            if !raw.get().starts_with('{') {
                return Err(ReadError::NotAPlan);
            }
            let raw: RawConfiguration<'p> =
                serde_json::from_str(raw.get()).map_err(|error| reason(&error))?;
            for (key, provider) in raw.provider_config {
                let own = Provider {
                    source: provider.full_name,
                    constraint: provider.version_constraint,
                    expressions: present(provider.expressions),
                };
                configuration.providers.insert(key, own);
            }
            if let Some(root) = raw.root_module {
                configuration.add(String::new(), root);
            }
        }
        Ok(configuration)
    }

    fn add(&mut self, path: String, raw: RawModule<'p>) {
        let mut module = Module::default();
        for resource in raw.resources {
            let data = if resource.mode == "data" { "data." } else { "" };
            module.resources.insert(
                format!("{data}{}.{}", resource.kind, resource.name),
                Resource {
                    expressions: present(resource.expressions),
                    count: present(resource.count_expression),
                    for_each: present(resource.for_each_expression),
                    provisioners: present(resource.provisioners),
                    provider: resource.provider_config_key,
                },
            );
        }
        for (name, output) in raw.outputs {
            if output.sensitive {
                module.sensitive.insert(name.clone());
            }
            module.outputs.insert(name, present(output.expression));
        }
        for (name, variable) in raw.variables {
            module.variables.insert(name, present(variable.default));
        }
        for (name, call) in raw.module_calls {
            if let Some(child) = call.module {
                let below =
                    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                self.add(below, child);
            }
            module.calls.insert(
                name,
                Call {
                    source: call.source,
                    version: call.version_constraint,
                    expressions: present(call.expressions),
                    count: present(call.count_expression),
                    for_each: present(call.for_each_expression),
                },
            );
        }
        self.modules.insert(path, module);
    }

    /// A module by its path.
    pub(in crate::terraform) fn module(&self, path: &str) -> Option<&Module<'p>> {
        self.modules.get(path)
    }

    /// A resource by module path, type (with `data.`) and name.
    pub(in crate::terraform) fn resource(
        &self,
        module: &str,
        kind: &str,
        name: &str,
    ) -> Option<&Resource<'p>> {
        self.modules.get(module)?.resources.get(&format!("{kind}.{name}"))
    }

    /// The tags that the provider of a resource puts on everything; null when it sets none.
    pub(in crate::terraform) fn default_tags(
        &self,
        resource: &Resource<'_>,
        (block, tags): (&str, &str),
    ) -> Value {
        let key = resource.provider.as_ref();
        // Before Terraform 1.1 a provider that a module inherits has the module's name before `:`.
        let inherited = key.rsplit(':').next().unwrap_or(key);
        let provider = self.providers.get(key).or_else(|| self.providers.get(inherited));
        let expressions = provider.and_then(|provider| provider.expressions);
        let Some(block) = field(expressions, block).map(parsed) else {
            return Value::Null;
        };
        let tags = block.at(tags).into_owned();
        match tags.get("constant_value").as_ref() {
            Value::Null if tags.is_null() => Value::Null,
            Value::Null => Value::Unknown(Unknown::waits_for(references(&tags))),
            known => known.clone(),
        }
    }

    /// The configurations of providers by their keys (`aws`, `aws.west`, `module.a:aws`), sorted.
    pub(in crate::terraform) fn providers(&self) -> Vec<(&str, &Provider<'p>)> {
        let mut all: Vec<_> = self.providers.iter().map(|(key, own)| (key.as_ref(), own)).collect();
        all.sort_by_key(|(key, _)| *key);
        all
    }

    /// The keys of the providers of all resources, with repetitions.
    pub(in crate::terraform) fn provider_keys(&self) -> impl Iterator<Item = &str> {
        let modules = self.modules.values();
        modules.flat_map(|module| module.resources.values().map(|own| own.provider.as_ref()))
    }

    /// The configuration of a provider by its key.
    pub(in crate::terraform) fn provider(&self, key: &str) -> Option<&Provider<'p>> {
        self.providers.get(key)
    }

    /// All module calls, by the caller's path and the call's name, sorted.
    pub(in crate::terraform) fn calls(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> = Vec::new();
        for (path, module) in &self.modules {
            all.extend(module.calls.keys().map(|name| (path.as_str(), name.as_ref())));
        }
        all.sort_unstable();
        all
    }

    /// The expression of an output of the root module.
    pub(in crate::terraform) fn output_expression(&self, name: &str) -> Option<&'p RawValue> {
        *self.modules.get("")?.outputs.get(name)?
    }

    /// Whether an output of the root module is declared sensitive.
    pub(in crate::terraform) fn output_is_sensitive(&self, name: &str) -> bool {
        self.modules.get("").is_some_and(|root| root.sensitive.contains(name))
    }

    /// The default of a variable.
    pub(in crate::terraform) fn default_of(&self, module: &str, variable: &str) -> Option<Value> {
        self.modules.get(module)?.variables.get(variable)?.map(|raw| parsed(raw.get()))
    }

    /// A module call by the caller's path and the call's name.
    pub(in crate::terraform) fn call(&self, module: &str, call: &str) -> Option<&Call<'p>> {
        self.modules.get(module)?.calls.get(call)
    }

    /// What an output of a module refers to.
    pub(in crate::terraform) fn output(&self, module: &str, output: &str) -> Option<Vec<String>> {
        let expression = (*self.modules.get(module)?.outputs.get(output)?)?;
        Some(references(&parsed(expression.get())))
    }
}

impl Resource<'_> {
    /// What `for_each` refers to.
    pub(in crate::terraform) fn for_each(&self) -> Vec<String> {
        self.for_each.map(|raw| references(&parsed(raw.get()))).unwrap_or_default()
    }

    /// The key of its provider's configuration: `aws`, `aws.west`, `module.a:aws`.
    pub(in crate::terraform) fn provider_key(&self) -> &str {
        &self.provider
    }

    /// All expressions, for a walk beside a value.
    pub(in crate::terraform) fn expression(&self, name: &str) -> Option<Value> {
        field(self.expressions, name).map(parsed)
    }
}

impl Resource<'_> {
    /// The provisioners as they are written: objects of `type` and `expressions`.
    pub(in crate::terraform) fn provisioners(&self) -> Option<Value> {
        self.provisioners.map(|raw| parsed(raw.get()))
    }
}

impl<'p> Provider<'p> {
    /// An argument.
    pub(in crate::terraform) fn expression(&self, name: &str) -> Option<Value> {
        field(self.expressions, name).map(parsed)
    }

    /// An argument as it stands in the plan.
    pub(in crate::terraform) fn raw(&self, name: &str) -> Option<&'p str> {
        field(self.expressions, name)
    }

    /// The names of the arguments.
    pub(in crate::terraform) fn names(&self) -> Vec<String> {
        match crate::terraform::read::overlay::Fields::read(self.expressions) {
            Ok(fields) => fields.names().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        }
    }
}

impl Call<'_> {
    /// The expression of an argument.
    pub(in crate::terraform) fn expression(&self, name: &str) -> Option<Value> {
        field(self.expressions, name).map(parsed)
    }

    /// What the argument refers to.
    pub(in crate::terraform) fn argument(&self, name: &str) -> Option<Vec<String>> {
        field(self.expressions, name).map(|raw| references(&parsed(raw)))
    }

    /// What `for_each` refers to.
    pub(in crate::terraform) fn for_each(&self) -> Vec<String> {
        self.for_each.map(|raw| references(&parsed(raw.get()))).unwrap_or_default()
    }
}

fn field<'p>(raw: Option<&'p RawValue>, name: &str) -> Option<&'p str> {
    crate::terraform::read::overlay::Fields::read(raw).ok()?.get(name)
}

/// An expression that cannot be read refers to nothing that can be followed; whoever asks gets
/// *unresolved*, never *absent*.
pub(in crate::terraform) fn parsed(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap_or_else(|_| {
        Value::object([("references".to_owned(), Value::list(vec![Value::from("self")]))])
    })
}

/// Whether a node is an expression; other objects are single nested blocks.
pub(in crate::terraform) fn is_expression(object: &Object) -> bool {
    object.entries.iter().all(|(key, _)| key == "references" || key == "constant_value")
}

/// Whether an element of a list is a block without arguments, `root_block_device {}`: only blocks
/// stand in lists, so it is no expression of which nothing is known, and what it may say is not set.
pub(in crate::terraform) fn is_empty_block(item: &Value) -> bool {
    matches!(item, Value::Object(object) if object.entries.is_empty() && object.rest.is_none())
}

/// All references below a node, the longest forms only.
pub(in crate::terraform) fn references(node: &Value) -> Vec<String> {
    fn collect(node: &Value, all: &mut Vec<String>) {
        match node {
            Value::Object(object) if is_expression(object) => {
                if let Some(list) = object.find("references") {
                    all.extend(list.elements().iter().filter_map(Value::as_str).map(str::to_owned));
                }
            }
            Value::Object(object) => object.entries.iter().for_each(|(_, v)| collect(v, all)),
            Value::List(list) => list.items.iter().for_each(|v| collect(v, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(node, &mut all);
    longest(all)
}
