# METADATA
# title: Required tags
# description: Resources that are created, changed or imported have the required tags, with allowed values.
package terraform.tags

import rego.v1

settings := data.settings.tags

# The known settings, and what each must be.
known_settings := {
	"required": "an object, with an object for each tag",
	"types": "a non-empty list of patterns",
	"exempt": "a list of patterns",
	"unknown_denies": "true or false",
}

# METADATA
# title: The tags cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "tags: no settings: pass the data file that sets `data.settings.tags.required`" if {
	not configured
}

configured if count(settings.required) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("tags: `data.settings.tags.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not formed(key, value)
	message := sprintf("tags: `data.settings.tags.%s` must be %s", [key, known_settings[key]])
}

formed("required", value) if {
	is_object(value)
	every rule in value {
		is_object(rule)
	}
}

formed("types", value) if {
	globs(value)
	count(value) > 0
}

formed("exempt", value) if globs(value)

formed("unknown_denies", value) if is_boolean(value)

globs(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
}

problems contains message if {
	some key, rule in settings.required
	some name, _ in rule
	not name in {"values", "pattern"}
	message := sprintf("tags: `required.%s.%s` is not a known setting: use `values` or `pattern`", [key, name])
}

problems contains message if {
	some key, rule in settings.required
	some name, value in rule
	name in {"values", "pattern"}
	not valid(name, value)
	message := sprintf("tags: `required.%s.%s` must be a list of strings or a regular expression", [key, name])
}

valid("values", value) if {
	is_array(value)
	count(value) > 0
	every text in value {
		is_string(text)
	}
}

valid("pattern", value) if {
	is_string(value)
	regex.is_valid(value)
}

problems contains "tags: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: A required tag is missing
# custom:
#   id: missing
#   remediation: Add the tag to the resource, or to `default_tags` of its provider.
deny contains result if {
	some change in judged
	some key, _ in settings.required
	missing(change, key)
	not uncertain(change, key)
	result := finding(change, key, sprintf("%s has no tag `%s`", [change.address, key]))
}

# METADATA
# title: A required tag has a value that is not allowed
# custom:
#   id: value
#   remediation: Set the tag to one of the allowed values.
deny contains result if {
	some change in judged
	some key, rule in settings.required
	value := known_tags(change)[key]
	value != null
	not allowed(rule, value)
	result := finding(change, key, sprintf("the tag `%s` of %s has a value that is not allowed", [key, change.address]))
}

# METADATA
# title: A required tag may be missing
# custom:
#   id: unknown
#   remediation: Set the tag to a value that is known when the plan is created.
undetermined contains result if {
	not settings.unknown_denies
	some result in doubts
}

# METADATA
# title: A required tag is not known before apply
# custom:
#   id: unknown-denied
#   remediation: Set the tag to a value that is known when the plan is created.
deny contains result if {
	settings.unknown_denies
	some result in doubts
}

# The whole map may be unknown, or a value of which only some are allowed.
doubts contains result if {
	some change in judged
	some key, _ in settings.required
	missing(change, key)
	uncertain(change, key)
	not present(change, key)
	result := finding(change, key, sprintf("cannot tell before apply whether %s has the tag `%s`", [change.address, key]))
}

doubts contains result if {
	some change in judged
	some key, rule in settings.required
	missing(change, key)
	present(change, key)
	count(rule) > 0
	result := finding(change, key, sprintf("the tag `%s` of %s is not known before apply", [key, change.address]))
}

finding(change, key, message) := {
	"msg": message,
	"address": change.address,
	"path": sprintf("tags.%s", [key]),
}

# Resources that are created, changed or imported, of the selected types, that support tags.
judged := [change |
	some change in input.resource_changes
	change.mode == "managed"
	enters(change)
	selected(change.type)
	taggable(change)
]

enters(change) if "create" in change.change.actions

enters(change) if "update" in change.change.actions

enters(change) if change.change.importing

selected(type) if {
	some pattern in object.get(settings, "types", ["*"])
	glob.match(pattern, null, type)
	not exempt(type)
}

exempt(type) if {
	some pattern in object.get(settings, "exempt", [])
	glob.match(pattern, null, type)
}

places := ["tags", "tags_all", "labels", "tag"]

taggable(change) if {
	some place in places
	place in object.keys(change.change.after)
}

taggable(change) if {
	some place in places
	change.change.after_unknown[place]
}

# All known tags: the resource's own, the provider's, and `tag` blocks.
known_tags(change) := object.union_n([part |
	some place in places
	part := readable(change.change.after[place])
])

readable(part) := part if is_object(part)

readable(part) := {tag.key: tag.value |
	some tag in part
	is_string(tag.key)
} if {
	is_array(part)
}

missing(change, key) if object.get(known_tags(change), key, null) == null

allowed(rule, value) if {
	value != ""
	listed(rule, value)
	shaped(rule, value)
}

listed(rule, _) if not rule.values

listed(rule, value) if value in rule.values

shaped(rule, _) if not rule.pattern

shaped(rule, value) if regex.match(rule.pattern, value)

# An unknown part of the plan that may still add the tag.
uncertain(change, _) if {
	some place in ["tags", "labels", "tag"]
	change.change.after_unknown[place] == true
}

uncertain(change, key) if present(change, key)

uncertain(change, _) if {
	change.change.after_unknown.tags_all == true
	some provider in input.configuration.provider_config
	provider.expressions.default_tags
}

# A `tag` block whose key is not known.
uncertain(change, _) if {
	some tag in change.change.after_unknown.tag
	tag.key
}

# The key is there, but its value is not known.
present(change, key) if {
	some place in ["tags", "tags_all", "labels"]
	change.change.after_unknown[place][key] == true
}

present(change, key) if {
	some at, tag in change.change.after.tag
	tag.key == key
	change.change.after_unknown.tag[at].value == true
}
