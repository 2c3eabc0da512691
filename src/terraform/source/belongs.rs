//! Whether a source is the one that a plan was made from.
//!
//! A plan's configuration names all that the source declares, and for each expression what it
//! refers to. A source that declares other things, or refers to others, is another source: a stale
//! checkout, or a folder that happens to be at hand. What it says must not decide anything.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, ForExpr, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::ForDirective;
use hcl_edit::visit::{self, Visit};

use super::module::{Layers, Module, name_of};
use super::{META_ARGUMENTS, Scope, Source, lock};
use crate::model::value::Value;

/// What the configuration says of one declaration.
#[derive(Debug, Default)]
pub struct Expected {
    /// Attributes and blocks, each with the [`root`]s of what it refers to. Neither dynamic blocks
    /// nor what stands in them need to be there.
    pub names: Vec<(String, BTreeSet<String>)>,
    /// The roots of `count`, if it has one.
    pub count: Option<BTreeSet<String>>,
    /// The roots of `for_each`, if it has one.
    pub for_each: Option<BTreeSet<String>>,
    /// Where a module call takes its module from.
    pub source: Option<String>,
    /// The default of a variable.
    pub default: Option<Value>,
}

/// The start of a reference that tells what it is about: `aws_eip.e` of `aws_eip.e["k"].id`.
#[must_use]
pub fn root(reference: &str) -> String {
    let mut names = Vec::with_capacity(3);
    let mut left = reference.strip_prefix("resource.").unwrap_or(reference);
    let wanted = if left.starts_with("data.") { 3 } else { 2 };
    while names.len() < wanted {
        let end = left.find(['.', '[']).unwrap_or(left.len());
        let (name, tail) = left.split_at(end);
        names.push(name);
        match tail.strip_prefix('.') {
            Some(tail) => left = tail,
            None => break,
        }
    }
    names.join(".")
}

impl Source {
    /// Whether a declaration of a module is what the plan was made from; the empty key stands for
    /// the module itself. `route` is the path of the module without keys, `a.b`.
    pub(super) fn belongs(
        &self,
        scope: &dyn Scope,
        module: &Module,
        route: &str,
        key: &str,
    ) -> bool {
        if let Some(known) = lock(&self.belonging).get(route).and_then(|known| known.get(key)) {
            return *known;
        }
        let differs = match key {
            "" => scope.declared(route).and_then(|declared| module_differs(module, &declared)),
            _ => module
                .block(key)
                .zip(scope.expected(route, key))
                .filter(|(layers, expected)| block_differs(module, layers, expected))
                .map(|_| key.to_owned()),
        };
        if let Some(differing) = &differs {
            lock(&self.notices).insert(format!(
                "the source in `{}` is not the one the plan was created from; they differ in \
                 `{}`: {} checked by the plan alone",
                if module.shown.is_empty() { "." } else { &module.shown },
                differing.strip_prefix("resource.").unwrap_or(differing),
                if key.is_empty() { "the whole module is" } else { "that is" },
            ));
        }
        let belongs = differs.is_none();
        lock(&self.belonging).entry(route.to_owned()).or_default().insert(key.to_owned(), belongs);
        belongs
    }
}

#[cfg(test)]
impl Source {
    /// All that does not belong in a module instance, and how many declarations were looked at.
    pub fn strangers(&self, scope: &dyn Scope, module: &str) -> (Vec<String>, usize) {
        let instance = self.instance(module).unwrap();
        let mut keys: Vec<String> = instance.module.declarations().map(str::to_owned).collect();
        keys.retain(|key| !key.starts_with("variable."));
        let all = keys.len();
        keys.retain(|key| !self.belongs(scope, &instance.module, &instance.route, key));
        (keys, all)
    }
}

/// A declaration that stands on one side only.
fn module_differs(module: &Module, declared: &BTreeSet<String>) -> Option<String> {
    if let Some(own) = module.declarations().find(|own| !declared.contains(*own)) {
        return Some(own.to_owned());
    }
    // A file that cannot be read here may hold the rest. Data sources may stand in `check` blocks.
    let missing = |name: &&String| !name.starts_with("data.") && module.block(name).is_none();
    declared.iter().find(missing).filter(|_| module.complete).cloned()
}

fn block_differs(module: &Module, layers: &Layers, expected: &Expected) -> bool {
    let json = |file: usize| module.files.get(file).is_none_or(super::file::Text::is_json);
    for (name, wanted) in [("count", &expected.count), ("for_each", &expected.for_each)] {
        let own = layers.attribute(name).map(|attribute| found_in(&attribute.value));
        let same = match (own, wanted) {
            (None, None) => true,
            (Some(own), Some(wanted)) => own.roots == *wanted,
            // A configuration leaves out what refers to nothing and is no constant: `toset(["a"])`.
            (Some(own), None) => own.calls && own.roots.is_empty(),
            (None, Some(_)) => false,
        };
        if !same {
            return true;
        }
    }
    if let Some(wanted) = &expected.source
        && layers.attribute("source").and_then(|own| own.value.as_str()) != Some(wanted)
    {
        return true;
    }
    for (name, wanted) in &expected.names {
        let Some(part) = layers.layer(name) else {
            return true;
        };
        let exact = !json(part.file) && part.block.body.has_attribute(name);
        let own = named_roots(&part.block.body, name);
        if if exact { own != *wanted } else { !wanted.is_subset(&own) } {
            return true;
        }
    }
    layers.0.iter().filter(|part| !json(part.file)).any(|part| {
        part.block.body.attributes().any(|attribute| {
            let name = attribute.key.as_str();
            let meta = META_ARGUMENTS.contains(&name) || ABOUT_ITSELF.contains(&name);
            !meta && expected.names.iter().all(|(own, _)| own != name)
        })
    })
}

