//! A rule as a ValidatingAdmissionPolicy: the same expression, walked by CEL instead of by us.

use std::collections::BTreeMap;

use crate::model::object::Object;
use crate::model::rule::Params;
use crate::rules::kubernetes::{self, KubernetesRule, LATEST, POD_KINDS, Scope, Step};

/// A policy, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, `holdpoint-` and the id of the rule.
    pub name: String,
    /// API groups and the resources in them.
    pub resources: BTreeMap<&'static str, Vec<&'static str>>,
    /// Names and expressions, in order.
    pub variables: Vec<(&'static str, String)>,
    /// The expression that must hold.
    pub expression: String,
    /// The message when it does not.
    pub message: String,
}

const POD: &str = "object.kind == 'Pod' ? object.spec : object.kind == 'CronJob' ? \
     object.spec.jobTemplate.spec.template.spec : object.kind == 'PodTemplate' ? \
     object.template.spec : object.spec.?template.?spec.orValue({'containers': []})";

const METADATA: &str = "object.kind == 'Pod' ? object.metadata : object.kind == 'CronJob' ? \
     object.spec.jobTemplate.spec.template.?metadata.orValue({}) : object.kind == 'PodTemplate' ? \
     object.template.?metadata.orValue({}) : object.spec.?template.?metadata.orValue({})";

const CONTAINERS: &str = "variables.pod.?initContainers.orValue([]) + \
     variables.pod.?containers.orValue([]) + variables.pod.?ephemeralContainers.orValue([])";

const MAIN: &str = "variables.pod.?containers.orValue([]) + \
     variables.pod.?initContainers.orValue([]).filter(c, c.?restartPolicy.orValue('') == 'Always')";

/// Kinds and where the API server serves them.
const SERVED: &[(&str, &str, &str)] = &[
    ("Pod", "", "pods"),
    ("PodTemplate", "", "podtemplates"),
    ("ReplicationController", "", "replicationcontrollers"),
    ("Deployment", "apps", "deployments"),
    ("ReplicaSet", "apps", "replicasets"),
    ("StatefulSet", "apps", "statefulsets"),
    ("DaemonSet", "apps", "daemonsets"),
    ("Job", "batch", "jobs"),
    ("CronJob", "batch", "cronjobs"),
    ("ConfigMap", "", "configmaps"),
    ("Namespace", "", "namespaces"),
    ("Service", "", "services"),
    ("Ingress", "networking.k8s.io", "ingresses"),
    ("NetworkPolicy", "networking.k8s.io", "networkpolicies"),
    ("Role", "rbac.authorization.k8s.io", "roles"),
    ("ClusterRole", "rbac.authorization.k8s.io", "clusterroles"),
    ("RoleBinding", "rbac.authorization.k8s.io", "rolebindings"),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "clusterrolebindings"),
    ("*", "*", "*"),
];

/// The policy of a rule; `None` for one that no supported version of Kubernetes asks, and for one
/// that looks at more than one object.
#[must_use]
pub fn policy(rule: &KubernetesRule, params: &Params) -> Option<Policy> {
    let document = &rule.document;
    if rule.until < LATEST || rule.looks_around {
        return None;
    }
    let condition = document.admission.as_ref().unwrap_or(&document.expression);
    let parts: Vec<String> =
        document.scope.list().iter().map(|scope| scoped(*scope, &rule.each, condition)).collect();
    let expression = parts.join(" && ");
    let kinds: Vec<&str> = if rule.kinds.is_empty() {
        POD_KINDS.to_vec()
    } else {
        rule.kinds.iter().map(|kind| kind.kind.as_str()).collect()
    };
    let mut resources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, group, resource) in SERVED {
        if kinds.contains(kind) {
            resources.entry(group).or_default().push(resource);
            // An ephemeral container comes by a separate resource.
            if *kind == "Pod" {
                resources.entry(group).or_default().push("pods/ephemeralcontainers");
            }
        }
    }
    let wanted = [
        ("pod", POD.to_owned()),
        ("podMetadata", METADATA.to_owned()),
        ("containers", CONTAINERS.to_owned()),
        ("mainContainers", MAIN.to_owned()),
        ("minor", LATEST.to_string()),
        ("params", written(params)),
    ];
    let uses = |name: &str, text: &str| text.contains(&format!("variables.{name}"));
    let needs_pod = uses("containers", &expression) || uses("mainContainers", &expression);
    let variables = wanted
        .into_iter()
        .filter(|(name, _)| uses(name, &expression) || (*name == "pod" && needs_pod));
    Some(Policy {
        name: format!("holdpoint-{}", document.id),
        resources,
        variables: variables.collect(),
        expression: expression.clone(),
        message: format!("{} ({})", document.message, document.id),
    })
}

