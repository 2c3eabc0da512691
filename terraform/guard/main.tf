# The account guard of holdpoint: policies that were rendered and proved beforehand.
#
# The role that runs this must be exempt (`--terraform-role`), or its next run is denied.

locals {
  documents = flatten([var.policies])

  # By number, so that a policy keeps its address and its name when the guard gets another part: the
  # first has no number, as `holdpoint guard plan` and `render` name them.
  policies = {
    for i, document in local.documents : tostring(i + 1) => {
      name    = i == 0 ? var.name : "${var.name}-${i + 1}"
      content = jsonencode(document)

      # Flags and not the statements themselves: those of two documents have no type in common.
      for_resources = alltrue([for own in flatten([document.Statement]) : can(own.Principal)])
      allows        = anytrue([for own in flatten([document.Statement]) : own.Effect == "Allow"])
      keeps_itself  = contains([for own in flatten([document.Statement]) : try(own.Sid, "")], "Self")
    }
  }

  in_organization = contains(["scp", "rcp"], var.kind)
  by_target       = local.in_organization ? { for pair in setproduct(keys(local.policies), var.targets) : "${pair[0]}/${pair[1]}" => pair } : {}

  attached = var.kind == "managed-policy"
  by_role  = local.attached ? { for pair in setproduct(keys(local.policies), var.roles) : "${pair[0]}/${pair[1]}" => pair } : {}
  by_user  = local.attached ? { for pair in setproduct(keys(local.policies), var.users) : "${pair[0]}/${pair[1]}" => pair } : {}
  by_group = local.attached ? { for pair in setproduct(keys(local.policies), var.groups) : "${pair[0]}/${pair[1]}" => pair } : {}
}

resource "aws_organizations_policy" "guard" {
  for_each = local.in_organization ? local.policies : {}

  name        = each.value.name
  description = "Drift guard of holdpoint"
  type        = var.kind == "scp" ? "SERVICE_CONTROL_POLICY" : "RESOURCE_CONTROL_POLICY"
  content     = each.value.content
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(each.value.content) <= (var.kind == "scp" ? 10240 : 5120)
      error_message = "The document is too large: render it with the --as that matches `kind`."
    }
    precondition {
      condition     = length(var.roles) + length(var.users) + length(var.groups) == 0
      error_message = "Control policies are attached to `targets`, not to roles, users or groups."
    }
    precondition {
      condition     = (var.kind == "rcp") == each.value.for_resources
      error_message = "The document was rendered for another kind: run `holdpoint guard render` with the same --as."
    }
  }
}

resource "aws_organizations_policy_attachment" "guard" {
  for_each = local.by_target

  policy_id = aws_organizations_policy.guard[each.value[0]].id
  target_id = each.value[1]
}

resource "aws_iam_policy" "guard" {
  for_each = local.in_organization ? {} : local.policies

  name        = each.value.name
  description = "Drift guard of holdpoint"
  path        = var.path
  policy      = each.value.content
  tags        = var.tags

  lifecycle {
    precondition {
      # White space does not count for IAM, and jsonencode writes none.
      condition     = length(each.value.content) <= 6144
      error_message = "The document is too large: render it with --as managed-policy or boundary."
    }
    precondition {
      condition     = length(var.targets) == 0
      error_message = "Managed policies are attached to `roles`, `users` or `groups`; only control policies have targets."
    }
    precondition {
      condition     = var.kind != "boundary" || length(local.documents) == 1
      error_message = "A boundary must be a single document: a principal has only one boundary."
    }
    precondition {
      condition     = var.kind != "boundary" || length(var.roles) + length(var.users) + length(var.groups) == 0
      error_message = "A boundary is set on the role or user itself, not attached."
    }
    precondition {
      # In one of them: what keeps a policy of IAM from being changed.
      condition     = anytrue([for own in local.policies : own.keeps_itself])
      error_message = "The document was rendered for another kind: run `holdpoint guard render` with the same --as."
    }
    precondition {
      condition     = (var.kind == "boundary") == each.value.allows
      error_message = "A boundary must also allow what it does not deny: render it with the same --as."
    }
  }
}

resource "aws_iam_role_policy_attachment" "guard" {
  for_each = local.by_role

  policy_arn = aws_iam_policy.guard[each.value[0]].arn
  role       = each.value[1]
}

resource "aws_iam_user_policy_attachment" "guard" {
  for_each = local.by_user

  policy_arn = aws_iam_policy.guard[each.value[0]].arn
  user       = each.value[1]
}

resource "aws_iam_group_policy_attachment" "guard" {
  for_each = local.by_group

  policy_arn = aws_iam_policy.guard[each.value[0]].arn
  group      = each.value[1]
}
