//! Tests of one value in three values: what is unknown only matters where it could change the answer.

use super::compiled::{Leaf, Test, version};
use super::language::{Literal, Unset};
use crate::model::rule::{Param, Params};
use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

/// What *not set* comes to.
pub(super) fn unset(meaning: Unset) -> Truth {
    match meaning {
        Unset::Holds => Truth::True,
        Unset::Fails => Truth::False,
        Unset::Unknown => {
            Truth::Unknown(Unknown::because("not set, and the plan does not show the default"))
        }
    }
}

impl Leaf {
    /// Tests the value that the path leads to. Comparisons are asked of each element of a list.
    pub(super) fn holds(&self, value: &Value, params: &Params) -> Truth {
        if matches!(self.test, Test::Set) {
            return self.signed(is_set(value));
        }
        if is_set(value).is_false() {
            return unset(self.unset);
        }
        match (&self.test, value) {
            (Test::Contains(wanted), _) => {
                let wanted = resolve(wanted, params);
                Truth::all(wanted.iter().map(|one| self.has(value, one)))
            }
            (Test::ContainsAny(wanted), _) => {
                let wanted = resolve(wanted, params);
                self.signed(Truth::any(wanted.iter().map(|one| self.has(value, one))))
            }
            (_, Value::List(list)) => {
                let each = Truth::all(list.items.iter().map(|item| self.holds(item, params)));
                match &list.rest {
                    Some(why) => each.and(Truth::Unknown(why.clone())),
                    None => each,
                }
            }
            (_, Value::Unknown(why)) => Truth::Unknown(why.clone()),
            _ => self.signed(self.scalar(value, params)),
        }
    }

    fn signed(&self, truth: Truth) -> Truth {
        if self.negate { truth.not() } else { truth }
    }

    fn has(&self, list: &Value, wanted: &Literal) -> Truth {
        let found = Truth::any(list.elements().iter().map(|item| equals(item, wanted, self.ci)));
        match list.rest() {
            Some(why) => found.or(Truth::Unknown(why.clone())),
            None => found,
        }
    }

    fn scalar(&self, value: &Value, params: &Params) -> Truth {
        let doubt_or = |known: Option<bool>| match (known, value.doubt()) {
            (Some(known), _) => Truth::from(known),
            (None, Some(why)) => Truth::Unknown(why.clone()),
            (None, None) => Truth::False,
        };
        match &self.test {
            Test::OneOf(list) => {
                Truth::any(resolve(list, params).iter().map(|one| equals(value, one, self.ci)))
            }
            Test::AtLeast(limit) => {
                doubt_or(number(value).zip(bound(limit, params)).map(|(own, limit)| own >= limit))
            }
            Test::AtMost(limit) => {
                doubt_or(number(value).zip(bound(limit, params)).map(|(own, limit)| own <= limit))
            }
            Test::Version(least) => {
                let text = match value {
                    Value::Number(number) => Some(number.to_string()),
                    value => value.as_str().map(str::to_owned),
                };
                doubt_or(text.map(|text| version(&text).is_some_and(|own| own >= *least)))
            }
            Test::Matches(patterns) => {
                Truth::any(patterns.iter().map(|pattern| fits(value, pattern, self.ci)))
            }
            Test::Contains(_) | Test::ContainsAny(_) | Test::Set => Truth::False,
        }
    }
}

