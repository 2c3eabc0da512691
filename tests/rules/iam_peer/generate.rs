//! Requests and policies at random, near enough to one another that every answer is common.

use serde_json::{Map, Value, json};

const ACCOUNT: &str = "123456789012";

/// Actions with a resource of the type that they work on.
const ACTIONS: &[(&str, &str)] = &[
    ("ec2:TerminateInstances", "arn:aws:ec2:us-east-1:123456789012:instance/i-1"),
    ("ec2:CreateTags", "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"),
    ("ec2:DescribeInstances", "*"),
    ("sqs:DeleteQueue", "arn:aws:sqs:us-east-1:123456789012:q"),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:us-east-1:123456789012:other"),
    ("s3:PutObject", "arn:aws:s3:::bucket/a/b"),
    ("s3:DeleteBucket", "arn:aws:s3:::bucket"),
    ("iam:DeleteRole", "arn:aws:iam::123456789012:role/ci/T"),
    ("iam:DetachRolePolicy", "arn:aws:iam::123456789012:role/app"),
    ("logs:PutRetentionPolicy", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/x"),
    ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:123456789012:function:f"),
    ("kms:DisableKey", "arn:aws:kms:us-east-1:123456789012:key/k-1"),
    ("dynamodb:UpdateTable", "arn:aws:dynamodb:us-east-1:123456789012:table/t"),
];

const CALLERS: &[&str] = &[
    "arn:aws:iam::123456789012:role/ci/Deploy",
    "arn:aws:iam::123456789012:role/app",
    "arn:aws:sts::123456789012:assumed-role/app/s1",
    "arn:aws:iam::123456789012:user/team/u",
    "arn:aws:iam::999999999999:role/foreign",
];

const TAGS: &[&str] = &["Terraform", "terraform", "Manual", "a*", "ab", "T"];
const TAG_KEYS: &[&str] = &["ManagedBy", "managedby", "Team", "env"];
const ARNS: &[&str] = &[
    "arn:aws:iam::123456789012:role/ci/Deploy",
    "arn:aws:iam::123456789012:role/*",
    "arn:aws:iam::*:role/ci/*",
    "arn:aws:iam::123456789012:user/team/?",
    "arn:aws:iam::999999999999:*",
    "arn:aws:sns:us-east-1:123456789012:topic",
    "arn:*:sns:*:*:*",
    "arn:aws:*",
];
const DATES: &[&str] =
    &["2025-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00+02:00", "2027-01-01"];
const ADDRESSES: &[&str] = &["10.0.0.0/8", "10.1.2.3/32", "192.168.0.0/16", "2001:db8::/32"];
const NUMBERS: &[&str] = &["0", "5", "5.0", "60", "3600", "-1"];

pub(crate) struct Generator(u64);

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 33) as usize) % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// One to three of them.
    fn some(&mut self, list: &[&str]) -> Value {
        let count = 1 + self.below(3);
        let items: Vec<&str> = (0..count).map(|_| self.pick(list)).collect();
        if count == 1 && self.chance(50) { json!(items[0]) } else { json!(items) }
    }

    pub(crate) fn question(&mut self, id: u64) -> Value {
        let (action, resource) = ACTIONS[self.below(ACTIONS.len())];
        let caller = self.pick(CALLERS);
        let is_role = caller.contains("role/");
        let levels = self.below(3);
        let scp: Vec<Value> = (0..levels).map(|_| self.policies(action, resource, 1)).collect();
        let rcp = if self.chance(20) { vec![self.rcp(action)] } else { Vec::new() };
        let mut question = json!({
            "id": id.to_string(),
            "action": if self.chance(10) { action.to_uppercase().replacen(&action.split(':').next().unwrap().to_uppercase(), action.split(':').next().unwrap(), 1) } else { action.to_owned() },
            "principal": caller,
            "resource": resource,
            "account": ACCOUNT,
            "context": self.context(action, caller),
            "identity": self.policies(action, resource, 2),
            "scp": scp,
            "rcp": rcp,
            "boundary": if self.chance(20) { self.policies(action, resource, 1) } else { Value::Null },
            "session": if is_role && self.chance(15) { self.policy(action, resource, false) } else { Value::Null },
            "resource_policy": if resource != "*" && self.chance(30) { self.policy(action, resource, true) } else { Value::Null },
        });
        // What is granted to a session under a session policy is one of the known differences.
        if question["resource_policy"].to_string().contains(&format!("\"{caller}\"")) {
            question["session"] = Value::Null;
        }
        question
    }

    fn context(&mut self, action: &str, caller: &str) -> Value {
        let mut context = Map::new();
        // The keys that AWS sends with every request; a session's role is told with its path.
        let arn = match caller.split_once("assumed-role/") {
            Some((_, tail)) => {
                format!("arn:aws:iam::{ACCOUNT}:role/{}", tail.split('/').next().unwrap())
            }
            None => caller.to_owned(),
        };
        context.insert("aws:PrincipalArn".into(), json!(arn));
        context.insert("aws:PrincipalAccount".into(), json!(caller.split(':').nth(4).unwrap()));
        let kind = if caller.contains(":user/") { "User" } else { "AssumedRole" };
        context.insert("aws:PrincipalType".into(), json!(kind));
        if kind == "User" {
            context.insert("aws:username".into(), json!("u"));
        }
        let mut add = |generator: &mut Self, key: &str, list: &[&str]| {
            if generator.chance(55) {
                let value = generator.pick(list);
                context.insert(key.into(), json!(value));
            }
        };
        // Without ABAC on the bucket S3 sends no tags of it.
        if !action.starts_with("s3:") {
            add(self, "aws:ResourceTag/ManagedBy", TAGS);
        }
        add(self, "aws:RequestTag/Team", TAGS);
        add(self, "aws:PrincipalTag/team", TAGS);
        add(self, "aws:SourceArn", &ARNS[5..6]);
        add(self, "aws:SecureTransport", &["true", "false"]);
        add(self, "aws:MultiFactorAuthPresent", &["true", "false"]);
        add(self, "aws:MultiFactorAuthAge", NUMBERS);
        add(self, "aws:CurrentTime", DATES);
        add(self, "aws:SourceIp", &["10.1.2.3", "192.168.1.1", "8.8.8.8", "2001:db8::1"]);
        if self.chance(50) {
            let count = 1 + self.below(2);
            let keys: Vec<&str> = (0..count).map(|_| self.pick(TAG_KEYS)).collect();
            context.insert("aws:TagKeys".into(), json!(keys));
        }
        Value::Object(context)
    }

    fn policies(&mut self, action: &str, resource: &str, most: usize) -> Value {
        let count = 1 + self.below(most);
        json!((0..count).map(|_| self.policy(action, resource, false)).collect::<Vec<_>>())
    }

    fn policy(&mut self, action: &str, resource: &str, on_resource: bool) -> Value {
        let mut statements = Vec::new();
        if self.chance(65) {
            let mut all = json!({"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"});
            if on_resource {
                all["Principal"] = self.principal();
            }
            statements.push(all);
        }
        let count = self.below(2) + usize::from(statements.is_empty());
        for i in 0..count {
            let mut statement = self.statement(action, resource, on_resource);
            statement["Sid"] = json!(format!("S{i}"));
            statements.push(statement);
        }
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    fn rcp(&mut self, action: &str) -> Value {
        let mut statement = json!({"Effect": "Deny", "Principal": "*", "Resource": "*",
            "Action": format!("{}:*", action.split(':').next().unwrap())});
        statement["Condition"] = self.conditions();
        json!([{"Version": "2012-10-17", "Statement": [statement]}])
    }

    fn statement(&mut self, action: &str, resource: &str, on_resource: bool) -> Value {
        let deny = self.chance(50);
        let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
        let name = if self.chance(20) { "NotAction" } else { "Action" };
        statement[name] = self.actions(action);
        let name = if self.chance(20) { "NotResource" } else { "Resource" };
        statement[name] = self.resources(resource);
        if on_resource {
            statement["Principal"] = self.principal();
        }
        if self.chance(75) {
            statement["Condition"] = self.conditions();
        }
        statement
    }

    fn actions(&mut self, action: &str) -> Value {
        let (service, verb) = action.split_once(':').unwrap();
        let patterns = [
            action.to_owned(),
            format!("{service}:*"),
            format!("{}:{}*", service.to_uppercase(), &verb[..4]),
            format!("{service}:?{}", verb[1..].to_lowercase()),
            "ec2:Describe*".to_owned(),
            "s3:*Object".to_owned(),
            "iam:*Role*".to_owned(),
            format!("{service}:*{}x", &verb[2..]),
        ];
        let names: Vec<&str> = patterns.iter().map(String::as_str).collect();
        self.some(&names)
    }

    fn resources(&mut self, resource: &str) -> Value {
        let tail = resource.rsplit(['/', ':']).next().unwrap();
        let head = &resource[..resource.len() - tail.len()];
        let swapped = resource.replacen("us-east-1", "*", 1).replacen(ACCOUNT, "*", 1);
        let patterns = [
            resource.to_owned(),
            "*".to_owned(),
            if head.is_empty() { "*".to_owned() } else { format!("{head}*") },
            swapped,
            "arn:aws:ec2:*:*:instance/*".to_owned(),
            "arn:aws:s3:::bucket/*".to_owned(),
            "arn:aws:iam::123456789012:role/ci/*".to_owned(),
            // In a resource without a type a variable is one of the known differences.
            if head.ends_with('/') {
                format!("{head}${{aws:PrincipalTag/team}}*")
            } else {
                resource.to_owned()
            },
            "arn:aws:sqs:us-east-1:123456789012:?".to_owned(),
        ];
        let names: Vec<&str> = patterns.iter().map(String::as_str).collect();
        self.some(&names)
    }

    fn principal(&mut self) -> Value {
        match self.below(5) {
            0 => json!("*"),
            1 => json!({"AWS": ACCOUNT}),
            2 => json!({"AWS": ["arn:aws:iam::999999999999:root"]}),
            3 => json!({"Service": "sns.amazonaws.com"}),
            _ => json!({"AWS": self.some(CALLERS)}),
        }
    }

    fn conditions(&mut self) -> Value {
        let mut conditions = Map::new();
        for _ in 0..1 + self.below(2) {
            let (operator, key, values) = self.condition();
            let keys = conditions.entry(operator).or_insert_with(|| json!({}));
            keys[key] = values;
        }
        Value::Object(conditions)
    }

    fn condition(&mut self) -> (String, &'static str, Value) {
        let strings: &[&str] = &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ];
        let compares = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"];
        let text_values =
            &["Terraform", "terraform", "T*", "a?", "*", "${aws:PrincipalTag/team}", "ManagedBy"];
        let (operator, key, values): (String, &'static str, Value) = match self.below(10) {
            0..=2 => {
                let keys = [
                    "aws:ResourceTag/ManagedBy",
                    "AWS:resourcetag/managedby",
                    "aws:RequestTag/Team",
                    "aws:PrincipalTag/team",
                    "aws:username",
                ];
                (self.pick(strings).into(), keys[self.below(5)], self.some(text_values))
            }
            3 => (self.pick(strings).into(), "aws:TagKeys", self.some(TAG_KEYS)),
            4 | 5 => {
                let operators = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];
                let keys = ["aws:PrincipalArn", "aws:SourceArn"];
                (self.pick(&operators).into(), keys[self.below(2)], self.some(ARNS))
            }
            6 => {
                let keys = ["aws:SecureTransport", "aws:MultiFactorAuthPresent"];
                ("Bool".into(), keys[self.below(2)], json!(self.pick(&["true", "false"])))
            }
            7 => {
                let operator = format!("Numeric{}", self.pick(&compares));
                (operator, "aws:MultiFactorAuthAge", self.some(NUMBERS))
            }
            8 => (format!("Date{}", self.pick(&compares)), "aws:CurrentTime", self.some(DATES)),
            _ => {
                let operator = self.pick(&["IpAddress", "NotIpAddress"]);
                (operator.into(), "aws:SourceIp", self.some(ADDRESSES))
            }
        };
        if self.chance(8) {
            let keys = ["aws:ResourceTag/ManagedBy", "aws:TagKeys", "aws:SourceIp"];
            return ("Null".into(), keys[self.below(3)], json!(self.pick(&["true", "false"])));
        }
        let quantifier = if key == "aws:TagKeys" {
            self.pick(&["ForAllValues:", "ForAnyValue:", "ForAnyValue:", ""])
        } else if self.chance(15) {
            self.pick(&["ForAllValues:", "ForAnyValue:"])
        } else {
            ""
        };
        let if_exists = if self.chance(20) { "IfExists" } else { "" };
        (format!("{quantifier}{operator}{if_exists}"), key, values)
    }
}
