# METADATA
# title: Naming conventions
# description: Resources and modules follow the naming convention, in Terraform and in the cloud.
package terraform.naming

import rego.v1

settings := data.settings.naming

# The known settings, and what each must be.
known_settings := {
	"resources": "a regular expression",
	"modules": "a regular expression",
	"attributes": "a list of objects",
	"unknown_denies": "true or false",
}

known_keys := {"types", "attribute", "pattern", "required", "longest"}

# METADATA
# title: The names cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "naming: no settings: pass the data file that sets `data.settings.naming`" if {
	not configured
}

configured if is_string(settings.resources)

configured if is_string(settings.modules)

configured if count(settings.attributes) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("naming: `data.settings.naming.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("naming: `data.settings.naming.%s` must be %s", [key, known_settings[key]])
}

shaped("resources", value) if expression(value)

shaped("modules", value) if expression(value)

shaped("attributes", value) if {
	is_array(value)
	every rule in value {
		is_object(rule)
	}
}

shaped("unknown_denies", value) if is_boolean(value)

expression(value) if {
	is_string(value)
	regex.is_valid(value)
}

problems contains message if {
	some rule in settings.attributes
	some key, _ in rule
	not key in known_keys
	message := sprintf("naming: `%s` is not a known setting of `attributes`", [key])
}

problems contains "naming: an entry of `attributes` has a missing or invalid `types`, `attribute` or `pattern`" if {
	some rule in settings.attributes
	not whole(rule)
}

whole(rule) if {
	is_array(rule.types)
	count(rule.types) > 0
	every pattern in rule.types {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
	is_string(rule.attribute)
	expression(rule.pattern)
}

problems contains "naming: `longest` of an entry must be a number, and `required` must be true or false" if {
	some rule in settings.attributes
	not bounded(rule)
}

bounded(rule) if {
	is_object(rule)
	is_number(object.get(rule, "longest", 0))
	is_boolean(object.get(rule, "required", false))
}

problems contains "naming: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: A resource name breaks the convention
# custom:
#   id: resource
#   remediation: Rename it, with a `moved` block if it already exists.
deny contains result if {
	some change in input.resource_changes
	change.mode == "managed"
	"create" in change.change.actions
	not regex.match(settings.resources, change.name)
	result := {
		"msg": sprintf("the name of %s does not match `%s`", [change.address, settings.resources]),
		"address": change.address,
	}
}

# METADATA
# title: A module name breaks the convention
# custom:
#   id: module
#   remediation: Rename it, with a `moved` block if it already exists.
deny contains message if {
	some call in calls
	not regex.match(settings.modules, call)
	message := sprintf("the name of the module `%s` does not match `%s`", [call, settings.modules])
}

calls contains path[count(path) - 1] if {
	walk(input.configuration.root_module, [path, _])
	count(path) % 3 == 2
	every at, step in path {
		[at % 3, step] in [[0, "module_calls"], [2, "module"], [1, step]]
	}
}

# METADATA
# title: A name in the cloud breaks the convention
# custom:
#   id: attribute
#   remediation: Set a name that follows the convention.
deny contains result if {
	some rule in settings.attributes
	some change in judged(rule)
	value := change.change.after[rule.attribute]
	is_string(value)
	some what in violations(rule, value)
	result := {
		"msg": sprintf("`%s` of %s %s", [rule.attribute, change.address, what]),
		"address": change.address,
		"path": rule.attribute,
	}
}

# METADATA
# title: A required name is not set
# custom:
#   id: not-given
#   remediation: Set a name.
deny contains result if {
	some rule in settings.attributes
	rule.required
	some change in judged(rule)
	object.get(change.change.after, rule.attribute, null) == null
	not unknown(change, rule)
	result := {
		"msg": sprintf("%s has no `%s`", [change.address, rule.attribute]),
		"address": change.address,
		"path": rule.attribute,
	}
}

# METADATA
# title: A name in the cloud is not known yet
# custom:
#   id: unknown
#   remediation: Set a name that is known when the plan is created.
undetermined contains result if {
	not settings.unknown_denies
	some result in doubts
}

# METADATA
# title: A name in the cloud is not known before apply
# custom:
#   id: unknown-denied
#   remediation: Set a name that is known when the plan is created.
deny contains result if {
	settings.unknown_denies
	some result in doubts
}

# Left out if the name is optional and the provider generates it from a prefix.
doubts contains result if {
	some rule in settings.attributes
	some change in judged(rule)
	unknown(change, rule)
	not generated(change, rule)
	result := {
		"msg": sprintf("`%s` of %s is not known before apply", [rule.attribute, change.address]),
		"address": change.address,
		"path": rule.attribute,
	}
}

unknown(change, rule) if change.change.after_unknown[rule.attribute]

# The prefix is the chosen part; a separate entry judges it.
generated(change, rule) if {
	not rule.required
	prefix := change.change.after[sprintf("%s_prefix", [rule.attribute])]
	is_string(prefix)
}

judged(rule) := [change |
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update"}
	matches(rule, change.type)
]

matches(rule, type) if {
	some pattern in rule.types
	glob.match(pattern, null, type)
}

violations(rule, value) := {sprintf("does not match `%s`", [rule.pattern]) |
	not regex.match(rule.pattern, value)
} | {sprintf("is longer than %d characters", [rule.longest]) |
	count(value) > rule.longest
}