/// Whether something stands there that is not empty.
pub(super) fn is_set(value: &Value) -> Truth {
    match value {
        Value::Null => Truth::False,
        Value::Bool(_) | Value::Number(_) | Value::Json(_) => Truth::True,
        Value::String(text) => Truth::from(!text.is_empty()),
        // Set, unless all of the text behind it is not known.
        Value::Base64(inner) => is_set(inner),
        Value::Template(pieces) => {
            let known = |piece: &Piece| matches!(piece, Piece::Known(text) if !text.is_empty());
            match value.doubt() {
                Some(why) if !pieces.iter().any(known) => Truth::Unknown(why.clone()),
                _ => Truth::True,
            }
        }
        Value::List(list) => match (&list.rest, list.items.is_empty()) {
            (_, false) => Truth::True,
            (Some(why), true) => Truth::Unknown(why.clone()),
            (None, true) => Truth::False,
        },
        Value::Object(object) => match (&object.rest, object.entries.is_empty()) {
            (_, false) => Truth::True,
            (Some(why), true) => Truth::Unknown(why.clone()),
            (None, true) => Truth::False,
        },
        Value::Unknown(why) => Truth::Unknown(why.clone()),
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn bound(limit: &Literal, params: &Params) -> Option<f64> {
    match resolve(std::slice::from_ref(limit), params).first() {
        Some(Literal::Number(number)) => Some(*number),
        Some(Literal::Text(text)) => text.parse().ok(),
        _ => None,
    }
}

/// The values, parameters put in; a parameter that is a list stands for its elements.
fn resolve(list: &[Literal], params: &Params) -> Vec<Literal> {
    let mut all = Vec::with_capacity(list.len());
    for literal in list {
        let Literal::Param { param } = literal else {
            all.push(literal.clone());
            continue;
        };
        match params.0.get(param) {
            Some(Param::Bool(value)) => all.push(Literal::Bool(*value)),
            Some(Param::Int(value)) => all.push(Literal::Number(*value as f64)),
            Some(Param::Text(text)) => all.push(Literal::Text(text.to_string())),
            Some(Param::Ints(list)) => {
                all.extend(list.iter().map(|one| Literal::Number(*one as f64)));
            }
            Some(Param::Texts(list)) => {
                all.extend(list.iter().map(|one| Literal::Text(one.to_string())));
            }
            None => {}
        }
    }
    all
}

/// Whether a value equals a literal, as Terraform converts between texts, numbers and booleans.
fn equals(value: &Value, literal: &Literal, ci: bool) -> Truth {
    match literal {
        Literal::Text(text) if ci => match value {
            Value::String(own) => Truth::from(own.to_lowercase() == text.to_lowercase()),
            Value::Template(_) => fits(value, text, true),
            value => value.equals(text),
        },
        Literal::Text(text) => value.equals(text),
        Literal::Bool(wanted) => match (value.as_bool(), value.doubt()) {
            (Some(own), _) => Truth::from(own == *wanted),
            (None, Some(_)) => value.equals(if *wanted { "true" } else { "false" }),
            (None, None) => Truth::False,
        },
        Literal::Number(wanted) => match (value.as_f64(), value.doubt()) {
            (Some(own), _) => Truth::from((own - wanted).abs() < f64::EPSILON),
            (None, Some(why)) => Truth::Unknown(why.clone()),
            (None, None) => Truth::False,
        },
        Literal::Param { .. } => Truth::False,
    }
}

/// A character of a text, or a hole.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Char(char),
    /// Any text may stand here.
    Hole,
}

/// Whether a value fits a pattern of `*` and `?`.
fn fits(value: &Value, pattern: &str, ci: bool) -> Truth {
    let lower = |text: &str| {
        if ci { text.to_lowercase() } else { text.to_owned() }
    };
    let pattern: Vec<char> = lower(pattern).chars().collect();
    let mut text: Vec<Sign> = Vec::new();
    match value {
        Value::String(own) => text.extend(lower(own).chars().map(Sign::Char)),
        Value::Bool(own) => text.extend(own.to_string().chars().map(Sign::Char)),
        Value::Number(own) => text.extend(own.to_string().chars().map(Sign::Char)),
        Value::Template(pieces) => {
            for piece in pieces {
                match piece {
                    Piece::Known(own) => text.extend(lower(own).chars().map(Sign::Char)),
                    Piece::Hole(_) => text.push(Sign::Hole),
                }
            }
        }
        Value::Json(_) | Value::Base64(_) | Value::Unknown(_) => text.push(Sign::Hole),
        Value::Null | Value::List(_) | Value::Object(_) => return Truth::False,
    }
    if reaches(&pattern, &text, true) {
        return Truth::True;
    }
    match value.doubt() {
        Some(why) if reaches(&pattern, &text, false) => Truth::Unknown(why.clone()),
        _ => Truth::False,
    }
}

/// Whether the pattern fits the text: for every text of the holes (`sure`), or for some.
///
/// Follows the set of pattern positions that can be reached, so the work is the product of the
/// two lengths and no more, whatever they hold.
fn reaches(pattern: &[char], text: &[Sign], sure: bool) -> bool {
    let close = |states: &mut Vec<bool>| {
        for (i, c) in pattern.iter().enumerate() {
            if *c == '*'
                && states.get(i).copied().unwrap_or(false)
                && let Some(next) = states.get_mut(i + 1)
            {
                *next = true;
            }
        }
    };
    let mut states = vec![false; pattern.len() + 1];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    close(&mut states);
    for sign in text {
        let mut next = vec![false; pattern.len() + 1];
        match sign {
            // Any text: from a position that is reached, every later one can be.
            Sign::Hole if !sure => {
                let from = states.iter().position(|on| *on).unwrap_or(states.len());
                next.iter_mut().skip(from).for_each(|on| *on = true);
            }
            sign => {
                for (i, c) in pattern.iter().enumerate() {
                    if !states.get(i).copied().unwrap_or(false) {
                        continue;
                    }
                    let to = match (c, sign) {
                        ('*', _) => i,
                        (_, Sign::Hole) => continue,
                        ('?', _) => i + 1,
                        (c, sign) if Sign::Char(*c) == *sign => i + 1,
                        _ => continue,
                    };
                    if let Some(on) = next.get_mut(to) {
                        *on = true;
                    }
                }
            }
        }
        close(&mut next);
        states = next;
    }
    states.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(before: &str, after: &str) -> Value {
        Value::Template(vec![
            Piece::Known(before.to_owned()),
            Piece::Hole(Unknown::after_apply()),
            Piece::Known(after.to_owned()),
        ])
    }

    #[test]
    fn patterns_fit_whole_texts() {
        let text = |text: &str| Value::string(text);
        assert!(fits(&text("arn:aws:s3:::b/*"), "arn:*:s3:*", false).is_true());
        assert!(fits(&text("abc"), "a?c", false).is_true());
        assert!(fits(&text("abc"), "ab", false).is_false());
        assert!(fits(&text("ABC"), "a*", true).is_true());
        assert!(fits(&text(""), "*", false).is_true());
    }

    #[test]
    fn a_hole_matters_only_where_it_could_change_the_answer() {
        assert!(fits(&hole("arn:", "/x"), "arn:*", false).is_true());
        assert!(fits(&hole("arn:", "/x"), "http*", false).is_false());
        assert!(fits(&hole("arn:", "/x"), "*:admin/*", false).unknown().is_some());
        assert!(fits(&hole("arn:", "/x"), "arn:?/x", false).unknown().is_some());
    }

    #[test]
    fn a_long_pattern_costs_the_product_of_the_lengths() {
        let text = Value::string("a".repeat(20_000));
        let pattern = format!("{}b", "*a".repeat(60));
        assert!(fits(&text, &pattern, false).is_false());
    }

    #[test]
    fn versions_are_read_out_of_names() {
        assert_eq!(version("TLSv1.2_2021"), Some(vec![1, 2]));
        assert_eq!(version("TLSv1_2016"), Some(vec![1]));
        assert_eq!(version("TLS_1_2"), Some(vec![1, 2]));
        assert_eq!(version("8.0.mysql_aurora.3.02.0"), Some(vec![8, 0]));
        assert_eq!(version("latest"), None);
    }

    #[test]
    fn texts_compare_as_terraform_converts_them() {
        let yes = Literal::Bool(true);
        assert!(equals(&Value::string("true"), &yes, false).is_true());
        assert!(equals(&Value::Bool(true), &Literal::Text("true".into()), false).is_true());
        assert!(equals(&Value::string("7"), &Literal::Number(7.0), false).is_true());
        assert!(equals(&Value::string("yes"), &yes, false).is_false());
    }
}
