//! The request of a run task, payload version 1. Unknown fields are none of our business; what we
//! need must be there and short.

use serde::Deserialize;

/// When in a run the task is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// There is no plan yet.
    PrePlan,
    /// The plan is made.
    PostPlan,
    /// The plan is about to be applied.
    PreApply,
    /// It has been applied.
    PostApply,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Stage::PrePlan => "pre_plan",
            Stage::PostPlan => "post_plan",
            Stage::PreApply => "pre_apply",
            Stage::PostApply => "post_apply",
        }
    }
}

/// What the request says, as far as we need it.
#[derive(Clone, Deserialize)]
pub(super) struct Request {
    pub(super) payload_version: u32,
    pub(super) stage: Stage,
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) organization_name: String,
    #[serde(default)]
    pub(super) workspace_name: String,
    #[serde(default)]
    pub(super) run_id: String,
    #[serde(default)]
    pub(super) task_result_id: String,
    #[serde(default)]
    pub(super) task_result_callback_url: String,
    #[serde(default)]
    pub(super) plan_json_api_url: Option<String>,
    /// Where the source of the run can be had: `null` when there is none.
    #[serde(default)]
    pub(super) configuration_version_download_url: Option<String>,
    /// The folder of the root module in it.
    #[serde(default)]
    pub(super) workspace_working_directory: Option<String>,
    /// One version of Terraform Enterprise spells it with three `t`.
    #[serde(default, alias = "capabilitites")]
    pub(super) capabilities: Option<Capabilities>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Capabilities {
    #[serde(default)]
    pub(super) outcomes: bool,
}

/// What HCP Terraform sends as token when it only wants to know that we are there.
const TEST_TOKEN: &str = "test-token";

/// The part of a request that tells a test from a task.
#[derive(Deserialize)]
struct Purpose {
    access_token: String,
}

impl Request {
    /// Whether it is a test, for which nobody waits. What else stands in a test is not documented:
    /// it need not name a stage that exists, or anything.
    pub(super) fn is_test(body: &[u8]) -> bool {
        serde_json::from_slice(body)
            .is_ok_and(|purpose: Purpose| purpose.access_token == TEST_TOKEN)
    }

    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        let request: Self =
            serde_json::from_slice(body).map_err(|_| "the body is not a run task request")?;
        if request.payload_version != 1 {
            return Err("unsupported payload version");
        }
        let token = &request.access_token;
        if token.is_empty() || token.len() > 4096 || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the access token is missing or malformed");
        }
        if request.task_result_id.is_empty() || request.task_result_id.len() > 256 {
            return Err("the task result id is missing or malformed");
        }
        if request.task_result_callback_url.is_empty() {
            return Err("the callback URL is missing");
        }
        Ok(request)
    }

    /// Whether the other side takes findings one by one.
    pub(super) fn takes_outcomes(&self) -> bool {
        self.capabilities.is_some_and(|capabilities| capabilities.outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_refused() {
        let whole = serde_json::json!({
            "payload_version": 1, "stage": "post_plan", "access_token": "t", "task_result_id": "r",
            "task_result_callback_url": "https://app.terraform.io/x", "capabilitites": {"outcomes": true},
            "more": null,
        });
        assert!(Request::read(whole.to_string().as_bytes()).unwrap().takes_outcomes());
        let mut none = whole.clone();
        none["capabilitites"] = serde_json::Value::Null;
        assert!(!Request::read(none.to_string().as_bytes()).unwrap().takes_outcomes());
        for (key, value) in [
            ("payload_version", 2.into()),
            ("payload_version", serde_json::Value::Null),
            ("stage", "post_mortem".into()),
            ("access_token", "".into()),
            ("access_token", "a\nb".into()),
            ("task_result_id", "".into()),
            ("task_result_callback_url", "".into()),
        ] {
            let mut other = whole.clone();
            other[key] = value;
            assert!(Request::read(other.to_string().as_bytes()).is_err(), "{other}");
        }
        assert!(Request::read(b"{}").is_err() && Request::read(b"").is_err());
    }

    #[test]
    fn a_test_needs_no_more_than_its_token() {
        for test in [
            r#"{"payload_version":1,"stage":"test","access_token":"test-token","run_id":"test"}"#,
            r#"{"access_token":"test-token"}"#,
        ] {
            assert!(Request::is_test(test.as_bytes()), "{test}");
        }
        for task in ["", "[]", "{}", r#"{"access_token":"t"}"#, r#"{"access_token":null}"#] {
            assert!(!Request::is_test(task.as_bytes()), "{task}");
        }
    }
}
