//! Bodies of blocks: attributes, repeated blocks, dynamic blocks.

use std::collections::BTreeMap;

use hcl_edit::structure::{Block, Body, Structure};

use super::super::module::name_of;
use super::super::val::{Form, Kind, Res, Stop, Val};
use super::{Eval, Frame, Names, collect, traverse};
use crate::model::value::Unknown;

/// The blocks of one name, expanded.
#[derive(Default)]
pub(in super::super) struct Expanded {
    /// Each block as an object, with the position in the body of the structure that makes it.
    pub(in super::super) blocks: Vec<(usize, Val)>,
    /// Set when there may be more.
    pub(in super::super) rest: Option<Unknown>,
}

impl Eval<'_> {
    /// An attribute of a body, or the blocks of that name as a list of objects.
    pub(super) fn named(&mut self, frame: Frame<'_>, body: &Body, name: &str) -> Res {
        if let Some(attribute) = body.get_attribute(name) {
            let value = self.eval(frame, &attribute.value)?;
            return Ok(value);
        }
        let expanded = self.expanded(frame, body, name)?;
        let items = expanded.blocks.into_iter().map(|(_, block)| block).collect();
        Val::seq(items, expanded.rest, Kind::Unsure)
    }

    pub(in super::super) fn expanded(
        &mut self,
        frame: Frame<'_>,
        body: &Body,
        name: &str,
    ) -> Res<Expanded> {
        let mut expanded = Expanded::default();
        for (at, structure) in body.iter().enumerate() {
            let Structure::Block(block) = structure else {
                continue;
            };
            if name_of(structure) != Some(name) {
                continue;
            }
            self.charge(1)?;
            if block.has_ident("dynamic") {
                self.dynamic(frame, block, at, name, &mut expanded)?;
            } else {
                expanded.blocks.push((at, self.body(frame, &block.body)?));
            }
        }
        Ok(expanded)
    }

    fn dynamic(
        &mut self,
        frame: Frame<'_>,
        block: &Block,
        at: usize,
        name: &str,
        expanded: &mut Expanded,
    ) -> Res<()> {
        let for_each = block.body.get_attribute("for_each").ok_or(Stop::Fails)?;
        let content = block.body.get_blocks("content").next().ok_or(Stop::Fails)?;
        let iterator = match block.body.get_attribute("iterator").map(|own| &own.value) {
            Some(own) => own.as_variable().map(|own| own.as_str()).ok_or(Stop::Fails)?,
            None => name,
        };
        let collection = self.eval(frame, &for_each.value)?;
        let walk = collect::entries(&collection)?;
        for (key, value) in walk.entries {
            self.charge(1)?;
            let both = vec![("key".to_owned(), key), ("value".to_owned(), value)];
            let both = traverse::keyed(both, None)?;
            let names = Names { name: iterator, value: &both, next: frame.names };
            let object = self.body(frame.with(&names), &content.body)?;
            expanded.blocks.push((at, object));
        }
        if let Some(why) = walk.rest {
            expanded.rest.get_or_insert(why);
        }
        Ok(())
    }

    /// The body of a nested block as an object.
    fn body(&mut self, frame: Frame<'_>, body: &Body) -> Res {
        if self.depth >= super::MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let object = self.body_object(frame, body);
        self.depth -= 1;
        object
    }

    fn body_object(&mut self, frame: Frame<'_>, body: &Body) -> Res {
        let mut entries = BTreeMap::new();
        for structure in body.iter() {
            let Some(name) = name_of(structure) else {
                continue;
            };
            if !entries.contains_key(name) {
                // One attribute that fails does not hide what stands beside it.
                let value = match self.named(frame, body, name) {
                    Err(Stop::Fails) => super::settle(Err(Stop::Fails)),
                    other => other?,
                };
                entries.insert(name.to_owned(), value);
            }
        }
        Val::map(entries, None, Form::Unsure)
    }
}
