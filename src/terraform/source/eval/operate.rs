//! Operators and conditionals, in three values.

use hcl_edit::expr::{BinaryOp, BinaryOperator, Conditional, Expression, UnaryOp, UnaryOperator};

use super::super::functions::{arithmetic, compare};
use super::super::val::{Res, Stop, Val, together};
use super::{Eval, Frame, either};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

impl Eval<'_> {
    pub(super) fn conditional(&mut self, frame: Frame<'_>, conditional: &Conditional) -> Res {
        let cond = self.eval(frame, &conditional.cond_expr)?.to_bool()?;
        let (chosen, other) = match cond {
            Val::Bool(true) => (&conditional.true_expr, &conditional.false_expr),
            Val::Bool(false) => (&conditional.false_expr, &conditional.true_expr),
            unknown => return self.either_arm(frame, conditional, &unknown),
        };
        let value = self.eval(frame, chosen)?;
        // Both arms get one type; a text beside a number makes a text of it.
        if is_text(other) && matches!(value, Val::Number(_) | Val::Bool(_)) {
            return value.to_text();
        }
        Ok(value)
    }

    fn either_arm(&mut self, frame: Frame<'_>, conditional: &Conditional, cond: &Val) -> Res {
        let mut doubts: Vec<Unknown> = cond.doubt().into_iter().collect();
        if doubts.is_empty() {
            return Err(Stop::Fails);
        }
        let mut arms = Vec::with_capacity(2);
        for arm in [&conditional.true_expr, &conditional.false_expr] {
            match self.eval(frame, arm) {
                Ok(value) => arms.push(value),
                Err(Stop::Fails) => {}
                Err(stop) => return Err(stop),
            }
        }
        if let [a, b] = arms.as_slice()
            && a.equal(b) == Ok(true)
        {
            return Ok(a.clone());
        }
        doubts.extend(arms.iter().filter_map(Val::doubt));
        Ok(Val::Unknown(together(&doubts)))
    }

    pub(super) fn unary(&mut self, frame: Frame<'_>, op: &UnaryOp) -> Res {
        let value = self.eval(frame, &op.expr)?;
        match op.operator.value() {
            UnaryOperator::Not => match value.to_bool()? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                other => doubt_or_fail(&other),
            },
            UnaryOperator::Neg => match value.to_number()? {
                Val::Number(number) => arithmetic(BinaryOperator::Minus, &0.into(), &number),
                other => doubt_or_fail(&other),
            },
        }
    }

    pub(super) fn binary(&mut self, frame: Frame<'_>, op: &BinaryOp) -> Res {
        let operator = *op.operator.value();
        let left = self.eval(frame, &op.lhs_expr)?;
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            let decided = operator == BinaryOperator::Or;
            let left = left.to_bool()?;
            if matches!(left, Val::Bool(value) if value == decided) {
                return Ok(left);
            }
            let right = self.eval(frame, &op.rhs_expr)?.to_bool()?;
            return match (&left, &right) {
                (_, Val::Bool(value)) if *value == decided => Ok(right),
                (Val::Bool(_), Val::Bool(_)) => Ok(right),
                (Val::Null, _) | (_, Val::Null) => Err(Stop::Fails),
                _ => Ok(Val::Unknown(either(&left, &right))),
            };
        }
        let right = self.eval(frame, &op.rhs_expr)?;
        match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                self.charge(u64::from(left.size().min(right.size())))?;
                Ok(match equality(&left, &right) {
                    Ok(equal) => Val::Bool(equal == (operator == BinaryOperator::Eq)),
                    Err(why) => Val::Unknown(why),
                })
            }
            _ => match (left.to_number()?, right.to_number()?) {
                (Val::Number(a), Val::Number(b)) => match operator {
                    BinaryOperator::Less
                    | BinaryOperator::LessEq
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEq => compare(operator, &a, &b),
                    _ => arithmetic(operator, &a, &b),
                },
                (Val::Null, _) | (_, Val::Null) => Err(Stop::Fails),
                (a, b) => Ok(Val::Unknown(either(&a, &b))),
            },
        }
    }
}

/// `==` as Terraform sees it: collections of one content may differ in type, and then in value.
fn equality(left: &Val, right: &Val) -> Result<bool, Unknown> {
    let template = match (left, right) {
        (Val::Template(pieces), Val::String(text)) | (Val::String(text), Val::Template(pieces)) => {
            Some((Value::Template(pieces.to_vec()), text))
        }
        _ => None,
    };
    if let Some((template, text)) = template {
        return match template.equals(text) {
            Truth::True => Ok(true),
            Truth::False => Ok(false),
            Truth::Unknown(why) => Err(why),
        };
    }
    match left.equal(right) {
        Ok(true) if matches!(left, Val::List(_) | Val::Object(_)) => {
            Err(Unknown::because("compares collections of unknown types"))
        }
        other => other,
    }
}

fn is_text(expr: &Expression) -> bool {
    match expr {
        Expression::String(_) | Expression::HeredocTemplate(_) => true,
        Expression::StringTemplate(template) => template.len() > 1,
        _ => false,
    }
}

fn doubt_or_fail(value: &Val) -> Res {
    value.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why)))
}
