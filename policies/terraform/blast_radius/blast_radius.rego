# METADATA
# title: Blast radius
# description: One plan must not change more than somebody can review, and destructive changes weigh more.
package terraform.blast_radius

import rego.v1

settings := data.settings.blast_radius

# The known settings, and what each must be.
known_settings := {
	"limit": "a number",
	"most": "an object of numbers",
	"weights": "an object, with an object of numbers for each pattern",
	"default": "an object of numbers",
}

kinds := {"create", "update", "replace", "delete", "forget"}

# The weights of types without their own: removals weigh most.
standard := {"create": 0, "update": 1, "replace": 5, "delete": 5, "forget": 2}

# METADATA
# title: The limit cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "blast radius: no settings: pass the data file that sets `data.settings.blast_radius.limit`" if {
	not configured
}

configured if is_number(settings.limit)

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("blast radius: `data.settings.blast_radius.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("blast radius: `data.settings.blast_radius.%s` must be %s", [key, known_settings[key]])
}

shaped("limit", value) if is_number(value)

shaped("most", value) if is_object(value)

shaped("default", value) if is_object(value)

shaped("weights", value) if {
	is_object(value)
	every pattern, weights in value {
		is_boolean(glob.match(pattern, null, ""))
		is_object(weights)
	}
}

problems contains message if {
	some part in [object.get(settings, "most", {}), object.get(settings, "default", {})]
	some kind, number in part
	not counts(kind, number)
	message := sprintf("blast radius: `%s` must be one of create, update, replace, delete, forget, with a number", [kind])
}

problems contains message if {
	some type, weights in settings.weights
	some kind, number in weights
	not counts(kind, number)
	message := sprintf("blast radius: `weights.%s.%s` must be one of create, update, replace, delete, forget, with a number", [type, kind])
}

counts(kind, number) if {
	kind in kinds
	is_number(number)
	number >= 0
}

problems contains "blast radius: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: The plan changes too much at once
# custom:
#   id: too-much
#   remediation: Apply it in parts, or raise the limit in a separate change.
deny contains message if {
	score > settings.limit
	message := sprintf("the changes have a weight of %v, above the limit of %v; the heaviest: %s", [score, settings.limit, concat(", ", heaviest)])
}

# METADATA
# title: The plan makes too many changes of one kind
# custom:
#   id: too-many
#   remediation: Apply it in parts, or raise the limit in a separate change.
deny contains message if {
	some kind, most in settings.most
	number := count([change | some change in changes; change.kind == kind])
	number > most
	message := sprintf("the plan would %s %d resources, above the limit of %v", [kind, number, most])
}

# Each resource counts once, by what happens to it: a replacement is one change, not a delete and a create.
changes := [{"address": change.address, "kind": kind, "weight": weight(change.type, kind)} |
	some change in input.resource_changes
	change.mode == "managed"
	kind := kind_of(change.change.actions)
]

kind_of(actions) := "replace" if {
	"delete" in actions
	"create" in actions
}

kind_of(actions) := "delete" if {
	"delete" in actions
	not "create" in actions
}

kind_of(actions) := "forget" if "forget" in actions

kind_of(actions) := "update" if "update" in actions

kind_of(actions) := "create" if actions == ["create"]

# The heaviest weight whose pattern matches the type; otherwise the default.
weight(type, kind) := max(fitting(type, kind)) if count(fitting(type, kind)) > 0

weight(type, kind) := object.get(defaults, kind, 1) if count(fitting(type, kind)) == 0

fitting(type, kind) := {number |
	some pattern, weights in object.get(settings, "weights", {})
	glob.match(pattern, null, type)
	number := weights[kind]
}

defaults := object.union(standard, object.get(settings, "default", {}))

score := sum([change.weight | some change in changes])

heaviest := [sprintf("%s (%s, %v)", [address, kind, weight]) |
	some number, entry in ranked
	number < 5
	[weight, kind, address] := [0 - entry[0], entry[1], entry[2]]
]

ranked := sort([[0 - change.weight, change.kind, change.address] |
	some change in changes
	change.weight > 0
])