/// What module calls and outputs say about themselves: no expressions of the configuration.
const ABOUT_ITSELF: [&str; 7] =
    ["source", "version", "description", "sensitive", "ephemeral", "deprecated", "type"];

fn found_in(expr: &Expression) -> Roots {
    let mut found = Roots::default();
    found.visit_expr(expr);
    found
}

/// The roots of an attribute, or of all blocks of a name.
fn named_roots(body: &Body, name: &str) -> BTreeSet<String> {
    let mut found = Roots::default();
    for structure in body.iter().filter(|own| name_of(own) == Some(name)) {
        match structure {
            Structure::Attribute(attribute) => found.visit_expr(&attribute.value),
            Structure::Block(block) => found.visit_block(block),
        }
    }
    found.roots
}

/// Collects what expressions refer to, without the names that they bind themselves.
#[derive(Default)]
struct Roots {
    roots: BTreeSet<String>,
    /// Whether a function is called.
    calls: bool,
    bound: Vec<String>,
}

impl Roots {
    fn note(&mut self, name: &str, operators: &[hcl_edit::Decorated<TraversalOperator>]) {
        if self.bound.iter().any(|own| own == name) {
            return;
        }
        let mut text = name.to_owned();
        for operator in operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) => {
                    text.push('.');
                    text.push_str(name.as_str());
                }
                _ => break,
            }
        }
        self.roots.insert(root(&text));
    }

    fn binding(&mut self, names: &[Option<&str>], work: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.bound.extend(names.iter().flatten().map(|name| (*name).to_owned()));
        work(self);
        self.bound.truncate(before);
    }
}

impl Visit for Roots {
    fn visit_expr(&mut self, node: &Expression) {
        match node {
            Expression::Variable(name) => self.note(name.as_str(), &[]),
            other => visit::visit_expr(self, other),
        }
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        match &node.expr {
            Expression::Variable(name) => self.note(name.as_str(), &node.operators),
            other => self.visit_expr(other),
        }
        for operator in &node.operators {
            self.visit_traversal_operator(operator);
        }
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        self.calls = true;
        visit::visit_func_call(self, node);
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        let intro = &node.intro;
        self.visit_expr(&intro.collection_expr);
        let names =
            [intro.key_var.as_ref().map(|own| own.as_str()), Some(intro.value_var.as_str())];
        self.binding(&names, |roots| {
            if let Some(key) = &node.key_expr {
                roots.visit_expr(key);
            }
            roots.visit_expr(&node.value_expr);
            if let Some(cond) = &node.cond {
                roots.visit_expr(&cond.expr);
            }
        });
    }

    fn visit_for_directive(&mut self, node: &ForDirective) {
        let opening = &node.for_expr;
        self.visit_expr(&opening.collection_expr);
        let names =
            [opening.key_var.as_ref().map(|own| own.as_str()), Some(opening.value_var.as_str())];
        self.binding(&names, |roots| roots.visit_template(&opening.template));
    }

    fn visit_block(&mut self, node: &Block) {
        let iterator = match node.body.get_attribute("iterator") {
            Some(own) => own.value.as_variable().map(|own| own.as_str()),
            None => node.labels.first().map(|label| label.as_str()),
        };
        if !node.has_ident("dynamic") {
            return visit::visit_block(self, node);
        }
        for attribute in node.body.attributes().filter(|own| own.key.as_str() != "iterator") {
            self.visit_expr(&attribute.value);
        }
        self.binding(&[iterator], |roots| {
            node.body.blocks().for_each(|content| roots.visit_block(content));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        found_in(&text.parse::<Expression>().unwrap()).roots.into_iter().collect()
    }

    #[test]
    fn a_root_is_what_a_reference_is_about() {
        for (reference, wanted) in [
            ("aws_eip.e.public_ip", "aws_eip.e"),
            ("aws_eip.e[\"a.b\"].id", "aws_eip.e"),
            ("aws_eip.e", "aws_eip.e"),
            ("data.aws_x.y[0].id", "data.aws_x.y"),
            ("module.m[\"k\"].out", "module.m"),
            ("module.m", "module.m"),
            ("resource.aws_x.y.z", "aws_x.y"),
            ("var.v.a.b", "var.v"),
            ("each.value", "each.value"),
            ("self", "self"),
        ] {
            assert_eq!(root(reference), wanted, "{reference}");
        }
    }

    #[test]
    fn references_are_found_wherever_they_stand() {
        for (text, wanted) in [
            ("jsonencode({ (var.k) = [aws_x.y[count.index].arn] })", "aws_x.y count.index var.k"),
            ("[for k, v in var.m : \"${k}-${v.id}-${local.l}\" if v.on]", "local.l var.m"),
            ("{ key = \"%{for x in var.l}${x}%{endfor}\" }", "var.l"),
            ("aws_x.y[*].id", "aws_x.y"),
            ("data.aws_x.y.0.id", "data.aws_x.y"),
            (
                "each.value.a ? module.m.o : terraform.workspace",
                "each.value module.m terraform.workspace",
            ),
            ("[for v in [for v in var.a : v] : v]", "var.a"),
        ] {
            assert_eq!(of(text).join(" "), wanted, "{text}");
        }
    }

    #[test]
    fn a_dynamic_block_binds_its_iterator() {
        let body: Body =
            "b {\n a = var.x\n}\ndynamic \"b\" {\n for_each = var.y\n iterator = it\n \
                          content {\n a = it.value\n b = b.value\n }\n}\n"
                .parse()
                .unwrap();
        let found: Vec<String> = named_roots(&body, "b").into_iter().collect();
        assert_eq!(found, ["b.value", "var.x", "var.y"]);
    }
}
