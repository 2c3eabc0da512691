# METADATA
# title: Protected resources
# description: Resources that must stay are not deleted, not replaced and not let go.
package terraform.protected

import rego.v1

settings := data.settings.protected

# What there is to set, and what it must be.
known_settings := {
	"addresses": "a list of addresses",
	"types": "a list of patterns",
	"replace_allowed": "true or false",
}

# METADATA
# title: The protection can judge
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Give the data file of this policy, and the JSON of a plan.
deny contains message if some message in problems

problems contains "protected: no settings: pass the data file that sets `data.settings.protected`" if {
	not configured
}

configured if count(settings.addresses) > 0

configured if count(settings.types) > 0

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("protected: `data.settings.protected.%s` is no setting", [key])
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

problems contains "protected: the input is no plan: make it with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: A protected resource would go
# custom:
#   id: gone
#   severity: critical
#   remediation: Change the plan so that the resource stays, or take the protection away in a change of its own.
deny contains result if {
	some change in input.resource_changes
	change.mode == "managed"
	what := ending(change)
	why := protection(change)
	result := {
		"msg": sprintf("%s is protected (%s) and would be %s", [change.address, why, what]),
		"address": change.address,
	}
}

# METADATA
# title: An address that is protected is not in the plan
# custom:
#   id: nothing-protected
#   remediation: Correct the address, or take it away.
warn contains message if {
	some address in settings.addresses
	not found(address)
	message := sprintf("`%s` is protected, and nothing in this plan has that address", [address])
}

# One word for what ends the resource. A replacement ends the one that stands.
ending(change) := "replaced" if {
	"delete" in change.change.actions
	"create" in change.change.actions
	not settings.replace_allowed
}

ending(change) := "deleted" if {
	"delete" in change.change.actions
	not "create" in change.change.actions
}

ending(change) := "forgotten" if "forget" in change.change.actions

# Why it is protected. Of several reasons the first counts.
protection(change) := sort(reasons(change))[0]

reasons(change) := {sprintf("address `%s`", [address]) |
	some address in settings.addresses
	some own in addresses(change)
	covers(address, own)
} | {sprintf("type `%s`", [type]) |
	some type in settings.types
	glob.match(type, null, change.type)
}

# The address, and the one before it was moved.
addresses(change) := {change.address, object.get(change, "previous_address", change.address)}

# An address covers itself, its instances, what is in the module, and what begins so before `*`.
covers(address, own) if address == own

covers(address, own) if startswith(own, sprintf("%s[", [address]))

covers(address, own) if startswith(own, sprintf("%s.", [address]))

covers(address, own) if {
	endswith(address, "*")
	startswith(own, trim_suffix(address, "*"))
}

found(address) if {
	some change in input.resource_changes
	some own in addresses(change)
	covers(address, own)
}
