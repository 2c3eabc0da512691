//! Templates: interpolation, directives, and the strip markers `~`.

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::super::ty::Ty;
use super::super::val::{Res, Stop, Val};
use super::{Eval, Frame, Names, collect};
use crate::model::value::Piece;

impl Eval<'_> {
    /// A template as an expression: a lone interpolation keeps the type of its value.
    pub(super) fn template(&mut self, frame: Frame<'_>, template: &Template) -> Res {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.eval(frame, &only.expr);
        }
        let mut pieces = Vec::new();
        self.pieces(frame, template, false, false, &mut pieces)?;
        Val::pieces(pieces)
    }

    fn pieces(
        &mut self,
        frame: Frame<'_>,
        template: &Template,
        trim_first: bool,
        trim_last: bool,
        pieces: &mut Vec<Piece>,
    ) -> Res<()> {
        let mut trim_start = trim_first;
        let mut elements = template.iter().peekable();
        while let Some(element) = elements.next() {
            match element {
                Element::Literal(text) => {
                    let trim_end =
                        elements.peek().map_or(trim_last, |next| outer_strip(next).strip_start());
                    let mut text = text.as_str();
                    if trim_start {
                        text = text.trim_start();
                    }
                    if trim_end {
                        text = text.trim_end();
                    }
                    self.charge(1 + (text.len() / 256) as u64)?;
                    pieces.push(Piece::Known(text.to_owned()));
                }
                Element::Interpolation(interpolation) => {
                    let value = self.eval(frame, &interpolation.expr)?;
                    let value = match value {
                        Val::Null(_) => return Err(Stop::Fails),
                        Val::Resource(_) | Val::Module(_) => match value.doubt() {
                            Some(why) => Val::Unknown(why),
                            None => value,
                        },
                        other => other,
                    };
                    self.charge(u64::from(value.size()))?;
                    pieces.extend(value.into_pieces()?);
                }
                Element::Directive(directive) => {
                    if self.depth >= super::MAX_DEPTH {
                        return Err(Stop::TooMuch);
                    }
                    self.depth += 1;
                    let done = match directive.as_ref() {
                        Directive::If(directive) => self.if_directive(frame, directive, pieces),
                        Directive::For(directive) => self.for_directive(frame, directive, pieces),
                    };
                    self.depth -= 1;
                    done?;
                }
            }
            trim_start = outer_strip(element).strip_end();
        }
        Ok(())
    }

    fn if_directive(
        &mut self,
        frame: Frame<'_>,
        directive: &IfDirective,
        pieces: &mut Vec<Piece>,
    ) -> Res<()> {
        let opening = &directive.if_expr;
        let otherwise = directive.else_expr.as_ref();
        let closing = directive.endif_expr.strip;
        match self.eval(frame, &opening.cond_expr)?.convert(&Ty::Bool)? {
            Val::Bool(true) => {
                let end = otherwise.map_or(closing, |otherwise| otherwise.strip).strip_start();
                let start = opening.strip.strip_end();
                self.pieces(frame, &opening.template, start, end, pieces)
            }
            Val::Bool(false) => match otherwise {
                Some(otherwise) => {
                    let (start, end) = (otherwise.strip.strip_end(), closing.strip_start());
                    self.pieces(frame, &otherwise.template, start, end, pieces)
                }
                None => Ok(()),
            },
            other => {
                pieces.push(Piece::Hole(other.doubt().ok_or(Stop::Fails)?));
                Ok(())
            }
        }
    }

    fn for_directive(
        &mut self,
        frame: Frame<'_>,
        directive: &ForDirective,
        pieces: &mut Vec<Piece>,
    ) -> Res<()> {
        let opening = &directive.for_expr;
        let collection = self.eval(frame, &opening.collection_expr)?;
        let walk = collect::entries(&collection)?;
        if let Some(why) = walk.rest.or_else(|| walk.unordered.then(super::unordered)) {
            pieces.push(Piece::Hole(why));
            return Ok(());
        }
        let start = opening.strip.strip_end();
        let end = directive.endfor_expr.strip.strip_start();
        for (key, value) in &walk.entries {
            self.charge(1)?;
            let names = Names { name: &opening.value_var, value, next: frame.names };
            let Some(key_name) = &opening.key_var else {
                self.pieces(frame.with(&names), &opening.template, start, end, pieces)?;
                continue;
            };
            let names = Names { name: key_name, value: key, next: Some(&names) };
            self.pieces(frame.with(&names), &opening.template, start, end, pieces)?;
        }
        Ok(())
    }
}

/// The strip markers at the outer edges of an element.
fn outer_strip(element: &Element) -> Strip {
    match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => {
            let (start, end) = match directive.as_ref() {
                Directive::If(directive) => (directive.if_expr.strip, directive.endif_expr.strip),
                Directive::For(directive) => {
                    (directive.for_expr.strip, directive.endfor_expr.strip)
                }
            };
            Strip::from((start.strip_start(), end.strip_end()))
        }
    }
}
