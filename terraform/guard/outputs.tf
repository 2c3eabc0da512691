output "policy_ids" {
  description = "The ids of SCPs and RCPs, by number."
  value       = { for number, policy in aws_organizations_policy.guard : number => policy.id }
}

output "policy_arns" {
  description = "The ARNs of managed policies and boundaries, by number, for example for `permissions_boundary` of a role."
  value       = { for number, policy in aws_iam_policy.guard : number => policy.arn }
}

output "characters" {
  description = "The number of characters of each policy."
  value       = { for number, policy in local.policies : number => length(policy.content) }
}
