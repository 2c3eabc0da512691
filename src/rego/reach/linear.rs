//! Whether rules judge one resource at a time.
//!
//! A *spread* value is a collection that grows with `input.resource_changes`: the elements that it
//! has for all resources are those that it has for parts of them, taken together. Such are the list
//! itself, comprehensions and sets of rules that go over one spread value once, and functions that
//! give such a comprehension. A rule is linear when it goes over one spread value at most once, and
//! does nothing else with any: no count, no negation, no second look at another resource. All else
//! is not linear, and what is not understood is not either.

use std::collections::BTreeMap;

use regorus::unstable::{Expr, Literal, Query, Rule, RuleHead};

use super::{CHANGES, Rules};
use crate::rego::ast;
use crate::rego::module::Module;
use crate::rego::refs::{self, Path};

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// The same for all resources and for parts of them, once what is bound is bound.
    Fixed,
    /// A spread value.
    Spread,
}

/// How often something goes over spread values; `None` when it may do more than that.
type Times = Option<usize>;

/// Whether each of these rules is a set that is linear, and one of them looks at resources.
pub(super) fn are_linear<'p>(rules: &Rules<'_>, asked: impl Iterator<Item = &'p Path>) -> bool {
    let mut look = Look { rules, known: BTreeMap::new() };
    let mut spread = false;
    for path in asked {
        // `x.y contains ..` makes an object of sets out of `x`.
        let set = |(_, rule): &(&Module, &Rule)| {
            matches!(rule, Rule::Spec { head: RuleHead::Set { refr, .. }, .. }
                if ast::variable(refr).is_some())
        };
        if !rules.get(path).is_some_and(|all| all.iter().all(set)) {
            return false;
        }
        match look.rule(path) {
            Some(Class::Spread) => spread = true,
            Some(Class::Fixed) => {}
            None => return false,
        }
    }
    spread
}

struct Look<'r> {
    rules: &'r Rules<'r>,
    known: BTreeMap<Path, Option<Class>>,
}

impl Look<'_> {
    /// The class of a rule or of what a function gives. Recursion was refused before.
    fn rule(&mut self, path: &Path) -> Option<Class> {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let all = self.rules.get(path)?.clone();
        let mut class = Some(Class::Fixed);
        for (module, rule) in &all {
            let next = Definition { look: self, module }.class(rule);
            class = match (class, next) {
                (Some(Class::Fixed), Some(Class::Fixed)) => Some(Class::Fixed),
                (Some(_), Some(_)) if sets(&all) || all.len() == 1 => Some(Class::Spread),
                _ => None,
            };
        }
        self.known.insert(path.clone(), class);
        class
    }

    /// The path of the rules that a path leads to, when it leads to those of one path and no others:
    /// where rules stand below or above those, each of them may be meant.
    fn only(&self, used: &[String]) -> Result<Option<Path>, ()> {
        let above = (1..used.len()).filter_map(|length| {
            self.rules.get_key_value(used.get(..length)?).map(|(rule, _)| rule)
        });
        let mut found = refs::below(self.rules, used).chain(above);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            // A package, or a part of one.
            (Some(rule), None) if rule.len() <= used.len() => Ok(Some(rule.clone())),
            _ => Err(()),
        }
    }
}

fn sets(all: &[(&Module, &Rule)]) -> bool {
    all.iter().all(|(_, rule)| matches!(rule, Rule::Spec { head: RuleHead::Set { .. }, .. }))
}

struct Definition<'d, 'r> {
    look: &'d mut Look<'r>,
    module: &'d Module,
}

