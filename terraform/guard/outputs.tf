output "policy_ids" {
  description = "The ids of SCPs and RCPs, by number."
  value       = { for number, policy in aws_organizations_policy.guard : number => policy.id }
}

output "policy_arns" {
  description = "The ARNs of managed policies and boundaries, by number: `permissions_boundary` of roles takes one."
  value       = { for number, policy in aws_iam_policy.guard : number => policy.arn }
}

output "characters" {
  description = "How many characters each policy has."
  value       = { for number, policy in local.policies : number => length(policy.content) }
}
