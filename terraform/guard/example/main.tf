# A guard on one OU of the organization, and the same guard as managed policies on two roles of an account
# outside the organization. `guard.json` is the output of `holdpoint guard render`, `account.json` that with
# `--as managed-policy`: a document works only as the kind that it was rendered for.

provider "aws" {
  region = "eu-central-1"
}

variable "test_unit" {
  description = "The OU to try the guard on."
  type        = string
  default     = "ou-ab12-cdefgh34"
}

module "organization" {
  source = "../"

  kind     = "scp"
  policies = jsondecode(file("${path.module}/guard.json"))
  targets  = [var.test_unit]
}

module "account" {
  source = "../"

  kind     = "managed-policy"
  policies = jsondecode(file("${path.module}/account.json"))
  roles    = ["Developer", "Operations"]
}

output "characters" {
  value = module.organization.characters
}
