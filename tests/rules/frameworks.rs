//! The controls that rules name exist: a reader who looks `RDS.3` up in a report must find it.

use holdpoint::rules::catalogue;

/// The controls of the standard *AWS Foundational Security Best Practices* v1.0.0, as its page in
/// the guide of Security Hub lists them; looked up in November 2026. What Security Hub has outside
/// of that standard goes under `AWS Security Hub`.
const FSBP: &[(&str, &[u16])] = &[
    ("Account", &[1]),
    ("ACM", &[1, 2]),
    ("APIGateway", &[1, 2, 3, 4, 5, 8, 9]),
    ("AppSync", &[1, 2, 5, 6]),
    ("Athena", &[4]),
    ("AutoScaling", &[1, 2, 3, 5, 6, 9]),
    ("Backup", &[1]),
    ("CloudFront", &[1, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16]),
    ("CloudTrail", &[1, 2, 4, 5]),
    ("CodeBuild", &[1, 2, 3, 4, 7]),
    ("Cognito", &[2, 3]),
    ("Config", &[1]),
    ("Connect", &[2]),
    ("DataFirehose", &[1]),
    ("DataSync", &[1]),
    ("DMS", &[1, 6, 7, 8, 9, 10, 11, 12, 13]),
    ("DocumentDB", &[1, 2, 3, 4, 5, 6]),
    ("DynamoDB", &[1, 2, 3, 6, 7]),
    (
        "EC2",
        &[
            1, 2, 3, 4, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 51, 55, 56, 57, 58,
            60, 170, 171, 172, 173, 180, 181,
        ],
    ),
    ("ECR", &[1, 2, 3]),
    ("ECS", &[1, 2, 3, 4, 5, 8, 9, 10, 12, 16]),
    ("EFS", &[1, 2, 3, 4, 6, 7, 8]),
    ("EKS", &[1, 2, 3, 8]),
    ("ElastiCache", &[1, 2, 3, 4, 5, 6, 7]),
    ("ElasticBeanstalk", &[1, 2, 3]),
    ("ELB", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 17, 18]),
    ("EMR", &[1, 2, 3, 4]),
    ("ES", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("EventBridge", &[3]),
    ("FSx", &[1, 2, 3, 4, 5]),
    ("Glue", &[3, 4]),
    ("GuardDuty", &[1, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
    ("IAM", &[1, 2, 3, 4, 5, 6, 7, 8, 21]),
    ("Inspector", &[1, 2, 3, 4]),
    ("Kinesis", &[1, 3]),
    ("KMS", &[1, 2, 3, 5]),
    ("Lambda", &[1, 2, 5]),
    ("Macie", &[1, 2]),
    ("MQ", &[2, 3]),
    ("MSK", &[1, 3, 4, 5, 6]),
    ("Neptune", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ("NetworkFirewall", &[2, 3, 4, 5, 6, 9, 10]),
    ("Opensearch", &[1, 2, 3, 4, 5, 6, 7, 8, 10]),
    ("PCA", &[1]),
    (
        "RDS",
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25,
            27, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 46, 47, 48,
        ],
    ),
    ("Redshift", &[1, 2, 3, 4, 6, 7, 8, 10, 15, 18]),
    ("RedshiftServerless", &[1, 2, 3, 5, 6]),
    ("Route53", &[2]),
    ("S3", &[1, 2, 3, 5, 6, 8, 9, 12, 13, 19, 24, 25]),
    ("SageMaker", &[1, 2, 3, 4, 5, 8]),
    ("SecretsManager", &[1, 2, 3, 4]),
    ("ServiceCatalog", &[1]),
    ("SNS", &[4]),
    ("SQS", &[1, 3]),
    ("SSM", &[1, 2, 3, 4, 6, 7]),
    ("StepFunctions", &[1]),
    ("Transfer", &[2, 3]),
    ("WAF", &[1, 2, 3, 4, 6, 7, 8, 10, 12]),
    ("WorkSpaces", &[1, 2]),
];

/// The sections of the versions of *CIS AWS Foundations*, each with the number of its last
/// recommendation.
const CIS: &[(&str, &[(&str, u16)])] = &[
    ("1.2.0", &[("1", 22), ("2", 9), ("3", 14), ("4", 3)]),
    ("1.4.0", &[("1", 21), ("2.1", 5), ("2.2", 1), ("2.3", 1), ("3", 11), ("4", 15), ("5", 4)]),
    (
        "3.0.0",
        &[("1", 22), ("2.1", 4), ("2.2", 1), ("2.3", 3), ("2.4", 1), ("3", 9), ("4", 16), ("5", 6)],
    ),
    (
        "5.0.0",
        &[("1", 21), ("2.1", 4), ("2.2", 4), ("2.3", 1), ("3", 9), ("4", 16), ("5", 7), ("5.1", 2)],
    ),
];

/// The families of *NIST SP 800-53* revision 5, each with the number of its last control.
const NIST: &[(&str, u16)] = &[
    ("AC", 25),
    ("AT", 6),
    ("AU", 16),
    ("CA", 9),
    ("CM", 14),
    ("CP", 13),
    ("IA", 13),
    ("IR", 10),
    ("MA", 7),
    ("MP", 8),
    ("PE", 23),
    ("PL", 11),
    ("PM", 32),
    ("PS", 9),
    ("PT", 8),
    ("RA", 10),
    ("SA", 24),
    ("SC", 51),
    ("SI", 23),
    ("SR", 12),
];

/// Whether the framework has this control.
fn exists(framework: &str, control: &str) -> bool {
    // `AC-6(10)` is an enhancement of `AC-6`.
    let whole = control.split_once('(').map_or(control, |(whole, _)| whole);
    let cut = |mark: char| {
        let (head, number) = whole.rsplit_once(mark)?;
        Some((head, number.parse::<u16>().ok()?))
    };
    let within = |list: &[(&str, u16)], mark| {
        cut(mark).is_some_and(|(head, number)| {
            list.iter().any(|(own, last)| *own == head && (1..=*last).contains(&number))
        })
    };
    let listed = |service: &str, number: &u16| {
        FSBP.iter().any(|(own, numbers)| *own == service && numbers.contains(number))
    };
    match framework {
        "AWS FSBP" => cut('.').is_some_and(|(service, number)| listed(service, &number)),
        "AWS Security Hub" => {
            cut('.').is_some_and(|(service, _)| FSBP.iter().any(|(own, _)| *own == service))
                || control.starts_with("SES.")
        }
        "NIST 800-53" => within(NIST, '-'),
        _ => framework.strip_prefix("CIS AWS Foundations ").is_some_and(|version| {
            CIS.iter().any(|(own, sections)| *own == version && within(sections, '.'))
        }),
    }
}

#[test]
fn every_control_that_a_rule_names_exists() {
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        for (framework, controls) in rule.meta.frameworks.iter() {
            for control in controls.iter().filter(|control| !exists(framework, control)) {
                wrong.push(format!("{}: {framework} {control}", rule.meta.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lists_know_what_they_have() {
    assert!(exists("AWS FSBP", "RDS.3") && !exists("AWS FSBP", "RDS.26"));
    assert!(
        exists("CIS AWS Foundations 3.0.0", "2.3.1") && exists("CIS AWS Foundations 3.0.0", "5.6")
    );
    assert!(!exists("CIS AWS Foundations 3.0.0", "5.7"));
    assert!(exists("NIST 800-53", "SC-28") && !exists("NIST 800-53", "SC-99"));
    let rules = catalogue::all().iter().filter(|rule| !rule.meta.frameworks.is_empty()).count();
    assert!(rules > 100, "{rules}");
}
