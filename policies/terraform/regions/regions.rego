# METADATA
# title: Regions and accounts
# description: Everything is in the regions and in the accounts that are allowed.
package terraform.regions

import rego.v1

settings := data.settings.regions

# What there is to set, and what it must be.
known_settings := {
	"regions": "a list of patterns",
	"accounts": "a list of account numbers, as texts",
	"global_types": "a list of patterns",
	"attributes": "a list of names with at least one",
	"environment_region": "a region",
	"unknown_denies": "true or false",
}

# METADATA
# title: Regions and accounts can be judged
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Give the data file of this policy, and the JSON of a plan.
deny contains message if some message in problems

problems contains "regions: no settings: pass the data file that sets `data.settings.regions.regions`" if {
	not configured
}

configured if count(settings.regions) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("regions: `data.settings.regions.%s` is no setting", [key])
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
	every one in value {
		is_string(one)
		one != ""
	}
}

globs(value) if {
	is_array(value)
	every one in value {
		is_string(one)
		is_boolean(glob.match(one, null, ""))
	}
}

problems contains "regions: the input is no plan with a `configuration`: make it with `terraform show -json`" if {
	not input.configuration.root_module
}

# METADATA
# title: A provider works in a region that is not allowed
# custom:
#   id: provider-region
#   remediation: Set `region` of the provider to one that is allowed.
deny contains message if {
	some key, provider in aws
	some region in said(provider.expressions.region)
	not within(region)
	message := sprintf("the provider `%s` works in the region `%s`, which is not allowed", [key, region])
}

# METADATA
# title: The region of a provider comes from outside of the plan and is not allowed
# custom:
#   id: environment-region
#   remediation: Set `region` of the provider.
deny contains message if {
	some key, provider in aws
	not provider.expressions.region
	region := settings.environment_region
	not within(region)
	message := sprintf("the provider `%s` works in the region `%s` of its environment, which is not allowed", [key, region])
}

# METADATA
# title: A provider is not held to the accounts that are allowed
# custom:
#   id: provider-account
#   remediation: Set `allowed_account_ids` of the provider, or the role that it assumes, to accounts that are allowed.
deny contains message if {
	settings.accounts
	some key, provider in aws
	not account_held(provider)
	not account_unknown(provider)
	message := sprintf("the provider `%s` is not held to the accounts that are allowed", [key])
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
#   remediation: Change only what is in accounts that are allowed.
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
# title: A region or an account is not known
# custom:
#   id: unknown
#   remediation: Write it down where the plan can see it.
undetermined contains result if {
	not settings.unknown_denies
	some result in doubts
}

# METADATA
# title: A region or an account is not known before apply
# custom:
#   id: unknown-denied
#   remediation: Write it down where the plan can see it.
deny contains result if {
	settings.unknown_denies
	some result in doubts
}

doubts contains {"msg": message} if {
	some key, provider in aws
	provider.expressions.region
	count(said(provider.expressions.region)) == 0
	message := sprintf("the region of the provider `%s` cannot be told from the plan", [key])
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
	not account_held(provider)
	account_unknown(provider)
	message := sprintf("the account of the provider `%s` cannot be told from the plan", [key])
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

# Attributes that say where a resource is. Those that AWS fills in say nothing before apply.
attributes := object.get(settings, "attributes", ["region", "location", "availability_zone"])

computed := {"region", "availability_zone"}

aws[key] := provider if {
	some key, provider in input.configuration.provider_config
	provider.name == "aws"
}

# What an expression says: a constant, or a variable of the root module with a value.
said(expression) := {value |
	value := expression.constant_value
	is_string(value)
} | {value |
	count(object.get(expression, "references", [])) == 1
	some reference in expression.references
	startswith(reference, "var.")
	value := input.variables[trim_prefix(reference, "var.")].value
	is_string(value)
}

# Every account that the provider may work in is allowed.
account_held(provider) if {
	listed := provider.expressions.allowed_account_ids.constant_value
	count(listed) > 0
	every account in listed {
		account in settings.accounts
	}
}

account_held(provider) if {
	some role in provider.expressions.assume_role
	some text in said(role.role_arn)
	split(text, ":")[4] in settings.accounts
}

# It is said, but the plan does not show it.
account_unknown(provider) if {
	provider.expressions.allowed_account_ids
	not provider.expressions.allowed_account_ids.constant_value
}

account_unknown(provider) if {
	not provider.expressions.allowed_account_ids
	some role in provider.expressions.assume_role
	count(said(role.role_arn)) == 0
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

# The parts of its own ARN.
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
