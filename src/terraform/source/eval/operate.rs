//! Operators and conditionals, in three values.

use std::cmp::Ordering;

use hcl_edit::expr::{
    BinaryOp, BinaryOperator, Conditional, Expression, TraversalOperator, UnaryOp, UnaryOperator,
};
use serde_json::Number;

use super::super::number::{self, Computed, Operation};
use super::super::ty::{Ty, Unified, unify};
use super::super::val::{Res, Stop, Val, together};
use super::{Eval, Frame, either};
use crate::model::value::Unknown;

impl Eval<'_> {
    /// Both arms get one type, whichever is chosen.
    pub(super) fn conditional(&mut self, frame: Frame<'_>, conditional: &Conditional) -> Res {
        let cond = self.eval(frame, &conditional.cond_expr)?.convert(&Ty::Bool)?;
        let (chosen, other) = match cond {
            Val::Bool(true) => (&conditional.true_expr, &conditional.false_expr),
            Val::Bool(false) => (&conditional.false_expr, &conditional.true_expr),
            unknown => return self.either_arm(frame, conditional, &unknown),
        };
        let value = self.eval(frame, chosen)?;
        let (other, met) = match self.attempt(frame, other) {
            (Ok(other), _) => {
                self.charge(u64::from(other.size()))?;
                (other.ty(), None)
            }
            // A failure that leaves nothing behind, not even a type.
            (Err(Stop::Fails), _) if leaves_nothing(other) => (Ty::Any, None),
            (Err(Stop::Fails), met) => {
                let why =
                    met.unwrap_or_else(|| Unknown::because("depends on what fails beside it"));
                (Ty::Unsure, Some(why))
            }
            (Err(stop), _) => return Err(stop),
        };
        if self.met.is_none() {
            self.met = met;
        }
        self.charge(u64::from(value.size()))?;
        self.of_arms(value, other)
    }

    fn of_arms(&mut self, value: Val, other: Ty) -> Res {
        let own = value.ty();
        if !own.is_sure() || !other.is_sure() {
            self.meets("depends on the types of what it chooses from");
        }
        match (&value, &other) {
            (Val::Unknown(_) | Val::Resource(_) | Val::Module(_), _) | (_, Ty::Any) => {
                return Ok(value);
            }
            (Val::Null(Ty::Any), Ty::Unsure) => return Ok(Val::Null(Ty::Unsure)),
            (Val::Null(Ty::Any), _) => return Ok(Val::Null(other)),
            _ => {}
        }
        match unify(&[&own, &other]) {
            Unified::To(ty) => value.convert(&ty),
            Unified::Never => Err(Stop::Fails),
            Unified::Doubt => value.softened(),
        }
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
            return if a.ty() == b.ty() { Ok(a.clone()) } else { a.softened() };
        }
        doubts.extend(arms.iter().filter_map(Val::doubt));
        Ok(Val::Unknown(together(&doubts)))
    }

    pub(super) fn unary(&mut self, frame: Frame<'_>, op: &UnaryOp) -> Res {
        let value = self.eval(frame, &op.expr)?;
        match op.operator.value() {
            UnaryOperator::Not => match value.convert(&Ty::Bool)? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                other => doubt_or_fail(&other),
            },
            UnaryOperator::Neg => match value.convert(&Ty::Number)? {
                // Minus zero is told from zero.
                Val::Number(number) if number.as_f64() == Some(0.0) => {
                    Ok(Val::Unknown(number::imprecision()))
                }
                Val::Number(number) => Ok(negated(&number)),
                other => doubt_or_fail(&other),
            },
        }
    }

    pub(super) fn binary(&mut self, frame: Frame<'_>, op: &BinaryOp) -> Res {
        let operator = *op.operator.value();
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            return self.logical(frame, op, operator == BinaryOperator::Or);
        }
        let left = self.eval(frame, &op.lhs_expr)?;
        let right = self.eval(frame, &op.rhs_expr)?;
        match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                self.charge(u64::from(left.size()) + u64::from(right.size()))?;
                Ok(match left.equal(&right) {
                    Ok(equal) => Val::Bool(equal == (operator == BinaryOperator::Eq)),
                    Err(why) => Val::Unknown(why),
                })
            }
            _ => match (left.convert(&Ty::Number)?, right.convert(&Ty::Number)?) {
                (Val::Number(a), Val::Number(b)) => calculate(operator, &a, &b),
                (Val::Null(_), _) | (_, Val::Null(_)) => Err(Stop::Fails),
                (a, b) => Ok(Val::Unknown(either(&a, &b))),
            },
        }
    }

    /// `&&` and `||`. Only some versions go on when one side decides and the other is refused, so
    /// that is a doubt.
    fn logical(&mut self, frame: Frame<'_>, op: &BinaryOp, decided: bool) -> Res {
        let left = self.truth(frame, &op.lhs_expr)?;
        let right = self.truth(frame, &op.rhs_expr)?;
        let decides =
            |side: &Option<Val>| matches!(side, Some(Val::Bool(value)) if *value == decided);
        match (left, right) {
            (left, right) if decides(&left) || decides(&right) => match (left, right) {
                (Some(_), Some(_)) => Ok(Val::Bool(decided)),
                _ => Ok(Val::unknown("depends on whether both of its sides are evaluated")),
            },
            (Some(Val::Bool(_)), Some(right)) => Ok(right),
            (Some(left), Some(right)) => Ok(Val::Unknown(either(&left, &right))),
            (None, Some(Val::Unknown(why))) | (Some(Val::Unknown(why)), None) => {
                Ok(Val::Unknown(why))
            }
            _ => Err(Stop::Fails),
        }
    }

    /// A side of `&&` or `||`; nothing when it is refused.
    fn truth(&mut self, frame: Frame<'_>, side: &Expression) -> Res<Option<Val>> {
        match self.eval(frame, side).and_then(|value| value.convert(&Ty::Bool)) {
            Ok(Val::Null(_)) | Err(Stop::Fails) => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(stop) => Err(stop),
        }
    }
}

