//! Terraform's JSON syntax, turned into the HCL tree that evaluation knows.
//!
//! Which property is an attribute and which a block is for the provider's schema to say; here each
//! is an attribute, and an object stands for a single block (a value counts as a list of one).

use hcl_edit::expr::{Array, Expression, Object, ObjectKey, ObjectValue};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::template::{StringTemplate, Template};
use hcl_edit::{Decorated, Ident, Number};

use super::heredoc::settle_template;
use super::limits::is_sane;
use super::number::all_exact;
use crate::model::value::Value;

/// Parses a `.tf.json` file. serde_json bounds the nesting at 128.
pub(super) fn parse(text: &str) -> Result<Body, String> {
    if !is_sane(text) {
        return Err("has too many assignments".to_owned());
    }
    // The parser would lose their last digits.
    if !all_exact(text) {
        return Err("has a number of more digits than holdpoint reads".to_owned());
    }
    let document: Value = serde_json::from_str(text).map_err(|error| {
        format!("cannot be parsed: line {}, column {}", error.line(), error.column())
    })?;
    let mut body = Body::new();
    for (keyword, value) in members(&document) {
        let labels = match keyword {
            "resource" | "data" => 2,
            "variable" | "output" | "module" | "provider" => 1,
            "locals" => 0,
            _ => continue,
        };
        blocks(keyword, labels, &mut Vec::new(), value, &mut |block| body.push(block));
    }
    Ok(body)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let objects = match value {
        Value::List(list) => list.items.as_slice(),
        single => std::slice::from_ref(single),
    };
    objects
        .iter()
        .flat_map(|object| match object {
            Value::Object(object) => object.entries.as_slice(),
            _ => &[],
        })
        .map(|(key, value)| (key.as_str(), value))
}

fn blocks(
    keyword: &str,
    labels: usize,
    path: &mut Vec<String>,
    value: &Value,
    add: &mut impl FnMut(Block),
) {
    if path.len() < labels {
        for (label, inner) in members(value) {
            path.push(label.to_owned());
            blocks(keyword, labels, path, inner, add);
            path.pop();
        }
        return;
    }
    for object in value.elements() {
        let mut block = Block::new(Ident::new_sanitized(keyword));
        block.labels = path.iter().map(|label| label.as_str().into()).collect();
        block.body = content(keyword, object);
        add(block);
    }
}

fn content(keyword: &str, object: &Value) -> Body {
    let mut body = Body::new();
    for (name, value) in members(object) {
        let Ok(ident) = Ident::try_new(name) else {
            continue;
        };
        if name == "//" {
            continue;
        }
        if name == "dynamic" && keyword != "locals" {
            dynamics(value, &mut body);
            continue;
        }
        // Types of variables are written as text, not as a template.
        let expression = match (keyword, name, value) {
            ("variable", "type", Value::String(text)) => {
                hcl_edit::parser::parse_expr(text).unwrap_or_else(|_| Expression::null())
            }
            ("variable", "default", value) => literal(value),
            _ => expression(value),
        };
        body.push(Attribute::new(ident, expression));
    }
    body
}

fn dynamics(value: &Value, body: &mut Body) {
    for (label, dynamic) in members(value) {
        for one in dynamic.elements() {
            let mut block = Block::new(Ident::new_sanitized("dynamic"));
            block.labels = vec![label.into()];
            for (name, value) in members(one) {
                let Ok(ident) = Ident::try_new(name) else {
                    continue;
                };
                if name == "content" {
                    let mut inner = Block::new(ident);
                    inner.body = content("content", value);
                    block.body.push(inner);
                } else if let ("iterator", Some(text)) = (name, value.as_str()) {
                    let Ok(iterator) = Ident::try_new(text) else {
                        continue;
                    };
                    block.body.push(Attribute::new(ident, Expression::from(iterator)));
                } else {
                    block.body.push(Attribute::new(ident, expression(value)));
                }
            }
            body.push(block);
        }
    }
}

/// A value whose texts are templates.
fn expression(value: &Value) -> Expression {
    convert(value, &|text| {
        if !text.contains("${") && !text.contains("%{") {
            return Expression::from(text);
        }
        match text.parse::<Template>() {
            Ok(mut template) => {
                settle_template(&mut template);
                Expression::StringTemplate(template.into_iter().collect::<StringTemplate>())
            }
            Err(_) => unreadable(),
        }
    })
}

fn literal(value: &Value) -> Expression {
    convert(value, &|text| Expression::from(text))
}

/// Stands for a text that is no template; evaluation has no such function, so it stays unknown.
fn unreadable() -> Expression {
    let call = hcl_edit::expr::FuncCall::new(
        Decorated::new(Ident::new_sanitized("unreadable_template")),
        hcl_edit::expr::FuncArgs::new(),
    );
    Expression::from(call)
}

fn convert(value: &Value, text: &dyn Fn(&str) -> Expression) -> Expression {
    match value {
        Value::Bool(value) => Expression::from(*value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Expression::from(number),
            (_, Some(number)) => Expression::from(number),
            _ => number
                .as_f64()
                .and_then(Number::from_f64)
                .map_or_else(Expression::null, Expression::from),
        },
        Value::String(string) => text(string),
        Value::List(list) => {
            Expression::Array(list.items.iter().map(|item| convert(item, text)).collect::<Array>())
        }
        Value::Object(object) => Expression::Object(
            object
                .entries
                .iter()
                .filter(|(key, _)| key != "//")
                .map(|(key, value)| {
                    (ObjectKey::Expression(text(key)), ObjectValue::new(convert(value, text)))
                })
                .collect::<Object>(),
        ),
        _ => Expression::null(),
    }
}
