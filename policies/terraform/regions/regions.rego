# METADATA
# title: Regions and accounts
# description: Everything stays in the allowed regions and accounts.
package terraform.regions

import rego.v1

settings := data.settings.regions

# The known settings, and what each must be.
known_settings := {
	"regions": "a list of patterns",
	"accounts": "a list of account ids, as strings",
	"global_types": "a list of patterns",
	"attributes": "a non-empty list of names",
	"environment_region": "a region",
	"unknown_denies": "true or false",
}

# METADATA
# title: Regions and accounts cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "regions: no settings: pass the data file that sets `data.settings.regions.regions`" if {
	not configured
}

configured if count(settings.regions) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("regions: `data.settings.regions.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("regions: `data.settings.regions.%s` must be %s", [key, known_settings[key]])
}

shaped("regions", value) if globs(value)

shaped("accounts", value) if texts(value)

shaped("global_types", value) if globs(value)

shaped("attributes", value) if {
	texts(value)
	count(value) > 0
}

shaped("environment_region", value) if texts([value])

shaped("unknown_denies", value) if is_boolean(value)

texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
		text != ""
	}
}

globs(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
}

problems contains "regions: the input is not a plan with a `configuration`: create one with `terraform show -json`" if {
	not input.configuration.root_module
}

# METADATA
# title: A provider uses a region that is not allowed
# custom:
#   id: provider-region
#   remediation: Set the provider's `region` to one that is allowed.
deny contains message if {
	some key, provider in aws
	some region in resolved(provider.expressions.region)
	not within(region)
	message := sprintf("the provider `%s` uses the region `%s`, which is not allowed", [key, region])
}

# METADATA
# title: A provider takes a region that is not allowed from its environment
# custom:
#   id: environment-region
#   remediation: Set the provider's `region`.
deny contains message if {
	some key, provider in aws
	not provider.expressions.region
	region := settings.environment_region
	not within(region)
	message := sprintf("the provider `%s` takes the region `%s` from its environment, which is not allowed", [key, region])
}

# METADATA
# title: A provider is not restricted to the allowed accounts
# custom:
#   id: provider-account
#   remediation: Set the provider's `allowed_account_ids`, or the role that it assumes, to allowed accounts.
deny contains message if {
	settings.accounts
	some key, provider in aws
	not account_restricted(provider)
	not account_unknown(provider)
	message := sprintf("the provider `%s` is not restricted to the allowed accounts", [key])
}

# METADATA
# title: A resource is in a region that is not allowed
# custom:
#   id: resource-region
#   remediation: Create it in a region that is allowed.
deny contains result if {
	some change in judged
	some path, region in places(change)
	not within(region)
	result := {
		"msg": sprintf("%s is in the region `%s`, which is not allowed", [change.address, region]),
		"address": change.address,
		"path": path,
	}
}

# METADATA
# title: A resource is in an account that is not allowed
# custom:
#   id: resource-account
#   remediation: Change only resources in allowed accounts.
deny contains result if {
	settings.accounts
	some change in touched
	some side in [change.change.before, change.change.after]
	account := arn(side)[4]
	regex.match(`^[0-9]{12}$`, account)
	not account in settings.accounts
	result := {
		"msg": sprintf("%s is in the account %s, which is not allowed", [change.address, account]),
		"address": change.address,
		"path": "arn",
	}
}

# METADATA
# title: A region or an account is not known yet
# custom:
#   id: unknown
#   remediation: Set it where the plan shows it.
undetermined contains result if {
	not settings.unknown_denies
	some result in doubts
}

# METADATA
# title: A region or an account is not known before apply
# custom:
#   id: unknown-denied
#   remediation: Set it where the plan shows it.
deny contains result if {
	settings.unknown_denies
	some result in doubts
}

doubts contains {"msg": message} if {
	some key, provider in aws
	provider.expressions.region
	count(resolved(provider.expressions.region)) == 0
	message := sprintf("the plan does not show the region of the provider `%s`", [key])
}

doubts contains {"msg": message} if {
	some key, provider in aws
	not provider.expressions.region
	not settings.environment_region
	message := sprintf("the region of the provider `%s` comes from its environment", [key])
}

doubts contains {"msg": message} if {
	settings.accounts
	some key, provider in aws
	not account_restricted(provider)
	account_unknown(provider)
	message := sprintf("the plan does not show the account of the provider `%s`", [key])
}

doubts contains result if {
	some change in judged
	some attribute in attributes
	change.change.after_unknown[attribute] == true
	not attribute in computed
	result := {
		"msg": sprintf("`%s` of %s is not known before apply", [attribute, change.address]),
		"address": change.address,
		"path": attribute,
	}
}

# Attributes that locate a resource. The ones that AWS fills in are not known before the apply.
attributes := object.get(settings, "attributes", ["region", "location", "availability_zone"])

computed := {"region", "availability_zone"}

aws[key] := provider if {
	some key, provider in input.configuration.provider_config
	provider.name == "aws"
}

# The values of an expression: a constant, or a root module variable with a value.
resolved(expression) := {value |
	value := expression.constant_value
	is_string(value)
} | {value |
	count(object.get(expression, "references", [])) == 1
	some reference in expression.references
	startswith(reference, "var.")
	value := input.variables[trim_prefix(reference, "var.")].value
	is_string(value)
}

# Every account that the provider may use is allowed.
account_restricted(provider) if {
	listed := provider.expressions.allowed_account_ids.constant_value
	count(listed) > 0
	every account in listed {
		account in settings.accounts
	}
}

account_restricted(provider) if {
	some role in provider.expressions.assume_role
	some text in resolved(role.role_arn)
	split(text, ":")[4] in settings.accounts
}

# It is set, but the plan does not show the value.
account_unknown(provider) if {
	provider.expressions.allowed_account_ids
	not provider.expressions.allowed_account_ids.constant_value
}

account_unknown(provider) if {
	not provider.expressions.allowed_account_ids
	some role in provider.expressions.assume_role
	count(resolved(role.role_arn)) == 0
}

touched := [change |
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update", "delete"}
]

judged := [change |
	some change in touched
	some action in change.change.actions
	action in {"create", "update"}
	not everywhere(change.type)
]

everywhere(type) if {
	some pattern in settings.global_types
	glob.match(pattern, null, type)
}

places(change) := object.union(
	{path: region |
		some path in attributes
		value := change.change.after[path]
		is_string(value)
		value != ""
		region := regex.replace(value, `^([a-z]+(-[a-z]+)+-[0-9])[a-z]$`, "$1")
	},
	{"arn": region |
		region := arn(change.change.after)[3]
		region != ""
	},
)

# The parts of the resource's ARN.
arn(side) := parts if {
	is_string(side.arn)
	parts := split(side.arn, ":")
	parts[0] == "arn"
	count(parts) >= 6
}

within(region) if {
	some pattern in settings.regions
	glob.match(pattern, null, region)
}
