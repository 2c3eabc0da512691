# METADATA
# title: Instance types and sizes
# description: Instances use allowed types, and disks, clusters and the like stay within bounds.
package terraform.sizes

import rego.v1

settings := data.settings.sizes

# The known settings, and what each must be.
known_settings := {
	"choices": "a list of objects",
	"bounds": "a list of objects",
	"unknown_denies": "true or false",
}

known_keys := {
	"choices": {"types", "block", "attribute", "allow", "refuse"},
	"bounds": {"types", "block", "attribute", "least", "most"},
}

# METADATA
# title: The sizes cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "sizes: no settings: pass the data file that sets `data.settings.sizes`" if not configured

configured if count(rules) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("sizes: `data.settings.sizes.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("sizes: `data.settings.sizes.%s` must be %s", [key, known_settings[key]])
}

shaped(list, value) if {
	known_keys[list]
	is_array(value)
	every rule in value {
		is_object(rule)
	}
}

shaped("unknown_denies", value) if is_boolean(value)

problems contains message if {
	some list, known in known_keys
	some rule in settings[list]
	some key, _ in rule
	not key in known
	message := sprintf("sizes: `%s` is not a known setting of an entry of `%s`", [key, list])
}

problems contains "sizes: an entry has no `types`, no `attribute`, or no requirement" if {
	some rule in rules
	not whole(rule)
}

whole(rule) if {
	count(rule.types) > 0
	rule.attribute
	some requirement in ["allow", "refuse", "least", "most"]
	requirement in object.keys(rule)
}

problems contains message if {
	some rule in rules
	some key, value in rule
	not valid(key, value)
	message := sprintf("sizes: `%s` of an entry must be %s", [key, kinds[key]])
}

kinds := {
	"types": "a list of patterns",
	"attribute": "a string",
	"block": "a string",
	"allow": "a list of patterns",
	"refuse": "a list of patterns",
	"least": "a number",
	"most": "a number",
}

valid(key, value) if {
	kinds[key] == "a list of patterns"
	is_array(value)
	every pattern in value {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
}

valid(key, value) if {
	kinds[key] == "a string"
	is_string(value)
	value != ""
}

valid(key, value) if {
	kinds[key] == "a number"
	is_number(value)
}

problems contains "sizes: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

rules := [rule |
	some list, _ in known_keys
	some rule in settings[list]
]

# METADATA
# title: A type is not allowed
# custom:
#   id: type
#   remediation: Use a type that is allowed.
deny contains result if {
	some rule in settings.choices
	some change in judged(rule)
	some value in values(rule, change.change.after)
	is_string(value)
	not chosen(rule, value)
	result := finding(rule, change, "has a type that is not allowed")
}

# METADATA
# title: Something is too large or too small
# custom:
#   id: size
#   remediation: Stay within the bounds, or raise them in a separate change.
deny contains result if {
	some rule in settings.bounds
	some change in judged(rule)
	some value in values(rule, change.change.after)
	some what in excess(rule, value)
	result := finding(rule, change, what)
}

# METADATA
# title: A type or a size is not known yet
# custom:
#   id: unknown
#   remediation: Set a value that is known when the plan is created.
undetermined contains result if {
	not settings.unknown_denies
	some result in doubts
}

# METADATA
# title: A type or a size is not known before apply
# custom:
#   id: unknown-denied
#   remediation: Set a value that is known when the plan is created.
deny contains result if {
	settings.unknown_denies
	some result in doubts
}

doubts contains result if {
	some rule in rules
	some change in judged(rule)
	unknown(rule, change)
	result := finding(rule, change, "is not known before apply")
}

finding(rule, change, what) := {
	"msg": sprintf("`%s` of %s %s", [path(rule), change.address, what]),
	"address": change.address,
	"path": path(rule),
}

path(rule) := concat(".", [part |
	some part in [object.get(rule, "block", ""), rule.attribute]
	part != ""
])

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

# The values of the attribute, on the resource or in each of its blocks; of a list, its elements.
values(rule, after) := [value |
	some place in holders(rule, after)
	some value in listed(object.get(place, rule.attribute, null))
	value != null
]

holders(rule, after) := [after] if not rule.block

holders(rule, after) := [block | some block in object.get(after, rule.block, [])] if is_string(rule.block)

listed(value) := value if is_array(value)

listed(value) := [value] if not is_array(value)

unknown(rule, change) if {
	some place in holders(rule, change.change.after_unknown)
	uncertain(place[rule.attribute])
}

# The blocks as a whole.
unknown(rule, change) if change.change.after_unknown[rule.block] == true

uncertain(mark) if mark == true

uncertain(mark) if {
	is_array(mark)
	some inner in mark
	inner
}

chosen(rule, value) if {
	some pattern in object.get(rule, "allow", ["*"])
	glob.match(pattern, null, value)
	not refused(rule, value)
}

refused(rule, value) if {
	some pattern in rule.refuse
	glob.match(pattern, null, value)
}

# Numbers may be strings.
excess(rule, value) := {sprintf("is more than %v", [rule.most]) |
	to_number(value) > rule.most
} | {sprintf("is less than %v", [rule.least]) |
	to_number(value) < rule.least
}
