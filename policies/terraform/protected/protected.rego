# METADATA
# title: Protected resources
# description: Protected resources must not be deleted, replaced or forgotten.
package terraform.protected

import rego.v1

settings := data.settings.protected

# The known settings, and what each must be.
known_settings := {
	"addresses": "a list of addresses",
	"types": "a list of patterns",
	"replace_allowed": "true or false",
}

# METADATA
# title: The protection cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "protected: no settings: pass the data file that sets `data.settings.protected`" if {
	not configured
}

configured if count(settings.addresses) > 0

configured if count(settings.types) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("protected: `data.settings.protected.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("protected: `data.settings.protected.%s` must be %s", [key, known_settings[key]])
}

shaped("addresses", value) if texts(value)

shaped("types", value) if globs(value)

shaped("replace_allowed", value) if is_boolean(value)

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

problems contains "protected: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: A protected resource would be removed
# custom:
#   id: gone
#   severity: critical
#   remediation: Change the plan so that the resource stays, or remove the protection in a separate change.
deny contains result if {
	some change in input.resource_changes
	change.mode == "managed"
	what := removal(change)
	why := protection(change)
	result := {
		"msg": sprintf("%s is protected (%s) and would be %s", [change.address, why, what]),
		"address": change.address,
	}
}

# METADATA
# title: A protected address is not in the plan
# custom:
#   id: nothing-protected
#   remediation: Correct the address, or remove it.
warn contains message if {
	some address in settings.addresses
	not found(address)
	message := sprintf("`%s` is protected, but nothing in this plan has that address", [address])
}

# How the resource would be removed. A replacement removes the existing one.
removal(change) := "replaced" if {
	"delete" in change.change.actions
	"create" in change.change.actions
	not settings.replace_allowed
}

removal(change) := "deleted" if {
	"delete" in change.change.actions
	not "create" in change.change.actions
}

removal(change) := "forgotten" if "forget" in change.change.actions

# Why it is protected: the first of several reasons.
protection(change) := sort(reasons(change))[0]

reasons(change) := {sprintf("address `%s`", [address]) |
	some address in settings.addresses
	some candidate in addresses(change)
	covers(address, candidate)
} | {sprintf("type `%s`", [type]) |
	some type in settings.types
	glob.match(type, null, change.type)
}

# The address, and the previous one if it was moved.
addresses(change) := {change.address, object.get(change, "previous_address", change.address)}

# An address covers itself, its instances and the contents of the module; with `*`, everything with that prefix.
covers(address, candidate) if address == candidate

covers(address, candidate) if startswith(candidate, sprintf("%s[", [address]))

covers(address, candidate) if startswith(candidate, sprintf("%s.", [address]))

covers(address, candidate) if {
	endswith(address, "*")
	startswith(candidate, trim_suffix(address, "*"))
}

found(address) if {
	some change in input.resource_changes
	some candidate in addresses(change)
	covers(address, candidate)
}