/// Whether an expression that fails has no type either: Terraform goes on with a value of any type.
fn leaves_nothing(expr: &Expression) -> bool {
    match expr {
        Expression::FuncCall(_) | Expression::Variable(_) => true,
        Expression::Parenthesis(inner) => leaves_nothing(inner.inner()),
        Expression::Traversal(traversal) => {
            matches!(traversal.expr, Expression::Variable(_))
                && traversal.operators.iter().all(|operator| match operator.value() {
                    TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_) => true,
                    TraversalOperator::Index(key) => {
                        matches!(key, Expression::String(_) | Expression::Number(_))
                    }
                    _ => false,
                })
        }
        _ => false,
    }
}

fn negated(number: &Number) -> Val {
    let whole = number.as_i64().and_then(i64::checked_neg).map(Val::int);
    let float = || number.as_f64().and_then(|float| number::from_float(-float)).map(Val::Number);
    whole.or_else(float).unwrap_or_else(|| Val::Unknown(number::imprecision()))
}

fn calculate(operator: BinaryOperator, a: &Number, b: &Number) -> Res {
    let operation = match operator {
        BinaryOperator::Plus => Operation::Add,
        BinaryOperator::Minus => Operation::Subtract,
        BinaryOperator::Mul => Operation::Multiply,
        BinaryOperator::Div => Operation::Divide,
        BinaryOperator::Mod => Operation::Modulo,
        _ => return compare(operator, a, b),
    };
    match number::compute(operation, a, b) {
        Computed::Exact(number) => Ok(Val::Number(number)),
        Computed::Refused => Err(Stop::Fails),
        Computed::Doubt => Ok(Val::Unknown(number::imprecision())),
    }
}

fn compare(operator: BinaryOperator, a: &Number, b: &Number) -> Res {
    let order = match number::equal(a, b) {
        None => return Ok(Val::Unknown(number::imprecision())),
        Some(true) => Ordering::Equal,
        Some(false) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()).ok_or(Stop::Fails)?,
        },
    };
    Ok(Val::Bool(match operator {
        BinaryOperator::Less => order.is_lt(),
        BinaryOperator::LessEq => order.is_le(),
        BinaryOperator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn doubt_or_fail(value: &Val) -> Res {
    value.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why)))
}
