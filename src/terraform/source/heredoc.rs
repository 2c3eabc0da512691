//! White space of templates that span lines: strip markers and `<<-`, as Terraform does them.
//!
//! Terraform cuts such a template into lines. A strip marker `~` takes the white space of the next
//! piece of a line only, and `<<-` takes the indentation of those lines that begin with text. The
//! parser does neither so, so this is done anew from the text of the file.

use hcl_edit::structure::Body;
use hcl_edit::template::{Directive, Element, HeredocTemplate, Strip, Template};
use hcl_edit::visit_mut::{VisitMut, visit_heredoc_template_mut};
use hcl_edit::{Span as _, Spanned};

/// Settles the white space of all heredocs of a file.
pub(super) fn settle(body: &mut Body, text: &str) {
    Heredocs { text }.visit_body_mut(body);
}

/// Settles the white space of a template that is a file, or a text of the JSON syntax.
pub(super) fn settle_template(template: &mut Template) {
    apply(template, None, false);
}

struct Heredocs<'t> {
    text: &'t str,
}

impl VisitMut for Heredocs<'_> {
    fn visit_heredoc_template_mut(&mut self, node: &mut HeredocTemplate) {
        let start = node.span().map(|span| span.start).unwrap_or_default();
        let indented = self.text.get(start..).is_some_and(|text| text.starts_with("<<-"));
        apply(&mut node.template, Some(self.text), indented);
        visit_heredoc_template_mut(self, node);
    }
}

/// What a template is made of, in the order of the text.
enum Token<'t> {
    Literal(&'t mut Spanned<String>),
    Sequence(Strip),
}

/// A part of a literal, at most to the end of its line.
struct Line {
    /// Position of the literal among the tokens.
    token: usize,
    text: String,
}

fn apply(template: &mut Template, raw: Option<&str>, indented: bool) {
    let mut tokens = Vec::new();
    collect(template, &mut tokens);
    let mut lines = lines_of(&tokens, raw);
    if indented {
        unindent(&mut lines, &tokens);
    }
    let mut lines = lines.into_iter().peekable();
    for (at, token) in tokens.into_iter().enumerate() {
        let Token::Literal(literal) = token else { continue };
        let mut text = String::new();
        while let Some(line) = lines.next_if(|line| line.token == at) {
            text.push_str(&line.text);
        }
        *literal.as_mut() = text;
    }
}

/// Collects the tokens and takes the strip markers away, since they are about to be obeyed.
fn collect<'t>(template: &'t mut Template, tokens: &mut Vec<Token<'t>>) {
    for element in template.iter_mut() {
        match element {
            Element::Literal(literal) => tokens.push(Token::Literal(literal)),
            Element::Interpolation(interpolation) => {
                tokens.push(Token::Sequence(std::mem::take(&mut interpolation.strip)));
            }
            Element::Directive(directive) => match directive.as_mut() {
                Directive::If(directive) => {
                    let opening = &mut directive.if_expr;
                    tokens.push(Token::Sequence(std::mem::take(&mut opening.strip)));
                    collect(&mut opening.template, tokens);
                    if let Some(otherwise) = &mut directive.else_expr {
                        tokens.push(Token::Sequence(std::mem::take(&mut otherwise.strip)));
                        collect(&mut otherwise.template, tokens);
                    }
                    let closing = &mut directive.endif_expr;
                    tokens.push(Token::Sequence(std::mem::take(&mut closing.strip)));
                }
                Directive::For(directive) => {
                    let opening = &mut directive.for_expr;
                    tokens.push(Token::Sequence(std::mem::take(&mut opening.strip)));
                    collect(&mut opening.template, tokens);
                    let closing = &mut directive.endfor_expr;
                    tokens.push(Token::Sequence(std::mem::take(&mut closing.strip)));
                }
            },
        }
    }
}

/// The lines of all literals, stripped where a marker says so.
fn lines_of(tokens: &[Token<'_>], raw: Option<&str>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Literal(literal) = token else { continue };
        let original = raw.zip(literal.span()).and_then(|(raw, span)| raw.get(span));
        let text = match original {
            Some(original) => original.replace("$${", "${").replace("%%{", "%{"),
            None => literal.as_str().to_owned(),
        };
        let first = lines.len();
        lines.extend(
            text.split_inclusive('\n').map(|line| Line { token: at, text: line.to_owned() }),
        );
        let after = at.checked_sub(1).and_then(|before| tokens.get(before));
        if let (Some(Token::Sequence(strip)), Some(line)) = (after, lines.get_mut(first))
            && strip.strip_end()
        {
            line.text = line.text.trim_start().to_owned();
        }
        let last = lines.last_mut().filter(|line| line.token == at);
        if let (Some(Token::Sequence(strip)), Some(line)) = (tokens.get(at + 1), last)
            && strip.strip_start()
        {
            line.text.truncate(line.text.trim_end().len());
        }
    }
    lines
}

/// Takes the common indentation from the lines that begin with text. Blank lines stay, and do not
/// count; a line that begins with a sequence has no indentation at all.
fn unindent(lines: &mut [Line], tokens: &[Token<'_>]) {
    let mut common = usize::MAX;
    let mut begins: Vec<usize> = Vec::new();
    let mut at_start = true;
    let mut next = 0;
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token, Token::Sequence(_)) {
            if at_start {
                common = 0;
            }
            at_start = false;
            continue;
        }
        while let Some(line) = lines.get(next).filter(|line| line.token == at) {
            if std::mem::take(&mut at_start) {
                let rest = line.text.trim_start();
                if !(rest.is_empty() && line.text.ends_with('\n')) {
                    let indent = line.text.chars().count() - rest.chars().count();
                    common = common.min(indent);
                    begins.push(next);
                }
            }
            at_start |= line.text.ends_with('\n');
            next += 1;
        }
    }
    for at in begins {
        if let Some(line) = lines.get_mut(at) {
            line.text = line.text.chars().skip(common).collect();
        }
    }
}
