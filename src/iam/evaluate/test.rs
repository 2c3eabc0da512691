//! One condition of a statement: an operator, a key and its values.

use super::context::Context;
use super::operator::{Family, Operand, Operator, Quantifier, flag};

/// A condition, ready to be asked.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) operator: Operator,
    /// In lower case.
    pub(super) key: String,
    pub(super) operands: Vec<Operand>,
}

impl Test {
    /// Whether a request meets it.
    ///
    /// Without the key, negated operators and `ForAllValues` hold, and so does what ends in
    /// `IfExists`; `ForAnyValue` never does. What cannot be compared (a variable without a value, a
    /// key of several values under an operator for one) holds in neither form.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let operator = self.operator;
        let values = context.get(&self.key);
        if operator.family == Family::Null {
            let absent = values.is_none();
            return self.operands.iter().any(|operand| flag(operand.raw()) == Some(absent));
        }
        let Some(values) = values else {
            return match operator.quantifier {
                Quantifier::All => true,
                Quantifier::Any => false,
                Quantifier::One => operator.negated || operator.if_exists,
            };
        };
        match operator.quantifier {
            Quantifier::One if values.is_list => false,
            Quantifier::One | Quantifier::Any => {
                values.items.iter().any(|value| self.value_holds(value, context))
            }
            Quantifier::All => values.items.iter().all(|value| self.value_holds(value, context)),
        }
    }

    /// Several values of a positive operator are alternatives; of a negated one, each must differ.
    fn value_holds(&self, value: &str, context: &Context) -> bool {
        let Operator { family, negated, .. } = self.operator;
        let mut answers = self.operands.iter().map(|operand| operand.meets(family, value, context));
        if negated {
            answers.all(|answer| answer == Some(false))
        } else {
            answers.any(|answer| answer == Some(true))
        }
    }
}
