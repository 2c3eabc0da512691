# The account guard of holdpoint: policies that were rendered and proved before they come here.
#
# The role that runs this must be exempt (`--terraform-role`), or its next run is denied.

locals {
  documents = flatten([var.policies])
  count     = length(local.documents)

  # By number, so that a policy keeps its address when the guard gets another part.
  policies = {
    for i, document in local.documents : tostring(i + 1) => {
      name    = local.count == 1 ? var.name : "${var.name}-${i + 1}"
      content = jsonencode(document)
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
  description = "Drift guard of holdpoint, part ${each.key} of ${local.count}"
  type        = var.kind == "scp" ? "SERVICE_CONTROL_POLICY" : "RESOURCE_CONTROL_POLICY"
  content     = each.value.content
  tags        = var.tags
}

resource "aws_organizations_policy_attachment" "guard" {
  for_each = local.by_target

  policy_id = aws_organizations_policy.guard[each.value[0]].id
  target_id = each.value[1]
}

resource "aws_iam_policy" "guard" {
  for_each = local.in_organization ? {} : local.policies

  name        = each.value.name
  description = "Drift guard of holdpoint, part ${each.key} of ${local.count}"
  path        = var.path
  policy      = each.value.content
  tags        = var.tags
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
