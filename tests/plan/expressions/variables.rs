//! Makes variables: a type constraint, and a value that Terraform converts to it.

use super::grammar::{Random, Sort, quoted};

/// A variable, and what its caller gives.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) constraint: String,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) given: String,
    pub(super) sort: Sort,
}

impl Variable {
    /// Its block, with the value as its default when there is no caller.
    pub(super) fn block(&self, of_root: bool) -> String {
        let nullable = if self.nullable { "" } else { "\n  nullable = false" };
        let default = if of_root { Some(&self.given) } else { self.default.as_ref() };
        let default = default.map(|value| format!("\n  default = {value}")).unwrap_or_default();
        format!(
            "variable \"{}\" {{\n  type = {}{default}{nullable}\n}}\n",
            self.name, self.constraint
        )
    }
}

/// A type constraint and values of it.
enum Constraint {
    Plain(&'static str),
    /// `any`, with the one value that it has here: elements of a collection must unify.
    Any(&'static str),
    Of(&'static str, Box<Constraint>),
    Tuple(Vec<Constraint>),
    /// Name, type, and the default of an optional one.
    Object(Vec<(&'static str, Constraint, Option<Option<String>>)>),
}

/// Values of `any`.
const ANY: [&str; 11] = [
    "1",
    "\"a\"",
    "true",
    "[1, \"a\"]",
    "{ a = 1, b = \"x\" }",
    "[]",
    "{}",
    "[1, 2]",
    "[{ a = 1 }, { a = \"x\" }]",
    "{ a = [1], b = [] }",
    "[null, 1]",
];

const SCALARS: [&str; 3] = ["string", "number", "bool"];

impl Constraint {
    fn make(random: &mut Random, depth: usize) -> Constraint {
        match random.below(if depth == 0 { 4 } else { 10 }) {
            at @ 0..=2 => Constraint::Plain(SCALARS[at]),
            3 => Constraint::Any(ANY[random.below(ANY.len())]),
            4 | 5 => Constraint::Of("list", Box::new(Self::make(random, depth - 1))),
            6 => Constraint::Of("set", Box::new(Self::make(random, depth - 1))),
            7 => Constraint::Of("map", Box::new(Self::make(random, depth - 1))),
            8 => Constraint::Tuple(
                (0..random.below(3)).map(|_| Self::make(random, depth - 1)).collect(),
            ),
            _ => {
                let mut attrs = Vec::new();
                for name in ["a", "b", "c"].into_iter().take(random.below(4)) {
                    let ty = Self::make(random, depth - 1);
                    let default = match random.below(3) {
                        0 => None,
                        1 => Some(None),
                        _ => Some(Some(ty.value(random))),
                    };
                    attrs.push((name, ty, default));
                }
                Constraint::Object(attrs)
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Constraint::Plain(name) => (*name).to_owned(),
            Constraint::Any(_) => "any".to_owned(),
            Constraint::Of(name, inner) => format!("{name}({})", inner.text()),
            Constraint::Tuple(inner) => {
                let inner: Vec<String> = inner.iter().map(Self::text).collect();
                format!("tuple([{}])", inner.join(", "))
            }
            Constraint::Object(attrs) => {
                let attrs: Vec<String> = attrs
                    .iter()
                    .map(|(name, ty, default)| match default {
                        None => format!("{name} = {}", ty.text()),
                        Some(None) => format!("{name} = optional({})", ty.text()),
                        Some(Some(value)) => format!("{name} = optional({}, {value})", ty.text()),
                    })
                    .collect();
                format!("object({{ {} }})", attrs.join(", "))
            }
        }
    }

    fn has_any(&self) -> bool {
        match self {
            Constraint::Plain(_) => false,
            Constraint::Any(_) => true,
            Constraint::Of(_, inner) => inner.has_any(),
            Constraint::Tuple(inner) => inner.iter().any(Self::has_any),
            Constraint::Object(attrs) => attrs.iter().any(|(_, ty, _)| ty.has_any()),
        }
    }

    fn value(&self, random: &mut Random) -> String {
        self.value_in(random, false)
    }

    /// In a collection, values of a type that holds `any` must be of one type: `alike`, then.
    fn value_in(&self, random: &mut Random, alike: bool) -> String {
        if !alike && random.below(20) == 0 {
            return "null".to_owned();
        }
        let count = if alike { 1 + random.below(3) } else { random.below(4) };
        match self {
            Constraint::Plain("string") => {
                let texts = ["a", "b", "", "1", "é", "e\u{301}", "true", "x y"];
                match random.below(10) {
                    0 => "5".to_owned(),
                    1 => "true".to_owned(),
                    2 => "1.50".to_owned(),
                    at => quoted(texts[at % texts.len()]),
                }
            }
            Constraint::Plain("number") => {
                ["1", "\"2\"", "10", "1.5", "\"1e3\"", "0"][random.below(6)].to_owned()
            }
            Constraint::Plain(_) => {
                ["true", "false", "\"true\"", "\"false\""][random.below(4)].to_owned()
            }
            Constraint::Any(value) => (*value).to_owned(),
            Constraint::Of("map", inner) if !alike && matches!(**inner, Constraint::Any(_)) => {
                ["{ a = 1, b = \"x\" }", "{}", "{ a = [1], b = [] }", "{ a = true }"]
                    [random.below(4)]
                .to_owned()
            }
            Constraint::Of(_, inner) if !alike && matches!(**inner, Constraint::Any(_)) => {
                ["[1, \"a\"]", "[]", "[\"b\", 1, true]", "[{ a = 1 }, { a = \"x\" }]", "[[1], []]"]
                    [random.below(5)]
                .to_owned()
            }
            Constraint::Of("map", inner) => {
                let inner_alike = alike || inner.has_any();
                let mut entries = Vec::new();
                for name in ["b", "a", "c"].into_iter().take(count) {
                    entries.push(format!("{name} = {}", inner.value_in(random, inner_alike)));
                }
                format!("{{ {} }}", entries.join(", "))
            }
            Constraint::Of(_, inner) => {
                let inner_alike = alike || inner.has_any();
                let items: Vec<String> =
                    (0..count).map(|_| inner.value_in(random, inner_alike)).collect();
                format!("[{}]", items.join(", "))
            }
            Constraint::Tuple(inner) => {
                let items: Vec<String> =
                    inner.iter().map(|ty| ty.value_in(random, alike)).collect();
                format!("[{}]", items.join(", "))
            }
            Constraint::Object(attrs) => {
                let mut entries = Vec::new();
                for (name, ty, default) in attrs {
                    if alike || default.is_none() || random.below(2) == 0 {
                        entries.push(format!("{name} = {}", ty.value_in(random, alike)));
                    }
                }
                if random.below(5) == 0 {
                    entries.push("zz = 1".to_owned());
                }
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    fn sort(&self) -> Sort {
        match self {
            Constraint::Plain("number") => Sort::Number,
            Constraint::Plain("bool") => Sort::Bool,
            Constraint::Plain(_) | Constraint::Any(_) => Sort::Text,
            Constraint::Of("map", _) | Constraint::Object(_) => Sort::Mapping,
            Constraint::Of(..) | Constraint::Tuple(_) => Sort::Sequence,
        }
    }
}

/// A variable of some type.
pub(super) fn variable(random: &mut Random, name: String) -> Variable {
    let constraint = Constraint::make(random, 3);
    let given = constraint.value(random);
    let default = (random.below(3) == 0).then(|| constraint.value(random));
    let (text, sort) = (constraint.text(), constraint.sort());
    let nullable = random.below(5) > 0;
    Variable { name, constraint: text, nullable, default, given, sort }
}