fn scoped(scope: Scope, each: &[Vec<Step>], condition: &str) -> String {
    match scope {
        Scope::Object => below("object", each, condition),
        Scope::Pod => below("variables.pod", each, condition),
        Scope::PodAnnotation => {
            format!("variables.podMetadata.?annotations.orValue({{}}).all(it, {condition})")
        }
        Scope::Container => {
            format!("variables.containers.all(container, {})", below("container", each, condition))
        }
        Scope::MainContainer => {
            format!(
                "variables.mainContainers.all(container, {})",
                below("container", each, condition)
            )
        }
    }
}

fn below(base: &str, each: &[Vec<Step>], condition: &str) -> String {
    if each.is_empty() {
        return condition.to_owned();
    }
    let parts = each.iter().map(|steps| nested(base, steps, condition, 0));
    parts.collect::<Vec<_>>().join(" && ")
}

fn nested(base: &str, steps: &[Step], condition: &str, depth: usize) -> String {
    let keys: Vec<&str> = steps
        .iter()
        .map_while(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Every => None,
        })
        .collect();
    let path: String =
        std::iter::once(base.to_owned()).chain(keys.iter().map(|key| format!(".?{key}"))).collect();
    match steps.get(keys.len() + 1..) {
        // The last step is a member: it is asked where it is there.
        None => format!("(!{path}.hasValue() || [{path}.value()].all(it, {condition}))"),
        Some([]) => format!("{path}.orValue([]).all(it, {condition})"),
        Some(rest) => {
            let name = format!("step{depth}");
            format!("{path}.orValue([]).all({name}, {})", nested(&name, rest, condition, depth + 1))
        }
    }
}

fn written(params: &Params) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let entries =
        params.0.iter().map(|(name, param)| format!("{}: {}", quoted(name), param.written(quoted)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

impl Policy {
    /// The policy and its binding, as YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let name = &self.name;
        let mut text = format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n\
             metadata:\n  name: {name}\nspec:\n  failurePolicy: Fail\n  matchConstraints:\n    \
             resourceRules:\n"
        );
        for (group, resources) in &self.resources {
            let versions = if *group == "*" { "*" } else { "v1" };
            text.push_str(&format!(
                "      - apiGroups: [{}]\n        apiVersions: [{}]\n        operations: [CREATE, \
                 UPDATE]\n        resources: [{}]\n",
                quoted(group),
                quoted(versions),
                resources.iter().map(|resource| quoted(resource)).collect::<Vec<_>>().join(", ")
            ));
        }
        if !self.variables.is_empty() {
            text.push_str("  variables:\n");
        }
        for (name, expression) in &self.variables {
            text.push_str(&format!(
                "    - name: {name}\n      expression: {}\n",
                quoted(expression)
            ));
        }
        text.push_str(&format!(
            "  validations:\n    - expression: {}\n      message: {}\n      reason: Forbidden\n---\n\
             apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n\
             metadata:\n  name: {name}\nspec:\n  policyName: {name}\n  validationActions: [Deny, \
             Audit]\n",
            quoted(&self.expression),
            quoted(&self.message)
        ));
        text
    }

    /// Whether the cluster asks the policy about an object.
    #[must_use]
    pub fn is_about(&self, object: &Object) -> bool {
        let served = |kind: &str, group: &str, resource: &str| {
            (kind == "*" || (kind == object.kind && group == object.group()))
                && self.resources.get(group).is_some_and(|served| served.contains(&resource))
        };
        SERVED.iter().any(|(kind, group, resource)| served(kind, group, resource))
    }

    /// Whether the policy lets an object in; `None` when its expression has no answer, which a
    /// cluster takes for a no.
    ///
    /// # Errors
    /// When the expression is no CEL.
    pub fn admits(&self, object: &Object) -> Result<Option<bool>, String> {
        // The variables are written out, so that what runs is what the cluster runs.
        let mut expression = self.expression.clone();
        let mut variables = self.variables.clone();
        // The longer name first: one begins with the other.
        variables.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, text) in &variables {
            expression = expression.replace(&format!("variables.{name}"), &format!("({text})"));
        }
        kubernetes::holds(&expression, object)
    }
}
