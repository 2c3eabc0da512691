variable "policies" {
  description = "The documents that `holdpoint guard render` printed: jsondecode(file(...)), one or a list."
  type        = any

  validation {
    condition = length(flatten([var.policies])) > 0 && alltrue([
      for document in flatten([var.policies]) : can(document.Statement)
    ])
    error_message = "Give what `holdpoint guard render` printed: a policy document, or a list of them."
  }
}

variable "kind" {
  description = "What the documents were rendered as (`--as`): scp, rcp, managed-policy or boundary."
  type        = string

  validation {
    condition     = contains(["scp", "rcp", "managed-policy", "boundary"], var.kind)
    error_message = "It is scp, rcp, managed-policy or boundary."
  }
}

variable "name" {
  description = "The policies' name; several are numbered, as `holdpoint guard render` does."
  type        = string
  default     = "holdpoint-guard"
}

variable "path" {
  description = "The path of managed policies and boundaries: that of `--path`, which the guard protects."
  type        = string
  default     = "/holdpoint/"
}

variable "targets" {
  description = "Roots, units and accounts that SCPs and RCPs stand on. Begin with a unit for tests."
  type        = set(string)
  default     = []
}

variable "roles" {
  description = "Names of roles that managed policies are attached to; a boundary is set on the role itself."
  type        = set(string)
  default     = []
}

variable "users" {
  description = "Names of users that managed policies are attached to."
  type        = set(string)
  default     = []
}

variable "groups" {
  description = "Names of groups that managed policies are attached to. Who leaves the group leaves the guard."
  type        = set(string)
  default     = []
}

variable "tags" {
  description = "Tags of the policies. The guard denies to change what has its tag, itself too."
  type        = map(string)
  default     = { ManagedBy = "Terraform" }
}
