variable "policies" {
  description = "The documents that `holdpoint guard render` printed: jsondecode(file(...)), one or a list."
  type        = any

  validation {
    condition = length(flatten([var.policies])) > 0 && alltrue([
      for document in flatten([var.policies]) : can(document.Statement)
    ])
    error_message = "Pass the output of `holdpoint guard render`: a policy document, or a list of them."
  }
}

variable "kind" {
  description = "What the documents were rendered as (`--as`): scp, rcp, managed-policy or boundary."
  type        = string

  validation {
    condition     = contains(["scp", "rcp", "managed-policy", "boundary"], var.kind)
    error_message = "The kind must be scp, rcp, managed-policy or boundary."
  }
}

variable "name" {
  description = "The name of the policies; several are numbered, as by `holdpoint guard render`."
  type        = string
  default     = "holdpoint-guard"
}

variable "path" {
  description = "The path of managed policies and boundaries; must be the `--path` that the guard protects."
  type        = string
  default     = "/holdpoint/"
}

variable "targets" {
  description = "Roots, OUs and accounts to attach SCPs and RCPs to. Start with a test OU."
  type        = set(string)
  default     = []
}

variable "roles" {
  description = "Names of roles to attach managed policies to; a boundary is set on the role itself."
  type        = set(string)
  default     = []
}

variable "users" {
  description = "Names of users to attach managed policies to."
  type        = set(string)
  default     = []
}

variable "groups" {
  description = "Names of groups to attach managed policies to. Users who leave the group are no longer guarded."
  type        = set(string)
  default     = []
}

variable "tags" {
  description = "Tags of the policies. The guard denies changes to everything with its tag, including itself."
  type        = map(string)
  default     = { ManagedBy = "Terraform" }
}