impl Definition<'_, '_> {
    fn class(&mut self, rule: &Rule) -> Option<Class> {
        let (head, bodies) = match rule {
            Rule::Default { value, .. } => return self.fixed(value).map(|()| Class::Fixed),
            Rule::Spec { head, bodies, .. } => (head, bodies),
        };
        match head {
            RuleHead::Set { refr, key, .. } => {
                // `x[key].y contains ..` is an object of sets.
                let plain = matches!(refr.as_ref(), Expr::Var { .. });
                let mut spread = false;
                for body in bodies {
                    spread |= self.query(&body.query)? > 0;
                    let times = match key {
                        Some(key) => self.with(&body.query, key)?,
                        None => 0,
                    };
                    spread |= times > 0;
                }
                if bodies.is_empty() {
                    spread |= key.as_ref().map_or(Some(0), |key| self.times(key))? > 0;
                }
                match (spread, plain) {
                    (false, _) => Some(Class::Fixed),
                    (true, true) => Some(Class::Spread),
                    (true, false) => None,
                }
            }
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
                if let Some((_, false)) = ast::path(refr) {
                    self.fixed_index(refr)?;
                }
                let mut bodies_fixed = true;
                for body in bodies {
                    bodies_fixed &= self.query(&body.query)? == 0;
                    if let Some(assign) = &body.assign {
                        self.fixed(&assign.value)?;
                    }
                }
                if !bodies_fixed {
                    return None;
                }
                let Some(assign) = assign else { return Some(Class::Fixed) };
                match self.value(&assign.value)? {
                    (Class::Fixed, 0) => Some(Class::Fixed),
                    // With `else` there is a second value, which is not this one.
                    (Class::Spread, 0) if bodies.len() <= 1 => Some(Class::Spread),
                    _ => None,
                }
            }
        }
    }

    /// The query, and a term that it makes: once over a spread value in both together.
    fn with(&mut self, query: &Query, term: &Expr) -> Times {
        once(self.query(query)? + self.times(term)?)
    }

    /// How often a query goes over spread values.
    fn query(&mut self, query: &Query) -> Times {
        let mut times = 0;
        for statement in &query.stmts {
            if !statement.with_mods.is_empty() {
                return None;
            }
            times += match &statement.literal {
                Literal::SomeVars { .. } => 0,
                Literal::SomeIn { key, value, collection, .. } => {
                    let pattern = self.times(value)?;
                    match self.value(collection)? {
                        (Class::Spread, inner) if key.as_ref().is_none_or(|key| nameless(key)) => {
                            pattern + inner + 1
                        }
                        (Class::Spread, _) => return None,
                        (Class::Fixed, inner) => {
                            pattern + inner + key.as_ref().map_or(Some(0), |key| self.times(key))?
                        }
                    }
                }
                Literal::Expr { expr, .. } => self.times(expr)?,
                Literal::NotExpr { expr, .. } => self.fixed(expr).map(|()| 0)?,
                Literal::Every { domain, query, .. } => {
                    self.fixed(domain)?;
                    if self.query(query)? > 0 {
                        return None;
                    }
                    0
                }
            };
        }
        once(times)
    }

    /// What looks at no spread value at all.
    fn fixed(&mut self, expr: &Expr) -> Option<()> {
        (self.times(expr)? == 0).then_some(())
    }

    /// How often an expression goes over spread values, when it is none itself.
    fn times(&mut self, expr: &Expr) -> Times {
        match self.value(expr)? {
            (Class::Fixed, times) => Some(times),
            (Class::Spread, _) => None,
        }
    }

    fn sum<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>) -> Option<(Class, usize)> {
        let mut times = 0;
        for part in parts {
            times += self.times(part)?;
        }
        Some((Class::Fixed, times))
    }

    /// What an expression is, and how often it goes over spread values to be that.
    fn value(&mut self, expr: &Expr) -> Option<(Class, usize)> {
        match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => Some((Class::Fixed, 0)),
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expr),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                self.sum(items.iter().map(AsRef::as_ref))
            }
            Expr::Object { fields, .. } => {
                self.sum(fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]))
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                match self.with(query, term)? {
                    0 => Some((Class::Fixed, 0)),
                    _ => Some((Class::Spread, 0)),
                }
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                let times = self.query(query)? + self.times(key)? + self.times(value)?;
                (times == 0).then_some((Class::Fixed, 0))
            }
            Expr::Call { fcn, params, .. } => {
                let (_, times) = self.sum(params.iter().map(AsRef::as_ref))?;
                let (path, whole) = ast::path(fcn)?;
                let full = refs::full(self.module, &path);
                let rule: Path = full.get(1..)?.to_vec();
                if full.first().is_some_and(|root| root == "data")
                    && let Some(only) = self.look.only(&rule).ok()?
                {
                    let whole = whole && only == rule;
                    return whole.then_some((self.look.rule(&rule)?, times));
                }
                // One of the evaluator's: it sees what it is given and nothing else.
                Some((Class::Fixed, times))
            }
            Expr::UnaryExpr { expr, .. } => self.sum([expr.as_ref()].into_iter()),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.sum([lhs.as_ref(), rhs.as_ref()].into_iter())
            }
            // True or false of all together: of parts it may be otherwise.
            Expr::Membership { key, value, collection, .. } => {
                let parts = key.iter().map(AsRef::as_ref);
                self.sum(parts.chain([value.as_ref(), collection.as_ref()]))
            }
        }
    }

    /// A variable, or a path into something.
    fn reference(&mut self, expr: &Expr) -> Option<(Class, usize)> {
        let mut steps: Vec<&Expr> = Vec::new();
        let mut here = expr;
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = here {
            steps.push(here);
            here = refr;
        }
        steps.reverse();
        if ast::variable(here).is_none() {
            // A path into something that is made on the spot.
            let (class, times) = self.value(here)?;
            return self.follow(class, times, &steps);
        }
        let (path, _) = ast::path(expr)?;
        let full = refs::full(self.module, &path);
        let (root, rest) = full.split_first()?;
        // What an import or the package stands for is written in no step; the variable is none.
        let implied = full.len().checked_sub(path.len())?;
        if root == "input" {
            let class = match rest.first()?.as_str() {
                CHANGES => Class::Spread,
                _ => Class::Fixed,
            };
            return self.into(class, 1, implied, &steps);
        }
        // The rule that the path leads to; else data, or a local variable.
        if let Some(rule) = self.look.only(rest).ok()? {
            let class = self.look.rule(&rule)?;
            return self.into(class, rule.len(), implied, &steps);
        }
        self.follow(Class::Fixed, 0, &steps)
    }

    /// What lies behind the `length` parts of a path, of which some are `implied`.
    fn into(
        &mut self,
        class: Class,
        length: usize,
        implied: usize,
        steps: &[&Expr],
    ) -> Option<(Class, usize)> {
        match length.checked_sub(implied) {
            Some(taken) => self.follow(class, 0, steps.get(taken..)?),
            // An import of a part of it.
            None if class == Class::Spread => None,
            None => self.follow(class, 0, steps),
        }
    }

    /// The steps into a value: an element of a spread value is one more time over it.
    fn follow(&mut self, class: Class, times: usize, steps: &[&Expr]) -> Option<(Class, usize)> {
        let mut times = times;
        let mut class = class;
        for step in steps {
            match (class, step) {
                (Class::Spread, Expr::RefBrack { index, .. }) if nameless(index) => {
                    (class, times) = (Class::Fixed, times + 1);
                }
                (Class::Spread, _) => return None,
                (Class::Fixed, Expr::RefBrack { index, .. }) => times += self.times(index)?,
                (Class::Fixed, _) => {}
            }
        }
        Some((class, times))
    }

    /// The computed parts of a head.
    fn fixed_index(&mut self, head: &Expr) -> Option<()> {
        let mut here = head;
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = here {
            if let Expr::RefBrack { index, .. } = here {
                self.fixed(index)?;
            }
            here = refr;
        }
        Some(())
    }
}

/// Once, or not at all.
fn once(times: usize) -> Times {
    (times <= 1).then_some(times)
}

/// `_`.
fn nameless(expr: &Expr) -> bool {
    ast::variable(expr) == Some("_")
}
