# A guard on one unit of the organization, and the same as managed policies on two roles of an
# account that is in none. `guard.json` is what `holdpoint guard render` printed, `account.json` what it
# printed with `--as managed-policy`: a document is for the kind that it was rendered for.

provider "aws" {
  region = "eu-central-1"
}

variable "test_unit" {
  description = "The unit that the guard is tried on."
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
