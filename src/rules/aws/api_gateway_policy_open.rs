//! `api-gateway-policy-open`: an API that anyone may call.

use super::shared::policies::{Wording, answer, culprit};
use super::shared::resource_policies::of;
use crate::iam::condition::Purpose;
use crate::iam::exposure;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// API Gateway resource policy lets anyone call the API
    ///
    /// # What it checks
    /// The resource policy of a REST API, inline or in `aws_api_gateway_rest_api_policy`, must not
    /// have a statement with `Effect: Allow` for everyone that no condition narrows and no `Deny`
    /// takes back. `resource-policy-public` lists the conditions that narrow; for a private API,
    /// `aws:SourceVpce` and `aws:SourceVpc` do.
    /// # Why
    /// A method without an authoriser is then open to everyone, and a private API to every network
    /// that has an endpoint for it. Severity is low, and the rule is off by default, because an API
    /// on the internet is usually meant to be called, and its methods have their own authorisation
    /// (`api-gateway-open`).
    /// # How to fix
    /// Restrict it to your networks or your organization:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "aws:SourceVpce"
    ///   values   = [aws_vpc_endpoint.api.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
    id: "api-gateway-policy-open",
    severity: Low,
    service: "API Gateway",
    types: ["aws_api_gateway_rest_api", "aws_api_gateway_rest_api_policy"],
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy lets anyone call the API",
    possible: "the policy may let anyone call the API",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in of(view).iter() {
        let document = &place.document;
        let broken = exposure::opens(document, Purpose::Resource);
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, |s| exposure::is_open(document, s, Purpose::Resource));
        answer(answers, place, &broken, &WORDING, "everybody", &detail);
    }
}
