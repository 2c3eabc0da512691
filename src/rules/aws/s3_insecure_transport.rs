//! `s3-insecure-transport`: a bucket that accepts requests without TLS.

use crate::iam::element::Clause;
use crate::iam::principal::Principals;
use crate::iam::{Document, Statement, pattern, resource};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Bucket accepts requests without TLS
    ///
    /// # What it checks
    /// The policy of every `aws_s3_bucket`, inline or as `aws_s3_bucket_policy`, must have a `Deny`
    /// for everyone on `s3:*` (at least on reading and writing objects) for the bucket's objects,
    /// with the single condition that `aws:SecureTransport` is `false`. A bucket without a policy
    /// has no such statement. An `Allow` with `aws:SecureTransport = true` is not enough: other
    /// policies may allow the same requests.
    /// # Why
    /// Without it, a client that is configured for `http://` sends and reads objects in the clear.
    /// Severity is low because AWS's own clients use TLS, so it rarely matters by itself.
    /// # How to fix
    /// Deny requests without TLS in the bucket policy:
    ///
    /// ```hcl
    /// statement {
    ///   effect    = "Deny"
    ///   actions   = ["s3:*"]
    ///   resources = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]
    ///   principals {
    ///     type        = "*"
    ///     identifiers = ["*"]
    ///   }
    ///   condition {
    ///     test     = "Bool"
    ///     variable = "aws:SecureTransport"
    ///     values   = ["false"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html>
    /// - <https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html>
    id: "s3-insecure-transport",
    severity: Low,
    service: "S3",
    types: ["aws_s3_bucket"],
    frameworks: [("AWS FSBP", ["S3.5"]), ("CIS AWS Foundations 3.0.0", ["2.1.1"])],
    params: [],
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let mut denied = requires_tls(&view.attribute("policy"));
    let links = view.pointing_here("aws_s3_bucket_policy", "bucket");
    for policy in links.certain {
        denied = denied.or(requires_tls(&view.look_at(policy).attribute("policy")));
    }
    for (policy, why) in links.possible {
        let may = policy.is_none_or(|policy| {
            !requires_tls(&view.look_at(policy).attribute("policy")).is_false()
        });
        if may {
            denied = denied.or(Truth::Unknown(why));
        }
    }
    answers.judge(&denied.not(), "", "requests without TLS are not denied");
}

/// Whether a policy denies everyone requests without TLS.
fn requires_tls(policy: &Value) -> Truth {
    let Some(document) = Document::read(policy) else { return Truth::False };
    let known = Truth::any(document.statements.iter().map(denies));
    match document.doubt() {
        Some(why) => known.or(Truth::Unknown(why)),
        None => known,
    }
}

fn denies(statement: &Statement) -> Truth {
    let mut only_tls = Truth::from(!statement.conditions.entries.is_empty());
    for condition in &statement.conditions.entries {
        let operator = condition.operator.to_ascii_lowercase();
        let on = matches!(operator.as_str(), "bool" | "boolifexists")
            && condition.is_on("aws:SecureTransport");
        let off = condition.values.all(|value| value.equals("false"));
        only_tls = only_tls.and(Truth::from(on)).and(off);
    }
    if let Some(why) = &statement.conditions.rest {
        only_tls = only_tls.and(Truth::Unknown(why.clone()));
    }
    let objects = match &statement.resource {
        Clause::These(texts) => texts.any(all_objects),
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::AllBut(_) | Clause::Missing => Truth::False,
    };
    let everyone = match &statement.principal {
        // It exempts the principals that it names.
        Principals::AllBut(_) => Truth::False,
        other => other.is_anybody(),
    };
    statement
        .denies
        .clone()
        .and(everyone)
        .and(statement.names("s3:GetObject"))
        .and(statement.names("s3:PutObject"))
        .and(only_tls)
        .and(objects)
}

/// Whether a resource is every object of a bucket; AWS rejects a bucket other than the policy's.
fn all_objects(value: &Value) -> Truth {
    let whole = resource::is_whole_service(value, "s3");
    if !whole.is_false() {
        return whole;
    }
    let objects = |text: &str| {
        text.strip_suffix('*')
            .is_some_and(|t| t.ends_with('/') && t.matches('/').count() == 1 || !t.contains('/'))
    };
    match (value, pattern::extremes(value)) {
        (Value::Unknown(why), _) => Truth::Unknown(why.clone()),
        (_, Some(extremes)) => Truth::from(objects(&extremes.narrowest)),
        (_, None) => Truth::False,
    }
}
